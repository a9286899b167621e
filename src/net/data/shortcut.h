/* SPDX-License-Identifier: ISC */
/* Bytes that go between the socket and stdin or stdout without passing through this program: sendfile(2) and
 * splice(2). If the kernel does not support it (EINVAL), copying takes over in mid-transfer without losing a
 * byte. */
#ifndef NET_DATA_SHORTCUT_H
#define NET_DATA_SHORTCUT_H

#include "net/data/conversation.h"

enum way {
    WAY_COPY,     /* through a buffer: read and send, recv and write */
    WAY_SENDFILE, /* up: stdin is a regular file */
    WAY_SPLICE,   /* stdin or stdout is a pipe */
};

struct shortcut {
    enum way up, down;
    bool up_small;                 /* stdin is a pipe that brings little at a time: copying is faster */
    bool up_full, down_full;       /* the far end took nothing: wait for it */
    unsigned up_tries, down_tries; /* in a row that moved nothing */
};

/* Chooses the ways that the plan allows, and enlarges the pipes of stdin and stdout if permitted. */
struct shortcut shortcut_open(const struct relay_plan *plan);

/* Whether stdin uses its shortcut now; if not, how much of chunk to copy at once, and the note of how much
 * that was. */
bool shortcut_sends(const struct shortcut *shortcut);
size_t shortcut_copy_most(const struct shortcut *shortcut, size_t chunk);
void shortcut_note_input(struct shortcut *shortcut, size_t length);

/* Move stdin to the socket, and the socket to stdout: for a direction that uses its shortcut, with an empty
 * buffer, after poll has reported what it waits for. A failure of the connection goes to the conversation.
 * shortcut_receive() returns false if only recv() can find out what is there. */
void shortcut_send(struct shortcut *shortcut, struct conversation *conversation);
bool shortcut_receive(struct shortcut *shortcut, struct conversation *conversation);

#endif
