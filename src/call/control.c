/* SPDX-License-Identifier: ISC */
/* Every control call of the socket API, made and reported. The calls that move data are in data.c. */
#include "call/call.h"

#include <fcntl.h>
#include <limits.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "call/observe.h"
#include "call/record.h"

void call_record_emit(struct sink *sink, enum event_kind kind, const struct call *call)
{
    int error = call->result < 0 ? call->error : 0;
    unsigned conn = call->conn ? call->conn : sink_connection_of(sink, call->fd);
    emit(sink, kind, F_TEXT("call", call->name), F_TEXT("args", call->args), F_INT("result", call->result),
        call->revents, F_ERRNO(error),
        F_STATE("state", call->stateful && call->fd >= 0 ? socket_state(call->fd) : -1),
        call->fd >= 0 ? F_INT("fd", call->fd) : F_NONE, F_TIME("elapsed", clock_now() - call->began),
        conn ? F_INT("conn", conn) : F_NONE);
    errno = call->error;
}

void call_emit(struct sink *sink, enum event_kind kind, const char *name, int fd, int64_t began, long result,
    const char *format, ...)
{
    int error = errno;
    if (!sink_wants(sink, kind))
        return;
    char *args = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&args, format, arguments) < 0)
        args = NULL;
    va_end(arguments);
    call_record_emit(sink, kind,
        &(struct call){.name = name,
            .args = args ? args : "",
            .fd = fd,
            .began = began,
            .result = result,
            .error = error});
    free(args);
}

/* Reports a control call that may have moved the state of fd. */
#define control_emit(to, label, descriptor, start, outcome, ...)                                             \
    do {                                                                                                     \
        int control_error = errno;                                                                           \
        if (sink_wants((to), EVENT_CALL)) {                                                                  \
            char control_args[ADDRESS_TEXT_MAX + 128];                                                       \
            snprintf(control_args, sizeof(control_args), __VA_ARGS__);                                       \
            call_record_emit((to), EVENT_CALL,                                                               \
                &(struct call){.name = (label),                                                              \
                    .args = control_args,                                                                    \
                    .fd = (descriptor),                                                                      \
                    .began = (start),                                                                        \
                    .result = (outcome),                                                                     \
                    .error = control_error,                                                                  \
                    .stateful = true});                                                                      \
        }                                                                                                    \
        errno = control_error;                                                                               \
    } while (0)

/* "SOCK_STREAM|SOCK_NONBLOCK|SOCK_CLOEXEC" */
static const char *type_text(int type, char *buffer, size_t size)
{
    char name[NAME_TEXT_MAX];
    snprintf(buffer, size, "%s%s%s",
        name_text(&names_type, type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC), name, sizeof(name)),
        type & SOCK_NONBLOCK ? "|SOCK_NONBLOCK" : "", type & SOCK_CLOEXEC ? "|SOCK_CLOEXEC" : "");
    return buffer;
}

int call_socket(struct sink *sink, int family, int type, int protocol)
{
    char family_name[NAME_TEXT_MAX], type_name[NAME_TEXT_MAX * 2], protocol_name[NAME_TEXT_MAX];
    int64_t began = call_began(sink, EVENT_CALL);
    type |= SOCK_CLOEXEC;
    int fd = socket(family, type, protocol);
    control_emit(sink, "socket", fd, began, fd, "%s, %s, %s",
        name_text(&names_family, family, family_name, sizeof(family_name)),
        type_text(type, type_name, sizeof(type_name)),
        protocol ? name_text(&names_protocol, protocol, protocol_name, sizeof(protocol_name)) : "0");
    return fd;
}

int call_bind(struct sink *sink, int fd, const struct address *address)
{
    char text[ADDRESS_TEXT_MAX];
    int64_t began = call_began(sink, EVENT_CALL);
    int result = bind(fd, &address->sa, address->length);
    control_emit(sink, "bind", fd, began, result, "%d, %s, %u", fd, address_text(address, text, sizeof(text)),
        address->length);
    return result;
}

int call_listen(struct sink *sink, int fd, int backlog)
{
    int64_t began = call_began(sink, EVENT_CALL);
    int result = listen(fd, backlog);
    control_emit(sink, "listen", fd, began, result, "%d, %d", fd, backlog);
    return result;
}

int call_connect(struct sink *sink, int fd, const struct address *address)
{
    char text[ADDRESS_TEXT_MAX];
    int64_t began = call_began(sink, EVENT_CALL);
    int result = connect(fd, &address->sa, address->length);
    control_emit(sink, "connect", fd, began, result, "%d, %s, %u", fd,
        address_text(address, text, sizeof(text)), address->length);
    return result;
}

int call_accept(struct sink *sink, int fd, struct address *peer, int flags)
{
    char text[ADDRESS_TEXT_MAX];
    int64_t began = call_began(sink, EVENT_CALL);
    flags |= SOCK_CLOEXEC;
    peer->length = sizeof(peer->storage);
    int result = accept4(fd, &peer->sa, &peer->length, flags);
    if (result < 0)
        peer->length = 0;
    else
        *peer = address_from(&peer->storage, peer->length);
    control_emit(sink, "accept4", result, began, result, "%d, %s, %sSOCK_CLOEXEC", fd,
        result < 0 ? "..." : address_text(peer, text, sizeof(text)),
        flags & SOCK_NONBLOCK ? "SOCK_NONBLOCK|" : "");
    return result;
}

