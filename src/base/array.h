/* SPDX-License-Identifier: ISC */
/* Arrays that grow by one item at a time. */
#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

#include <stdlib.h>

/*
 * The array of count items, of size bytes each, with room for one more: the room doubles whenever the count
 * reaches a power of two. items is NULL if count is 0. NULL without memory; the array is then still at items.
 */
static inline void *array_room(void *items, size_t count, size_t size)
{
    return count & (count - 1) ? items : reallocarray(items, count ? 2 * count : 1, size);
}

#endif
