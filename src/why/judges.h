/* SPDX-License-Identifier: ISC */
/* The judges: each explains one kind of failure. */
#ifndef WHY_JUDGES_H
#define WHY_JUDGES_H

#include "why/cause.h"

void why_bind(struct why *why);
void why_not_available(struct why *why);   /* EADDRNOTAVAIL of bind */
void why_invalid_address(struct why *why); /* EINVAL of bind */
void why_connect(struct why *why);
void why_refused(struct why *why, int protocol);
void why_timed_out(struct why *why); /* of a SYN */
void why_stream(struct why *why);
void why_limit(struct why *why); /* a connection that moved no data for too long */
/* A connection that the listener has not accepted; false if it has, or if that is not known. */
bool cause_not_accepted(struct why *why);
void why_not_read(struct why *why); /* a unix datagram that could not be sent */
void why_dropped(struct why *why);  /* before all others: what the tracepoints said */
void why_moved(struct why *why);    /* besides: what may have to do with it */
void why_unix(struct why *why);
void why_option(struct why *why);
void why_name(struct why *why);
void why_resolver_slow(struct why *why);

#endif
