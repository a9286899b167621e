/* SPDX-License-Identifier: ISC */
/* The sources of the line "hosts:" in nsswitch.conf(5); see source.h. */
#include "why/name/source.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/names.h"

#define SOURCES_MAX    16
#define SOURCE_MAX     32
#define LABEL_MAX      63  /* RFC 1035, 2.3.4 */
#define NAME_MAX_DNS   253 /* the same, as text without the last dot */
#define RESOLVE_SOCKET "/run/systemd/resolve/io.systemd.Resolve"

const char *name_defect(const char *name)
{
    size_t whole = strlen(name);
    if (whole > 0 && name[whole - 1] == '.')
        whole--;
    if (whole > NAME_MAX_DNS)
        return "it is longer than 253 bytes";
    for (const char *label = name; *label;) {
        size_t length = strcspn(label, ".");
        if (length > LABEL_MAX)
            return "a part between two dots is longer than 63 bytes";
        if (length == 0 && whole > 0)
            return "a part between two dots is empty";
        label += length + (label[length] == '.');
    }
    return NULL;
}

/* How a source may have answered: a set, as far as it is known. */
enum status { STATUS_NOTFOUND = 1, STATUS_UNAVAIL = 2, STATUS_TRYAGAIN = 4 };

enum reach { REACH_NO, REACH_MAYBE, REACH_YES };

struct source {
    char name[SOURCE_MAX];
    enum reach reach;
    unsigned statuses;
    const char *lack; /* why it cannot answer; NULL: nothing is known */
};

/* The lack of a module, behind its name. */
static const char missing[] = ".so.2 is missing";

static bool is_named(const struct source *source, const char *name)
{
    return strcmp(source->name, name) == 0;
}

/* glibc has these two in itself since 2.34. */
static bool is_builtin(const struct source *source)
{
    return is_named(source, "files") || is_named(source, "dns");
}

/* A module that cannot be loaded is as one that says UNAVAIL. */
static bool module_is_there(const char *name)
{
    char module[SOURCE_MAX + 16];
    snprintf(module, sizeof(module), "libnss_%s.so.2", name);
    void *library = dlopen(module, RTLD_LAZY | RTLD_LOCAL);
    if (library)
        dlclose(library);
    return library != NULL;
}

/* What is known of its answer. The small modules of mDNS pass on what does not end in .local. */
static void source_judge(struct source *source, const char *name)
{
    size_t end = name ? strlen(name) : 0;
    bool is_local = end >= 6 && strcasecmp(name + end - 6, ".local") == 0;
    source->statuses = STATUS_NOTFOUND | STATUS_UNAVAIL | STATUS_TRYAGAIN;
    if (is_named(source, "files"))
        source->statuses = STATUS_NOTFOUND;
    else if (strncmp(source->name, "mdns", 4) == 0 && !is_local)
        source->statuses = STATUS_UNAVAIL;
    if (is_builtin(source))
        return;
    if (!module_is_there(source->name))
        source->lack = missing;
    else if (is_named(source, "resolve") && access(RESOLVE_SOCKET, F_OK) < 0)
        source->lack = "systemd-resolved is not running";
    if (source->lack)
        source->statuses = STATUS_UNAVAIL;
}

/* The statuses for which one item of an action, "!UNAVAIL=return", ends the search. */
static unsigned item_ends(const char *item)
{
    static const struct {
        const char *name;
        unsigned status;
    } rows[] = {{"NOTFOUND=return", STATUS_NOTFOUND}, {"UNAVAIL=return", STATUS_UNAVAIL},
        {"TRYAGAIN=return", STATUS_TRYAGAIN}};
    bool turned = *item == '!';
    for (size_t i = 0; i < array_size(rows); i++)
        if (strcasecmp(item + turned, rows[i].name) == 0)
            return turned ? ~rows[i].status : rows[i].status;
    return strcasecmp(item, "!SUCCESS=return") == 0 ? ~0U : 0;
}

