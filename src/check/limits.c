/* SPDX-License-Identifier: ISC */
/* Judges what is counted against limits: of the host's memory and tables, and of each process. */
#include <netinet/tcp.h>

#include "check/judge.h"

/* Per cent of a limit from which it is reported. */
#define NEAR_PERCENT 90

static bool is_near(int64_t value, int64_t limit)
{
    return value > 0 && limit > 0 && value * 100 >= limit * NEAR_PERCENT;
}

static int64_t moved(const struct host *host, enum look_counter counter)
{
    int64_t before = host->before.counters[counter], after = host->after.counters[counter];
    return before < 0 || after < 0 ? 0 : after - before;
}

/* Cookies are sent when too many connections are half-open, which may be gone by the second look. */
static void cookies_judge(const struct host *host, struct found *findings)
{
    int64_t cookies = moved(host, COUNTER_COOKIES), half_open = 0;
    for (size_t i = 0; i < findings->count; i++)
        if (findings->items[i]->code == FINDING_SYN_BACKLOG)
            return;
    for (size_t i = 0; i < host->count; i++)
        half_open += host->sockets[i].now->state == TCP_SYN_RECV;
    if (cookies > 0)
        add_finding(
            findings, SYN_BACKLOG, cookies, NULL, F_INT("syn_recv", half_open), F_INT("cookies", cookies));
}

void memory_judge(const struct host *host, struct found *findings)
{
    const struct procfs_sockstat *memory = &host->memory;
    const struct host_limits *limits = &host->limits;
    if (!host->is_whole)
        return;
    cookies_judge(host, findings);
    if (limits->tcp_pressure > 0 && memory->tcp_pages >= limits->tcp_pressure)
        add_finding(findings, TCP_MEMORY, memory->tcp_pages, NULL, F_INT("pages", memory->tcp_pages),
            F_INT("limit", limits->tcp_pressure));
    if (limits->udp_pressure > 0 && memory->udp_pages >= limits->udp_pressure)
        add_finding(findings, UDP_MEMORY, memory->udp_pages, NULL, F_INT("pages", memory->udp_pages),
            F_INT("limit", limits->udp_pressure));
    if (is_near(memory->orphans, limits->orphans))
        add_finding(findings, ORPHANS, memory->orphans, NULL, F_INT("orphans", memory->orphans),
            F_INT("limit", limits->orphans), F_INT("percent", NEAR_PERCENT));
    if (is_near(memory->time_wait, limits->tw_buckets))
        add_finding(findings, TIME_WAIT_BUCKET, memory->time_wait, NULL,
            F_INT("time_wait", memory->time_wait), F_INT("limit", limits->tw_buckets),
            F_INT("percent", NEAR_PERCENT));
}

/* A filter by port or address leaves out processes without such a socket. */
static bool is_checked(const struct host *host, const struct host_process *process)
{
    for (size_t i = 0; i < host->count; i++)
        if (host->sockets[i].holder && host->sockets[i].holder->pid == process->holder->pid)
            return true;
    return false;
}

void processes_judge(const struct host *host, struct found *findings)
{
    for (size_t i = 0; i < host->processes_count; i++) {
        const struct host_process *process = &host->processes[i];
        if (process->limit == 0 || process->open * 100 < process->limit * NEAR_PERCENT ||
            !is_checked(host, process))
            continue;
        add_finding(findings, DESCRIPTOR_LIMIT, process->open, NULL,
            F_FOREIGN("program", process->holder->program), F_INT("pid", process->holder->pid),
            F_INT("open", (int64_t)process->open), F_INT("sockets", (int64_t)process->sockets),
            F_INT("limit", (int64_t)process->limit), F_INT("percent", NEAR_PERCENT));
    }
}
