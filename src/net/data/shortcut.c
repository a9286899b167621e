/* SPDX-License-Identifier: ISC */
/* sendfile and splice between the socket and stdin or stdout; see shortcut.h. */
#include "net/data/shortcut.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/passes.h"
#include "call/call.h"

/* With the default of 64 KiB splice is no faster than copying; twice this size gains nothing more. */
#define PIPE_SIZE  (512 * 1024)
/* The most calls in a row for one direction before the other has its turn. */
#define CALLS_MOST 8
/* Moving less than this shows that the other end is slower than we are: wait for it. */
#define BULK       (16 * 1024)
/* Less than this is copied faster than its pages are handed over. */
#define SMALL      (4 * 1024)

/* An unprivileged user may be refused a larger pipe; a pipe that is already larger is left alone. */
static void pipe_enlarge(int fd)
{
    int size = fcntl(fd, F_GETPIPE_SZ);
    if (size >= 0 && size < PIPE_SIZE)
        fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE);
}

static enum way way_for(int fd, enum way of_file)
{
    struct stat status;
    if (fd < 0 || fstat(fd, &status) < 0)
        return WAY_COPY;
    if (S_ISFIFO(status.st_mode)) {
        pipe_enlarge(fd);
        return WAY_SPLICE;
    }
    return S_ISREG(status.st_mode) ? of_file : WAY_COPY;
}

struct shortcut shortcut_open(const struct relay_plan *plan)
{
    struct shortcut shortcut = {.up = WAY_COPY, .down = WAY_COPY};
    /* To show, count or change bytes, we need them in our buffers. */
    if (plan->io != IO_STDIO || plan->hexdump || plan->receives || !plan->stride)
        return shortcut;
    /* splice() to a file does not lock its offset as write() does: it would overwrite what others write
     * meanwhile through the same open file, as in (one & other) >log. */
    shortcut.down = way_for(plan->output, WAY_COPY);
    if (!plan->crlf && plan->interval < 0)
        shortcut.up = way_for(plan->input, WAY_SENDFILE);
    shortcut.up_small = shortcut.up == WAY_SPLICE;
    return shortcut;
}

bool shortcut_sends(const struct shortcut *shortcut)
{
    return shortcut->up != WAY_COPY && !shortcut->up_small;
}

size_t shortcut_copy_most(const struct shortcut *shortcut, size_t chunk)
{
    return shortcut->up_small && chunk > BULK ? BULK : chunk;
}

void shortcut_note_input(struct shortcut *shortcut, size_t length)
{
    shortcut->up_small = shortcut->up_small && length < BULK;
}

/* Whether an errno of sendfile or splice is the connection's: the call has then cleared it, and it cannot be
 * asked for again. */
static bool is_socket_error(int error)
{
    switch (error) {
    case ECONNRESET:
    case ECONNABORTED:
    case ECONNREFUSED:
    case ETIMEDOUT:
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
    case ENOPROTOOPT:
    case EPROTO: return true;
    default: return false;
    }
}

static ssize_t send_once(struct shortcut *shortcut, struct conversation *conversation)
{
    const struct relay_plan *plan = conversation->plan;
    if (shortcut->up == WAY_SENDFILE)
        return call_sendfile(conversation->sink, conversation->fd, plan->input, plan->stride);
    return call_splice(conversation->sink, plan->input, conversation->fd, plan->stride);
}

void shortcut_send(struct shortcut *shortcut, struct conversation *conversation)
{
    bool waited = shortcut->up_full;
    ssize_t length = BULK;
    conversation_send_prepare(conversation);
    for (int calls = 0; calls < CALLS_MOST && length >= BULK; calls++) {
        length = send_once(shortcut, conversation);
        if (length > 0) {
            shortcut->up_tries = 0;
            conversation_sent(conversation, (size_t)length);
            shortcut->up_full = false;
            shortcut->up_small = shortcut->up == WAY_SPLICE && calls == 0 && length < SMALL;
        } else if (length == 0) {
            conversation_input_end(conversation);
        } else if (passes(&shortcut->up_tries)) {
            shortcut->up_full = errno == EAGAIN && !waited && calls == 0;
        } else if (errno == EPIPE || is_socket_error(errno)) {
            conversation_send_fail(conversation, shortcut->up == WAY_SENDFILE ? "sendfile" : "splice");
        } else {
            shortcut->up = WAY_COPY; /* read() or send() will report the reason */
        }
    }
}

bool shortcut_receive(struct shortcut *shortcut, struct conversation *conversation)
{
    const struct relay_plan *plan = conversation->plan;
    bool waited = shortcut->down_full;
    ssize_t length = BULK;
    for (int calls = 0; calls < CALLS_MOST && length >= BULK; calls++) {
        length = call_splice(conversation->sink, conversation->fd, plan->output, plan->stride);
        if (length > 0) {
            conversation_received(conversation, (size_t)length);
            shortcut->down_full = false;
            shortcut->down_tries = 0;
            continue;
        }
        if (length < 0 &&
            ((errno == EINTR && passes(&shortcut->down_tries)) || (errno == EAGAIN && calls > 0)))
            return true;
        if (length < 0 && errno == EAGAIN && !waited) {
            shortcut->down_full = true;
            return true;
        }
        shortcut->down_full = false;
        if (length < 0 && is_socket_error(errno)) {
            conversation_receive_fail(conversation, "splice");
            return true;
        }
        if (length < 0 && errno != EAGAIN)
            shortcut->down = WAY_COPY; /* recv() or write() will report the reason */
        /* At the urgent mark splice returns 0 or EAGAIN although there is more: only recv() == 0 is the
         * end. */
        return false;
    }
    return true;
}
