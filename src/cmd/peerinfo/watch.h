/* Events that are told again only where they changed: what --watch is made of. */
#ifndef CMD_PEERINFO_WATCH_H
#define CMD_PEERINFO_WATCH_H

#include "report/event.h"

struct watch;

/* NULL when there is no memory for it. To be given back with watch_free(). */
struct watch *watch_new(void);
void watch_free(struct watch *watch);

/*
 * Emits the event the first time that kind comes with this identity; from then on the fields that differ from
 * the last time, as kind changed, with the first `keep` fields in front, which say what it is about; nothing
 * where none does. Fields that run by themselves are named in `running` (NULL at the end) and are not
 * compared. watch NULL: emits always.
 */
void watch_emit(struct watch *watch, struct sink *sink, enum event_kind kind, enum event_kind changed,
    uint64_t identity, size_t keep, const char *const *running, const struct field *fields);

/* Begins a new round; watch_gone() then calls gone for each identity of kind that did not come in the round
 * before. */
void watch_round(struct watch *watch);
void watch_gone(
    struct watch *watch, enum event_kind kind, void (*gone)(uint64_t identity, void *data), void *data);

#endif
