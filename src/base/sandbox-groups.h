/* SPDX-License-Identifier: ISC */
/* The groups of system calls that sandbox-calls.def denies. A command may be permitted those below
 * SANDBOX_SETS; each set of them has its own filter. */
#ifndef BASE_SANDBOX_GROUPS_H
#define BASE_SANDBOX_GROUPS_H

enum sandbox_group {
    SANDBOX_WRITE = 1,  /* files: opening them for writing, changing them */
    SANDBOX_NAME = 2,   /* names of files: rename(2), unlink(2), mkdir(2) ... */
    SANDBOX_BORROW = 4, /* descriptors of other processes: pidfd_getfd(2) */
    SANDBOX_FORK = 8,   /* new processes, and kill(2) */
    SANDBOX_SETS = 16,
    SANDBOX_PROGRAM = 16, /* other programs */
    SANDBOX_PROCESS = 32, /* other processes: tracing, reading, signalling them */
    SANDBOX_MOUNT = 64,   /* mounts and namespaces */
    SANDBOX_KERNEL = 128, /* modules, BPF, keys, io_uring ... */
};

#endif
