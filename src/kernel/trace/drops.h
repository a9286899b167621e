/* SPDX-License-Identifier: ISC */
/*
 * Packets that this host dropped and RSTs that it sent, with the kernel's own reasons: the tracepoints
 * skb:kfree_skb (with a reason since Linux 5.17) and tcp:tcp_send_reset (since 6.10), in all network
 * namespaces. The names of the reasons are read from the line, so that their numbers do not matter.
 *
 * kfree_skb does not say whose packet it was. But what TCP sends is a copy that lies right behind the
 * original, in the same piece of memory (struct sk_buff_fclones), and tcp:tcp_retransmit_skb says where the
 * original is and which connection it belongs to: so the drop of a segment that is sent again is known to be
 * one of it.
 */
#ifndef KERNEL_TRACE_DROPS_H
#define KERNEL_TRACE_DROPS_H

#include "base/address.h"
#include "kernel/trace/tracefs.h"

enum drop_kind {
    DROP_PACKET, /* a packet was dropped */
    DROP_RESET,  /* this host sent an RST */
    DROP_RESENT, /* TCP sent a segment again */
    DROP_MARK,   /* drops_mark() was called by this thread */
};

struct drop {
    enum drop_kind kind;
    struct trace_head head;
    uint64_t packet;            /* DROP_PACKET, DROP_RESENT: where it was, or its original; 0: not known */
    int protocol;               /* DROP_PACKET: ETH_P_IP, ETH_P_IPV6 */
    struct address local, peer; /* DROP_RESET, DROP_RESENT: of the connection; length 0: not known */
    bool is_syn;                /* DROP_RESENT: of a connect that is not answered yet */
    char reason[48];            /* "NETFILTER_DROP"; "": this kernel does not say */
    char location[64];          /* DROP_PACKET: a function of the kernel; "": not known */
};

/* Whether they can be used here; if not, writes the reason to text. */
bool drops_available(char *text, size_t size);

/* Begins tracing. 0, or -1 with errno and nothing left behind; ends by tracefs_close(). */
int drops_open(struct tracefs *tracefs);

/* Makes a line with the number of this thread in the initial PID namespace. */
void drops_mark(const struct tracefs *tracefs);

/* Reads a line of trace_pipe; false if it is none of these. */
bool drop_parse(const char *line, struct drop *drop);

/* Whether what was dropped is where the copy of the segment resent lies. Once the segment is acknowledged,
 * other packets have its memory, and this proves nothing. */
bool drop_is_of(const struct drop *dropped, const struct drop *resent);

#endif
