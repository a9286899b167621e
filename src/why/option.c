/* SPDX-License-Identifier: ISC */
/* Why a socket option was refused. */
#include <errno.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/procfs.h"
#include "why/cause.h"
#include "why/denied.h"
#include "why/interface.h"
#include "why/judges.h"

#define BIT(capability) (UINT64_C(1) << (capability))

/* Options that need a capability (net/core/sock.c, net/ipv4/ip_sockglue.c, net/ipv6/ipv6_sockglue.c,
 * net/ipv4/tcp.c): any of these suffices. Some need it only for some values, or to change a set value. */
static const struct {
    const char *option, *text;
    uint64_t capabilities;
} rights[] = {
    {"IPV6_JOIN_ANYCAST", "CAP_NET_ADMIN", BIT(CAP_NET_ADMIN)},
    {"IPV6_TRANSPARENT", "CAP_NET_ADMIN or CAP_NET_RAW", BIT(CAP_NET_ADMIN) | BIT(CAP_NET_RAW)},
    {"IP_TRANSPARENT", "CAP_NET_ADMIN or CAP_NET_RAW", BIT(CAP_NET_ADMIN) | BIT(CAP_NET_RAW)},
    {"SO_BINDTODEVICE", "CAP_NET_RAW", BIT(CAP_NET_RAW)},
    {"SO_BINDTOIFINDEX", "CAP_NET_RAW", BIT(CAP_NET_RAW)},
    {"SO_BUSY_POLL", "CAP_NET_ADMIN", BIT(CAP_NET_ADMIN)},
    {"SO_BUSY_POLL_BUDGET", "CAP_NET_ADMIN", BIT(CAP_NET_ADMIN)},
    {"SO_DEBUG", "CAP_NET_ADMIN", BIT(CAP_NET_ADMIN)},
    {"SO_MARK", "CAP_NET_ADMIN or CAP_NET_RAW", BIT(CAP_NET_ADMIN) | BIT(CAP_NET_RAW)},
    {"SO_PREFER_BUSY_POLL", "CAP_NET_ADMIN", BIT(CAP_NET_ADMIN)},
    {"SO_PRIORITY", "CAP_NET_ADMIN or CAP_NET_RAW", BIT(CAP_NET_ADMIN) | BIT(CAP_NET_RAW)},
    {"SO_RCVBUFFORCE", "CAP_NET_ADMIN", BIT(CAP_NET_ADMIN)},
    {"SO_SNDBUFFORCE", "CAP_NET_ADMIN", BIT(CAP_NET_ADMIN)},
    {"TCP_CONGESTION", "CAP_NET_ADMIN", BIT(CAP_NET_ADMIN)},
    {"TCP_REPAIR", "CAP_NET_ADMIN", BIT(CAP_NET_ADMIN)},
};

static void cause_right(struct why *why)
{
    const char *option = why->failure->name;
    uint64_t effective;
    for (size_t i = 0; i < array_size(rights); i++) {
        if (strcmp(rights[i].option, option) != 0)
            continue;
        if (procfs_capabilities(&effective) < 0)
            return;
        const struct field evidence[] = {F_TEXT("option", option), F_FOREIGN("value", why->evidence->value),
            F_TEXT("capability", rights[i].text), F_INT("uid", geteuid()), seccomp_field(), F_END};
        cause_emit(why,
            effective & rights[i].capabilities ? CAUSE_OPTION_RIGHT_NAMESPACE : CAUSE_OPTION_RIGHT, evidence);
        return;
    }
    cause_denied_call(why);
}

/* The last part of a multicast group's value, GROUP[,SOURCE][,INTERFACE]; NULL if it is missing or does not
 * name an interface. */
static const char *group_interface(const struct failure *failure)
{
    const char *rest = failure->evidence.value;
    for (int commas = strstr(failure->name, "SOURCE") ? 2 : 1; rest && commas > 0; commas--) {
        rest = strchr(rest, ',');
        if (rest)
            rest++;
    }
    bool is_none = rest && (!*rest || strcmp(rest, "0") == 0 || strcmp(rest, "0.0.0.0") == 0);
    return is_none ? NULL : rest;
}

