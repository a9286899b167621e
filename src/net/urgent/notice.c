/* SPDX-License-Identifier: ISC */
/* The ways in which a program learns of urgent data; see notice.h. */
#include "net/urgent/notice.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "call/call.h"

const struct name_table names_notify = {
    "", (const struct name[]){{NOTIFY_POLL, "poll"}, {NOTIFY_SELECT, "select"}, {NOTIFY_EPOLL, "epoll"},
            {NOTIFY_SIGURG, "sigurg"}, {0, NULL}}};

/* The handler writes its call times here: a signal handler cannot return a value. */
static int signal_pipe = -1;

static void urgent_signal(int number)
{
    int saved = errno;
    int64_t now = clock_now();
    (void)number;
    /* A full pipe already has enough notices. */
    if (write(signal_pipe, &now, sizeof(now)) < 0)
        errno = saved;
    errno = saved;
}

/* If F_SETOWN comes after the urgent byte, no signal is sent for it: poll once to find out. */
static void missed_signal_check(struct notifier *notifier)
{
    struct pollfd pending = {.fd = notifier->fd, .events = POLLPRI};
    notifier->missed =
        call_poll(notifier->context->sink, EVENT_DATA_CALL, &pending, 1, 0) > 0 && pending.revents & POLLPRI;
}

static int signal_open(struct notifier *notifier)
{
    int ends[2];
    struct sigaction action = {.sa_handler = urgent_signal};
    notifier->call = "pipe2";
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return -1;
    notifier->own = ends[0];
    signal_pipe = ends[1];
    sigemptyset(&action.sa_mask);
    notifier->call = "fcntl";
    if (sigaction(SIGURG, &action, NULL) < 0 ||
        call_fcntl_setown(notifier->context->sink, notifier->fd, getpid()) < 0) {
        notifier_close(notifier);
        return -1;
    }
    missed_signal_check(notifier);
    return 0;
}

static int epoll_open(struct notifier *notifier)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLPRI | EPOLLRDHUP, .data.fd = notifier->fd};
    struct epoll_event stop = {.events = EPOLLIN, .data.fd = notifier->context->stop_fd};
    notifier->call = "epoll_create1";
    notifier->own = epoll_create1(EPOLL_CLOEXEC);
    if (notifier->own < 0)
        return -1;
    notifier->call = "epoll_ctl";
    if (epoll_ctl(notifier->own, EPOLL_CTL_ADD, notifier->fd, &event) < 0 ||
        (notifier->context->stop_fd >= 0 &&
            epoll_ctl(notifier->own, EPOLL_CTL_ADD, notifier->context->stop_fd, &stop) < 0)) {
        notifier_close(notifier);
        return -1;
    }
    return 0;
}

int notifier_open(struct notifier *notifier, const struct context *context, enum notify how, int fd)
{
    *notifier = (struct notifier){.context = context, .how = how, .fd = fd, .own = -1};
    if (how == NOTIFY_SIGURG)
        return signal_open(notifier);
    if (how == NOTIFY_EPOLL)
        return epoll_open(notifier);
    notifier->call = "select";
    if (how == NOTIFY_SELECT && (fd >= FD_SETSIZE || context->stop_fd >= FD_SETSIZE)) {
        errno = EINVAL;
        return -1;
    }
    return 0;
}

void notifier_close(struct notifier *notifier)
{
    if (notifier->how == NOTIFY_SIGURG && signal_pipe >= 0) {
        signal(SIGURG, SIG_IGN);
        close(fd_take(&signal_pipe));
    }
    if (notifier->own >= 0)
        close(fd_take(&notifier->own));
}

static int poll_wait(struct notifier *notifier, int64_t until, struct notice *notice)
{
    struct pollfd fds[] = {{.fd = notifier->fd, .events = POLLIN | POLLPRI | POLLRDHUP},
        {.fd = notifier->context->stop_fd, .events = POLLIN}};
    int result = watch_poll(notifier->context, EVENT_DATA_CALL, fds, array_size(fds), until);
    notice->readable = fds[0].revents & ~POLLPRI;
    notice->urgent = fds[0].revents & POLLPRI;
    notice->stopped = fds[1].revents;
    notice->by = "POLLPRI";
    return result;
}

static int select_wait(struct notifier *notifier, int64_t until, struct notice *notice)
{
    fd_set readable, exceptional;
    int most = notifier->fd > notifier->context->stop_fd ? notifier->fd : notifier->context->stop_fd;
    FD_ZERO(&readable);
    FD_ZERO(&exceptional);
    FD_SET(notifier->fd, &readable);
    FD_SET(notifier->fd, &exceptional);
    if (notifier->context->stop_fd >= 0)
        FD_SET(notifier->context->stop_fd, &readable);
    int result = watch_select(notifier->context, most + 1, &readable, &exceptional, until);
    if (result <= 0)
        return result;
    notice->readable = FD_ISSET(notifier->fd, &readable);
    notice->urgent = FD_ISSET(notifier->fd, &exceptional);
    notice->stopped = notifier->context->stop_fd >= 0 && FD_ISSET(notifier->context->stop_fd, &readable);
    notice->by = "exceptfds";
    return result;
}

static int epoll_wait_once(struct notifier *notifier, int64_t until, struct notice *notice)
{
    struct epoll_event events[2];
    int result = watch_epoll_wait(notifier->context, notifier->own, events, array_size(events), until);
    for (int i = 0; i < result; i++) {
        if (events[i].data.fd == notifier->fd) {
            notice->readable = events[i].events & ~(uint32_t)EPOLLPRI;
            notice->urgent = events[i].events & EPOLLPRI;
        } else {
            notice->stopped = true;
        }
    }
    notice->by = "EPOLLPRI";
    return result;
}

static int signal_wait(struct notifier *notifier, int64_t until, struct notice *notice)
{
    int64_t when;
    struct pollfd fds[] = {{.fd = notifier->fd, .events = POLLIN | POLLRDHUP},
        {.fd = notifier->own, .events = POLLIN}, {.fd = notifier->context->stop_fd, .events = POLLIN}};
    int result =
        watch_poll(notifier->context, EVENT_DATA_CALL, fds, array_size(fds), notifier->missed ? 0 : until);
    if (result < 0)
        return result;
    notice->readable = fds[0].revents;
    notice->stopped = fds[2].revents;
    /* Read after poll, so that a signal that arrived as poll returned counts too, before anything is read. */
    while (read(notifier->own, &when, sizeof(when)) == (ssize_t)sizeof(when))
        if (notice->signals++ == 0)
            notice->when = when;
    notice->missed = notifier->missed && notice->signals == 0;
    notifier->missed = false;
    notice->urgent = notice->signals > 0 || notice->missed;
    notice->by = notice->missed ? "POLLPRI" : "SIGURG";
    return notice->urgent ? 1 : result;
}

int notifier_wait(struct notifier *notifier, int64_t until, struct notice *notice)
{
    static int (*const waits[])(struct notifier *, int64_t, struct notice *) = {[NOTIFY_POLL] = poll_wait,
        [NOTIFY_SELECT] = select_wait,
        [NOTIFY_EPOLL] = epoll_wait_once,
        [NOTIFY_SIGURG] = signal_wait};
    *notice = (struct notice){.when = 0};
    int result = waits[notifier->how](notifier, until, notice);
    if (result < 0)
        return -1;
    if (!notice->when)
        notice->when = clock_now();
    return result > 0;
}
