/* SPDX-License-Identifier: ISC */
/* --port-file: writes the listening address, for a script that waits for it. */
#ifndef CMD_PORT_FILE_H
#define CMD_PORT_FILE_H

#include "base/address.h"
#include "why/failure.h"

/* Writes "HOST PORT\n" (or the unix path) to path atomically: a reader never sees half of it. -1 with
 * *failure (PHASE_OUTPUT). */
int port_file_write(const char *path, const struct address *local, struct failure *failure);

#endif
