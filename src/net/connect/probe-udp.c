/* SPDX-License-Identifier: ISC */
/*
 * Probes UDP ports with a datagram to each from one socket. The result is an answer, an ICMP error from the
 * error queue (IP_RECVERR in ip(7)), or nothing. A host limits its ICMP errors (Linux sends one peer six at
 * once and then one a second; icmp_ratelimit in icmp(7)), so a silent port is asked again when its host can
 * certainly send one.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "base/stops.h"
#include "call/call.h"
#include "call/observe.h"
#include "kernel/route/route.h"
#include "net/socket/errors.h"
#include "net/socket/open.h"
#include "net/connect/probe-kinds.h"
#include "net/watch/moved.h"

/* Ports asked before the silent ones among them are asked again. */
#define BATCH_MOST    1024
/* Datagrams sent before answers are read: the errors of more would not fit into the receive buffer. */
#define BURST         16
#define TIMEOUT_LEAST NS_PER_S
#define ICMP_INTERVAL (1050 * NS_PER_MS)
#define ICMP_BURST    6
/* A datagram that cannot be sent is tried again this often, a millisecond later where there is no room. */
#define SENDS_MOST    5000

struct question {
    unsigned number;
    int port;
    int64_t sent; /* first */
    bool answered;
};

struct inquiry {
    const struct context *context;
    struct sink *sink;
    const struct probe_plan *plan;
    const struct address *target;
    struct findings *findings;
    struct failure *failure;
    int fd;
    struct question questions[BATCH_MOST];
    unsigned count, answered;
    int64_t round_trip; /* the longest seen */
    int64_t last_icmp;  /* 0: none yet */
    int over;           /* 0: not yet; a signal: the user stopped it; -1: with the failure */
};

static int by_port(const void *a, const void *b)
{
    return ((const struct question *)a)->port - ((const struct question *)b)->port;
}

static struct question *question_of(struct inquiry *inquiry, int port)
{
    struct question key = {.port = port};
    return bsearch(&key, inquiry->questions, inquiry->count, sizeof(key), by_port);
}

/* If the only port is not open, that is the command's failure, with its evidence. */
static void failure_note(
    struct inquiry *inquiry, const struct question *question, int error, const struct icmp_error *icmp)
{
    struct failure *failure = inquiry->failure;
    struct address to = *inquiry->target;
    address_set_port(&to, question->port);
    errno = error ? error : ETIMEDOUT;
    failure_fill(failure, PHASE_DATAGRAM, "sendto", &to, question->sent);
    failure->evidence.type = SOCK_DGRAM;
    failure->text = error ? NULL : "no answer";
    if (icmp)
        failure->evidence.icmp = *icmp;
    if (!error)
        moved_note(inquiry->context, failure);
}

static void question_answer(struct inquiry *inquiry, struct question *question, enum probe_state state,
    int error, const struct icmp_error *icmp, int64_t arrived)
{
    const struct timing timing = timing_of_arrival(question->sent, arrived, clock_now());
    if (question->answered)
        return;
    question->answered = true;
    inquiry->answered++;
    if (state != PROBE_SILENT && timing.elapsed < TIMEOUT_LEAST && timing.elapsed > inquiry->round_trip)
        inquiry->round_trip = timing.elapsed;
    if (state != PROBE_OPEN && inquiry->findings->tally->total == 1)
        failure_note(inquiry, question, error, icmp);
    findings_note(
        inquiry->findings, question->number, state, error, state == PROBE_CLOSED ? NULL : icmp, &timing);
}

static bool same_host(const struct address *a, struct address b)
{
    address_set_port(&b, address_port(a));
    return address_equal(a, &b);
}

static bool is_port_unreachable(const struct icmp_error *icmp)
{
    return icmp->family == AF_INET ? icmp->type == 3 && icmp->code == 3 : icmp->type == 1 && icmp->code == 4;
}

/* Reads all queued errors and returns their number. */
static int inquiry_errors(struct inquiry *inquiry)
{
    struct icmp_error icmp;
    struct address to;
    int taken = 0;
    for (; errors_next(inquiry->sink, inquiry->fd, &icmp, &to); taken++) {
        struct question *question = question_of(inquiry, address_port(&to));
        if (!icmp.there || !question || !same_host(inquiry->target, to))
            continue;
        inquiry->last_icmp = clock_now();
        bool closed = is_port_unreachable(&icmp) && same_host(inquiry->target, icmp.offender);
        question_answer(
            inquiry, question, closed ? PROBE_CLOSED : PROBE_UNREACHABLE, icmp.error, &icmp, icmp.arrived);
    }
    if (errno != EAGAIN)
        inquiry->over = failure_fill(inquiry->failure, PHASE_OTHER, "recvmsg", inquiry->target, 0);
    return taken;
}

/* Whether a datagram came from our own socket: its port was free, for the kernel has chosen it, and is one of
 * those that are asked. */
