/* SPDX-License-Identifier: ISC */
/* The size of a terminal; see terminal.h. */
#include "base/terminal.h"

#include <sys/ioctl.h>

size_t terminal_columns(int fd)
{
    struct winsize size;
    return ioctl(fd, TIOCGWINSZ, &size) < 0 ? 0 : size.ws_col;
}
