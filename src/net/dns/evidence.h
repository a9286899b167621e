/* SPDX-License-Identifier: ISC */
/* What the name servers say after a lookup has failed: the evidence for its cause. */
#ifndef NET_DNS_EVIDENCE_H
#define NET_DNS_EVIDENCE_H

#include "report/event.h"
#include "why/name/asked.h"
#include "why/failure.h"

/*
 * Asks them, for at most a second, and after a lookup that was given up for no longer than it had lasted.
 * NULL if no cause would be reported, or if DNS was not asked; else the caller calls names_free().
 */
struct asked *names_ask(struct sink *sink, const struct failure *failure);
void names_free(struct asked *asked);

#endif
