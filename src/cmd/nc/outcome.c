/* SPDX-License-Identifier: ISC */
/* The exit status after a transfer, as nc sees it. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/nc/lines.h"
#include "cmd/nc/nc.h"
#include "why/failure.h"

int nc_transfer_status(int result, const struct failure *failure)
{
    if (result > 0)
        return result == SIGPIPE ? EXIT_DONE : EXIT_SIGNAL + result;
    if (result == 0 || (failure->phase != PHASE_OUTPUT && failure->phase != PHASE_OTHER))
        return EXIT_DONE;
    NC_LINE(FAILED, F_TEXT("program", getprogname()),
        F_TEXT("name", failure->name ? failure->name : failure->call),
        F_TEXT("text", strerror(failure->error)));
    return EXIT_OTHER;
}
