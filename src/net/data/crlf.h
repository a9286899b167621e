/* SPDX-License-Identifier: ISC */
/* -C: sends lines that end in LF as CR LF. */
#ifndef NET_DATA_CRLF_H
#define NET_DATA_CRLF_H

#include <stdbool.h>
#include <stddef.h>

/* Copies bytes and puts a CR before each LF that has none; to must have room for twice the length. *after_cr
 * is kept from call to call: a CR may be the last byte of one read and its LF the first of the next. Returns
 * the new length. */
static inline size_t crlf_copy(char *to, const char *bytes, size_t length, bool *after_cr)
{
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '\n' && !*after_cr)
            to[used++] = '\r';
        *after_cr = bytes[i] == '\r';
        to[used++] = bytes[i];
    }
    return used;
}

#endif
