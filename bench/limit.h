/* SPDX-License-Identifier: ISC */
/* The reference programs: one function a kind of work; argv[0] is the name of the work. */
#ifndef BENCH_LIMIT_H
#define BENCH_LIMIT_H

#include "common.h"

int limit_send_file(char **argv);
int limit_send_pipe(char **argv);
int limit_receive_pipe(char **argv);
int limit_receive_file(char **argv);
int limit_receive_null(char **argv);
int limit_relay(char **argv);
int limit_serve(char **argv);
int limit_scan(char **argv);
int limit_names(char **argv);

#endif
