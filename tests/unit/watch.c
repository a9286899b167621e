/* SPDX-License-Identifier: ISC */
/* watch.c: what a loop serves beside its own descriptors. */
#include "net/watch/context.h"

#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "base/number.h"
#include "tap.h"

struct counter {
    struct watch_item item;
    int pipe[2], served;
    struct watch_list *watch;
    struct counter *takes_off; /* from the watch, when it is served */
};

static struct sink sink;
static struct watch_list watch;
static const struct context context = {.sink = &sink, .stop_fd = -1, .watch = &watch};
static struct pollfd nobody;

static void count(struct watch_item *item)
{
    struct counter *counter = item->owner;
    char byte;
    counter->served++;
    item->due = INT64_MAX;
    if (item->fd >= 0 && read(item->fd, &byte, 1) != 1)
        counter->served = -1;
    if (counter->takes_off)
        watch_remove(counter->watch, &counter->takes_off->item);
}

static void counter_add(struct counter *counter, bool piped, int64_t due)
{
    *counter = (struct counter){.watch = &watch};
    counter->item = (struct watch_item){.fd = -1, .due = due, .serve = count, .owner = counter};
    if (piped && pipe(counter->pipe) == 0)
        counter->item.fd = counter->pipe[0];
    watch_add(&watch, &counter->item);
}

static int wait_on(struct pollfd *fds, nfds_t many, int64_t timeout)
{
    int64_t until = timeout < 0 ? INT64_MAX : watch_now(&watch) + timeout;
    return watch_poll(&context, EVENT_DATA_CALL, fds, many, until);
}

static void test_descriptors(void)
{
    struct counter counter;
    int own[2];
    struct pollfd fd = {.events = POLLIN};
    if (pipe(own) < 0)
        return;
    fd.fd = own[0];
    counter_add(&counter, true, INT64_MAX);
    is_int(wait_on(&fd, 1, 0), 0, "nothing is ready");
    is_int(counter.served, 0, "and nobody served");
    ok(write(counter.pipe[1], "x", 1) == 1, "the observer's descriptor becomes readable");
    is_int(wait_on(&fd, 1, -1), 0, "which ends the wait, and is none of the loop's");
    is_int(counter.served, 1, "it was served");
    is_int(fd.revents, 0, "the loop's own was not ready");
    ok(write(own[1], "x", 1) == 1 && write(counter.pipe[1], "x", 1) == 1, "both become readable");
    is_int(wait_on(&fd, 1, -1), 1, "the loop's own is counted");
    is_int(fd.revents, POLLIN, "and told");
    is_int(counter.served, 2, "the other served");
    watch_remove(&watch, &counter.item);
    is_int(wait_on(&fd, 1, -1), 1, "without any it is poll");
}

static void test_timers(void)
{
    struct counter soon, later;
    int64_t began = clock_now();
    counter_add(&soon, false, began + 5 * NS_PER_MS);
    counter_add(&later, false, began + 3600 * NS_PER_S);
    is_int(wait_on(&nobody, 0, -1), 0, "a timer ends the wait");
    ok(clock_now() - began >= 5 * NS_PER_MS, "not before its time");
    is_int(soon.served, 1, "it was served");
    is_int(later.served, 0, "the other was not");
    began = clock_now();
    is_int(wait_on(&nobody, 0, 2 * NS_PER_MS), 0, "the loop's own time counts too");
    ok(clock_now() - began >= 2 * NS_PER_MS && soon.served == 1, "and nobody is served for it");
    watch_remove(&watch, &soon.item);
    watch_remove(&watch, &later.item);
    watch_remove(&watch, &later.item);
    ok(!watch.first, "all are gone, and may be taken off twice");
}

static void test_removal(void)
{
    struct counter first, second;
    counter_add(&first, false, 0);
    counter_add(&second, false, 0);
    first.takes_off = &second;
    second.takes_off = &first;
    wait_on(&nobody, 0, 0);
    is_int(first.served + second.served, 1, "who was taken off meanwhile is not served any more");
    watch = (struct watch_list){.first = NULL};
}

static void test_epoll(void)
{
    struct counter counter;
    struct epoll_event event = {.events = EPOLLIN}, got;
    int own[2], epoll = epoll_create1(0);
    if (pipe(own) < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, own[0], &event) < 0)
        return;
    counter_add(&counter, false, 0);
    is_int(watch_epoll_wait(&context, epoll, &got, 1, INT64_MAX), 0, "a timer ends the wait of epoll");
    is_int(counter.served, 1, "and is served");
    ok(write(own[1], "x", 1) == 1, "a descriptor of the instance becomes readable");
    is_int(watch_epoll_wait(&context, epoll, &got, 1, INT64_MAX), 1, "and is told");
    watch_remove(&watch, &counter.item);
}

/* What a program that is stopped, or blocked by its own output, does as far as a clock can see. */
static void stand_still(void)
{
    struct timespec time = {.tv_nsec = 150 * NS_PER_MS};
    nanosleep(&time, NULL);
}

static void test_clock(void)
{
    int64_t began = watch_now(&watch), limit = began + 100 * NS_PER_MS;
    stand_still();
    ok(watch_now(&watch) - began < 50 * NS_PER_MS, "time without a wait does not count");
    stand_still();
    watch_waited(&watch);
    ok(watch_now(&watch) - began >= 150 * NS_PER_MS, "that of a call which waits by itself does");
    ok(!watch_over(&watch, limit), "a limit is not over before a wait");
    is_int(wait_on(&nobody, 0, 0), 0, "nothing is ready");
    ok(watch_over(&watch, limit), "then it is");
    ok(!watch_over(&watch, INT64_MAX), "never is never over");
    limit = watch_now(&watch) + 2 * NS_PER_MS;
    is_int(wait_on(&nobody, 0, 2 * NS_PER_MS), 0, "a wait that lasts until the limit");
    ok(watch_over(&watch, limit), "is enough");
}

/* Of what is ready a wait may show a part only. */
static void test_part(void)
{
    struct epoll_event event = {.events = EPOLLIN}, got[2];
    int own[2], epoll = epoll_create1(0);
    if (pipe(own) < 0 || write(own[1], "x", 1) != 1 || epoll_ctl(epoll, EPOLL_CTL_ADD, own[0], &event) < 0)
        return;
    int64_t limit = watch_now(&watch);
    is_int(watch_epoll_wait(&context, epoll, got, 1, INT64_MAX), 1, "as many are ready as there is room");
    ok(!watch_over(&watch, limit), "there may be more: no limit is over");
    is_int(watch_epoll_wait(&context, epoll, got, 2, INT64_MAX), 1, "there is no more");
    ok(watch_over(&watch, limit), "now it is");
}

int main(void)
{
    sink = (struct sink){.report = stderr, .level = LEVEL_ERRORS};
    test_descriptors();
    test_timers();
    test_removal();
    test_epoll();
    test_clock();
    test_part();
    return done();
}
