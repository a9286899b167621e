/* SPDX-License-Identifier: ISC */
/* fuzz.h: what the fuzzers share. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold: the fuzzer stops where it does not, and keeps the input. */
#define must(holds)                                                                                          \
    do {                                                                                                     \
        if (!(holds))                                                                                        \
            abort();                                                                                         \
    } while (0)

/* The input as a string of its own, so that a read past its end is seen. The caller frees it. */
static inline char *input_string(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    must(text);
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

#endif
