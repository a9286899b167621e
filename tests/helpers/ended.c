/* SPDX-License-Identifier: ISC */
/*
 * ended [--ignored SIG,...] PIDFILE COMMAND...: runs COMMAND as a shell runs it in the foreground, with no
 * signal ignored but those; writes its pid to PIDFILE, and reports on stderr how it ended: "ended by
 * SIGTERM", "ended with 143".
 */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct signal_name {
    int number;
    const char *name;
};

/* Those that are set for COMMAND come first. */
#define SIGNALS_SET 4
static const struct signal_name names[] = {
    {SIGINT, "INT"},
    {SIGTERM, "TERM"},
    {SIGHUP, "HUP"},
    {SIGPIPE, "PIPE"},
    {SIGKILL, "KILL"},
    {SIGABRT, "ABRT"},
    {SIGSEGV, "SEGV"},
    {SIGSYS, "SYS"},
};

static const char *name_of(int number)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].number == number)
            return names[i].name;
    }
    errx(1, "ended by signal %d, which has no name here", number);
}

/* list: names, separated by commas. */
static int is_in(const char *name, const char *list)
{
    size_t length = strlen(name);
    while (*list) {
        size_t word = strcspn(list, ",");
        if (word == length && strncmp(list, name, length) == 0)
            return 1;
        list += word + (list[word] == ',');
    }
    return 0;
}

static pid_t child;

/* The end of this program is the end of COMMAND. */
static void child_kill(int number)
{
    (void)number;
    kill(child, SIGKILL);
}

int main(int argc, char **argv)
{
    const char *ignored = "";
    if (argc > 2 && strcmp(argv[1], "--ignored") == 0) {
        ignored = argv[2];
        argc -= 2;
        argv += 2;
    }
    if (argc < 3)
        errx(2, "usage: ended [--ignored SIG,...] PIDFILE COMMAND...");
    for (int i = 0; i < SIGNALS_SET; i++)
        signal(names[i].number, is_in(names[i].name, ignored) ? SIG_IGN : SIG_DFL);
    child = fork();
    if (child < 0)
        err(1, "fork");
    if (child == 0) {
        execvp(argv[2], argv + 2);
        err(127, "%s", argv[2]);
    }
    signal(SIGTERM, child_kill);
    FILE *file = fopen(argv[1], "we");
    if (!file || fprintf(file, "%d\n", child) < 0 || fclose(file) != 0)
        err(1, "%s", argv[1]);
    int status;
    if (waitpid(child, &status, 0) < 0)
        err(1, "waitpid");
    if (WIFSIGNALED(status))
        fprintf(stderr, "ended by SIG%s\n", name_of(WTERMSIG(status)));
    else
        fprintf(stderr, "ended with %d\n", WEXITSTATUS(status));
    return 0;
}
