/* SPDX-License-Identifier: ISC */
/* Drives one conversation between a socket and stdin/stdout: waits only if nothing moved, and decides when to
 * stop. */
#include "net/data/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/input.h"
#include "base/number.h"
#include "base/passes.h"
#include "base/stops.h"
#include "call/call.h"
#include "call/output.h"
#include "net/data/conversation.h"
#include "net/data/holder.h"
#include "net/data/shortcut.h"

enum { SOCKET, INPUT, OUTPUT, STOP, WAITS };

struct relay {
    struct conversation *conversation;
    const struct relay_plan *plan;
    const struct context *context;
    char *input; /* one chunk of stdin */
    struct shortcut shortcut;
    struct output output;
    struct holder holder;
    int64_t quit_at, gap_until;         /* INT64_MAX: not set */
    unsigned input_tries, output_tries; /* in a row that moved nothing */
    int signal;                         /* the signal that stopped us */
};

static void stream_fail(struct relay *relay, const char *call, const char *name)
{
    struct conversation *conversation = relay->conversation;
    if (conversation->failure.phase != PHASE_NONE)
        return; /* the first failure counts */
    conversation->failure = failure_of(PHASE_OUTPUT, call, NULL, conversation->began);
    conversation->failure.name = name;
    conversation->failure.conn = conversation->conn;
}

/* The loop cannot go on, errno says why: what is held is lost with the connection. */
static void wait_fail(struct conversation *conversation, const char *call)
{
    if (conversation->failure.phase == PHASE_NONE)
        failure_fill(&conversation->failure, PHASE_OTHER, call, &conversation->peer, conversation->began);
    conversation->failure.conn = conversation->conn;
}

static bool is_held(const struct buffer *buffer)
{
    return buffer->start < buffer->end;
}

/* Moves bytes from stdin, which is readable, to the conversation. */
static void input_take(struct relay *relay)
{
    struct conversation *conversation = relay->conversation;
    size_t most = shortcut_copy_most(&relay->shortcut, relay->plan->chunk);
    ssize_t length = input_read(relay->plan->input, relay->input, most);
    if (length < 0 && passes(&relay->input_tries))
        return;
    relay->input_tries = 0;
    if (length > 0) {
        conversation_take_input(conversation, relay->input, (size_t)length);
        shortcut_note_input(&relay->shortcut, (size_t)length);
        return;
    }
    /* Nothing more can be sent. The failure is reported after the rest of the peer's data. */
    if (length < 0)
        stream_fail(relay, "read", "stdin");
    conversation_input_end(conversation);
}

/* Moves received bytes to stdout, which is writable. */
static void held_write(struct relay *relay)
{
    struct buffer *down = &relay->conversation->down;
    ssize_t written = output_write(&relay->output, down->bytes + down->start, down->end - down->start);
    if (written < 0 && passes(&relay->output_tries))
        return;
    relay->output_tries = 0;
    if (written >= 0) {
        down->start += (size_t)written;
        return;
    }
    down->start = down->end;
    if (errno == EPIPE) {
        relay->signal = SIGPIPE;
        relay->conversation->done = true;
    } else {
        stream_fail(relay, "write", "stdout");
        relay->conversation->done = true;
    }
}

static bool input_wanted(const struct relay *relay)
{
    const struct conversation *conversation = relay->conversation;
    return relay->plan->io == IO_STDIO && relay->plan->input >= 0 && !conversation->input_ended &&
           !conversation->sending_over && conversation->up.start == conversation->up.end;
}

static bool receive_wanted(const struct relay *relay)
{
    const struct conversation *conversation = relay->conversation;
    const struct buffer *buffer = relay->plan->io == IO_ECHO ? &conversation->up : &conversation->down;
    return relay->plan->io != IO_HOLD && !conversation->peer_eof && buffer->start == buffer->end;
}

/* Whether recvmmsg() has returned more than was taken: then there is nothing to wait for. */
static bool batch_waits(const struct relay *relay)
{
    return message_waits(relay->conversation->message) && receive_wanted(relay);
}

/* Whether a direction uses its shortcut now: not while its buffer holds something. */
static bool input_short(const struct relay *relay)
{
    return shortcut_sends(&relay->shortcut) && input_wanted(relay);
}

static bool receive_short(const struct relay *relay)
{
    return relay->shortcut.down != WAY_COPY && receive_wanted(relay);
}

static bool send_wanted(const struct relay *relay)
{
    return conversation_has_output(relay->conversation) &&
           (relay->gap_until == 0 || watch_now(relay->context->watch) >= relay->gap_until);
}

/* Whether stdin has something to read, or an end to report, as far as is known. */
static bool input_ready(const struct relay *relay, const struct pollfd *fds)
{
    return input_wanted(relay) && (fds[INPUT].fd < 0 || fds[INPUT].revents);
}

