/* SPDX-License-Identifier: ISC */
/* kernel/procfs and kernel/tcpinfo against what this process itself is and has. */
#include "kernel/names.h"
#include "kernel/procfs.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/number.h"
#include "kernel/sockdiag/holders.h"
#include "kernel/tcpinfo.h"
#include "tests/unit/tap.h"

static void test_holders(void)
{
    static const char program[] = "a)\n\x1b[31m b";
    struct procfs_holder holders[4];
    struct stat status;
    bool complete;
    cleanup_fd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cleanup_fd int same = dup(fd);
    if (fstat(fd, &status) < 0 || prctl(PR_SET_NAME, program) < 0)
        exit(1);
    is_int(procfs_holders(status.st_ino, holders, 4, &complete), 2,
        "a socket with two descriptors has two holders");
    ok(holders[0].pid == getpid() && holders[1].pid == getpid(), "both of this process");
    ok(holders[0].fd + holders[1].fd == fd + same, "each with its descriptor");
    is_str(holders[0].program, program, "the program's name is told byte for byte");
    is_int(procfs_holders(status.st_ino, holders, 1, NULL), 2, "holders that find no room are counted");
    is_int(procfs_holders(1, holders, 4, NULL), 0, "an inode that is no socket has none");
}

static void test_table(void)
{
    struct stat status, late;
    size_t count;
    cleanup_fd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cleanup_fd int same = dup(fd);
    cleanup_holders struct holders holders = {.items = NULL};
    if (fstat(fd, &status) < 0 || holders_read(&holders, 0) < 0)
        exit(1);
    const struct procfs_holder *found = holders_find(&holders, status.st_ino, &count);
    ok(found && count == 2 && found[0].fd == fd && found[1].fd == same, "the table has both, in their order");
    cleanup_fd int after = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fstat(after, &late) < 0)
        exit(1);
    found = holders_find(&holders, late.st_ino, &count);
    ok(found && count == 1 && found[0].fd == after, "one that came later is found too");
    ok(!holders_find(&holders, 0, &count) && count == 0, "what has no inode has no holder");
    holders_free(&holders);
    if (holders_read(&holders, getpid()) < 0)
        exit(1);
    ok(!holders_find(&holders, status.st_ino, &count), "nor has what only a process that is left out has");
}

static void test_sysctl(void)
{
    int64_t values[3];
    is_int(procfs_sysctl("net.ipv4.ip_local_port_range", values, 3), 2, "a sysctl of two numbers");
    ok(values[0] > 0 && values[0] <= values[1] && values[1] <= 65535, "which are ports");
    ok(procfs_sysctl("net.core.no_such", values, 1) < 0 && errno == ENOENT, "a missing sysctl is ENOENT");
    ok(procfs_sysctl("net.ipv4.tcp_congestion_control", values, 1) < 0 && errno == EINVAL,
        "a text is EINVAL");
}

static void test_counters(void)
{
    struct procfs_counter counters[] = {{.name = "TcpExt.ListenOverflows"}, {.name = "Udp.InDatagrams"},
        {.name = "TcpExt.NoSuch"}, {.name = "Tcp.OutSegs"}};
    is_int(procfs_counters(counters, 4), 3, "counters of netstat and snmp");
    ok(counters[0].found && counters[1].found && counters[3].found && !counters[2].found,
        "are found by name");
}

static void test_descriptors(void)
{
    struct procfs_descriptors before, after;
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    ok(procfs_descriptors(&before) == 0 && before.soft_limit == limit.rlim_cur, "the limit of descriptors");
    cleanup_fd int fd = dup(0);
    procfs_descriptors(&after);
    is_int((intmax_t)after.open, (intmax_t)before.open + 1, "and how many are open");
    ok(fd != -1 && after.system_open > 0 && after.system_limit > 0, "here and in the whole system");
}

static void test_users(void)
{
    char name[64];
    const struct passwd *entry = getpwuid(0);
    is_str(procfs_user(0, name, sizeof(name)), entry ? entry->pw_name : NULL, "a user's name");
    is_str(procfs_user(3999999999u, name, sizeof(name)), NULL, "a uid without one");
}

static void test_capabilities(void)
{
    uint64_t capabilities;
    ok(procfs_capabilities(&capabilities) == 0, "the capabilities are read");
    ok(prctl(PR_CAPBSET_READ, 10) == 1 || !(capabilities >> 10 & 1),
        "none is held that the bounding set forbids");
}

static const struct tcpinfo_member *member_of(const char *name)
{
    for (size_t i = 0; i < tcpinfo_member_count; i++)
        if (strcmp(tcpinfo_members[i].name, name) == 0)
            return &tcpinfo_members[i];
    exit(1);
}

static void test_tcpinfo(void)
{
    unsigned char bytes[300] = {0};
    struct tcpinfo info;
    const uint64_t rate = UINT64_MAX;
    const uint32_t rtt = 12345;
    cleanup_fd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cleanup_fd int other = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ok(tcpinfo_read(fd, &info) == 0 && info.length >= 232 && info.is.tcpi_state == 7,
        "TCP_INFO of a new socket: CLOSE");
    ok(tcpinfo_read(other, &info) < 0 && info.length == 0, "and none of a UDP socket");

    memcpy(bytes + 68, &rtt, sizeof(rtt));
    memcpy(bytes + 104, &rate, sizeof(rate));
    bytes[6] = 0x73;
    tcpinfo_from_bytes(&info, bytes, 112);
    is_int((intmax_t)tcpinfo_value(&info, member_of("tcpi_rtt")), rtt, "a member is where the kernel has it");
    ok(tcpinfo_value_is_none(
           member_of("tcpi_pacing_rate"), tcpinfo_value(&info, member_of("tcpi_pacing_rate"))),
        "all ones is no limit");
    ok(tcpinfo_has(&info, member_of("tcpi_pacing_rate")) &&
            !tcpinfo_has(&info, member_of("tcpi_max_pacing_rate")),
        "an older kernel has fewer members");
    is_int((intmax_t)(tcpinfo_value(&info, member_of("tcpi_snd_wscale")) * 16 +
                      tcpinfo_value(&info, member_of("tcpi_rcv_wscale"))),
        __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0x37 : 0x73, "bit-fields are taken apart");
    tcpinfo_from_bytes(&info, bytes, sizeof(bytes));
    is_int((intmax_t)info.length, 280, "a newer kernel's further members are left");
}

