/* SPDX-License-Identifier: ISC */
/*
 * Tracepoints, through an instance of tracefs of our own, which leaves other tracing alone: what all of them
 * have in common. Needs root in the initial user namespace. See Documentation/trace/ftrace.rst and events.rst
 * of the kernel.
 */
#ifndef KERNEL_TRACE_TRACEFS_H
#define KERNEL_TRACE_TRACEFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tracefs {
    char instance[128]; /* its directory; "": none */
    int pipe;           /* readable if there is something to read; -1: not open */
    uint64_t lost;      /* events that were not read in time */
    size_t held;        /* bytes of an incomplete line */
    char line[1024];
};

/* Whether the tracepoint ("sock/inet_sock_set_state") can be used here; if not, writes the reason to text. */
bool tracefs_available(const char *tracepoint, char *text, size_t size);

/* Makes an instance without events, with times of CLOCK_MONOTONIC. 0, or -1 with errno and nothing left
 * behind. */
int tracefs_open(struct tracefs *tracefs);

/* Writes to a file of the instance: "events/sock/inet_sock_set_state/enable". 0, or -1 with errno. */
int tracefs_write(const struct tracefs *tracefs, const char *name, const char *text);

/* Calls visit for each line written since the last call, but not for so many that nothing else would be
 * served: what is left keeps the pipe readable. 0, or -1 with errno. */
typedef void tracefs_visit(const char *line, void *data);
int tracefs_read(struct tracefs *tracefs, tracefs_visit *visit, void *data);

/* Ends all events and removes the instance; does nothing if it is not open. */
void tracefs_close(struct tracefs *tracefs);

/* What stands before the name of an event in its line. */
struct trace_head {
    int64_t when;     /* CLOCK_MONOTONIC, ns; the kernel writes microseconds */
    int thread;       /* that ran on this CPU, by its number in the initial PID namespace; -1: not known */
    char program[32]; /* its name: foreign bytes; "": not known */
    bool is_caller;   /* it made a system call that did this; otherwise it was only interrupted */
};

/* Finds the words after ": NAME: ", the last one of its kind, for a process may have any name, and reads what
 * is before. NULL if the line is not of this event. */
const char *trace_words(const char *line, const char *event, struct trace_head *head);

/* The value of "key=value" in a list of such words; false if there is none. */
bool trace_value(const char *words, const char *key, char *value, size_t size);

#endif
