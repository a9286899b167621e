/* What a probe found out, port by port, told in order though it is learned out of order. */
#ifndef NET_CONNECT_FINDINGS_H
#define NET_CONNECT_FINDINGS_H

#include "net/connect/probe.h"

/* So many ports may be begun before the oldest of them is known. */
#define FINDINGS_MOST 16384
/* ICMP senders that are remembered by name. */
#define SENDERS_MOST  32

struct finding {
    uint32_t elapsed; /* microseconds */
    uint16_t port;
    uint8_t state, error; /* enum probe_state, errno */
    uint8_t icmp_type, icmp_code, sender;
};

struct findings {
    struct sink *sink;
    const struct probe_plan *plan;
    const struct address *target;
    struct probe_tally *tally;
    int next_port;        /* -1: all are begun */
    unsigned begun, told; /* numbers in port order; those between them are in the ring */
    struct address senders[SENDERS_MOST];
    unsigned sender_count;
    struct finding ring[FINDINGS_MOST];
};

/* NULL with errno. Freed with free(). */
struct findings *findings_new(struct sink *sink, const struct probe_plan *plan, const struct address *target,
    struct probe_tally *tally);

/* The next port's number, for the other functions; -1 when there is none, or too many are under way. */
int findings_begin(struct findings *findings);

int findings_port(const struct findings *findings, unsigned number);

/* Notes what became of a port. icmp may be NULL. Elapsed in nanoseconds. */
void findings_note(struct findings *findings, unsigned number, enum probe_state state, int error,
    const struct icmp_error *icmp, int64_t elapsed);

/* Emits what is known up to the first port that is not; all: also those behind it, at an early end. */
void findings_tell(struct findings *findings, bool all);

#endif
