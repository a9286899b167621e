/* SPDX-License-Identifier: ISC */
/*
 * forbidden ACTION COMMAND [WORD...]: the command of that name with these words, up to where it would begin
 * to run: there it takes ACTION instead, from inside the sandbox of the command. What the sandbox forbids
 * ends the process by SIGSYS; else the result is printed and the status is 0.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/run.h"

static void *thread_run(void *data)
{
    return data;
}

static long thread_start(void)
{
    pthread_t thread;
    errno = pthread_create(&thread, NULL, thread_run, NULL);
    return errno == 0 ? pthread_join(thread, NULL) : -1;
}

static long program_start(void)
{
    char *const words[] = {(char *)"true", NULL};
    return execve("/bin/true", words, words + 1);
}

static long process_start(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    return child < 0 ? -1 : 0;
}

/* The fork of a C library that calls clone3(2) first. */
static long process_clone(void)
{
    long child = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
    if (child == 0)
        _exit(0);
    return child < 0 ? -1 : 0;
}

static long file_open(int flags)
{
    return open("forbidden.file", flags | O_CLOEXEC, 0600) < 0 ? -1 : 0;
}

static long privileged_bind(void)
{
    int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, 1);
    return fd < 0 ? -1 : 0;
}

static long act(const char *action)
{
    char byte[8] = "";
#define IS(word) (strcmp(action, word) == 0)
    return IS("thread")         ? thread_start()
           : IS("socket")       ? socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)
           : IS("open-read")    ? open("/etc/passwd", O_RDONLY | O_CLOEXEC)
           : IS("raw-socket")   ? privileged_bind()
           : IS("execve")       ? program_start()
           : IS("execveat")     ? syscall(SYS_execveat, AT_FDCWD, "/bin/true", NULL, NULL, 0)
           : IS("fork")         ? process_start()
           : IS("clone")        ? process_clone()
           : IS("ptrace")       ? ptrace(PTRACE_TRACEME, 0, NULL, NULL)
           : IS("vm-read")      ? syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0)
           : IS("getfd")        ? syscall(SYS_pidfd_getfd, -1, 0, 0)
           : IS("kill")         ? kill(getpid(), SIGWINCH)
           : IS("open-write")   ? file_open(O_WRONLY)
           : IS("open-rdwr")    ? file_open(O_RDWR)
           : IS("open-create")  ? file_open(O_RDONLY | O_CREAT)
           : IS("open-trunc")   ? file_open(O_RDONLY | O_TRUNC)
           : IS("creat")        ? creat("forbidden.file", 0600)
           : IS("chmod")        ? chmod("forbidden.file", 0777)
           : IS("rename")       ? rename("forbidden.file", "forbidden.other")
           : IS("unlink")       ? unlink("forbidden.file")
           : IS("mkdir")        ? mkdir("forbidden.folder", 0700)
           : IS("mount")        ? mount("none", "/nowhere", "tmpfs", 0, NULL)
           : IS("chroot")       ? chroot("/nowhere")
           : IS("setns")        ? setns(-1, 0)
           : IS("unshare")      ? unshare(0)
           : IS("init_module")  ? syscall(SYS_init_module, NULL, 0, "")
           : IS("finit_module") ? syscall(SYS_finit_module, -1, "", 0)
           : IS("bpf")          ? syscall(SYS_bpf, -1, NULL, 0)
           : IS("io_uring")     ? syscall(SYS_io_uring_setup, 0, NULL)
           : IS("add_key")      ? syscall(SYS_add_key, "user", "sockctl", byte, 1, 0)
           : IS("keyctl")       ? syscall(SYS_keyctl, -1)
           : IS("request_key")  ? syscall(SYS_request_key, "user", "sockctl", NULL, 0)
                                : (fprintf(stderr, "forbidden: unknown action %s\n", action), exit(2), 0);
}

static const char *chosen;

static int action_run(void *options, struct sink *sink)
{
    (void)options;
    (void)sink;
    errno = 0;
    long result = act(chosen);
    printf("%s: %s\n", chosen, result < 0 ? strerror(errno) : "done");
    fflush(stdout);
    return EXIT_DONE;
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    chosen = argv[1];
    for (const struct command *const *at = commands; *at; at++) {
        if (strcmp((*at)->name, argv[2]) != 0)
            continue;
        struct command command = **at;
        command.run = action_run;
        return command_run(&command, argc - 2, argv + 2, argc, argv);
    }
    return 2;
}
