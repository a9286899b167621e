/* SPDX-License-Identifier: ISC */
/* What a probe finds a port to be. */
#include "net/connect/probe-state.h"

#include <stddef.h>

const char *const probe_state_words[PROBE_STATES] = {
    [PROBE_OPEN] = "open",
    [PROBE_CLOSED] = "closed",
    [PROBE_FILTERED] = "filtered",
    [PROBE_UNREACHABLE] = "unreachable",
    [PROBE_SILENT] = "silent",
};