int call_shutdown(struct sink *sink, int fd, int how)
{
    char name[NAME_TEXT_MAX];
    int64_t began = call_began(sink, EVENT_CALL);
    int result = shutdown(fd, how);
    control_emit(
        sink, "shutdown", fd, began, result, "%d, %s", fd, name_text(&names_shut, how, name, sizeof(name)));
    return result;
}

int call_close(struct sink *sink, int *fd)
{
    if (*fd < 0)
        return 0;
    int64_t began = call_began(sink, EVENT_CALL);
    int closed = fd_take(fd);
    int result = close(closed), error = errno;
    if (sink_wants(sink, EVENT_CALL)) {
        char args[16];
        snprintf(args, sizeof(args), "%d", closed);
        call_record_emit(sink, EVENT_CALL,
            &(struct call){.name = "close",
                .args = args,
                .fd = -1,
                .conn = sink_connection_of(sink, closed),
                .began = began,
                .result = result,
                .error = error});
        sink_connection(sink, closed, 0);
    }
    errno = error;
    return result;
}

int call_setsockopt(struct sink *sink, int fd, const struct socket_option *option, const void *value,
    socklen_t length, const char *text)
{
    int64_t began = call_began(sink, EVENT_CALL);
    int result = setsockopt(fd, option->level, option->number, value, length);
    control_emit(sink, "setsockopt", fd, began, result, "%d, %s, %s, [%s], %u", fd, option->level_name,
        option->name, text, length);
    return result;
}

static const char *int_text(
    const void *context, const void *value, socklen_t length, char *buffer, size_t size)
{
    (void)context;
    int number = 0;
    memcpy(&number, value, length < sizeof(number) ? length : sizeof(number));
    snprintf(buffer, size, "%d", number);
    return buffer;
}

int call_getsockopt(struct sink *sink, int fd, const struct socket_option *option, void *value,
    socklen_t *length, const struct value_format *format)
{
    static const struct value_format number = {.text = int_text};
    char text[512];
    int64_t began = call_began(sink, EVENT_CALL);
    int result = getsockopt(fd, option->level, option->number, value, length);
    if (sink_wants(sink, EVENT_CALL)) {
        int error = errno;
        const struct value_format *shown = format ? format : &number;
        snprintf(text, sizeof(text), "...");
        if (result == 0)
            shown->text(shown->context, value, *length, text, sizeof(text));
        errno = error;
    }
    control_emit(sink, "getsockopt", fd, began, result, "%d, %s, %s, [%s]", fd, option->level_name,
        option->name, text);
    return result;
}

static const char *error_text(
    const void *context, const void *value, socklen_t length, char *buffer, size_t size)
{
    (void)context;
    int error = 0;
    memcpy(&error, value, length < sizeof(error) ? length : sizeof(error));
    snprintf(buffer, size, "%s", errno_name(error));
    return buffer;
}

int call_socket_error(struct sink *sink, int fd)
{
    static const struct socket_option option = SOCKET_OPTION(SOL_SOCKET, SO_ERROR);
    static const struct value_format name = {.text = error_text};
    int error = 0;
    socklen_t length = sizeof(error);
    return call_getsockopt(sink, fd, &option, &error, &length, &name) < 0 ? -1 : error;
}

static int name_call(struct sink *sink, const char *name, int (*call)(int, struct sockaddr *, socklen_t *),
    int fd, struct address *address)
{
    char text[ADDRESS_TEXT_MAX];
    int64_t began = call_began(sink, EVENT_CALL);
    address->length = sizeof(address->storage);
    int result = call(fd, &address->sa, &address->length);
    if (result < 0)
        address->length = 0;
    control_emit(sink, name, fd, began, result, "%d, %s", fd,
        result < 0 ? "..." : address_text(address, text, sizeof(text)));
    return result;
}

/* glibc declares the address as a transparent union, which a function pointer cannot take. */
static int getsockname_plain(int fd, struct sockaddr *address, socklen_t *length)
{
    return getsockname(fd, address, length);
}

static int getpeername_plain(int fd, struct sockaddr *address, socklen_t *length)
{
    return getpeername(fd, address, length);
}

int call_getsockname(struct sink *sink, int fd, struct address *address)
{
    return name_call(sink, "getsockname", getsockname_plain, fd, address);
}

int call_getpeername(struct sink *sink, int fd, struct address *address)
{
    return name_call(sink, "getpeername", getpeername_plain, fd, address);
}

static int fcntl_get(struct sink *sink, int fd, int command, const char *name, const struct name_table *flags)
{
    char text[NAME_TEXT_MAX];
    int64_t began = call_began(sink, EVENT_CALL);
    int result = fcntl(fd, command);
    control_emit(sink, "fcntl", fd, began, result, "%d, %s [%s]", fd, name,
        name_flags_text(flags, result < 0 ? 0 : result, text, sizeof(text)));
    return result;
}

int call_fcntl_getfl(struct sink *sink, int fd)
{
    return fcntl_get(sink, fd, F_GETFL, "F_GETFL", &names_open);
}

int call_fcntl_getfd(struct sink *sink, int fd)
{
    return fcntl_get(sink, fd, F_GETFD, "F_GETFD", &names_fd);
}