/* Whether holder_look() is needed: the peer has sent FIN while stdin is still open. */
static bool holder_matters(const struct relay *relay)
{
    const struct conversation *conversation = relay->conversation;
    /* A unix socket hangs up if its peer has closed. A source always has more to send and will get the peer's
     * RST. */
    return relay->plan->io == IO_STDIO && conversation->local.sa.sa_family != AF_UNIX &&
           conversation->peer_eof && !conversation->done && !conversation->input_ended &&
           !conversation->sending_over;
}

/* Whether stdout is what delays the peer: its time stands still meanwhile. */
static bool output_waits(const struct relay *relay)
{
    return is_held(&relay->conversation->down) || (receive_short(relay) && relay->shortcut.down_full);
}

/* After the end only stdout is waited for, without a limit. */
static int64_t wait_until(const struct relay *relay)
{
    const struct relay_plan *plan = relay->plan;
    if (relay->conversation->done)
        return INT64_MAX;
    if (batch_waits(relay))
        return watch_now(relay->context->watch);
    int64_t until = time_earlier(relay->quit_at, relay->holder.at);
    if (plan->idle_timeout >= 0 && !output_waits(relay))
        until = time_earlier(until, relay->conversation->active + plan->idle_timeout);
    if (relay->gap_until && conversation_has_output(relay->conversation) && !send_wanted(relay))
        until = time_earlier(until, relay->gap_until);
    return until;
}

/* -q is over: what the peer still sends is lost. */
static void quit_early(struct conversation *conversation)
{
    if (!conversation->peer_eof)
        emit(conversation->sink, EVENT_WARNING, F_CONN(conversation->conn), F_WARNING(QUIT_BEFORE_END),
            F_TEXT("text", "-q ended the connection before the peer did: what it still sends is lost"),
            F_ADDRESS("peer", &conversation->peer));
    conversation_stopped(conversation);
    conversation->done = true;
}

static void timers_run(struct relay *relay, const struct pollfd *fds)
{
    struct conversation *conversation = relay->conversation;
    int64_t idle_timeout = relay->plan->idle_timeout;
    struct watch_list *watch = relay->context->watch;
    if (conversation->done)
        return;
    if (watch_over(watch, relay->quit_at)) {
        quit_early(conversation);
        relay->quit_at = INT64_MAX;
    }
    if (watch_over(watch, relay->holder.at)) {
        if (holder_matters(relay))
            holder_look(&relay->holder, conversation, input_ready(relay, fds));
        else
            relay->holder.at = INT64_MAX;
    }
    if (idle_timeout < 0)
        return;
    if (output_waits(relay))
        conversation->active = watch_now(watch);
    else if (watch_over(watch, conversation->active + idle_timeout))
        conversation_time_out(conversation, "poll");
}

/* Whether only poll() can report a hang-up or an error of the socket: neither recv nor send will be called.
 * What waits to be sent would be lost without a word if a hang-up ended the conversation before. */
static bool hangup_wanted(const struct relay *relay)
{
    const struct conversation *conversation = relay->conversation;
    if (conversation->done || is_held(&conversation->down) || conversation_has_output(conversation))
        return false;
    return relay->plan->io == IO_HOLD || conversation->peer_eof;
}

static void waits_fill(const struct relay *relay, struct pollfd *fds)
{
    const struct conversation *conversation = relay->conversation;
    const struct shortcut *shortcut = &relay->shortcut;
    bool short_up = input_short(relay), full = receive_short(relay) && shortcut->down_full;
    /* A regular file is always readable, so wait for the socket. */
    bool up_full = short_up && (shortcut->up_full || shortcut->up == WAY_SENDFILE);
    bool input = input_wanted(relay) && !up_full;
    bool output = full || is_held(&conversation->down);
    short events = (short)((receive_wanted(relay) && !full ? relay->plan->receive_events : 0) |
                           (up_full || send_wanted(relay) ? POLLOUT : 0));
    /* poll() reports errors and hang-ups even if they are not requested, so leave the socket out unless they
     * are wanted. */
    fds[SOCKET] =
        (struct pollfd){.fd = events || hangup_wanted(relay) ? conversation->fd : -1, .events = events};
    fds[INPUT] = (struct pollfd){.fd = input ? relay->plan->input : -1, .events = POLLIN};
    fds[OUTPUT] = (struct pollfd){.fd = output || relay->plan->output_loss_ends ? relay->plan->output : -1,
        .events = output ? POLLOUT : 0};
    fds[STOP] = (struct pollfd){.fd = relay->context->stop_fd, .events = POLLIN};
}

static void stop_take(struct relay *relay)
{
    relay->signal = stop_read(relay->context->stop_fd);
    conversation_stopped(relay->conversation);
    relay->conversation->done = true;
    relay->conversation->down.start = relay->conversation->down.end;
}

