/* SPDX-License-Identifier: ISC */
/* How long a connect took; see timing.h. */
#include "net/watch/timing.h"

#include "base/number.h"
#include "kernel/tcpinfo.h"

/* Less is the ordinary cost of a wakeup. */
#define LATE_LEAST (2 * NS_PER_MS)

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
    timing.late = timing.elapsed - handshake;
    timing.elapsed = handshake;
    timing.by_kernel = true;
    if (timing.late < LATE_LEAST || timing.late < handshake / 10)
        timing.late = 0;
    return timing;
}
