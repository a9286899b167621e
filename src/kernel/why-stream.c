/* Why receiving or sending failed on a connection, and what a message's limit is. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "kernel/why-cause.h"

static void why_reset(struct why *why)
{
    say(why, RESET_BY_PEER, F_INT("received", (int64_t)why->failure->received),
        F_INT("sent", (int64_t)why->failure->sent));
}

static void why_pipe(struct why *why)
{
    bool is_unix = why->failure->evidence.family == AF_UNIX;

    if (why->failure->shut_down)
        say(why, SHUT_DOWN, F_NONE);
    else
        say(why, PEER_CLOSED,
            is_unix ? F_NONE : F_TEXT("note", "what was sent after its end was answered with RST"));
}

static void why_unanswered(struct why *why)
{
    const struct tcpinfo *tcpinfo = &why->failure->evidence.tcpinfo;

    /* A limit of our own that passed, with nothing on the way, is no matter of acknowledgements. */
    if (tcpinfo->length == 0 || (why->failure->text && tcpinfo->is.tcpi_unacked == 0))
        return;
    say(why, DATA_UNANSWERED,
        tcpinfo->is.tcpi_unacked > 0 ? F_INT("unacknowledged", tcpinfo->is.tcpi_unacked) : F_NONE,
        tcpinfo->is.tcpi_total_retrans > 0 ? F_INT("retransmits", tcpinfo->is.tcpi_total_retrans) : F_NONE,
        tcpinfo->is.tcpi_probes > 0 ? F_INT("probes", tcpinfo->is.tcpi_probes) : F_NONE);
}

/* The payload that fits into one IPv4 or IPv6 packet: 65535 less the headers. */
#define UDP4_MAX (65535 - 20 - 8)
#define UDP6_MAX (65535 - 8)

static void why_too_long(struct why *why)
{
    const struct failure *failure = why->failure;
    const struct evidence *evidence = &failure->evidence;
    struct field length = failure->length > 0 ? F_INT("length", (int64_t)failure->length) : F_NONE;
    struct address peer = failure->address;
    bool is_v4 = evidence->family == AF_INET || address_unmap(&peer);
    int64_t header = is_v4 ? 28 : 48, largest = is_v4 ? UDP4_MAX : UDP6_MAX;

    if (evidence->family == AF_UNIX)
        say(why, MESSAGE_TOO_LONG, length, F_INT("limit", evidence->send_buffer),
            F_TEXT("note", "SO_SNDBUF, which the message and its bookkeeping must fit into"));
    else if (evidence->path_mtu > header && evidence->path_mtu - header < largest)
        say(why, MESSAGE_TOO_LONG, length, F_INT("limit", evidence->path_mtu - header),
            F_TEXT("note", "the path's MTU less the headers, as fragmenting is not allowed"));
    else
        say(why, MESSAGE_TOO_LONG, length, F_INT("limit", largest),
            F_TEXT("note", is_v4 ? "UDP over IPv4" : "UDP over IPv6"));
}

void why_stream(struct why *why)
{
    switch (why->failure->error) {
    case ECONNRESET: why_reset(why); break;
    case EPIPE: why_pipe(why); break;
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case ENETUNREACH: why_unanswered(why); break;
    case ECONNABORTED: say(why, DESTROYED, F_NONE); break;
    case EMSGSIZE: why_too_long(why); break;
    default: break;
    }
}
