/* Why a socket option was refused. */
#include <errno.h>
#include <linux/capability.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/why-cause.h"

#define BIT(capability) (UINT64_C(1) << (capability))

/* What the options ask for that not everybody may set (net/core/sock.c, net/ipv4/ip_sockglue.c, net/ipv6/ipv6_sockglue.c, net/ipv4/tcp.c):
 * one of these. Some ask only for some values, or to change what is set. */
static const struct {
    const char *option, *text;
    uint64_t capabilities;
} rights[] = {
    {"IPV6_TRANSPARENT", "CAP_NET_ADMIN or CAP_NET_RAW", BIT(CAP_NET_ADMIN) | BIT(CAP_NET_RAW)},
    {"IP_TRANSPARENT", "CAP_NET_ADMIN or CAP_NET_RAW", BIT(CAP_NET_ADMIN) | BIT(CAP_NET_RAW)},
    {"SO_BINDTODEVICE", "CAP_NET_RAW", BIT(CAP_NET_RAW)},
    {"SO_BINDTOIFINDEX", "CAP_NET_RAW", BIT(CAP_NET_RAW)},
    {"SO_BUSY_POLL", "CAP_NET_ADMIN", BIT(CAP_NET_ADMIN)},
    {"SO_DEBUG", "CAP_NET_ADMIN", BIT(CAP_NET_ADMIN)},
    {"SO_MARK", "CAP_NET_ADMIN or CAP_NET_RAW", BIT(CAP_NET_ADMIN) | BIT(CAP_NET_RAW)},
    {"SO_PREFER_BUSY_POLL", "CAP_NET_ADMIN", BIT(CAP_NET_ADMIN)},
    {"SO_PRIORITY", "CAP_NET_ADMIN or CAP_NET_RAW", BIT(CAP_NET_ADMIN) | BIT(CAP_NET_RAW)},
    {"SO_RCVBUFFORCE", "CAP_NET_ADMIN", BIT(CAP_NET_ADMIN)},
    {"SO_SNDBUFFORCE", "CAP_NET_ADMIN", BIT(CAP_NET_ADMIN)},
    {"TCP_CONGESTION", "CAP_NET_ADMIN", BIT(CAP_NET_ADMIN)},
    {"TCP_REPAIR", "CAP_NET_ADMIN", BIT(CAP_NET_ADMIN)},
};

static void say_right(struct why *why)
{
    const char *option = why->failure->name;
    uint64_t effective;

    for (size_t i = 0; i < array_size(rights); i++) {
        if (strcmp(rights[i].option, option) != 0)
            continue;
        if (procfs_capabilities(&effective) == -1)
            return;
        struct field name = F_TEXT("option", option), right = F_TEXT("capability", rights[i].text),
                     uid = F_INT("uid", geteuid());
        if (effective & rights[i].capabilities)
            say(why, OPTION_RIGHT_NAMESPACE, name, right, uid);
        else
            say(why, OPTION_RIGHT, name, right, uid);
        return;
    }
}

#define INTERFACES_MOST 16

static void interfaces_free(struct if_nameindex **interfaces)
{
    if (*interfaces)
        if_freenameindex(*interfaces);
}

/* The names of the interfaces, the last "..." where there are more. How many words. */
static int interface_words(const struct if_nameindex *interfaces, const char *words[INTERFACES_MOST + 1])
{
    int count = 0;

    for (; interfaces && interfaces->if_index != 0 && count < INTERFACES_MOST; interfaces++)
        words[count++] = interfaces->if_name;
    if (interfaces && interfaces->if_index != 0)
        words[count++] = "...";
    return count;
}

void say_interfaces(struct why *why, const char *wanted)
{
    const char *words[INTERFACES_MOST + 1];
    struct if_nameindex *interfaces __attribute__((cleanup(interfaces_free))) = if_nameindex();
    int count = interface_words(interfaces, words);

    say(why, INTERFACE_MISSING, F_FOREIGN("interface", wanted),
        count > 0 ? F_WORDS("interfaces", words, count) : F_NONE);
}

static void why_no_device(struct why *why)
{
    const char *words[INTERFACES_MOST + 1];

    if (strcmp(why->failure->name, "IP_ADD_MEMBERSHIP") != 0 &&
        strcmp(why->failure->name, "IPV6_ADD_MEMBERSHIP") != 0) {
        say_interfaces(why, NULL);
        return;
    }
    struct if_nameindex *interfaces __attribute__((cleanup(interfaces_free))) = if_nameindex();
    int count = interface_words(interfaces, words);
    if (count > 0)
        say(why, GROUP_INTERFACE, F_WORDS("interfaces", words, count));
}

static void why_congestion(struct why *why)
{
    char available[256];
    bool known =
        procfs_sysctl_text("net.ipv4.tcp_available_congestion_control", available, sizeof(available)) == 0;

    say(why, CONGESTION_UNKNOWN, known ? F_FOREIGN("available", available) : F_NONE);
}

void why_option(struct why *why)
{
    struct field option = F_TEXT("option", why->failure->name);

    if (!why->failure->name)
        return;
    switch (why->failure->error) {
    case EPERM: say_right(why); break;
    case ENOPROTOOPT:
    case EOPNOTSUPP: say(why, OPTION_UNKNOWN, option); break;
    case ENODEV: why_no_device(why); break;
    case ENOENT:
        if (strcmp(why->failure->name, "TCP_CONGESTION") == 0)
            why_congestion(why);
        break;
    case EINVAL:
    case EDOM:
    case ERANGE: say(why, OPTION_VALUE, option); break;
    case ENOBUFS:
    case ENOMEM: say(why, NO_BUFFERS, F_NONE); break;
    default: break;
    }
}
