/* -C: lines that end in LF are sent as CR LF. */
#ifndef NET_DATA_CRLF_H
#define NET_DATA_CRLF_H

#include <stdbool.h>
#include <stddef.h>

/* Copies bytes with a CR put in front of each LF that has none; to has room for twice the length. *after_cr
 * is kept from call to call, for a CR may be the last byte of one read and its LF the first of the next.
 * Returns the length. */
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
