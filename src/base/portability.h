/* SPDX-License-Identifier: ISC */
/*
 * What the headers of Linux 6.1, glibc 2.36 or musl 1.2 lack. Constants have the numbers of include/uapi of
 * Linux 6.18, functions behave as their manual pages say. Include it instead of the headers that it includes.
 */
#ifndef BASE_PORTABILITY_H
#define BASE_PORTABILITY_H

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

/* Socket options, as on all architectures but mips, parisc and sparc. */
#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif
#ifndef SO_BUF_LOCK
#define SO_BUF_LOCK 72
#endif
#ifndef SO_RESERVE_MEM
#define SO_RESERVE_MEM 73
#endif
#ifndef SO_TXREHASH
#define SO_TXREHASH 74
#endif
#ifndef SO_RCVMARK
#define SO_RCVMARK 75
#endif
#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76
#endif
#ifndef SO_RCVPRIORITY
#define SO_RCVPRIORITY 82
#endif
#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83
#endif
#ifndef SO_INQ
#define SO_INQ 84
#endif
#ifndef TCP_IS_MPTCP
#define TCP_IS_MPTCP 43
#endif
#ifndef TCP_RTO_MAX_MS
#define TCP_RTO_MAX_MS 44
#endif
#ifndef TCP_RTO_MIN_US
#define TCP_RTO_MIN_US 45
#endif
#ifndef TCP_DELACK_MAX_US
#define TCP_DELACK_MAX_US 46
#endif
#ifndef UDP_NO_CHECK6_TX
#define UDP_NO_CHECK6_TX 101
#define UDP_NO_CHECK6_RX 102
#endif
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif
#ifndef IP_RECVERR_RFC4884
#define IP_RECVERR_RFC4884 26
#endif
#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE 51
#endif
/* Only in <linux/in6.h>, which conflicts with <netinet/in.h>. */
#ifndef IPV6_FLOWINFO
#define IPV6_FLOWINFO 11
#endif
#ifndef IPV6_MULTICAST_ALL
#define IPV6_MULTICAST_ALL 29
#endif
#ifndef IPV6_ROUTER_ALERT_ISOLATE
#define IPV6_ROUTER_ALERT_ISOLATE 30
#endif
#ifndef IPV6_RECVERR_RFC4884
#define IPV6_RECVERR_RFC4884 31
#endif
#ifndef IPV6_FLOWINFO_SEND
#define IPV6_FLOWINFO_SEND 33
#endif

/* A bit of tcpi_options. */
#ifndef TCPI_OPT_SYN_DATA
#define TCPI_OPT_SYN_DATA 32
#endif

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

/* Values of h_errno that glibc adds. musl never sets them. */
#ifndef NETDB_INTERNAL
#define NETDB_INTERNAL (-1)
#define NETDB_SUCCESS  0
#endif

/* International names by the locale are glibc's: a flag that is 0 has no name in the tables. */
#ifndef AI_IDN
#define AI_IDN      0
#define AI_CANONIDN 0
#endif
#ifndef NI_IDN
#define NI_IDN 0
#endif

/* The next gethostbyname() or gethostbyaddr() returns the same structure, so that what the first returned may
 * be read after it; musl frees it. */
#ifdef __GLIBC__
#define HOSTENT_STAYS 1
#else
#define HOSTENT_STAYS 0
#endif

/* What the write function of fopencookie() returns if it failed: glibc wants 0, musl a negative number. */
#ifdef __GLIBC__
#define COOKIE_FAILED 0
#else
#define COOKIE_FAILED (-1)
#endif

#ifndef RWF_NOWAIT
#define RWF_NOWAIT 8
#endif
#ifndef HAVE_PWRITEV2
ssize_t pwritev2(int fd, const struct iovec *pieces, int count, off_t offset, int flags);
#endif

#ifndef HAVE_STATX
#include <linux/stat.h>
int statx(int directory, const char *path, int flags, unsigned mask, struct statx *status);
#endif

#endif
