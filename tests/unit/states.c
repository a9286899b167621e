/* SPDX-License-Identifier: ISC */
/* states.c: which changes of a TCP state are one step. */
#include "net/watch/states.h"

#include <netinet/tcp.h>
#include <string.h>

#include "tap.h"

static bool is_step(int before, int now)
{
    return strcmp(state_seen(before, now).key, "from") == 0;
}

int main(void)
{
    ok(is_step(TCP_ESTABLISHED, TCP_CLOSE_WAIT), "ESTABLISHED leads to CLOSE_WAIT");
    ok(!is_step(TCP_ESTABLISHED, TCP_LAST_ACK), "between ESTABLISHED and LAST_ACK lies CLOSE_WAIT");
    ok(!is_step(TCP_FIN_WAIT1, TCP_TIME_WAIT), "between FIN_WAIT1 and TIME_WAIT lies FIN_WAIT2 or CLOSING");
    ok(is_step(TCP_FIN_WAIT2, TCP_TIME_WAIT), "FIN_WAIT2 leads to TIME_WAIT");
    ok(is_step(TCP_ESTABLISHED, TCP_CLOSE), "an RST leads from anywhere to CLOSE");
    ok(state_has_fin(TCP_CLOSE_WAIT) && !state_has_fin(TCP_FIN_WAIT2), "CLOSE_WAIT has the peer's FIN");
    return done();
}
