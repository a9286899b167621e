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
    bool numeric, no_hints, with_source, bytes, from_stdin;
    int parallel; /* 0: the default */
    /* The plan. */
    const char *host, *service; /* NULL: none */
    struct addrinfo hints;
};

/* Reports a lookup that was made, and each address that it found; returns the exit status. */
int resolve_report(struct sink *sink, const struct resolve_options *options, const struct lookup *lookup);

/* getaddrinfo takes any number for a port and keeps its low 16 bits: warns of a port that became another. */
void port_warn(struct sink *sink, const struct lookup *lookup);

/* --stdin: resolves each line of it; returns the exit status. */
int names_report(struct sink *sink, const struct resolve_options *options);

/* --bytes: what each conversion function makes of a text, be it an address or not. */
void conversions_report(struct sink *sink, const char *text);
/* --bytes: a sockaddr as bytes in memory; its port and, of IPv4, its address beside the host's integer. */
void sockaddr_report(struct sink *sink, const struct address *address);

#endif
