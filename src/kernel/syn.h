/* What a client offered in its SYN: the headers that TCP_SAVED_SYN gives, decoded. They are foreign bytes. */
#ifndef KERNEL_SYN_H
#define KERNEL_SYN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A TCP header has at most 40 bytes of options. */
#define SYN_OPTIONS_MAX 40

/* -1 where the option was not there. */
struct syn {
    int version;                          /* of IP: 4 or 6 */
    int ttl;                              /* as it arrived: TTL, or the hop limit of IPv6 */
    int tos;                              /* the TOS byte, or the traffic class */
    bool dont_fragment;                   /* DF of IPv4 */
    int window;                           /* of the SYN itself: never scaled (RFC 7323, section 2.2) */
    int mss;                              /* bytes */
    int window_scale;                     /* shift count */
    bool sack;                            /* SACK-Permitted (RFC 2018) */
    int64_t timestamp;                    /* TSval (RFC 7323) */
    bool ecn;                             /* ECE and CWR: ECN is offered (RFC 3168) */
    bool accurate_ecn;                    /* AE too: Accurate ECN */
    int fast_open;                        /* length of the Fast Open cookie, 0: one is asked for (RFC 7413) */
    unsigned char kinds[SYN_OPTIONS_MAX]; /* of the options as they stand there */
    size_t kind_count;
};

/* Decodes the length bytes of an IP and a TCP header, with or without an Ethernet header in front
 * (TCP_SAVE_SYN 2). False when they are none. */
bool syn_decode(const void *bytes, size_t length, struct syn *syn);

/* The part of it that the TCP header tells, in length bytes. */
bool syn_decode_tcp(const unsigned char *tcp, size_t length, struct syn *syn);

/* The short name of an option, "MSS", "SACK", "TS", "NOP", or NULL. */
const char *syn_option_name(int kind);

#endif
