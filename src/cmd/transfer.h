/* The options by which connect and listen move data, and the plan that they make. */
#ifndef CMD_TRANSFER_H
#define CMD_TRANSFER_H

#include <sys/socket.h>

#include "base/option.h"
#include "cmd/options/message-options.h"
#include "cmd/permit.h"
#include "cmd/progress.h"
#include "net/data/relay.h"
#include "net/socket/spec.h"
#include "net/watch/trace-watch.h"

struct io_choice {
    enum io_mode mode;
    uint64_t bytes; /* of source */
};

/* All durations: -1 is unset. */
struct transfer_options {
    bool no_input; /* -d */
    bool no_shutdown, crlf, hexdump, reset, peer_eof_end;
    int64_t quit_after, interval, linger;
    uint64_t receives, chunk; /* chunk 0: the default */
    int shutdown_how;
    int urgent; /* enum urgent_mode */
    struct io_choice io;
    struct message_options messages;
    int second; /* --dup */
    bool follow, trace, progress;
};

#define TRANSFER_DEFAULTS                                                                                    \
    {                                                                                                        \
        .quit_after = -1, .interval = -1, .linger = -1, .shutdown_how = SHUT_WR,                             \
        .messages = MESSAGE_DEFAULTS, .io = {                                                                \
            .bytes = UINT64_MAX                                                                              \
        }                                                                                                    \
    }
/* What one read of a connection takes where many share the memory. */
#define CROWD_CHUNK (64 * 1024)

extern const struct option_row transfer_rows[];
extern const struct permit transfer_permits[]; /* of struct transfer_options */

/* What the rows alone cannot check, and what follows from them for the socket. EXIT_DONE, or EXIT_USAGE after
 * usage_error(). */
int transfer_options_plan(struct transfer_options *options, struct spec *spec);

/* The relay's plan; type is that of the socket. */
void transfer_plan(const struct transfer_options *options, const struct spec *spec, struct relay_plan *plan);

/* --follow, where it was asked for: between these two conversations of the plan are followed. The end waits
 * until nothing is left of them, unless status is that of a signal, and returns status or that of a signal
 * that ends the waiting. plan->watch is not NULL. */
void transfer_follow_begin(const struct transfer_options *options, struct sink *sink, struct relay_plan *plan,
    struct follow *follow);
int transfer_follow_end(struct follow *follow, struct sink *sink, const struct spec *spec, int status);

/* --progress, where it was asked for: between these two the plan's bytes are shown as they move. plan->watch
 * is not NULL. */
struct transfer_progress {
    struct progress progress;
    struct relay_totals totals;
    int64_t began;
    uint64_t size; /* of the file that is sent; 0: not known */
};
void transfer_progress_begin(
    const struct transfer_options *options, struct relay_plan *plan, struct transfer_progress *progress);
void transfer_progress_end(struct transfer_progress *progress);

/* --trace-states, where it was asked for: begins the trace of the service's port, which for 0 is told later
 * by trace_watch_port(). spec->watch is not NULL. EXIT_DONE, or the status after having told of a failure. */
int transfer_trace_begin(const struct transfer_options *options, struct sink *sink, const struct spec *spec,
    struct trace_watch *trace);

/* Runs the one conversation of a connected socket, stream or datagram, to its end. Returns the exit status
 * after having told of a failure. peer's length is 0 for a datagram listener. */
int transfer_run(struct sink *sink, const struct transfer_options *options, const struct spec *spec, int fd,
    unsigned conn, const struct address *peer, const struct address *local);

#endif
