/* SPDX-License-Identifier: ISC */
/* An instance of tracefs, and the lines of its trace_pipe. */
#include "kernel/trace/tracefs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/name.h"
#include "base/number.h"
#include "base/passes.h"

#define OUR_PREFIX "sockctl-"
/* A process with our number in another PID namespace may have taken the name. */
#define NAMES_MOST 16
/* Of one call: a host that logs faster than it is read has no last line. */
#define READS_MOST 64

static const char *const roots[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};

/* The directory where tracefs is mounted and has the tracepoint, or NULL with errno: ENOENT, or EACCES. */
static const char *root_find(const char *tracepoint)
{
    char path[256];
    int error = ENOENT;
    for (size_t i = 0; i < array_size(roots); i++) {
        snprintf(path, sizeof(path), "%s/events/%s/enable", roots[i], tracepoint);
        if (access(path, F_OK) == 0)
            return roots[i];
        if (errno == EACCES)
            error = EACCES;
    }
    errno = error;
    return NULL;
}

/* "sock/inet_sock_set_state" is written "sock:inet_sock_set_state". */
bool tracefs_available(const char *tracepoint, char *text, size_t size)
{
    char path[128];
    const char *root = root_find(tracepoint);
    if (!root && errno == ENOENT) {
        snprintf(text, size,
            "tracefs is not mounted, or this kernel has no tracepoint %.*s:%s; root mounts "
            "it by 'mount -t tracefs nodev %s'",
            (int)strcspn(tracepoint, "/"), tracepoint, strchr(tracepoint, '/') + 1, roots[0]);
        return false;
    }
    snprintf(path, sizeof(path), "%s/instances", root ? root : roots[0]);
    if (root && access(path, W_OK) == 0)
        return true;
    snprintf(
        text, size, "%s: %s; the tracepoint needs root in the initial user namespace", path, strerror(errno));
    return false;
}

static int file_write(const char *directory, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    cleanup_fd int fd = open(path, O_WRONLY | O_CLOEXEC | O_TRUNC);
    if (fd < 0)
        return -1;
    return write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -1;
}

/* Removes the instances that killed sockctls left behind: one in use cannot be removed. */
static void leftovers_remove(const char *root)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/instances", root);
    DIR *instances = opendir(path);
    if (!instances)
        return;
    const struct dirent *entry;
    while ((entry = readdir(instances))) {
        if (strncmp(entry->d_name, OUR_PREFIX, strlen(OUR_PREFIX)) != 0)
            continue;
        int pid = atoi(entry->d_name + strlen(OUR_PREFIX));
        if (pid > 0 && kill(pid, 0) < 0 && errno == ESRCH)
            unlinkat(dirfd(instances), entry->d_name, AT_REMOVEDIR);
    }
    closedir(instances);
}

static int instance_make(struct tracefs *tracefs, const char *root)
{
    for (int i = 0; i < NAMES_MOST; i++) {
        snprintf(tracefs->instance, sizeof(tracefs->instance), "%s/instances/" OUR_PREFIX "%d.%d", root,
            (int)getpid(), i);
        if (mkdir(tracefs->instance, 0700) == 0)
            return 0;
        if (errno != EEXIST)
            break;
    }
    tracefs->instance[0] = '\0';
    return -1;
}

int tracefs_write(const struct tracefs *tracefs, const char *name, const char *text)
{
    return file_write(tracefs->instance, name, text);
}

static int instance_begin(struct tracefs *tracefs)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/trace_pipe", tracefs->instance);
    tracefs->pipe = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (tracefs->pipe < 0 || tracefs_write(tracefs, "trace_clock", "mono") < 0)
        return -1;
    /* Wakes a reader at the first event, not when the buffer is half full (since Linux 5.0). */
    tracefs_write(tracefs, "buffer_percent", "0");
    return 0;
}

int tracefs_open(struct tracefs *tracefs)
{
    *tracefs = (struct tracefs){.pipe = -1};
    /* Any: its directory is what is looked for. */
    const char *root = root_find("sock");
    if (!root)
        return -1;
    leftovers_remove(root);
    if (instance_make(tracefs, root) < 0)
        return -1;
    if (instance_begin(tracefs) == 0)
        return 0;
    int error = errno;
    tracefs_close(tracefs);
    errno = error;
    return -1;
}

void tracefs_close(struct tracefs *tracefs)
{
    if (!tracefs->instance[0])
        return;
    tracefs_write(tracefs, "events/enable", "0");
    if (tracefs->pipe >= 0)
        close(tracefs->pipe);
    rmdir(tracefs->instance);
    *tracefs = (struct tracefs){.pipe = -1};
}

