/* SPDX-License-Identifier: ISC */
/* net/sockopt: -o's texts, and what a real socket makes of them. */
#include "net/socket/sockopt.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tests/unit/tap.h"

static char error[512];

/* The setting of one text; NULL when it was refused, with error saying why. */
static const struct setting *added(const char *text)
{
    static struct settings settings;
    error[0] = '\0';
    settings.count = 0;
    return settings_add(&settings, text, error, sizeof(error)) ? &settings.items[0] : NULL;
}

/* The value of a text and back. */
static const char *round_trip(const char *text)
{
    static char buffer[SOCKOPT_TEXT_MAX];
    const struct setting *setting = added(text);
    return setting
               ? sockopt_value_text(setting->option, setting->value, setting->length, buffer, sizeof(buffer))
               : error;
}

static void test_names(void)
{
    ok(added("SO_RCVBUF=1000"), "a C name and a value");
    ok(added("so_rcvbuf=1000") && strcmp(added("so_rcvbuf=1")->name, "SO_RCVBUF") == 0, "in any case");
    ok(added("SO_RCVBUF")->read_only, "without a value it is only read");
    ok(!added("SO_RCVBOF=1") && strstr(error, "'SO_RCVBOF'") && strstr(error, "did you mean SO_RCVBUF?"),
        "an unknown name and the nearest one");
    ok(!added("=1") && !added(""), "an empty name");
    ok(!added("SO_TYPE=1") && strstr(error, "SO_TYPE can only be read"), "one that can only be read");
    ok(!added("IP_ADD_MEMBERSHIP") && strstr(error, "needs a value"), "one that can only be set");
    is_int(added("IPV6_JOIN_GROUP=ff02::1")->number, IPV6_ADD_MEMBERSHIP, "an older name");
}

static void test_numbers(void)
{
    const struct setting *setting = added("IPPROTO_TCP:1=1");
    is_str(setting->name, "TCP_NODELAY", "a level and a number find the row");
    setting = added("6:99=7");
    ok(setting->option->type == SOCKOPT_RAW && setting->level == 6 && setting->number == 99,
        "one without a row");
    is_str(setting->name, "6:99", "its name is its numbers");
    is_str(added("SOL_SOCKET:SO_RCVBUF=1")->name, "SO_RCVBUF", "a level and a name");
    ok(!added("IPPROTO_TCP:SO_RCVBUF=1") && strstr(error, "'SO_RCVBUF'"), "a name of another level");
    ok(!added("IPPROTO_TCPP:1=1") && strstr(error, "did you mean IPPROTO_TCP"), "an unknown level");
}

static void test_times(void)
{
    is_int(added("SO_RCVBUF=1")->when, WHEN_EARLY, "SO_RCVBUF's own time");
    is_int(added("TCP_CORK=1")->when, WHEN_CONN, "TCP_CORK's own time");
    is_int(added("after:SO_RCVBUF=1")->when, WHEN_AFTER, "another time");
    is_int(added("CONN:IPPROTO_TCP:1=1")->when, WHEN_CONN, "a time and a level");
    ok(!added("late:SO_RCVBUF=1") && strstr(error, "'late'"), "an unknown time");
}

static void test_values(void)
{
    is_str(round_trip("SO_RCVBUF=0x400"), "1024", "hexadecimal");
    is_str(round_trip("SO_RCVBUF=64K"), "65536", "a size");
    is_str(round_trip("SO_MARK=0xffffffff"), "4294967295", "an unsigned one");
    is_str(round_trip("IP_TTL=256"), "IP_TTL: '256' is too large (-1 to 255)", "too large");
    is_str(round_trip("IP_TTL=x"), "IP_TTL: 'x' is invalid (-1 to 255)", "no number");
    is_str(round_trip("SO_KEEPALIVE=on"), "1", "on");
    is_str(round_trip("SO_KEEPALIVE=0"), "0", "0");
    is_str(round_trip("SO_KEEPALIVE=2"), "SO_KEEPALIVE: '2' is neither 1 (on) nor 0 (off)", "no truth");
    is_str(round_trip("IP_MTU_DISCOVER=do"), "IP_PMTUDISC_DO", "a constant without its prefix");
    is_str(round_trip("IP_MTU_DISCOVER=3"), "IP_PMTUDISC_PROBE", "a constant by its number");
    ok(strstr(round_trip("IP_MTU_DISCOVER=IP_PMTUDISC_PROB"), "did you mean IP_PMTUDISC_PROBE?"),
        "a near constant");
    is_str(round_trip("SO_BUF_LOCK=SOCK_RCVBUF_LOCK,1"), "SOCK_SNDBUF_LOCK|SOCK_RCVBUF_LOCK", "flags");
    is_str(round_trip("SO_RCVTIMEO=1.5"), "1.50 s", "a duration");
    is_str(round_trip("SO_LINGER=5"), "l_onoff 1 l_linger 5", "a linger time");
    is_str(round_trip("SO_LINGER=off"), "l_onoff 0 l_linger 0", "no linger time");
    ok(!added("SO_LINGER=0.5"), "half a second of linger");
    is_str(round_trip("TCP_CONGESTION=cubic"), "cubic", "a text");
    ok(!added("SO_BINDTODEVICE=an-interface-too-long"), "a text that is too long");
    is_str(round_trip("SO_MAX_PACING_RATE=unlimited"), "unlimited", "no limit");
    is_str(round_trip("IP_LOCAL_PORT_RANGE=40000-40010"), "40000-40010", "a range of ports");
    ok(!added("IP_LOCAL_PORT_RANGE=40000"), "half a range");
    is_str(round_trip("IP_ADD_MEMBERSHIP=239.1.2.3"), "239.1.2.3,0.0.0.0", "a group");
    is_str(
        round_trip("IP_ADD_MEMBERSHIP=239.1.2.3,127.0.0.1"), "239.1.2.3,127.0.0.1", "a group and an address");
    is_str(round_trip("IP_ADD_MEMBERSHIP=239.1.2.3,lo"), "239.1.2.3,lo", "a group and an interface");
    ok(!added("IP_ADD_MEMBERSHIP=239.1.2"), "no address");
    is_str(round_trip("IP_ADD_SOURCE_MEMBERSHIP=232.1.2.3,127.0.0.2"), "232.1.2.3,127.0.0.2,0.0.0.0",
        "a source");
    ok(!added("IP_ADD_SOURCE_MEMBERSHIP=232.1.2.3"), "a source that is missing");
    is_str(round_trip("IPV6_ADD_MEMBERSHIP=ff02::77,lo"), "ff02::77,lo", "an IPv6 group");
    is_str(round_trip("TCP_FASTOPEN_KEY=00112233445566778899aabbccddeeff"),
        "00112233445566778899aabbccddeeff", "bytes");
    ok(!added("TCP_FASTOPEN_KEY=0011"), "too few bytes");
}

