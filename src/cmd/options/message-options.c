/* SPDX-License-Identifier: ISC */
/* Options for the calls, flags, pieces and ancillary data with which connect and listen send and receive. */
#include "cmd/options/message-options.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "cmd/command.h"
#include "net/watch/stamps.h"

#define SIZE_MOST (64 * 1024 * 1024)

/* Parses "N,N,...": single lengths may be 0, but not all. */
static bool pieces_parse(const char *text, void *field, char *error, size_t size)
{
    struct message_plan *plan = field;
    uint64_t total = 0;
    plan->piece_count = 0;
    for (const char *at = text;; at++) {
        char word[32];
        const char *why = "too long";
        size_t length = strcspn(at, ",");
        uint64_t piece;
        snprintf(word, sizeof(word), "%.*s", (int)length, at);
        if (length >= sizeof(word) || !size_parse(word, 0, SIZE_MOST, &piece, &why)) {
            snprintf(error, size, "'%.*s' is %s", (int)length, at, why);
            return false;
        }
        if (plan->piece_count == PIECES_MAX) {
            snprintf(error, size, "more than %d pieces (IOV_MAX)", PIECES_MAX);
            return false;
        }
        plan->pieces[plan->piece_count++] = (size_t)piece;
        total += piece;
        at += length;
        if (!*at)
            break;
    }
    if (total > 0 && total <= SIZE_MOST)
        return true;
    snprintf(error, size, "'%s' is %s", text, total ? "too large" : "too small");
    return false;
}

static bool descriptor_add(struct message_plan *plan, const char *text, char *error, size_t size)
{
    long long fd;
    const char *why = NULL;
    if (!*text)
        snprintf(error, size, "a descriptor is missing");
    else if (!number_parse(text, 0, INT32_MAX, &fd, &why))
        snprintf(error, size, "'%s' is %s; a descriptor is a number", text, why);
    else if (fcntl((int)fd, F_GETFD) < 0)
        snprintf(error, size, "'%s' is not an open descriptor", text);
    else if (plan->descriptor_count == DESCRIPTORS_MAX)
        snprintf(error, size, "more than %d descriptors (SCM_MAX_FD)", DESCRIPTORS_MAX);
    else {
        plan->descriptors[plan->descriptor_count++] = (int)fd;
        return true;
    }
    return false;
}

static bool descriptor_parse(const char *text, void *field, char *error, size_t size)
{
    cleanup_free char *copy = strdup(text);
    char *rest = copy, *word;
    while ((word = strsep(&rest, ",")))
        if (!descriptor_add(field, word, error, size))
            return false;
    return copy != NULL;
}

static bool cmsg_parse(const char *text, void *field, char *error, size_t size)
{
    int64_t *room = field;
    uint64_t bytes;
    const char *why;
    *room = CONTROL_ROOM;
    if (!text)
        return true;
    if (!size_parse(text, 0, CONTROL_ROOM, &bytes, &why)) {
        snprintf(error, size, "'%s' is %s (0 to %d)", text, why, CONTROL_ROOM);
        return false;
    }
    *room = (int64_t)bytes;
    return true;
}

#define FIELD(member) offsetof(struct message_options, member)
#define SEND_FLAGS                                                                                           \
    {                                                                                                        \
        0, "send-flags", "MSG_*,...", "flags for each send, instead of MSG_NOSIGNAL; 0: none",               \
            .type = OPTION_FLAGS, .offset = FIELD(send_flags), .names = &names_msg                           \
    }
#define RECV_FLAGS                                                                                           \
    {                                                                                                        \
        0, "recv-flags", "MSG_*,...", "flags for each receive; 0: none",                                     \
            .type = OPTION_FLAGS, .offset = FIELD(receive_flags), .names = &names_msg                        \
    }
