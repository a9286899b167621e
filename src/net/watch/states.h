/* SPDX-License-Identifier: ISC */
/* Changes of TCP states that are seen by looking now and then. */
#ifndef NET_WATCH_STATES_H
#define NET_WATCH_STATES_H

#include "report/event.h"

/* The state that was seen last, as a field of the event of the state that is seen now: `from` where the one
 * leads to the other in one step, `seen` where states between them were missed. */
struct field state_seen(int before, int now);
/* "previous": the same as "from" of state_seen(), or absent. */
struct field state_previous(int before, int now);

/* Whether the peer's FIN has been received in a state. The kernel counts it as a byte. */
bool state_has_fin(int state);

#endif