/* How far the search goes beyond a source with this action, "[NOTFOUND=return]". */
static enum reach reach_after(const struct source *source, char *action)
{
    unsigned ends = 0;
    char *state;
    for (char *item = strtok_r(action, " \t[]", &state); item; item = strtok_r(NULL, " \t[]", &state))
        ends |= item_ends(item);
    if ((source->statuses & ~ends) == 0)
        return REACH_NO;
    return (source->statuses & ends) && source->reach == REACH_YES ? REACH_MAYBE : source->reach;
}

/* Fills the sources from the line; returns how many. */
static int sources_fill(struct source *sources, char *line, const char *name)
{
    int count = 0;
    enum reach reach = REACH_YES;
    size_t length;
    for (char *word = line; *word; word += length + strspn(word + length, " \t")) {
        bool is_action = *word == '[';
        length = is_action ? strcspn(word, "]") + (strchr(word, ']') != NULL) : strcspn(word, " \t[");
        char text[128];
        snprintf(text, sizeof(text), "%.*s", (int)length, word);
        if (is_action && count > 0)
            reach = reach_after(&sources[count - 1], text);
        if (is_action || count == SOURCES_MAX)
            continue;
        struct source *source = &sources[count++];
        *source = (struct source){.reach = reach};
        snprintf(source->name, sizeof(source->name), "%.*s", SOURCE_MAX - 1, text);
        source_judge(source, name);
    }
    return count;
}

/* -1 if nsswitch.conf does not say. */
static int sources_read(struct source *sources, const char *name)
{
    char line[256];
    return procfs_name_sources("hosts", line, sizeof(line)) ? sources_fill(sources, line, name) : -1;
}

bool name_reaches_dns(const char *name)
{
    struct source sources[SOURCES_MAX];
    int count = sources_read(sources, name);
    if (name && name_defect(name))
        return false;
    for (int i = 0; i < count; i++)
        if (is_named(&sources[i], "dns"))
            return sources[i].reach != REACH_NO;
    return count < 0;
}

/* What /etc/hosts has. */
static const char *hosts_said(const struct why *why, const char *name)
{
    char address[INET6_ADDRSTRLEN];
    int family = why->evidence->family;
    bool has4 = name && names_hosts(name, AF_INET, address);
    bool has6 = name && names_hosts(name, AF_INET6, address);
    if (!has4 && !has6)
        return "not in /etc/hosts";
    return (family == AF_INET && !has4) || (family == AF_INET6 && !has6)
               ? "in /etc/hosts for the other family alone"
               : "in /etc/hosts";
}

static const char *source_said(const struct why *why, const struct source *source, const char *name)
{
    bool ended = why->failure->eai != 0;
    if (source->reach == REACH_NO)
        return "not reached";
    if (is_named(source, "files"))
        return hosts_said(why, name);
    if (source->lack)
        return source->lack;
    if (is_named(source, "dns"))
        return !ended ? "no answer yet" : source->reach == REACH_YES ? "asked" : "perhaps asked";
    return !ended ? "what it said is not known" : name ? "gave no address" : "gave no name";
}

void cause_sources(struct why *why, const char *name)
{
    struct source sources[SOURCES_MAX];
    char texts[SOURCES_MAX][2 * SOURCE_MAX + 80];
    const char *words[SOURCES_MAX];
    int count = sources_read(sources, name);
    for (int i = 0; i < count; i++) {
        const struct source *source = &sources[i];
        const char *said = source_said(why, source, name);
        words[i] = texts[i];
        if (said == missing)
            snprintf(texts[i], sizeof(texts[i]), "%.*s (libnss_%.*s%s)", SOURCE_MAX, source->name, SOURCE_MAX,
                source->name, missing);
        else
            snprintf(texts[i], sizeof(texts[i]), "%.*s (%.64s)", SOURCE_MAX, source->name, said);
    }
    if (count > 0)
        emit_cause(why, NAME_SOURCES, F_WORDS("sources_said", words, count));
}
