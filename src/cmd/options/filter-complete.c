/* SPDX-License-Identifier: ISC */
/* What completes the options that select sockets: what there is at this moment. */
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "cmd/options/filter-options.h"
#include "kernel/names.h"

/* Words that are offered once each, however often they occur. */
struct words {
    const struct completion *completion;
    char **items;
    size_t count;
};

static int compare_words(const void *a, const void *b)
{
    return strverscmp(*(char *const *)a, *(char *const *)b);
}

/* Without memory there are fewer words. */
static void word_add(struct words *words, const char *word)
{
    char **items = array_room(words->items, words->count, sizeof(*items));
    if (!items)
        return;
    words->items = items;
    char *copy = strdup(word);
    if (copy)
        items[words->count++] = copy;
}

/* Offers the words as the last one of a list, and releases them. */
static void words_offer(struct words *words)
{
    const char *prefix = words->completion->prefix, *comma = strrchr(prefix, ',');
    int kept = comma ? (int)(comma + 1 - prefix) : 0;
    char text[512];
    if (words->count > 0)
        qsort(words->items, words->count, sizeof(*words->items), compare_words);
    for (size_t i = 0; i < words->count; i++) {
        if (i == 0 || strcmp(words->items[i - 1], words->items[i]) != 0) {
            snprintf(text, sizeof(text), "%.*s%s", kept, prefix, words->items[i]);
            complete_word(words->completion, text);
        }
    }
    for (size_t i = 0; i < words->count; i++)
        free(words->items[i]);
    free(words->items);
}

static int port_add(const struct sockdiag_socket *socket, void *data)
{
    char text[16];
    const struct address *const ends[] = {&socket->local, &socket->peer};
    for (size_t i = 0; i < array_size(ends); i++) {
        snprintf(text, sizeof(text), "%d", address_port(ends[i]));
        if (address_port(ends[i]) > 0)
            word_add(data, text);
    }
    return 0;
}

void port_complete(const struct completion *completion)
{
    struct words words = {.completion = completion};
    filter_each(&socket_filter_all, false, port_add, &words);
    words_offer(&words);
}

static int user_add(const struct sockdiag_socket *socket, void *data)
{
    char name[64];
    if (socket->inode != 0 && procfs_user(socket->uid, name, sizeof(name)))
        word_add(data, name);
    return 0;
}

void user_complete(const struct completion *completion)
{
    struct words words = {.completion = completion};
    filter_each(&socket_filter_all, false, user_add, &words);
    words_offer(&words);
}

static int pid_offer(const struct procfs_holder *holder, void *data)
{
    static int last;
    char pid[16], program[4 * sizeof(holder->program) + 1];
    if (holder->pid == last)
        return 0;
    last = holder->pid;
    snprintf(pid, sizeof(pid), "%d", (int)holder->pid);
    complete_described(
        data, pid, text_escape(program, sizeof(program), holder->program, strlen(holder->program)));
    return 0;
}

void pid_complete(const struct completion *completion)
{
    struct completion told = *completion;
    procfs_each_socket(pid_offer, &told, NULL);
}

/* A name with blanks or control characters is nothing to type. */
static int program_add(const struct procfs_holder *holder, void *data)
{
    bool plain = holder->program[0] != '\0';
    for (const char *at = holder->program; *at; at++)
        plain = plain && *at > ' ' && *at < '\177';
    if (plain)
        word_add(data, holder->program);
    return 0;
}

void program_complete(const struct completion *completion)
{
    struct words words = {.completion = completion};
    procfs_each_socket(program_add, &words, NULL);
    words_offer(&words);
}

/* The names of unix listeners, as they are typed. */
static int name_add(const struct sockdiag_socket *socket, void *data)
{
    char name[ADDRESS_TEXT_MAX];
    struct words *words = data;
    const char *prefix = words->completion->prefix;
    address_path(&socket->local, name, sizeof(name));
    if (*name && strncmp(name, prefix, strlen(prefix)) == 0 && !strpbrk(name, " \\,"))
        word_add(words, name);
    return 0;
}

bool unix_listener_complete(const struct completion *completion)
{
    cleanup_free struct socket_filter *listeners = malloc(sizeof(*listeners));
    struct words words = {.completion = completion};
    if (!listeners || (*completion->prefix != '@' && *completion->prefix != '/'))
        return false;
    *listeners = socket_filter_all;
    listeners->local = listeners->listening = true;
    filter_each(listeners, false, name_add, &words);
    bool is_offered = words.count > 0;
    words_offer(&words);
    return is_offered;
}

const struct state_group state_groups[] = {
    {"connected", FILTER_CONNECTED, "all but LISTEN and CLOSE"},
    {"synchronized", FILTER_SYNCHRONIZED, "both ends have acknowledged the other's SYN"},
    {"closing", FILTER_CLOSING, "one end or both have sent FIN"},
    {.name = NULL},
};

void state_complete(const struct completion *completion)
{
    const char *comma = strrchr(completion->prefix, ',');
    const char *typed = comma ? comma + 1 : completion->prefix;
    int kept = (int)(typed - completion->prefix);
    char word[128];
    for (const struct name *row = names_state.rows; row->name; row++) {
        snprintf(word, sizeof(word), "%.*s%s", kept, completion->prefix, row->name);
        if (row->value <= TCP_CLOSING && strncasecmp(row->name, typed, strlen(typed)) == 0)
            complete_offer(completion, word, NULL);
    }
    for (const struct state_group *group = state_groups; group->name; group++) {
        snprintf(word, sizeof(word), "%.*s%s", kept, completion->prefix, group->name);
        if (strncasecmp(group->name, typed, strlen(typed)) == 0)
            complete_offer(completion, word, group->help);
    }
}

void interface_complete(const struct completion *completion)
{
    struct if_nameindex *interfaces = if_nameindex();
    for (const struct if_nameindex *at = interfaces; at && at->if_index != 0; at++)
        complete_word(completion, at->if_name);
    if_freenameindex(interfaces);
}