const struct option_row send_flag_rows[] = {SEND_FLAGS, {.type = OPTION_END}};
const struct option_row recv_flag_rows[] = {RECV_FLAGS, {.type = OPTION_END}};
const struct option_row message_rows[] = {
    SEND_FLAGS,
    RECV_FLAGS,
    {0, "send-call", "CALL", "send with write, send, sendto, sendto-null (no address) or sendmsg",
        .type = OPTION_CHOICE, .offset = FIELD(send), .names = &names_send_call},
    {0, "recv-call", "CALL",
        "receive with read, recv, recvfrom, recvfrom-null (no address), recvmsg or recvmmsg",
        .type = OPTION_CHOICE, .offset = FIELD(receive), .names = &names_receive_call},
    {0, "iov", "N,N,...", "gather sends from, and scatter receives over, pieces of these lengths",
        .type = OPTION_CUSTOM, .offset = FIELD(plan), .parse = pieces_parse},
    {0, "cmsg", "[=N]", "request ancillary data and show it, with room for N bytes", .type = OPTION_CUSTOM,
        .offset = FIELD(control_room), .parse = cmsg_parse},
    {0, "timestamps", NULL,
        "show when the kernel handed each send to the device, when the peer acknowledged it, and when what "
        "is received came in (SO_TIMESTAMPING)",
        .type = OPTION_TRUE, .offset = FIELD(plan.stamps)},
    {0, "send-fd", "N,...", "with -U: send these descriptors with the first bytes (SCM_RIGHTS)",
        .type = OPTION_CUSTOM, .offset = FIELD(plan), .parse = descriptor_parse},
    {0, "send-creds", NULL, "with -U: send pid, uid and gid with the bytes (SCM_CREDENTIALS)",
        .type = OPTION_TRUE, .offset = FIELD(plan.credentials)},
    {.type = OPTION_END},
};

bool message_options_given(const struct message_options *options)
{
    const struct message_plan *plan = &options->plan;
    return options->send_flags >= 0 || options->receive_flags >= 0 || options->send >= 0 ||
           options->receive >= 0 || options->control_room >= 0 || plan->piece_count ||
           plan->descriptor_count || plan->credentials || plan->stamps;
}

size_t message_options_size(const struct message_options *options)
{
    size_t total = 0;
    for (size_t i = 0; i < options->plan.piece_count; i++)
        total += options->plan.pieces[i];
    return total;
}

/* Requests the ancillary data of --cmsg, each kind only for sockets that have it. */
static void ancillary_ask(struct spec *spec)
{
    struct settings *settings = &spec->settings;
    if (spec->family == AF_UNIX) {
        settings_wish(settings, AF_UNSPEC, "SO_PASSCRED");
        settings_wish(settings, AF_UNSPEC, "SO_PASSPIDFD");
        return;
    }
    settings_wish(settings, AF_UNSPEC, "SO_TIMESTAMPNS");
    if (spec->type != SOCK_DGRAM)
        return;
    settings_wish(settings, AF_UNSPEC, "SO_RXQ_OVFL");
    settings_wish(settings, AF_INET, "IP_PKTINFO");
    settings_wish(settings, AF_INET, "IP_RECVTTL");
    settings_wish(settings, AF_INET, "IP_RECVTOS");
    settings_wish(settings, AF_INET, "IP_RECVORIGDSTADDR");
    settings_wish(settings, AF_INET6, "IPV6_RECVPKTINFO");
    settings_wish(settings, AF_INET6, "IPV6_RECVHOPLIMIT");
    settings_wish(settings, AF_INET6, "IPV6_RECVTCLASS");
    settings_wish(settings, AF_INET6, "IPV6_RECVORIGDSTADDR");
}

/* Chooses the calls, and checks that they can do what is asked of them. */
static int calls_plan(struct message_options *options, const struct spec *spec)
{
    struct message_plan *plan = &options->plan;
    bool datagram = spec->type == SOCK_DGRAM;
    bool gathers = plan->piece_count || plan->descriptor_count || plan->credentials;
    bool scatters = plan->piece_count || options->control_room >= 0;
    plan->send = options->send >= 0 ? (enum send_call)options->send : gathers ? SEND_SENDMSG : SEND_SEND;
    if (options->send < 0 && !gathers && datagram)
        plan->send = SEND_SENDTO;
    plan->receive = options->receive >= 0      ? (enum receive_call)options->receive
                    : scatters || plan->stamps ? RECEIVE_RECVMSG
                    : datagram                 ? RECEIVE_RECVFROM
                                               : RECEIVE_RECV;
    plan->send_chosen = options->send >= 0;
    if (gathers && plan->send != SEND_SENDMSG)
        return usage_error("--send-call %s: only sendmsg sends pieces and ancillary data",
            name_find(&names_send_call, plan->send));
    if (plan->piece_count && plan->receive != RECEIVE_RECVMSG)
        return usage_error(
            "--recv-call %s: only recvmsg receives in pieces", name_find(&names_receive_call, plan->receive));
    if (scatters && plan->receive != RECEIVE_RECVMSG && plan->receive != RECEIVE_RECVMMSG)
        return usage_error("--recv-call %s: only recvmsg and recvmmsg receive ancillary data",
            name_find(&names_receive_call, plan->receive));
    if (options->send_flags >= 0 && plan->send == SEND_WRITE)
        return usage_error("--send-flags: write has no flags");
    if (options->receive_flags >= 0 && plan->receive == RECEIVE_READ)
        return usage_error("--recv-flags: read has no flags");
    return EXIT_DONE;
}

