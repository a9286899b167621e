/* SPDX-License-Identifier: ISC */
/* A lookup that has a time limit; see lookup-limit.h. */
#include "net/socket/lookup-limit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/passes.h"
#include "base/thread.h"
#include "call/call.h"

/* What the thread works on. The thread and the waiting caller own it; the last one to release it frees it. */
struct job {
    atomic_int owners;
    struct lookup lookup;
    struct addrinfo hints;
    char *host, *service;
    int done[2]; /* a pipe that ends with the lookup; -1: none */
};

static void job_free(struct job *job)
{
    if (job->lookup.list)
        freeaddrinfo(job->lookup.list);
    cleanup_fd_close(&job->done[0]);
    cleanup_fd_close(&job->done[1]);
    free(job->host);
    free(job->service);
    free(job);
}

static void job_release(struct job *job)
{
    if (atomic_fetch_sub(&job->owners, 1) == 1)
        job_free(job);
}

/* NULL if memory runs out or no descriptor. */
static struct job *job_new(const struct lookup *lookup)
{
    struct job *job = calloc(1, sizeof(*job));
    if (!job)
        return NULL;
    job->done[0] = job->done[1] = -1;
    job->host = lookup->host ? strdup(lookup->host) : NULL;
    job->service = lookup->service ? strdup(lookup->service) : NULL;
    if (lookup->hints)
        job->hints = *lookup->hints;
    job->lookup = (struct lookup){
        .host = job->host, .service = job->service, .hints = lookup->hints ? &job->hints : NULL};
    atomic_init(&job->owners, 2);
    if (pipe2(job->done, O_CLOEXEC | O_NONBLOCK) == 0 && !job->host == !lookup->host &&
        !job->service == !lookup->service)
        return job;
    job_free(job);
    return NULL;
}

static void *job_run(void *data)
{
    struct job *job = data;
    lookup_make(&job->lookup);
    /* Either of the two says that it is over, should the other fail. */
    unsigned tries = 0;
    while (write(job->done[1], "", 1) < 0 && passes(&tries))
        continue;
    close(fd_take(&job->done[1]));
    job_release(job);
    return NULL;
}

static bool job_start(struct job *job)
{
    pthread_t thread;
    bool started = thread_start(&thread, job_run, job);
    if (started)
        pthread_detach(thread);
    return started;
}

static int job_wait(const struct job *job, const struct context *context, int64_t limit)
{
    struct pollfd done = {.fd = job->done[0], .events = POLLIN};
    int result;
    while ((result = watch_poll(context, EVENT_DATA_CALL, &done, 1, limit)) == 0)
        if (watch_over(context->watch, limit))
            return 0;
    return result;
}

int lookup_make_until(struct lookup *lookup, const struct context *context, int64_t limit)
{
    struct job *job = job_new(lookup);
    if (!job || !job_start(job)) {
        if (job)
            job_free(job);
        lookup_make(lookup);
        watch_waited(context->watch);
        return 1;
    }
    int result = job_wait(job, context, limit), error = errno;
    if (result > 0) {
        lookup->list = job->lookup.list;
        lookup->code = job->lookup.code;
        lookup->error = job->lookup.error;
        lookup->elapsed = job->lookup.elapsed;
        job->lookup.list = NULL;
    }
    job_release(job);
    errno = error;
    return result;
}
