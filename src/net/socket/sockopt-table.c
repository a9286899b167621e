/* SPDX-License-Identifier: ISC */
/* THE table of socket options: those of Linux 6.1 to 6.18 that a person can use. */
#include <limits.h>
#include <linux/net_tstamp.h>
#include <stddef.h>
#include <stdint.h>
#include <strings.h>

#include "base/portability.h"
#include "net/socket/sockopt.h"

#define N   NAME_ROW
#define END NAME_END

const struct name_table names_when = {"", (const struct name[]){{WHEN_EARLY, "early"}, {WHEN_BOUND, "bound"},
                                              {WHEN_AFTER, "after"}, {WHEN_CONN, "conn"}, END}};

const struct name_table names_level = {
    "", (const struct name[]){N(SOL_SOCKET), N(IPPROTO_IP), N(IPPROTO_IPV6), N(IPPROTO_TCP), N(IPPROTO_UDP),
            {IPPROTO_IP, "SOL_IP"}, {IPPROTO_IPV6, "SOL_IPV6"}, {IPPROTO_TCP, "SOL_TCP"},
            {IPPROTO_UDP, "SOL_UDP"}, {SOL_PACKET, "SOL_PACKET"}, {SOL_NETLINK, "SOL_NETLINK"},
            {282, "SOL_TLS"}, {283, "SOL_XDP"}, {284, "SOL_MPTCP"}, {287, "SOL_VSOCK"}, END}};

/* IP_PMTUDISC_* and IPV6_PMTUDISC_* have the same values. */
static const struct name_table names_pmtudisc = {
    "IP_PMTUDISC_", (const struct name[]){N(IP_PMTUDISC_DONT), N(IP_PMTUDISC_WANT), N(IP_PMTUDISC_DO),
                        N(IP_PMTUDISC_PROBE), N(IP_PMTUDISC_INTERFACE), N(IP_PMTUDISC_OMIT), END}};

static const struct name_table names_pmtudisc6 = {
    "IPV6_PMTUDISC_", (const struct name[]){N(IPV6_PMTUDISC_DONT), N(IPV6_PMTUDISC_WANT), N(IPV6_PMTUDISC_DO),
                          N(IPV6_PMTUDISC_PROBE), {IP_PMTUDISC_INTERFACE, "IPV6_PMTUDISC_INTERFACE"},
                          {IP_PMTUDISC_OMIT, "IPV6_PMTUDISC_OMIT"}, END}};

static const struct name_table names_timestamping = {"SOF_TIMESTAMPING_",
    (const struct name[]){N(SOF_TIMESTAMPING_TX_HARDWARE), N(SOF_TIMESTAMPING_TX_SOFTWARE),
        N(SOF_TIMESTAMPING_RX_HARDWARE), N(SOF_TIMESTAMPING_RX_SOFTWARE), N(SOF_TIMESTAMPING_SOFTWARE),
        N(SOF_TIMESTAMPING_SYS_HARDWARE), N(SOF_TIMESTAMPING_RAW_HARDWARE), N(SOF_TIMESTAMPING_OPT_ID),
        N(SOF_TIMESTAMPING_TX_SCHED), N(SOF_TIMESTAMPING_TX_ACK), N(SOF_TIMESTAMPING_OPT_CMSG),
        N(SOF_TIMESTAMPING_OPT_TSONLY), N(SOF_TIMESTAMPING_OPT_STATS), N(SOF_TIMESTAMPING_OPT_PKTINFO),
        N(SOF_TIMESTAMPING_OPT_TX_SWHW), N(SOF_TIMESTAMPING_BIND_PHC),
        {1 << 16, "SOF_TIMESTAMPING_OPT_ID_TCP"}, {1 << 17, "SOF_TIMESTAMPING_OPT_RX_FILTER"},
        {1 << 18, "SOF_TIMESTAMPING_TX_COMPLETION"}, END}};

static const struct name_table names_buf_lock = {
    "SOCK_", (const struct name[]){{1, "SOCK_SNDBUF_LOCK"}, {2, "SOCK_RCVBUF_LOCK"}, END}};

