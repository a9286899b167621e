/* SPDX-License-Identifier: ISC */
/* address.c: addresses and their text, both ways. */
#include "base/address.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdlib.h>

#include "tap.h"

static const char *text_of(const char *host, int port)
{
    static char buffer[ADDRESS_TEXT_MAX];
    struct address address;
    return address_parse(&address, host, port) ? address_text(&address, buffer, sizeof(buffer)) : "(refused)";
}

static const char *unix_text(const void *path, size_t length)
{
    static char buffer[ADDRESS_TEXT_MAX];
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    memcpy(un.sun_path, path, length);
    struct address address = address_from(&un, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
    return address_text(&address, buffer, sizeof(buffer));
}

static void test_parse(void)
{
    is_str(text_of("127.0.0.1", 80), "127.0.0.1:80", "IPv4");
    is_str(text_of("255.255.255.255", 65535), "255.255.255.255:65535", "the highest of all");
    is_str(text_of("::1", 80), "[::1]:80", "IPv6 gets brackets");
    is_str(text_of("2001:DB8:0:0::1", 0), "[2001:db8::1]:0", "IPv6 in its canonical form (RFC 5952)");
    is_str(text_of("fe80::1%lo", 80), "[fe80::1%lo]:80", "a scope by name");
    is_str(text_of("fe80::1%1", 80), "[fe80::1%lo]:80", "a scope by number is shown by name");
    is_str(
        text_of("fe80::1%4294967295", 80), "[fe80::1%4294967295]:80", "or by number, where there is no name");
    is_str(text_of("::ffff:1.2.3.4", 80), "[::ffff:1.2.3.4]:80", "IPv4 in IPv6");
    is_str(text_of("0000:0000:0000:0000:0000:ffff:192.168.100.100", 1), "[::ffff:192.168.100.100]:1",
        "the longest text of an address");
    static const char *const refused[] = {"", "127.1", "0x7f.0.0.1", "256.0.0.1", "1.2.3.4 ", " ::1", "[::1]",
        "::1%", "::1%nosuchlink", "fe80::1%4294967296", "fe80::1%0", "1::2::3", "localhost", "127.0.0.1%lo",
        "0000:0000:0000:0000:0000:ffff:192.168.100.100x", "%lo"};
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
        is_str(text_of(refused[i], 80), "(refused)", refused[i][0] ? refused[i] : "the empty text");
}

static void test_unix(void)
{
    struct address address;
    char buffer[ADDRESS_TEXT_MAX], path[120];
    memset(path, 'p', sizeof(path));
    path[107] = '\0';
    ok(address_unix(&address, path), "a path of 107 bytes fits");
    is_str(address_text(&address, buffer, sizeof(buffer)), path, "and is shown whole");
    is_int(address.length, offsetof(struct sockaddr_un, sun_path) + 108, "its terminator is counted");
    path[107] = 'p';
    path[108] = '\0';
    ok(!address_unix(&address, path), "one of 108 does not");
    path[0] = '@';
    ok(address_unix(&address, path), "an abstract name of 107 bytes behind the @ fits");
    is_int(address.length, offsetof(struct sockaddr_un, sun_path) + 108, "and fills the structure");
    is_str(address_text(&address, buffer, sizeof(buffer)), path, "its text is what was given");
    ok(!address_unix(&address, ""), "an empty path is refused");
    ok(!address_unix(&address, "@"), "and an empty abstract name");

    ok(!address_unix(&address, "@a\\xg"), "and an escape that is invalid");
    ok(!address_unix(&address, "@a\\"), "or not complete");
    ok(address_unix(&address, "@a\\0b\\\\c\\n"), "an abstract name is read with its escapes");
    is_str(address_text(&address, buffer, sizeof(buffer)), "@a\\0b\\\\c\\n", "and shown as it was given");
    is_int(address.length, offsetof(struct sockaddr_un, sun_path) + 7, "each of them one byte");
    char escaped[2 + 108 * 4] = "@", *end = escaped + 1;
    for (int i = 0; i < 107; i++)
        end = stpcpy(end, "\\377");
    ok(address_unix(&address, escaped), "the longest name fits, however long its escapes are");
    is_str(address_text(&address, buffer, sizeof(buffer)), escaped, "and is shown whole");
    ok(address_unix(&address, "a\\0b"), "a path takes a backslash as it is");
    is_int(address.un.sun_path[1], '\\', "for it is the name of a file");

    is_str(unix_text("", 0), "(unnamed)", "no path at all is unnamed");
    is_str(unix_text("/run/x\n", 8), "/run/x\\n", "foreign bytes of a path are escaped");
    is_str(unix_text("\0a\0b", 4), "@a\\0b", "an abstract name is all its bytes, NULs too");
    is_str(unix_text("\0a", 2), "@a", "its length is not its terminator's");
    memset(path, '\xff', sizeof(path));
    is_int((intmax_t)strlen(unix_text(path, 108)), 108 * 4, "the longest escaped path is not cut");
}

static void test_port_and_family(void)
{
    struct address address;
    char buffer[ADDRESS_TEXT_MAX];
    ok(address_parse(&address, "::1", 65535), "parsed");
    is_int(address_port(&address), 65535, "the port is in host order");
    address_set_port(&address, 22);
    is_int(ntohs(address.in6.sin6_port), 22, "and stored in network order");
    ok(!address_scope(&address, buffer, sizeof(buffer)), "no scope is none");
    ok(address_unix(&address, "/x"), "a unix address");
    is_int(address_port(&address), -1, "has no port");
    is_str(address_host(&address, buffer, sizeof(buffer)), "", "and no host");

    address = (struct address){.length = 0};
    is_str(address_text(&address, buffer, sizeof(buffer)), "(none)", "no address");
    is_int(address_port(&address), -1, "has no port either");
    address = address_from(&(struct sockaddr){.sa_family = 99}, sizeof(struct sockaddr));
    is_str(address_text(&address, buffer, sizeof(buffer)), "(family 99)", "a family without a text form");
    struct sockaddr_storage huge[2] = {{.ss_family = AF_INET}};
    is_int(address_from(huge, sizeof(huge)).length, sizeof(*huge), "a longer address is cut to what fits");
}

static struct address address_of(const char *host, int port)
{
    struct address address;
    if (!address_parse(&address, host, port))
        abort();
    return address;
}

static void test_questions(void)
{
    struct address a = address_of("::ffff:127.0.0.1", 80), b = address_of("127.0.0.1", 80);
    struct address none = {.length = 0};
    ok(!address_equal(&a, &b), "mapped and plain IPv4 are different addresses");
    ok(address_unmap(&a), "until it is unmapped");
    ok(address_equal(&a, &b), "then they are the same, port and all");
    ok(!address_unmap(&a), "what is plain is not unmapped");
    b = address_of("127.0.0.1", 81);
    ok(!address_equal(&a, &b), "another port is another address");
    ok(address_parse(&a, "fe80::1%1", 22) && address_parse(&b, "fe80::1", 22) && !address_equal(&a, &b),
        "another scope is another address");
    ok(address_equal(&none, &none), "no address equals no address");
    ok(!address_equal(&none, &b) && !address_equal(&b, &none), "and no other");

    static const struct {
        const char *host;
        bool loopback, wildcard;
    } rows[] = {{"127.0.0.1", true, false}, {"127.255.255.254", true, false}, {"::1", true, false},
        {"::ffff:127.0.0.1", true, false}, {"128.0.0.1", false, false}, {"0.0.0.0", false, true},
        {"::", false, true}, {"::ffff:0.0.0.0", false, true}, {"fe80::1", false, false}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct address address = address_of(rows[i].host, 1);
        is_int(address_is_loopback(&address), rows[i].loopback, rows[i].host);
        is_int(address_is_wildcard(&address), rows[i].wildcard, rows[i].host);
    }
}

static const char *split(const char *text)
{
    static char copy[64], result[80];
    char *host, *service;
    strcpy(copy, text);
    if (!address_split(copy, &host, &service))
        return NULL;
    snprintf(result, sizeof(result), "%s|%s", host, service);
    return result;
}

static void test_split(void)
{
    is_str(split("127.0.0.1:80"), "127.0.0.1|80", "HOST:PORT");
    is_str(split("localhost:http"), "localhost|http", "NAME:SERVICE");
    is_str(split("[::1]:80"), "::1|80", "[IPv6]:PORT");
    is_str(split("[fe80::1%lo]:80"), "fe80::1%lo|80", "with a scope");
    is_str(split("::1"), NULL, "a bare IPv6 address is not split");
    is_str(split("[::1]"), NULL, "nor one in brackets alone");
    is_str(split("[::1]80"), NULL, "nor without a colon behind the bracket");
    is_str(split("localhost"), NULL, "nor a name alone");
    is_str(split(":80"), "|80", "an empty host is the caller's to judge");
}

int main(void)
{
    test_parse();
    test_unix();
    test_port_and_family();
    test_questions();
    test_split();
    return done();
}
