/* SPDX-License-Identifier: ISC */
/* The state tracepoint, through tracefs: Documentation/trace/ftrace.rst and events.rst of the kernel. */
#include "kernel/trace.h"

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
#include "base/passes.h"
#include "base/name.h"
#include "base/number.h"

#define EVENT_PATH "events/sock/inet_sock_set_state"
#define EVENT_NAME ": inet_sock_set_state: "
#define OUR_PREFIX "sockctl-"
/* A process with our number in another PID namespace may have taken the name. */
#define NAMES_MOST 16
/* Of one call: a host that logs faster than it is read has no last line. */
#define READS_MOST 64

static const char *const roots[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};

/* The directory where tracefs is mounted, or NULL with errno: ENOENT, or EACCES. */
static const char *root_find(void)
{
    char path[128];
    int error = ENOENT;
    for (size_t i = 0; i < array_size(roots); i++) {
        snprintf(path, sizeof(path), "%s/" EVENT_PATH "/enable", roots[i]);
        if (access(path, F_OK) == 0)
            return roots[i];
        if (errno == EACCES)
            error = EACCES;
    }
    errno = error;
    return NULL;
}

bool trace_available(char *text, size_t size)
{
    char path[128];
    const char *root = root_find();
    if (!root && errno == ENOENT) {
        snprintf(text, size,
            "tracefs is not mounted, or this kernel has no tracepoint sock:inet_sock_set_state; root mounts "
            "it by 'mount -t tracefs nodev %s'",
            roots[0]);
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

static int instance_make(struct trace *trace, const char *root)
{
    for (int i = 0; i < NAMES_MOST; i++) {
        snprintf(trace->instance, sizeof(trace->instance), "%s/instances/" OUR_PREFIX "%d.%d", root,
            (int)getpid(), i);
        if (mkdir(trace->instance, 0700) == 0)
            return 0;
        if (errno != EEXIST)
            break;
    }
    trace->instance[0] = '\0';
    return -1;
}

int trace_filter(const struct trace *trace, int port)
{
    char filter[64];
    snprintf(filter, sizeof(filter), "sport == %d || dport == %d", port, port);
    return file_write(trace->instance, EVENT_PATH "/filter", filter);
}

static int instance_begin(struct trace *trace, int port)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/trace_pipe", trace->instance);
    trace->pipe = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (trace->pipe < 0 || file_write(trace->instance, "trace_clock", "mono") < 0)
        return -1;
    /* Wakes a reader at the first event, not when the buffer is half full (since Linux 5.0). */
    file_write(trace->instance, "buffer_percent", "0");
    if (port && trace_filter(trace, port) < 0)
        return -1;
    return file_write(trace->instance, EVENT_PATH "/enable", "1");
}

int trace_open(struct trace *trace, int port)
{
    *trace = (struct trace){.pipe = -1};
    const char *root = root_find();
    if (!root)
        return -1;
    leftovers_remove(root);
    if (instance_make(trace, root) < 0)
        return -1;
    if (instance_begin(trace, port) == 0)
        return 0;
    int error = errno;
    trace_close(trace);
    errno = error;
    return -1;
}

void trace_close(struct trace *trace)
{
    if (!trace->instance[0])
        return;
    file_write(trace->instance, EVENT_PATH "/enable", "0");
    if (trace->pipe >= 0)
        close(trace->pipe);
    rmdir(trace->instance);
    *trace = (struct trace){.pipe = -1};
}

/* The value of "key=value" in a list of such words. */
static bool value_find(const char *words, const char *key, char *value, size_t size)
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

static bool end_parse(const char *words, bool is_inet6, const char *host4, const char *host6, const char *key,
    struct address *address)
{
    char host[64], port[16];
    long long number;
    const char *why;
    if (!value_find(words, is_inet6 ? host6 : host4, host, sizeof(host)) ||
        !value_find(words, key, port, sizeof(port)) || !number_parse(port, 0, UINT16_MAX, &number, &why) ||
        !address_parse(address, host, (int)number))
        return false;
    address_unmap(address);
    return true;
}

static bool state_parse(const char *words, const char *key, int *state)
{
    char name[32];
    long value;
    if (!value_find(words, key, name, sizeof(name)) || strncmp(name, "TCP_", strlen("TCP_")) != 0 ||
        !name_parse(&names_state, name + strlen("TCP_"), &value))
        return false;
    *state = (int)value;
    return true;
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
static void caller_parse(const char *line, const char *end, struct trace_transition *transition)
{
    const char *after, *flags, *cpu, *why;
    char number[16];
    long long thread;
    transition->thread = -1;
    transition->program[0] = '\0';
    transition->is_caller = false;
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
    transition->thread = (int)thread;
    transition->is_caller = is_caller;
    if (dash > line && strncmp(line, "<...>", strlen("<...>")) != 0)
        snprintf(transition->program, sizeof(transition->program), "%.*s", (int)(dash - line), line);
}

bool trace_parse(const char *line, struct trace_transition *transition)
{
    char protocol[32], family[32];
    /* A process may have any name, so only the last of these counts. */
    const char *event = NULL;
    for (const char *at = strstr(line, EVENT_NAME); at; at = strstr(at + 1, EVENT_NAME))
        event = at;
    if (!event || !time_parse(line, event, &transition->when))
        return false;
    caller_parse(line, event, transition);
    const char *words = event + strlen(EVENT_NAME);
    if (!value_find(words, "protocol", protocol, sizeof(protocol)) || strcmp(protocol, "IPPROTO_TCP") != 0 ||
        !value_find(words, "family", family, sizeof(family)))
        return false;
    bool is_inet6 = strcmp(family, "AF_INET6") == 0;
    return end_parse(words, is_inet6, "saddr", "saddrv6", "sport", &transition->local) &&
           end_parse(words, is_inet6, "daddr", "daddrv6", "dport", &transition->peer) &&
           state_parse(words, "oldstate", &transition->from) &&
           state_parse(words, "newstate", &transition->to);
}

/* Takes the whole lines; what follows the last one is held. */
static void lines_take(struct trace *trace, trace_visit *visit, void *data)
{
    struct trace_transition transition;
    unsigned long long lost;
    char *line = trace->line, *newline;
    trace->line[trace->held] = '\0';
    while ((newline = strchr(line, '\n'))) {
        *newline = '\0';
        if (trace_parse(line, &transition))
            visit(&transition, data);
        else if (sscanf(line, "CPU:%*d [LOST %llu EVENTS]", &lost) == 1)
            trace->lost += lost;
        line = newline + 1;
    }
    trace->held = strlen(line);
    memmove(trace->line, line, trace->held);
    if (trace->held == sizeof(trace->line) - 1)
        trace->held = 0; /* longer than any line of the kernel */
}

int trace_read(struct trace *trace, trace_visit *visit, void *data)
{
    unsigned tries = 0;
    for (unsigned reads = 0; reads < READS_MOST;) {
        ssize_t got = read(trace->pipe, trace->line + trace->held, sizeof(trace->line) - 1 - trace->held);
        if (got < 0 && errno == EINTR && passes(&tries))
            continue;
        if (got <= 0)
            return got == 0 || errno == EAGAIN ? 0 : -1;
        tries = 0;
        reads++;
        trace->held += (size_t)got;
        lines_take(trace, visit, data);
    }
    return 0;
}
