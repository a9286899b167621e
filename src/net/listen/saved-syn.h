/* SPDX-License-Identifier: ISC */
/* listen --show-syn: what the client of an accepted connection offered in its SYN. */
#ifndef NET_LISTEN_SAVED_SYN_H
#define NET_LISTEN_SAVED_SYN_H

#include "report/event.h"

/* Makes the listening socket save each SYN (TCP_SAVE_SYN). 0, or -1 with errno. */
int saved_syn_keep(struct sink *sink, int fd);

/* Emits `syn` for an accepted connection; without its fields if the kernel saved no SYN (SYN cookies). */
void saved_syn_emit(struct sink *sink, int fd, unsigned conn);

#endif