static void flags_plan(struct message_options *options, const struct spec *spec)
{
    struct message_plan *plan = &options->plan;
    bool tells = plan->receive == RECEIVE_RECVMSG || plan->receive == RECEIVE_RECVMMSG;
    plan->send_flags = options->send_flags >= 0 ? (int)options->send_flags : MSG_NOSIGNAL | MSG_DONTWAIT;
    plan->receive_flags = MSG_DONTWAIT | (spec->type != SOCK_STREAM ? MSG_TRUNC : 0) |
                          (tells && spec->family == AF_UNIX ? MSG_CMSG_CLOEXEC : 0);
    if (options->receive_flags >= 0)
        plan->receive_flags = (int)options->receive_flags;
    plan->blocking = options->send_flags >= 0 || options->receive_flags >= 0;
}

static int stamps_plan(struct spec *spec)
{
    char error[256];
    /* OPT_ID counts the bytes of a stream from the moment at which it is set, and needs a connection. */
    const char *name = spec->type == SOCK_DGRAM ? "early:SO_TIMESTAMPING" : "conn:SO_TIMESTAMPING";
    if (spec->family == AF_UNIX)
        return usage_error("--timestamps: what a unix socket sends passes no device");
    if (settings_has(&spec->settings, SOL_SOCKET, SO_TIMESTAMPING))
        return usage_error("--timestamps sets SO_TIMESTAMPING itself");
    if (!settings_add_for(&spec->settings, AF_UNSPEC, name, stamps_flags, error, sizeof(error)))
        return usage_error("--timestamps: %s", error);
    spec->settings.items[spec->settings.count - 1].wish = true;
    return EXIT_DONE;
}

int message_options_plan(struct message_options *options, struct spec *spec)
{
    struct message_plan *plan = &options->plan;
    if (!message_options_given(options))
        return EXIT_DONE;
    if ((plan->descriptor_count || plan->credentials) && spec->family != AF_UNIX)
        return usage_error("--send-%s needs a unix socket (-U)", plan->credentials ? "creds" : "fd");
    if (options->receive_flags >= 0 && options->receive_flags & MSG_ERRQUEUE)
        return usage_error(
            "--recv-flags: MSG_ERRQUEUE is not needed: the error queue is read and reported anyway");
    int status = calls_plan(options, spec);
    if (status != EXIT_DONE)
        return status;
    if (plan->stamps && (status = stamps_plan(spec)) != EXIT_DONE)
        return status;
    flags_plan(options, spec);
    bool chosen = options->receive == RECEIVE_RECVMSG || options->receive == RECEIVE_RECVMMSG;
    plan->ancillary = options->control_room >= 0 || chosen || plan->piece_count;
    plan->control_room = options->control_room >= 0 ? (size_t)options->control_room : CONTROL_ROOM;
    if (options->control_room >= 0)
        ancillary_ask(spec);
    plan->hides_pktinfo4 = !settings_has(&spec->settings, IPPROTO_IP, IP_PKTINFO);
    plan->hides_pktinfo6 = !settings_has(&spec->settings, IPPROTO_IPV6, IPV6_RECVPKTINFO);
    return EXIT_DONE;
}

void message_options_begin(const struct message_options *options)
{
    bool flagged = options->send_flags >= 0 && !(options->send_flags & MSG_NOSIGNAL);
    if (flagged || options->send == SEND_WRITE)
        signal(SIGPIPE, SIG_DFL);
}
