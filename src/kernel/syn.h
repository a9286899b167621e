/* SPDX-License-Identifier: ISC */
/* What a client offered in its SYN: the headers of TCP_SAVED_SYN, decoded. They are foreign bytes. */
#ifndef KERNEL_SYN_H
#define KERNEL_SYN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A TCP header has at most 40 bytes of options. */
#define SYN_OPTIONS_MAX 40

/* -1 if the option is absent. */
struct syn {
    int version;                          /* of IP: 4 or 6 */
    int ttl;                              /* on arrival: TTL, or the hop limit of IPv6 */
    int tos;                              /* the TOS byte, or the traffic class */
    bool dont_fragment;                   /* DF of IPv4 */
    int window;                           /* of the SYN itself: never scaled (RFC 7323, section 2.2) */
    int mss;                              /* bytes */
    int window_scale;                     /* shift count */
    bool sack;                            /* SACK-Permitted (RFC 2018) */
    int64_t timestamp;                    /* TSval (RFC 7323) */
    bool ecn;                             /* ECE and CWR: ECN is offered (RFC 3168) */
    bool accurate_ecn;                    /* AE too: Accurate ECN */
    int fast_open;                        /* length of the Fast Open cookie; 0: asks for one (RFC 7413) */
    unsigned char kinds[SYN_OPTIONS_MAX]; /* of the options, in their order */
    size_t kind_count;
};

/* Decodes the length bytes of an IP and a TCP header, with or without an Ethernet header before them
 * (TCP_SAVE_SYN 2). False if they are not. */
bool syn_decode(const void *bytes, size_t length, struct syn *syn);

/* As syn_decode(), from the length bytes of a TCP header alone. */
bool syn_decode_tcp(const unsigned char *tcp, size_t length, struct syn *syn);

/* The short name of an option: "MSS", "SACK", "TS", "NOP"; or NULL. */
const char *syn_option_name(int kind);

#endif
