/* A failure as it is handed up: what was tried, the errno, and the evidence that dies with the descriptor. */
#ifndef KERNEL_FAILURE_H
#define KERNEL_FAILURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"

/* Where in the life of a socket it failed: the same errno means another thing, and another exit status. */
enum failure_phase {
    PHASE_NONE,    /* nothing failed */
    PHASE_RESOLVE, /* a name */
    PHASE_LOCAL,   /* socket, setsockopt, bind, listen */
    PHASE_CONNECT,
    PHASE_ACCEPT,
    PHASE_STREAM,   /* a connection in mid-stream */
    PHASE_DATAGRAM, /* after a datagram was sent */
    PHASE_OUTPUT,   /* our own stdout or stdin */
    PHASE_OTHER,
};

/* Filled by net/ before the descriptor is closed; texts are static or live as long as the plan. */
struct failure {
    enum failure_phase phase;
    const char *call;        /* "connect", "getaddrinfo" */
    int error;               /* errno; with eai set the errno beside it, or 0 */
    int eai;                 /* EAI_*, or 0 */
    struct address address;  /* what the call was about; length 0: nothing */
    const char *name;        /* the name that was looked up, the option, the stream; or NULL */
    const char *text;        /* what there is to say where no errno is: "idle for too long"; or NULL */
    int64_t elapsed;         /* nanoseconds; -1: not worth telling */
    int type;                /* SOCK_STREAM, SOCK_DGRAM, ... or 0 */
    struct address local;    /* of the socket, where it had one */
    uint64_t sent, received; /* bytes of the conversation before it failed */
};

#endif
