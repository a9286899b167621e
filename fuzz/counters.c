/* SPDX-License-Identifier: ISC */
/* counters.c: any text as a file of counters in /proc; the first byte chooses its form. */
#include "kernel/counters.h"

#include "base/cleanup.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct counters nothing = {.taken = true};
    struct counters counters = {.taken = true};
    struct counter_move moves[COUNTERS_MOST];
    char name[COUNTER_NAME_MAX];
    if (size < 2)
        return 0;
    cleanup_file FILE *file = fmemopen((void *)(data + 1), size - 1, "r");
    if (!file)
        return 0;
    counters_parse(&counters, (enum counters_form)(data[0] % 3), file);
    size_t count = counters_moved(
        &nothing, &counters, COUNTER_TCP | COUNTER_UDP | COUNTER_V4 | COUNTER_V6, moves, COUNTERS_MOST);
    must(count <= counter_count);
    for (size_t i = 0; i < count; i++)
        must(moves[i].by > 0 && *counter_name(moves[i].row, name, sizeof(name)));
    return 0;
}
