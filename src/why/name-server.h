/* SPDX-License-Identifier: ISC */
/* Whether name servers were asked, and which of them cannot answer. */
#ifndef WHY_NAME_SERVER_H
#define WHY_NAME_SERVER_H

#include "why/cause.h"

/*
 * Names the servers that were asked for name (NULL: for an address), if any was: not one if the sources of
 * hosts end before DNS, nor for a name that DNS cannot have. Those that cannot answer come first.
 */
void cause_servers(struct why *why, const char *name);

/* What keeps a name from being asked for at all; NULL if nothing does. */
const char *name_defect(const char *name);

#endif
