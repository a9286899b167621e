/* SPDX-License-Identifier: ISC */
/* The calls that move or wait for data; see call.h. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/epoll.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "base/passes.h"
#include "base/text.h"
#include "call/record.h"
#include "call/call.h"

#define PREVIEW_BYTES 48
#define PREVIEW_TEXT  (4 * PREVIEW_BYTES + 8)

/* When a wait ends that may be interrupted and begun again; INT64_MAX: never. */
static int64_t wait_until(int64_t timeout)
{
    return timeout < 0 ? INT64_MAX : timeout == 0 ? 0 : clock_now() + timeout;
}

/* What is left of it in milliseconds, rounded up; -1: no limit. */
static int wait_left(int64_t until)
{
    int64_t left = clock_left(until);
    int64_t milliseconds = left < 0 ? -1 : (left + NS_PER_MS - 1) / NS_PER_MS;
    return milliseconds > INT_MAX ? INT_MAX : (int)milliseconds;
}

/* "3:POLLIN|POLLOUT 0:POLLIN" */
static void pollfds_text(const struct pollfd *fds, nfds_t count, bool returned, char *buffer, size_t size)
{
    size_t used = 0;
    buffer[0] = '\0';
    for (nfds_t i = 0; i < count && used < size; i++) {
        char flags[NAME_TEXT_MAX];
        short shown = returned ? fds[i].revents : fds[i].events;
        if (fds[i].fd < 0 || (returned && !shown))
            continue;
        used += (size_t)snprintf(buffer + used, size - used, "%s%d:%s", used ? " " : "", fds[i].fd,
            name_flags_text(&names_poll, shown, flags, sizeof(flags)));
    }
}

static int poll_once(struct sink *sink, enum event_kind kind, struct pollfd *fds, nfds_t count, int wait)
{
    int64_t began = call_began(sink, kind);
    int result = poll(fds, count, wait);
    int error = errno;
    if (sink_wants(sink, kind)) {
        char asked[512], got[512], args[600];
        pollfds_text(fds, count, false, asked, sizeof(asked));
        pollfds_text(fds, count, true, got, sizeof(got));
        snprintf(args, sizeof(args), "%s, %d", asked, wait);
        call_record_emit(sink, kind,
            &(struct call){.name = "poll",
                .args = args,
                .fd = -1,
                .began = began,
                .result = result,
                .error = error,
                .revents = result > 0 ? F_TEXT("revents", got) : F_NONE});
    }
    errno = error;
    return result;
}

int call_poll(struct sink *sink, enum event_kind kind, struct pollfd *fds, nfds_t count, int64_t timeout)
{
    int64_t until = wait_until(timeout);
    unsigned tries = 0;
    int result;
    do
        result = poll_once(sink, kind, fds, count, wait_left(until));
    while (result < 0 && passes(&tries));
    return result;
}

int call_epoll_wait(struct sink *sink, int epoll, struct epoll_event *events, int count, int64_t timeout)
{
    int64_t until = wait_until(timeout);
    unsigned tries = 0;
    int result;
    do {
        int64_t began = call_began(sink, EVENT_DATA_CALL);
        int wait = wait_left(until);
        result = epoll_wait(epoll, events, count, wait);
        call_emit(
            sink, EVENT_DATA_CALL, "epoll_wait", -1, began, result, "%d, ..., %d, %d", epoll, count, wait);
    } while (result < 0 && passes(&tries));
    return result;
}

#define WHERE_TEXT (ADDRESS_TEXT_MAX + 32)
#define REST_TEXT  (NAME_TEXT_MAX + WHERE_TEXT + 8)

void call_transfer_emit(struct sink *sink, const struct transfer *transfer, const char *rest)
{
    int error = errno;
    if (!sink_wants(sink, EVENT_DATA_CALL))
        return;
    char preview[PREVIEW_TEXT] = "...", args[PREVIEW_TEXT + REST_TEXT + 64];
    /* With MSG_TRUNC the result is the real length, which may exceed the buffer. */
    if (transfer->result >= 0) {
        size_t moved = (size_t)transfer->result;
        text_preview(preview, sizeof(preview), transfer->bytes,
            moved < transfer->asked ? moved : transfer->asked, PREVIEW_BYTES);
    }
    snprintf(args, sizeof(args), "%d, %s, %zu%s", transfer->fd, preview, transfer->asked, rest);
    call_record_emit(sink, EVENT_DATA_CALL,
        &(struct call){.name = transfer->name,
            .args = args,
            .fd = transfer->fd,
            .began = transfer->began,
            .result = transfer->result,
            .error = error,
            .stateful = true});
    errno = error;
}

/* Reports a transfer with flags and, perhaps, further arguments. */
static void flagged_emit(struct sink *sink, const struct transfer *transfer, int flags, const char *where)
{
    if (!sink_wants(sink, EVENT_DATA_CALL))
        return;
    char names[NAME_TEXT_MAX], rest[REST_TEXT];
    int error = errno;
    snprintf(rest, sizeof(rest), ", %s%s", name_flags_text(&names_msg, flags, names, sizeof(names)), where);
    errno = error;
    call_transfer_emit(sink, transfer, rest);
}

ssize_t call_send(struct sink *sink, int fd, const void *bytes, size_t length, int flags)
{
    int64_t began = call_began(sink, EVENT_DATA_CALL);
    ssize_t result = send(fd, bytes, length, flags);
    flagged_emit(sink, &(struct transfer){"send", fd, began, result, bytes, length}, flags, "");
    return result;
}

