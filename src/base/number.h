/* Numbers as people write them: durations, sizes and ranges. */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  INT64_C(1000000000)

/* A whole number between minimum and maximum, in decimal or as 0x hexadecimal. On failure *why is a static
 * text such as "too large". */
bool number_parse(const char *text, long long minimum, long long maximum, long long *value, const char **why);

/* Seconds with decimals, or with the unit ms, s, m or h; the result is in nanoseconds and never negative. */
bool duration_parse(const char *text, int64_t *ns, const char **why);

/* A count of bytes, with K, M or G for powers of 1024. */
bool size_parse(const char *text, uint64_t minimum, uint64_t maximum, uint64_t *bytes, const char **why);

/* "0.1 ms", "12.3 ms", "1.02 s": the form of a duration for people. Returns buffer. */
const char *duration_text(int64_t ns, char *buffer, size_t size);
#define DURATION_TEXT_MAX 32

/* CLOCK_MONOTONIC in nanoseconds. */
int64_t clock_now(void);

/* The earlier of two times of that clock; INT64_MAX: never. */
int64_t time_earlier(int64_t a, int64_t b);

/* The timeout of a wait that ends at that time: nanoseconds, 0 when it is over, -1 for INT64_MAX: no end. */
int64_t clock_left(int64_t until);

#endif
