/* --port-file: tells a script where we listen. */
#include "cmd/port-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/stops.h"

/* Through a new file beside it and rename(2), which replaces at one stroke. */
static int file_replace(const char *path, const char *text)
{
    cleanup_free char *fresh = NULL;
    if (asprintf(&fresh, "%s.XXXXXX", path) < 0) {
        fresh = NULL;
        return -1;
    }
    cleanup_fd int fd = mkostemp(fresh, O_CLOEXEC);
    if (fd < 0)
        return -1;
    mode_t mask = umask(0);
    umask(mask);
    size_t length = strlen(text);
    if (write(fd, text, length) == (ssize_t)length && fchmod(fd, 0666 & ~mask) == 0 &&
        rename(fresh, path) == 0)
        return 0;
    int error = errno;
    unlink(fresh);
    errno = error;
    return -1;
}

int port_file_write(const char *path, const struct address *local, struct failure *failure)
{
    char host[ADDRESS_TEXT_MAX], scope[64], text[ADDRESS_TEXT_MAX + 128];
    if (address_port(local) < 0) {
        snprintf(text, sizeof(text), "%s\n", address_path(local, host, sizeof(host)));
    } else {
        const char *zone = address_scope(local, scope, sizeof(scope));
        snprintf(text, sizeof(text), "%s%s%s %d\n", address_host(local, host, sizeof(host)), zone ? "%" : "",
            zone ? zone : "", address_port(local));
    }
    /* A pipe, or /dev/stdout, is written as it is: renaming over it would not reach its reader. */
    struct stat status;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
        /* Which waits for the reader of a fifo. */
        sigset_t before;
        stops_let_through(&before);
        cleanup_fd int fd = open(path, O_WRONLY | O_CLOEXEC);
        sigprocmask(SIG_SETMASK, &before, NULL);
        if (fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text))
            return 0;
    } else if (file_replace(path, text) == 0) {
        return 0;
    }
    *failure =
        (struct failure){.phase = PHASE_OUTPUT, .call = "open", .name = path, .error = errno, .elapsed = -1};
    return -1;
}
