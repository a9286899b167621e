/* THE table of socket options: one row gives an option its parsing, range, completion, read-back and printing. */
#ifndef NET_SOCKOPT_H
#define NET_SOCKOPT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/name.h"
#include "kernel/failure.h"
#include "report/event.h"

/* When an option takes effect, so when it is set. */
enum sockopt_when {
    WHEN_EARLY, /* between socket and bind */
    WHEN_BOUND, /* between bind and connect or listen */
    WHEN_AFTER, /* once connected or listening */
    WHEN_CONN,  /* on each accepted socket */
};
extern const struct name_table names_when; /* early, bound, after, conn */

enum sockopt_type {
    SOCKOPT_INT,
    SOCKOPT_BOOL,        /* int 0 or 1 */
    SOCKOPT_NAME,        /* int, a constant of names */
    SOCKOPT_TIMEVAL,     /* duration <-> struct timeval */
    SOCKOPT_LINGER,      /* "off" or a duration in whole seconds <-> struct linger */
    SOCKOPT_TEXT,        /* a string: SO_BINDTODEVICE, TCP_CONGESTION */
    SOCKOPT_MEMBERSHIP4, /* "GROUP[,LOCAL]" <-> struct ip_mreqn */
    SOCKOPT_MEMBERSHIP6, /* "GROUP[,IFACE]" <-> struct ipv6_mreq */
    SOCKOPT_ADDRESS4,    /* struct in_addr */
    SOCKOPT_UCRED,       /* read only: SO_PEERCRED */
    SOCKOPT_UINT64,
    SOCKOPT_BYTES, /* read only, shown as hexadecimal */
};

struct sockopt {
    const char *name; /* "SO_RCVBUF" */
    int level;
    const char *level_name; /* "SOL_SOCKET" */
    int option;
    enum sockopt_type type;
    long long minimum, maximum;
    const struct name_table *names; /* SOCKOPT_NAME */
    enum sockopt_when when;         /* its own time */
    bool read_only, write_only;
    bool read_once; /* reading takes it away (SO_ERROR): never read from another's socket */
    const char *help;
};

extern const struct sockopt sockopts[]; /* ends with a NULL name */

#define SETTING_VALUE_MAX 64

/* One -o of the user. */
struct setting {
    const struct sockopt *option;
    enum sockopt_when when;
    const char *asked; /* VALUE as given */
    unsigned char value[SETTING_VALUE_MAX];
    socklen_t length;
    bool read_only; /* "-o NAME" without a value: only read back */
};

#define SETTINGS_MAX 64
struct settings {
    struct setting items[SETTINGS_MAX];
    size_t count;
};

/* "[WHEN:]NAME[=VALUE]"; NAME by its C name or "LEVEL:NUMBER"; on failure error names the offending text and the nearest
 * name. */
bool settings_add(struct settings *settings, const char *text, char *error, size_t size);

/* Sets those whose time it is on fd, in the order given, and emits a `sockopt` event each with what the kernel took.
 * -1 with *failure filled (PHASE_LOCAL) when one is refused. conn: number of the connection, or 0. */
int settings_apply(struct sink *sink, int fd, const struct settings *settings, enum sockopt_when when,
    unsigned conn, struct failure *failure);

/* Whether the user set this option (by level and number) himself. */
bool settings_has(const struct settings *settings, int level, int option);

/* The value as text, by type: "2304", "on", "1.5 s", "cubic". Returns buffer. */
const char *sockopt_value_text(
    const struct sockopt *option, const void *value, socklen_t length, char *buffer, size_t size);

#endif
