/* SPDX-License-Identifier: ISC */
/* What a person sees on a terminal while a connect waits: that nothing has answered yet. */
#ifndef NET_CONNECT_PATIENCE_H
#define NET_CONNECT_PATIENCE_H

#include "net/connect/race.h"

struct patience {
    struct watch_item item;
    const struct race *race;
    int64_t began, pause;
};

/* From a second on, and then more and more rarely, the attempts that are under way are noted, until
 * patience_end(). Nothing happens if stderr is not a terminal. */
void patience_begin(struct patience *patience, const struct race *race);
void patience_end(struct patience *patience);

/* Notes that a round of --retry failed: how many there were, and why the last one did. */
void patience_retry(struct sink *sink, unsigned tries, const struct failure *failure);

#endif
