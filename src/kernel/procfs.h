/*
 * What /proc tells anyone: who holds a socket, limits, sysctls, counters. Everything there may vanish
 * while it is read, and program names are foreign bytes: print them escaped.
 */
#ifndef KERNEL_PROCFS_H
#define KERNEL_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* One descriptor of a process that is a socket. */
struct procfs_holder {
    pid_t pid;
    int fd;
    uint64_t inode;
    char program[64]; /* /proc/PID/comm: any bytes but NUL, mostly at most 15; "" when it could not be read */
};

/*
 * Calls visit for each descriptor, of each process that may be looked into, that is a socket; the holder is
 * only lent for the call. A visit that returns other than 0 ends the walk. 0, what visit returned, or -1 with
 * errno. *complete, where it is not NULL, says whether every process that is visible let itself be looked
 * into: without it (another user's processes, hidepid) there may be more holders.
 */
typedef int procfs_visit(const struct procfs_holder *holder, void *data);
int procfs_each_socket(procfs_visit *visit, void *data, bool *complete);

/*
 * The holders of one socket, at most max of them into holders. How many there are (more than max is
 * possible), or -1 with errno; complete as above. 0 for an inode other than 0 does not mean that nobody has
 * it, only that none is visible.
 */
int procfs_holders(uint64_t inode, struct procfs_holder *holders, int max, bool *complete);

/* Whether the descriptors of a process can be seen: 0, or -1 with errno (ESRCH: no such process; EACCES: not
 * by us). */
int procfs_readable(pid_t pid);

/* The inode behind a descriptor of a process, 0 when it is no socket. 0, or -1 with errno (ESRCH, EACCES,
 * EBADF). */
int procfs_inode(pid_t pid, int fd, uint64_t *inode);

/* The open flags (O_NONBLOCK, O_CLOEXEC …) of a descriptor of a process; -1 with errno. */
int procfs_open_flags(pid_t pid, int fd);

/* The process that a pidfd of our own stands for: its pid, 0 when it has ended or is not visible here, -1
 * with errno. */
pid_t procfs_pidfd_pid(int pidfd);

/*
 * The whole numbers of a sysctl by its dotted name ("net.ipv4.ip_local_port_range" has two). How many were
 * read, at most max, or -1 with errno (ENOENT: this kernel has none of that name; EINVAL: not a number).
 */
int procfs_sysctl(const char *name, int64_t *values, int max);

/* The text of a sysctl, without its newline. 0, or -1 with errno. */
int procfs_sysctl_text(const char *name, char *text, size_t size);

/* A counter of this network namespace by group and name in /proc/net/netstat or /proc/net/snmp. */
struct procfs_counter {
    const char *name; /* "TcpExt.ListenOverflows", "Udp.RcvbufErrors"; given by the caller */
    bool found;
    int64_t value;
};

/* Reads the counters, each file once. How many were found, or -1 with errno. */
int procfs_counters(struct procfs_counter *counters, size_t count);

/* The effective capabilities of this process, bit CAP_x set for each. 0, or -1 with errno. */
int procfs_capabilities(uint64_t *effective);

/* Descriptors: of this process and of the whole system. */
struct procfs_descriptors {
    uint64_t open, soft_limit, hard_limit; /* this process; RLIM_INFINITY is UINT64_MAX */
    uint64_t system_open, system_limit;    /* fs.file-nr */
};
int procfs_descriptors(struct procfs_descriptors *descriptors);

#endif
