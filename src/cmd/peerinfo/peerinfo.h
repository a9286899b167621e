/* SPDX-License-Identifier: ISC */
/* What the files of the command peerinfo share. */
#ifndef CMD_PEERINFO_PEERINFO_H
#define CMD_PEERINFO_PEERINFO_H

#include "cmd/command.h"
#include "cmd/netns.h"
#include "cmd/peerinfo/changes.h"
#include "kernel/sockdiag/filter.h"
#include "kernel/sockdiag/socklist.h"
#include "net/socket/inspect.h"
#include "net/watch/context.h"

/* What a report is about. */
enum subject_kind {
    SUBJECT_CONNECTION, /* one that is made for it */
    SUBJECT_DESCRIPTOR, /* ours, or one of a process */
    SUBJECT_PROCESS,    /* its sockets */
    SUBJECT_PORT,       /* all sockets with it */
    SUBJECT_LIST,       /* those that the filter wants, a line each */
};

struct peerinfo_options {
    struct report_options report;
    struct socket_filter filter;
    bool numeric;
    int fd; /* -1: not given */
    bool all;
    long count_by;             /* of enum count_field; 0: a line each */
    int sort;                  /* of enum list_order */
    bool connections;          /* the list has them; follows from the others */
    enum subject_kind subject; /* follows from the others */
    bool sockopts, tcpinfo;
    struct netns_list namespaces; /* with --netns all; otherwise none */
    bool closed;
    bool events;
    bool drops;
    bool check;
    int64_t interval;           /* nanoseconds between the looks of --check; -1: not given */
    int count;                  /* with --closed, --events and --drops: 0 for no limit */
    int64_t watch;              /* nanoseconds; -1: report once */
    int64_t timeout;            /* for connecting; -1: none */
    const char *host, *service; /* NULL: not given */
};

/* A socket to report: from the kernel's list, from a descriptor, or from both. */
struct subject {
    struct holders *holders;          /* holders of all sockets */
    const struct socklist_item *item; /* NULL: not listed (another family, or gone) */
    const struct inspection *seen;    /* NULL: no descriptor to ask */
    int fd;                           /* number in its process; -1: not known */
    int open_flags;                   /* O_NONBLOCK, O_CLOEXEC; -1: not known */
    bool names;                       /* look up the names of the addresses */
    bool in_full;                     /* many lines, with the other end; otherwise one line */
};

/* The state of one look at the subjects; --watch looks in rounds. */
struct round {
    struct sink *sink;
    const struct peerinfo_options *options;
    struct changes *changes; /* NULL: report once */
    struct holders *holders; /* as found in this round */
    bool again;              /* not the first round: a missing socket is reported, but is not a failure */
};

/* The subjects of a report, each looked at once: our own descriptor, the sockets of a process, all sockets
 * with a port, and an open descriptor (which the report calls number; open_flags are those in its process,
 * -1: ours). They return the exit status. */
int own_report(const struct round *round);
int process_report(const struct round *round);
int port_report(const struct round *round);
int descriptor_report(const struct round *round, int fd, int number, int open_flags);

/* The list, once or with --watch for ever. Returns the exit status. */
int list_report(const struct round *round);

/* Has lines that are too long for the terminal of the report continued on the next one. Whether the report
 * goes to a terminal in text. */
bool terminal_fold(struct sink *sink);

/* --closed: until a signal or the count ends it. Returns the exit status. */
int closed_run(const struct peerinfo_options *options, struct sink *sink);

/* --drops: in the same way, and the check of what else is given. */
int drops_plan(const struct peerinfo_options *options);
int drops_run(const struct peerinfo_options *options, struct sink *sink);

/* --events: in the same way. */
int events_plan(const struct peerinfo_options *options);
int events_run(const struct peerinfo_options *options, struct sink *sink);

/* Serves the watch until *over, a signal, a report without a reader, or for limit nanoseconds (-1: no limit).
 * Returns the exit status. */
int until_over(const struct context *context, const bool *over, int64_t limit);

/* --check: the check of what else is given, with the default of --interval; and the report, which returns the
 * exit status: EXIT_OTHER if something was found. */
int check_plan(struct peerinfo_options *options);
int check_run(const struct peerinfo_options *options, struct sink *sink);

/* Reports that there is no such socket, or that it may not be looked at; nothing if it has only gone since
 * the first round. */
int not_found_emit(
    const struct round *round, const char *call, const char *name, int error, const char *text);

/* Emits `socket` with everything known, or what has changed since the last time (changes not NULL). */
void subject_emit(struct sink *sink, struct changes *changes, const struct subject *subject);

/* As above for `tcpinfo`, member by member, and `verdict`. socket: as the kernel
 * lists it, or NULL. Emits nothing if there is none. */
void tcpinfo_emit(struct sink *sink, struct changes *changes, uint64_t cookie, const struct tcpinfo *tcpinfo,
    const struct sockdiag_socket *socket, bool buffer_is_full);

/* Reads and emits every option of the table that the socket has, except those that reading would clear. */
void sockopts_emit(struct sink *sink, int fd);

#endif
