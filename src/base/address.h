/* SPDX-License-Identifier: ISC */
/* Socket addresses and their text, in both directions. */
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include <linux/netlink.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

/* length is what the socket calls take and return; 0 means no address. */
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

/* Enough for any address: a unix path of 108 bytes, each escaped to four. */
#define ADDRESS_TEXT_MAX 512

/* "127.0.0.1:80", "[fe80::1%lo]:80", "/run/x", "@abstract", "(unnamed)", "nl_pid 7"; foreign bytes are
 * escaped. Returns buffer. */
const char *address_text(const struct address *address, char *buffer, size_t size);

/* The host without its scope: "127.0.0.1", "fe80::1"; "" for a unix address. Returns buffer. */
const char *address_host(const struct address *address, char *buffer, size_t size);

/* The scope of an IPv6 address by interface name or number; NULL if it has none. */
const char *address_scope(const struct address *address, char *buffer, size_t size);

/* The path of a unix address, escaped: "@name" if abstract, "" if unnamed. */
const char *address_path(const struct address *address, char *buffer, size_t size);

/* The port in host order; -1 if the family has none. */
int address_port(const struct address *address);
void address_set_port(struct address *address, int port);

/* An address that the kernel or the resolver returned; a longer one is cut to what fits. */
struct address address_from(const void *sockaddr, socklen_t length);

/* Makes a unix address from path; "@name" is abstract, with the escapes of unvis(3) that address_path()
 * writes. False if it is empty, too long (107 bytes) or has an invalid escape. */
bool address_unix(struct address *address, const char *path);

/* Reads a numeric IPv4 or IPv6 address, with scope, and sets the port. Makes no lookup. */
bool address_parse(struct address *address, const char *host, int port);

/* Turns IPv4 carried in IPv6 (::ffff:a.b.c.d) into plain IPv4; returns whether it did. */
bool address_unmap(struct address *address);

bool address_equal(const struct address *a, const struct address *b);
bool address_is_loopback(const struct address *address);
/* To connect to a wildcard is to connect to the loopback of its family. */
void address_resolve_wildcard(struct address *address);
bool address_is_wildcard(const struct address *address);
/* 224.0.0.0/4, ff00::/8. */
bool address_is_multicast(const struct address *address);
/* 255.255.255.255; only the routing table knows the broadcast addresses of subnets. */
bool address_is_broadcast(const struct address *address);
/* Whether it means something on one interface only, which it does not name: fe80::1, ff02::1, without a scope
 * (RFC 4007). */
bool address_needs_scope(const struct address *address);

/* Splits "127.0.0.1:80", "[::1]:80" or "name:http" in place into host and service; false if text has another
 * form. A bare IPv6 address, with several colons and no brackets, is not split. */
bool address_split(char *text, char **host, char **service);

/* Whether the address is IPv4 carried in IPv6: ::ffff:127.0.0.1. */
bool address_is_mapped(const struct address *address);

/* The host with its scope and without a port: "127.0.0.1", "fe80::1%lo". Returns buffer. */
const char *host_text(const struct address *address, char *buffer, size_t size);

#endif
