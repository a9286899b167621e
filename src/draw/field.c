/* SPDX-License-Identifier: ISC */
/* The fields of events, read so that a foreign type is an absent field; see event.h. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "draw/event.h"

const char *draw_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

int64_t draw_number(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

bool draw_true(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

int64_t draw_time(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    double seconds = json_number_value(value);
    /* Below a century of nanoseconds no conversion overflows. */
    if (!json_is_number(value) || !(seconds >= 0 && seconds < 4e9))
        return -1;
    return (int64_t)(seconds * 1e6 + 0.5) * NS_PER_US;
}

const char *draw_address(const json_t *object, const char *key, char *buffer, size_t size)
{
    const json_t *address = json_object_get(object, key);
    const char *host = draw_text(address, "host"), *path = draw_text(address, "path");
    cleanup_free char *text = NULL;
    if (*host)
        text = draw_format(strchr(host, ':') ? "[%s]:%d" : "%s:%d", host, (int)draw_number(address, "port"));
    else
        text = draw_clean(path);
    snprintf(buffer, size, "%s", text ? text : "");
    return buffer;
}

const char *draw_state(const char *name)
{
    static const char *const states[] = {"ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2",
        "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING"};
    for (size_t i = 0; i < array_size(states); i++)
        if (strcmp(states[i], name) == 0)
            return states[i];
    return NULL;
}
