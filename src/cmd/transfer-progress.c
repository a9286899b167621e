/* SPDX-License-Identifier: ISC */
/* The progress of a transfer: bytes, rate and time left. */
#include "cmd/transfer-progress.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/number.h"

/* "1.5 GiB" */
static const char *bytes_text(double bytes, char *buffer, size_t size)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    size_t unit = 0;
    while (bytes >= 1024 && unit + 1 < array_size(units)) {
        bytes /= 1024;
        unit++;
    }
    snprintf(buffer, size, unit ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
    return buffer;
}

static void progress_text(const void *what, char *text, size_t size)
{
    const struct transfer_progress *progress = what;
    const struct totals *totals = &progress->totals;
    char sent[24], received[24], rate[24], left[DURATION_TEXT_MAX];
    double elapsed = (double)(clock_now() - progress->began) / 1e9;
    double speed = (double)(totals->sent + totals->received) / (elapsed > 0 ? elapsed : 1);
    size_t used = (size_t)snprintf(text, size, "sent %s, received %s, %s/s",
        bytes_text((double)totals->sent, sent, sizeof(sent)),
        bytes_text((double)totals->received, received, sizeof(received)),
        bytes_text(speed, rate, sizeof(rate)));
    if (progress->size <= totals->sent || !totals->sent || used >= size)
        return;
    double rest = elapsed / (double)totals->sent * (double)(progress->size - totals->sent);
    snprintf(text + used, size - used, ", %s left", duration_text((int64_t)(rest * 1e9), left, sizeof(left)));
}

/* The unread rest of stdin, if it is a file. */
static uint64_t input_size(int input)
{
    struct stat status;
    if (input < 0 || fstat(input, &status) < 0 || !S_ISREG(status.st_mode))
        return 0;
    off_t at = lseek(input, 0, SEEK_CUR);
    return at >= 0 && at < status.st_size ? (uint64_t)(status.st_size - at) : 0;
}

void transfer_progress_begin(const struct transfer_options *options, struct context *context, int input,
    struct transfer_progress *progress)
{
    *progress = (struct transfer_progress){.began = clock_now(), .size = input_size(input)};
    if (!options->progress)
        return;
    context->totals = &progress->totals;
    progress_start(&progress->progress, context, progress_text, progress);
}

void transfer_progress_end(struct transfer_progress *progress)
{
    progress_end(&progress->progress);
}
