/* SPDX-License-Identifier: ISC */
/* Help and completion of -o, from the table of socket options. */
#include "cmd/options/sockopt-words.h"

#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "net/socket/sockopt.h"

#define NAME_COLUMNS 34
#define HELP_COLUMN  (2 + NAME_COLUMNS + 8)

/* The form of a value. */
static const char *value_form(const struct sockopt *row)
{
    if (row->read_only)
        return "";
    switch (row->type) {
    case SOCKOPT_BOOL: return "=0|1";
    case SOCKOPT_NAME: return "=NAME";
    case SOCKOPT_FLAGS: return "=NAME,...";
    case SOCKOPT_TIMEVAL: return "=T";
    case SOCKOPT_LINGER: return "=T|off";
    case SOCKOPT_TEXT: return "=TEXT";
    case SOCKOPT_INTERFACE:
    case SOCKOPT_INTERFACE_NET: return "=INTERFACE";
    case SOCKOPT_PORT_RANGE: return "=LOW-HIGH";
    case SOCKOPT_ADDRESS4: return "=ADDR|INTERFACE";
    case SOCKOPT_MEMBERSHIP4: return "=GROUP[,LOCAL]";
    case SOCKOPT_SOURCE4: return "=GROUP,SOURCE[,LOCAL]";
    case SOCKOPT_MEMBERSHIP6: return "=GROUP[,INTERFACE]";
    case SOCKOPT_BYTES: return "=HEX";
    default: return "=N";
    }
}

static void row_write(FILE *out, size_t width, const struct sockopt *row)
{
    char name[64], when[16], help[256];
    snprintf(name, sizeof(name), "%s%s", row->name, value_form(row));
    snprintf(help, sizeof(help), "%s%s", row->read_only ? "(read) " : "", row->help);
    fprintf(out, "  %s", name);
    if (strlen(name) > NAME_COLUMNS)
        fprintf(out, "\n  %*s", NAME_COLUMNS, "");
    else
        fprintf(out, "%*s", NAME_COLUMNS - (int)strlen(name), "");
    fprintf(out, " %-6s ", name_text(&names_when, row->when, when, sizeof(when)));
    words_wrap(out, help, HELP_COLUMN, width);
}

void sockopt_list(FILE *out, size_t width)
{
    const char *level = "";
    words_wrap(out,
        "-o [WHEN:]NAME[=VALUE] sets a socket option, reads it back, and shows what the kernel took. "
        "Without a value it is only read. NAME may be LEVEL:NUMBER. WHEN overrides the time in the list:",
        0, width);
    fprintf(out, "  early  between socket and bind\n"
                 "  bound  between bind and connect or listen\n"
                 "  after  once connected or listening\n"
                 "  conn   on each connection: the connected socket, or every accepted one\n");
    for (const struct sockopt *row = sockopts; row->name; row++) {
        if (strcmp(level, row->level_name) != 0)
            fprintf(out, "\n%s\n", row->level_name);
        level = row->level_name;
        row_write(out, width, row);
    }
}

/* Completes a word after the first length bytes, which are kept, ignoring case as C names are read. */
static void offer(
    const struct completion *completion, size_t length, const char *word, const char *after, const char *help)
{
    const char *typed = completion->prefix + length;
    char whole[256];
    if (strncasecmp(word, typed, strlen(typed)) != 0)
        return;
    snprintf(whole, sizeof(whole), "%.*s%s%s", (int)length, completion->prefix, word, after);
    complete_offer(completion, whole, help);
}

static void interfaces_offer(const struct completion *completion, size_t length)
{
    struct if_nameindex *list = if_nameindex();
    for (const struct if_nameindex *at = list; at && at->if_index; at++)
        offer(completion, length, at->if_name, "", NULL);
    if (list)
        if_freenameindex(list);
}

/* Completes values; keeps what precedes the last one of a set. */
static void values_offer(const struct completion *completion, const struct sockopt *row, size_t length)
{
    const char *comma = strrchr(completion->prefix + length, ',');
    if (comma && row->type == SOCKOPT_FLAGS)
        length = (size_t)(comma + 1 - completion->prefix);
    if (row->names)
        for (const struct name *name = row->names->rows; name->name; name++)
            offer(completion, length, name->name, "", NULL);
    if (row->type == SOCKOPT_BOOL) {
        offer(completion, length, "0", "", NULL);
        offer(completion, length, "1", "", NULL);
    }
    if (row->type == SOCKOPT_LINGER)
        offer(completion, length, "off", "", NULL);
    if (row->type == SOCKOPT_INTERFACE || row->type == SOCKOPT_INTERFACE_NET ||
        row->option == SO_BINDTODEVICE)
        interfaces_offer(completion, length);
}

void sockopt_complete(const struct completion *completion)
{
    const char *text = completion->prefix;
    const char *equals = strchr(text, '='), *colon = strchr(text, ':');
    size_t length = colon && (!equals || colon < equals) ? (size_t)(colon + 1 - text) : 0;
    if (equals) {
        char name[64];
        snprintf(name, sizeof(name), "%.*s", (int)(equals - text - (ptrdiff_t)length), text + length);
        const struct sockopt *row = sockopt_find(name);
        if (row && !row->read_only)
            values_offer(completion, row, (size_t)(equals + 1 - text));
        return;
    }
    for (const struct sockopt *row = sockopts; row->name; row++)
        offer(completion, length, row->name, row->read_only ? "" : "=", row->help);
    if (length == 0) {
        offer(completion, 0, "help", "", "list them all");
        for (const struct name *when = names_when.rows; when->name; when++)
            offer(completion, 0, when->name, ":", "set it at this time");
    }
}