static bool is_group(const char *option)
{
    return strstr(option, "MEMBERSHIP") || strstr(option, "BLOCK_SOURCE") || strstr(option, "ANYCAST");
}

static void why_no_device(struct why *why)
{
    const struct failure *failure = why->failure;
    const char *words[INTERFACES_MOST + 1];
    if (!is_group(failure->name) || group_interface(failure)) {
        cause_interfaces(why, is_group(failure->name) ? group_interface(failure) : failure->evidence.value);
        return;
    }
    cleanup_interfaces struct if_nameindex *interfaces = if_nameindex();
    int count = interface_words(interfaces, words);
    if (count > 0)
        emit_cause(why, GROUP_INTERFACE, F_WORDS("interfaces", words, count));
}

/* For the options about sources this errno has other reasons too. */
static bool is_leaving(const char *option)
{
    return strstr(option, "DROP_MEMBERSHIP") || strstr(option, "LEAVE_ANYCAST");
}

/* Reports that the kernel does not have the name, with those that the sysctl lists. */
static void why_no_name(struct why *why)
{
    char available[256];
    bool is_ulp = strcmp(why->failure->name, "TCP_ULP") == 0;
    bool known = procfs_sysctl_text(
                     is_ulp ? "net.ipv4.tcp_available_ulp" : "net.ipv4.tcp_available_congestion_control",
                     available, sizeof(available)) == 0;
    struct field list = F_FOREIGN("available", known && available[0] ? available : NULL);
    if (is_ulp)
        emit_cause(why, ULP_UNKNOWN, list);
    else if (strcmp(why->failure->name, "TCP_CONGESTION") == 0)
        emit_cause(why, CONGESTION_UNKNOWN, list);
    else if (is_leaving(why->failure->name))
        emit_cause(why, GROUP_NOT_JOINED, F_FOREIGN("value", why->evidence->value));
}

static void why_no_address(struct why *why)
{
    if (is_leaving(why->failure->name))
        emit_cause(why, GROUP_NOT_JOINED, F_FOREIGN("value", why->evidence->value));
    else if (strstr(why->failure->name, "CAST_IF"))
        cause_interfaces(why, why->evidence->value);
}

/* The kind of sockets that has the option, if this socket does not; NULL if that is not the reason. */
static const char *other_kind(const struct failure *failure)
{
    static const char *const datagrams[] = {"IP_ADD_MEMBERSHIP", "IP_DROP_MEMBERSHIP", "IPV6_ADD_MEMBERSHIP",
        "IPV6_DROP_MEMBERSHIP", "IP_MULTICAST_IF", "IPV6_MULTICAST_IF", "IP_MULTICAST_TTL",
        "IPV6_MULTICAST_HOPS", "IP_RECVFRAGSIZE"};
    const struct evidence *evidence = &failure->evidence;
    bool is_inet = evidence->family == AF_INET || evidence->family == AF_INET6;
    if (evidence->level == IPPROTO_TCP && !(is_inet && evidence->protocol == IPPROTO_TCP))
        return "TCP";
    if (evidence->level == IPPROTO_UDP && !(is_inet && evidence->protocol == IPPROTO_UDP))
        return "UDP";
    if (evidence->level == IPPROTO_IPV6 && evidence->family != AF_INET6)
        return "IPv6";
    if (evidence->level == IPPROTO_IP && !is_inet)
        return "IPv4 and IPv6";
    for (size_t i = 0; evidence->type == SOCK_STREAM && i < array_size(datagrams); i++)
        if (strcmp(datagrams[i], failure->name) == 0)
            return "datagram";
    return NULL;
}

static bool cause_other_kind(struct why *why)
{
    const struct failure *failure = why->failure;
    const char *kind = failure->evidence.family ? other_kind(failure) : NULL;
    if (kind)
        emit_cause(why, OPTION_OTHER_SOCKET, F_TEXT("option", failure->name), F_TEXT("kind", kind),
            F_NAME("family", names_family, failure->evidence.family),
            F_NAME("type", names_type, failure->evidence.type));
    return kind != NULL;
}

