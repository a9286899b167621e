/* SPDX-License-Identifier: ISC */
/*
 * The limit: small programs that each do only one kind of work, in the fastest way found, so that sockctl
 * can be measured against what the kernel allows. They check no more than they must.
 */
#include "limit.h"

#include <stdio.h>
#include <string.h>

static const struct work {
    const char *name, *arguments;
    int min;
    int (*run)(char **argv);
} works[] = {
    {"send-file", "PORT <FILE", 1, limit_send_file},
    {"send-pipe", "PORT <PIPE", 1, limit_send_pipe},
    {"receive-pipe", "PORT >PIPE", 1, limit_receive_pipe},
    {"receive-file", "PORT >FILE", 1, limit_receive_file},
    {"receive-null", "PORT >/dev/null", 1, limit_receive_null},
    {"relay", "connect|listen PORT", 2, limit_relay},
    {"serve", "PORT N: hear one byte of each of N connections", 2, limit_serve},
    {"scan", "ADDRESS FIRST LAST IN-FLIGHT TIMEOUT", 5, limit_scan},
    {"names", "THREADS <NAMES", 1, limit_names},
};

int main(int argc, char **argv)
{
    size_t count = sizeof works / sizeof *works;
    for (size_t i = 0; argc > 1 && i < count; i++)
        if (!strcmp(argv[1], works[i].name) && argc - 2 == works[i].min)
            return works[i].run(argv + 1);
    for (size_t i = 0; i < count; i++)
        fprintf(stderr, "usage: limit %s %s\n", works[i].name, works[i].arguments);
    return 2;
}
