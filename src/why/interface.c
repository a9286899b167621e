/* Whether the interface that a socket wants is missing or down. */
#include "why/interface.h"

#include <stdio.h>

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
        emit_cause(why, INTERFACE_DOWN, F_FOREIGN("interface", link.name));
    return !link.is_up;
}
