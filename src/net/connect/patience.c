/* SPDX-License-Identifier: ISC */
/* What a person sees on a terminal while a connect waits: that nothing has answered yet. */
#include "net/connect/patience.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "kernel/tcpinfo.h"

#define FIRST NS_PER_S

/* The SYNs of all attempts that are under way. */
static unsigned syns_count(const struct race *race)
{
    unsigned count = 0;
    for (size_t i = 0; i < race->targets->count; i++) {
        struct tcpinfo tcpinfo;
        if (race->attempts[i].fd >= 0 && tcpinfo_read(race->attempts[i].fd, &tcpinfo) == 0)
            count += 1 + tcpinfo.is.tcpi_total_retrans;
    }
    return count;
}

static void patience_serve(struct watch_item *item)
{
    struct patience *patience = item->owner;
    char text[128], elapsed[DURATION_TEXT_MAX];
    int64_t now = clock_now();
    unsigned syns = syns_count(patience->race);
    duration_text(now - patience->began, elapsed, sizeof(elapsed));
    if (syns > 0)
        snprintf(
            text, sizeof(text), "%u SYN%s unanswered so far, after %s", syns, syns == 1 ? "" : "s", elapsed);
    else
        snprintf(text, sizeof(text), "not connected yet, after %s", elapsed);
    sink_note(patience->race->sink, text);
    patience->pause *= 2;
    item->due = now + patience->pause;
}

void patience_begin(struct patience *patience, const struct race *race)
{
    int64_t now = clock_now();
    *patience = (struct patience){.race = race, .began = now, .pause = FIRST};
    patience->item =
        (struct watch_item){.fd = -1, .due = now + FIRST, .serve = patience_serve, .owner = patience};
    if (race->sink->notes)
        watch_add(race->context->watch, &patience->item);
}

void patience_end(struct patience *patience)
{
    if (!patience->race->sink->notes)
        return;
    watch_remove(patience->race->context->watch, &patience->item);
    sink_note(patience->race->sink, NULL);
}

void patience_retry(struct sink *sink, unsigned tries, const struct failure *failure)
{
    char text[256];
    if (!sink->notes)
        return;
    snprintf(text, sizeof(text), "tried %u time%s: %s", tries, tries == 1 ? "" : "s",
        failure->eai ? gai_strerror(failure->eai) : strerror(failure->error));
    sink_note(sink, text);
}
