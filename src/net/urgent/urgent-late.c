/* SPDX-License-Identifier: ISC */
/* --late: waits for EOF or a time before reading. Meanwhile watches, without reading, what the kernel does to
 * urgent bytes. */
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "base/stops.h"
#include "call/observe.h"
#include "kernel/tcpinfo.h"
#include "call/call.h"
#include "net/urgent/urgent-loss.h"
#include "net/urgent/urgent.h"

/* What is known of the pending urgent byte. */
struct mark {
    bool there;
    char byte;
    int at;            /* SIOCINQ: its distance from the next byte to read; tcp(7) */
    bool alone;        /* no ordinary data is waiting */
    uint64_t received; /* bytes received on the connection until then */
};

static uint64_t bytes_received(int fd)
{
    struct tcpinfo info;
    return tcpinfo_read(fd, &info) < 0 ? 0 : info.is.tcpi_bytes_received;
}

/* A newer byte may arrive between these three calls: place and byte belong to one mark only if the place is
 * the same before and after. */
static struct mark mark_look(struct urgent_stream *stream, bool readable)
{
    struct mark mark = {.alone = !readable};
    do {
        mark.at = socket_input_queued(stream->fd);
        mark.received = bytes_received(stream->fd);
        mark.there =
            call_recv(stream->sink, stream->fd, &mark.byte, 1, MSG_OOB | MSG_PEEK | MSG_DONTWAIT) == 1;
    } while (mark.at != socket_input_queued(stream->fd) || mark.received != bytes_received(stream->fd));
    return mark;
}

/* A newer urgent byte moves the mark: the byte that it marked before becomes ordinary data. But a byte alone
 * at the head is skipped, and the new mark is at the head too: only the count of received bytes shows it. */
static void mark_compare(struct urgent_stream *stream, const struct mark *before, const struct mark *now)
{
    if (!before->there || !now->there)
        return;
    if (!stream->is_tcp) {
        /* SIOCINQ of a unix socket includes the data after the mark: a move shows only if the byte
         * differs. */
        if (before->byte != now->byte)
            urgent_loss_emit(stream->sink, stream->conn, LOSS_SUPERSEDED, &before->byte);
        return;
    }
    if (before->at == 0 &&
        ((now->at == 0 && now->alone && now->received > before->received) || now->at > 0)) {
        urgent_loss_emit(stream->sink, stream->conn, LOSS_DROPPED, &before->byte);
        stream->dropped++;
    } else if (before->at != now->at) {
        urgent_loss_emit(stream->sink, stream->conn, LOSS_SUPERSEDED, &before->byte);
    }
}

int urgent_wait_late(struct urgent_stream *stream, const char **call)
{
    const struct urgent_plan *plan = stream->plan;
    struct mark mark = {.there = false};
    struct epoll_event event = {.events = EPOLLIN | EPOLLPRI | EPOLLRDHUP | EPOLLET, .data.fd = stream->fd};
    struct epoll_event stop = {.events = EPOLLIN, .data.fd = stream->context->stop_fd};
    int64_t until = plan->late == LATE_AT_EOF ? INT64_MAX : watch_now(stream->context->watch) + plan->late;
    cleanup_fd int epoll = epoll_create1(EPOLL_CLOEXEC);
    *call = "epoll_create1";
    if (epoll < 0)
        return -1;
    *call = "epoll_ctl";
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, stream->fd, &event) < 0 ||
        (stream->context->stop_fd >= 0 &&
            epoll_ctl(epoll, EPOLL_CTL_ADD, stream->context->stop_fd, &stop) < 0))
        return -1;
    *call = "epoll_wait";
    while (watch_now(stream->context->watch) < until) {
        int ready = watch_epoll_wait(stream->context, epoll, &event, 1, until);
        if (ready < 0)
            return -1;
        if (ready == 0)
            continue;
        if (event.data.fd == stream->context->stop_fd)
            return stop_read(stream->context->stop_fd);
        if (event.events & EPOLLPRI && !plan->inlined) {
            struct mark now = mark_look(stream, event.events & EPOLLIN);
            mark_compare(stream, &mark, &now);
            mark = now;
        }
        if (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
            break;
    }
    return 0;
}
