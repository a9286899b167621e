/* SPDX-License-Identifier: ISC */
/* --dup: a second descriptor of the same socket, in this process or in a forked one. */
#include "net/data/second.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/passes.h"
#include "base/number.h"
#include "kernel/procfs.h"
#include "net/watch/states.h"
#include "kernel/sockdiag/sockdiag.h"
#include "call/call.h"

/* Further holders are not reported one by one. */
#define HOLDERS_MOST 8

/* The child inherits the descriptor, since close-on-exec acts at exec, not at fork. It only holds it, and
 * ends with its parent at the latest. */
static _Noreturn void child_hold(pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        raise(SIGKILL);
    for (;;)
        pause();
}

static int child_fork(struct sink *sink, pid_t *child)
{
    int64_t began = clock_now();
    pid_t parent = getpid();
    *child = fork();
    if (*child == 0)
        child_hold(parent);
    call_emit(sink, EVENT_CALL, "fork", -1, began, *child, "%s", "");
    return *child < 0 ? -1 : 0;
}

static int fd_duplicate(struct sink *sink, int fd)
{
    int64_t began = clock_now();
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    call_emit(sink, EVENT_CALL, "fcntl", copy, began, copy, "%d, F_DUPFD_CLOEXEC, 0", fd);
    return copy;
}

int second_make(
    struct second *second, enum second_kind kind, struct sink *sink, const struct connection *connection)
{
    struct stat status;
    struct second made = {.kind = kind, .fd = -1, .child = -1, .of = *connection};
    *second = (struct second){.kind = SECOND_NONE, .fd = -1, .child = -1};
    made.inode = fstat(connection->fd, &status) == 0 ? status.st_ino : 0;
    if (kind == SECOND_DUP && (made.fd = fd_duplicate(sink, connection->fd)) < 0)
        return -1;
    if (kind == SECOND_FORK && child_fork(sink, &made.child) < 0)
        return -1;
    *second = made;
    return 0;
}

/* The state of the connection's local end as the kernel lists it; -1 if it is not listed. */
static int listed_state(const struct address *local, const struct address *peer, int64_t *expires)
{
    struct sockdiag_socket found;
    if (local->length == 0 || local->sa.sa_family == AF_UNIX ||
        sockdiag_lookup(IPPROTO_TCP, local, peer, 0, &found) <= 0)
        return -1;
    *expires = found.state == TCP_TIME_WAIT ? found.expires : -1;
    return found.state;
}

/* Returns the state. */
static int kept_emit(const struct second *second, struct sink *sink)
{
    const struct address *local = &second->of.local, *peer = &second->of.peer;
    struct procfs_holder holders[HOLDERS_MOST];
    struct field fields[HOLDERS_MOST][4];
    const struct field *rows[HOLDERS_MOST];
    int64_t expires;
    int count = procfs_holders(second->inode, holders, HOLDERS_MOST, NULL);
    for (int i = 0; i < count && i < HOLDERS_MOST; i++) {
        fields[i][0] = F_INT("pid", holders[i].pid);
        fields[i][1] = F_FOREIGN("program", holders[i].program);
        fields[i][2] = F_INT("fd", holders[i].fd);
        fields[i][3] = F_END;
        rows[i] = fields[i];
    }
    count = count > HOLDERS_MOST ? HOLDERS_MOST : count < 0 ? 0 : count;
    int state = listed_state(local, peer, &expires);
    emit(sink, EVENT_KEPT, F_CONN(second->of.conn), F_ADDRESS("local", local), F_ADDRESS("peer", peer),
        F_STATE("state", state), F_STATE("peer_state", listed_state(peer, local, &expires)),
        F_LIST("holders", rows, count));
    return state;
}

static void child_end(struct sink *sink, pid_t child)
{
    int64_t began = clock_now();
    int result = kill(child, SIGKILL);
    call_emit(sink, EVENT_CALL, "kill", -1, began, result, "%d, SIGKILL", (int)child);
    /* One that cannot be killed is not waited for: it ends with us. */
    int options = result < 0 ? WNOHANG : 0;
    unsigned tries = 0;
    while (waitpid(child, NULL, options) < 0 && passes(&tries))
        continue;
}

void second_release(struct second *second, struct sink *sink, bool followed)
{
    const struct address *local = &second->of.local, *peer = &second->of.peer;
    int64_t expires = -1;
    if (second->kind == SECOND_NONE)
        return;
    int before = kept_emit(second, sink);
    if (second->kind == SECOND_DUP)
        call_close(sink, &second->fd);
    else
        child_end(sink, second->child);
    second->kind = SECOND_NONE;
    int after = listed_state(local, peer, &expires);
    if (before >= 0 && !followed)
        emit(sink, EVENT_STATE, F_CONN(second->of.conn), F_ADDRESS("local", local), F_ADDRESS("peer", peer),
            state_seen(before, after < 0 ? TCP_CLOSE : after),
            state_previous(before, after < 0 ? TCP_CLOSE : after),
            F_STATE("state", after < 0 ? TCP_CLOSE : after), F_TIME("expires", expires));
}
