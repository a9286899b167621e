/* Bytes that go between the socket and stdin or stdout without passing through this program: sendfile(2) and
 * splice(2). Where the kernel does not serve (EINVAL) the ordinary way takes over in mid-transfer, and no
 * byte is lost. */
#ifndef NET_DATA_SHORTCUT_H
#define NET_DATA_SHORTCUT_H

#include "net/data/relay.h"

enum way {
    WAY_COPY,     /* through a buffer: read and send, recv and write */
    WAY_SENDFILE, /* up: stdin is a regular file */
    WAY_SPLICE,   /* stdin or stdout is a pipe */
};

struct shortcut {
    enum way up, down;
    bool up_small;           /* what comes through the pipe of stdin is little at a time: quicker copied */
    bool up_full, down_full; /* the far end took nothing: it is what to wait for */
};

/* Chooses the ways that the plan allows, and makes the pipes of stdin and stdout larger where they may be. */
struct shortcut shortcut_open(const struct relay_plan *plan);

/* Whether stdin goes by its shortcut now; where not, how much of chunk to copy at once, and how much that
 * was. */
bool shortcut_sends(const struct shortcut *shortcut);
size_t shortcut_copy_most(const struct shortcut *shortcut, size_t chunk);
void shortcut_note_input(struct shortcut *shortcut, size_t length);

/* stdin to the socket, and the socket to stdout: for a direction that goes by its shortcut and whose buffer
 * is empty, when poll has said that what it waits for is there. A failure of the connection is in the
 * conversation. shortcut_receive() is false when only recv() can tell what is there. */
void shortcut_send(struct shortcut *shortcut, struct conversation *conversation);
bool shortcut_receive(struct shortcut *shortcut, struct conversation *conversation);

#endif
