/* SPDX-License-Identifier: ISC */
/* The progress of a transfer: bytes, rate and time left. */
#ifndef CMD_TRANSFER_PROGRESS_H
#define CMD_TRANSFER_PROGRESS_H

#include "cmd/options/transfer-options.h"
#include "cmd/progress.h"

/* --progress, if given: between these two calls context->totals counts the bytes, which are shown as they
 * move. input: the plan's. */
struct transfer_progress {
    struct progress progress;
    struct totals totals;
    int64_t began;
    uint64_t size; /* of the file being sent; 0: not known */
};
void transfer_progress_begin(const struct transfer_options *options, struct context *context, int input,
    struct transfer_progress *progress);
void transfer_progress_end(struct transfer_progress *progress);

#endif
