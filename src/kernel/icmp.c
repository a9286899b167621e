/* SPDX-License-Identifier: ISC */
/* The names of ICMP and ICMPv6 errors. */
#include "kernel/icmp.h"

#include <netinet/icmp6.h>
#include <linux/icmp.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/cleanup.h"

struct icmp_row {
    int type, code; /* code -1: any other */
    const char *name;
};

/* clang-format off */
static const struct icmp_row icmp4_rows[] = {
    {ICMP_DEST_UNREACH, ICMP_NET_UNREACH,    "net unreachable"},
    {ICMP_DEST_UNREACH, ICMP_HOST_UNREACH,   "host unreachable"},
    {ICMP_DEST_UNREACH, ICMP_PROT_UNREACH,   "protocol unreachable"},
    {ICMP_DEST_UNREACH, ICMP_PORT_UNREACH,   "port unreachable"},
    {ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED,    "fragmentation needed"},
    {ICMP_DEST_UNREACH, ICMP_SR_FAILED,      "source route failed"},
    {ICMP_DEST_UNREACH, ICMP_NET_UNKNOWN,    "destination network unknown"},
    {ICMP_DEST_UNREACH, ICMP_HOST_UNKNOWN,   "destination host unknown"},
    {ICMP_DEST_UNREACH, ICMP_HOST_ISOLATED,  "source host isolated"},
    {ICMP_DEST_UNREACH, ICMP_NET_ANO,        "network administratively prohibited"},
    {ICMP_DEST_UNREACH, ICMP_HOST_ANO,       "host administratively prohibited"},
    {ICMP_DEST_UNREACH, ICMP_NET_UNR_TOS,    "network unreachable for the type of service"},
    {ICMP_DEST_UNREACH, ICMP_HOST_UNR_TOS,   "host unreachable for the type of service"},
    {ICMP_DEST_UNREACH, ICMP_PKT_FILTERED,   "communication administratively prohibited"},
    {ICMP_DEST_UNREACH, ICMP_PREC_VIOLATION, "host precedence violation"},
    {ICMP_DEST_UNREACH, ICMP_PREC_CUTOFF,    "precedence cutoff in effect"},
    {ICMP_DEST_UNREACH, -1,                  "destination unreachable"},
    {ICMP_SOURCE_QUENCH, -1,                 "source quench"},
    {ICMP_REDIRECT, -1,                      "redirect"},
    {ICMP_TIME_EXCEEDED, ICMP_EXC_TTL,       "time to live exceeded in transit"},
    {ICMP_TIME_EXCEEDED, ICMP_EXC_FRAGTIME,  "fragment reassembly time exceeded"},
    {ICMP_TIME_EXCEEDED, -1,                 "time exceeded"},
    {ICMP_PARAMETERPROB, -1,                 "parameter problem"},
};

static const struct icmp_row icmp6_rows[] = {
    {ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_NOROUTE,       "no route to destination"},
    {ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_ADMIN,         "communication administratively prohibited"},
    {ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_BEYONDSCOPE,   "beyond scope of source address"},
    {ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_ADDR,          "address unreachable"},
    {ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_NOPORT,        "port unreachable"},
    {ICMP6_DST_UNREACH, 5,                               "source address failed policy"},
    {ICMP6_DST_UNREACH, 6,                               "reject route to destination"},
    {ICMP6_DST_UNREACH, -1,                              "destination unreachable"},
    {ICMP6_PACKET_TOO_BIG, -1,                           "packet too big"},
    {ICMP6_TIME_EXCEEDED, ICMP6_TIME_EXCEED_TRANSIT,     "hop limit exceeded in transit"},
    {ICMP6_TIME_EXCEEDED, ICMP6_TIME_EXCEED_REASSEMBLY,  "fragment reassembly time exceeded"},
    {ICMP6_TIME_EXCEEDED, -1,                            "time exceeded"},
    {ICMP6_PARAM_PROB, ICMP6_PARAMPROB_NEXTHEADER,       "unrecognized next header"},
    {ICMP6_PARAM_PROB, -1,                               "parameter problem"},
};
/* clang-format on */

static const char *row_name(const struct icmp_row *rows, size_t count, int type, int code)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].type == type && (rows[i].code == code || rows[i].code == -1))
            return rows[i].name;
    return "unknown type";
}

const char *icmp_name(int family, int type, int code)
{
    return family == AF_INET6 ? row_name(icmp6_rows, array_size(icmp6_rows), type, code)
                              : row_name(icmp4_rows, array_size(icmp4_rows), type, code);
}
