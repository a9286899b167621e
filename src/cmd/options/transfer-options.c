/* SPDX-License-Identifier: ISC */
/* Options for moving data in connect and listen, and the plan made from them. */
#include "cmd/options/transfer-options.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "cmd/command.h"
#include "kernel/trace.h"
#include "kernel/trace/drops.h"

#define STREAM_CHUNK     (512 * 1024)
#define STREAM_STRIDE    (1024 * 1024)
#define DATAGRAM_CHUNK   (16 * 1024)
/* Longer than any UDP datagram, and than what a unix socket can send by default (net.core.wmem_default):
 * nothing is cut unless the user asks for it. */
#define DATAGRAM_RECEIVE (64 * 1024)
#define MESSAGE_RECEIVE  (256 * 1024)
/* The most one read of a connection returns if many connections share the memory. */
#define CROWD_CHUNK      (64 * 1024)
#define CHUNK_MOST       (64 * 1024 * 1024)

static const char *const io_words[] = {
    [IO_STDIO] = "stdio", [IO_ECHO] = "echo", [IO_SOURCE] = "source", [IO_SINK] = "sink", [IO_HOLD] = "hold"};

static bool io_parse(const char *text, void *field, char *error, size_t size)
{
    struct io_choice *io = field;
    const char *why;
    size_t length = strcspn(text, ":");
    for (size_t i = 0; i < array_size(io_words); i++) {
        if (strlen(io_words[i]) != length || strncmp(text, io_words[i], length) != 0)
            continue;
        *io = (struct io_choice){.mode = (enum io_mode)i, .bytes = UINT64_MAX};
        if (!text[length])
            return true;
        if (i == IO_SOURCE && size_parse(text + length + 1, 0, INT64_MAX, &io->bytes, &why))
            return true;
        snprintf(error, size, "'%s': %s", text, i == IO_SOURCE ? why : "only source takes a number of bytes");
        return false;
    }
    snprintf(error, size, "'%s' is unknown (stdio, echo, source[:BYTES], sink, hold)", text);
    return false;
}

static void io_complete(const struct completion *completion)
{
    for (size_t i = 0; i < array_size(io_words); i++)
        complete_word(completion, io_words[i]);
}

static const struct name_table names_peer_eof = {
    "", (const struct name[]){{true, "end"}, {false, "wait"}, {0, NULL}}};

static const struct name_table names_second = {
    "", (const struct name[]){{SECOND_DUP, "dup"}, {SECOND_FORK, "fork"}, {0, NULL}}};

static const struct name_table names_urgent = {
    "", (const struct name[]){
            {URGENT_REPORT, "report"}, {URGENT_INLINE, "inline"}, {URGENT_DISCARD, "discard"}, {0, NULL}}};

#define FIELD(member) offsetof(struct transfer_options, member)
const struct option_row transfer_rows[] = {
    {'N', NULL, NULL, "half-close when stdin ends (the default; accepted for nc's sake)",
        .type = OPTION_IGNORED},
    {0, "no-shutdown", NULL, "send no FIN when stdin ends", .type = OPTION_TRUE,
        .offset = FIELD(no_shutdown)},
    {'q', "quit-after", "T", "quit T after stdin has ended (0 or -1: when the peer has ended too)",
        .type = OPTION_DURATION, .minimum = -1, .offset = FIELD(quit_after)},
    {0, "strict", NULL, "with -u: an ICMP error for what was sent is a failure, even if all was sent",
        .type = OPTION_TRUE, .offset = FIELD(strict)},
    {0, "peer-eof", "end|wait", "end: quit at the peer's EOF, even if stdin has more", .type = OPTION_CHOICE,
        .offset = FIELD(peer_eof_end), .names = &names_peer_eof},
    {'d', "no-stdin", NULL, "do not read stdin; send nothing, not even FIN", .type = OPTION_TRUE,
        .offset = FIELD(no_input)},
    {'W', "receives", "N", "quit after N receives", .type = OPTION_SIZE, .minimum = 1,
        .offset = FIELD(receives)},
    {'C', "crlf", NULL, "send CR LF for each LF", .type = OPTION_TRUE, .offset = FIELD(crlf)},
    {'i', "interval", "T", "wait T between lines sent", .type = OPTION_DURATION, .offset = FIELD(interval)},
    {0, "io", "MODE", "where data comes from and goes to: stdio, echo, source[:BYTES], sink or hold",
        .type = OPTION_CUSTOM, .offset = FIELD(io), .parse = io_parse, .complete = io_complete},
    {0, "chunk", "N", "move at most N bytes per call; also the length of a datagram", .type = OPTION_SIZE,
        .minimum = 1, .maximum = CHUNK_MOST, .offset = FIELD(chunk)},
    {0, "shutdown", "HOW",
        "when there is nothing more to send, call shutdown(2) with SHUT_RD, SHUT_WR or SHUT_RDWR (or rd, wr, "
        "rdwr)",
        .type = OPTION_CHOICE, .offset = FIELD(shutdown_how), .names = &names_shut},
    {0, "linger", "T", "close with SO_LINGER set to T (whole seconds)", .type = OPTION_DURATION,
        .offset = FIELD(linger)},
    {0, "reset", NULL, "close with RST: SO_LINGER set to 0", .type = OPTION_TRUE, .offset = FIELD(reset)},
    {0, "oob", "MODE", "urgent data: report it, leave it inline in the stream, or discard it",
        .type = OPTION_CHOICE, .offset = FIELD(urgent), .names = &names_urgent},
    {0, "dup", "[=dup|fork]",
        "keep a second descriptor of the socket, or a forked process that holds it, to see what close and "
        "shutdown then do",
        .type = OPTION_CHOICE, .offset = FIELD(second), .names = &names_second, .absent = SECOND_DUP},
    {0, "follow", NULL,
        "follow the states of each connection in the kernel until it is gone, even after close",
        .type = OPTION_TRUE, .offset = FIELD(follow)},
    {0, "trace-states", NULL,
        "show each TCP state change at both ends on this host, with its time, from the kernel's tracepoint; "
        "needs root",
        .type = OPTION_TRUE, .offset = FIELD(trace)},
    {0, "drops", NULL,
        "show what this host drops of it and the RSTs that it sends, with the kernel's reasons; needs root",
        .type = OPTION_TRUE, .offset = FIELD(drops)},
    {0, "progress", NULL, "show bytes, rate and, for a file, the time left, on a terminal's stderr",
        .type = OPTION_TRUE, .offset = FIELD(progress)},
    {0, "hexdump", NULL, "report the bytes of both directions as a hexdump", .type = OPTION_TRUE,
        .offset = FIELD(hexdump)},
    {.type = OPTION_END},
};

