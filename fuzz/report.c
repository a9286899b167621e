/* SPDX-License-Identifier: ISC */
/* report.c: foreign bytes through escaping and both renderers. */
#include <jansson.h>
#include <vis.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "fuzz.h"
#include "report/event.h"

static void printable_check(const char *text)
{
    for (; *text; text++)
        must(*text >= 32 && *text < 127);
}

/* Lossless, and cut only at a whole escape, whatever the room. */
static void escape_check(const uint8_t *data, size_t size)
{
    cleanup_free char *text = malloc(4 * size + 1);
    cleanup_free char *back = malloc(4 * size + 1);
    must(text && back);
    text_escape(text, 4 * size + 1, data, size);
    printable_check(text);
    must(strunvis(back, text) == (int)size && memcmp(back, data, size) == 0);
    for (size_t room = 1; room < 16 && room < size; room++) {
        text_escape(text, room, data, size);
        must(strlen(text) < room);
        int length = strunvis(back, text);
        must(length >= 0 && memcmp(back, data, (size_t)length) == 0);
    }
    char preview[40];
    text_preview(preview, sizeof(preview), data, size, 16);
    printable_check(preview);
    must(strlen(preview) < sizeof(preview));
}

/* One line of JSON that says the same bytes. */
static void json_check(const struct field *fields, const uint8_t *data, size_t size)
{
    cleanup_free char *line = NULL;
    cleanup_free char *back = malloc(4 * size + 1);
    size_t length;
    FILE *out = open_memstream(&line, &length);
    must(out && back);
    json_render(out, &event_rows[EVENT_DATAGRAM], fields, 0);
    fclose(out);
    must(strchr(line, '\n') == line + length - 1);
    json_t *object = json_loads(line, 0, NULL);
    must(object);
    const char *bytes = json_string_value(json_object_get(object, "bytes"));
    must(bytes && strunvis(back, bytes) == (int)size && memcmp(back, data, size) == 0);
    json_decref(object);
}

static void text_check(const struct field *fields)
{
    cleanup_free char *line = NULL;
    size_t length;
    FILE *out = open_memstream(&line, &length);
    must(out);
    text_render(out, &(struct sink){.level = LEVEL_DATA}, &event_rows[EVENT_DATAGRAM], fields, 0);
    fclose(out);
    must(strchr(line, '\n') == line + length - 1);
    line[length - 1] = '\0';
    printable_check(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct address peer = address_from(data, (socklen_t)size);
    const struct field fields[] = {
        F_ADDRESS("peer", &peer), F_COUNT("length", size), F_BYTES("bytes", data, size), F_END};
    escape_check(data, size);
    json_check(fields, data, size);
    text_check(fields);
    return 0;
}
