/* SPDX-License-Identifier: ISC */
/*
 * The members of struct tcp_info, in the kernel's order: type, name as in <linux/tcp.h>, unit of the value.
 *
 * The includer defines MEMBER for whole members and, if it wants the bit-fields, BITS(byte, name, shift,
 * width, unit) for those packed into the byte member named before them: low bits first, as in the kernel's
 * ABI on little-endian machines; see tcpinfo_value() for the others.
 */
#ifndef MEMBER
#define MEMBER(type, name, unit)
#endif
#ifndef BYTE
#define BYTE(name)
#endif
#ifndef BITS
#define BITS(byte, name, shift, width, unit)
#endif
/* clang-format off */
MEMBER(uint8_t,  tcpi_state,                STATE)
MEMBER(uint8_t,  tcpi_ca_state,             CA_STATE)
MEMBER(uint8_t,  tcpi_retransmits,          COUNT)
MEMBER(uint8_t,  tcpi_probes,               COUNT)
MEMBER(uint8_t,  tcpi_backoff,              COUNT)
MEMBER(uint8_t,  tcpi_options,              OPTIONS)
BYTE(tcpi_wscale_bits)
BITS(tcpi_wscale_bits, tcpi_snd_wscale,                0, 4, COUNT)
BITS(tcpi_wscale_bits, tcpi_rcv_wscale,                4, 4, COUNT)
BYTE(tcpi_rate_bits)
BITS(tcpi_rate_bits,   tcpi_delivery_rate_app_limited, 0, 1, FLAG)
BITS(tcpi_rate_bits,   tcpi_fastopen_client_fail,      1, 2, COUNT)
MEMBER(uint32_t, tcpi_rto,                  MICROSECONDS)
MEMBER(uint32_t, tcpi_ato,                  MICROSECONDS)
MEMBER(uint32_t, tcpi_snd_mss,              BYTES)
MEMBER(uint32_t, tcpi_rcv_mss,              BYTES)
MEMBER(uint32_t, tcpi_unacked,              SEGMENTS)
MEMBER(uint32_t, tcpi_sacked,               SEGMENTS)
MEMBER(uint32_t, tcpi_lost,                 SEGMENTS)
MEMBER(uint32_t, tcpi_retrans,              SEGMENTS)
MEMBER(uint32_t, tcpi_fackets,              SEGMENTS)
MEMBER(uint32_t, tcpi_last_data_sent,       MILLISECONDS)
MEMBER(uint32_t, tcpi_last_ack_sent,        MILLISECONDS)
MEMBER(uint32_t, tcpi_last_data_recv,       MILLISECONDS)
MEMBER(uint32_t, tcpi_last_ack_recv,        MILLISECONDS)
MEMBER(uint32_t, tcpi_pmtu,                 BYTES)
MEMBER(uint32_t, tcpi_rcv_ssthresh,         BYTES)
MEMBER(uint32_t, tcpi_rtt,                  MICROSECONDS)
MEMBER(uint32_t, tcpi_rttvar,               MICROSECONDS)
MEMBER(uint32_t, tcpi_snd_ssthresh,         SSTHRESH)
MEMBER(uint32_t, tcpi_snd_cwnd,             SEGMENTS)
MEMBER(uint32_t, tcpi_advmss,               BYTES)
MEMBER(uint32_t, tcpi_reordering,           SEGMENTS)
MEMBER(uint32_t, tcpi_rcv_rtt,              MICROSECONDS)
MEMBER(uint32_t, tcpi_rcv_space,            BYTES)
MEMBER(uint32_t, tcpi_total_retrans,        SEGMENTS)
MEMBER(uint64_t, tcpi_pacing_rate,          BYTES_PER_SECOND)
MEMBER(uint64_t, tcpi_max_pacing_rate,      BYTES_PER_SECOND)
MEMBER(uint64_t, tcpi_bytes_acked,          BYTES)
MEMBER(uint64_t, tcpi_bytes_received,       BYTES)
MEMBER(uint32_t, tcpi_segs_out,             SEGMENTS)
MEMBER(uint32_t, tcpi_segs_in,              SEGMENTS)
MEMBER(uint32_t, tcpi_notsent_bytes,        BYTES)
MEMBER(uint32_t, tcpi_min_rtt,              MIN_RTT)
MEMBER(uint32_t, tcpi_data_segs_in,         SEGMENTS)
MEMBER(uint32_t, tcpi_data_segs_out,        SEGMENTS)
MEMBER(uint64_t, tcpi_delivery_rate,        BYTES_PER_SECOND)
MEMBER(uint64_t, tcpi_busy_time,            MICROSECONDS)
MEMBER(uint64_t, tcpi_rwnd_limited,         MICROSECONDS)
MEMBER(uint64_t, tcpi_sndbuf_limited,       MICROSECONDS)
MEMBER(uint32_t, tcpi_delivered,            SEGMENTS)
MEMBER(uint32_t, tcpi_delivered_ce,         SEGMENTS)
MEMBER(uint64_t, tcpi_bytes_sent,           BYTES)
MEMBER(uint64_t, tcpi_bytes_retrans,        BYTES)
MEMBER(uint32_t, tcpi_dsack_dups,           COUNT)
MEMBER(uint32_t, tcpi_reord_seen,           COUNT)
MEMBER(uint32_t, tcpi_rcv_ooopack,          SEGMENTS)
MEMBER(uint32_t, tcpi_snd_wnd,              BYTES)
MEMBER(uint32_t, tcpi_rcv_wnd,              BYTES)
MEMBER(uint32_t, tcpi_rehash,               COUNT)
MEMBER(uint16_t, tcpi_total_rto,            COUNT)
MEMBER(uint16_t, tcpi_total_rto_recoveries, COUNT)
MEMBER(uint32_t, tcpi_total_rto_time,       MILLISECONDS)
MEMBER(uint32_t, tcpi_received_ce,          SEGMENTS)
MEMBER(uint32_t, tcpi_delivered_e1_bytes,   BYTES)
MEMBER(uint32_t, tcpi_delivered_e0_bytes,   BYTES)
MEMBER(uint32_t, tcpi_delivered_ce_bytes,   BYTES)
MEMBER(uint32_t, tcpi_received_e1_bytes,    BYTES)
MEMBER(uint32_t, tcpi_received_e0_bytes,    BYTES)
MEMBER(uint32_t, tcpi_received_ce_bytes,    BYTES)
MEMBER(uint16_t, tcpi_accecn_fail_mode,     COUNT)
MEMBER(uint16_t, tcpi_accecn_opt_seen,      COUNT)
/* clang-format on */
#undef MEMBER
#undef BYTE
#undef BITS
