/* SPDX-License-Identifier: ISC */
/* The user's socket options: parses "[WHEN:]NAME[=VALUE]", sets each at its time, reads it back. */
#include "net/socket/sockopt.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/number.h"
#include "call/call.h"
#include "call/observe.h"
#include "net/socket/evidence.h"

/* The row for options that are not in the table: LEVEL:NUMBER. */
static const struct sockopt raw = {.name = "LEVEL:NUMBER", .level_name = "", .type = SOCKOPT_RAW};

static const char *option_next(void *state)
{
    const struct sockopt **row = state;
    const char *name = (*row)->name;
    if (name)
        (*row)++;
    return name;
}

static bool option_unknown(const char *name, char *error, size_t size)
{
    const struct sockopt *row = sockopts;
    const char *near = nearest_word(name, option_next, &row);
    if (*name && name[strspn(name, "0123456789")] == '\0') {
        snprintf(error, size, "'%s' is not a socket option: a number needs its level, as in SOL_SOCKET:%s",
            name, name);
        return false;
    }
    snprintf(error, size, "'%s' is not a socket option%s%s%s", name, near ? "; did you mean " : "",
        near ? near : "", near ? "?" : " ('-o help' lists them)");
    return false;
}

/* Reads "IPPROTO_TCP:13", "1:SO_RCVBUF", "6:99". */
static bool raw_find(struct setting *setting, const char *level, const char *number, char *error, size_t size)
{
    long level_number;
    long long option;
    const char *why;
    if (!name_parse(&names_level, level, &level_number)) {
        const char *near = name_nearest(&names_level, level);
        snprintf(error, size, "'%s' is neither a time (early, bound, after, conn) nor a level%s%s%s", level,
            near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
        return false;
    }
    const struct sockopt *row = sockopt_find(number);
    if (row && row->level == level_number) {
        setting->option = row;
        return true;
    }
    if (!number_parse(number, 0, INT_MAX, &option, &why)) {
        snprintf(error, size, "'%s' is not an option of %s", number, level);
        return false;
    }
    row = sockopt_find_number((int)level_number, (int)option);
    setting->option = row ? row : &raw;
    setting->level = (int)level_number;
    setting->number = (int)option;
    return true;
}

/* Strips "WHEN:" if it is there. */
static const char *when_take(const char *name, bool *given, enum sockopt_when *when)
{
    char word[8];
    size_t length = strcspn(name, ":");
    long value;
    if (!name[length] || length >= sizeof(word) || isdigit((unsigned char)*name))
        return name;
    snprintf(word, sizeof(word), "%.*s", (int)length, name);
    if (!name_parse(&names_when, word, &value))
        return name;
    *given = true;
    *when = (enum sockopt_when)value;
    return name + length + 1;
}

static bool option_find(struct setting *setting, char *name, char *error, size_t size)
{
    char *colon = strchr(name, ':');
    if (colon) {
        *colon = '\0';
        bool found = raw_find(setting, name, colon + 1, error, size);
        *colon = ':';
        return found;
    }
    setting->option = sockopt_find(name);
    return setting->option || option_unknown(name, error, size);
}

static bool value_take(struct setting *setting, char *error, size_t size)
{
    const struct sockopt *option = setting->option;
    char why[384];
    setting->read_only = setting->asked == NULL;
    if (setting->asked && option->read_only) {
        snprintf(error, size, "%s can only be read", setting->name);
        return false;
    }
    if (!setting->asked && option->write_only) {
        snprintf(error, size, "%s needs a value: it cannot be read", setting->name);
        return false;
    }
    if (!setting->asked ||
        sockopt_value_parse(option, setting->asked, setting->value, &setting->length, why, sizeof(why)))
        return true;
    snprintf(error, size, "%s: %s", setting->name, why);
    return false;
}

bool settings_add_for(
    struct settings *settings, int family, const char *name, const char *value, char *error, size_t size)
{
    bool timed = false;
    char copy[SETTING_NAME_MAX];
    struct setting setting = {.family = family, .asked = value};
    if (settings->count == SETTINGS_MAX) {
        snprintf(error, size, "'%s': too many socket options (at most %d)", name, SETTINGS_MAX);
        return false;
    }
    const char *bare = when_take(name, &timed, &setting.when);
    if ((size_t)snprintf(copy, sizeof(copy), "%s", bare) >= sizeof(copy))
        return option_unknown(bare, error, size);
    if (!option_find(&setting, copy, error, size))
        return false;
    if (setting.option != &raw) {
        setting.level = setting.option->level;
        setting.number = setting.option->option;
    }
    snprintf(setting.name, sizeof(setting.name), "%s", setting.option == &raw ? copy : setting.option->name);
    if (!timed)
        setting.when = setting.option->when;
    if (!value_take(&setting, error, size))
        return false;
    settings->items[settings->count++] = setting;
    return true;
}

bool settings_add(struct settings *settings, const char *text, char *error, size_t size)
{
    char name[2 * SETTING_NAME_MAX];
    size_t length = strcspn(text, "=");
    if (length == 0 || length >= sizeof(name)) {
        snprintf(error, size, "'%.*s' is not a socket option", (int)length, text);
        return false;
    }
    snprintf(name, sizeof(name), "%.*s", (int)length, text);
    return settings_add_for(settings, AF_UNSPEC, name, text[length] ? text + length + 1 : NULL, error, size);
}

void settings_wish(struct settings *settings, int family, const char *name)
{
    char error[128];
    const struct sockopt *option = sockopt_find(name);
    if (settings_has(settings, option->level, option->option) ||
        !settings_add_for(settings, family, name, "1", error, sizeof(error)))
        return;
    settings->items[settings->count - 1].wish = true;
}

bool settings_has(const struct settings *settings, int level, int option)
{
    for (size_t i = 0; i < settings->count; i++)
        if (settings->items[i].level == level && settings->items[i].number == option &&
            !settings->items[i].read_only)
            return true;
    return false;
}

static const char *level_text(const struct setting *setting, char *buffer, size_t size)
{
    if (setting->option != &raw)
        return setting->option->level_name;
    return name_text(&names_level, setting->level, buffer, size);
}

/* Lets the call layer show a value that it only knows as bytes. */
static const char *value_text(
    const void *option, const void *value, socklen_t length, char *buffer, size_t size)
{
    return sockopt_value_text(option, value, length, buffer, size);
}

/* getsockopt returns SO_NETNS_COOKIE only for a length of exactly eight bytes. */
static void length_adapt(const struct sockopt *option, socklen_t *length)
{
    if (option->type == SOCKOPT_UINT64 && *length > sizeof(uint64_t))
        *length = sizeof(uint64_t);
}

int sockopt_read(struct sink *sink, int fd, const struct sockopt *option, void *value, socklen_t *length)
{
    const struct socket_option called = {option->level, option->option, option->level_name, option->name};
    const struct value_format format = {.text = value_text, .context = option};
    length_adapt(option, length);
    return call_getsockopt(sink, fd, &called, value, length, &format);
}

static int setting_write(struct sink *sink, int fd, const struct setting *setting)
{
    char text[SOCKOPT_TEXT_MAX], level[NAME_TEXT_MAX];
    const struct socket_option option = {
        setting->level, setting->number, level_text(setting, level, sizeof(level)), setting->name};
    return call_setsockopt(sink, fd, &option, setting->value, setting->length,
        sockopt_value_text(setting->option, setting->value, setting->length, text, sizeof(text)));
}

static int setting_read(
    struct sink *sink, int fd, const struct setting *setting, void *value, socklen_t *length)
{
    char level[NAME_TEXT_MAX];
    const struct socket_option option = {
        setting->level, setting->number, level_text(setting, level, sizeof(level)), setting->name};
    const struct value_format format = {.text = value_text, .context = setting->option};
    length_adapt(setting->option, length);
    return call_getsockopt(sink, fd, &option, value, length, &format);
}

static int refused(struct sink *sink, int fd, const struct setting *setting, const char *call, int64_t began,
    struct failure *failure)
{
    failure_fill(failure, PHASE_LOCAL, call, NULL, began);
    failure->name = setting->name;
    failure->evidence.value = setting->asked;
    failure->evidence.level = setting->level;
    evidence_collect(sink, fd, failure);
    return -1;
}

static int setting_apply(struct sink *sink, int fd, const struct setting *setting, enum sockopt_when when,
    unsigned conn, struct failure *failure)
{
    unsigned char value[SOCKOPT_READ_MAX];
    struct sockopt_room room;
    socklen_t length = sizeof(value);
    int64_t began = clock_now();
    int result = setting->read_only ? 0 : setting_write(sink, fd, setting);
    if (setting->wish)
        return 0;
    if (result < 0)
        return refused(sink, fd, setting, "setsockopt", began, failure);
    if (setting->option->write_only) {
        memcpy(value, setting->value, setting->length);
        length = setting->length;
    } else if (setting_read(sink, fd, setting, value, &length) < 0) {
        /* Setting it succeeded, whether or not it can be read. */
        if (setting->read_only)
            return refused(sink, fd, setting, "getsockopt", began, failure);
        length = 0;
    }
    emit(sink, EVENT_SOCKOPT, F_CONN(conn), F_TEXT("name", setting->name), F_FOREIGN("asked", setting->asked),
        length ? sockopt_field("value", setting->option, value, length, &room) : F_NONE,
        F_NAME("when", names_when, when));
    return 0;
}

/* An IPv6 socket may carry IPv4 too. */
static bool family_suits(int fd, int family)
{
    if (family == AF_UNSPEC)
        return true;
    int actual = socket_family(fd);
    return actual == family || (family == AF_INET && actual == AF_INET6);
}

int settings_apply(struct sink *sink, int fd, const struct settings *settings, enum sockopt_when when,
    unsigned conn, struct failure *failure)
{
    for (size_t i = 0; i < settings->count; i++) {
        const struct setting *setting = &settings->items[i];
        if (setting->when != when || !family_suits(fd, setting->family))
            continue;
        if (setting_apply(sink, fd, setting, when, conn, failure) < 0)
            return -1;
    }
    return 0;
}