static enum tcpinfo_limit judged(
    uint64_t busy, uint64_t receiver, uint64_t buffer, uint64_t again, uint32_t unsent, bool full)
{
    struct tcpinfo info = {.length = sizeof(info.is)};
    info.is.tcpi_data_segs_out = 1;
    info.is.tcpi_busy_time = busy;
    info.is.tcpi_rwnd_limited = receiver;
    info.is.tcpi_sndbuf_limited = buffer;
    info.is.tcpi_bytes_sent = 1000;
    info.is.tcpi_bytes_retrans = again;
    info.is.tcpi_notsent_bytes = unsent;
    return tcpinfo_judge(&info, full).limit;
}

static void test_verdict(void)
{
    struct tcpinfo idle = {.length = sizeof(idle.is)}, old = {.length = 104};
    /* Six seconds of network, then three of a closed window: the window is what limits now. */
    struct tcpinfo before = {.length = sizeof(before.is),
        .is = {.tcpi_busy_time = 6000000, .tcpi_bytes_sent = 9000, .tcpi_data_segs_out = 9}};
    struct tcpinfo now = before;
    now.is.tcpi_busy_time += 3000000;
    now.is.tcpi_rwnd_limited += 2900000;
    struct tcpinfo since = tcpinfo_since(&now, &before);
    is_int(tcpinfo_judge(&since, false).limit, TCPINFO_LIMIT_RECEIVER, "of an interval, what limits in it");
    ok(!tcpinfo_receives(&now, &since), "one that has sent only is no receiver");
    struct tcpinfo receiver = {.length = sizeof(receiver.is),
        .is = {.tcpi_bytes_received = 9000, .tcpi_bytes_sent = 10, .tcpi_rcv_wnd = 500}};
    ok(tcpinfo_receives(&receiver, &receiver), "one that received more than it sent is");
    is_int(tcpinfo_judge_receiver(&receiver, 8000), TCPINFO_LIMIT_READER, "limited by its reader");
    is_int(tcpinfo_judge_receiver(&receiver, 0), TCPINFO_LIMIT_SENDER, "or by its sender");
    is_int(tcpinfo_judge(&idle, false).limit, TCPINFO_LIMIT_IDLE, "nothing sent, nothing limited");
    is_int(tcpinfo_judge(&old, false).limit, TCPINFO_LIMIT_UNKNOWN, "an old kernel does not tell");
    is_int(judged(100, 60, 0, 0, 5, false), TCPINFO_LIMIT_RECEIVER, "most of the time the window was full");
    is_int(judged(100, 0, 60, 0, 5, false), TCPINFO_LIMIT_SEND_BUFFER, "or the send buffer");
    is_int(judged(100, 0, 0, 50, 5, false), TCPINFO_LIMIT_LOSS, "or segments were lost");
    is_int(judged(100, 0, 0, 0, 5, false), TCPINFO_LIMIT_CONGESTION, "or the network took no more");
    is_int(judged(100, 0, 0, 0, 0, false), TCPINFO_LIMIT_APPLICATION, "or nothing waits to be sent");
    is_int(judged(100, 0, 0, 0, 0, true), TCPINFO_LIMIT_SEND_BUFFER, "but for want of room in the buffer");
    is_int(judged(100, 0, 0, 0, 5, true), TCPINFO_LIMIT_CONGESTION, "a full buffer alone limits nothing");
}

/* Retransmission timeouts of 200 ms, doubled each time; the timer has run for 0.1 s since the last one. */
static void test_unacknowledged(void)
{
    struct tcpinfo info = {.length = sizeof(info.is)};
    info.is.tcpi_state = 1;
    info.is.tcpi_rto = 1600000;
    info.is.tcpi_backoff = 3;
    info.is.tcpi_last_ack_recv = 60000;
    is_int(tcpinfo_unacknowledged(&info, 3, 1500 * NS_PER_MS), 1500 * NS_PER_MS,
        "200 + 400 + 800 ms, and what has passed of the fourth timeout");
    info.is.tcpi_last_ack_recv = 900;
    is_int(tcpinfo_unacknowledged(&info, 3, 1500 * NS_PER_MS), 900 * NS_PER_MS,
        "but no longer than since an ACK");
    is_int(tcpinfo_unacknowledged(&info, 0, 1500 * NS_PER_MS), 0, "nothing is sent again");
    info.is.tcpi_state = 2;
    info.is.tcpi_rto = 1000000;
    info.is.tcpi_backoff = 0;
    is_int(tcpinfo_unacknowledged(&info, 3, 500 * NS_PER_MS), 3500 * NS_PER_MS,
        "SYNs whose timeout does not double, before any ACK");
    info.length = 0;
    is_int(tcpinfo_unacknowledged(&info, 3, 0), 0, "nothing is known");
}

int main(void)
{
    test_unacknowledged();
    test_holders();
    test_table();
    test_sysctl();
    test_counters();
    test_descriptors();
    test_users();
    test_capabilities();
    test_tcpinfo();
    test_verdict();
    return done();
}
