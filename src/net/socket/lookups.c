/* SPDX-License-Identifier: ISC */
/*
 * Many lookups at once; see lookups.h.
 *
 * Each thread takes a line from the input, appends it to the queue, and looks it up. Reading and appending
 * are one step under the input lock, so the queue has the order of the input; a slow name delays only its own
 * thread. The thread that completes the first of the queue reports it, and the known ones after it.
 */
#include "net/socket/lookups.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/passes.h"
#include "base/thread.h"

/* The rest of a longer line is dropped; a name has at most 255 bytes. */
#define LINE_MAX_BYTES 65536

/* Reading pauses if this many answers wait for a slow one. */
#define WAITING_MAX 100000

struct entry {
    STAILQ_ENTRY(entry) next;
    struct lookup lookup; /* lookup.host is name */
    bool known;
    char name[];
};
STAILQ_HEAD(entry_queue, entry);

struct work {
    const struct lookups *plan;
    int stop; /* readable when no more answers are wanted */

    pthread_mutex_t input; /* guards the input buffer */
    char buffer[LINE_MAX_BYTES];
    size_t at, filled;
    bool ended, cut; /* cut: the rest of a line must still be skipped */
    int error;

    pthread_mutex_t lock; /* guards the queue */
    pthread_cond_t room;
    struct entry_queue queue;
    size_t waiting;
    bool giving, unwanted;
    int64_t known, failed;
    pthread_t *threads; /* room for all that may run beside the caller's */
    int started, most;
};

/* Adds to the buffer; false at the end of the input, or if no more answers are wanted. */
static bool input_fill(struct work *work)
{
    struct pollfd fds[] = {{.fd = work->plan->fd, .events = POLLIN}, {.fd = work->stop, .events = POLLIN}};
    memmove(work->buffer, work->buffer + work->at, work->filled - work->at);
    work->filled -= work->at;
    work->at = 0;
    ssize_t got;
    unsigned tries = 0;
    do
        got = poll(fds, array_size(fds), -1) < 0 ? -1
              : fds[1].revents
                  ? 0
                  : read(work->plan->fd, work->buffer + work->filled, sizeof(work->buffer) - work->filled);
    while (got < 0 && passes(&tries));
    if (got < 0)
        work->error = errno;
    if (got <= 0)
        return false;
    work->filled += (size_t)got;
    return true;
}

/* Skips the rest of a line that was too long. */
static void line_skip(struct work *work)
{
    const char *end;
    while (!(end = memchr(work->buffer + work->at, '\n', work->filled - work->at)) && !work->ended) {
        work->at = work->filled;
        work->ended = !input_fill(work);
    }
    work->at = end ? (size_t)(end + 1 - work->buffer) : work->filled;
    work->cut = false;
}

/* The next line, without its end; NULL after the last. It stays valid until the next call. */
static const char *line_next(struct work *work, size_t *length)
{
    size_t searched = 0;
    if (work->cut)
        line_skip(work);
    for (;;) {
        const char *line = work->buffer + work->at;
        size_t rest = work->filled - work->at;
        const char *end = memchr(line + searched, '\n', rest - searched);
        if (end) {
            *length = (size_t)(end - line);
            work->at += *length + 1;
            return line;
        }
        if (work->ended || rest == sizeof(work->buffer)) {
            *length = rest;
            work->at += rest;
            work->cut = !work->ended;
            return rest ? line : NULL;
        }
        searched = rest;
        work->ended = !input_fill(work);
    }
}

static struct entry *entry_new(const struct work *work, const char *name, size_t length)
{
    struct entry *entry = calloc(1, sizeof(*entry) + length + 1);
    if (!entry)
        return NULL;
    memcpy(entry->name, name, length);
    entry->lookup =
        (struct lookup){.host = entry->name, .service = work->plan->service, .hints = work->plan->hints};
    entry->lookup.refused = work->cut                       ? "not asked: the line has 64 KiB or more"
                            : strlen(entry->name) != length ? "not asked: a NUL follows in the line"
                                                            : NULL;
    entry->lookup.code = entry->lookup.refused ? EAI_NONAME : 0;
    return entry;
}

