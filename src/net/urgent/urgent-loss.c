/* SPDX-License-Identifier: ISC */
/* Urgent bytes that are lost; see urgent-loss.h. */
#include "net/urgent/urgent-loss.h"

#include "kernel/tcpinfo.h"

static const struct {
    const char *reason, *text;
} losses[] = {
    [LOSS_SUPERSEDED] = {"superseded",
        "the earlier urgent byte became ordinary data: a newer one took its mark before it was read"},
    [LOSS_DROPPED] = {"dropped",
        "an urgent byte is gone: it stood alone at the head of the stream when a newer one came"},
    [LOSS_AGAIN] = {"again-as-data",
        "a newer urgent byte came before the mark of this one was reached: it was "
        "read as urgent and comes once more as ordinary data"},
    [LOSS_ENDED] = {"ended", "the connection ended before the urgent byte was read"},
};

void urgent_loss_emit(struct sink *sink, unsigned conn, enum urgent_loss loss, const char *byte)
{
    emit(sink, EVENT_URGENT_LOST, F_CONN(conn), byte ? F_BYTES("bytes", byte, 1) : F_NONE,
        F_TEXT("reason", losses[loss].reason), F_TEXT("text", losses[loss].text));
}

uint64_t urgent_drops_emit(struct sink *sink, unsigned conn, int fd, uint64_t known)
{
    struct tcpinfo info;
    uint64_t drops = 0;
    if (!sink_wants(sink, EVENT_URGENT_LOST) || tcpinfo_read(fd, &info) < 0)
        return 0;
    /* The kernel counts FIN too, since it takes a sequence number. */
    for (; known + drops + 1 < info.is.tcpi_bytes_received; drops++)
        urgent_loss_emit(sink, conn, LOSS_DROPPED, NULL);
    return drops;
}