static bool is_own(const struct inquiry *inquiry, const struct address *from)
{
    struct address local = socket_local(inquiry->fd);
    return address_port(&local) == address_port(from) && route_is_local(from) &&
           address_port(&inquiry->plan->source) <= 0;
}

/* Reads the sender of one datagram, and when it came in, as arrival_find(). False with errno. */
static bool answer_read(struct inquiry *inquiry, struct address *from, int64_t *arrived)
{
    char byte, control[256] __attribute__((aligned(8)));
    struct iovec piece = {.iov_base = &byte, .iov_len = sizeof(byte)};
    struct msghdr message = {.msg_name = &from->storage,
        .msg_namelen = sizeof(from->storage),
        .msg_iov = &piece,
        .msg_iovlen = 1,
        .msg_control = control,
        .msg_controllen = sizeof(control)};
    from->length = 0;
    *arrived = 0;
    if (call_recvmsg(inquiry->sink, inquiry->fd, &message, MSG_DONTWAIT) < 0)
        return false;
    from->length = message.msg_namelen;
    *arrived = arrival_find(&message);
    return true;
}

static void answers_take(struct inquiry *inquiry)
{
    struct address from;
    int64_t arrived;
    inquiry_errors(inquiry);
    while (answer_read(inquiry, &from, &arrived) ||
           (errno != EAGAIN && errno != EINTR && inquiry_errors(inquiry) > 0)) {
        struct question *question = from.length ? question_of(inquiry, address_port(&from)) : NULL;
        if (!question || !same_host(inquiry->target, from))
            continue;
        if (is_own(inquiry, &from))
            question_answer(inquiry, question, PROBE_CLOSED, ECONNREFUSED, NULL, arrived);
        else
            question_answer(inquiry, question, PROBE_OPEN, 0, NULL, arrived);
    }
}

/* Waits for answers until the given time; false if the inquiry is over. */
static bool answers_wait(struct inquiry *inquiry, int64_t until)
{
    struct pollfd fds[] = {
        {.fd = inquiry->fd, .events = POLLIN}, {.fd = inquiry->context->stop_fd, .events = POLLIN}};
    int ready = watch_poll(inquiry->context, EVENT_DATA_CALL, fds, array_size(fds), until);
    if (ready < 0)
        inquiry->over = failure_fill(inquiry->failure, PHASE_OTHER, "poll", NULL, 0);
    else if (fds[1].revents)
        inquiry->over = stop_read(inquiry->context->stop_fd);
    if (inquiry->over)
        return false;
    if (fds[0].revents)
        answers_take(inquiry);
    return !inquiry->over;
}

/* 0, or -1 with the failure. Sends again if the call returned the error of an earlier datagram. */
static int question_send(struct inquiry *inquiry, struct question *question)
{
    struct address to = *inquiry->target;
    address_set_port(&to, question->port);
    if (!question->sent)
        question->sent = clock_now();
    for (unsigned tries = 0;; tries++) {
        if (call_sendto(inquiry->sink, inquiry->fd, inquiry->plan->data, inquiry->plan->length, MSG_NOSIGNAL,
                &to) >= 0)
            return 0;
        int error = errno;
        if (tries >= SENDS_MOST)
            return failure_fill(inquiry->failure, PHASE_DATAGRAM, "sendto", &to, 0);
        if (error == EAGAIN || error == ENOBUFS) {
            if (!answers_wait(inquiry, watch_now(inquiry->context->watch) + NS_PER_MS))
                return 0;
        } else if (error == EMSGSIZE) {
            return failure_fill(inquiry->failure, PHASE_DATAGRAM, "sendto", &to, 0);
        } else if (error != EINTR && inquiry_errors(inquiry) == 0) {
            question_answer(inquiry, question, PROBE_UNREACHABLE, error, NULL, 0);
            return 0;
        }
    }
}

static int64_t timeout_of(const struct inquiry *inquiry)
{
    int64_t timeout = inquiry->plan->spec->connect_timeout;
    return timeout >= 0 ? timeout : TIMEOUT_LEAST + inquiry->round_trip;
}

/* Waits until that many are answered or the time is over. */
static bool answered_wait(struct inquiry *inquiry, unsigned answered)
{
    struct watch_list *watch = inquiry->context->watch;
    int64_t until = watch_now(watch) + timeout_of(inquiry);
    while (inquiry->answered < answered && !watch_over(watch, until))
        if (!answers_wait(inquiry, until))
            return false;
    return true;
}

/* Sends up to most of the unanswered questions from *next on. Returns how many were sent, -1 with the
 * failure. */
static int questions_send(struct inquiry *inquiry, unsigned *next, unsigned most)
{
    unsigned sent = 0;
    for (; *next < inquiry->count && sent < most && !inquiry->over; ++*next) {
        struct question *question = &inquiry->questions[*next];
        if (question->answered)
            continue;
        if (question_send(inquiry, question) < 0)
            return -1;
        if (++sent % BURST == 0 && !answers_wait(inquiry, 0))
            break;
    }
    return (int)sent;
}