ssize_t call_recv(struct sink *sink, int fd, void *bytes, size_t length, int flags)
{
    int64_t began = call_began(sink, EVENT_DATA_CALL);
    ssize_t result = recv(fd, bytes, length, flags);
    flagged_emit(sink, &(struct transfer){"recv", fd, began, result, bytes, length}, flags, "");
    return result;
}

/* The same for sendto and recvfrom, whose last arguments are an address and its length: NULL and none if it
 * is NULL. */
static void addressed_emit(struct sink *sink, const struct transfer *transfer, int flags,
    const struct address *address, const char *none)
{
    if (!sink_wants(sink, EVENT_DATA_CALL))
        return;
    char text[ADDRESS_TEXT_MAX], where[WHERE_TEXT];
    int error = errno;
    if (address)
        snprintf(where, sizeof(where), ", %s, %u",
            address->length ? address_text(address, text, sizeof(text)) : "...", address->length);
    else
        snprintf(where, sizeof(where), ", NULL, %s", none);
    errno = error;
    flagged_emit(sink, transfer, flags, where);
}

ssize_t call_sendto(
    struct sink *sink, int fd, const void *bytes, size_t length, int flags, const struct address *to)
{
    int64_t began = call_began(sink, EVENT_DATA_CALL);
    ssize_t result = sendto(fd, bytes, length, flags, to ? &to->sa : NULL, to ? to->length : 0);
    addressed_emit(sink, &(struct transfer){"sendto", fd, began, result, bytes, length}, flags, to, "0");
    return result;
}

ssize_t call_recvfrom(struct sink *sink, int fd, void *bytes, size_t length, int flags, struct address *from)
{
    int64_t began = call_began(sink, EVENT_DATA_CALL);
    if (from)
        from->length = sizeof(from->storage);
    ssize_t result = recvfrom(fd, bytes, length, flags, from ? &from->sa : NULL, from ? &from->length : NULL);
    if (from && result < 0)
        from->length = 0;
    addressed_emit(
        sink, &(struct transfer){"recvfrom", fd, began, result, bytes, length}, flags, from, "NULL");
    return result;
}

static size_t iov_total(const struct msghdr *message)
{
    size_t total = 0;
    for (size_t i = 0; i < (size_t)message->msg_iovlen; i++)
        total += message->msg_iov[i].iov_len;
    return total;
}

/* Reports sendmsg or recvmsg; errno is as the call left it. */
static void message_emit(
    struct sink *sink, const struct call *call, const struct msghdr *message, int flags, bool received)
{
    if (!sink_wants(sink, EVENT_DATA_CALL))
        return;
    char preview[PREVIEW_TEXT] = "...", asked[NAME_TEXT_MAX], returned[NAME_TEXT_MAX],
         where[ADDRESS_TEXT_MAX], control[48] = "";
    int error = errno;
    bool succeeded = call->result >= 0;
    bool named = message->msg_name && message->msg_namelen && (!received || succeeded);
    struct address address = {.length = 0};
    if (named)
        address = address_from(message->msg_name, message->msg_namelen);
    if (succeeded && message->msg_iovlen) {
        size_t moved = (size_t)call->result, first = message->msg_iov[0].iov_len;
        text_preview(preview, sizeof(preview), message->msg_iov[0].iov_base, moved < first ? moved : first,
            PREVIEW_BYTES);
    }
    if (!received && message->msg_controllen)
        snprintf(control, sizeof(control), ", control %zu", (size_t)message->msg_controllen);
    const char *given = "";
    if (received && succeeded)
        given = name_flags_text(&names_msg, message->msg_flags, returned, sizeof(returned));
    errno = error;
    call_emit(sink, EVENT_DATA_CALL, call->name, call->fd, call->began, call->result,
        "%d, {%s%s%zu iov, %s, %zu%s%s%s}, %s", call->fd,
        named ? address_text(&address, where, sizeof(where)) : "", named ? ", " : "",
        (size_t)message->msg_iovlen, preview, iov_total(message), control, *given ? ", msg_flags " : "",
        given, name_flags_text(&names_msg, flags, asked, sizeof(asked)));
    errno = error;
}

ssize_t call_recvmsg(struct sink *sink, int fd, struct msghdr *message, int flags)
{
    int64_t began = call_began(sink, EVENT_DATA_CALL);
    ssize_t result = recvmsg(fd, message, flags);
    const struct call call = {.name = "recvmsg", .fd = fd, .began = began, .result = result};
    message_emit(sink, &call, message, flags, true);
    return result;
}

ssize_t call_sendmsg(struct sink *sink, int fd, const struct msghdr *message, int flags)
{
    int64_t began = call_began(sink, EVENT_DATA_CALL);
    ssize_t result = sendmsg(fd, message, flags);
    const struct call call = {.name = "sendmsg", .fd = fd, .began = began, .result = result};
    message_emit(sink, &call, message, flags, false);
    return result;
}

ssize_t call_sendfile(struct sink *sink, int fd, int file, size_t length)
{
    int64_t began = call_began(sink, EVENT_DATA_CALL);
    ssize_t result = sendfile(fd, file, NULL, length);
    call_emit(sink, EVENT_DATA_CALL, "sendfile", fd, began, result, "%d, %d, NULL, %zu", fd, file, length);
    return result;
}

ssize_t call_splice(struct sink *sink, int from, int to, size_t length)
{
    int64_t began = call_began(sink, EVENT_DATA_CALL);
    ssize_t result = splice(from, NULL, to, NULL, length, SPLICE_F_NONBLOCK);
    call_emit(sink, EVENT_DATA_CALL, "splice", -1, began, result,
        "%d, NULL, %d, NULL, %zu, SPLICE_F_NONBLOCK", from, to, length);
    return result;
}
