/*
 * Many lookups at once; see lookups.h.
 *
 * Each thread takes a line from the input, puts it at the end of the queue, and looks it up. Reading and queueing are one
 * step under the input lock, so the queue has the order of the input; a name that is slow holds up its own thread only.
 */
#include "net/lookups.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Longer lines are cut into several; a name has at most 255 bytes. */
#define LINE_MAX_BYTES 65536

/* So many answers may wait for one that is slow before reading pauses. */
#define WAITING_MAX 100000

STAILQ_HEAD(entry_queue, lookups_entry);

struct lookups {
    const char *service;
    const struct addrinfo *hints;

    pthread_mutex_t input; /* guards what is read */
    int fd;
    char buffer[LINE_MAX_BYTES];
    size_t at, filled;
    bool ended;
    int error;

    pthread_mutex_t lock; /* guards the queue */
    pthread_cond_t known; /* the first of the queue is known, or a thread ended */
    pthread_cond_t room;
    struct entry_queue queue;
    size_t waiting;
    int running;

    int count;
    pthread_t threads[];
};

/* Adds to the buffer; false at the end of the input. */
static bool input_fill(struct lookups *lookups)
{
    memmove(lookups->buffer, lookups->buffer + lookups->at, lookups->filled - lookups->at);
    lookups->filled -= lookups->at;
    lookups->at = 0;
    ssize_t got;
    do
        got = read(lookups->fd, lookups->buffer + lookups->filled, sizeof(lookups->buffer) - lookups->filled);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        lookups->error = errno;
    if (got <= 0)
        return false;
    lookups->filled += (size_t)got;
    return true;
}

/* The next line, without its end; NULL after the last. It lies in the buffer until the next call. */
static const char *line_next(struct lookups *lookups, size_t *length)
{
    size_t searched = 0;
    for (;;) {
        const char *line = lookups->buffer + lookups->at;
        size_t rest = lookups->filled - lookups->at;
        const char *end = memchr(line + searched, '\n', rest - searched);
        if (end) {
            *length = (size_t)(end - line);
            lookups->at += *length + 1;
            return line;
        }
        if (lookups->ended || rest == sizeof(lookups->buffer)) {
            *length = rest;
            lookups->at += rest;
            return rest ? line : NULL;
        }
        searched = rest;
        lookups->ended = !input_fill(lookups);
    }
}

static struct lookups_entry *entry_new(const struct lookups *lookups, const char *name, size_t length)
{
    struct lookups_entry *entry = calloc(1, sizeof(*entry) + length + 1);
    if (!entry)
        return NULL;
    memcpy(entry->name, name, length);
    entry->length = length;
    entry->lookup =
        (struct lookup){.host = entry->name, .service = lookups->service, .hints = lookups->hints};
    return entry;
}

/* The next name, empty lines left out, and lines of DOS without their '\r'. */
static struct lookups_entry *entry_read(struct lookups *lookups)
{
    const char *line;
    size_t length;
    while ((line = line_next(lookups, &length))) {
        length -= length && line[length - 1] == '\r';
        if (length)
            break;
    }
    struct lookups_entry *entry = line ? entry_new(lookups, line, length) : NULL;
    if (line && !entry) {
        lookups->error = ENOMEM;
        lookups->ended = true;
    }
    return entry;
}

static struct lookups_entry *entry_take(struct lookups *lookups)
{
    pthread_mutex_lock(&lookups->input);
    struct lookups_entry *entry = entry_read(lookups);
    if (entry) {
        pthread_mutex_lock(&lookups->lock);
        while (lookups->waiting >= WAITING_MAX)
            pthread_cond_wait(&lookups->room, &lookups->lock);
        STAILQ_INSERT_TAIL(&lookups->queue, entry, next);
        lookups->waiting++;
        pthread_mutex_unlock(&lookups->lock);
    }
    pthread_mutex_unlock(&lookups->input);
    return entry;
}

static void *entries_work(void *data)
{
    struct lookups *lookups = data;
    struct lookups_entry *entry;
    while ((entry = entry_take(lookups))) {
        if (strlen(entry->name) == entry->length)
            lookup_make(&entry->lookup);
        else
            entry->lookup.code = EAI_NONAME;
        pthread_mutex_lock(&lookups->lock);
        entry->known = true;
        if (entry == STAILQ_FIRST(&lookups->queue))
            pthread_cond_signal(&lookups->known);
        pthread_mutex_unlock(&lookups->lock);
    }
    pthread_mutex_lock(&lookups->lock);
    lookups->running--;
    pthread_cond_signal(&lookups->known);
    pthread_mutex_unlock(&lookups->lock);
    return NULL;
}

struct lookups *lookups_start(int fd, const char *service, const struct addrinfo *hints, int parallel)
{
    struct lookups *lookups = calloc(1, sizeof(*lookups) + sizeof(pthread_t) * (size_t)parallel);
    int error = 0;
    if (!lookups)
        return NULL;
    lookups->fd = fd;
    lookups->service = service;
    lookups->hints = hints;
    STAILQ_INIT(&lookups->queue);
    pthread_mutex_init(&lookups->input, NULL);
    pthread_mutex_init(&lookups->lock, NULL);
    pthread_cond_init(&lookups->known, NULL);
    pthread_cond_init(&lookups->room, NULL);
    pthread_mutex_lock(&lookups->lock);
    while (lookups->count < parallel && error == 0) {
        error = pthread_create(&lookups->threads[lookups->count], NULL, entries_work, lookups);
        lookups->count += error == 0;
    }
    lookups->running = lookups->count;
    pthread_mutex_unlock(&lookups->lock);
    if (lookups->count)
        return lookups;
    free(lookups);
    errno = error;
    return NULL;
}

bool lookups_ready(struct lookups *lookups)
{
    pthread_mutex_lock(&lookups->lock);
    const struct lookups_entry *entry = STAILQ_FIRST(&lookups->queue);
    bool ready = entry && entry->known;
    pthread_mutex_unlock(&lookups->lock);
    return ready;
}

struct lookups_entry *lookups_next(struct lookups *lookups)
{
    struct lookups_entry *entry;
    pthread_mutex_lock(&lookups->lock);
    while ((entry = STAILQ_FIRST(&lookups->queue)) ? !entry->known : lookups->running > 0)
        pthread_cond_wait(&lookups->known, &lookups->lock);
    if (entry) {
        STAILQ_REMOVE_HEAD(&lookups->queue, next);
        if (lookups->waiting-- == WAITING_MAX)
            pthread_cond_signal(&lookups->room);
    }
    pthread_mutex_unlock(&lookups->lock);
    return entry;
}

void lookups_entry_free(struct lookups_entry *entry)
{
    if (entry->lookup.list)
        freeaddrinfo(entry->lookup.list);
    free(entry);
}

int lookups_end(struct lookups *lookups)
{
    int error = lookups->error;
    for (int i = 0; i < lookups->count; i++)
        pthread_join(lookups->threads[i], NULL);
    free(lookups);
    return error;
}
