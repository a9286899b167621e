/* SPDX-License-Identifier: ISC */
/* What the bench's programs share: how they fail, open their sockets and read their arguments. */
#ifndef BENCH_COMMON_H
#define BENCH_COMMON_H

#include <stddef.h>

/* End with the name of what failed and errno's text: these programs only show errors. */
_Noreturn void bench_die(const char *what);

/* A number out of an argument, at least 0. */
long bench_number(const char *text);

/* Seconds on the monotonic clock. */
double bench_now(void);

/* A blocking TCP connection to 127.0.0.1, TCP_NODELAY on. */
int bench_connect(const char *port);

/* The same to any address; -1 with errno where it fails. */
int bench_try(const char *address, const char *port);

/* A TCP listener, on 127.0.0.1 and on any address. */
int bench_listen(const char *port, int backlog);
int bench_listen_on(const char *address, const char *port, int backlog);
int bench_listen(const char *port, int backlog);

/* The first connection to PORT, TCP_NODELAY on; the listener is closed. */
int bench_accept_one(const char *port);

/* Raise the soft limit of descriptors to the hard one. */
void bench_raise_descriptors(void);

#endif
