/* SPDX-License-Identifier: ISC */
/* listen --show-syn: what the client of an accepted connection offered in its SYN. */
#include "net/listen/saved-syn.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "base/cleanup.h"
#include "kernel/syn.h"
#include "call/call.h"

/* Room for Ethernet, IPv6 with extension headers, and TCP: the kernel saves only headers. */
#define SAVED_MOST 1024

int saved_syn_keep(struct sink *sink, int fd)
{
    int on = 1;
    return CALL_SETSOCKOPT(sink, fd, IPPROTO_TCP, TCP_SAVE_SYN, on, "1");
}

static const char *bytes_text(
    const void *context, const void *value, socklen_t length, char *buffer, size_t size)
{
    (void)context;
    (void)value;
    snprintf(buffer, size, "%u bytes", length);
    return buffer;
}

void saved_syn_emit(struct sink *sink, int fd, unsigned conn)
{
    static const struct socket_option option = SOCKET_OPTION(IPPROTO_TCP, TCP_SAVED_SYN);
    static const struct value_format size = {.text = bytes_text};
    unsigned char bytes[SAVED_MOST];
    socklen_t length = sizeof(bytes);
    struct syn syn;
    if (call_getsockopt(sink, fd, &option, bytes, &length, &size) < 0 || !syn_decode(bytes, length, &syn)) {
        emit(sink, EVENT_SYN, F_CONN(conn), F_TEXT("note", "the kernel has not kept it"));
        return;
    }
    const char *options[SYN_OPTIONS_MAX];
    char unknown[SYN_OPTIONS_MAX][16];
    for (size_t i = 0; i < syn.kind_count; i++) {
        options[i] = syn_option_name(syn.kinds[i]);
        snprintf(unknown[i], sizeof(unknown[i]), "%u", syn.kinds[i]);
        if (!options[i])
            options[i] = unknown[i];
    }
    emit(sink, EVENT_SYN, F_CONN(conn), F_INT("ip", syn.version), F_INT("ttl", syn.ttl),
        F_INT("tos", syn.tos), syn.version == 4 ? F_BOOL("df", syn.dont_fragment) : F_NONE,
        F_INT("window", syn.window), syn.mss >= 0 ? F_INT("mss", syn.mss) : F_NONE,
        syn.window_scale >= 0 ? F_INT("window_scale", syn.window_scale) : F_NONE, F_BOOL("sack", syn.sack),
        F_BOOL("timestamps", syn.timestamp >= 0), syn.timestamp >= 0 ? F_INT("tsval", syn.timestamp) : F_NONE,
        F_BOOL("ecn", syn.ecn), F_TRUE("accurate_ecn", syn.accurate_ecn),
        syn.fast_open >= 0 ? F_INT("fast_open", syn.fast_open) : F_NONE,
        F_TEXTS("options", options, syn.kind_count), F_HEX("bytes", bytes, length));
}
