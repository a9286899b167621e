/* SPDX-License-Identifier: ISC */
/* Changes of TCP states that are seen by looking now and then; see states.h. */
#include "net/watch/states.h"

#include <netinet/tcp.h>

#define BIT(state) (1u << (state))

/* RFC 9293, section 3.3.2, as Linux has it: even if FIN and its ACK come in one segment, FIN_WAIT2 lies
 * between FIN_WAIT1 and TIME_WAIT. Each may also be followed by CLOSE, after an RST. */
static const unsigned next[] = {
    [TCP_SYN_SENT] = BIT(TCP_ESTABLISHED) | BIT(TCP_SYN_RECV),
    [TCP_SYN_RECV] = BIT(TCP_ESTABLISHED) | BIT(TCP_FIN_WAIT1),
    [TCP_ESTABLISHED] = BIT(TCP_FIN_WAIT1) | BIT(TCP_CLOSE_WAIT),
    [TCP_FIN_WAIT1] = BIT(TCP_FIN_WAIT2) | BIT(TCP_CLOSING),
    [TCP_FIN_WAIT2] = BIT(TCP_TIME_WAIT),
    [TCP_CLOSING] = BIT(TCP_TIME_WAIT),
    [TCP_CLOSE_WAIT] = BIT(TCP_LAST_ACK),
    [TCP_LAST_ACK] = 0,
    [TCP_TIME_WAIT] = 0,
    [TCP_CLOSE] = BIT(TCP_SYN_SENT) | BIT(TCP_LISTEN),
    [TCP_LISTEN] = 0,
};

static bool is_one_step(int before, int now)
{
    bool known = before > 0 && before < (int)(sizeof(next) / sizeof(next[0]));
    return !known || now == TCP_CLOSE || next[before] & BIT(now);
}

struct field state_seen(int before, int now)
{
    return is_one_step(before, now) ? F_STATE("from", before) : F_STATE("seen", before);
}

struct field state_previous(int before, int now)
{
    return is_one_step(before, now) ? F_STATE("previous", before) : F_NONE;
}

bool state_has_fin(int state)
{
    return state == TCP_CLOSE_WAIT || state == TCP_LAST_ACK || state == TCP_CLOSING || state == TCP_TIME_WAIT;
}
