/* SPDX-License-Identifier: ISC */
/* Refuses data options that have no effect on what the other options ask for. */
#include <sys/socket.h>

#include "base/cleanup.h"
#include "cmd/command.h"
#include "cmd/options/transfer-options.h"

/* What leaves an option without an effect. */
enum idle {
    DATAGRAMS = 1 << 0,
    SEQUENCED = 1 << 1, /* SOCK_SEQPACKET */
    LOCAL = 1 << 2,     /* a unix socket */
    SILENT = 1 << 3,    /* stdin is not read, so nothing is sent */
    ECHO = 1 << 4,
    SOURCE = 1 << 5,
    SINK = 1 << 6,
    HOLD = 1 << 7,
    UNACCEPTED = 1 << 8,
    NO_INPUT = SILENT | ECHO | SOURCE | SINK | HOLD | UNACCEPTED,
    NOTHING_SENT = SILENT | SINK | HOLD | UNACCEPTED,
    NOTHING_MOVED = HOLD | UNACCEPTED,
};

struct effect {
    bool given;
    const char *name;
    unsigned idle; /* enum idle: where it has no effect */
};

static unsigned idle_of(
    const struct transfer_options *options, const struct spec *spec, const struct transfer_use *use)
{
    static const unsigned modes[] = {
        [IO_STDIO] = 0, [IO_ECHO] = ECHO, [IO_SOURCE] = SOURCE, [IO_SINK] = SINK, [IO_HOLD] = HOLD};
    return modes[options->io.mode] | (spec->type == SOCK_DGRAM ? DATAGRAMS : 0) |
           (spec->type == SOCK_SEQPACKET ? SEQUENCED : 0) | (spec->family == AF_UNIX ? LOCAL : 0) |
           (options->io.mode == IO_STDIO && use->silent ? SILENT : 0) | (use->unaccepted ? UNACCEPTED : 0);
}

/* The first reason of those in idle. */
static int refused(const char *name, unsigned idle, const struct transfer_use *use)
{
    static const struct {
        unsigned idle;
        const char *text;
    } reasons[] = {
        {UNACCEPTED, "--no-accept has no connection to use it on"},
        {DATAGRAMS, "datagrams have no connection"},
        {SEQUENCED, "SOCK_SEQPACKET has no urgent data"},
        {LOCAL, "SO_LINGER has no effect on a unix socket"},
        {HOLD, "--io hold neither reads nor writes"},
        {SINK, "--io sink sends nothing"},
        {ECHO, "--io echo does not read stdin"},
        {SOURCE, "--io source does not read stdin"},
    };
    for (size_t i = 0; i < array_size(reasons); i++)
        if (idle & reasons[i].idle)
            return usage_error("%s: %s", name, reasons[i].text);
    return usage_error("%s: %s does not read stdin, so nothing is sent", name, use->silent);
}

static int effects_check(
    const struct effect *effects, size_t count, unsigned idle, const struct transfer_use *use)
{
    for (size_t i = 0; i < count; i++)
        if (effects[i].given && effects[i].idle & idle)
            return refused(effects[i].name, effects[i].idle & idle, use);
    return EXIT_DONE;
}

static int messages_check(
    const struct message_options *options, unsigned idle, const struct transfer_use *use)
{
    const struct message_plan *plan = &options->plan;
    const struct effect effects[] = {
        {options->send_flags >= 0, "--send-flags", NOTHING_SENT},
        {options->send >= 0, "--send-call", NOTHING_SENT},
        {plan->descriptor_count > 0, "--send-fd", NOTHING_SENT},
        {plan->credentials, "--send-creds", NOTHING_SENT},
        {options->receive_flags >= 0, "--recv-flags", NOTHING_MOVED},
        {options->receive >= 0, "--recv-call", NOTHING_MOVED},
        {plan->piece_count > 0, "--iov", NOTHING_MOVED},
        {options->control_room >= 0, "--cmsg", NOTHING_MOVED},
        {plan->stamps, "--timestamps", NOTHING_MOVED},
    };
    return effects_check(effects, array_size(effects), idle, use);
}

int transfer_options_check(
    const struct transfer_options *options, const struct spec *spec, const struct transfer_use *use)
{
    const unsigned idle = idle_of(options, spec, use);
    const struct effect effects[] = {
        {options->no_shutdown, "--no-shutdown", DATAGRAMS},
        {options->shutdown_how != SHUT_WR, "--shutdown", DATAGRAMS | NOTHING_SENT},
        {options->peer_eof_end, "--peer-eof", DATAGRAMS | NOTHING_MOVED},
        {options->linger >= 0, "--linger", DATAGRAMS | LOCAL | UNACCEPTED},
        {options->reset, "--reset", DATAGRAMS | LOCAL | UNACCEPTED},
        {options->urgent != URGENT_REPORT, "--oob", DATAGRAMS | SEQUENCED | NOTHING_MOVED},
        {options->second != SECOND_NONE, "--dup", UNACCEPTED},
        {options->follow, "--follow", UNACCEPTED},
        {options->quit_after > 0, "-q", HOLD | ECHO | SINK | UNACCEPTED | (idle & DATAGRAMS ? 0 : SILENT)},
        {options->receives > 0, "-W", NOTHING_MOVED},
        {options->crlf, "-C", NO_INPUT},
        {options->interval >= 0, "-i", NOTHING_SENT},
        {options->chunk > 0, "--chunk", NOTHING_MOVED},
        {options->progress, "--progress", NOTHING_MOVED},
        {options->hexdump, "--hexdump", NOTHING_MOVED},
        {options->io.mode != IO_STDIO, "--io", UNACCEPTED},
    };
    int status = effects_check(effects, array_size(effects), idle, use);
    if (status == EXIT_DONE)
        status = messages_check(&options->messages, idle, use);
    if (status == EXIT_DONE && options->strict && spec->family == AF_UNIX)
        return usage_error("--strict: unix datagrams are not answered by ICMP");
    return status;
}
