/* SPDX-License-Identifier: ISC */
/* The connections of a crowd: each is served when epoll reports it, and ended when it is over. */
#include "net/listen/crowd-members.h"

#include <stdlib.h>
#include <sys/epoll.h>

#include "base/number.h"
#include "call/call.h"

void member_end(struct crowd *crowd, struct member *member)
{
    struct conversation *conversation = &member->conversation;
    poller_drop(&crowd->poller, conversation->fd);
    conversation_close(conversation);
    if (conversation->failure.phase != PHASE_NONE)
        crowd->plan->failed(crowd->sink, conversation->conn, &conversation->failure);
    TAILQ_REMOVE(&crowd->members, member, by_age);
    free(member);
    crowd->exhausted_until = 0;
    if (--crowd->active == 0)
        crowd->alone_since = watch_now(crowd->context->watch);
}

/* errno says why it cannot be served. */
static void member_fail(struct crowd *crowd, struct member *member)
{
    struct conversation *conversation = &member->conversation;
    if (conversation->failure.phase == PHASE_NONE)
        failure_fill(&conversation->failure, PHASE_OTHER, "epoll_ctl", &conversation->peer, 0);
    conversation->failure.conn = conversation->conn;
    member_end(crowd, member);
}

/* Sets what epoll reports of a member. */
static void member_poll(struct crowd *crowd, struct member *member)
{
    const struct conversation *conversation = &member->conversation;
    const struct buffer *buffer = crowd->relay->io == IO_ECHO ? &conversation->up : &conversation->down;
    bool reads = crowd->relay->io != IO_HOLD && !conversation->peer_eof && buffer->start == buffer->end;
    uint32_t events = (reads ? (uint32_t)crowd->relay->receive_events : 0) |
                      (conversation_has_output(conversation) ? EPOLLOUT : 0);
    if (events != member->events && poller_change(&crowd->poller, conversation->fd, events) < 0)
        member_fail(crowd, member);
    else
        member->events = events;
}

/* Writes received bytes to stdout at once: it is shared, and if it is slow all wait for it. */
static void member_output(struct crowd *crowd, struct member *member)
{
    struct buffer *down = &member->conversation.down;
    if (down->start == down->end)
        return;
    int result = output_put(crowd->sink, &crowd->output, crowd->context->stop_fd, down->bytes + down->start,
        down->end - down->start);
    down->start = down->end;
    if (result == 0)
        return;
    if (result < 0) {
        failure_fill(crowd->failure, PHASE_OUTPUT, crowd->output.call, NULL, member->conversation.began);
        crowd->failure->name = "stdout";
    }
    crowd->outcome = result;
    crowd->over = true;
}

/* An idle connection holds no buffers. */
static void buffer_release(struct buffer *buffer)
{
    if (buffer->start < buffer->end)
        return;
    free(buffer->bytes);
    *buffer = (struct buffer){.bytes = NULL};
}

/* Passes on what was received, and sends what there is. */
static void member_pass(struct crowd *crowd, struct member *member)
{
    struct conversation *conversation = &member->conversation;
    member_output(crowd, member);
    while (conversation_has_output(conversation) && conversation_send(conversation))
        if (crowd->relay->io == IO_SOURCE)
            break; /* a peer that takes all we send must not starve the others */
}

void member_serve(struct crowd *crowd, struct member *member, uint32_t events)
{
    struct conversation *conversation = &member->conversation;
    int64_t active = conversation->active;
    if (events & EPOLLPRI)
        conversation_urgent(conversation);
    if (events & (EPOLLIN | EPOLLERR | EPOLLHUP) && (member->events & EPOLLIN))
        conversation_receive(conversation);
    else if (events & (EPOLLERR | EPOLLHUP))
        conversation_check(conversation, events & EPOLLHUP);
    member_pass(crowd, member);
    /* epoll does not report what recvmmsg() has already returned. */
    while (message_waits(conversation->message) && !crowd->over && !conversation_over(conversation) &&
           conversation_receive(conversation))
        member_pass(crowd, member);
    buffer_release(&conversation->up);
    buffer_release(&conversation->down);
    if (conversation->active != active) {
        TAILQ_REMOVE(&crowd->members, member, by_age);
        TAILQ_INSERT_TAIL(&crowd->members, member, by_age);
    }
    if (conversation_over(conversation))
        member_end(crowd, member);
    else
        member_poll(crowd, member);
}

bool member_add(struct crowd *crowd, const struct connection *accepted)
{
    struct member *member = calloc(1, sizeof(*member));
    if (!member)
        return false;
    conversation_begin(&member->conversation, crowd->relay, crowd->context, accepted);
    TAILQ_INSERT_TAIL(&crowd->members, member, by_age);
    crowd->active++;
    member->events = crowd->relay->io == IO_HOLD ? 0 : (uint32_t)crowd->relay->receive_events;
    if (crowd->relay->io == IO_SOURCE)
        member->events |= EPOLLOUT;
    if (poller_add(&crowd->poller, accepted->fd, member->events, member) < 0)
        member_fail(crowd, member);
    else if (conversation_over(&member->conversation))
        member_end(crowd, member);
    return true;
}

void members_time_out(struct crowd *crowd)
{
    struct member *oldest;
    const struct relay_plan *relay = crowd->relay;
    while (relay->idle_timeout >= 0 && (oldest = TAILQ_FIRST(&crowd->members)) &&
           watch_over(crowd->context->watch, oldest->conversation.active + relay->idle_timeout)) {
        conversation_time_out(&oldest->conversation, "epoll_wait");
        member_end(crowd, oldest);
    }
}
