/* SPDX-License-Identifier: ISC */
/* Finds out whether a peer that has sent FIN has closed its socket, or only half-closed. */
#include "net/data/holder.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/number.h"
#include "call/call.h"
#include "call/observe.h"
#include "kernel/sockdiag/sockdiag.h"
#include "net/data/conversation.h"

/* Intervals of looking. */
#define FIRST (5 * NS_PER_MS)
#define MOST  (500 * NS_PER_MS)

struct holder holder_none(void)
{
    return (struct holder){.at = INT64_MAX, .delay = FIRST};
}

static void look_later(struct holder *holder, const struct conversation *conversation)
{
    holder->at = watch_now(conversation->context->watch) + holder->delay;
    holder->delay = time_earlier(holder->delay * 2, MOST);
}

/* The socket can vanish from the kernel's list a moment before its RST leaves, which poll() will then report:
 * only the second look is believed. */
static void gone_take(struct holder *holder, struct conversation *conversation, bool input_ready)
{
    bool is_certain = holder->gone;
    holder->gone = true;
    if (is_certain && !input_ready && !conversation_has_output(conversation) &&
        socket_output_queued(conversation->fd) <= 0)
        conversation->done = true;
    else
        look_later(holder, conversation);
}

void holder_look(struct holder *holder, struct conversation *conversation, bool input_ready)
{
    int found = sockdiag_other_end(&conversation->local, &conversation->peer);
    holder->looked = true;
    holder->at = INT64_MAX;
    /* A peer that is not listed may be in another namespace or on another host; on loopback it is gone. */
    if (found == SOCKDIAG_ORPHAN || (found == SOCKDIAG_ABSENT && address_is_loopback(&conversation->peer))) {
        gone_take(holder, conversation, input_ready);
        return;
    }
    holder->gone = false;
    if (found == SOCKDIAG_HELD) {
        look_later(holder, conversation);
        return;
    }
    int on = 1;
    CALL_SETSOCKOPT(conversation->sink, conversation->fd, SOL_SOCKET, SO_KEEPALIVE, on, "1");
}
