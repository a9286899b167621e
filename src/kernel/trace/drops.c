/* SPDX-License-Identifier: ISC */
/* The tracepoints of drops and RSTs; see drops.h. */
#include "kernel/trace/drops.h"

#include <errno.h>
#include <inttypes.h>
#include <net/ethernet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

#define TRACEPOINT    "skb/kfree_skb"
#define EVENTS        "events/"
#define MARK          "sockctl"
/* sizeof(struct sk_buff), the distance of the copy, is between these two; twice the larger one is more than
 * the piece of memory that both are in, so nothing else can be there. */
#define COPY_NEAREST  128
#define COPY_FARTHEST 512

bool drops_available(char *text, size_t size)
{
    return tracefs_available(TRACEPOINT, text, size);
}

int drops_open(struct tracefs *tracefs)
{
    static const char filter[] = "protocol == 2048 || protocol == 34525";
    if (tracefs_open(tracefs) < 0)
        return -1;
    /* Otherwise only hashes of addresses are written, which have no distance (since Linux 5.13). */
    tracefs_write(tracefs, "options/hash-ptr", "0");
    if (tracefs_write(tracefs, EVENTS TRACEPOINT "/filter", filter) == 0 &&
        tracefs_write(tracefs, EVENTS TRACEPOINT "/enable", "1") == 0) {
        tracefs_write(tracefs, EVENTS "tcp/tcp_send_reset/enable", "1");
        tracefs_write(tracefs, EVENTS "tcp/tcp_retransmit_skb/enable", "1");
        return 0;
    }
    int error = errno;
    tracefs_close(tracefs);
    errno = error;
    return -1;
}

void drops_mark(const struct tracefs *tracefs)
{
    tracefs_write(tracefs, "trace_marker", MARK "\n");
}

/* A pointer is a number without 0x; a hash of one has few bits, and is never near another by meaning. */
static uint64_t pointer_parse(const char *words, const char *key)
{
    char text[32], *end;
    if (!trace_value(words, key, text, sizeof(text)))
        return 0;
    uint64_t value = strtoull(text, &end, 16);
    return *end == '\0' ? value : 0;
}

static bool packet_parse(const char *words, struct drop *drop)
{
    static const char mark[] = " reason: ";
    char protocol[16];
    long long number;
    const char *why, *reason = strstr(words, mark);
    if (!trace_value(words, "protocol", protocol, sizeof(protocol)) ||
        !number_parse(protocol, 0, UINT16_MAX, &number, &why))
        return false;
    drop->protocol = (int)number;
    drop->packet = pointer_parse(words, "skbaddr");
    if (trace_value(words, "location", drop->location, sizeof(drop->location)))
        drop->location[strcspn(drop->location, "+")] = '\0';
    if (reason)
        snprintf(drop->reason, sizeof(drop->reason), "%.*s", (int)strcspn(reason + strlen(mark), " \n"),
            reason + strlen(mark));
    return true;
}

/* "127.0.0.1:80", "[::1]:80" (%pISpc in printk-formats.rst of the kernel). */
static bool end_parse(const char *words, const char *key, struct address *address)
{
    char text[80], *host, *service;
    long long port;
    const char *why;
    if (!trace_value(words, key, text, sizeof(text)) || !address_split(text, &host, &service) || !service ||
        !number_parse(service, 0, UINT16_MAX, &port, &why) || !address_parse(address, host, (int)port))
        return false;
    address_unmap(address);
    return true;
}

static bool reset_parse(const char *words, struct drop *drop)
{
    trace_value(words, "reason", drop->reason, sizeof(drop->reason));
    return end_parse(words, "src", &drop->local) && end_parse(words, "dest", &drop->peer);
}

/* One end of "sport=80 saddr=127.0.0.1 saddrv6=::ffff:127.0.0.1": of IPv6 the first is 0.0.0.0. */
static bool half_parse(const char *words, const char *const keys[3], struct address *address)
{
    char host[64], port[16];
    long long number;
    const char *why;
    if (!trace_value(words, keys[0], port, sizeof(port)) ||
        !number_parse(port, 0, UINT16_MAX, &number, &why) ||
        !trace_value(words, keys[2], host, sizeof(host)) || !address_parse(address, host, (int)number))
        return false;
    if (!address_unmap(address) && address_is_wildcard(address) &&
        trace_value(words, keys[1], host, sizeof(host)))
        return address_parse(address, host, (int)number);
    return true;
}

static bool resent_parse(const char *words, struct drop *drop)
{
    static const char *const source[] = {"sport", "saddr", "saddrv6"};
    static const char *const destination[] = {"dport", "daddr", "daddrv6"};
    char state[32];
    drop->packet = pointer_parse(words, "skbaddr");
    drop->is_syn = trace_value(words, "state", state, sizeof(state)) && strcmp(state, "TCP_SYN_SENT") == 0;
    return half_parse(words, source, &drop->local) && half_parse(words, destination, &drop->peer);
}

bool drop_parse(const char *line, struct drop *drop)
{
    const char *words;
    *drop = (struct drop){.kind = DROP_PACKET};
    if ((words = trace_words(line, "kfree_skb", &drop->head)))
        return packet_parse(words, drop);
    if ((words = trace_words(line, "tcp_send_reset", &drop->head))) {
        drop->kind = DROP_RESET;
        return reset_parse(words, drop);
    }
    if ((words = trace_words(line, "tcp_retransmit_skb", &drop->head))) {
        drop->kind = DROP_RESENT;
        return resent_parse(words, drop);
    }
    words = trace_words(line, "tracing_mark_write", &drop->head);
    drop->kind = DROP_MARK;
    return words && strncmp(words, MARK, strlen(MARK)) == 0;
}

bool drop_is_of(const struct drop *dropped, const struct drop *resent)
{
    uint64_t distance = dropped->packet - resent->packet;
    return resent->packet && dropped->packet > resent->packet && distance >= COPY_NEAREST &&
           distance < COPY_FARTHEST;
}
