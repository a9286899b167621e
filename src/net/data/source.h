/* What --io source sends. */
#ifndef NET_DATA_SOURCE_H
#define NET_DATA_SOURCE_H

#include <stddef.h>
#include <stdint.h>

/* A pattern that shows a lost, doubled or moved byte: the lines of the printable characters, each beginning
 * one further. offset: how much of the stream came before. */
void source_fill(char *bytes, size_t length, uint64_t offset);

#endif