static const struct name_table names_txrehash = {
    "SOCK_TXREHASH_", (const struct name[]){{255, "SOCK_TXREHASH_DEFAULT"}, {0, "SOCK_TXREHASH_DISABLED"},
                          {1, "SOCK_TXREHASH_ENABLED"}, END}};

static const struct name_table names_udp_encap = {
    "UDP_ENCAP_", (const struct name[]){{0, "UDP_ENCAP_NONE"}, {1, "UDP_ENCAP_ESPINUDP_NON_IKE"},
                      {2, "UDP_ENCAP_ESPINUDP"}, {3, "UDP_ENCAP_L2TPINUDP"}, {4, "UDP_ENCAP_GTP0"},
                      {5, "UDP_ENCAP_GTP1U"}, {6, "UDP_ENCAP_RXRPC"}, {7, "UDP_ENCAP_TCPINUDP"}, END}};

static const struct name_table names_addr_preferences = {
    "IPV6_PREFER_SRC_", (const struct name[]){{0x0001, "IPV6_PREFER_SRC_TMP"},
                            {0x0002, "IPV6_PREFER_SRC_PUBLIC"}, {0x0004, "IPV6_PREFER_SRC_COA"},
                            {0x0008, "IPV6_PREFER_SRC_CGA"}, {0x0100, "IPV6_PREFER_SRC_PUBTMP_DEFAULT"},
                            {0x0400, "IPV6_PREFER_SRC_HOME"}, {0x0800, "IPV6_PREFER_SRC_NONCGA"}, END}};

#define SOCKET(option_name, ...)                                                                             \
    {                                                                                                        \
        .name = #option_name, .level = SOL_SOCKET, .level_name = "SOL_SOCKET", .option = option_name,        \
        __VA_ARGS__                                                                                          \
    }
#define TCP(option_name, ...)                                                                                \
    {                                                                                                        \
        .name = #option_name, .level = IPPROTO_TCP, .level_name = "IPPROTO_TCP", .option = option_name,      \
        __VA_ARGS__                                                                                          \
    }
#define IP4(option_name, ...)                                                                                \
    {                                                                                                        \
        .name = #option_name, .level = IPPROTO_IP, .level_name = "IPPROTO_IP", .option = option_name,        \
        __VA_ARGS__                                                                                          \
    }
#define IP6(option_name, ...)                                                                                \
    {                                                                                                        \
        .name = #option_name, .level = IPPROTO_IPV6, .level_name = "IPPROTO_IPV6", .option = option_name,    \
        __VA_ARGS__                                                                                          \
    }
#define UDP(option_name, ...)                                                                                \
    {                                                                                                        \
        .name = #option_name, .level = IPPROTO_UDP, .level_name = "IPPROTO_UDP", .option = option_name,      \
        __VA_ARGS__                                                                                          \
    }

#define INT(low, high) .type = SOCKOPT_INT, .minimum = (low), .maximum = (high)
#define COUNT          INT(0, INT_MAX)
#define UINT32         INT(0, UINT32_MAX)
#define BOOL           .type = SOCKOPT_BOOL
#define NAME(table)    .type = SOCKOPT_NAME, .names = &(table)
#define FLAGS(table)   .type = SOCKOPT_FLAGS, .names = &(table)
#define OF(kind)       .type = SOCKOPT_##kind
#define READ_ONLY      .read_only = true
#define WRITE_ONLY     .write_only = true
#define AT(time)       .when = WHEN_##time
#define HELP(text)     .help = text

