/* SPDX-License-Identifier: ISC */
/* Events that are emitted again only if they changed, for --watch. */
#ifndef CMD_PEERINFO_CHANGES_H
#define CMD_PEERINFO_CHANGES_H

#include "kernel/tcpinfo.h"
#include "report/event.h"

struct changes;

/* NULL if memory runs out for it. The caller frees it with changes_free(). */
struct changes *changes_new(void);
void changes_free(struct changes *changes);

/*
 * Emits the event when this kind first comes with this identity. Later, emits the fields that differ from the
 * last time, as kind changed, after the first `keep` fields, which identify the subject; nothing if none
 * differs. `running` (ends with NULL) names fields that change by themselves, which are not compared. changes
 * NULL: always emits.
 */
void changes_emit(struct changes *changes, struct sink *sink, enum event_kind kind, enum event_kind changed,
    uint64_t identity, size_t keep, const char *const *running, const struct field *fields);

/* Keeps tcpinfo for the next time; *before is the one of the last time, and true, if there was one. */
bool changes_tcpinfo(
    struct changes *changes, uint64_t identity, const struct tcpinfo *tcpinfo, struct tcpinfo *before);

/* Begins a new round; changes_gone() then calls gone for each identity of kind that the round before did not
 * have. */
void changes_round(struct changes *changes);
void changes_gone(
    struct changes *changes, enum event_kind kind, void (*gone)(uint64_t identity, void *data), void *data);

#endif
