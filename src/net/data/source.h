/* SPDX-License-Identifier: ISC */
/* What --io source sends. */
#ifndef NET_DATA_SOURCE_H
#define NET_DATA_SOURCE_H

#include <stddef.h>
#include <stdint.h>

/* Fills in a pattern that shows a lost, doubled or moved byte: lines of printable characters, each starting
 * one character further on. offset is the position in the stream. */
void source_fill(char *bytes, size_t length, uint64_t offset);

#endif
