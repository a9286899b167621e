/* SPDX-License-Identifier: ISC */
/* Timestamps of what was sent and received; see stamps.h. */
#include "net/watch/stamps.h"

#include <linux/errqueue.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/number.h"

/* SCHED is before the queue of the device, SND when the driver takes it. OPT_TSONLY leaves out the bytes,
 * which an ordinary user may not get back. */
const char stamps_flags[] = "SOF_TIMESTAMPING_TX_SCHED,SOF_TIMESTAMPING_TX_SOFTWARE,SOF_TIMESTAMPING_TX_ACK,"
                            "SOF_TIMESTAMPING_RX_SOFTWARE,SOF_TIMESTAMPING_SOFTWARE,"
                            "SOF_TIMESTAMPING_OPT_ID,SOF_TIMESTAMPING_OPT_TSONLY";

static const struct name_table names_step = {"SCM_TSTAMP_",
    (const struct name[]){{SCM_TSTAMP_SND, "SCM_TSTAMP_SND"}, {SCM_TSTAMP_SCHED, "SCM_TSTAMP_SCHED"},
        {SCM_TSTAMP_ACK, "SCM_TSTAMP_ACK"}, {0, NULL}}};

/* The software stamp of a message, in clock_now()'s time; false if there is none. */
static bool stamp_find(struct msghdr *message, int64_t *when)
{
    struct timespec stamp, wall;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header; header = CMSG_NXTHDR(message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_TIMESTAMPING ||
            header->cmsg_len < CMSG_LEN(sizeof(stamp)))
            continue;
        memcpy(&stamp, CMSG_DATA(header), sizeof(stamp));
        clock_gettime(CLOCK_REALTIME, &wall);
        *when = clock_now() - (wall.tv_sec - stamp.tv_sec) * NS_PER_S - (wall.tv_nsec - stamp.tv_nsec);
        return stamp.tv_sec || stamp.tv_nsec;
    }
    return false;
}

/* The steps of a send, remembered in place of the oldest if it is new. */
static struct stamp *stamp_of(struct stamps *stamps, unsigned conn, uint32_t key)
{
    for (size_t i = 0; i < STAMPS_KEPT; i++)
        if (stamps->kept[i].conn == conn && stamps->kept[i].key == key)
            return &stamps->kept[i];
    struct stamp *stamp = &stamps->kept[stamps->next++ % STAMPS_KEPT];
    *stamp = (struct stamp){.conn = conn, .key = key};
    return stamp;
}

bool stamp_sent_emit(struct stamps *stamps, struct sink *sink, unsigned conn, struct msghdr *message,
    uint32_t step, uint32_t key)
{
    int64_t when;
    if (!stamp_find(message, &when))
        return false;
    struct stamp *stamp = stamp_of(stamps, conn, key);
    static const int before[] = {[SCM_TSTAMP_SND] = SCM_TSTAMP_SCHED, [SCM_TSTAMP_ACK] = SCM_TSTAMP_SND};
    int earlier = step == SCM_TSTAMP_SND || step == SCM_TSTAMP_ACK ? before[step] : -1;
    int64_t since = earlier < 0 ? 0 : stamp->steps[earlier];
    if (step < array_size(stamp->steps))
        stamp->steps[step] = when;
    emit(sink, EVENT_STAMP, F_CONN(conn), F_NAME("type", names_step, step),
        stamps->datagrams ? F_NONE : F_COUNT("offset", key), stamps->datagrams ? F_INT("index", key) : F_NONE,
        F_TIME_FINE("at", when - sink->start), since ? F_TIME_FINE("elapsed", when - since) : F_NONE,
        since ? F_NAME("since", names_step, earlier) : F_NONE);
    return true;
}

void stamp_received_emit(struct sink *sink, unsigned conn, struct msghdr *message, ssize_t length)
{
    int64_t when;
    if (stamp_find(message, &when))
        emit(sink, EVENT_STAMP, F_CONN(conn), F_TEXT("type", "SOF_TIMESTAMPING_RX_SOFTWARE"),
            F_INT("length", length), F_TIME_FINE("at", when - sink->start),
            F_TIME_FINE("late", clock_now() - when));
}
