/* The options that say what socket is opened and how: shared by the commands that open one. */
#ifndef CMD_SOCKET_OPTIONS_H
#define CMD_SOCKET_OPTIONS_H

#include "base/option.h"
#include "net/spec.h"
#include "net/wire-watch.h"

/* Offsets are into a struct spec. */
extern const struct option_row socket_rows[];

/* What the rows alone cannot check, and what follows from them. EXIT_DONE, or EXIT_USAGE after usage_error(). */
int socket_options_plan(struct spec *spec);

/* Begins what --wire shows, as an item of spec->watch, and makes it spec->wires; nothing without --wire. Its owner calls
 * wire_watch_end(spec->wires). */
void wire_begin(struct spec *spec, struct sink *sink, struct wire_watch *watcher);

#endif
