/* SPDX-License-Identifier: ISC */
/* The rules that choose a routing table, or refuse at once (ip-rule(8)). */
#ifndef KERNEL_ROUTE_RULE_H
#define KERNEL_ROUTE_RULE_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "kernel/route/query.h"

/* What a rule does. */
enum rule_action {
    RULE_NONE,
    RULE_TABLE, /* looks into a table */
    RULE_BLACKHOLE,
    RULE_UNREACHABLE,
    RULE_PROHIBIT,
};

struct rule {
    enum rule_action action;
    uint32_t priority, table;
    /* What it selects by. An unset field selects everything. */
    bool inverted;           /* "not": applies to what the rest does not match */
    struct address to, from; /* prefixes, and their lengths in bits; 0: any */
    int to_length, from_length;
    uint8_t tos, protocol;                  /* IPPROTO_*; 0: any */
    char in[IF_NAMESIZE], out[IF_NAMESIZE]; /* "": any */
    uint32_t mark, mask;                    /* mask 0: any */
    bool has_uids;
    uint32_t uid_low, uid_high;
    int source_low, source_high, port_low, port_high; /* high 0: any */
};

/*
 * Calls visit for each rule that the packets of the query meet, in the order of priority; skips a rule that
 * selects by source port if the query has none yet. If visit returns other than 0, the walk ends. 0, that
 * value, or -1 with errno.
 */
typedef int rule_visit(const struct rule *rule, void *data);
int rule_each(const struct route_query *query, rule_visit *visit, void *data);

#endif
