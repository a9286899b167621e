/* The progress of a transfer: bytes, rate and time left. */
#ifndef CMD_TRANSFER_PROGRESS_H
#define CMD_TRANSFER_PROGRESS_H

#include "cmd/options/transfer-options.h"
#include "cmd/progress.h"

/* --progress, if given: between these two calls the plan's bytes are shown as they move. plan->watch is not
 * NULL. */
struct transfer_progress {
    struct progress progress;
    struct relay_totals totals;
    int64_t began;
    uint64_t size; /* of the file being sent; 0: not known */
};
void transfer_progress_begin(const struct transfer_options *options, struct sink *sink,
    struct relay_plan *plan, struct transfer_progress *progress);
void transfer_progress_end(struct transfer_progress *progress);

#endif
