/* SPDX-License-Identifier: ISC */
/* lookup.c: the codes that no resolver can be brought to return at will, from a getaddrinfo of our own. */
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <unistd.h>

#include "call/call.h"
#include "call/lookup.h"
#include "tap.h"

static int code_next, errno_next;

/* In place of libc's, for this program. */
int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **list)
{
    (void)host, (void)service, (void)hints, (void)list;
    errno = errno_next;
    return code_next;
}

/* The trace of a lookup that fails with a code and leaves an errno, without its time. */
static const char *trace(int code, int error, struct lookup *lookup)
{
    static char *text;
    size_t size;
    struct sink sink;
    free(text);
    text = NULL;
    code_next = code;
    errno_next = error;
    sink_open(&sink, STDERR_FILENO, false, LEVEL_CALLS, COLOR_NEVER);
    sink.stamps = false;
    sink.report = open_memstream(&text, &size);
    lookup_make(lookup);
    lookup_call_emit(&sink, lookup);
    fclose(sink.report);
    return text;
}

static void test_codes(void)
{
    struct lookup lookup = {.host = "a\n", .service = NULL};
    is_str(trace(EAI_FAIL, 0, &lookup),
        "getaddrinfo(\"a\\n\", NULL, NULL) = -4 EAI_FAIL (Non-recoverable failure in name resolution)\n",
        "EAI_FAIL");
    is_int(lookup.code, EAI_FAIL, "is kept");
    is_str(trace(EAI_MEMORY, ENOMEM, &lookup),
        "getaddrinfo(\"a\\n\", NULL, NULL) = -10 EAI_MEMORY (Memory allocation failure), errno ENOMEM "
        "(Cannot "
        "allocate memory)\n",
        "EAI_MEMORY with its errno");
}

static void test_errno(void)
{
    struct lookup lookup = {.host = "a"};
    trace(EAI_SYSTEM, EBUSY, &lookup);
    is_int(lookup.error, EBUSY, "EAI_SYSTEM has its errno");
    trace(EAI_NONAME, EMFILE, &lookup);
    is_int(lookup.error, EMFILE, "exhausted descriptors show behind EAI_NONAME");
    trace(EAI_SERVICE, ENFILE, &lookup);
    is_int(lookup.error, ENFILE, "and behind EAI_SERVICE");
    trace(EAI_AGAIN, ECONNREFUSED, &lookup);
    is_int(lookup.error, 0, "an errno left over from within does not");
    trace(0, ENETUNREACH, &lookup);
    is_int(lookup.error, 0, "nor one after success");
}

static void test_hints(void)
{
    struct addrinfo hints = {
        .ai_flags = AI_PASSIVE | 0x800, .ai_family = 99, .ai_socktype = 77, .ai_protocol = IPPROTO_UDP};
    struct lookup lookup = {.service = "80", .hints = &hints};
    is_str(trace(EAI_BADFLAGS, 0, &lookup),
        "getaddrinfo(NULL, \"80\", {AI_PASSIVE|0x800, AF_99, SOCK_77, IPPROTO_UDP}) = -1 EAI_BADFLAGS (Bad "
        "value "
        "for ai_flags)\n",
        "hints in C");
}

static void test_call(void)
{
    struct addrinfo *list;
    struct sink sink;
    sink_open(&sink, STDERR_FILENO, false, LEVEL_ERRORS, COLOR_NEVER);
    code_next = EAI_SYSTEM;
    errno_next = EPERM;
    is_int(call_getaddrinfo(&sink, "a", NULL, NULL, &list), EAI_SYSTEM, "the call returns the code");
    is_int(errno, EPERM, "and leaves the errno behind it");
    ok(list == NULL, "and no list");
}

int main(void)
{
    test_codes();
    test_errno();
    test_hints();
    test_call();
    return done();
}
