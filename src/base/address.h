/* Socket addresses and their text, both ways. */
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include <linux/netlink.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

/* length is what the socket calls take and give; 0 means no address. */
struct address {
    union {
        struct sockaddr sa;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
        struct sockaddr_un un;
        struct sockaddr_nl netlink;
        struct sockaddr_storage storage;
    };
    socklen_t length;
};

/* Enough for any address: a unix path of 108 bytes, each escaped into four. */
#define ADDRESS_TEXT_MAX 512

/* "127.0.0.1:80", "[fe80::1%lo]:80", "/run/x", "@abstract", "(unnamed)", "nl_pid 7"; foreign bytes are
 * escaped. Returns buffer. */
const char *address_text(const struct address *address, char *buffer, size_t size);

/* The host alone, without scope: "127.0.0.1", "fe80::1"; "" for a unix address. Returns buffer. */
const char *address_host(const struct address *address, char *buffer, size_t size);

/* The scope of an IPv6 address by interface name or number, or NULL when it has none. */
const char *address_scope(const struct address *address, char *buffer, size_t size);

/* The path of a unix address, escaped, "@name" when abstract, "" when unnamed. */
const char *address_path(const struct address *address, char *buffer, size_t size);

/* The port in host order; -1 where the family has none. */
int address_port(const struct address *address);
void address_set_port(struct address *address, int port);

/* An address from what the kernel or the resolver gave; longer ones are cut to what fits. */
struct address address_from(const void *sockaddr, socklen_t length);

/* A unix address of path, "@name" being abstract. False when it is empty or too long (107 bytes; 108
 * abstract). */
bool address_unix(struct address *address, const char *path);

/* A numeric IPv4 or IPv6 text (with scope) and a port. No lookup is made. */
bool address_parse(struct address *address, const char *host, int port);

/* IPv4 carried in IPv6 (::ffff:a.b.c.d) becomes plain IPv4; says whether it was such. */
bool address_unmap(struct address *address);

bool address_equal(const struct address *a, const struct address *b);
bool address_is_loopback(const struct address *address);
bool address_is_wildcard(const struct address *address);

/* Splits "127.0.0.1:80", "[::1]:80", "name:http" in place into host and service; says whether text was of
 * that form. A bare IPv6 address has more than one colon and no brackets: not split. */
bool address_split(char *text, char **host, char **service);

/* Whether it is an IPv4 address on an IPv6 socket: ::ffff:127.0.0.1. */
bool address_is_mapped(const struct address *address);

/* A host with its scope and without a port: "127.0.0.1", "fe80::1%lo". Returns buffer. */
const char *host_text(const struct address *address, char *buffer, size_t size);

#endif
