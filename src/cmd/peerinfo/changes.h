/* Events that are emitted again only if they changed: what --watch is made of. */
#ifndef CMD_PEERINFO_CHANGES_H
#define CMD_PEERINFO_CHANGES_H

#include "report/event.h"

struct changes;

/* NULL when there is no memory for it. To be given back with changes_free(). */
struct changes *changes_new(void);
void changes_free(struct changes *changes);

/*
 * Emits the event the first time that kind comes with this identity; from then on the fields that differ from
 * the last time, as kind changed, with the first `keep` fields in front, which say what it is about; nothing
 * where none does. Fields that run by themselves are named in `running` (NULL at the end) and are not
 * compared. changes NULL: emits always.
 */
void changes_emit(struct changes *changes, struct sink *sink, enum event_kind kind, enum event_kind changed,
    uint64_t identity, size_t keep, const char *const *running, const struct field *fields);

/* Begins a new round; changes_gone() then calls gone for each identity of kind that did not come in the round
 * before. */
void changes_round(struct changes *changes);
void changes_gone(
    struct changes *changes, enum event_kind kind, void (*gone)(uint64_t identity, void *data), void *data);

#endif
