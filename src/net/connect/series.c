/* SPDX-License-Identifier: ISC */
/* The same ports probed again and again; see series.h. */
#include "net/connect/series.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/spread.h"

/* Probes that a terminal shows as a row of bars. */
#define BARS_MOST 60

void series_free(struct series_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].times);
        free(list->items[i].changes);
    }
    free(list->items);
}

static struct series *series_find(struct series_list *list, const struct address *address)
{
    for (size_t i = 0; i < list->count; i++) {
        struct series *series = &list->items[(list->next + i) % list->count];
        if (address_equal(&series->address, address)) {
            list->next = (size_t)(series - list->items) + 1;
            return series;
        }
    }
    return NULL;
}

/* Found or made; NULL without memory. */
static struct series *series_of(struct series_list *list, const struct address *address)
{
    struct series *series = series_find(list, address);
    if (series)
        return series;
    struct series *items = array_room(list->items, list->count, sizeof(*items));
    if (!items)
        return NULL;
    list->items = items;
    list->items[list->count] = (struct series){.address = *address};
    return &list->items[list->count++];
}

static bool time_add(struct series *series, enum probe_state state, int64_t elapsed)
{
    uint32_t *times = array_room(series->times, series->probes, sizeof(*times));
    int64_t microseconds = elapsed / NS_PER_US;
    if (!times)
        return false;
    series->times = times;
    times[series->probes++] = state != PROBE_OPEN           ? SPREAD_NONE
                              : microseconds >= SPREAD_NONE ? SPREAD_NONE - 1
                                                            : (uint32_t)microseconds;
    return true;
}

static bool change_add(struct series *series, enum probe_state state, const char *wall)
{
    struct series_change *changes = array_room(series->changes, series->change_count, sizeof(*changes));
    if (!changes)
        return false;
    series->changes = changes;
    changes += series->change_count++;
    changes->from = series->state;
    changes->to = state;
    strlcpy(changes->wall, wall, sizeof(changes->wall));
    return true;
}

const struct series *series_note(struct series_list *list, const struct address *address,
    enum probe_state state, int64_t elapsed, const char *wall)
{
    struct series *series = series_of(list, address);
    bool differs = series && series->state != state;
    if (!series || !time_add(series, state, elapsed) ||
        (differs && series->state != PROBE_UNKNOWN && !change_add(series, state, wall))) {
        list->error = ENOMEM;
        return NULL;
    }
    series->count[state]++;
    series->was = differs ? series->state : PROBE_UNKNOWN;
    if (differs) {
        int64_t now = clock_now();
        series->lasted = now - series->since;
        series->since = now;
        list->changed = true;
    }
    series->state = state;
    return series;
}

/* The changes as rows of fields, of which the list in *rows borrows. */
struct change_rows {
    struct field (*fields)[4];
    const struct field **rows;
};

static bool change_rows_fill(struct change_rows *rows, const struct series *series)
{
    rows->fields = calloc(series->change_count + 1, sizeof(*rows->fields));
    rows->rows = calloc(series->change_count + 1, sizeof(*rows->rows));
    if (!rows->fields || !rows->rows)
        return false;
    for (size_t i = 0; i < series->change_count; i++) {
        const struct series_change *change = &series->changes[i];
        rows->fields[i][0] = F_TEXT("at", change->wall);
        rows->fields[i][1] = F_TEXT("from", probe_state_words[change->from]);
        rows->fields[i][2] = F_TEXT("to", probe_state_words[change->to]);
        rows->fields[i][3] = F_END;
        rows->rows[i] = rows->fields[i];
    }
    return true;
}

static void summary_emit(struct sink *sink, const struct series *series, int64_t elapsed)
{
    const unsigned *count = series->count;
    struct spread spread = {.minimum = 0};
    bool has = spread_of(series->times, series->probes, &spread);
    char bars[SPREAD_BARS_SIZE(BARS_MOST)];
    struct change_rows changes = {.fields = NULL};
    bool listed = change_rows_fill(&changes, series);
#define F_STATE_COUNT(key, state) (count[state] || sink->json ? F_INT(key, count[state]) : F_NONE)
#define F_SPREAD(key, value)      (has ? F_TIME_FINE(key, value) : F_NONE)
    emit(sink, EVENT_SUMMARY_SERIES, F_ADDRESS("address", &series->address),
        F_INT("probes", (int64_t)series->probes), F_STATE_COUNT("open", PROBE_OPEN),
        F_STATE_COUNT("closed", PROBE_CLOSED), F_STATE_COUNT("filtered", PROBE_FILTERED),
        F_STATE_COUNT("unreachable", PROBE_UNREACHABLE), F_STATE_COUNT("silent", PROBE_SILENT),
        F_SPREAD("min", spread.minimum), F_SPREAD("avg", spread.average), F_SPREAD("median", spread.median),
        F_SPREAD("p90", spread.p90), F_SPREAD("p99", spread.p99), F_SPREAD("max", spread.maximum),
        F_SPREAD("mdev", spread.deviation),
        listed && (series->change_count || sink->json) ? F_LIST("changes", changes.rows, series->change_count)
                                                       : F_NONE,
        sink->notes && !sink->json
            ? F_TEXT("bars", spread_bars(series->times, series->probes, BARS_MOST, bars))
            : F_NONE,
        F_TIME("elapsed", elapsed));
#undef F_STATE_COUNT
#undef F_SPREAD
    free(changes.fields);
    free(changes.rows);
}

void series_emit(struct sink *sink, const struct series_list *list)
{
    if (!sink_wants(sink, EVENT_SUMMARY_SERIES))
        return;
    for (size_t i = 0; i < list->count; i++)
        summary_emit(sink, &list->items[i], clock_now() - list->began);
}
