/* SPDX-License-Identifier: ISC */
/* What a set of measured times comes to. */
#ifndef BASE_SPREAD_H
#define BASE_SPREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Nanoseconds. A percentile is the least of the times that at least so many percent of all do not exceed
 * (nearest rank), so it is always one that was measured. deviation: the standard deviation, ping's mdev. */
struct spread {
    int64_t minimum, average, median, p90, p99, maximum, deviation;
};

/* A time that was not measured. */
#define SPREAD_NONE UINT32_MAX

/* The spread of count times in microseconds, without those that are SPREAD_NONE. False with errno if there
 * are no others (ENODATA) or no memory. */
bool spread_of(const uint32_t *times, size_t count, struct spread *spread);

/* One character a time, the last `most` of them: a bar by its place between the least and the greatest, or
 * "×" if it was not measured. Returns buffer, which holds SPREAD_BARS_SIZE(most) bytes. */
const char *spread_bars(const uint32_t *times, size_t count, size_t most, char *buffer);
#define SPREAD_BARS_SIZE(most) (3 * (most) + 1)

#endif
