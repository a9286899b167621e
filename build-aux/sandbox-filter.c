/* SPDX-License-Identifier: ISC */
/*
 * sandbox-filter ARCH [GROUP...]: writes the seccomp filters of sandbox-calls.def for the processor ARCH as
 * C, one for each set of permitted groups; the GROUPs are permitted in all of them. It runs when sockctl is
 * built, so that a start of sockctl costs a prctl(2) and not the making of a filter.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sandbox-groups.h"

static void check(int result, const char *what)
{
    /* A call that the processor does not have needs no rule. */
    if (result == 0 || result == -EDOM)
        return;
    fprintf(stderr, "sandbox-filter: %s: %s\n", what, strerror(-result));
    exit(1);
}

static void rules_add(scmp_filter_ctx filter, uint32_t architecture, unsigned permitted)
{
    /* clone(2): on s390x the stack stands in front of the flags. */
    unsigned clone_flags = architecture == SCMP_ARCH_S390X ? 1 : 0;
#define DENY(group, call)                                                                                    \
    if (!(permitted & SANDBOX_##group))                                                                      \
        check(seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(call), 0), #call);
#define DENY_IF(group, call, argument, mask, value)                                                          \
    if (!(permitted & SANDBOX_##group))                                                                      \
        check(seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(call), 1,                             \
                  SCMP_CMP64(argument, SCMP_CMP_MASKED_EQ, (mask), (value))),                                \
            #call);
#define DENY_UNLESS(group, call, argument, value)                                                            \
    if (!(permitted & SANDBOX_##group))                                                                      \
        check(seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(call), 1,                             \
                  SCMP_CMP64(argument, SCMP_CMP_NE, (value))),                                               \
            #call);
#define ABSENT(call) check(seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(call), 0), #call);
#include "base/sandbox-calls.def"
#undef DENY
#undef DENY_IF
#undef DENY_UNLESS
#undef ABSENT
}

/* The filter as libseccomp compiles it; the number of its instructions, at most size. */
static size_t filter_compile(
    uint32_t architecture, unsigned permitted, struct sock_filter *instructions, size_t size)
{
    int ends[2];
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (!filter || pipe(ends) < 0)
        exit(1);
    if (architecture != seccomp_arch_native()) {
        check(seccomp_arch_remove(filter, seccomp_arch_native()), "seccomp_arch_remove");
        check(seccomp_arch_add(filter, architecture), "seccomp_arch_add");
    }
    check(seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2), "optimize");
    rules_add(filter, architecture, permitted);
    check(seccomp_export_bpf(filter, ends[1]), "seccomp_export_bpf");
    close(ends[1]);
    ssize_t length = read(ends[0], instructions, sizeof(*instructions) * size);
    if (length <= 0 || (size_t)length == sizeof(*instructions) * size)
        exit(1);
    close(ends[0]);
    seccomp_release(filter);
    return (size_t)length / sizeof(*instructions);
}

/* The groups that this build permits to every command. */
static unsigned groups_parse(char **words)
{
    static const struct {
        const char *name;
        unsigned group;
    } groups[] = {{"WRITE", SANDBOX_WRITE}, {"NAME", SANDBOX_NAME}, {"BORROW", SANDBOX_BORROW},
        {"FORK", SANDBOX_FORK}, {"PROGRAM", SANDBOX_PROGRAM}, {"PROCESS", SANDBOX_PROCESS}};
    unsigned permitted = 0;
    for (; *words; words++)
        for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++)
            if (strcmp(*words, groups[i].name) == 0)
                permitted |= groups[i].group;
    return permitted;
}

int main(int argc, char **argv)
{
    struct sock_filter instructions[2048];
    uint32_t architecture = argc > 1 ? seccomp_arch_resolve_name(argv[1]) : seccomp_arch_native();
    if (architecture == 0) {
        fprintf(stderr, "sandbox-filter: libseccomp does not know '%s'\n", argv[1]);
        return 1;
    }
    unsigned always = argc > 2 ? groups_parse(argv + 2) : 0;
    printf("/* Written by build-aux/sandbox-filter.c. */\n#define SANDBOX_ALWAYS %u\n", always);
    for (unsigned permitted = 0; permitted < SANDBOX_SETS; permitted++) {
        size_t count = filter_compile(architecture, permitted | always, instructions, 2048);
        printf("static struct sock_filter filter_%u[] = {\n", permitted);
        for (size_t i = 0; i < count; i++)
            printf("    {0x%02x, %u, %u, 0x%08x},\n", instructions[i].code, instructions[i].jt,
                instructions[i].jf, instructions[i].k);
        puts("};");
    }
    puts("static const struct sock_fprog filters[] = {");
    for (unsigned permitted = 0; permitted < SANDBOX_SETS; permitted++)
        printf("    {sizeof(filter_%u) / sizeof(*filter_%u), filter_%u},\n", permitted, permitted, permitted);
    puts("};");
    return fflush(stdout) == 0 ? 0 : 1;
}
