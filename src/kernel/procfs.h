/* SPDX-License-Identifier: ISC */
/*
 * What /proc says about sockets and their holders, limits, sysctls and counters. Anything may vanish while it
 * is read, and program names are foreign bytes: print them escaped.
 */
#ifndef KERNEL_PROCFS_H
#define KERNEL_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A descriptor of a process that is a socket. */
struct procfs_holder {
    pid_t pid;
    int fd;
    uint64_t inode;
    char program[64]; /* /proc/PID/comm: any bytes but NUL, usually at most 15; "" if it could not be read */
};

/*
 * Calls visit for each socket among the descriptors of each process that may be inspected; the holder is
 * valid only during the call. A visit that returns other than 0 ends the walk. 0, what visit returned, or -1
 * with errno. *complete, if complete is not NULL, says whether every visible process could be inspected: if
 * not (another user's processes, hidepid), there may be more holders.
 */
typedef int procfs_visit(const struct procfs_holder *holder, void *data);
int procfs_each_socket(procfs_visit *visit, void *data, bool *complete);

/*
 * Copies the holders of one socket, at most max. Returns how many there are (perhaps more than max), or -1
 * with errno; complete as above. 0 for an inode other than 0 means that no holder is visible, not that there
 * is none.
 */
int procfs_holders(uint64_t inode, struct procfs_holder *holders, int max, bool *complete);

/* Why a socket with an inode has no holder to be seen. readable: /proc could be read; complete as above. */
const char *procfs_unseen(bool readable, bool complete);

/* Whether the descriptors of a process can be read: 0, or -1 with errno (ESRCH: no such process; EACCES: not
 * permitted; ENOENT: there is no /proc). */
int procfs_readable(pid_t pid);

/* The process of a thread, by its number; -1 if there is no such thread (any more). */
pid_t procfs_thread_process(pid_t thread);

/* The name of a process or a thread, as in struct procfs_holder; "" if it cannot be read. */
void procfs_program(pid_t process, char *program, size_t size);

/* Whether this is the initial PID namespace, whose numbers the kernel's own reports have. */
bool procfs_is_initial(void);

/* The inode of a descriptor of a process; 0 if it is not a socket. 0, or -1 with errno (as above,
 * EBADF). */
int procfs_inode(pid_t pid, int fd, uint64_t *inode);

/* The open flags (O_NONBLOCK, O_CLOEXEC …) of a descriptor of a process; -1 with errno. */
int procfs_open_flags(pid_t pid, int fd);

/* The pid of the process behind our own pidfd; 0 if it has ended or is not visible here, -1 with errno. */
pid_t procfs_pidfd_pid(int pidfd);

/*
 * The whole numbers of a sysctl by its dotted name ("net.ipv4.ip_local_port_range" has two), where a dot
 * of an interface's name is a slash (sysctl(8)). How many were
 * read, at most max, or -1 with errno (ENOENT: this kernel has none of that name; EINVAL: not a number).
 */
int procfs_sysctl(const char *name, int64_t *values, int max);

/* The text of a sysctl, without its newline. 0, or -1 with errno. */
int procfs_sysctl_text(const char *name, char *text, size_t size);

/* A counter of this network namespace by group and name in /proc/net/netstat or /proc/net/snmp; the group
 * Xfrm is that of /proc/net/xfrm_stat. */
struct procfs_counter {
    const char *name; /* "TcpExt.ListenOverflows", "Udp.RcvbufErrors"; given by the caller */
    bool found;
    int64_t value;
};

/* Reads the counters, each file once. Returns how many were found, or -1 with errno. */
int procfs_counters(struct procfs_counter *counters, size_t count);

/* The effective capabilities of this process: bit CAP_x is set for each. 0, or -1 with errno. */
int procfs_capabilities(uint64_t *effective);

/* Whether the kernel has sockets of the family (AF_INET, AF_INET6, AF_UNIX): 1, 0, or -1 if unknown. */
int procfs_has_family(int family);

/* How many seccomp filters apply to this process (before Linux 5.9: 1 for any); 0 also if unknown. */
int procfs_seccomp(void);

/* Descriptors: of this process and of the whole system. */
struct procfs_descriptors {
    uint64_t open, soft_limit, hard_limit; /* this process; RLIM_INFINITY is UINT64_MAX */
    uint64_t system_open, system_limit;    /* fs.file-nr */
};
int procfs_descriptors(struct procfs_descriptors *descriptors);

#endif
