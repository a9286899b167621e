/* SPDX-License-Identifier: ISC */
/*
 * DNS as the C library has it: what its resolver is set up to ask, and messages that its functions make and
 * read. Nothing here sends or receives.
 */
#ifndef KERNEL_DNS_H
#define KERNEL_DNS_H

#include <arpa/nameser.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/name.h"

#define DNS_SERVERS_MAX  3 /* MAXNS of resolv.h: the resolver asks no more */
#define DNS_NAMES_MAX    8
#define DNS_EDES_MAX     4
#define DNS_EDE_TEXT_MAX 256

/* Flags of an answer: the bits of the header's second word (RFC 1035, 4.1.1; RFC 4035, 3.2). */
enum { DNS_AA = 0x0400, DNS_TC = 0x0200, DNS_RD = 0x0100, DNS_RA = 0x0080, DNS_AD = 0x0020, DNS_CD = 0x0010 };

extern const struct name_table names_rcode;    /* response codes: "NXDOMAIN" */
extern const struct name_table names_dns_type; /* types of records: "AAAA" */
extern const struct name_table names_dns_flag; /* DNS_*: "AA" */
extern const struct name_table names_ede;      /* info codes of RFC 8914 in words */

/* What the resolver asks for a name: the servers and, by the search list and ndots of resolv.conf(5), the
 * names in their order. */
struct dns_setup {
    struct address servers[DNS_SERVERS_MAX]; /* with their ports */
    int server_count;
    char names[DNS_NAMES_MAX][NS_MAXDNAME];
    int name_count;
    bool over_tcp; /* "options use-vc" */
};

/* false if the resolver cannot be set up, or the name is too long. */
bool dns_setup_read(struct dns_setup *setup, const char *name);
/* The same for the name of an IPv4 or IPv6 address, under in-addr.arpa or ip6.arpa. */
bool dns_setup_read_address(struct dns_setup *setup, const struct address *address);

#define DNS_QUERY_MAX 320 /* header, a name of 255 bytes, type, class, OPT */

struct dns_query {
    int type; /* ns_t_* */
    uint16_t id;
    bool extended; /* has an OPT record (RFC 6891): the answer may have one, with extended errors */
    size_t length;
    unsigned char bytes[DNS_QUERY_MAX];
};

/* A query that asks for recursion, with a random id and an OPT record. false if DNS cannot have the name. */
bool dns_query_make(struct dns_query *query, const char *name, int type);
/* Takes the OPT record away, which some servers do not understand. */
void dns_query_simplify(struct dns_query *query);

/* An extended error (RFC 8914); the text is the server's. */
struct dns_ede {
    int code;
    size_t length;
    unsigned char text[DNS_EDE_TEXT_MAX];
};

enum dns_kind {
    DNS_STRAY,     /* not an answer to the query */
    DNS_MALFORMED, /* an answer that cannot be read */
    DNS_ANSWER,
};

struct dns_answer {
    int rcode;   /* ns_r_*, with the upper bits of the OPT record */
    int flags;   /* of names_dns_flag */
    int records; /* in the answer section */
    int wanted;  /* those of them that have the type of the query */
    int ede_count;
    struct dns_ede edes[DNS_EDES_MAX];
};

/* Reads what came from the server that was asked. Of an answer that is truncated (TC) only rcode and flags
 * are sure. */
enum dns_kind dns_answer_read(
    struct dns_answer *answer, const struct dns_query *query, const unsigned char *bytes, size_t length);

/* A record of the answer section. */
struct dns_record {
    char name[NS_MAXDNAME];
    int type;
    uint32_t ttl;           /* seconds */
    char data[NS_MAXDNAME]; /* the address or the name that it has; of other types empty */
    size_t length;          /* of the data, in bytes */
};

/* The record with that index, from 0; false if there is none or it cannot be read. */
bool dns_record_read(struct dns_record *record, const unsigned char *bytes, size_t length, int index);

#endif
