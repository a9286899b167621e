/* SPDX-License-Identifier: ISC */
/* Asks the kernel for the sockets that a filter wants. */
#include <errno.h>
#include <netinet/in.h>

#include "base/cleanup.h"
#include "kernel/sockdiag/filter.h"

struct selection {
    const struct socket_filter *filter;
    sockdiag_visit *visit;
    void *data;
};

static int select_socket(const struct sockdiag_socket *socket, void *data)
{
    const struct selection *selection = data;
    return filter_wants(selection->filter, socket) ? selection->visit(socket, selection->data) : 0;
}

int filter_each(const struct socket_filter *filter, bool tcpinfo, sockdiag_visit *visit, void *data)
{
    static const struct {
        int family, protocol;
    } kinds[] = {{AF_INET, IPPROTO_TCP}, {AF_INET6, IPPROTO_TCP}, {AF_INET, IPPROTO_UDP},
        {AF_INET6, IPPROTO_UDP}, {AF_UNIX, 0}};
    struct selection selection = {.filter = filter, .visit = visit, .data = data};
    bool any = !filter->tcp && !filter->udp && !filter->local;
    unsigned char code[FILTER_CODE_MAX];
    const size_t code_length = filter_compile(filter, code);
    for (size_t i = 0; i < array_size(kinds); i++) {
        int family = kinds[i].family, protocol = kinds[i].protocol;
        bool wanted = protocol == IPPROTO_TCP   ? any || filter->tcp
                      : protocol == IPPROTO_UDP ? any || filter->udp
                                                : filter->local;
        const struct sockdiag_query query = {.family = family,
            .protocol = protocol,
            .states = filter_states(filter, protocol),
            .tcpinfo = tcpinfo,
            .is_brief = !tcpinfo,
            .socket = filter->socket,
            .code = code,
            .code_length = code_length};
        if (!wanted || query.states == 0 ||
            (family != AF_UNIX && filter->family != AF_UNSPEC && filter->family != family))
            continue;
        int result = sockdiag_each(&query, select_socket, &selection);
        if (result != 0 && !(result < 0 && errno == ENOENT))
            return result;
    }
    return 0;
}