static void test_bounds(void)
{
    struct settings settings = {.count = 0};
    bool all = true;
    for (int i = 0; i < SETTINGS_MAX; i++)
        all = settings_add(&settings, "TCP_NODELAY=1", error, sizeof(error)) && all;
    ok(all && !settings_add(&settings, "TCP_NODELAY=1", error, sizeof(error)), "one too many is refused");
    ok(settings_has(&settings, IPPROTO_TCP, TCP_NODELAY), "an option that was set");
    ok(!settings_has(&settings, IPPROTO_TCP, TCP_CORK), "an option that was not");
}

static void test_apply(void)
{
    struct sink sink = {.level = LEVEL_ERRORS};
    struct settings settings = {.count = 0};
    struct failure failure = {.phase = PHASE_NONE};
    int value = 0;
    socklen_t length = sizeof(value);
    cleanup_fd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    settings_add(&settings, "IP_TTL=7", error, sizeof(error));
    settings_add(&settings, "after:IP_TTL=9", error, sizeof(error));
    settings_add_for(&settings, AF_INET6, "IPV6_UNICAST_HOPS", "7", error, sizeof(error));
    is_int(settings_apply(&sink, fd, &settings, WHEN_EARLY, 0, &failure), 0, "the early ones are set");
    getsockopt(fd, IPPROTO_IP, IP_TTL, &value, &length);
    is_int(value, 7, "and only those, and none of another family");
    settings_apply(&sink, fd, &settings, WHEN_AFTER, 0, &failure);
    getsockopt(fd, IPPROTO_IP, IP_TTL, &value, &length);
    is_int(value, 9, "later the later ones");
    settings.count = 0;
    settings_add(&settings, "TCP_CONGESTION=nosuch", error, sizeof(error));
    is_int(settings_apply(&sink, fd, &settings, WHEN_EARLY, 0, &failure), -1,
        "what the kernel refuses is a failure");
    ok(failure.phase == PHASE_LOCAL && failure.error == ENOENT, "with its phase and errno");
    is_str(failure.name, "TCP_CONGESTION", "and its name");
}

/* Every row can be read from a socket of its level, unless it says otherwise: no row has a wrong number. */
static void test_table(void)
{
    struct sink sink = {.level = LEVEL_ERRORS};
    int wrong = 0, read = 0;
    for (const struct sockopt *row = sockopts; row->name; row++) {
        unsigned char value[SOCKOPT_READ_MAX];
        char text[SOCKOPT_TEXT_MAX];
        socklen_t length = sizeof(value);
        bool datagram = row->level == IPPROTO_UDP || strncmp(row->name, "SO_NO_", 6) == 0;
        cleanup_fd int fd = socket(row->level == IPPROTO_IPV6 ? AF_INET6 : AF_INET,
            (datagram ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
        if (row[1].name && row->level == row[1].level && strcmp(row->name, row[1].name) > 0)
            printf("# %s is not in order\n", row->name), wrong++;
        if (row->write_only || fd < 0)
            continue;
        if (sockopt_read(&sink, fd, row, value, &length) == 0) {
            read++;
            printf("# %s = %s\n", row->name, sockopt_value_text(row, value, length, text, sizeof(text)));
        } else {
            /* Newer than this kernel, of another kind of socket, or of a connection. */
            printf("# %s: %s\n", row->name, strerror(errno));
        }
    }
    is_int(wrong, 0, "the rows of a level are in the order of their names");
    ok(read > 100, "most can be read");
}

int main(void)
{
    test_names();
    test_numbers();
    test_times();
    test_values();
    test_bounds();
    test_apply();
    test_table();
    return done();
}
