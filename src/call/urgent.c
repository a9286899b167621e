/* SPDX-License-Identifier: ISC */
/* The calls by which a program learns of urgent data; see call.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>

#include "base/number.h"
#include "base/passes.h"
#include "call/record.h"
#include "call/call.h"

int call_sockatmark(struct sink *sink, int fd)
{
    int64_t began = call_began(sink, EVENT_DATA_CALL);
    int result = sockatmark(fd);
    call_emit(sink, EVENT_DATA_CALL, "sockatmark", fd, began, result, "%d", fd);
    return result;
}

int call_fcntl_setown(struct sink *sink, int fd, pid_t pid)
{
    int64_t began = call_began(sink, EVENT_CALL);
    int result = fcntl(fd, F_SETOWN, pid);
    call_emit(sink, EVENT_CALL, "fcntl", fd, began, result, "%d, F_SETOWN, %d", fd, (int)pid);
    return result;
}

/* "[3 5]", or NULL if there is no set */
static const char *set_text(const fd_set *set, int count, char *buffer, size_t size)
{
    size_t used = (size_t)snprintf(buffer, size, set ? "[" : "NULL");
    for (int fd = 0; set && fd < count && used < size; fd++)
        if (FD_ISSET(fd, set))
            used += (size_t)snprintf(buffer + used, size - used, "%s%d", used > 1 ? " " : "", fd);
    if (set && used < size)
        snprintf(buffer + used, size - used, "]");
    return buffer;
}

static int select_once(struct sink *sink, int count, fd_set *readable, fd_set *exceptional, int64_t timeout)
{
    char asked[2][256], got[2][256], returned[530], time[DURATION_TEXT_MAX] = "NULL";
    bool shown = sink_wants(sink, EVENT_DATA_CALL);
    int64_t began = shown ? clock_now() : 0, microseconds = (timeout + NS_PER_US - 1) / NS_PER_US;
    struct timeval limit = {
        .tv_sec = microseconds / (NS_PER_S / NS_PER_US), .tv_usec = microseconds % (NS_PER_S / NS_PER_US)};
    if (shown) {
        set_text(readable, count, asked[0], sizeof(asked[0]));
        set_text(exceptional, count, asked[1], sizeof(asked[1]));
        if (timeout >= 0)
            duration_text(timeout, time, sizeof(time));
    }
    int result = select(count, readable, NULL, exceptional, timeout < 0 ? NULL : &limit);
    int error = errno;
    if (shown) {
        char args[600];
        snprintf(args, sizeof(args), "%d, %s, NULL, %s, %s", count, asked[0], asked[1], time);
        snprintf(returned, sizeof(returned), "readfds %s, exceptfds %s",
            set_text(readable, count, got[0], sizeof(got[0])),
            set_text(exceptional, count, got[1], sizeof(got[1])));
        call_record_emit(sink, EVENT_DATA_CALL,
            &(struct call){.name = "select",
                .args = args,
                .fd = -1,
                .began = began,
                .result = result,
                .error = error,
                .revents = result > 0 ? F_TEXT("revents", returned) : F_NONE});
    }
    errno = error;
    return result;
}

int call_select(struct sink *sink, int count, fd_set *readable, fd_set *exceptional, int64_t timeout)
{
    int64_t until = timeout < 0 ? INT64_MAX : clock_now() + timeout;
    unsigned tries = 0;
    for (;;) {
        /* A select that fails leaves its sets in no state that is known; select(2). */
        fd_set asked_readable = *readable, asked_exceptional = *exceptional;
        int result = select_once(sink, count, readable, exceptional, timeout);
        if (result >= 0 || !passes(&tries))
            return result;
        *readable = asked_readable;
        *exceptional = asked_exceptional;
        timeout = clock_left(until);
    }
}
