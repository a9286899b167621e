/* SPDX-License-Identifier: ISC */
/* Which name servers were asked, and what each answers. */
#ifndef WHY_NAME_SERVER_H
#define WHY_NAME_SERVER_H

#include "why/cause.h"

/*
 * Names the servers that were asked for name (NULL: for an address), if any was: not one if the sources of
 * hosts end before DNS, nor for a name that DNS cannot have. Then what each of them answers, or why it
 * cannot.
 */
void cause_servers(struct why *why, const char *name);

#endif
