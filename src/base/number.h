/* SPDX-License-Identifier: ISC */
/* Numbers as people write them: durations, sizes and ranges. */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  INT64_C(1000000000)

/* Reads a whole number from minimum to maximum, in decimal or as 0x hexadecimal. On failure *why is a static
 * text such as "too large". */
bool number_parse(const char *text, long long minimum, long long maximum, long long *value, const char **why);

/* Reads seconds with decimals, or with the unit ms, s, m or h, into nanoseconds; never negative. */
bool duration_parse(const char *text, int64_t *ns, const char **why);

/* Reads a count of bytes; K, M and G are powers of 1024. */
bool size_parse(const char *text, uint64_t minimum, uint64_t maximum, uint64_t *bytes, const char **why);

/* A duration for people: "0.1 ms", "12.3 ms", "1.02 s". Returns buffer. */
const char *duration_text(int64_t ns, char *buffer, size_t size);
#define DURATION_TEXT_MAX 32

/* The time of day, UTC, "2026-01-31T12:00:00.000000Z". Returns buffer. */
const char *wall_text(char *buffer, size_t size);
#define WALL_TEXT_MAX 40

/* CLOCK_MONOTONIC in nanoseconds. */
int64_t clock_now(void);

/* The earlier of two times of clock_now(); INT64_MAX means never. */
int64_t time_earlier(int64_t a, int64_t b);

/* The timeout of a wait until a time of clock_now(): nanoseconds, 0 if it has passed, -1 for INT64_MAX. */
int64_t clock_left(int64_t until);

#endif
