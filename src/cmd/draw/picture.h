/* SPDX-License-Identifier: ISC */
/* --draw: keeps what the command reports, and draws it at the end. */
#ifndef CMD_DRAW_PICTURE_H
#define CMD_DRAW_PICTURE_H

#include <stdio.h>

#include "cmd/command.h"

/* Offsets are into struct report_options. */
extern const struct option_row picture_rows[];

struct picture {
    const struct picture_options *options; /* borrowed */
    FILE *copy;                            /* writes to text */
    char *text;                            /* the report as JSON */
    size_t length;
    int fd; /* of the file for SVG; -1: none */
};

/* Begins it if the options ask for it: from now on the sink keeps a copy. Opens the file, so that the sandbox
 * need not permit that later. EXIT_DONE, or the exit status after a message. */
int picture_begin(struct picture *picture, const struct report_options *options, struct sink *sink);

/* Draws it where the report went, or into the file. Returns status, or EXIT_OTHER after a message if there
 * was no other failure. */
int picture_end(struct picture *picture, struct sink *sink, int status);

#endif