static void output_step(struct relay *relay, const struct pollfd *fds)
{
    if (relay->plan->output_loss_ends && fds[OUTPUT].revents & (POLLERR | POLLHUP)) {
        relay->signal = SIGPIPE;
        relay->conversation->done = true;
        relay->conversation->down.start = relay->conversation->down.end;
        return;
    }
    if (is_held(&relay->conversation->down) && fds[OUTPUT].revents)
        held_write(relay);
    if (!receive_wanted(relay))
        return;
    bool ready = relay->shortcut.down_full ? fds[OUTPUT].revents : fds[SOCKET].revents & ~(POLLOUT | POLLPRI);
    bool beside = receive_short(relay);
    if (batch_waits(relay))
        ready = true;
    if (!ready || (beside && shortcut_receive(&relay->shortcut, relay->conversation)))
        return;
    /* splice() stops at an urgent byte that poll() has not reported yet. */
    if (beside)
        conversation_urgent(relay->conversation);
    conversation_receive(relay->conversation);
    if (relay->output.is_prompt && is_held(&relay->conversation->down))
        held_write(relay);
}

/* send() would still take some bytes where poll() reports no room yet. That would count as progress, a little
 * each time that a limit is about to pass. */
static bool has_no_room(const struct pollfd *socket)
{
    return socket->events & POLLOUT && !(socket->revents & (POLLOUT | POLLERR | POLLHUP));
}

static void input_step(struct relay *relay, const struct pollfd *fds)
{
    struct conversation *conversation = relay->conversation;
    bool by_socket = relay->shortcut.up_full || relay->shortcut.up == WAY_SENDFILE;
    if (input_short(relay) && fds[by_socket ? SOCKET : INPUT].revents)
        shortcut_send(&relay->shortcut, conversation);
    else if (input_wanted(relay) && fds[INPUT].revents)
        input_take(relay);
    if (has_no_room(&fds[SOCKET]))
        return;
    if (send_wanted(relay) && conversation_send(conversation) && relay->plan->interval >= 0)
        relay->gap_until = watch_now(relay->context->watch) + relay->plan->interval;
}

static void relay_step(struct relay *relay, const struct pollfd *fds)
{
    struct conversation *conversation = relay->conversation;
    if (fds[SOCKET].revents & POLLPRI)
        conversation_urgent(conversation);
    /* Left in the queue, a timestamp would end every wait for room to send. */
    if (fds[SOCKET].revents & POLLERR && !receive_wanted(relay) && !hangup_wanted(relay))
        conversation_announced(conversation);
    output_step(relay, fds);
    input_step(relay, fds);
    if (fds[SOCKET].revents & (POLLERR | POLLHUP) && hangup_wanted(relay) && !conversation_over(conversation))
        conversation_check(conversation, fds[SOCKET].revents & POLLHUP);
}

/* Starts the timers that depend on the end of one direction. */
static void ends_notice(struct relay *relay, const struct pollfd *fds)
{
    struct conversation *conversation = relay->conversation;
    bool all_sent = conversation->input_ended && conversation->sending_over;
    if (relay->plan->quit_after > 0 && all_sent && relay->plan->input >= 0 && relay->quit_at == INT64_MAX)
        relay->quit_at = watch_now(relay->context->watch) + relay->plan->quit_after;
    if (holder_matters(relay) && !relay->holder.looked)
        holder_look(&relay->holder, conversation, input_ready(relay, fds));
}

/* After the peer's EOF nothing more goes to stdout while stdin goes on: close it, so that its reader, who may
 * also write to our stdin, sees the end. A socket is shut down as well: stdin may be the same one (inetd),
 * and others may hold it. */
static void output_end(struct relay *relay)
{
    const struct conversation *conversation = relay->conversation;
    if (relay->plan->output_stays || !relay->output.may_block || !conversation->peer_eof ||
        conversation_over(conversation) || is_held(&conversation->down))
        return;
    relay->output.may_block = false;
    if (relay->output.is_socket)
        call_shutdown(conversation->context->sink, relay->plan->output, SHUT_WR);
    cleanup_fd int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null >= 0)
        dup3(null, relay->plan->output, O_CLOEXEC);
}

int relay_run(struct conversation *conversation)
{
    const struct relay_plan *plan = conversation->plan;
    cleanup_free char *input = plan->input >= 0 ? malloc(plan->chunk) : NULL;
    struct relay relay = {.conversation = conversation,
        .plan = plan,
        .context = conversation->context,
        .input = input,
        .shortcut = shortcut_open(plan),
        .output = output_open(plan->output),
        .quit_at = INT64_MAX,
        .holder = holder_none()};
    struct pollfd fds[WAITS];
    if (plan->input >= 0 && !input) {
        wait_fail(conversation, "malloc");
        conversation->done = true;
    }
    while (!conversation_over(conversation)) {
        waits_fill(&relay, fds);
        if (watch_poll(relay.context, EVENT_DATA_CALL, fds, WAITS, wait_until(&relay)) < 0) {
            wait_fail(conversation, "poll");
            break;
        }
        if (fds[STOP].revents)
            stop_take(&relay);
        else
            relay_step(&relay, fds);
        timers_run(&relay, fds);
        ends_notice(&relay, fds);
        output_end(&relay);
    }
    conversation_close(conversation);
    if (relay.signal)
        return relay.signal;
    return conversation->failure.phase == PHASE_NONE ? 0 : -1;
}
