/* SPDX-License-Identifier: ISC */
/* The table of findings, and the list of those that were made. */
#include "check/finding.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"

/* clang-format off */
const struct finding_row finding_rows[FINDING_CODES] = {
#define FINDING(id, code, meaning, fact, evidence, advice)                                                   \
    [FINDING_##id] = {code, meaning, fact, evidence, advice},
#include "check/findings.def"
#undef FINDING
};
/* clang-format on */

void finding_add(struct found *findings, enum finding_code code, int64_t weight, const struct address *host,
    const struct field *evidence)
{
    struct finding *finding = calloc(1, sizeof(*finding));
    struct finding **items = array_room(findings->items, findings->count, sizeof(*items));
    size_t count = 0;
    if (items)
        findings->items = items;
    if (!items || !finding) {
        free(finding);
        findings->failed = true;
        return;
    }
    finding->code = code;
    finding->weight = weight;
    if (host)
        finding->fields[count++] = F_TEXT("host", host_text(host, finding->host, sizeof(finding->host)));
    for (; evidence->type != FIELD_END && count < FINDING_FIELDS_MAX; evidence++)
        finding->fields[count++] = *evidence;
    finding->fields[count] = F_END;
    items[findings->count++] = finding;
}

static int compare_findings(const void *a, const void *b)
{
    const struct finding *x = *(struct finding *const *)a, *y = *(struct finding *const *)b;
    if (x->code != y->code)
        return x->code < y->code ? -1 : 1;
    return (x->weight < y->weight) - (x->weight > y->weight);
}

void found_sort(struct found *findings)
{
    if (findings->count > 0)
        qsort(findings->items, findings->count, sizeof(struct finding *), compare_findings);
}

/* The line, to be released by the caller; NULL without memory. */
static char *line_of(const char *template, const struct field *fields)
{
    char *text = NULL;
    size_t size;
    FILE *memory = open_memstream(&text, &size);
    if (!memory)
        return NULL;
    text_fill(memory, template, fields);
    return fclose(memory) == 0 ? text : NULL;
}

static void finding_emit(struct sink *sink, const struct finding *finding)
{
    const struct finding_row *row = &finding_rows[finding->code];
    cleanup_free char *fact = line_of(row->fact, finding->fields);
    cleanup_free char *evidence = line_of(row->evidence, finding->fields);
    cleanup_free char *advice = line_of(row->advice, finding->fields);
    struct field fields[FINDING_FIELDS_MAX + 5] = {F_TEXT("code", row->code), F_TEXT("text", fact),
        F_TEXT("evidence", evidence), F_TEXT("advice", advice)};
    size_t count = 4;
    for (const struct field *field = finding->fields; field->type != FIELD_END; field++)
        fields[count++] = *field;
    fields[count] = F_END;
    sink_emit(sink, EVENT_FINDING, fields);
}

void found_emit(struct sink *sink, const struct found *findings)
{
    for (size_t i = 0; i < findings->count && sink_wants(sink, EVENT_FINDING); i++)
        finding_emit(sink, findings->items[i]);
}

void found_free(struct found *findings)
{
    for (size_t i = 0; i < findings->count; i++)
        free(findings->items[i]);
    free(findings->items);
    *findings = (struct found){.items = NULL};
}
