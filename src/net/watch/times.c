/* SPDX-License-Identifier: ISC */
/* Where the time of a connect went; see times.h. */
#include "net/watch/times.h"

#include "base/number.h"

struct times times_begin(bool shown)
{
    return (struct times){.began = clock_now(), .resolve = -1, .first_byte = -1, .shown = shown};
}

void times_received(struct times *times)
{
    if (times->began && times->first_byte < 0)
        times->first_byte = clock_now() - times->began;
}

struct times_fields times_fields(const struct times *times, bool text)
{
    const struct timing *timing = &times->timing;
    const char *clock = text ? NULL : "clock";
    struct times_fields none = {.resolve = F_NONE};
    if (!times->began)
        return none;
    bool numbered = times->attempts > 0 && !(text && times->attempt && times->attempts == 1);
    return (struct times_fields){
        .resolve = times->resolve < 0 ? F_NONE : F_TIME_FINE("resolve", times->resolve),
        .connect = times->connected ? F_TIME_FINE("connect", timing->elapsed) : F_NONE,
        .measure = times->connected ? F_TEXT("measure", timing->by_kernel ? "TCP_INFO" : clock) : F_NONE,
        .attempt = numbered && times->attempt ? F_INT("attempt", times->attempt) : F_NONE,
        .attempts = numbered ? F_INT("attempts", times->attempts) : F_NONE,
        .resent = timing->resent ? F_INT("resent", timing->resent) : F_NONE,
        .late = timing->late ? F_TIME("late", timing->late) : F_NONE,
        .first_byte = times->first_byte < 0 ? F_NONE : F_TIME_FINE("first_byte", times->first_byte),
        .total = F_TIME_FINE("total", clock_now() - times->began)};
}

void times_emit(struct sink *sink, unsigned conn, const struct address *peer, const struct times *times)
{
    enum level level = times->shown ? LEVEL_LIFE : LEVEL_JSON_ONLY;
    if (!times->began || !sink_wants_level(sink, level))
        return;
    const struct times_fields fields = times_fields(times, !sink->json);
    emit_at(sink, level, EVENT_TIMES, F_CONN(conn), F_ADDRESS("peer", peer), F_TIMES_OF(fields));
}
