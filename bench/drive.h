/* SPDX-License-Identifier: ISC */
/* The parts of drive that stand in files of their own. */
#ifndef BENCH_DRIVE_H
#define BENCH_DRIVE_H

int drive_delay(char **argv);

#endif
