/* SPDX-License-Identifier: ISC */
/*
 * The counters of /proc that say why this host lost a packet, and which of them moved meanwhile. They are of
 * the network namespace (softnet: of the whole host), never of one connection.
 */
#ifndef KERNEL_COUNTERS_H
#define KERNEL_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Which traffic a counter is about; bits. Of neither protocol: of both, and so for the families. */
enum counter_about { COUNTER_ANY = 0, COUNTER_TCP = 1, COUNTER_UDP = 2, COUNTER_V4 = 4, COUNTER_V6 = 8 };

/* More than there are rows in counters.def. */
#define COUNTERS_MOST 80

struct counter_row {
    const char *group, *name;
    const char *less; /* counters of the group that are subtracted, separated by blanks */
    unsigned about;   /* set of enum counter_about */
    const char *meaning;
};
extern const struct counter_row counter_rows[];
extern const size_t counter_count;

/* One look at them; empty when zeroed. */
struct counters {
    bool taken;
    int64_t values[COUNTERS_MOST]; /* by row */
    unsigned found[COUNTERS_MOST]; /* how many numbers a value was made of: softnet has one for each CPU */
};

/* The form of a file: pairs of lines (netstat, snmp), lines "Ip6InReceives 3" (snmp6, xfrm_stat), or a line
 * of hexadecimal numbers for each CPU (softnet_stat). */
enum counters_form { COUNTERS_PAIRS, COUNTERS_LINES, COUNTERS_CPUS };

/* Reads all; takes 0.1 ms, most of which is the kernel's. 0, or -1 with errno, and then nothing is taken. */
int counters_read(struct counters *counters);

/* Adds what a file says. */
void counters_parse(struct counters *counters, enum counters_form form, FILE *file);

struct counter_move {
    size_t row;
    int64_t by;
};

/* Finds those that grew and are about one of the protocols and one of the families of the set, in the order
 * of the rows. Returns how many, at most most. */
size_t counters_moved(const struct counters *before, const struct counters *after, unsigned about,
    struct counter_move *moves, size_t most);

/* Its name: "TcpExt.ListenDrops", "Ip.OutRequests-OutTransmits". Returns text. */
const char *counter_name(size_t row, char *text, size_t size);
#define COUNTER_NAME_MAX 64

#endif
