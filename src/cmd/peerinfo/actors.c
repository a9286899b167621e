/* SPDX-License-Identifier: ISC */
/* Which process a transition of the tracepoint belongs to: the caller, or else the holder that was seen. */
#include "cmd/peerinfo/actors.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "kernel/procfs.h"
#include "kernel/sockdiag/sockdiag.h"

/* /proc is looked at no more often, and for no more than this part of the time. */
#define LOOK_INTERVAL (100 * NS_PER_MS)
#define LOOK_SHARE    20

void actors_free(struct actors *actors)
{
    seen_free(&actors->seen);
}

static void look(struct actors *actors)
{
    int64_t began = clock_now();
    seen_look(&actors->seen);
    int64_t now = clock_now(), pause = (now - began) * LOOK_SHARE;
    actors->due = now + (pause > LOOK_INTERVAL ? pause : LOOK_INTERVAL);
}

static struct actor_listener *listener_kept(struct actors *actors, const struct address *local)
{
    for (size_t i = 0; i < LISTENERS_KEPT; i++)
        if (actors->listeners[i].count > 0 && address_equal(&actors->listeners[i].local, local))
            return &actors->listeners[i];
    return NULL;
}

static void listener_note(
    struct actors *actors, const struct trace_transition *transition, const struct actor *actor)
{
    struct actor_listener *kept = listener_kept(actors, &transition->local);
    bool begins = transition->to == TCP_LISTEN;
    if (kept)
        kept->count += begins ? 1 : -1u;
    for (size_t i = 0; !kept && begins && i < LISTENERS_KEPT; i++) {
        if (actors->listeners[i].count > 0)
            continue;
        kept = &actors->listeners[i];
        *kept = (struct actor_listener){.local = transition->local, .count = 1, .pid = actor->pid};
        snprintf(kept->program, sizeof(kept->program), "%s", actor->program ? actor->program : "");
    }
}

/* The one that took a connection, as far as it is known and the only one. */
static const struct actor_listener *listener_noted(struct actors *actors, const struct address *local)
{
    const struct actor_listener *found = listener_kept(actors, local);
    for (size_t i = 0; !found && i < LISTENERS_KEPT; i++) {
        const struct actor_listener *one = &actors->listeners[i];
        if (one->count > 0 && address_is_wildcard(&one->local) &&
            address_port(&one->local) == address_port(local))
            found = one;
    }
    return found && found->count == 1 ? found : NULL;
}

/* The listener that takes connections to an address, if only one may be it. */
struct listener_search {
    const struct address *local;
    bool is_exact;
    unsigned count;
    uint64_t cookie;
};

static int listener_visit(const struct sockdiag_socket *socket, void *data)
{
    struct listener_search *search = data;
    struct address local = socket->local;
    address_unmap(&local);
    bool is_exact = address_equal(&local, search->local);
    bool takes = is_exact || (address_is_wildcard(&local) && !search->is_exact &&
                                 (local.sa.sa_family == search->local->sa.sa_family || !socket->v6only));
    if (!takes)
        return 0;
    if (is_exact && !search->is_exact)
        search->count = 0;
    search->is_exact = is_exact;
    search->count++;
    search->cookie = socket->cookie;
    return 0;
}

static struct listener_search listener_find(const struct address *local)
{
    static const int families[] = {AF_INET, AF_INET6};
    struct listener_search search = {.local = local};
    for (size_t i = 0; i < array_size(families); i++) {
        const struct sockdiag_query query = {.family = families[i],
            .protocol = IPPROTO_TCP,
            .states = SOCKDIAG_STATE(TCP_LISTEN),
            .port = address_port(local)};
        sockdiag_each(&query, listener_visit, &search);
    }
    return search;
}

static const struct actor nobody = {.program = NULL};

/* By what a look has seen. */
static struct actor seen_of(struct actors *actors, uint64_t cookie)
{
    const struct seen_socket *seen = seen_find(&actors->seen, cookie);
    const int64_t now = clock_now();
    if ((!seen || seen->holders == 0) && now >= actors->due) {
        look(actors);
        seen = seen_find(&actors->seen, cookie);
    }
    if (!seen || seen->holders == 0)
        return nobody;
    return (struct actor){.pid = seen->pid, .program = seen->program};
}

static struct actor listener_of(struct actors *actors, const struct address *local)
{
    const struct listener_search search = listener_find(local);
    const struct actor found = search.count == 1 ? seen_of(actors, search.cookie) : nobody;
    const struct actor_listener *noted = search.count <= 1 ? listener_noted(actors, local) : NULL;
    if (found.program || !noted)
        return found;
    return (struct actor){.pid = noted->pid, .program = noted->program};
}

/* The tracepoint does not have the network namespace: only a connection that is found in ours is ours. */
static struct actor holder_of(struct actors *actors, const struct trace_transition *transition)
{
    struct sockdiag_socket found;
    if (address_port(&transition->peer) <= 0 || address_port(&transition->local) <= 0 ||
        sockdiag_lookup(IPPROTO_TCP, &transition->local, &transition->peer, 0, &found) != 1)
        return nobody;
    if (transition->from == TCP_SYN_RECV && transition->to == TCP_ESTABLISHED)
        return listener_of(actors, &transition->local);
    return seen_of(actors, found.cookie);
}

/* The process of a thread and its name, also of one that has ended since it was first asked for. */
static struct actor thread_of(struct actors *actors, int thread)
{
    struct actor_thread *known = &actors->threads[(size_t)thread % THREADS_KEPT];
    pid_t pid = procfs_thread_process(thread);
    if (pid > 0) {
        *known = (struct actor_thread){.thread = thread, .pid = pid};
        procfs_program(thread, known->program, sizeof(known->program));
    }
    if (known->thread != thread)
        return nobody;
    return (struct actor){.pid = known->pid, .program = known->program[0] ? known->program : NULL};
}

/* The number of its thread means something else, or nothing, in another PID namespace. */
static struct actor caller_of(struct actors *actors, const struct trace_transition *transition)
{
    struct actor actor =
        procfs_is_initial() ? thread_of(actors, transition->head.thread) : holder_of(actors, transition);
    if (transition->head.program[0])
        actor.program = transition->head.program;
    return actor;
}

struct actor actor_of(struct actors *actors, const struct trace_transition *transition)
{
    const struct actor actor =
        transition->head.is_caller ? caller_of(actors, transition) : holder_of(actors, transition);
    if (transition->to == TCP_LISTEN || transition->from == TCP_LISTEN)
        listener_note(actors, transition, &actor);
    return actor;
}
