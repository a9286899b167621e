/* SPDX-License-Identifier: ISC */
/* Fields of a socket that several reports have; see parts.h. */
#include "cmd/peerinfo/parts.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>

/* clang-format off */
const struct name_table names_timer = {"timer_", (const struct name[]){
    {SOCKDIAG_TIMER_RETRANSMIT, "retransmit"}, {SOCKDIAG_TIMER_KEEPALIVE, "keepalive"},
    {SOCKDIAG_TIMER_TIME_WAIT, "time-wait"}, {SOCKDIAG_TIMER_PROBE, "window-probe"}, {0, NULL}}};
/* clang-format on */

void holder_rows_free(struct holder_rows *rows)
{
    free(rows->fields);
    free(rows->rows);
}

struct holder_rows holder_rows_of(const struct procfs_holder *holders, size_t count)
{
    struct holder_rows rows = {.count = 0};
    if (count == 0)
        return rows;
    rows.fields = calloc(count, sizeof(*rows.fields));
    rows.rows = calloc(count, sizeof(*rows.rows));
    if (!rows.fields || !rows.rows)
        return rows;
    for (size_t i = 0; i < count; i++) {
        struct field *fields = rows.fields[i];
        fields[0] = F_INT("pid", holders[i].pid);
        fields[1] = F_FOREIGN("program", holders[i].program);
        fields[2] = F_INT("fd", holders[i].fd);
        fields[3] = F_END;
        rows.rows[i] = fields;
    }
    rows.count = count;
    return rows;
}

struct field holders_field(const struct holder_rows *rows)
{
    return F_LIST("holders", (const struct field *const *)rows->rows, rows->count);
}

struct unanswered unanswered_of(const struct sockdiag_socket *socket)
{
    struct sockdiag_socket found;
    struct unanswered unanswered = {.since = -1};
    const struct tcpinfo *tcpinfo = &socket->tcpinfo;
    int64_t since = 0;
    if (socket->protocol != IPPROTO_TCP || socket->timer != SOCKDIAG_TIMER_RETRANSMIT ||
        socket->retransmits == 0)
        return unanswered;
    unanswered.tries = socket->retransmits + 1;
    /* SYN_RECV has none. */
    if (tcpinfo->length == 0 && socket->state != TCP_SYN_RECV &&
        sockdiag_lookup(IPPROTO_TCP, &socket->local, &socket->peer, socket->cookie, &found) == 1)
        tcpinfo = &found.tcpinfo;
    since = tcpinfo_unacknowledged(tcpinfo, socket->retransmits, socket->expires);
    if (since > 0)
        unanswered.since = since;
    return unanswered;
}

bool queue_is_full(const struct sockdiag_socket *socket)
{
    return socket->state == TCP_LISTEN && socket->receive_queue > socket->send_queue;
}
