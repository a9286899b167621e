/* SPDX-License-Identifier: ISC */
/* The sources of the line "hosts:" in nsswitch.conf(5): which were asked for a name, and what each said. */
#ifndef WHY_NAME_SOURCE_H
#define WHY_NAME_SOURCE_H

#include "why/cause.h"

/* What keeps a name from being asked for at all; NULL if nothing does. */
const char *name_defect(const char *name);

/* Whether DNS was, or may have been, asked for name (NULL: for an address). */
bool name_reaches_dns(const char *name);

/* What each source said of name (NULL: of the failure's address). */
void cause_sources(struct why *why, const char *name);

#endif
