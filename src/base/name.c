/* SPDX-License-Identifier: ISC */
/* Constants and their C names: one table serves printing, parsing and completion. */
#include "base/name.h"

#include <ctype.h>
#include <limits.h>
#include <netinet/ip.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "base/portability.h"

#define N   NAME_ROW
#define END NAME_END

const struct name_table names_family = {
    "AF_", (const struct name[]){N(AF_UNSPEC), N(AF_UNIX), N(AF_INET), N(AF_INET6), N(AF_NETLINK),
               N(AF_PACKET), N(AF_VSOCK), N(AF_BLUETOOTH), N(AF_ALG), N(AF_CAN), N(AF_TIPC), N(AF_XDP),
               {AF_UNIX, "AF_LOCAL"}, END}};

const struct name_table names_type = {
    "SOCK_", (const struct name[]){N(SOCK_STREAM), N(SOCK_DGRAM), N(SOCK_RAW), N(SOCK_RDM), N(SOCK_SEQPACKET),
                 N(SOCK_DCCP), N(SOCK_PACKET), END}};

const struct name_table names_protocol = {"IPPROTO_",
    (const struct name[]){N(IPPROTO_IP), N(IPPROTO_ICMP), N(IPPROTO_IGMP), N(IPPROTO_IPIP), N(IPPROTO_TCP),
        N(IPPROTO_EGP), N(IPPROTO_PUP), N(IPPROTO_UDP), N(IPPROTO_IDP), N(IPPROTO_TP), N(IPPROTO_DCCP),
        N(IPPROTO_IPV6), N(IPPROTO_RSVP), N(IPPROTO_GRE), N(IPPROTO_ESP), N(IPPROTO_AH), N(IPPROTO_ICMPV6),
        N(IPPROTO_MTP), N(IPPROTO_ENCAP), N(IPPROTO_PIM), N(IPPROTO_COMP), N(IPPROTO_SCTP),
        N(IPPROTO_UDPLITE), N(IPPROTO_MPLS), N(IPPROTO_RAW), N(IPPROTO_MPTCP), END}};

const struct name_table names_eai = {
    "EAI_", (const struct name[]){N(EAI_BADFLAGS), N(EAI_NONAME), N(EAI_AGAIN), N(EAI_FAIL), N(EAI_NODATA),
                N(EAI_FAMILY), N(EAI_SOCKTYPE), N(EAI_SERVICE), N(EAI_ADDRFAMILY), N(EAI_MEMORY),
                N(EAI_SYSTEM), N(EAI_OVERFLOW),
#ifdef EAI_IDN_ENCODE
                N(EAI_IDN_ENCODE),
#endif
                END}};

const struct name_table names_h_errno = {
    "H_ERRNO_", (const struct name[]){N(NETDB_SUCCESS), N(NETDB_INTERNAL), N(HOST_NOT_FOUND), N(TRY_AGAIN),
                    N(NO_RECOVERY), N(NO_DATA), END}};

const struct name_table names_inaddr = {"INADDR_", (const struct name[]){N(INADDR_NONE), END}};

const struct name_table names_ai = {"AI_", (const struct name[]){N(AI_PASSIVE), N(AI_CANONNAME),
                                               N(AI_NUMERICHOST), N(AI_V4MAPPED), N(AI_ALL), N(AI_ADDRCONFIG),
#if AI_IDN
                                               N(AI_IDN), N(AI_CANONIDN),
#endif
                                               N(AI_NUMERICSERV), END}};

const struct name_table names_ni = {"NI_",
    (const struct name[]){N(NI_NUMERICHOST), N(NI_NUMERICSERV), N(NI_NOFQDN), N(NI_NAMEREQD), N(NI_DGRAM),
#if NI_IDN
        N(NI_IDN),
#endif
        END}};

const struct name_table names_msg = {
    "MSG_", (const struct name[]){N(MSG_OOB), N(MSG_PEEK), N(MSG_DONTROUTE), N(MSG_CTRUNC), N(MSG_PROXY),
                N(MSG_TRUNC), N(MSG_DONTWAIT), N(MSG_EOR), N(MSG_WAITALL), N(MSG_FIN), N(MSG_SYN),
                N(MSG_CONFIRM), N(MSG_RST), N(MSG_ERRQUEUE), N(MSG_NOSIGNAL), N(MSG_MORE), N(MSG_WAITFORONE),
                N(MSG_BATCH), N(MSG_ZEROCOPY), N(MSG_FASTOPEN), N(MSG_CMSG_CLOEXEC), END}};

const struct name_table names_poll = {"POLL", (const struct name[]){N(POLLIN), N(POLLPRI), N(POLLOUT),
                                                  N(POLLERR), N(POLLHUP), N(POLLNVAL), N(POLLRDHUP), END}};

const struct name_table names_open = {
    "O_", (const struct name[]){N(O_WRONLY), N(O_RDWR), N(O_APPEND), N(O_NONBLOCK), N(O_ASYNC), END}};

const struct name_table names_fd = {"FD_", (const struct name[]){N(FD_CLOEXEC), END}};

const struct name_table names_shut = {
    "SHUT_", (const struct name[]){N(SHUT_RD), N(SHUT_WR), N(SHUT_RDWR), END}};

const struct name_table names_state = {"TCP_",
    (const struct name[]){{TCP_ESTABLISHED, "ESTABLISHED"}, {TCP_SYN_SENT, "SYN_SENT"},
        {TCP_SYN_RECV, "SYN_RECV"}, {TCP_FIN_WAIT1, "FIN_WAIT1"}, {TCP_FIN_WAIT2, "FIN_WAIT2"},
        {TCP_TIME_WAIT, "TIME_WAIT"}, {TCP_CLOSE, "CLOSE"}, {TCP_CLOSE_WAIT, "CLOSE_WAIT"},
        {TCP_LAST_ACK, "LAST_ACK"}, {TCP_LISTEN, "LISTEN"}, {TCP_CLOSING, "CLOSING"}, {12, "SYN_RECV"}, END}};

