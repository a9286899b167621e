/* SPDX-License-Identifier: ISC */
/* The results of a probe, port by port: reported in order even if they arrive out of order. */
#ifndef NET_CONNECT_FINDINGS_H
#define NET_CONNECT_FINDINGS_H

#include "net/connect/probe.h"
#include "net/watch/timing.h"

/* The most ports under way before the oldest of them has a result. */
#define FINDINGS_MOST 16384
/* The most ICMP senders remembered by address. */
#define SENDERS_MOST  32

struct finding {
    uint32_t elapsed, late; /* microseconds */
    uint16_t port;
    uint8_t state, error; /* enum probe_state, errno */
    uint8_t resent;       /* SYNs; as many as fit */
    uint8_t icmp_type, icmp_code, sender;
};

struct findings {
    struct sink *sink;
    const struct probe_plan *plan;
    const struct address *target;
    struct probe_tally *tally;
    int next_port;           /* -1: all have begun */
    unsigned begun, emitted; /* numbers in port order; the results between them are in the ring */
    struct address senders[SENDERS_MOST];
    unsigned sender_count;
    struct finding ring[FINDINGS_MOST];
};

/* Returns NULL with errno on failure. The caller frees it with free(). */
struct findings *findings_new(struct sink *sink, const struct probe_plan *plan, const struct address *target,
    struct probe_tally *tally);

/* The number of the next port, for the other functions; -1 if there is none or too many are under way. */
int findings_begin(struct findings *findings);

int findings_port(const struct findings *findings, unsigned number);

/* Notes the result of a port. icmp may be NULL. */
void findings_note(struct findings *findings, unsigned number, enum probe_state state, int error,
    const struct icmp_error *icmp, const struct timing *timing);

/* Emits the known results up to the first unknown one; all: also those after it, for an early end. */
void findings_emit(struct findings *findings, bool all);

#endif
