/* SPDX-License-Identifier: ISC */
/* Why an address cannot be bound: this host does not have it, or this socket may not use it. */
#include <errno.h>
#include <linux/if_addr.h>
#include <netinet/in.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "kernel/route/link.h"
#include "kernel/route/route.h"
#include "why/interface.h"
#include "why/judges.h"
#include "why/ports.h"

/* The addresses of this host in the family that was wanted. */
#define ADDRESSES_MAX 8
struct addresses {
    struct address wanted;
    bool is_ours;
    struct link_address ours;
    int count, left_out;
    char texts[ADDRESSES_MAX][64];
};

static int addresses_visit(const struct link_address *own, void *data)
{
    struct addresses *addresses = data;
    struct address wanted = addresses->wanted, plain = own->address;
    if (own->address.sa.sa_family != wanted.sa.sa_family)
        return 0;
    if (wanted.sa.sa_family == AF_INET6)
        wanted.in6.sin6_scope_id = plain.in6.sin6_scope_id = 0;
    if (addresses_conflict(&plain, false, &wanted, false)) {
        addresses->is_ours = true;
        addresses->ours = *own;
    }
    if (addresses->count < ADDRESSES_MAX)
        host_text(&own->address, addresses->texts[addresses->count++], sizeof(addresses->texts[0]));
    else
        addresses->left_out++;
    return 0;
}

static void cause_not_local(struct why *why, const struct addresses *addresses)
{
    const char *words[ADDRESSES_MAX + 1], *off[INTERFACES_MOST + 1];
    char host[ADDRESS_TEXT_MAX], more[32];
    int count, off_count = 0;
    for (count = 0; count < addresses->count; count++)
        words[count] = addresses->texts[count];
    if (addresses->left_out > 0) {
        snprintf(more, sizeof(more), "and %d more", addresses->left_out);
        words[count++] = more;
    }
    cleanup_interfaces struct if_nameindex *interfaces = if_nameindex();
    if (addresses->wanted.sa.sa_family == AF_INET6)
        off_count = interfaces_without_ipv6(interfaces, off);
    emit_cause(why, ADDRESS_NOT_LOCAL, F_TEXT("host", host_text(&addresses->wanted, host, sizeof(host))),
        count > 0 ? F_TEXTS("addresses", words, count) : F_NONE,
        off_count > 0 ? F_WORDS("off", off, off_count) : F_NONE);
}

/* This host has it; what stands in the way is a state of the address, or the interface. */
static void cause_unusable(struct why *why, const struct link_address *ours, const struct address *wanted)
{
    char host[ADDRESS_TEXT_MAX];
    bool failed = ours->flags & IFA_F_DADFAILED, tentative = ours->flags & IFA_F_TENTATIVE;
    struct field name = F_TEXT("host", host_text(wanted, host, sizeof(host))),
                 interface = F_FOREIGN("interface", ours->name);
    if (failed)
        emit_cause(why, ADDRESS_DUPLICATE, name, interface);
    else
        emit_cause(why, ADDRESS_UNUSABLE, name, interface,
            F_TEXT("reason", tentative ? "it is tentative, duplicate address detection has not ended"
                                       : "another interface is meant, or it was not usable yet"));
}

void why_not_available(struct why *why)
{
    struct addresses addresses = {.wanted = why->failure->address};
    address_unmap(&addresses.wanted);
    if (link_each_address(addresses_visit, &addresses) < 0)
        return;
    if (addresses.is_ours)
        cause_unusable(why, &addresses.ours, &addresses.wanted);
    else if (!cause_ipv6_off(why, why->failure->evidence.interface))
        cause_not_local(why, &addresses);
}

void why_invalid_address(struct why *why)
{
    const struct address *address = &why->failure->address;
    char host[ADDRESS_TEXT_MAX];
    struct field name = F_TEXT("host", host_text(address, host, sizeof(host)));
    if (address_needs_scope(address) && why->failure->evidence.interface == 0)
        cause_scope_missing(why, address);
    else if (why->failure->evidence.v6only && address_is_mapped(address))
        emit_cause(why, MAPPED_ON_V6ONLY, name);
    else if (address_is_multicast(address) && why->failure->evidence.type == SOCK_STREAM)
        emit_cause(why, NOT_UNICAST, name, F_TEXT("type", "multicast"));
}
