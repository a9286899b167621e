/* SPDX-License-Identifier: ISC */
/* counters.c: the files of /proc, and what moved between two looks. */
#include "kernel/counters.h"

#include <string.h>

#include "base/cleanup.h"
#include "tap.h"

static void parse(struct counters *counters, enum counters_form form, const char *text)
{
    cleanup_file FILE *file = fmemopen((char *)text, strlen(text), "r");
    if (file)
        counters_parse(counters, form, file);
    counters->taken = true;
}

static const char *moved(const struct counters *before, const struct counters *after, unsigned about)
{
    static char text[512];
    char name[COUNTER_NAME_MAX];
    struct counter_move moves[3];
    size_t count = counters_moved(before, after, about, moves, 3), length = 0;
    text[0] = '\0';
    for (size_t i = 0; i < count && length < sizeof(text); i++)
        length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s %lld", i ? ", " : "",
            counter_name(moves[i].row, name, sizeof(name)), (long long)moves[i].by);
    return text;
}

static void test_pairs(void)
{
    struct counters before = {.taken = false}, after = {.taken = false};
    is_str(moved(&before, &after, COUNTER_TCP), "", "without a look nothing moved");
    parse(&before, COUNTERS_PAIRS,
        "TcpExt: Unknown ListenDrops ListenOverflows\nTcpExt: 1 5 2\nTcp: InCsumErrors\nTcp: 7\n");
    parse(&after, COUNTERS_PAIRS,
        "TcpExt: Unknown ListenDrops ListenOverflows\nTcpExt: 9 7 3\nTcp: InCsumErrors\nTcp: 7\n");
    is_str(moved(&before, &after, COUNTER_TCP | COUNTER_V4), "TcpExt.ListenOverflows 1, TcpExt.ListenDrops 2",
        "those that grew, in the order of the table");
    is_str(moved(&before, &after, COUNTER_UDP | COUNTER_V4), "", "those of another protocol are left out");
    is_str(moved(&after, &before, COUNTER_TCP), "", "nothing that fell");
}

static void test_differences(void)
{
    struct counters before = {.taken = false}, after = {.taken = false}, old = {.taken = false};
    parse(&before, COUNTERS_PAIRS, "Ip: OutRequests OutTransmits\nIp: 10 8\n");
    parse(&after, COUNTERS_PAIRS, "Ip: OutRequests OutTransmits\nIp: 15 11\n");
    parse(&old, COUNTERS_PAIRS, "Ip: OutRequests\nIp: 100\n");
    is_str(moved(&before, &after, COUNTER_V4), "Ip.OutRequests-OutTransmits 2", "a difference");
    is_str(moved(&before, &after, COUNTER_V6), "", "of the other family");
    is_str(moved(&before, &old, COUNTER_V4), "", "a kernel that lacks one of the two");
}

static void test_lines(void)
{
    struct counters before = {.taken = false}, after = {.taken = false};
    parse(&before, COUNTERS_LINES, "Udp6NoPorts   \t3\nXfrmInNoPols 1\nIp6InDiscards\n");
    parse(&after, COUNTERS_LINES, "Udp6NoPorts   \t4\nXfrmInNoPols 3\nIp6InDiscards\n");
    parse(&before, COUNTERS_CPUS, "0240068a 0000000f 00000003\nff 1\n");
    parse(&after, COUNTERS_CPUS, "0240068a 00000010 00000003\nff 2\nnot a number\n");
    is_str(moved(&before, &after, COUNTER_UDP | COUNTER_V6),
        "Udp6.NoPorts 1, softnet.dropped 2, Xfrm.XfrmInNoPols 2", "snmp6, softnet_stat and xfrm_stat");
}

/* Each CPU adds a number to the same value, and a host may have any number of them. */
static void test_cpus(void)
{
    struct counters before = {.taken = false}, after = {.taken = false};
    for (int cpu = 0; cpu < 512; cpu++) {
        parse(&before, COUNTERS_CPUS, "1 1\n");
        parse(&after, COUNTERS_CPUS, "1 2\n");
    }
    is_str(moved(&before, &after, COUNTER_TCP), "softnet.dropped 512", "512 CPUs");
}

static void test_strange(void)
{
    static const char *const texts[] = {"", "\n", "TcpExt:", "TcpExt: ListenDrops\n",
        "TcpExt: ListenDrops\nIp: 1\n", "TcpExt: ListenDrops\nTcpExt:\n",
        "TcpExt: ListenDrops\nTcpExt: 99999999999999999999\n"};
    struct counters counters = {.taken = false};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        parse(&counters, COUNTERS_PAIRS, texts[i]);
    is_int(counters.found[1], 1, "strange files are survived, and only a value counts");
}

static void test_this_host(void)
{
    struct counters now;
    ok(counters_read(&now) == 0 && now.taken && now.found[0] == 1, "this host has them");
}

int main(void)
{
    test_pairs();
    test_differences();
    test_lines();
    test_cpus();
    test_strange();
    test_this_host();
    return done();
}
