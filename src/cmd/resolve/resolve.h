/* SPDX-License-Identifier: ISC */
/* What the parts of resolve share. */
#ifndef CMD_RESOLVE_RESOLVE_H
#define CMD_RESOLVE_RESOLVE_H

#include "cmd/command.h"
#include "call/lookup.h"

enum resolve_api { API_GETADDRINFO, API_GETHOSTBYNAME, API_GETSERVBYNAME };

struct resolve_options {
    struct report_options report;
    int api;
    int family, type, protocol;
    long flags;
    bool numeric, no_hints, with_source, bytes, from_stdin, dns;
    int parallel; /* 0: the default */
    /* The plan. */
    const char *host, *service; /* NULL: none */
    struct addrinfo hints;
};

struct asked;

/* Reports a finished lookup and each address found; returns the exit status. asked: what the name servers
 * answered, for the cause of a failure; NULL: they are asked then. */
int resolve_report(struct sink *sink, const struct resolve_options *options, const struct lookup *lookup,
    const struct asked *asked);

/* --dns: the lookup beside the answers of each name server; returns the exit status. */
int dns_report(struct sink *sink, const struct resolve_options *options, const struct lookup *lookup);

/* Warns if getaddrinfo changed a port: it takes any number and keeps its low 16 bits. */
void port_warn(struct sink *sink, const struct lookup *lookup);

/* --stdin: resolves each line; returns the exit status. */
int names_report(struct sink *sink, const struct resolve_options *options);

/* --bytes: shows the result of each conversion function for a text, whether it is an address or not. */
void conversions_report(struct sink *sink, const char *text);
/* --bytes: shows a sockaddr as bytes in memory; its port and, for IPv4, its address beside the host's
 * integer. */
void sockaddr_report(struct sink *sink, const struct address *address);

#endif
