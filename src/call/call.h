/* SPDX-License-Identifier: ISC */
/*
 * Every socket system call of the program is made here and reported: name, arguments as in C, result, errno
 * and, if the call can change a TCP state, the state right after it. So -v is a true trace by construction.
 *
 * Each function behaves like the call it is named after (result and errno) and emits one event, at
 * LEVEL_CALLS for control calls and at LEVEL_DATA for those that move or wait for data. If the sink does not
 * want it, that costs one comparison. Descriptors are always close-on-exec.
 */
#ifndef CALL_CALL_H
#define CALL_CALL_H

#include <netdb.h>
#include <poll.h>
#include <stddef.h>
#include <sys/select.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "base/address.h"
#include "report/event.h"

int call_socket(struct sink *sink, int family, int type, int protocol);
int call_bind(struct sink *sink, int fd, const struct address *address);
int call_listen(struct sink *sink, int fd, int backlog);
int call_connect(struct sink *sink, int fd, const struct address *address);
/* accept4 with SOCK_CLOEXEC and flags. peer is what accept itself returned: after an RST there is no other
 * way to learn it. */
int call_accept(struct sink *sink, int fd, struct address *peer, int flags);
int call_shutdown(struct sink *sink, int fd, int how);
/* Closes the descriptor and sets *fd to -1; does nothing if it is -1 already. */
int call_close(struct sink *sink, int *fd);

/* An option by its numbers and its C names. */
struct socket_option {
    int level, number;
    const char *level_name, *name;
};
#define SOCKET_OPTION(level, option)                                                                         \
    {                                                                                                        \
        level, option, #level, #option                                                                       \
    }

/* text: the value as in C. */
int call_setsockopt(struct sink *sink, int fd, const struct socket_option *option, const void *value,
    socklen_t length, const char *text);
/* An option that the program sets by its C names; value is a variable, text its value as in C. */
#define CALL_SETSOCKOPT(sink, fd, level, option, value, text)                                                \
    call_setsockopt((sink), (fd), &(const struct socket_option){level, option, #level, #option}, &(value),   \
        sizeof(value), (text))

/* Writes the value of an option as in C. Returns buffer. */
struct value_format {
    const char *(*text)(const void *context, const void *value, socklen_t length, char *buffer, size_t size);
    const void *context;
};
/* format NULL: the value is an int. */
int call_getsockopt(struct sink *sink, int fd, const struct socket_option *option, void *value,
    socklen_t *length, const struct value_format *format);
/* getsockopt(SO_ERROR): reads and clears the pending error; -1 if the call itself failed. */
int call_socket_error(struct sink *sink, int fd);
int call_getsockname(struct sink *sink, int fd, struct address *address);
int call_getpeername(struct sink *sink, int fd, struct address *address);
int call_fcntl_getfl(struct sink *sink, int fd);
int call_fcntl_getfd(struct sink *sink, int fd);

/* Waits at most timeout nanoseconds, rounded up to a millisecond; negative: for ever. A signal does not end
 * the wait: -1 is a lasting failure. kind: EVENT_CALL if the wait is part of a connect or accept,
 * EVENT_DATA_CALL in a transfer. */
int call_poll(struct sink *sink, enum event_kind kind, struct pollfd *fds, nfds_t count, int64_t timeout);

struct epoll_event;
int call_epoll_wait(struct sink *sink, int epoll, struct epoll_event *events, int count, int64_t timeout);

/* Urgent data: the calls that report it. select without writefds; timeout as in call_poll(). */
int call_select(struct sink *sink, int count, fd_set *readable, fd_set *exceptional, int64_t timeout);
int call_fcntl_setown(struct sink *sink, int fd, pid_t pid);
int call_sockatmark(struct sink *sink, int fd);

ssize_t call_send(struct sink *sink, int fd, const void *bytes, size_t length, int flags);
ssize_t call_recv(struct sink *sink, int fd, void *bytes, size_t length, int flags);
ssize_t call_sendto(
    struct sink *sink, int fd, const void *bytes, size_t length, int flags, const struct address *to);
ssize_t call_recvfrom(struct sink *sink, int fd, void *bytes, size_t length, int flags, struct address *from);
ssize_t call_recvmsg(struct sink *sink, int fd, struct msghdr *message, int flags);
ssize_t call_sendmsg(struct sink *sink, int fd, const struct msghdr *message, int flags);
/* Made only if the user asks for them, fcntl() also after --blocking. */
ssize_t call_read(struct sink *sink, int fd, void *bytes, size_t length);
ssize_t call_write(struct sink *sink, int fd, const void *bytes, size_t length);
struct mmsghdr;
int call_recvmmsg(struct sink *sink, int fd, struct mmsghdr *messages, unsigned count, int flags);
int call_fcntl_setfl(struct sink *sink, int fd, int flags);
/* From the offset of a file, which advances, to a socket. */
ssize_t call_sendfile(struct sink *sink, int fd, int file, size_t length);
/* Between a pipe and a socket or file, always with SPLICE_F_NONBLOCK. */
ssize_t call_splice(struct sink *sink, int from, int to, size_t length);

/* The library calls of lookup.c, reported as such. They return 0 or an EAI code; errno is the cause behind
 * the code if it has one (EAI_SYSTEM, exhausted descriptors or memory), else 0. */
int call_getaddrinfo(struct sink *sink, const char *host, const char *service, const struct addrinfo *hints,
    struct addrinfo **list);
int call_getnameinfo(struct sink *sink, const struct address *address, char *host, socklen_t host_size,
    char *service, socklen_t service_size, int flags);

/* Reports a call that has no function here. began: clock_now() before it; args as in C; errno counts if the
 * result is negative; fd may be -1. */
void call_emit(struct sink *sink, enum event_kind kind, const char *name, int fd, int64_t began, long result,
    const char *format, ...) __attribute__((format(printf, 7, 8)));

#endif
