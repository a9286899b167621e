/* SPDX-License-Identifier: ISC */
/* The other calls that move data, used if the user asks for them; see call.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/number.h"
#include "base/text.h"
#include "call/record.h"
#include "call/call.h"

ssize_t call_read(struct sink *sink, int fd, void *bytes, size_t length)
{
    int64_t began = call_began(sink, EVENT_DATA_CALL);
    ssize_t result = read(fd, bytes, length);
    call_transfer_emit(sink, &(struct transfer){"read", fd, began, result, bytes, length}, "");
    return result;
}

ssize_t call_write(struct sink *sink, int fd, const void *bytes, size_t length)
{
    int64_t began = call_began(sink, EVENT_DATA_CALL);
    ssize_t result = write(fd, bytes, length);
    call_transfer_emit(sink, &(struct transfer){"write", fd, began, result, bytes, length}, "");
    return result;
}

int call_recvmmsg(struct sink *sink, int fd, struct mmsghdr *messages, unsigned count, int flags)
{
    char names[NAME_TEXT_MAX], lengths[256] = "...";
    int64_t began = call_began(sink, EVENT_DATA_CALL);
    int result = recvmmsg(fd, messages, count, flags, NULL);
    int error = errno;
    if (sink_wants(sink, EVENT_DATA_CALL)) {
        size_t used = 0;
        for (int i = 0; i < result && used < sizeof(lengths); i++)
            used += (size_t)snprintf(
                lengths + used, sizeof(lengths) - used, "%s%u", i ? ", " : "", messages[i].msg_len);
        errno = error;
        call_emit(sink, EVENT_DATA_CALL, "recvmmsg", fd, began, result, "%d, {%s}, %u, %s, NULL", fd, lengths,
            count, name_flags_text(&names_msg, flags, names, sizeof(names)));
    }
    errno = error;
    return result;
}

int call_fcntl_setfl(struct sink *sink, int fd, int flags)
{
    char names[NAME_TEXT_MAX];
    int64_t began = call_began(sink, EVENT_CALL);
    int result = fcntl(fd, F_SETFL, flags);
    call_emit(sink, EVENT_CALL, "fcntl", fd, began, result, "%d, F_SETFL, %s", fd,
        name_flags_text(&names_open, flags, names, sizeof(names)));
    return result;
}
