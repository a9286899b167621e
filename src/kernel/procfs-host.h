/* SPDX-License-Identifier: ISC */
/* What /proc says about the memory of all sockets, IPv6 addresses, and the descriptors of a process. */
#ifndef KERNEL_PROCFS_HOST_H
#define KERNEL_PROCFS_HOST_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Of /proc/net/sockstat, which has IPv6 in these too; -1: not known. Memory in pages, of the whole system, as
 * the orphans are. */
struct procfs_sockstat {
    int64_t orphans, time_wait, tcp_pages, udp_pages;
};
void procfs_sockstat(struct procfs_sockstat *sockstat);

/* Whether an address of this host is deprecated (IFA_F_DEPRECATED). */
bool procfs_is_deprecated(const struct in6_addr *address);

/* The open descriptors of a process, and its soft limit. 0, or -1 with errno. */
int procfs_process_descriptors(pid_t pid, uint64_t *open, uint64_t *limit);

#endif
