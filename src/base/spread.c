/* SPDX-License-Identifier: ISC */
/* What a set of measured times comes to; see spread.h. */
#include "base/spread.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"

static int by_length(const void *a, const void *b)
{
    uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;
    return (one > other) - (one < other);
}

static int64_t nearest_rank(const uint32_t *sorted, size_t count, size_t percent)
{
    size_t rank = (count * percent + 99) / 100;
    return sorted[rank ? rank - 1 : 0] * NS_PER_US;
}

/* The largest whole number whose square is not above the value; libm is not linked for one root. */
static uint64_t square_root(uint64_t value)
{
    uint64_t root = 0;
    for (uint64_t bit = UINT64_C(1) << 31; bit; bit >>= 1)
        if ((root | bit) * (root | bit) <= value)
            root |= bit;
    return root;
}

static void moments_fill(const uint32_t *times, size_t count, struct spread *spread)
{
    uint64_t sum = 0;
    double squares = 0;
    for (size_t i = 0; i < count; i++)
        sum += times[i];
    double average = (double)sum / (double)count;
    for (size_t i = 0; i < count; i++)
        squares += (times[i] - average) * (times[i] - average);
    spread->average = (int64_t)(average * NS_PER_US);
    spread->deviation = (int64_t)square_root((uint64_t)(squares / (double)count)) * NS_PER_US;
}

bool spread_of(const uint32_t *times, size_t count, struct spread *spread)
{
    cleanup_free uint32_t *sorted = malloc(count * sizeof(*sorted) + 1);
    size_t measured = 0;
    if (!sorted)
        return false;
    for (size_t i = 0; i < count; i++)
        if (times[i] != SPREAD_NONE)
            sorted[measured++] = times[i];
    errno = ENODATA;
    if (measured == 0)
        return false;
    qsort(sorted, measured, sizeof(*sorted), by_length);
    *spread = (struct spread){.minimum = nearest_rank(sorted, measured, 0),
        .median = nearest_rank(sorted, measured, 50),
        .p90 = nearest_rank(sorted, measured, 90),
        .p99 = nearest_rank(sorted, measured, 99),
        .maximum = nearest_rank(sorted, measured, 100)};
    moments_fill(sorted, measured, spread);
    return true;
}

const char *spread_bars(const uint32_t *times, size_t count, size_t most, char *buffer)
{
    static const char *const bars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    size_t first = count > most ? count - most : 0;
    uint32_t least = SPREAD_NONE, greatest = 0;
    char *end = buffer;
    for (size_t i = first; i < count; i++) {
        if (times[i] == SPREAD_NONE)
            continue;
        least = times[i] < least ? times[i] : least;
        greatest = times[i] > greatest ? times[i] : greatest;
    }
    *end = '\0';
    for (size_t i = first; i < count; i++) {
        uint64_t place = times[i] == SPREAD_NONE ? 0 : (uint64_t)(times[i] - least) * array_size(bars);
        end = stpcpy(end, times[i] == SPREAD_NONE ? "×" : bars[place / ((uint64_t)greatest - least + 1)]);
    }
    return buffer;
}
