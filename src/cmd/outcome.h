/* SPDX-License-Identifier: ISC */
/* Reports a failure and finds its exit status. */
#ifndef CMD_OUTCOME_H
#define CMD_OUTCOME_H

#include "cmd/command.h"
#include "why/failure.h"

/* Emits `failed` and what is known about its cause. conn: number of the connection, or 0. */
void failure_emit(struct sink *sink, unsigned conn, const struct failure *failure);

/* The second part of it. For a lookup it asks the name servers once more, which may take a second. */
void failure_explain(struct sink *sink, const struct failure *failure);

/* What ELIBACC means for a netlink question; NULL for any other errno. */
const char *missing_library(int error);

/* The status of a question to the kernel that failed with errno: EXIT_MISSING if a right, a library or a
 * feature is missing here, else EXIT_OTHER. */
int missing_status(int error);
/* Reports such a failure and returns its status. */
int question_finish(struct sink *sink, struct failure *failure);
/* The same of a call that failed with errno. */
int question_call_finish(struct sink *sink, const char *call);

/* The one table of exit statuses. */
int failure_status(const struct failure *failure);

/* failure_emit; returns the status. */
int failure_finish(struct sink *sink, const struct failure *failure);

/* The same of a call that failed with errno and that no socket, name or address is behind. */
int call_finish(struct sink *sink, const char *call);

#endif
