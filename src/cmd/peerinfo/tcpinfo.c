/* SPDX-License-Identifier: ISC */
/* peerinfo --tcpinfo and --sockopts: every row of a struct and of a table. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "base/number.h"
#include "cmd/peerinfo/peerinfo.h"
#include "net/socket/sockopt.h"

#define MEMBERS_MAX 96

static struct field member_field(const struct tcpinfo *tcpinfo, const struct tcpinfo_member *member)
{
    uint64_t value = tcpinfo_value(tcpinfo, member);
    bool is_none = tcpinfo_value_is_none(member, value);
    switch (member->unit) {
    case TCPINFO_COUNT:
    case TCPINFO_SEGMENTS: return F_COUNT(member->name, value);
    case TCPINFO_SSTHRESH: return F_COUNT(member->name, is_none ? UINT64_MAX : value);
    case TCPINFO_BYTES: return F_SIZE(member->name, value);
    case TCPINFO_BYTES_PER_SECOND: return F_RATE(member->name, value);
    case TCPINFO_MIN_RTT:
        if (is_none)
            return F_NULL(member->name);
        return F_TIME_FINE(member->name, (int64_t)value * NS_PER_US);
    case TCPINFO_MICROSECONDS: return F_TIME_FINE(member->name, (int64_t)value * NS_PER_US);
    case TCPINFO_MILLISECONDS: return F_TIME(member->name, (int64_t)value * NS_PER_MS);
    case TCPINFO_FLAG: return F_BOOL(member->name, value != 0);
    case TCPINFO_STATE: return F_NAME(member->name, names_state, (long)value);
    case TCPINFO_CA_STATE: return F_NAME(member->name, names_ca_state, (long)value);
    case TCPINFO_OPTIONS: return F_FLAGS(member->name, names_tcpi_option, (long)value);
    }
    return F_NONE;
}

static void receiver_emit(struct sink *sink, struct changes *changes, uint64_t cookie,
    const struct tcpinfo *since, const struct sockdiag_socket *socket)
{
    uint64_t unread = socket ? socket->receive_queue : 0;
    const struct field fields[] = {
        F_COUNT("cookie", cookie),
        F_NAME("limit", names_tcpinfo_limit, tcpinfo_judge_receiver(since, unread)),
        field_json(F_NAME("limited_by", names_tcpinfo_limit, tcpinfo_judge_receiver(since, unread))),
        F_SIZE("received", since->is.tcpi_bytes_received),
        F_SIZE("unread", unread),
        F_SIZE("window", since->is.tcpi_rcv_wnd),
        F_END,
    };
    changes_emit(changes, sink, EVENT_VERDICT_RECEIVER, EVENT_VERDICT_CHANGE, cookie, 2, NULL, fields);
}

static void sender_emit(struct sink *sink, struct changes *changes, uint64_t cookie,
    const struct tcpinfo *since, bool buffer_is_full)
{
    struct tcpinfo_verdict verdict = tcpinfo_judge(since, buffer_is_full);
    const struct field fields[] = {
        F_COUNT("cookie", cookie),
        F_NAME("limit", names_tcpinfo_limit, verdict.limit),
        field_json(F_NAME("limited_by", names_tcpinfo_limit, verdict.limit)),
        F_TIME_FINE("busy", verdict.busy),
        F_TIME_FINE("receiver_window", verdict.receiver),
        F_TIME_FINE("send_buffer", verdict.send_buffer),
        field_json(F_TIME_FINE("send_buffer_time", verdict.send_buffer)),
        F_TIME_FINE("network", verdict.network),
        F_SIZE("sent", verdict.sent),
        F_SIZE("retransmitted", verdict.retransmitted),
        F_BOOL("application_limited", verdict.application_limited),
        F_BOOL("send_buffer_full", verdict.buffer_is_full),
        F_END,
    };
    changes_emit(changes, sink, verdict.limit == TCPINFO_LIMIT_IDLE ? EVENT_VERDICT_IDLE : EVENT_VERDICT,
        EVENT_VERDICT_CHANGE, cookie, 2, NULL, fields);
}

/* With --watch of the time since the last look, else of the connection's whole life. */
static void verdict_emit(struct sink *sink, struct changes *changes, uint64_t cookie,
    const struct tcpinfo *tcpinfo, const struct sockdiag_socket *socket, bool buffer_is_full)
{
    struct tcpinfo before, since = *tcpinfo;
    if (!sink_wants(sink, EVENT_VERDICT))
        return;
    if (changes_tcpinfo(changes, cookie, tcpinfo, &before))
        since = tcpinfo_since(tcpinfo, &before);
    if (tcpinfo_receives(tcpinfo, &since))
        receiver_emit(sink, changes, cookie, &since, socket);
    else
        sender_emit(sink, changes, cookie, &since, buffer_is_full);
}

void tcpinfo_emit(struct sink *sink, struct changes *changes, uint64_t cookie, const struct tcpinfo *tcpinfo,
    const struct sockdiag_socket *socket, bool buffer_is_full)
{
    struct field fields[MEMBERS_MAX + 2];
    size_t count = 0;
    if (tcpinfo->length == 0 || !sink_wants(sink, EVENT_TCPINFO))
        return;
    /* A socket that is not connected has no limits. */
    int state = tcpinfo->is.tcpi_state;
    if (state != TCP_LISTEN && state != TCP_SYN_SENT && state != TCP_SYN_RECV)
        verdict_emit(sink, changes, cookie, tcpinfo, socket, buffer_is_full);
    fields[count++] = F_COUNT("cookie", cookie);
    for (size_t i = 0; i < tcpinfo_member_count && count <= MEMBERS_MAX; i++)
        if (tcpinfo_has(tcpinfo, &tcpinfo_members[i]))
            fields[count++] = member_field(tcpinfo, &tcpinfo_members[i]);
    fields[count] = F_END;
    changes_emit(changes, sink, EVENT_TCPINFO, EVENT_TCPINFO_CHANGE, cookie, 1, NULL, fields);
}

static void sockopt_emit(struct sink *sink, int fd, const struct sockopt *option)
{
    unsigned char value[SOCKOPT_READ_MAX];
    struct sockopt_room room;
    socklen_t length = sizeof(value);
    if (sockopt_read(sink, fd, option, value, &length) < 0) {
        /* ENOPROTOOPT and its kin: the option belongs to another kind of socket, or to a newer kernel. */
        if (errno != ENOPROTOOPT && errno != EOPNOTSUPP && errno != EINVAL)
            emit(sink, EVENT_SOCKOPT_VALUE, F_TEXT("name", option->name), F_TEXT("level", option->level_name),
                F_ERRNO(errno));
        return;
    }
    emit(sink, EVENT_SOCKOPT_VALUE, F_TEXT("name", option->name), F_TEXT("level", option->level_name),
        sockopt_field("value", option, value, length, &room));
}

void sockopts_emit(struct sink *sink, int fd)
{
    for (const struct sockopt *option = sockopts; option->name; option++)
        if (!option->write_only && !option->read_once)
            sockopt_emit(sink, fd, option);
}
