/* SPDX-License-Identifier: ISC */
/* The names of addresses, asked for all at once; see names.h. */
#include "net/path/names.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/thread.h"

struct path_names {
    atomic_size_t owners; /* the caller and each thread; the last one to release it frees it */
    int ended[2];         /* a pipe with a byte for each lookup that has ended */
    size_t count;
    struct one {
        struct path_names *names;
        struct naming naming;
        atomic_bool ready;
    } items[];
};

void path_names_free(struct path_names *names)
{
    if (!names || atomic_fetch_sub(&names->owners, 1) != 1)
        return;
    cleanup_fd_close(&names->ended[0]);
    cleanup_fd_close(&names->ended[1]);
    free(names);
}

static void *name_find_one(void *data)
{
    struct one *one = data;
    naming_make(&one->naming);
    atomic_store(&one->ready, true);
    /* If it cannot be written, the caller waits for as long as it would for a silent server. */
    if (write(one->names->ended[1], "", 1) < 0)
        atomic_thread_fence(memory_order_seq_cst);
    path_names_free(one->names);
    return NULL;
}

/* Returns how many were started. */
static size_t threads_start(struct path_names *names)
{
    size_t started = 0;
    for (; started < names->count; started++) {
        pthread_t thread;
        atomic_fetch_add(&names->owners, 1);
        if (!thread_start(&thread, name_find_one, &names->items[started])) {
            atomic_fetch_sub(&names->owners, 1);
            break;
        }
        pthread_detach(thread);
    }
    return started;
}

static void names_wait(
    const struct path_names *names, const struct context *context, size_t wanted, int64_t until)
{
    size_t ended = 0;
    while (ended < wanted && !watch_over(context->watch, until)) {
        char bytes[64];
        struct pollfd fds[] = {
            {.fd = names->ended[0], .events = POLLIN}, {.fd = context->stop_fd, .events = POLLIN}};
        if (watch_poll(context, EVENT_DATA_CALL, fds, array_size(fds), until) < 0 || fds[1].revents)
            return;
        ssize_t taken = fds[0].revents ? read(names->ended[0], bytes, sizeof(bytes)) : 0;
        ended += taken > 0 ? (size_t)taken : 0;
    }
}

struct path_names *path_names_find(
    const struct context *context, const struct address *addresses, size_t count, int64_t limit)
{
    struct path_names *names = calloc(1, sizeof(*names) + count * sizeof(names->items[0]));
    if (!names)
        return NULL;
    names->ended[0] = names->ended[1] = -1;
    names->count = count;
    atomic_init(&names->owners, 1);
    for (size_t i = 0; i < count; i++) {
        names->items[i].names = names;
        names->items[i].naming.address = addresses[i];
    }
    if (pipe2(names->ended, O_CLOEXEC | O_NONBLOCK) < 0)
        return names;
    int64_t until = watch_now(context->watch) + limit;
    names_wait(names, context, threads_start(names), until);
    for (size_t i = 0; i < count; i++)
        if (atomic_load(&names->items[i].ready))
            naming_call_emit(context->sink, &names->items[i].naming);
    return names;
}

const char *path_names_of(const struct path_names *names, const struct address *address)
{
    for (size_t i = 0; names && i < names->count; i++) {
        const struct one *one = &names->items[i];
        if (atomic_load(&one->ready) && one->naming.code == 0 && address_equal(&one->naming.address, address))
            return one->naming.host;
    }
    return NULL;
}
