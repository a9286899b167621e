/* SPDX-License-Identifier: ISC */
/* segment.c: any bytes as a captured packet. */
#include "kernel/segment.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire_segment segment;
    if (!segment_read(data, size, &segment))
        return 0;
    must(segment.from.sa.sa_family == segment.to.sa.sa_family);
    must(address_port(&segment.from) >= 0 && address_port(&segment.to) >= 0);
    must(segment.length <= UINT16_MAX + 40 || segment.length <= size);
    must(strlen(segment.options) < SEGMENT_OPTIONS_TEXT);
    return 0;
}
