/* SPDX-License-Identifier: ISC */
/* How long a connect took; see timing.h. */
#include "net/watch/timing.h"

#include <time.h>

#include "base/number.h"
#include "kernel/tcpinfo.h"

/* Less is the ordinary cost of a wakeup. */
#define LATE_LEAST (2 * NS_PER_MS)

static struct timing timing_by_kernel(int64_t elapsed, int64_t late)
{
    bool matters = late >= LATE_LEAST && late >= elapsed / 10;
    return (struct timing){.elapsed = elapsed, .late = matters ? late : 0, .by_kernel = true};
}

struct timing timing_of(int fd, int64_t began, int64_t now)
{
    struct timing timing = {.elapsed = now - began};
    struct tcpinfo info;
    if (fd < 0 || tcpinfo_read(fd, &info) < 0)
        return timing;
    timing.resent = info.is.tcpi_total_retrans;
    int64_t handshake = info.is.tcpi_rtt * NS_PER_US;
    if (timing.resent || handshake == 0 || handshake > timing.elapsed)
        return timing;
    return timing_by_kernel(handshake, timing.elapsed - handshake);
}

struct timing timing_of_arrival(int64_t began, int64_t arrived, int64_t now)
{
    struct timespec wall;
    clock_gettime(CLOCK_REALTIME, &wall);
    int64_t late = arrived ? wall.tv_sec * NS_PER_S + wall.tv_nsec - arrived : 0;
    /* The clock of the day may be set meanwhile. */
    if (late <= 0 || late > now - began)
        return (struct timing){.elapsed = now - began};
    return timing_by_kernel(now - began - late, late);
}
