/* SPDX-License-Identifier: ISC */
/* A failure as it is handed up: what was tried, the errno, and evidence that the descriptor would lose. */
#ifndef WHY_FAILURE_H
#define WHY_FAILURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "kernel/counters.h"
#include "kernel/tcpinfo.h"

struct asked;

/* Where in a socket's life it failed: an errno may then mean something else, and another exit status. */
enum failure_phase {
    PHASE_NONE,    /* nothing failed */
    PHASE_RESOLVE, /* a name */
    PHASE_LOCAL,   /* socket, setsockopt, bind, listen */
    PHASE_CONNECT,
    PHASE_ACCEPT,
    PHASE_STREAM,   /* a connection in mid-stream */
    PHASE_DATAGRAM, /* after a datagram was sent */
    PHASE_OUTPUT,   /* our own stdout or stdin */
    PHASE_OTHER,
};

/* An ICMP or ICMPv6 message that made a call fail, from the error queue (IP_RECVERR in ip(7)). */
struct icmp_error {
    bool there;
    int family; /* AF_INET: ICMP, AF_INET6: ICMPv6 */
    int type, code;
    int error;               /* the errno it stands for */
    uint32_t mtu;            /* of "fragmentation needed" and "packet too big" */
    struct address offender; /* who sent it, port 0; this host itself if the neighbour did not answer */
    int64_t arrived;         /* CLOCK_REALTIME in nanoseconds; 0: SO_TIMESTAMPNS is off */
};

/* The most counters that are named. */
#define MOVES_MOST 5

/* What the tracepoints said of drops (--drops). */
struct dropped {
    unsigned count;    /* packets; 0: none */
    unsigned certain;  /* of them, those that are known to be of this connection */
    char reason[48];   /* of the first one, as the kernel names it; "": it does not say */
    char location[64]; /* function of the kernel; "": not known */
    char reset[48];    /* why this host sent the RST; "": it did not, or does not say */
};

/* What the judges go by: what the descriptor could still report, and what its user knew; 0 if unknown. */
struct evidence {
    /* Of the socket; for a name, those that were asked for. */
    int family, type, protocol;
    struct address local;
    uint64_t cookie;
    bool reuse_address, reuse_port, v6only,
        broadcast;           /* SO_REUSEADDR, SO_REUSEPORT, IPV6_V6ONLY, SO_BROADCAST */
    uint32_t interface;      /* SO_BINDTOIFINDEX */
    uint32_t mark;           /* SO_MARK */
    uint8_t tos;             /* IP_TOS, IPV6_TCLASS */
    uint32_t send_buffer;    /* SO_SNDBUF, as the kernel counts it */
    uint32_t path_mtu;       /* IP_MTU of a connected socket, or from the error queue */
    bool keeps_icmp;         /* an ICMP error would be in the error queue: icmp is all there was */
    bool dont_route;         /* SO_DONTROUTE */
    uint32_t unicast_if;     /* IP_UNICAST_IF, IPV6_UNICAST_IF: the index of an interface */
    uint32_t unacknowledged; /* bytes (SIOCOUTQ) */
    bool itself;             /* it was connected to itself */
    struct icmp_error icmp;
    struct tcpinfo tcpinfo;
    /* Of its use. */
    uint64_t sent, received; /* bytes of the conversation before it failed */
    uint64_t length;         /* bytes of the message that could not be sent */
    bool shut_down;          /* this side had shut down sending */
    bool accepted;           /* the peer connected to us */
    bool unaccepted;         /* the other end, on this host, stands in the queue of a listener */
    bool no_room;            /* what was to be sent waited for room */
    int64_t waited;          /* for the peer, where elapsed is about more than that */
    int64_t ended;           /* clock_now() when it failed: the evidence is taken later */
    /* Of this host meanwhile. */
    struct counter_move moves[MOVES_MOST];
    size_t move_count;
    struct dropped dropped;
    /* Of an option. */
    int level;
    const char *value; /* as it was asked for */
    /* Of a lookup. */
    int flags;                 /* AI_* */
    bool is_service;           /* the name is a service */
    const struct asked *asked; /* what the name servers answer now (why/name/asked.h); NULL: not asked */
};

/* Filled by net/ before the descriptor is closed; texts are static or live as long as the plan. */
struct failure {
    /* The verdict. */
    enum failure_phase phase;
    int error;      /* errno; with eai set the errno beside it, or 0 */
    int eai;        /* EAI_*, or 0 */
    unsigned tries; /* rounds of --retry; 0: one, without it */
    bool gave_up;   /* a time limit of the user has passed; error is the last one, or ETIMEDOUT */
    /* What `failed` reports besides. */
    unsigned conn;          /* number of the connection, or 0 */
    const char *call;       /* "connect", "getaddrinfo" */
    struct address address; /* what the call was about; length 0: nothing */
    const char *name;       /* the name that was looked up, the option, the stream; or NULL */
    const char *text;       /* the reason, if there is no errno: "no data moved"; or NULL */
    int64_t elapsed;        /* nanoseconds; 0: not reported */
    struct evidence evidence;
};

/* What a failure amounts to. If several addresses failed, the verdict is the first of these that occurred. */
enum failure_class {
    FAILURE_REFUSED,
    FAILURE_TIMED_OUT,
    FAILURE_UNREACHABLE,
    FAILURE_LOCAL,
    FAILURE_RESOLVE,
    FAILURE_OTHER,
    FAILURE_BROKEN, /* in mid-stream */
};

enum failure_class failure_class(const struct failure *failure);

/* The socket's own end, if it had one and the failure is not about that; else NULL. After a refused connect
 * the kernel has cleared the address, but not the port. */
const struct address *failure_own_end(const struct failure *failure);

/* How long the call took, and how long the peer was waited for, in nanoseconds; -1: not reported. */
int64_t failure_elapsed(const struct failure *failure);
int64_t failure_waited(const struct failure *failure);

/* Whether the user's own time limit ended an accept or a transfer: no call failed. */
bool failure_is_limit(const struct failure *failure);

/* A call about address (NULL: about nothing) that failed with errno. began: clock_now() before it; 0: how
 * long it took is not reported. */
struct failure failure_of(
    enum failure_phase phase, const char *call, const struct address *address, int64_t began);

/* The same, in *failure. Returns -1. */
int failure_fill(struct failure *failure, enum failure_phase phase, const char *call,
    const struct address *address, int64_t began);

/* Makes it that of a lookup: eai, and the errno that explains it, or 0. */
void failure_lookup(struct failure *failure, const char *name, int eai, int error);

/* Makes it that of a connection in use: its number, its local end and the bytes that it carried. */
void failure_connection(
    struct failure *failure, unsigned conn, const struct address *local, uint64_t sent, uint64_t received);

#endif
