/* SPDX-License-Identifier: ISC */
/* What the name servers say after a lookup has failed; see evidence.h. */
#include "net/dns/evidence.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/portability.h"
#include "net/dns/ask.h"
#include "why/name/source.h"

/* Whether the name servers may have been asked, and what they say can matter. */
static bool is_about_dns(const struct failure *failure)
{
    const struct evidence *evidence = &failure->evidence;
    bool is_address = !failure->name && failure->address.length > 0;
    if (failure->phase != PHASE_RESOLVE || evidence->is_service || (!failure->name && !is_address))
        return false;
    if (failure->error == EMFILE || failure->error == ENFILE || evidence->flags & AI_NUMERICHOST)
        return false;
    /* An international name is not asked for as it is written, and an IPv6 address is not a name. */
    if (evidence->flags & AI_IDN || (failure->name && strchr(failure->name, ':')))
        return false;
    switch (failure->eai) {
    case 0:
    case EAI_NONAME:
    case EAI_NODATA:
    case EAI_AGAIN:
    case EAI_FAIL: return name_reaches_dns(failure->name);
    default: return false;
    }
}

struct asked *names_ask(struct sink *sink, const struct failure *failure)
{
    struct dns_question question = {.name = failure->name,
        .address = &failure->address,
        .family = failure->evidence.family,
        .limit = NS_PER_S};
    if (!sink_wants(sink, EVENT_WHY) || !is_about_dns(failure))
        return NULL;
    if (failure->gave_up && failure_waited(failure) >= 0 && failure_waited(failure) < question.limit)
        question.limit = failure_waited(failure);
    struct asked *asked = calloc(1, sizeof(*asked));
    if (asked && !dns_ask(sink, &question, asked)) {
        free(asked);
        asked = NULL;
    }
    return asked;
}

void names_free(struct asked *asked)
{
    if (asked)
        asked_free(asked);
    free(asked);
}
