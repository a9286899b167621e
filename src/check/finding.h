/* SPDX-License-Identifier: ISC */
/* The findings of --check: their table, a list of them, and emitting it. */
#ifndef CHECK_FINDING_H
#define CHECK_FINDING_H

#include "report/event.h"

/* Every finding; scripts rely on the codes. The order is that of gravity, worst first. */
enum finding_code {
#define FINDING(id, code, meaning, fact, evidence, advice) FINDING_##id,
#include "check/findings.def"
#undef FINDING
    FINDING_CODES
};

struct finding_row {
    const char *code;
    const char *meaning;                  /* one line for the manual */
    const char *fact, *evidence, *advice; /* lines for people, in the grammar of report/text.c */
};
extern const struct finding_row finding_rows[FINDING_CODES];

#define FINDING_FIELDS_MAX 16
struct finding {
    enum finding_code code;
    int64_t weight;                              /* the larger, the earlier among those of one code */
    struct field fields[FINDING_FIELDS_MAX + 1]; /* the evidence, up to F_END; it borrows */
    char host[64];                               /* what the field "host" borrows */
};

/* Empty when zeroed. */
struct found {
    struct finding **items;
    size_t count;
    bool failed; /* memory ran out: some are missing */
};

/* Adds a finding with its evidence, up to F_END. host, if not NULL, becomes the field "host", without its
 * port. */
void finding_add(struct found *findings, enum finding_code code, int64_t weight, const struct address *host,
    const struct field *evidence);

/* Worst first. */
void found_sort(struct found *findings);

/* Emits `finding` for each, in the order of the list. */
void found_emit(struct sink *sink, const struct found *findings);

void found_free(struct found *findings);

#endif
