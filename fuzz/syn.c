/* SPDX-License-Identifier: ISC */
/* syn.c: any bytes as the headers of a SYN. */
#include "kernel/syn.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct syn syn;
    if (!syn_decode(data, size, &syn))
        return 0;
    must(syn.version == 4 || syn.version == 6);
    must(syn.kind_count <= SYN_OPTIONS_MAX);
    must(syn.mss >= -1 && syn.mss <= UINT16_MAX && syn.window >= 0 && syn.window <= UINT16_MAX);
    must(syn.window_scale >= -1 && syn.window_scale <= UINT8_MAX);
    must(syn.fast_open >= -1 && syn.fast_open <= SYN_OPTIONS_MAX);
    return 0;
}
