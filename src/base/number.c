/* SPDX-License-Identifier: ISC */
/* Numbers as people write them: durations, sizes and ranges. */
#include "base/number.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* strtonum(3) reads only decimals, but constants are often given in the hexadecimal of a header. */
bool number_parse(const char *text, long long minimum, long long maximum, long long *value, const char **why)
{
    if (strncasecmp(text, "0x", 2) == 0) {
        char *end;
        errno = 0;
        long long number = strtoll(text, &end, 16);
        *why = end == text + 2 || *end     ? "invalid"
               : errno || number > maximum ? "too large"
               : number < minimum          ? "too small"
                                           : NULL;
        *value = number;
        return *why == NULL;
    }
    /* strtonum skips leading blanks, but a number with blanks is worth an error of its own. */
    if (isspace((unsigned char)*text)) {
        *why = "invalid";
        return false;
    }
    *value = strtonum(text, minimum, maximum, why);
    return *why == NULL;
}

bool duration_parse(const char *text, int64_t *ns, const char **why)
{
    char *end;
    *why = "not a duration (seconds, or with ms, s, m, h)";
    if (!isdigit((unsigned char)*text) && *text != '.')
        return false;
    if (strspn(text, "0123456789.") == 0)
        return false;
    errno = 0;
    double number = strtod(text, &end);
    /* strtod also reads hexadecimal and exponents, which are not durations. */
    if (end == text || (size_t)(end - text) != strspn(text, "0123456789."))
        return false;
    double unit = 1;
    if (strcmp(end, "ms") == 0)
        unit = 0.001;
    else if (strcmp(end, "m") == 0)
        unit = 60;
    else if (strcmp(end, "h") == 0)
        unit = 3600;
    else if (*end && strcmp(end, "s") != 0)
        return false;
    number *= unit;
    if (!isfinite(number) || number > 1e9) {
        *why = "too large";
        return false;
    }
    *ns = (int64_t)(number * (double)NS_PER_S + 0.5);
    *why = NULL;
    return true;
}

bool size_parse(const char *text, uint64_t minimum, uint64_t maximum, uint64_t *bytes, const char **why)
{
    char digits[24];
    size_t length = strspn(text, "0123456789");
    unsigned shift = 0;
    *why = "not a size (bytes, or with K, M, G)";
    if (length == 0 || length >= sizeof(digits))
        return false;
    switch (toupper((unsigned char)text[length])) {
    case '\0': break;
    case 'K': shift = 10; break;
    case 'M': shift = 20; break;
    case 'G': shift = 30; break;
    default: return false;
    }
    if (shift && text[length + 1])
        return false;
    memcpy(digits, text, length);
    digits[length] = '\0';
    long long number = strtonum(digits, 0, INT64_MAX >> shift, why);
    if (*why)
        return false;
    *bytes = (uint64_t)number << shift;
    *why = *bytes < minimum ? "too small" : *bytes > maximum ? "too large" : NULL;
    return *why == NULL;
}

const char *duration_text(int64_t ns, char *buffer, size_t size)
{
    if (ns < NS_PER_S)
        snprintf(buffer, size, "%.1f ms", (double)ns / (double)NS_PER_MS);
    else
        snprintf(buffer, size, "%.2f s", (double)ns / (double)NS_PER_S);
    return buffer;
}

const char *wall_text(char *buffer, size_t size)
{
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    size_t used = strftime(buffer, size, "%Y-%m-%dT%H:%M:%S", gmtime_r(&now.tv_sec, &utc));
    snprintf(buffer + used, size - used, ".%06ldZ", now.tv_nsec / 1000);
    return buffer;
}

int64_t clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

int64_t time_earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t clock_left(int64_t until)
{
    int64_t left = until == INT64_MAX ? -1 : until - clock_now();
    return until != INT64_MAX && left < 0 ? 0 : left;
}