int transfer_options_plan(struct transfer_options *options, struct spec *spec)
{
    char error[256];
    bool tcp = spec->type == SOCK_STREAM && spec->family != AF_UNIX;
    if (options->follow && !tcp)
        return usage_error("--follow: only TCP has states to follow");
    if (options->trace && !tcp)
        return usage_error("--trace-states: only TCP has states");
    if (options->trace && !trace_available(error, sizeof(error)))
        return missing_error("--trace-states: %s", error);
    if (options->drops && spec->family == AF_UNIX)
        return usage_error("--drops: a unix socket sends no packets");
    if (options->drops && !drops_available(error, sizeof(error)))
        return missing_error("--drops: %s", error);
    if (options->reset && options->linger >= 0)
        return usage_error("--reset excludes --linger");
    if (options->no_shutdown && options->shutdown_how != SHUT_WR)
        return usage_error("--no-shutdown excludes --shutdown");
    if (options->strict && spec->type != SOCK_DGRAM)
        return usage_error("--strict needs -u: only datagrams are answered by ICMP after they were sent");
    if (options->second != SECOND_NONE && spec->type == SOCK_DGRAM)
        return usage_error("--dup: a datagram socket has no connection to keep");
    if (options->urgent == URGENT_INLINE &&
        !settings_add_for(&spec->settings, AF_UNSPEC, "SO_OOBINLINE", "1", error, sizeof(error)))
        return usage_error("--oob: %s", error);
    /* Ask for ICMP errors with their datagrams. */
    if (spec->type == SOCK_DGRAM && spec->family != AF_UNIX) {
        settings_wish(&spec->settings, AF_INET, "IP_RECVERR");
        settings_wish(&spec->settings, AF_INET6, "IPV6_RECVERR");
    }
    if (options->messages.plan.piece_count && options->chunk)
        return usage_error("--chunk: --iov already sets how much a call moves");
    if (options->hexdump && options->messages.receive_flags > 0 && spec->type == SOCK_STREAM &&
        options->messages.receive_flags & MSG_TRUNC)
        return usage_error("--hexdump: on a stream MSG_TRUNC discards the bytes");
    return message_options_plan(&options->messages, spec);
}

struct relay_plan transfer_plan(const struct transfer_options *options, const struct spec *spec)
{
    bool messages = spec->type == SOCK_SEQPACKET;
    bool may_defer = spec->deferrable && settings_has(&spec->settings, IPPROTO_TCP, TCP_FASTOPEN_CONNECT);
    const struct message_plan *message =
        message_options_given(&options->messages) ? &options->messages.plan : NULL;
    size_t pieces = message_options_size(&options->messages);
    size_t chunk = options->crowd && !options->chunk && !messages ? CROWD_CHUNK
                   : pieces                                       ? pieces
                   : options->chunk                               ? options->chunk
                   : messages || spec->type == SOCK_DGRAM         ? DATAGRAM_CHUNK
                                                                  : STREAM_CHUNK;
    return (struct relay_plan){.accepted = options->accepts,
        .io = options->io.mode,
        .source_bytes = options->io.bytes,
        .input = options->no_input ? -1 : STDIN_FILENO,
        .output = STDOUT_FILENO,
        .no_shutdown = options->no_shutdown,
        .output_stays = options->several,
        .output_loss_ends = options->piped,
        .peer_eof_ends = options->peer_eof_end || (options->io.mode == IO_STDIO && isatty(STDIN_FILENO)),
        .crlf = options->crlf,
        .hexdump = options->hexdump,
        .strict = options->strict,
        .quit_after = options->quit_after,
        .idle_timeout = spec->idle_timeout,
        .interval = options->interval,
        .receives = options->receives,
        .receive_events = (short)(POLLIN | (options->urgent == URGENT_REPORT ? POLLPRI : 0)),
        .chunk = chunk,
        .message = message,
        .keeps = (options->io.mode == IO_STDIO || options->io.mode == IO_ECHO) &&
                 !(message && spec->type == SOCK_STREAM && message->receive_flags & MSG_TRUNC),
        .messages = messages,
        .receive_size = options->chunk || pieces || spec->type == SOCK_STREAM ? chunk
                        : spec->family == AF_UNIX                             ? MESSAGE_RECEIVE
                                                                              : DATAGRAM_RECEIVE,
        .may_defer = may_defer,
        .stride = messages || message || may_defer ? 0
                  : options->chunk                 ? options->chunk
                                                   : STREAM_STRIDE,
        .no_delay = spec->type == SOCK_STREAM && spec->family != AF_UNIX &&
                    !settings_has(&spec->settings, IPPROTO_TCP, TCP_NODELAY),
        .shutdown_how = options->shutdown_how,
        .linger = options->reset ? 0 : options->linger};
}
