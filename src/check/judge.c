/* SPDX-License-Identifier: ISC */
/* Applies the rules of all files. */
#include "check/judge.h"

#include <stdlib.h>

#include "base/cleanup.h"

static void groups_judge(const struct host *host, const struct rule *rule, struct checked *suspects,
    size_t count, struct found *findings)
{
    if (rule->compare && count > 0)
        qsort(suspects, count, sizeof(*suspects), rule->compare);
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i + 1; rule->compare && end < count && rule->compare(&suspects[i], &suspects[end]) == 0;)
            end++;
        rule->judge(host, &suspects[i], end - i, findings);
    }
}

static void rule_apply(const struct host *host, const struct rule *rule, struct found *findings)
{
    cleanup_free struct checked *suspects = NULL;
    size_t count = 0;
    for (size_t i = 0; i < host->count; i++)
        count += rule->wants(host, &host->sockets[i]);
    if (count == 0)
        return;
    suspects = calloc(count, sizeof(*suspects));
    if (!suspects) {
        findings->failed = true;
        return;
    }
    count = 0;
    for (size_t i = 0; i < host->count; i++)
        if (rule->wants(host, &host->sockets[i]))
            suspects[count++] = host->sockets[i];
    groups_judge(host, rule, suspects, count, findings);
}

void host_judge(const struct host *host, struct found *findings)
{
    static const struct rule *const sets[] = {
        listener_rules, shared_rules, sender_rules, reader_rules, port_rules, datagram_rules};
    for (size_t i = 0; i < array_size(sets); i++)
        for (const struct rule *rule = sets[i]; rule->wants; rule++)
            rule_apply(host, rule, findings);
    memory_judge(host, findings);
    processes_judge(host, findings);
    found_sort(findings);
}
