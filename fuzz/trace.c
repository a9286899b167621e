/* SPDX-License-Identifier: ISC */
/* trace.c and drops.c: any text as a line of trace_pipe, in which any process may write its name. */
#include "kernel/trace.h"
#include "kernel/trace/drops.h"

#include "base/cleanup.h"
#include "fuzz.h"

static void drop_check(const char *line)
{
    struct drop drop;
    if (!drop_parse(line, &drop))
        return;
    must(drop.head.when >= 0 && drop.protocol >= 0 && drop.protocol <= UINT16_MAX);
    if (drop.kind == DROP_RESET || drop.kind == DROP_RESENT)
        must(address_port(&drop.local) >= 0 && address_port(&drop.peer) >= 0);
    must(!drop_is_of(&drop, &drop));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_free char *text = input_string(data, size);
    struct trace_transition transition;
    drop_check(text);
    if (!trace_parse(text, &transition))
        return 0;
    must(transition.head.when >= 0);
    must(address_port(&transition.local) >= 0 && address_port(&transition.peer) >= 0);
    must(transition.from > 0 && transition.to > 0);
    return 0;
}