/* The number of ICMP errors that the target can send now. */
static unsigned credit(const struct inquiry *inquiry)
{
    if (!inquiry->last_icmp || address_is_loopback(inquiry->target))
        return BATCH_MOST;
    int64_t whole = (clock_now() - inquiry->last_icmp) / ICMP_INTERVAL;
    return whole < ICMP_BURST ? (unsigned)whole : ICMP_BURST;
}

/* Asks the silent ones again, no more at once than can be answered. */
static int silent_ask_again(struct inquiry *inquiry)
{
    unsigned next = 0;
    while (next < inquiry->count && !inquiry->over) {
        unsigned most = credit(inquiry);
        if (most == 0) {
            int64_t next_icmp = inquiry->last_icmp + ICMP_INTERVAL - clock_now();
            if (!answers_wait(inquiry, watch_now(inquiry->context->watch) + next_icmp))
                return 0;
            continue;
        }
        unsigned answered = inquiry->answered;
        int sent = questions_send(inquiry, &next, most);
        if (sent < 0)
            return -1;
        if (!answered_wait(inquiry, answered + (unsigned)sent))
            return 0;
    }
    return 0;
}

static int batch_run(struct inquiry *inquiry)
{
    unsigned next = 0;
    if (inquiry->findings->tally->total == 1)
        moved_wait(inquiry->context, 0);
    if (questions_send(inquiry, &next, inquiry->count) < 0)
        return -1;
    if (inquiry->over || !answered_wait(inquiry, inquiry->count))
        return 0;
    if (inquiry->answered < inquiry->count && silent_ask_again(inquiry) < 0)
        return -1;
    for (unsigned i = 0; i < inquiry->count && !inquiry->over; i++)
        question_answer(inquiry, &inquiry->questions[i], PROBE_SILENT, 0, NULL, 0);
    return 0;
}

static void batch_take(struct inquiry *inquiry)
{
    unsigned most = inquiry->plan->parallel && inquiry->plan->parallel < BATCH_MOST ? inquiry->plan->parallel
                                                                                    : BATCH_MOST;
    int number;
    inquiry->count = inquiry->answered = 0;
    while (inquiry->count < most && (number = findings_begin(inquiry->findings)) >= 0)
        inquiry->questions[inquiry->count++] = (struct question){
            .number = (unsigned)number, .port = findings_port(inquiry->findings, (unsigned)number)};
}

/* What the settings had no success with. */
static int errors_ask(const struct inquiry *inquiry)
{
    const int on = 1;
    if (inquiry->target->sa.sa_family == AF_INET6)
        return CALL_SETSOCKOPT(inquiry->sink, inquiry->fd, IPPROTO_IPV6, IPV6_RECVERR, on, "1");
    return CALL_SETSOCKOPT(inquiry->sink, inquiry->fd, IPPROTO_IP, IP_RECVERR, on, "1");
}

/* Without ICMP errors in the queue of the socket each closed port would be silent: 0 where they are kept, -1
 * with the failure. */
static int errors_expect(struct inquiry *inquiry)
{
    static const struct socket_option ipv4 = SOCKET_OPTION(IPPROTO_IP, IP_RECVERR);
    static const struct socket_option ipv6 = SOCKET_OPTION(IPPROTO_IPV6, IPV6_RECVERR);
    int on = 0;
    socklen_t length = sizeof(on);
    int result = call_getsockopt(inquiry->sink, inquiry->fd,
        inquiry->target->sa.sa_family == AF_INET6 ? &ipv6 : &ipv4, &on, &length, NULL);
    if (result == 0 && on)
        return 0;
    if (result == 0 && errors_ask(inquiry) == 0)
        return 0;
    failure_fill(inquiry->failure, PHASE_OTHER, result < 0 ? "getsockopt" : "setsockopt", NULL, 0);
    inquiry->failure->name = "IP_RECVERR";
    return -1;
}

int probe_udp(const struct context *context, const struct probe_plan *plan, const struct address *target,
    struct findings *findings, struct failure *failure)
{
    const int stamped = 1;
    cleanup_free struct inquiry *inquiry = malloc(sizeof(*inquiry));
    if (!inquiry)
        return failure_fill(failure, PHASE_OTHER, "malloc", NULL, 0);
    *inquiry = (struct inquiry){.context = context,
        .sink = context->sink,
        .plan = plan,
        .target = target,
        .findings = findings,
        .failure = failure,
        .fd = socket_open(context->sink, plan->spec, target, SOCK_NONBLOCK, &plan->source, 0, failure)};
    if (inquiry->fd < 0)
        return -1;
    int result = errors_expect(inquiry);
    /* Without it, answers are as late as this program. */
    CALL_SETSOCKOPT(inquiry->sink, inquiry->fd, SOL_SOCKET, SO_TIMESTAMPNS, stamped, "1");
    for (batch_take(inquiry); result == 0 && inquiry->count && !inquiry->over; batch_take(inquiry)) {
        result = batch_run(inquiry);
        findings_emit(findings, false);
    }
    call_close(context->sink, &inquiry->fd);
    return result < 0 ? -1 : inquiry->over;
}