const struct name_table names_splice = {"SPLICE_F_",
    (const struct name[]){N(SPLICE_F_MOVE), N(SPLICE_F_NONBLOCK), N(SPLICE_F_MORE), N(SPLICE_F_GIFT), END}};

/* The words of OpenBSD nc's -T, and the DSCP classes (RFC 2474, 2597, 3246) as the whole TOS byte. */
const struct name_table names_tos = {
    "", (const struct name[]){{IPTOS_LOWDELAY, "lowdelay"}, {IPTOS_THROUGHPUT, "throughput"},
            {IPTOS_RELIABILITY, "reliability"}, {0x00, "cs0"}, {0x20, "cs1"}, {0x40, "cs2"}, {0x60, "cs3"},
            {0x80, "cs4"}, {0xa0, "cs5"}, {0xc0, "cs6"}, {0xe0, "cs7"}, {0x28, "af11"}, {0x30, "af12"},
            {0x38, "af13"}, {0x48, "af21"}, {0x50, "af22"}, {0x58, "af23"}, {0x68, "af31"}, {0x70, "af32"},
            {0x78, "af33"}, {0x88, "af41"}, {0x90, "af42"}, {0x98, "af43"}, {0xb8, "ef"},
            {0xc0, "netcontrol"}, {0xc0, "inetcontrol"}, {0xa0, "critical"}, {0x02, "lowcost"}, END}};

const char *name_find(const struct name_table *table, long value)
{
    for (const struct name *row = table->rows; row->name; row++)
        if (row->value == value)
            return row->name;
    return NULL;
}

const char *name_text(const struct name_table *table, long value, char *buffer, size_t size)
{
    const char *name = name_find(table, value);
    if (name)
        return name;
    snprintf(buffer, size, "%s%ld", table->prefix, value);
    return buffer;
}

bool name_parse(const struct name_table *table, const char *text, long *value)
{
    size_t prefix = strlen(table->prefix);
    for (const struct name *row = table->rows; row->name; row++) {
        bool prefixed = strncmp(row->name, table->prefix, prefix) == 0;
        if (strcasecmp(row->name, text) == 0 || (prefixed && strcasecmp(row->name + prefix, text) == 0)) {
            *value = row->value;
            return true;
        }
    }
    long long number;
    const char *why;
    if (!number_parse(text, INT_MIN, UINT_MAX, &number, &why))
        return false;
    *value = (long)number;
    return true;
}

bool name_flags_parse(const struct name_table *table, const char *text, long *value, char *bad, size_t size)
{
    *value = 0;
    for (const char *word = text;; word++) {
        size_t length = strcspn(word, ",|");
        long bits;
        snprintf(bad, size, "%.*s", (int)length, word);
        if (length >= size || !name_parse(table, bad, &bits) || bits < 0)
            return false;
        *value |= bits;
        word += length;
        if (!*word)
            return true;
    }
}

const char *name_flags_text(const struct name_table *table, long value, char *buffer, size_t size)
{
    size_t used = 0;
    buffer[0] = '\0';
    for (const struct name *row = table->rows; row->name && used < size; row++) {
        if (row->value == 0 || (value & row->value) != row->value)
            continue;
        used += (size_t)snprintf(buffer + used, size - used, "%s%s", used ? "|" : "", row->name);
        value &= ~row->value;
    }
    if ((value || used == 0) && used < size)
        snprintf(buffer + used, size - used, value ? "%s%#lx" : "%s%ld", used ? "|" : "", value);
    return buffer;
}

/* Levenshtein distance in which a change of case costs nothing; sized for the words of a table. */
static unsigned word_distance(const char *a, const char *b)
{
    unsigned row[64];
    size_t columns = strlen(b);
    if (columns >= array_size(row))
        return UINT_MAX;
    for (size_t j = 0; j <= columns; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; a[i - 1]; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= columns; j++) {
            unsigned above = row[j];
            unsigned replace =
                diagonal + (toupper((unsigned char)a[i - 1]) != toupper((unsigned char)b[j - 1]));
            unsigned least = above < row[j - 1] ? above + 1 : row[j - 1] + 1;
            row[j] = replace < least ? replace : least;
            diagonal = above;
        }
    }
    return row[columns];
}

const char *nearest_word(const char *text, const char *(*next)(void *state), void *state)
{
    const char *best = NULL, *word;
    /* A word that differs in more than a third of its letters, rounded up, is another word. */
    unsigned limit = ((unsigned)strlen(text) + 2) / 3;
    while ((word = next(state))) {
        unsigned distance = word_distance(text, word);
        if (distance <= limit) {
            best = word;
            limit = distance - (distance > 0);
        }
    }
    return best;
}

static const char *row_next(void *state)
{
    const struct name **row = state;
    const char *name = (*row)->name;
    if (name)
        (*row)++;
    return name;
}

const char *name_nearest(const struct name_table *table, const char *text)
{
    const struct name *row = table->rows;
    return nearest_word(text, row_next, &row);
}

bool name_unknown(const struct name_table *table, const char *text, char *error, size_t size)
{
    const char *near = name_nearest(table, text);
    if (!*text)
        snprintf(error, size, "a name is missing");
    else
        snprintf(error, size, "'%s' is unknown%s%s%s", text, near ? "; did you mean " : "", near ? near : "",
            near ? "?" : "");
    return near != NULL;
}
