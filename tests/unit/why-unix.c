/* SPDX-License-Identifier: ISC */
/* why/ against real failures of unix sockets. */
#include "tests/unit/why.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "tests/unit/rights.h"

static struct address unix_address(const char *path)
{
    struct address address;
    must(address_unix(&address, path));
    return address;
}

static void test_unix(void)
{
    char directory[] = "/tmp/sockctl-why-XXXXXX";
    must(mkdtemp(directory) && chdir(directory) == 0);
    struct address missing = unix_address("there/is/none"), path = unix_address("socket"),
                   file = unix_address("file");
    struct failure failure = failing_connect(AF_UNIX, SOCK_STREAM, &missing);
    ok(failure.error == ENOENT && has(&failure, "path-missing", NULL, 0), "ENOENT: the part that is missing");
    json_t *events = explained(&failure);
    is_str(json_string_value(json_object_get(find_cause(events, "path-missing"), "component")), "there",
        "by name");
    json_decref(events);

    close(open("file", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    failure = failing_connect(AF_UNIX, SOCK_STREAM, &file);
    ok(failure.error == ECONNREFUSED && has(&failure, "path-not-a-socket", NULL, 0),
        "ECONNREFUSED: no socket");
    struct address through = unix_address("file/socket");
    failure = failing_connect(AF_UNIX, SOCK_STREAM, &through);
    ok(failure.error == ENOTDIR && has(&failure, "path-not-directory", NULL, 0), "ENOTDIR: which part");

    cleanup_fd int listener = opened(AF_UNIX, SOCK_STREAM);
    must(bind(listener, &path.sa, path.length) == 0);
    failure = failing_connect(AF_UNIX, SOCK_STREAM, &path);
    ok(failure.error == ECONNREFUSED && has(&failure, "path-held-by-socket", "fd", listener),
        "bound, not listening");
    must(listen(listener, 0) == 0);
    failure = failing_bind(SOCK_STREAM, &path, false);
    ok(failure.error == EADDRINUSE && has(&failure, "path-held-by-listener", "fd", listener),
        "EADDRINUSE: by whom");
    failure = failing_connect(AF_UNIX, SOCK_DGRAM, &path);
    ok(failure.error == EPROTOTYPE && has(&failure, "socket-type-mismatch", "fd", listener),
        "EPROTOTYPE: the types");
    cleanup_fd int first = opened(AF_UNIX, SOCK_STREAM),
                   second = opened(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK);
    must(connect(first, &path.sa, path.length) == 0 && connect(second, &path.sa, path.length) < 0);
    failure = failed(PHASE_CONNECT, "connect", second, &path);
    ok(failure.error == EAGAIN && has(&failure, "backlog-full", "limit", 0),
        "EAGAIN: the accept queue and its limit");
    close(fd_take(&listener));
    failure = failing_connect(AF_UNIX, SOCK_STREAM, &path);
    ok(failure.error == ECONNREFUSED && has(&failure, "path-stale", NULL, 0),
        "ECONNREFUSED: the socket is gone");
    struct address abstract = unix_address("@sockctl no such name");
    failure = failing_connect(AF_UNIX, SOCK_STREAM, &abstract);
    ok(failure.error == ECONNREFUSED && has(&failure, "abstract-name-unused", NULL, 0),
        "an abstract name of nobody");

    rights_use(false);
    must(mkdir("closed", 0000) == 0);
    struct address closed = unix_address("closed/socket");
    failure = failing_connect(AF_UNIX, SOCK_STREAM, &closed);
    ok(failure.error == EACCES && has(&failure, "path-denied", NULL, 0), "EACCES: which part denies");
    rmdir("closed");
    rights_use(true);
    must(unlink("socket") == 0 && unlink("file") == 0 && rmdir(directory) == 0);
}

int main(void)
{
    test_unix();
    return done();
}