bool trace_value(const char *words, const char *key, char *value, size_t size)
{
    size_t length = strlen(key);
    for (const char *at = words; at; at = strchr(at, ' ') ? strchr(at, ' ') + 1 : NULL) {
        if (strncmp(at, key, length) != 0 || at[length] != '=')
            continue;
        snprintf(value, size, "%.*s", (int)strcspn(at + length + 1, " \n"), at + length + 1);
        return true;
    }
    return false;
}

/* "[comm]-[pid] [cpu] [flags] [seconds.microseconds]": the time is the last word. */
static bool time_parse(const char *line, const char *end, int64_t *when)
{
    const char *at = end;
    while (at > line && at[-1] != ' ')
        at--;
    char *rest;
    long long seconds = strtoll(at, &rest, 10);
    if (rest == at || *rest != '.' || seconds < 0 || seconds > INT32_MAX)
        return false;
    const char *fraction = rest + 1;
    long long microseconds = strtoll(fraction, &rest, 10);
    if (rest != end || rest - fraction != 6 || microseconds < 0)
        return false;
    *when = seconds * NS_PER_S + microseconds * NS_PER_US;
    return true;
}

/* Cuts the last word off the text before end. */
static const char *word_before(const char *line, const char *end, const char **next)
{
    while (end > line && end[-1] == ' ')
        end--;
    *next = end;
    while (end > line && end[-1] != ' ')
        end--;
    return end;
}

/* "[comm]-[pid] [cpu] [flags] [seconds.microseconds]", from its end, because the name may be anything. The
 * third flag is a dot in a system call, and a letter in an interrupt (Documentation/trace/ftrace.rst). */
static void caller_parse(const char *line, const char *end, struct trace_head *head)
{
    const char *after, *flags, *cpu, *why;
    char number[16];
    long long thread;
    head->thread = -1;
    head->program[0] = '\0';
    head->is_caller = false;
    flags = word_before(line, word_before(line, end, &after), &after);
    bool is_caller = after - flags > 2 && flags[2] == '.';
    cpu = word_before(line, flags, &after);
    if (*cpu != '[')
        return;
    word_before(line, cpu, &after);
    const char *dash = after;
    while (dash > line && *dash != '-')
        dash--;
    snprintf(number, sizeof(number), "%.*s", (int)(after - dash - 1), dash + 1);
    if (dash == line || !number_parse(number, 0, INT32_MAX, &thread, &why))
        return;
    while (*line == ' ')
        line++;
    head->thread = (int)thread;
    head->is_caller = is_caller;
    if (dash > line && strncmp(line, "<...>", strlen("<...>")) != 0)
        snprintf(head->program, sizeof(head->program), "%.*s", (int)(dash - line), line);
}

const char *trace_words(const char *line, const char *event, struct trace_head *head)
{
    char mark[64];
    const char *found = NULL;
    size_t length = (size_t)snprintf(mark, sizeof(mark), ": %s: ", event);
    for (const char *at = strstr(line, mark); at; at = strstr(at + 1, mark))
        found = at;
    if (!found || !time_parse(line, found, &head->when))
        return NULL;
    caller_parse(line, found, head);
    return found + length;
}

/* Takes the whole lines; what follows the last one is held. */
static void lines_take(struct tracefs *tracefs, tracefs_visit *visit, void *data)
{
    unsigned long long lost;
    char *line = tracefs->line, *newline;
    tracefs->line[tracefs->held] = '\0';
    while ((newline = strchr(line, '\n'))) {
        *newline = '\0';
        if (sscanf(line, "CPU:%*d [LOST %llu EVENTS]", &lost) == 1)
            tracefs->lost += lost;
        else
            visit(line, data);
        line = newline + 1;
    }
    tracefs->held = strlen(line);
    memmove(tracefs->line, line, tracefs->held);
    if (tracefs->held == sizeof(tracefs->line) - 1)
        tracefs->held = 0; /* longer than any line of the kernel */
}

int tracefs_read(struct tracefs *tracefs, tracefs_visit *visit, void *data)
{
    unsigned tries = 0;
    for (unsigned reads = 0; reads < READS_MOST;) {
        ssize_t got =
            read(tracefs->pipe, tracefs->line + tracefs->held, sizeof(tracefs->line) - 1 - tracefs->held);
        if (got < 0 && errno == EINTR && passes(&tries))
            continue;
        if (got <= 0)
            return got == 0 || errno == EAGAIN ? 0 : -1;
        tries = 0;
        reads++;
        tracefs->held += (size_t)got;
        lines_take(tracefs, visit, data);
    }
    return 0;
}
