/* SPDX-License-Identifier: ISC */
/* nc: from its command line to its exit status. */
#include "cmd/nc/nc.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cmd/command.h"
#include "cmd/help.h"
#include "cmd/options/filter-options.h"
#include "cmd/options/operands.h"
#include "cmd/page.h"
#include "cmd/permit.h"
#include "cmd/session.h"
#include "report/writer.h"

/* The words that only the link of our own knows: nc may have hosts of any name. */
#define OWN_NAME "sockctl-nc"

static bool is_listener(const void *options)
{
    return ((const struct nc_options *)options)->listens;
}

static const struct permit nc_permits[] = {
    {is_listener, 0, CAPABILITIES_OF_BINDING, "-l: a privileged port, until it listens"},
    {.why = NULL},
};

static const struct permit_set nc_permit_sets[] = {
    {nc_permits, 0},
    {socket_permits, offsetof(struct nc_options, spec)},
    {transfer_permits, offsetof(struct nc_options, transfer)},
    {.rows = NULL},
};

static const char *base_name(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash ? slash + 1 : name;
}

bool nc_is_name(const char *name)
{
    static const char *const names[] = {"nc", "netcat", OWN_NAME};
    for (size_t i = 0; i < array_size(names); i++)
        if (strcmp(base_name(name), names[i]) == 0)
            return true;
    return false;
}

static int help_write(void)
{
    FILE *out = writer_stream(STDERR_FILENO);
    size_t width = help_width(STDERR_FILENO);
    nc_usage_write(out, width);
    options_help(nc_sets, width, out);
    fputs("\nA port may be a number, a service or a range: 20-30.\n", out);
    help_end((const char *const[]){"sockctl-nc -zv example.org 20-30", "sockctl-nc -lk 8080", NULL}, OWN_NAME,
        out);
    writer_flush(out);
    return EXIT_DONE;
}

/* Options that nothing was given of, for the caller to free; NULL without memory. */
static struct nc_options *options_new(void)
{
    struct nc_options *options = malloc(sizeof(*options));
    if (options)
        *options = (struct nc_options)NC_DEFAULTS;
    return options;
}

/* "sockctl-nc __complete WORD...": completes the last of the words; see complete_print() of sockctl. */
static int complete_print(int argc, char **words)
{
    char error[1024];
    const struct completion completion = {words[argc - 1], page(), NULL};
    cleanup_free struct nc_options *options = options_new();
    if (!options || argc < 2 || options_complete(nc_sets, argc - 1, words + 1, page()))
        return page_finish();
    words[--argc] = NULL;
    if (options_parse(nc_sets, options, &argc, words, error, sizeof(error)) != OPTIONS_DONE)
        return page_finish();
    bool has_listeners =
        options->spec.family == AF_UNIX && !options->listens && unix_listener_complete(&completion);
    if (!has_listeners)
        host_port_complete(&options->spec, argc - 1, &completion);
    if (options->listens && argc == 1 && options->spec.family != AF_UNIX)
        service_complete(&completion);
    return page_finish();
}

/* The hidden words of sockctl, by the link's own name. */
static bool is_own_word(const char *name, int argc, char **argv, const char *word)
{
    return argc > 1 && strcmp(base_name(name), OWN_NAME) == 0 && strcmp(argv[1], word) == 0;
}

static int options_run(const struct nc_options *options)
{
    struct sink sink;
    struct session session;
    sink_open(&sink, STDERR_FILENO, false, LEVEL_NONE, COLOR_NEVER);
    sandbox_begin(&sink, nc_permit_sets, options);
    if (session_begin(&session, &sink, &options->spec) != EXIT_DONE)
        return nc_mistake("signalfd: %s", strerror(errno));
    int status = options->listens ? nc_server_run(options, &session.context)
                                  : nc_client_run(options, &session.context);
    session_end(&session);
    return status;
}

int nc_main(int argc, char **argv)
{
    char error[1024];
    cleanup_free struct nc_options *options = options_new();
    const char *name = argv[0];
    setprogname(base_name(name));
    if (!options)
        return nc_mistake("%s", strerror(errno));
    if (is_own_word(name, argc, argv, "__complete"))
        return complete_print(argc - 1, argv + 1);
    if (is_own_word(name, argc, argv, "__options")) {
        options_list(nc_sets, page());
        return page_finish();
    }
    switch (options_parse(nc_sets, options, &argc, argv, error, sizeof(error))) {
    case OPTIONS_HELP: return help_write();
    case OPTIONS_DONE: break;
    default: return nc_mistake("%s", error);
    }
    int status = nc_plan(options, argc - 1, argv + 1);
    return status == EXIT_DONE ? options_run(options) : status;
}
