/* SPDX-License-Identifier: ISC */
/* Constants and their C names: one table serves printing, parsing and completion. */
#ifndef BASE_NAME_H
#define BASE_NAME_H

#include <stdbool.h>
#include <stddef.h>

struct name {
    long value;
    const char *name;
};

/* rows end with a NULL name; an unknown value is printed as prefix and number. */
struct name_table {
    const char *prefix;
    const struct name *rows;
};

/* A row for a constant under its own name, and the last row. */
#define NAME_ROW(constant)                                                                                   \
    {                                                                                                        \
        constant, #constant                                                                                  \
    }
#define NAME_END                                                                                             \
    {                                                                                                        \
        0, NULL                                                                                              \
    }

extern const struct name_table names_family;   /* AF_* */
extern const struct name_table names_type;     /* SOCK_*, without its flag bits */
extern const struct name_table names_protocol; /* IPPROTO_* */
extern const struct name_table names_eai;      /* EAI_* */
extern const struct name_table names_h_errno;  /* HOST_NOT_FOUND, TRY_AGAIN, NO_RECOVERY, NO_DATA */
extern const struct name_table names_inaddr;   /* INADDR_NONE */
extern const struct name_table names_ai;       /* AI_* flags */
extern const struct name_table names_ni;       /* NI_* flags */
extern const struct name_table names_msg;      /* MSG_* flags */
extern const struct name_table names_poll;     /* POLL* flags */
extern const struct name_table names_shut;     /* SHUT_* */
extern const struct name_table names_open;     /* O_* file status flags of F_GETFL */
extern const struct name_table names_fd;       /* FD_CLOEXEC */
extern const struct name_table names_state;    /* TCP states by the kernel's names, without TCP_ */
extern const struct name_table names_splice;   /* SPLICE_F_* flags */
extern const struct name_table names_tos;      /* DSCP and TOS words of nc's -T */

#define NAME_TEXT_MAX 256

/* The C name of value, or NULL. */
const char *name_find(const struct name_table *table, long value);

/* The C name of value, or prefix and number ("AF_99") if it is unknown; only then is buffer used. */
const char *name_text(const struct name_table *table, long value, char *buffer, size_t size);

/* Accepts a C name, in any case and also without its prefix, or a number. */
bool name_parse(const struct name_table *table, const char *text, long *value);

/* Accepts names joined by ',' or '|'; a number adds its bits. On failure *bad is the offending word, copied
 * into buffer. */
bool name_flags_parse(const struct name_table *table, const char *text, long *value, char *bad, size_t size);

/* "AI_PASSIVE|AI_CANONNAME|0x800"; "0" for none. Returns buffer. */
const char *name_flags_text(const struct name_table *table, long value, char *buffer, size_t size);

/* The word nearest to text among the candidates that next() returns until NULL; NULL if none is near. */
const char *nearest_word(const char *text, const char *(*next)(void *state), void *state);
const char *name_nearest(const struct name_table *table, const char *text);

/* Writes "'TEXT' is unknown; did you mean NAME?", or that there is none. Returns whether one is near. */
bool name_unknown(const struct name_table *table, const char *text, char *error, size_t size);

/* The C name of an errno, "ECONNREFUSED"; "E???" if it has none; never NULL. */
const char *errno_name(int error);

#endif
