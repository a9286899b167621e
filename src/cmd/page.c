/* SPDX-License-Identifier: ISC */
/* Results that are not reports: help, lists, drawings; see page.h. */
#include "cmd/page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"
#include "report/writer.h"

FILE *page(void)
{
    return writer_stream(STDOUT_FILENO);
}

int page_finish(void)
{
    if (writer_flush(page()) == 0)
        return EXIT_DONE;
    message_print("%s: stdout: %s", getprogname(), strerror(errno));
    return EXIT_OTHER;
}

int memory_finish(void)
{
    message_print("%s: %s", getprogname(), strerror(ENOMEM));
    return EXIT_OTHER;
}