/* Sources: socket(7), tcp(7), ip(7), ipv6(7), udp(7), unix(7), *_setsockopt functions of Linux 6.18. */
const struct sockopt sockopts[] = {
    SOCKET(SO_ACCEPTCONN, BOOL, READ_ONLY, AT(AFTER), HELP("whether the socket listens")),
    SOCKET(SO_BINDTODEVICE, OF(TEXT), .maximum = 15, HELP("only this interface")),
    SOCKET(SO_BINDTOIFINDEX, OF(INTERFACE), HELP("only this interface, by its index")),
    SOCKET(
        SO_BPF_EXTENSIONS, COUNT, READ_ONLY, HELP("extensions of the packet filter that the kernel knows")),
    SOCKET(SO_BROADCAST, BOOL, HELP("allow datagrams to a broadcast address")),
    SOCKET(SO_BUF_LOCK, FLAGS(names_buf_lock), HELP("buffers that the kernel does not size by itself")),
    SOCKET(SO_BUSY_POLL, COUNT, HELP("microseconds to poll the device when a read finds nothing")),
    SOCKET(SO_BUSY_POLL_BUDGET, INT(0, USHRT_MAX), WRITE_ONLY, HELP("packets at most in one busy poll")),
    SOCKET(SO_CNX_ADVICE, INT(0, 1), WRITE_ONLY, AT(CONN),
        HELP("1: the connection fails, look for another path")),
    SOCKET(SO_COOKIE, OF(UINT64), READ_ONLY, HELP("the socket's number, unique until the next boot")),
    SOCKET(SO_DEBUG, BOOL, HELP("debugging (CAP_NET_ADMIN)")),
    SOCKET(SO_DOMAIN, NAME(names_family), READ_ONLY, HELP("the address family")),
    SOCKET(SO_DONTROUTE, BOOL, HELP("only to hosts on a directly connected network")),
    SOCKET(SO_ERROR, OF(ERRNO), READ_ONLY, .read_once = true, AT(AFTER),
        HELP("the pending error; reading clears it")),
    SOCKET(SO_INCOMING_CPU, INT(-1, INT_MAX), HELP("the CPU that handles the socket's packets")),
    SOCKET(SO_INCOMING_NAPI_ID, UINT32, READ_ONLY, AT(CONN),
        HELP("the device queue of the last packet; 0: none")),
    SOCKET(SO_INQ, BOOL, HELP("unix: each receive returns the number of bytes still queued (Linux 6.17)")),
    SOCKET(SO_KEEPALIVE, BOOL, HELP("probe an idle connection")),
    SOCKET(SO_LINGER, OF(LINGER), .maximum = INT_MAX / 1000,
        HELP("close waits so long for unsent data; 0: close sends RST")),
    SOCKET(SO_LOCK_FILTER, BOOL, HELP("the attached filter can no longer be changed")),
    SOCKET(SO_MARK, UINT32, HELP("the mark of each packet, for routing and filters (CAP_NET_ADMIN)")),
    SOCKET(SO_MAX_PACING_RATE, OF(UINT64), HELP("send at most so many bytes a second")),
    SOCKET(SO_MEMINFO, OF(MEMINFO), READ_ONLY, AT(AFTER), HELP("the memory that the socket uses")),
    SOCKET(SO_NETNS_COOKIE, OF(UINT64), READ_ONLY, HELP("the number of the network namespace")),
    SOCKET(SO_NOFCS, BOOL, HELP("packet: the frame brings its own checksum")),
    SOCKET(SO_NO_CHECK, BOOL, HELP("UDP over IPv4: send without checksum")),
    SOCKET(SO_OOBINLINE, BOOL, HELP("urgent data stays in the stream")),
    SOCKET(SO_PASSCRED, BOOL, HELP("unix: receive SCM_CREDENTIALS")),
    SOCKET(SO_PASSPIDFD, BOOL, HELP("unix: receive SCM_PIDFD (Linux 6.5)")),
    SOCKET(SO_PASSRIGHTS, BOOL, HELP("unix: take descriptors that a peer sends (Linux 6.16)")),
    SOCKET(SO_PASSSEC, BOOL, HELP("receive SCM_SECURITY")),
    SOCKET(SO_PEEK_OFF, INT(-1, INT_MAX), HELP("offset at which MSG_PEEK begins; -1: always the head")),
    SOCKET(SO_PEERCRED, OF(UCRED), READ_ONLY, AT(CONN), HELP("unix: who connected or listened")),
    SOCKET(SO_PEERGROUPS, OF(GIDS), READ_ONLY, AT(CONN), HELP("unix: the groups of the peer")),
    SOCKET(SO_PEERSEC, OF(TEXT), READ_ONLY, AT(CONN), HELP("the security context of the peer")),
    SOCKET(SO_PREFER_BUSY_POLL, BOOL, HELP("busy polling before interrupts")),
    SOCKET(SO_PRIORITY, COUNT, HELP("queueing priority; above 6 needs CAP_NET_ADMIN")),
    SOCKET(SO_PROTOCOL, NAME(names_protocol), READ_ONLY, HELP("the protocol")),
    SOCKET(SO_RCVBUF, COUNT,
        HELP("receive buffer in bytes; the kernel doubles it, and has a floor and net.core.rmem_max")),
    SOCKET(SO_RCVBUFFORCE, COUNT, WRITE_ONLY, HELP("the same above net.core.rmem_max (CAP_NET_ADMIN)")),
    SOCKET(SO_RCVLOWAT, COUNT, HELP("bytes that make the socket readable")),
    SOCKET(SO_RCVMARK, BOOL, HELP("receive the mark of each packet (SO_MARK)")),
    SOCKET(SO_RCVPRIORITY, BOOL, HELP("receive the priority of each packet (Linux 6.14)")),
    SOCKET(SO_RCVTIMEO, OF(TIMEVAL), HELP("a blocking receive gives up after so long; 0: never")),
    SOCKET(SO_RESERVE_MEM, COUNT, HELP("bytes reserved for the socket")),
    SOCKET(SO_REUSEADDR, BOOL, HELP("bind over TIME_WAIT, and over a bound socket that has it too")),
    SOCKET(SO_REUSEPORT, BOOL, HELP("share the port with others of the same user that have it too")),
    SOCKET(SO_RXQ_OVFL, BOOL, HELP("receive the count of datagrams dropped")),
    SOCKET(SO_SELECT_ERR_QUEUE, BOOL, HELP("the error queue raises POLLPRI too")),
    SOCKET(SO_SNDBUF, COUNT,
        HELP("send buffer in bytes; the kernel doubles it, and has a floor and net.core.wmem_max")),
    SOCKET(SO_SNDBUFFORCE, COUNT, WRITE_ONLY, HELP("the same above net.core.wmem_max (CAP_NET_ADMIN)")),
    SOCKET(SO_SNDLOWAT, COUNT, READ_ONLY, HELP("bytes of room that make the socket writable: always 1")),
    SOCKET(SO_SNDTIMEO, OF(TIMEVAL), HELP("a blocking send or connect gives up after so long; 0: never")),
    SOCKET(SO_TIMESTAMP, BOOL, HELP("receive the time of each packet in microseconds")),
    SOCKET(SO_TIMESTAMPING, FLAGS(names_timestamping),
        HELP("which packets are stamped, where, and how the stamps are reported")),
    SOCKET(SO_TIMESTAMPNS, BOOL, HELP("receive the time of each packet in nanoseconds")),
    SOCKET(SO_TXREHASH, NAME(names_txrehash), HELP("whether a retransmission may take another path")),
    SOCKET(SO_TYPE, NAME(names_type), READ_ONLY, HELP("the socket type")),
    SOCKET(SO_WIFI_STATUS, BOOL, HELP("receive whether the wireless peer acknowledged")),
    SOCKET(SO_ZEROCOPY, BOOL, HELP("allow MSG_ZEROCOPY")),

    TCP(TCP_CONGESTION, OF(TEXT), .maximum = 15, HELP("the congestion control algorithm")),
    TCP(TCP_CORK, BOOL, AT(CONN), HELP("hold partial segments back until it is cleared, at most 200 ms")),
    TCP(TCP_DEFER_ACCEPT, COUNT, HELP("a connection is accepted when data came, or after so many seconds")),
    TCP(TCP_DELACK_MAX_US, COUNT, HELP("the longest delay of an ACK in microseconds (Linux 6.15)")),
    TCP(TCP_FASTOPEN, COUNT, HELP("listener: queue of so many requests that bring data in the SYN")),
    TCP(TCP_FASTOPEN_CONNECT, BOOL, HELP("the first write goes out with the SYN; connect returns at once")),
    TCP(TCP_FASTOPEN_KEY, OF(BYTES), .minimum = 16, .maximum = 32,
        HELP("the key of Fast Open cookies; two may be given")),
    TCP(TCP_FASTOPEN_NO_COOKIE, BOOL, HELP("Fast Open without a cookie")),
    TCP(TCP_INQ, BOOL, HELP("each receive returns the number of bytes still queued")),
    TCP(TCP_IS_MPTCP, BOOL, READ_ONLY, AT(CONN), HELP("whether it is Multipath TCP (Linux 6.7)")),
    TCP(TCP_KEEPCNT, INT(1, 127), HELP("unanswered probes that end a connection")),
    TCP(TCP_KEEPIDLE, INT(1, 32767), HELP("idle seconds before the first probe")),
    TCP(TCP_KEEPINTVL, INT(1, 32767), HELP("seconds between probes")),
    TCP(TCP_LINGER2, INT(-1, INT_MAX), HELP("seconds that an orphan stays in FIN_WAIT2; -1: not at all")),
    TCP(TCP_MAXSEG, INT(0, 32767), HELP("the largest segment that is announced; from 88 on")),
    TCP(TCP_NODELAY, BOOL, HELP("send small segments at once (no Nagle algorithm)")),
    TCP(TCP_NOTSENT_LOWAT, UINT32, HELP("writable only while fewer unsent bytes are queued")),
    TCP(TCP_QUICKACK, BOOL, AT(CONN), HELP("acknowledge at once; the kernel changes it as it goes")),
    TCP(TCP_RTO_MAX_MS, INT(1000, 120000), HELP("the longest retransmission timeout in ms (Linux 6.15)")),
    TCP(TCP_RTO_MIN_US, COUNT, HELP("the shortest retransmission timeout in microseconds (Linux 6.15)")),
    TCP(TCP_SAVED_SYN, OF(BYTES), READ_ONLY, .read_once = true, AT(CONN),
        HELP("the SYN that was kept; reading frees it")),
    TCP(TCP_SAVE_SYN, INT(0, 2), HELP("listener: keep the headers of each SYN; 2: from the link layer on")),
    TCP(TCP_SYNCNT, INT(1, 127), HELP("SYNs that are sent again before connect fails")),
    TCP(TCP_THIN_DUPACK, BOOL,
        HELP("thin streams retransmit at the first duplicate ACK (no effect since Linux 4.16)")),
    TCP(TCP_THIN_LINEAR_TIMEOUTS, BOOL, HELP("thin streams do not double the timeout")),
    TCP(TCP_TIMESTAMP, UINT32, READ_ONLY, AT(CONN), HELP("the clock of the timestamp option")),
    TCP(TCP_TX_DELAY, COUNT, HELP("delay each packet by so many microseconds")),
    TCP(TCP_ULP, OF(TEXT), .maximum = 15, AT(CONN), HELP("the protocol on top: tls, espintcp, smc")),
    TCP(TCP_USER_TIMEOUT, COUNT,
        HELP("ms that sent data may stay unacknowledged before the connection ends")),
    TCP(TCP_WINDOW_CLAMP, COUNT, HELP("the largest window that is announced, in bytes")),

    IP4(IP_ADD_MEMBERSHIP, OF(MEMBERSHIP4), WRITE_ONLY, AT(BOUND), HELP("join a multicast group")),
    IP4(IP_ADD_SOURCE_MEMBERSHIP, OF(SOURCE4), WRITE_ONLY, AT(BOUND), HELP("join a group for one sender")),
    IP4(IP_BIND_ADDRESS_NO_PORT, BOOL, HELP("bind leaves the port to connect")),
    IP4(IP_BLOCK_SOURCE, OF(SOURCE4), WRITE_ONLY, AT(BOUND), HELP("drop one sender of a joined group")),
    IP4(IP_CHECKSUM, BOOL, HELP("receive the checksum of each datagram")),
    IP4(IP_DROP_MEMBERSHIP, OF(MEMBERSHIP4), WRITE_ONLY, AT(AFTER), HELP("leave a multicast group")),
    IP4(IP_DROP_SOURCE_MEMBERSHIP, OF(SOURCE4), WRITE_ONLY, AT(AFTER), HELP("leave a group for one sender")),
    IP4(IP_FREEBIND, BOOL, HELP("bind to an address that is not there yet")),
    IP4(IP_LOCAL_PORT_RANGE, OF(PORT_RANGE), HELP("ephemeral ports of this socket (Linux 6.3)")),
    IP4(IP_MINTTL, INT(0, 255), HELP("drop what arrives with a smaller TTL (RFC 5082)")),
    IP4(IP_MTU, COUNT, READ_ONLY, AT(CONN), HELP("the path MTU as known")),
    IP4(IP_MTU_DISCOVER, NAME(names_pmtudisc), HELP("path MTU discovery")),
    IP4(IP_MULTICAST_ALL, BOOL, HELP("receive groups that others joined on this port")),
    IP4(IP_MULTICAST_IF, OF(ADDRESS4), HELP("interface for multicast")),
    IP4(IP_MULTICAST_LOOP, BOOL, HELP("one's own multicast comes back")),
    IP4(IP_MULTICAST_TTL, INT(-1, 255), HELP("TTL of multicast; 1 by default")),
    IP4(IP_PASSSEC, BOOL, HELP("receive the security context of each datagram")),
    IP4(IP_PKTINFO, BOOL, HELP("receive the interface and the destination of each datagram")),
    IP4(IP_RECVERR, BOOL, HELP("keep ICMP errors in the error queue")),
    IP4(IP_RECVERR_RFC4884, BOOL, HELP("errors with the extensions of RFC 4884")),
    IP4(IP_RECVFRAGSIZE, BOOL, HELP("receive the largest fragment of each datagram")),
    IP4(IP_RECVOPTS, BOOL, HELP("receive the IP options of each datagram")),
    IP4(IP_RECVORIGDSTADDR, BOOL, HELP("receive the destination of each datagram before redirection")),
    IP4(IP_RECVTOS, BOOL, HELP("receive the TOS of each datagram")),
    IP4(IP_RECVTTL, BOOL, HELP("receive the TTL of each datagram")),
    IP4(IP_RETOPTS, BOOL, HELP("receive the IP options of each datagram, unprocessed")),
    IP4(IP_TOS, NAME(names_tos), .maximum = 255, HELP("type of service: DSCP and ECN")),
    IP4(IP_TRANSPARENT, BOOL, HELP("bind to foreign addresses for a transparent proxy (CAP_NET_ADMIN)")),
    IP4(IP_TTL, INT(-1, 255), HELP("time to live; -1: the default")),
    IP4(IP_UNBLOCK_SOURCE, OF(SOURCE4), WRITE_ONLY, AT(BOUND), HELP("hear a blocked sender again")),
    IP4(IP_UNICAST_IF, OF(INTERFACE_NET),
        HELP("interface for datagrams if neither bind nor a route selects one")),

    IP6(IPV6_ADDRFORM, NAME(names_family), AT(CONN),
        HELP("AF_INET: a socket with an IPv4 peer becomes an IPv4 one")),
    IP6(IPV6_ADDR_PREFERENCES, FLAGS(names_addr_preferences),
        HELP("which source address is preferred (RFC 5014)")),
    IP6(IPV6_ADD_MEMBERSHIP, OF(MEMBERSHIP6), WRITE_ONLY, AT(BOUND), HELP("join a multicast group")),
    IP6(IPV6_AUTOFLOWLABEL, BOOL, HELP("flow labels from the flow's hash")),
    IP6(IPV6_DONTFRAG, BOOL, HELP("never fragment: too long is EMSGSIZE")),
    IP6(IPV6_DROP_MEMBERSHIP, OF(MEMBERSHIP6), WRITE_ONLY, AT(AFTER), HELP("leave a multicast group")),
    IP6(IPV6_FLOWINFO, BOOL, HELP("receive the flow label of each datagram")),
    IP6(IPV6_FLOWINFO_SEND, BOOL, HELP("sin6_flowinfo of connect and send counts")),
    IP6(IPV6_FREEBIND, BOOL, HELP("bind to an address that is not there yet")),
    IP6(IPV6_JOIN_ANYCAST, OF(MEMBERSHIP6), WRITE_ONLY, AT(BOUND), HELP("take an anycast address")),
    IP6(IPV6_LEAVE_ANYCAST, OF(MEMBERSHIP6), WRITE_ONLY, AT(AFTER), HELP("give an anycast address up")),
    IP6(IPV6_MINHOPCOUNT, INT(0, 255), HELP("drop what arrives with a smaller hop limit (RFC 5082)")),
    IP6(IPV6_MTU, INT(0, INT_MAX), AT(CONN),
        HELP("the path MTU as known; set: no larger than this, from 1280 on")),
    IP6(IPV6_MTU_DISCOVER, NAME(names_pmtudisc6), HELP("path MTU discovery")),
    IP6(IPV6_MULTICAST_ALL, BOOL, HELP("receive groups that others joined on this port")),
    IP6(IPV6_MULTICAST_HOPS, INT(-1, 255), HELP("hop limit of multicast; -1: the default, 1")),
    IP6(IPV6_MULTICAST_IF, OF(INTERFACE), HELP("interface for multicast")),
    IP6(IPV6_MULTICAST_LOOP, BOOL, HELP("one's own multicast comes back")),
    IP6(IPV6_RECVDSTOPTS, BOOL, HELP("receive the destination options of each datagram")),
    IP6(IPV6_RECVERR, BOOL, HELP("keep ICMPv6 errors in the error queue")),
    IP6(IPV6_RECVERR_RFC4884, BOOL, HELP("errors with the extensions of RFC 4884")),
    IP6(IPV6_RECVFRAGSIZE, BOOL, HELP("receive the largest fragment of each datagram")),
    IP6(IPV6_RECVHOPLIMIT, BOOL, HELP("receive the hop limit of each datagram")),
    IP6(IPV6_RECVHOPOPTS, BOOL, HELP("receive the hop-by-hop options of each datagram")),
    IP6(IPV6_RECVORIGDSTADDR, BOOL, HELP("receive the destination of each datagram before redirection")),
    IP6(IPV6_RECVPATHMTU, BOOL, HELP("receive changes of the path MTU")),
    IP6(IPV6_RECVPKTINFO, BOOL, HELP("receive the interface and the destination of each datagram")),
    IP6(IPV6_RECVRTHDR, BOOL, HELP("receive the routing header of each datagram")),
    IP6(IPV6_RECVTCLASS, BOOL, HELP("receive the traffic class of each datagram")),
    IP6(IPV6_TCLASS, NAME(names_tos), .maximum = 255, HELP("traffic class: DSCP and ECN; -1: the default")),
    IP6(IPV6_TRANSPARENT, BOOL, HELP("bind to foreign addresses for a transparent proxy (CAP_NET_ADMIN)")),
    IP6(IPV6_UNICAST_HOPS, INT(-1, 255), HELP("hop limit; -1: the default")),
    IP6(IPV6_UNICAST_IF, OF(INTERFACE_NET),
        HELP("interface for datagrams if neither bind nor a route selects one")),
    IP6(IPV6_V6ONLY, BOOL, HELP("no IPv4 on this socket")),

    UDP(UDP_CORK, BOOL, AT(AFTER), HELP("gather what is sent into one datagram until it is cleared")),
    UDP(UDP_ENCAP, NAME(names_udp_encap), HELP("datagrams carry another protocol")),
    UDP(UDP_GRO, BOOL, HELP("receive several datagrams of one sender at once")),
    UDP(UDP_NO_CHECK6_RX, BOOL, HELP("IPv6: take datagrams without checksum")),
    UDP(UDP_NO_CHECK6_TX, BOOL, HELP("IPv6: send datagrams without checksum")),
    UDP(UDP_SEGMENT, INT(0, USHRT_MAX), HELP("what is sent is cut into datagrams of so many bytes")),
    {.name = NULL},
};

/* The same options by the names of RFC 3493 and of older headers. */
static const struct {
    const char *name, *row;
} aliases[] = {
    {"IPV6_JOIN_GROUP", "IPV6_ADD_MEMBERSHIP"},
    {"IPV6_LEAVE_GROUP", "IPV6_DROP_MEMBERSHIP"},
    {"IP_RECVRETOPTS", "IP_RETOPTS"},
    {"IP_ORIGDSTADDR", "IP_RECVORIGDSTADDR"},
    {"IPV6_ORIGDSTADDR", "IPV6_RECVORIGDSTADDR"},
};

const struct sockopt *sockopt_find(const char *name)
{
    for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
        if (strcasecmp(aliases[i].name, name) == 0)
            name = aliases[i].row;
    for (const struct sockopt *row = sockopts; row->name; row++)
        if (strcasecmp(row->name, name) == 0)
            return row;
    return NULL;
}

const struct sockopt *sockopt_find_number(int level, int option)
{
    for (const struct sockopt *row = sockopts; row->name; row++)
        if (row->level == level && row->option == option)
            return row;
    return NULL;
}
