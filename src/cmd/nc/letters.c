/* SPDX-License-Identifier: ISC */
/* nc's letters, one row each, and the synopsis that follows from them. */
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "cmd/command.h"
#include "cmd/nc/nc.h"
#include "cmd/options/socket-options.h"

static bool debug_parse(const char *text, void *field, char *error, size_t size)
{
    (void)text;
    return settings_add_for(field, AF_UNSPEC, "SO_DEBUG", "1", error, size);
}

/* Seconds as poll() takes them, in milliseconds. */
#define SECONDS_MOST (INT_MAX / 1000)

#define PROXY "proxies are left out; use ncat --proxy, or ssh -W"
#define RUN   "it runs no program; use a pipe or a fifo, or socat EXEC"

#define FIELD(member)    .offset = offsetof(struct nc_options, member)
#define SPEC(member)     FIELD(spec.member)
#define TRANSFER(member) FIELD(transfer.member)
static const struct option_row nc_rows[] = {
    {'4', NULL, NULL, "use IPv4", .type = OPTION_SET, SPEC(family), .minimum = AF_INET},
    {'6', NULL, NULL, "use IPv6", .type = OPTION_SET, SPEC(family), .minimum = AF_INET6},
    {'b', NULL, NULL, "allow broadcast", .type = OPTION_CUSTOM, SPEC(settings), .parse = broadcast_parse},
    {'C', NULL, NULL, "send CR LF for each LF", .type = OPTION_TRUE, TRANSFER(crlf)},
    {'c', NULL, NULL, RUN, .type = OPTION_REFUSED},
    {'D', NULL, NULL, "set SO_DEBUG", .type = OPTION_CUSTOM, SPEC(settings), .parse = debug_parse},
    {'d', NULL, NULL, "do not read stdin", .type = OPTION_TRUE, TRANSFER(no_input)},
    {'e', NULL, NULL, RUN, .type = OPTION_REFUSED},
    {'F', NULL, NULL, "the socket is not passed on; use OpenBSD's nc -F, or socat", .type = OPTION_REFUSED},
    {'h', NULL, NULL, "show this help", .type = OPTION_HELP},
    {'I', NULL, "LENGTH", "size of the receive buffer", .type = OPTION_CUSTOM, SPEC(settings),
        .parse = receive_buffer_parse},
    {'i', NULL, "SECONDS", "wait between lines sent, and between ports", .type = OPTION_INT, .minimum = 0,
        .maximum = SECONDS_MOST, FIELD(interval)},
    {'k', NULL, NULL, "keep listening: serve one connection after another", .type = OPTION_TRUE,
        FIELD(keeps)},
    {'l', NULL, NULL, "listen", .type = OPTION_TRUE, FIELD(listens)},
    {'M', NULL, "TTL", "TTL or hop limit of what is sent", .type = OPTION_CUSTOM, SPEC(settings),
        .parse = ttl_parse},
    {'m', NULL, "MINTTL", "least TTL or hop limit of what is received", .type = OPTION_CUSTOM, SPEC(settings),
        .parse = minimum_ttl_parse},
    {'N', NULL, NULL, "half-close when stdin ends", .type = OPTION_TRUE, FIELD(half_closes)},
    {'n', NULL, NULL, "look up no names", .type = OPTION_TRUE, SPEC(numeric)},
    {'O', NULL, "LENGTH", "size of the send buffer", .type = OPTION_CUSTOM, SPEC(settings),
        .parse = send_buffer_parse},
    {'P', NULL, NULL, PROXY, .type = OPTION_REFUSED},
    {'p', NULL, "PORT", "local port", .type = OPTION_TEXT, SPEC(source_service)},
    {'q', NULL, "SECONDS", "quit so long after stdin has ended; implies -N", .type = OPTION_INT,
        .minimum = INT_MIN, .maximum = SECONDS_MOST, FIELD(quit_after)},
    {'r', NULL, NULL, "take the ports in random order", .type = OPTION_TRUE, FIELD(shuffles)},
    {'S', NULL, NULL, "TCP MD5 signatures are left out; use OpenBSD's nc -S", .type = OPTION_REFUSED},
    {'s', NULL, "ADDRESS", "local address, or path of a unix datagram socket", .type = OPTION_TEXT,
        SPEC(source_host)},
    {'T', NULL, "KEYWORD", "TOS: a number, a DSCP class, or a word such as lowdelay", .type = OPTION_CUSTOM,
        SPEC(settings), .parse = tos_parse},
    {'t', NULL, NULL, "telnet negotiation is left out; use telnet", .type = OPTION_REFUSED},
    {'U', NULL, NULL, "use a unix socket", .type = OPTION_SET, SPEC(family), .minimum = AF_UNIX},
    {'u', NULL, NULL, "use datagrams", .type = OPTION_SET, SPEC(type), .minimum = SOCK_DGRAM},
    {'V', NULL, NULL, "routing tables are not chosen here; use ip vrf exec", .type = OPTION_REFUSED},
    {'v', NULL, NULL, "say what happens", .type = OPTION_COUNT, FIELD(verbose)},
    {'W', NULL, "N", "quit after N receives", .type = OPTION_INT, .minimum = 1, .maximum = INT_MAX,
        FIELD(receives)},
    {'w', NULL, "SECONDS", "limit for each connect, and for silence after it", .type = OPTION_INT,
        .minimum = 0, .maximum = SECONDS_MOST, FIELD(timeout)},
    {'X', NULL, NULL, PROXY, .type = OPTION_REFUSED},
    {'x', NULL, NULL, PROXY, .type = OPTION_REFUSED},
    {'Z', NULL, NULL, "DCCP is left out; use OpenBSD's nc -Z", .type = OPTION_REFUSED},
    {'z', NULL, NULL, "connect only, and move no data", .type = OPTION_TRUE, FIELD(probes)},
    {.type = OPTION_END},
};

const struct option_set nc_sets[] = {
    {"Letters", nc_rows, 0},
    {.title = NULL},
};

void nc_usage_write(FILE *out, size_t width)
{
    cleanup_free char *text = NULL;
    size_t size;
    FILE *memory = open_memstream(&text, &size);
    if (!memory)
        return;
    fprintf(memory, "%s [-", getprogname());
    for (const struct option_row *row = nc_rows; row->type != OPTION_END; row++)
        if (row->type != OPTION_REFUSED && !row->argument)
            fputc(row->letter, memory);
    fputc(']', memory);
    for (const struct option_row *row = nc_rows; row->type != OPTION_END; row++)
        if (row->type != OPTION_REFUSED && row->argument)
            fprintf(memory, " [-%c\302\240%s]", row->letter, row->argument);
    fprintf(memory, " [HOST] [PORT...]");
    if (fclose(memory) != 0 || !text)
        return;
    fputs("usage: ", out);
    words_wrap(out, text, strlen("usage: "), width);
}

int nc_mistake(const char *format, ...)
{
    va_list arguments;
    cleanup_free char *text = NULL;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        text = NULL;
    va_end(arguments);
    message_print("%s: %s", getprogname(), text ? text : "out of memory");
    return EXIT_OTHER;
}
