/* SPDX-License-Identifier: ISC */
/* Looks for the libraries that are loaded later, and for features of the kernel that some options need. */
#include "kernel/features.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/portability.h"
#include "kernel/loaded.h"
#include "kernel/sockdiag/sockdiag.h"
#include "kernel/trace.h"

#ifdef STATIC_BINARY

/* Has no libraries but its own. */
bool feature_library(int index, struct feature *feature)
{
    static const struct feature libraries[] = {
        {"libmnl", true, "linked in"},
        {"libpcap", false, "a static binary cannot load it"},
    };
    if ((size_t)index >= array_size(libraries))
        return false;
    *feature = libraries[index];
    return true;
}

#else

/* The file behind the names, whose name has the version. */
static void library_find(const char *const *sonames, struct feature *feature)
{
    struct link_map *map;
    void *library = NULL;
    for (; *sonames && !library; sonames++)
        library = dlopen(*sonames, RTLD_LAZY | RTLD_LOCAL);
    feature->there = library != NULL;
    if (!library) {
        const char *why = dlerror();
        snprintf(feature->text, sizeof(feature->text), "%s", why ? why : "");
        return;
    }
    if (dlinfo(library, RTLD_DI_LINKMAP, &map) == 0) {
        cleanup_free char *file = realpath(map->l_name, NULL);
        snprintf(feature->text, sizeof(feature->text), "%s", file ? file : map->l_name);
    }
    dlclose(library);
}

bool feature_library(int index, struct feature *feature)
{
    static const struct {
        const char *name;
        const char *sonames[3];
    } libraries[] = {
        {"libmnl", {LIBMNL_SONAME}},
#ifdef HAVE_PCAP
        {"libpcap", {LIBPCAP_SONAME, LIBPCAP_SONAME_DEBIAN}},
#endif
    };
    if ((size_t)index >= array_size(libraries))
        return false;
    *feature = (struct feature){.name = libraries[index].name};
    library_find(libraries[index].sonames, feature);
    return true;
}

#endif

/* The answer to a question that fails with errno where there is no such feature. */
static void answer_take(struct feature *feature, bool there)
{
    feature->there = there;
    if (!there)
        snprintf(
            feature->text, sizeof(feature->text), "%s", errno == ELIBACC ? "needs libmnl" : strerror(errno));
}

static void sockdiag_probe(struct feature *feature)
{
    struct sockdiag_socket found;
    const struct sockdiag_query query = {.family = AF_INET, .protocol = IPPROTO_TCP, .port = 1};
    answer_take(feature, sockdiag_find(&query, &found) >= 0);
}

static void unix_probe(struct feature *feature)
{
    struct sockdiag_socket found;
    const struct sockdiag_query query = {.family = AF_UNIX, .inode = UINT32_MAX};
    answer_take(feature, sockdiag_find(&query, &found) >= 0 || errno == ENOENT);
}

static void ipv6_probe(struct feature *feature)
{
    answer_take(feature, access("/proc/net/if_inet6", R_OK) == 0);
}

static void pidfd_probe(struct feature *feature)
{
    /* It is refused for the descriptor, or is not known. */
    answer_take(feature, syscall(SYS_pidfd_getfd, -1, 0, 0u) >= 0 || errno == EBADF);
}

static void seccomp_probe(struct feature *feature)
{
    answer_take(feature, prctl(PR_GET_SECCOMP) >= 0);
}

static void trace_probe(struct feature *feature)
{
    feature->there = trace_available(feature->text, sizeof(feature->text));
    if (feature->there)
        feature->text[0] = '\0';
}

bool feature_kernel(int index, struct feature *feature)
{
    static const struct {
        const char *name;
        void (*probe)(struct feature *feature);
    } probes[] = {
        {"IPv6", ipv6_probe},
        {"sock_diag of TCP and UDP", sockdiag_probe},
        {"sock_diag of unix", unix_probe},
        {"seccomp", seccomp_probe},
        {"pidfd_getfd", pidfd_probe},
        {"tracepoint of TCP states", trace_probe},
    };
    if ((size_t)index >= array_size(probes))
        return false;
    *feature = (struct feature){.name = probes[index].name};
    probes[index].probe(feature);
    return true;
}
