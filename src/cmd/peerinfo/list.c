/* SPDX-License-Identifier: ISC */
/* The list of peerinfo: the sockets of this network namespace that the filter wants, a line each. */
#include "cmd/peerinfo/list.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/number.h"

/* Lines that are written at once. */
#define LINES_HELD 128

/* A narrower terminal would break the heading. */
#define HEADING_WIDTH 72

static int socket_show(struct look *look, const struct listed *listed)
{
    listed_emit(look, EVENT_LISTED, listed, -1, NULL);
    if (look->shown % LINES_HELD == 0)
        sink_flush(look->sink);
    return look->sink->error ? 1 : 0;
}

static int failed_emit(const struct look *look)
{
    const struct round round = {.sink = look->sink, .options = look->options};
    return not_found_emit(&round, "sock_diag", "the sockets", errno, NULL);
}

static void end_emit(const struct look *look)
{
    const struct netns_list *namespaces = &look->options->namespaces;
    emit(look->sink, EVENT_LISTED_END, F_COUNT("sockets", look->shown),
        namespaces->count ? F_COUNT("namespaces", namespaces->count) : F_NONE,
        namespaces->unjoined ? F_COUNT("unjoined", namespaces->unjoined) : F_NONE,
        F_COUNT("hidden", look->hidden), F_COUNT("hidden_sockets", look->hidden), F_TEXT("note", look->note));
}

/* A terminal has the columns named: by the template of EVENT_LISTED. */
static void heading_write(const struct look *look)
{
    if (look->sink->width >= HEADING_WIDTH && !look->options->count_by)
        sink_heading(look->sink, "kind  local -> peer         state, queue          user     program (pid)");
}

/* Shows at most `most` of the sockets or counts, sorted as wanted. */
static int kept_show(struct look *look, size_t most)
{
    const struct peerinfo_options *options = look->options;
    if (options->count_by)
        return counts_emit(NULL, look, most);
    if (!look->is_kept && look_keep(look) < 0)
        return -1;
    look_sort(look, options->sort          ? (enum list_order)options->sort
                    : options->connections ? ORDER_NONE
                                           : ORDER_PORT);
    for (size_t i = 0; i < look->count && i < most && !look->sink->error; i++)
        listed_emit(look, EVENT_LISTED, &look->items[i], -1, NULL);
    return 0;
}

/* What can be shown as it comes takes no memory. */
static int list_once(const struct round *round)
{
    const struct peerinfo_options *options = round->options;
    cleanup_look struct look look = {.options = options, .sink = round->sink};
    bool is_kept = options->count_by || options->sort || !options->connections;
    heading_write(&look);
    int result = is_kept ? kept_show(&look, SIZE_MAX) : look_each(&look, socket_show);
    if (result < 0)
        return failed_emit(&look);
    end_emit(&look);
    return look.shown > 0 ? EXIT_DONE : EXIT_OTHER;
}

static void pause_for(const struct round *round)
{
    const int64_t every = round->options->watch;
    const struct timespec pause = {.tv_sec = every / NS_PER_S, .tv_nsec = every % NS_PER_S};
    sink_flush(round->sink);
    nanosleep(&pause, NULL);
}

/* Draws the list again and again, as many lines as the terminal has. */
static int list_redraw(const struct round *round)
{
    struct winsize size;
    for (; !round->sink->error; pause_for(round)) {
        cleanup_look struct look look = {.options = round->options, .sink = round->sink};
        bool is_known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 4;
        round->sink->cut = round->sink->width > 0;
        sink_page(round->sink);
        heading_write(&look);
        if (kept_show(&look, is_known ? size.ws_row - 4u : SIZE_MAX) < 0)
            return failed_emit(&look);
        end_emit(&look);
    }
    return EXIT_OTHER;
}

/* Shows the list, and then what changes. */
static int list_follow(const struct round *round)
{
    cleanup_look struct look before = {.options = round->options, .sink = round->sink};
    if (look_keep(&before) < 0 || kept_show(&before, SIZE_MAX) < 0)
        return failed_emit(&before);
    end_emit(&before);
    look_sort(&before, ORDER_COOKIE);
    while (!round->sink->error) {
        struct look now = {.options = round->options, .sink = round->sink};
        pause_for(round);
        if (look_keep(&now) < 0) {
            look_free(&now);
            return failed_emit(&before);
        }
        look_sort(&now, ORDER_COOKIE);
        if (round->options->count_by)
            counts_emit(&before, &now, SIZE_MAX);
        else
            changes_between_emit(&before, &now);
        look_free(&before);
        before = now;
    }
    return EXIT_OTHER;
}

bool terminal_fold(struct sink *sink)
{
    bool is_terminal = isatty(STDOUT_FILENO) && !sink->json;
    struct winsize size;
    if (is_terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
        sink->width = size.ws_col;
    return is_terminal;
}

int list_report(const struct round *round)
{
    struct sink *sink = round->sink;
    bool is_terminal = terminal_fold(sink);
    sink->held = true;
    int status = round->options->watch < 0                         ? list_once(round)
                 : is_terminal && is_smart_terminal(STDOUT_FILENO) ? list_redraw(round)
                                                                   : list_follow(round);
    sink_flush(sink);
    sink->held = false;
    sink->width = 0;
    return status;
}
