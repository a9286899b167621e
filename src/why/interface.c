/* SPDX-License-Identifier: ISC */
/* Whether the interface that a socket wants is missing or down. */
#include "why/interface.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "kernel/procfs.h"
#include "kernel/route/link.h"

void interfaces_free(struct if_nameindex **interfaces)
{
    if (*interfaces)
        if_freenameindex(*interfaces);
}

int interface_words(const struct if_nameindex *interfaces, const char *words[INTERFACES_MOST + 1])
{
    int count = 0;
    for (; interfaces && interfaces->if_index != 0 && count < INTERFACES_MOST; interfaces++)
        words[count++] = interfaces->if_name;
    if (interfaces && interfaces->if_index != 0)
        words[count++] = "...";
    return count;
}

void cause_interfaces(struct why *why, const char *wanted)
{
    const char *words[INTERFACES_MOST + 1];
    cleanup_interfaces struct if_nameindex *interfaces = if_nameindex();
    int count = interface_words(interfaces, words);
    emit_cause(why, INTERFACE_MISSING, F_FOREIGN("interface", wanted),
        count > 0 ? F_WORDS("interfaces", words, count) : F_NONE);
}

void cause_link(struct why *why, const struct link *link)
{
    if (link->is_up)
        emit_cause(why, NO_CARRIER, F_FOREIGN("interface", link->name));
    else
        emit_cause(why, INTERFACE_DOWN, F_FOREIGN("interface", link->name));
}

/* An address of the network that the peer is in, on an interface that is down: its route went too. */
struct home {
    const struct address *peer;
    struct link_address own;
    struct link link;
};

static int home_visit(const struct link_address *own, void *data)
{
    struct home *home = data;
    if (!link_shares_network(own, home->peer) || link_find(own->interface, &home->link) < 0 ||
        home->link.is_up)
        return 0;
    home->own = *own;
    return 1;
}

void cause_network_down(struct why *why)
{
    struct address plain = why->failure->address;
    char host[ADDRESS_TEXT_MAX], network[ADDRESS_TEXT_MAX + 8];
    struct home home = {.peer = &plain};
    address_unmap(&plain);
    if (link_each_address(home_visit, &home) != 1)
        return;
    snprintf(network, sizeof(network), "%s/%d", host_text(&home.own.address, host, sizeof(host)),
        home.own.prefix_length);
    emit_cause(why, INTERFACE_DOWN, F_FOREIGN("interface", home.link.name), F_TEXT("address", network),
        F_TEXT("subnet", network));
}

static bool is_ipv6_off(const char *interface)
{
    char name[64];
    int64_t disabled;
    /* A dot of the interface's name is a slash in that of the sysctl. */
    snprintf(name, sizeof(name), "net.ipv6.conf.%s.disable_ipv6", interface);
    for (char *dot = name + strlen("net.ipv6.conf.");
         (dot = strchr(dot, '.')) && strcmp(dot, ".disable_ipv6") != 0;)
        *dot = '/';
    return procfs_sysctl(name, &disabled, 1) == 1 && disabled;
}

int interfaces_without_ipv6(const struct if_nameindex *interfaces, const char *words[INTERFACES_MOST + 1])
{
    int count = 0;
    for (; interfaces && interfaces->if_index != 0 && count < INTERFACES_MOST; interfaces++)
        if (is_ipv6_off(interfaces->if_name))
            words[count++] = interfaces->if_name;
    return count;
}

bool cause_ipv6_off(struct why *why, unsigned interface)
{
    struct address plain = why->failure->address;
    char name[IF_NAMESIZE] = "lo";
    int off = 0, others = 0;
    if (plain.sa.sa_family != AF_INET6 || address_unmap(&plain))
        return false;
    if (interface != 0 && !if_indextoname(interface, name))
        return false;
    if (interface != 0 || address_is_loopback(&plain)) {
        if (is_ipv6_off(name))
            emit_cause(why, IPV6_OFF, F_FOREIGN("interface", name), F_FOREIGN("sysctl", name));
        return is_ipv6_off(name);
    }
    cleanup_interfaces struct if_nameindex *interfaces = if_nameindex();
    for (const struct if_nameindex *item = interfaces; item && item->if_index != 0; item++) {
        if (item->if_index == LINK_LOOPBACK)
            continue;
        others++;
        off += is_ipv6_off(item->if_name);
    }
    if (others == 0 || off < others)
        return false;
    emit_cause(why, IPV6_OFF, F_TEXT("interface", "every interface but lo"), F_TEXT("sysctl", "*"));
    return true;
}

/* The interface of the very address, if it is one of this host, or the first that has a link-local one. */
struct example {
    const struct address *address;
    char interface[IF_NAMESIZE];
};

static int example_visit(const struct link_address *own, void *data)
{
    struct example *example = data;
    if (own->address.sa.sa_family != AF_INET6 || !IN6_IS_ADDR_LINKLOCAL(&own->address.in6.sin6_addr))
        return 0;
    bool is_it = IN6_ARE_ADDR_EQUAL(&own->address.in6.sin6_addr, &example->address->in6.sin6_addr);
    if (is_it || !example->interface[0])
        memcpy(example->interface, own->name, sizeof(own->name));
    return is_it;
}

void cause_scope_missing(struct why *why, const struct address *address)
{
    char host[ADDRESS_TEXT_MAX];
    struct example example = {.address = address, .interface = ""};
    link_each_address(example_visit, &example);
    emit_cause(why, SCOPE_MISSING, F_TEXT("host", host_text(address, host, sizeof(host))),
        F_FOREIGN("example", example.interface[0] ? example.interface : NULL),
        F_TRUE("none", !example.interface[0]));
}

bool cause_interface(struct why *why)
{
    const struct address *peer = &why->failure->address;
    uint32_t scope = peer->sa.sa_family == AF_INET6 ? peer->in6.sin6_scope_id : 0;
    uint32_t interface = scope ? scope : why->evidence->interface;
    struct link link;
    if (interface == 0)
        return false;
    if (link_find(interface, &link) < 0) {
        char number[16];
        snprintf(number, sizeof(number), "%u", interface);
        cause_interfaces(why, number);
        return true;
    }
    if (!link.is_up)
        cause_link(why, &link);
    return !link.is_up;
}
