/* SPDX-License-Identifier: ISC */
/* What one name server answers, as a cause. */
#ifndef WHY_NAME_ANSWER_H
#define WHY_NAME_ANSWER_H

#include "why/name/asked.h"
#include "why/cause.h"

/* Whether a server has answered any query. */
bool answers_came(const struct asked *asked, int server);

/* Reports what it answers to the queries, or that it does not. */
void cause_answers(struct why *why, const struct asked *asked, int server);

#endif
