/* SPDX-License-Identifier: ISC */
/* trace.c: any text as a line of trace_pipe, in which any process may have written its name. */
#include "kernel/trace.h"

#include "base/cleanup.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_free char *text = input_string(data, size);
    struct trace_transition transition;
    if (!trace_parse(text, &transition))
        return 0;
    must(transition.when >= 0);
    must(address_port(&transition.local) >= 0 && address_port(&transition.peer) >= 0);
    must(transition.from > 0 && transition.to > 0);
    return 0;
}
