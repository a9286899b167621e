/* SPDX-License-Identifier: ISC */
/* THE table of socket options: one row gives an option its parsing, range, completion, read-back and
 * printing. */
#ifndef NET_SOCKET_SOCKOPT_H
#define NET_SOCKET_SOCKOPT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/name.h"
#include "why/failure.h"
#include "report/event.h"

/* The time at which an option takes effect and is set. A connecting socket passes all four; a listener the
 * first three, and each connection it accepts the last. */
enum sockopt_when {
    WHEN_EARLY, /* between socket and bind */
    WHEN_BOUND, /* between bind and connect or listen */
    WHEN_AFTER, /* once connected or listening */
    WHEN_CONN,  /* on each connection: a connected or an accepted socket */
};
extern const struct name_table names_when;  /* early, bound, after, conn */
extern const struct name_table names_level; /* SOL_SOCKET, IPPROTO_TCP, ... */

enum sockopt_type {
    SOCKOPT_INT,           /* between minimum and maximum; unsigned if the maximum is above INT_MAX */
    SOCKOPT_BOOL,          /* int 0 or 1 */
    SOCKOPT_NAME,          /* int, one constant of names */
    SOCKOPT_FLAGS,         /* int, a set of constants of names */
    SOCKOPT_UINT64,        /* all ones: unlimited */
    SOCKOPT_TIMEVAL,       /* duration <-> struct timeval */
    SOCKOPT_LINGER,        /* "off" or whole seconds <-> struct linger */
    SOCKOPT_TEXT,          /* a string: SO_BINDTODEVICE, TCP_CONGESTION */
    SOCKOPT_INTERFACE,     /* int, the index of an interface */
    SOCKOPT_INTERFACE_NET, /* the same in network byte order */
    SOCKOPT_PORT_RANGE,    /* "LOW-HIGH" <-> two 16 bit numbers */
    SOCKOPT_ADDRESS4,      /* "ADDR" or an interface <-> struct ip_mreqn; reads as struct in_addr */
    SOCKOPT_MEMBERSHIP4,   /* "GROUP[,LOCAL or interface]" <-> struct ip_mreqn */
    SOCKOPT_SOURCE4,       /* "GROUP,SOURCE[,LOCAL]" <-> struct ip_mreq_source */
    SOCKOPT_MEMBERSHIP6,   /* "GROUP[,INTERFACE]" <-> struct ipv6_mreq */
    SOCKOPT_BYTES,         /* hexadecimal */
    SOCKOPT_ERRNO,         /* read only: SO_ERROR */
    SOCKOPT_UCRED,         /* read only: struct ucred */
    SOCKOPT_GIDS,          /* read only: an array of gid_t */
    SOCKOPT_MEMINFO,       /* read only: an array of uint32_t by their SK_MEMINFO_* names */
    SOCKOPT_RAW,           /* LEVEL:NUMBER: set as an int or a string; read according to its length */
};

struct sockopt {
    const char *name; /* "SO_RCVBUF" */
    int level;
    const char *level_name; /* "SOL_SOCKET" */
    int option;
    enum sockopt_type type;
    long long minimum, maximum;
    const struct name_table *names; /* SOCKOPT_NAME, SOCKOPT_FLAGS */
    enum sockopt_when when;         /* its default time */
    bool read_only, write_only;
    bool read_once; /* reading clears it (SO_ERROR): never read from a socket of another process */
    const char *help;
};

extern const struct sockopt sockopts[]; /* ends with a NULL name */

/* The row of a C name, in any case, or of an older name of the same option; NULL if there is none. */
const struct sockopt *sockopt_find(const char *name);
const struct sockopt *sockopt_find_number(int level, int option); /* NULL */

#define SETTING_VALUE_MAX 64
#define SETTING_NAME_MAX  48

/* One -o option. */
struct setting {
    const struct sockopt *option;
    int level, number;           /* from option, or the user's own for LEVEL:NUMBER */
    char name[SETTING_NAME_MAX]; /* the C name, or LEVEL:NUMBER */
    enum sockopt_when when;
    /* AF_UNSPEC: any socket. AF_INET: sockets that carry IPv4, including IPv6 ones. AF_INET6: IPv6
     * sockets. */
    int family;
    const char *asked; /* VALUE as given, or NULL */
    unsigned char value[SETTING_VALUE_MAX];
    socklen_t length;
    bool read_only; /* "-o NAME" without a value: only read back */
    bool wish;      /* our own option: reported only by -v, and not needed if refused */
};

#define SETTINGS_MAX 64
struct settings {
    struct setting items[SETTINGS_MAX];
    size_t count;
};

/* Adds "[WHEN:]NAME[=VALUE]"; NAME is a C name or "LEVEL:NUMBER"; text must live as long as the settings. On
 * failure error names the offending text and the nearest name. */
bool settings_add(struct settings *settings, const char *text, char *error, size_t size);

/* As above, by option name, only for sockets of family (see struct setting). */
bool settings_add_for(
    struct settings *settings, int family, const char *name, const char *value, char *error, size_t size);

/* Switches an option of our own on for sockets of family, unless the user sets it or the kernel does not have
 * it. */
void settings_wish(struct settings *settings, int family, const char *name);

/* Sets the options whose time it is on fd, in the order given, and emits a `sockopt` event each with the
 * value in effect. -1 with *failure filled (PHASE_LOCAL) if one is refused. conn: number of the connection,
 * or 0. */
int settings_apply(struct sink *sink, int fd, const struct settings *settings, enum sockopt_when when,
    unsigned conn, struct failure *failure);

/* Whether the user set this option (by level and number). */
bool settings_has(const struct settings *settings, int level, int option);

/* Parses text into a value. On failure error begins with the offending text. */
bool sockopt_value_parse(
    const struct sockopt *option, const char *text, void *value, socklen_t *length, char *error, size_t size);

/* The value as text, according to its type: "2304", "1.50 s", "cubic". Returns buffer. */
#define SOCKOPT_TEXT_MAX 512
const char *sockopt_value_text(
    const struct sockopt *option, const void *value, socklen_t length, char *buffer, size_t size);

/* The value as a typed field: numbers are numbers, structs are objects by their C names. The field borrows
 * value and room. */
struct sockopt_room {
    char text[SOCKOPT_TEXT_MAX];
    struct field members[16];
    const struct field *object;
};
struct field sockopt_field(const char *key, const struct sockopt *option, const void *value, socklen_t length,
    struct sockopt_room *room);

/* Reads the option of a socket and reports the call; a refusal has getsockopt's errno. *length is the size of
 * value at first. */
int sockopt_read(struct sink *sink, int fd, const struct sockopt *option, void *value, socklen_t *length);
#define SOCKOPT_READ_MAX 512 /* room for the value of any row */

#endif
