/* SPDX-License-Identifier: ISC */
/*
 * tap.h: the Test Anything Protocol for the unit tests. A test program is a main()
 * that calls ok(), is_int() and is_str() and ends with `return done();`.
 */
#ifndef TESTS_UNIT_TAP_H
#define TESTS_UNIT_TAP_H

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int tap_count, tap_failures;

/* What cannot fail unless the machine is broken. */
#define must(condition)                                                                                      \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            printf("Bail out! %s: %s\n", #condition, strerror(errno));                                       \
            exit(1);                                                                                         \
        }                                                                                                    \
    } while (0)

/* Quotes in a name would be harmless, a number sign is TAP's own: no test name has one. */
static inline bool tap_result(bool pass, const char *name, const char *file, int line)
{
    tap_count++;
    printf("%sok %d - %s\n", pass ? "" : "not ", tap_count, name);
    if (!pass) {
        tap_failures++;
        printf("# at %s:%d\n", file, line);
    }
    return pass;
}

static inline void tap_is_int(intmax_t got, intmax_t want, const char *name, const char *file, int line)
{
    if (!tap_result(got == want, name, file, line))
        printf("#   got %jd, want %jd\n", got, want);
}

static inline void tap_is_str(const char *got, const char *want, const char *name, const char *file, int line)
{
    bool same = got && want ? strcmp(got, want) == 0 : got == want;
    if (!tap_result(same, name, file, line))
        printf("#   got  %s\n#   want %s\n", got ? got : "NULL", want ? want : "NULL");
}

#define ok(pass, name)          tap_result(pass, name, __FILE__, __LINE__)
#define is_int(got, want, name) tap_is_int(got, want, name, __FILE__, __LINE__)
#define is_str(got, want, name) tap_is_str(got, want, name, __FILE__, __LINE__)
#define skip(why)               printf("ok %d # SKIP %s\n", ++tap_count, why)

/* Prints the plan; returns the exit status. */
static inline int done(void)
{
    printf("1..%d\n", tap_count);
    return tap_failures == 0 ? 0 : 1;
}

#endif
