/* SPDX-License-Identifier: ISC */
/* Counters of lost packets; see counters.h. */
#include "kernel/counters.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/name.h"
#include "kernel/procfs-open.h"

const struct counter_row counter_rows[] = {
#define ANY                                        COUNTER_ANY
#define TCP                                        COUNTER_TCP
#define UDP                                        COUNTER_UDP
#define V4                                         COUNTER_V4
#define V6                                         COUNTER_V6
#define COUNTER(group, name, less, about, meaning) {group, name, less, about, meaning},
#include "kernel/counters.def"
#undef ANY
#undef TCP
#undef UDP
#undef V4
#undef V6
};
const size_t counter_count = array_size(counter_rows);
_Static_assert(array_size(counter_rows) <= COUNTERS_MOST, "COUNTERS_MOST is too small");

static bool has_word(const char *words, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = words; length > 0 && (at = strstr(at, word)); at += length)
        if ((at == words || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return true;
    return false;
}

static void counter_take(struct counters *counters, const char *group, const char *name, int64_t value)
{
    for (size_t i = 0; i < counter_count; i++) {
        const struct counter_row *row = &counter_rows[i];
        if (strcmp(row->group, group) != 0)
            continue;
        bool is_it = strcmp(row->name, name) == 0;
        if (!is_it && !has_word(row->less, name))
            continue;
        /* They wrap around in the kernel, too. */
        uint64_t before = (uint64_t)counters->values[i], add = (uint64_t)value;
        counters->values[i] = (int64_t)(is_it ? before + add : before - add);
        counters->found[i]++;
    }
}

/* A pair of lines: "Group: name name" and "Group: value value". */
static void pair_take(struct counters *counters, char *names, char *values)
{
    char *name_state, *value_state;
    const char *group = strtok_r(names, ": \n", &name_state);
    const char *again = strtok_r(values, ": \n", &value_state);
    if (!group || !again || strcmp(group, again) != 0)
        return;
    for (;;) {
        const char *name = strtok_r(NULL, " \n", &name_state);
        const char *value = strtok_r(NULL, " \n", &value_state);
        if (!name || !value)
            return;
        counter_take(counters, group, name, strtoll(value, NULL, 10));
    }
}

/* "Ip6InReceives 3": the word begins with the group. In xfrm_stat that is part of the name as well. */
static void line_take(struct counters *counters, const char *line)
{
    static const char *const groups[] = {"Ip6", "Udp6"};
    char name[64];
    int64_t value;
    if (sscanf(line, "%63s %" SCNd64, name, &value) != 2)
        return;
    if (strncmp(name, "Xfrm", strlen("Xfrm")) == 0)
        counter_take(counters, "Xfrm", name, value);
    for (size_t i = 0; i < array_size(groups); i++)
        if (strncmp(name, groups[i], strlen(groups[i])) == 0)
            counter_take(counters, groups[i], name + strlen(groups[i]), value);
}

/* The second number is what did not fit into the queue of the CPU (softnet_seq_show() in the kernel). */
static void cpu_take(struct counters *counters, const char *line)
{
    uint32_t dropped;
    if (sscanf(line, "%*x %" SCNx32, &dropped) == 1)
        counter_take(counters, "softnet", "dropped", dropped);
}

void counters_parse(struct counters *counters, enum counters_form form, FILE *file)
{
    cleanup_free char *line = NULL, *second = NULL;
    size_t size = 0, second_size = 0;
    while (getline(&line, &size, file) > 0) {
        switch (form) {
        case COUNTERS_PAIRS:
            if (getline(&second, &second_size, file) <= 0)
                return;
            pair_take(counters, line, second);
            break;
        case COUNTERS_LINES: line_take(counters, line); break;
        case COUNTERS_CPUS: cpu_take(counters, line); break;
        }
    }
}

int counters_read(struct counters *counters)
{
    static const struct {
        const char *path;
        enum counters_form form;
        bool needed;
    } files[] = {
        {"/proc/self/net/netstat", COUNTERS_PAIRS, true},
        {"/proc/self/net/snmp", COUNTERS_PAIRS, true},
        {"/proc/self/net/snmp6", COUNTERS_LINES, false},
        {"/proc/self/net/softnet_stat", COUNTERS_CPUS, false},
        {"/proc/self/net/xfrm_stat", COUNTERS_LINES, false},
    };
    *counters = (struct counters){.taken = false};
    for (size_t i = 0; i < array_size(files); i++) {
        cleanup_file FILE *file = procfs_file(AT_FDCWD, files[i].path);
        if (file)
            counters_parse(counters, files[i].form, file);
        else if (files[i].needed)
            return -1;
    }
    counters->taken = true;
    return 0;
}

static bool is_about(const struct counter_row *row, unsigned about)
{
    const unsigned protocols = COUNTER_TCP | COUNTER_UDP, families = COUNTER_V4 | COUNTER_V6;
    return (!(row->about & protocols) || row->about & protocols & about) &&
           (!(row->about & families) || row->about & families & about);
}

/* Of how many numbers a value is made, if this kernel has all of them. */
static bool is_whole(const struct counters *counters, size_t row)
{
    const char *less = counter_rows[row].less;
    unsigned parts = 1 + (*less != '\0');
    for (; *less; less++)
        parts += *less == ' ';
    return counter_rows[row].less[0] ? counters->found[row] == parts : counters->found[row] > 0;
}

size_t counters_moved(const struct counters *before, const struct counters *after, unsigned about,
    struct counter_move *moves, size_t most)
{
    size_t count = 0;
    if (!before->taken || !after->taken)
        return 0;
    for (size_t i = 0; i < counter_count && count < most; i++) {
        int64_t by = (int64_t)((uint64_t)after->values[i] - (uint64_t)before->values[i]);
        if (by > 0 && is_about(&counter_rows[i], about) && is_whole(before, i) && is_whole(after, i))
            moves[count++] = (struct counter_move){.row = i, .by = by};
    }
    return count;
}

const char *counter_name(size_t row, char *text, size_t size)
{
    const struct counter_row *counter = &counter_rows[row];
    size_t length = (size_t)snprintf(
        text, size, "%s.%s%s%s", counter->group, counter->name, *counter->less ? "-" : "", counter->less);
    for (size_t i = 0; i < length && i < size; i++)
        if (text[i] == ' ')
            text[i] = '-';
    return text;
}