/* The next name; skips empty lines and strips the '\r' of DOS lines. */
static struct entry *entry_read(struct work *work)
{
    const char *line;
    size_t length;
    while ((line = line_next(work, &length))) {
        length -= length && line[length - 1] == '\r';
        if (length)
            break;
    }
    struct entry *entry = line ? entry_new(work, line, length) : NULL;
    if (line && !entry) {
        work->error = ENOMEM;
        work->ended = true;
    }
    return entry;
}

static struct entry *entry_take(struct work *work)
{
    pthread_mutex_lock(&work->input);
    struct entry *entry = entry_read(work);
    if (entry) {
        pthread_mutex_lock(&work->lock);
        while (work->waiting >= WAITING_MAX)
            pthread_cond_wait(&work->room, &work->lock);
        STAILQ_INSERT_TAIL(&work->queue, entry, next);
        work->waiting++;
        pthread_mutex_unlock(&work->lock);
    }
    pthread_mutex_unlock(&work->input);
    return entry;
}

static bool first_is_known(const struct work *work)
{
    const struct entry *first = STAILQ_FIRST(&work->queue);
    return first && first->known;
}

/* Reports the known answers from the first on, unless another thread is doing so. Called with the queue
 * locked; unlocks it while reporting. */
static void answers_give(struct work *work)
{
    while (!work->giving && first_is_known(work)) {
        struct entry *entry = STAILQ_FIRST(&work->queue);
        STAILQ_REMOVE_HEAD(&work->queue, next);
        if (work->waiting-- == WAITING_MAX)
            pthread_cond_signal(&work->room);
        bool more = first_is_known(work);
        work->giving = true;
        pthread_mutex_unlock(&work->lock);
        bool wanted = work->unwanted || work->plan->take(work->plan->data, &entry->lookup, more);
        if (!wanted)
            eventfd_write(work->stop, 1);
        if (entry->lookup.list)
            freeaddrinfo(entry->lookup.list);
        free(entry);
        pthread_mutex_lock(&work->lock);
        work->unwanted = work->unwanted || !wanted;
        work->giving = false;
    }
}

static void *entries_work(void *data);

/* Each thread that has found work starts the next one, so that a few names cost few threads. If one cannot be
 * started, go on with fewer. */
static void thread_add(struct work *work)
{
    pthread_mutex_lock(&work->lock);
    if (work->started < work->most && thread_start(&work->threads[work->started], entries_work, work))
        work->started++;
    else
        work->most = work->started;
    pthread_mutex_unlock(&work->lock);
}

static void *entries_work(void *data)
{
    struct work *work = data;
    struct entry *entry;
    for (bool first = true; (entry = entry_take(work)); first = false) {
        if (first)
            thread_add(work);
        if (!entry->lookup.refused)
            lookup_make(&entry->lookup);
        pthread_mutex_lock(&work->lock);
        entry->known = true;
        work->known++;
        work->failed += entry->lookup.code != 0;
        answers_give(work);
        if (work->plan->progress && !work->giving)
            work->plan->progress(work->plan->data, work->known, work->failed);
        bool unwanted = work->unwanted;
        pthread_mutex_unlock(&work->lock);
        if (unwanted)
            break;
    }
    return NULL;
}

/* Whether there is a thread with that index; one that has ended starts no more. */
static bool is_started(struct work *work, int index)
{
    pthread_mutex_lock(&work->lock);
    bool started = index < work->started;
    pthread_mutex_unlock(&work->lock);
    return started;
}

static void threads_run(struct work *work)
{
    cleanup_free pthread_t *threads = calloc((size_t)work->plan->parallel, sizeof(*threads));
    work->threads = threads;
    work->most = threads ? work->plan->parallel - 1 : 0;
    entries_work(work);
    for (int i = 0; is_started(work, i); i++)
        pthread_join(threads[i], NULL);
}

int lookups_run(const struct lookups *lookups, const char **call)
{
    cleanup_free struct work *work = calloc(1, sizeof(*work));
    cleanup_fd int stop = eventfd(0, EFD_CLOEXEC);
    *call = work ? "eventfd" : "calloc";
    if (!work || stop < 0)
        return -1;
    *call = "read";
    work->plan = lookups;
    work->stop = stop;
    STAILQ_INIT(&work->queue);
    pthread_mutex_init(&work->input, NULL);
    pthread_mutex_init(&work->lock, NULL);
    pthread_cond_init(&work->room, NULL);
    threads_run(work);
    errno = work->error;
    return work->error ? -1 : 0;
}