static void why_unknown(struct why *why)
{
    const struct failure *failure = why->failure;
    if (failure->evidence.family && !cause_other_kind(why))
        emit_cause(why, OPTION_UNKNOWN, F_TEXT("option", failure->name),
            F_NAME("family", names_family, failure->evidence.family),
            F_NAME("type", names_type, failure->evidence.type));
}

/* The ranges of options whose EINVAL has no other reason (in the files named above). */
static void why_value(struct why *why)
{
    static const struct {
        const char *option, *takes;
    } ranges[] = {
        {"IPV6_ADD_MEMBERSHIP", "multicast addresses, ff00::/8"},
        {"IPV6_MTU", "0, or 1280 and more"},
        {"IP_ADD_MEMBERSHIP", "multicast addresses, 224.0.0.0/4"},
        {"IP_LOCAL_PORT_RANGE", "LOW-HIGH with LOW not above HIGH"},
        {"IP_TTL", "1 to 255, or -1"},
        {"TCP_MAXSEG", "88 to 32767, or 0"},
    };
    const struct failure *failure = why->failure;
    const char *takes = NULL;

    if (cause_other_kind(why))
        return;
    if (strcmp(failure->name, "IPV6_V6ONLY") == 0) {
        emit_cause(why, OPTION_BOUND, F_TEXT("option", failure->name));
        return;
    }
    for (size_t i = 0; i < array_size(ranges); i++)
        if (strcmp(ranges[i].option, failure->name) == 0)
            takes = ranges[i].takes;
    /* An interface without IPv6 is refused too. */
    if (strcmp(failure->name, "IPV6_ADD_MEMBERSHIP") == 0 && failure->evidence.value &&
        strncasecmp(failure->evidence.value, "ff", 2) == 0)
        takes = NULL;
    emit_cause(why, OPTION_VALUE, F_TEXT("option", failure->name),
        F_FOREIGN("value", failure->evidence.value), F_TEXT("takes", takes));
}

/* IPv4 groups have limits of their own and also count against the memory of the socket; the kernel does not
 * say which limit was reached. */
static void why_group_full(struct why *why)
{
    static const char *const sysctls[] = {
        "net.ipv4.igmp_max_memberships", "net.core.optmem_max", "net.ipv4.igmp_max_msf"};
    const char *words[array_size(sysctls)];
    char texts[array_size(sysctls)][64];
    int count = 0;
    int64_t limit;
    /* The last one limits the sources of a group. */
    for (size_t i = 0; i < array_size(sysctls) - !strstr(why->failure->name, "SOURCE"); i++) {
        if (procfs_sysctl(sysctls[i], &limit, 1) != 1)
            continue;
        snprintf(texts[count], sizeof(texts[count]), "%s=%lld", sysctls[i], (long long)limit);
        words[count] = texts[count];
        count++;
    }
    if (count > 0)
        emit_cause(why, GROUP_LIMIT, F_WORDS("limits", words, count));
}

static void why_full(struct why *why)
{
    int64_t limit;
    if (strncmp(why->failure->name, "IP_", 3) == 0 && is_group(why->failure->name))
        why_group_full(why);
    else if (procfs_sysctl("net.core.optmem_max", &limit, 1) == 1)
        emit_cause(why, OPTION_MEMORY, F_INT("limit", limit));
}

void why_option(struct why *why)
{
    if (!why->failure->name)
        return;
    switch (why->failure->error) {
    case EACCES: /* of SO_DEBUG */
    case EPERM: cause_right(why); break;
    case ENOPROTOOPT:
    case EOPNOTSUPP: why_unknown(why); break;
    case EPROTO: cause_other_kind(why); break;
    case ENODEV: why_no_device(why); break;
    case EADDRNOTAVAIL: why_no_address(why); break;
    case EADDRINUSE:
        if (strstr(why->failure->name, "ADD_MEMBERSHIP"))
            emit_cause(why, GROUP_JOINED, F_FOREIGN("value", why->evidence->value));
        break;
    case ENOENT: why_no_name(why); break;
    case ENOTCONN: emit_cause(why, OPTION_UNCONNECTED, F_TEXT("option", why->failure->name)); break;
    case EINVAL:
    case EDOM:
    case ERANGE: why_value(why); break;
    case ENOBUFS:
    case ENOMEM: why_full(why); break;
    default: break;
    }
}
