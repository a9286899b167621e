/* What the judges of causes share: how a cause is told, and who owns a socket. Private to kernel/why*.c. */
#ifndef WHY_CAUSE_H
#define WHY_CAUSE_H

#include "kernel/procfs.h"
#include "kernel/sockdiag.h"
#include "why/why.h"

/* One failure being explained. */
struct why {
    struct sink *sink;
    const struct failure *failure;
    int said; /* lines so far */
};

/* Emits a cause with its evidence; silent when WHY_LINES have been said. */
void why_say(struct why *why, enum cause cause, const struct field *fields);
#define say(why, cause, ...) why_say((why), CAUSE_##cause, (const struct field[]){__VA_ARGS__, F_END})

/* Who holds a socket. */
struct owner {
    struct procfs_holder first; /* a holder that is visible */
    int count;                  /* of those that are visible */
    bool has_uid;
    uint32_t uid;
    char user[64];
    const char *note; /* what is missing in the picture; or NULL */
};
struct owner owner_of(const struct sockdiag_socket *socket);

/* The owner as the fields that the OWNER part of causes.def names. */
#define F_OWNER(o)                                                                                           \
    (o)->count > 0 ? F_INT("pid", (o)->first.pid) : F_NONE,                                                  \
        (o)->count > 0 ? F_FOREIGN("program", (o)->first.program) : F_NONE,                                  \
        (o)->count > 0 ? F_INT("fd", (o)->first.fd) : F_NONE,                                                \
        (o)->count > 1 ? F_INT("others", (o)->count - 1) : F_NONE,                                           \
        (o)->has_uid ? F_INT("uid", (o)->uid) : F_NONE,                                                      \
        (o)->has_uid ? F_FOREIGN("user", (o)->user) : F_NONE, F_TEXT("owner", (o)->note)

/* The time left of a socket's timer where that is the end of its state; absent for other states. */
struct field expires_field(const struct sockdiag_socket *socket);

/* Whether a socket bound to held stands in the way of one that wants the other, as bind sees it; the ports
 * are not compared. v6only: of the two where they are IPv6 wildcards. */
bool addresses_conflict(
    const struct address *held, bool held_v6only, const struct address *wanted, bool wanted_v6only);

/* Whether it is an IPv4 address on an IPv6 socket: ::ffff:127.0.0.1. */
bool address_is_mapped(const struct address *address);

/* No local port was found: how many of the ephemeral ports are taken, towards peer if not NULL, else on any
 * local end. */
void say_exhausted(struct why *why, int protocol, const struct address *peer);

/* A host without port: "127.0.0.1", "fe80::1%lo". Returns buffer. */
const char *host_text(const struct address *address, char *buffer, size_t size);

/* Whether what the socket sends stays on this host; connect() to 0.0.0.0 or :: goes to loopback. */
bool stays_here(const struct failure *failure);

/* The kernel's route for the very packets of the socket that failed, from that address if not NULL; as
 * route_lookup(). */
struct route;
int way_lookup(const struct failure *failure, const struct address *from, struct route *route);

/* The neighbour on the way, when the kernel looks for it in vain or has given it up; false when it is not
 * that. */
bool say_neighbour(struct why *why);

/* The ICMP error that the evidence holds. */
void say_icmp(struct why *why);

/*
 * An errno that came after the SYN had gone out, without a segment coming in: ICMP made it. The kernel keeps
 * that message for IPv4 always, for IPv6 only when the socket asked for it.
 */
bool was_answered_by_icmp(const struct failure *failure);
void say_icmp_unseen(struct why *why);

/* Whoever on the way to the peer is known to have failed: one who sent an ICMP error, or the next hop. */
void why_way(struct why *why);

/* The interface that the address or the socket is bound to is gone, or down; false when it is neither. */
bool say_interface(struct why *why);

/* EHOSTUNREACH, ENETUNREACH, EACCES, EINVAL: who refused, this host's routes or somebody on the way? */
void why_unreachable(struct why *why, int protocol);

/* EPERM: the route allows it, so something else denies it. */
void why_denied_connect(struct why *why);

/* IPv6 has no address to send from: unlike IPv4, where ENETUNREACH or another interface's address comes of
 * that. */
bool say_no_source(struct why *why, const struct address *peer);

/* The judges, by what failed. */
void why_bind(struct why *why);
void why_connect(struct why *why);
void why_stream(struct why *why);
void why_unix(struct why *why);
void why_option(struct why *why);
void why_name(struct why *why);

/* ENODEV: names the interfaces that there are; wanted: the one that was meant, or NULL. */
void say_interfaces(struct why *why, const char *wanted);

#endif
