/* SPDX-License-Identifier: ISC */
/* The state tracepoint: the lines of sock:inet_sock_set_state. */
#include "kernel/trace.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/name.h"
#include "base/number.h"

#define TRACEPOINT "sock/inet_sock_set_state"
#define EVENT_NAME "inet_sock_set_state"

bool trace_available(char *text, size_t size)
{
    return tracefs_available(TRACEPOINT, text, size);
}

int trace_filter(const struct trace *trace, int port)
{
    char filter[64];
    snprintf(filter, sizeof(filter), "sport == %d || dport == %d", port, port);
    return tracefs_write(&trace->tracefs, "events/" TRACEPOINT "/filter", filter);
}

int trace_open(struct trace *trace, int port)
{
    if (tracefs_open(&trace->tracefs) < 0)
        return -1;
    if ((!port || trace_filter(trace, port) == 0) &&
        tracefs_write(&trace->tracefs, "events/" TRACEPOINT "/enable", "1") == 0)
        return 0;
    int error = errno;
    trace_close(trace);
    errno = error;
    return -1;
}

void trace_close(struct trace *trace)
{
    tracefs_close(&trace->tracefs);
}

static bool end_parse(const char *words, bool is_inet6, const char *host4, const char *host6, const char *key,
    struct address *address)
{
    char host[64], port[16];
    long long number;
    const char *why;
    if (!trace_value(words, is_inet6 ? host6 : host4, host, sizeof(host)) ||
        !trace_value(words, key, port, sizeof(port)) || !number_parse(port, 0, UINT16_MAX, &number, &why) ||
        !address_parse(address, host, (int)number))
        return false;
    address_unmap(address);
    return true;
}

static bool state_parse(const char *words, const char *key, int *state)
{
    char name[32];
    long value;
    if (!trace_value(words, key, name, sizeof(name)) || strncmp(name, "TCP_", strlen("TCP_")) != 0 ||
        !name_parse(&names_state, name + strlen("TCP_"), &value))
        return false;
    *state = (int)value;
    return true;
}

bool trace_parse(const char *line, struct trace_transition *transition)
{
    char protocol[32], family[32];
    const char *words = trace_words(line, EVENT_NAME, &transition->head);
    if (!words || !trace_value(words, "protocol", protocol, sizeof(protocol)) ||
        strcmp(protocol, "IPPROTO_TCP") != 0 || !trace_value(words, "family", family, sizeof(family)))
        return false;
    bool is_inet6 = strcmp(family, "AF_INET6") == 0;
    return end_parse(words, is_inet6, "saddr", "saddrv6", "sport", &transition->local) &&
           end_parse(words, is_inet6, "daddr", "daddrv6", "dport", &transition->peer) &&
           state_parse(words, "oldstate", &transition->from) &&
           state_parse(words, "newstate", &transition->to);
}

struct reading {
    trace_visit *visit;
    void *data;
};

static void line_visit(const char *line, void *data)
{
    const struct reading *reading = data;
    struct trace_transition transition;
    if (trace_parse(line, &transition))
        reading->visit(&transition, reading->data);
}

int trace_read(struct trace *trace, trace_visit *visit, void *data)
{
    struct reading reading = {.visit = visit, .data = data};
    return tracefs_read(&trace->tracefs, line_visit, &reading);
}
