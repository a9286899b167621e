/* SPDX-License-Identifier: ISC */
/* Fields of a socket that several reports have. */
#ifndef CMD_PEERINFO_PARTS_H
#define CMD_PEERINFO_PARTS_H

#include "kernel/sockdiag/sockdiag.h"
#include "kernel/procfs.h"
#include "report/event.h"

extern const struct name_table names_timer; /* of enum sockdiag_timer */

/* The holders of a socket as rows of fields. Owns the memory it points to. */
struct holder_rows {
    struct field (*fields)[4];
    const struct field **rows;
    size_t count;
};

/* The fields borrow from holders; there are none without memory. */
struct holder_rows holder_rows_of(const struct procfs_holder *holders, size_t count);
void holder_rows_free(struct holder_rows *rows);
#define cleanup_holder_rows __attribute__((cleanup(holder_rows_free)))

struct field holders_field(const struct holder_rows *rows);

/*
 * How often a TCP segment, or a SYN, was sent without an answer, and for how long: tries, 0 if it is not
 * being sent again, and nanoseconds, -1 if unknown. tcpinfo may be empty: it is then looked up.
 */
struct unanswered {
    unsigned tries;
    int64_t since;
};
struct unanswered unanswered_of(const struct sockdiag_socket *socket);

/* Whether a listener's accept queue has no room. */
bool queue_is_full(const struct sockdiag_socket *socket);

#endif
