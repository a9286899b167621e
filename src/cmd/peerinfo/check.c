/* SPDX-License-Identifier: ISC */
/* peerinfo --check: what is wrong on this host, from two looks at it. */
#include <time.h>

#include "base/number.h"
#include "base/passes.h"
#include "check/judge.h"
#include "cmd/command.h"
#include "cmd/outcome.h"
#include "cmd/peerinfo/peerinfo.h"

int check_plan(struct peerinfo_options *options)
{
    if (options->interval >= 0 && !options->check)
        return usage_error("--interval needs --check");
    if (options->check &&
        (options->host || options->watch >= 0 || options->sockopts || options->tcpinfo || options->fd >= 0 ||
            options->closed || options->events || options->drops || options->count_by || options->sort))
        return usage_error("--check excludes HOST PORT and all other options that say what to show");
    if (options->check && options->filter.local)
        return usage_error("--check judges TCP and UDP sockets: -U does not go with it");
    if (options->interval == 0)
        return usage_error("--interval 0 would see nothing move");
    if (options->interval < 0)
        options->interval = 500 * NS_PER_MS;
    return EXIT_DONE;
}

static int check_looks(const struct peerinfo_options *options, struct host *host)
{
    struct timespec pause = {.tv_sec = options->interval / NS_PER_S, .tv_nsec = options->interval % NS_PER_S};
    unsigned tries = 0;
    if (look_take(&host->before, &options->filter) < 0)
        return -1;
    while (nanosleep(&pause, &pause) < 0 && passes(&tries))
        ;
    if (look_take(&host->after, &options->filter) < 0)
        return -1;
    return host_finish(host, &options->filter);
}

int check_run(const struct peerinfo_options *options, struct sink *sink)
{
    struct host host = {.count = 0};
    struct found findings = {.items = NULL};
    int status = EXIT_DONE;
    terminal_fold(sink);
    if (check_looks(options, &host) < 0)
        status = question_call_finish(sink, "sock_diag");
    else {
        host_judge(&host, &findings);
        found_emit(sink, &findings);
        emit(sink, EVENT_CHECKED, F_COUNT("sockets", host.count), F_TIME("interval", options->interval),
            F_COUNT("findings", findings.count), F_COUNT("hidden", host.hidden),
            F_COUNT("hidden_sockets", host.hidden),
            F_TEXT("note", host.hidden ? holders_note(&host.holders) : NULL));
        if (findings.failed)
            status = call_finish(sink, "calloc");
        else if (findings.count > 0)
            status = EXIT_OTHER;
    }
    found_free(&findings);
    host_free(&host);
    return status;
}
