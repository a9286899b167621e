/* --port-file: tells a script where we listen. */
#ifndef CMD_PORT_FILE_H
#define CMD_PORT_FILE_H

#include "base/address.h"
#include "why/failure.h"

/* Writes "HOST PORT\n" (or the unix path) to path atomically: whoever sees the file sees all of it. -1 with
 * *failure (PHASE_OUTPUT). */
int port_file_write(const char *path, const struct address *local, struct failure *failure);

#endif
