/* SPDX-License-Identifier: ISC */
/* resolve --bytes: the result of each conversion function for a text, and each sockaddr as bytes in
 * memory. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "cmd/resolve/resolve.h"
#include "call/call.h"

#define ARGS_MAX 1200

struct conversion {
    const char *function, *args;
    struct field result;
    bool accepted;
    const void *bytes; /* its result, in network order; length 0: nothing */
    size_t length;
    const char *text; /* the bytes as text again, or NULL */
    const char *note;
};

static void conversion_emit(struct sink *sink, const struct conversion *conversion)
{
    const char *note = conversion->note ? conversion->note : conversion->accepted ? NULL : "refused";
    emit(sink, EVENT_CONVERSION, F_TEXT("function", conversion->function), F_TEXT("args", conversion->args),
        conversion->result, field_result_text(conversion->result), F_BOOL("accepted", conversion->accepted),
        conversion->length ? F_HEX("bytes", conversion->bytes, conversion->length) : F_NONE,
        F_TEXT("text", conversion->text), F_TEXT("note", note));
}

static const char *quoted(const char *text, char *buffer, size_t size)
{
    return text_preview(buffer, size, text, strlen(text), 255);
}

static bool inet_pton_show(struct sink *sink, int family, const char *text, void *bytes)
{
    char string[ARGS_MAX - 16], args[ARGS_MAX], back[INET6_ADDRSTRLEN];
    int result = inet_pton(family, text, bytes);
    snprintf(
        args, sizeof(args), "%s, %s", name_find(&names_family, family), quoted(text, string, sizeof(string)));
    conversion_emit(sink, &(struct conversion){"inet_pton", args, F_INT("result", result), result == 1, bytes,
                              result != 1         ? 0
                              : family == AF_INET ? sizeof(struct in_addr)
                                                  : sizeof(struct in6_addr),
                              result == 1 ? inet_ntop(family, bytes, back, sizeof(back)) : NULL, NULL});
    return result == 1;
}

static void inet_ntop_show(struct sink *sink, int family, const void *bytes)
{
    char args[4 * sizeof(struct in6_addr)], back[INET6_ADDRSTRLEN];
    size_t length = family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
    int used = snprintf(args, sizeof(args), "%s, {", name_find(&names_family, family));
    for (size_t i = 0; i < length; i++)
        used += snprintf(args + used, sizeof(args) - (size_t)used, "%s%02x", i ? " " : "",
            ((const unsigned char *)bytes)[i]);
    snprintf(args + used, sizeof(args) - (size_t)used, "}");
    conversion_emit(sink, &(struct conversion){.function = "inet_ntop",
                              .args = args,
                              .result = F_TEXT("result", inet_ntop(family, bytes, back, sizeof(back))),
                              .accepted = true});
}

/* The two old functions read the same forms; inet_addr cannot show that 255.255.255.255 is an address. */
static bool inet_aton_show(struct sink *sink, const char *text, struct in_addr *address)
{
    char args[ARGS_MAX], back[INET_ADDRSTRLEN];
    quoted(text, args, sizeof(args));
    bool accepted = inet_aton(text, address) != 0;
    in_addr_t value = inet_addr(text);
    if (accepted)
        inet_ntop(AF_INET, address, back, sizeof(back));
    conversion_emit(sink, &(struct conversion){"inet_aton", args, F_INT("result", accepted), accepted,
                              address, accepted ? sizeof(*address) : 0, accepted ? back : NULL, NULL});
    bool certain = value != INADDR_NONE;
    conversion_emit(sink, &(struct conversion){"inet_addr", args,
                              certain ? F_INT("result", value) : F_NAME("result", names_inaddr, value),
                              certain, &value, certain ? sizeof(value) : 0, certain ? back : NULL,
                              certain || !accepted ? NULL : "INADDR_NONE: the address itself, or a refusal"});
    return accepted;
}

/* The bytes of the address inside a sockaddr. */
static const void *address_bytes(const struct address *address, size_t *length)
{
    if (address->sa.sa_family == AF_INET) {
        *length = sizeof(address->in.sin_addr);
        return &address->in.sin_addr;
    }
    *length = sizeof(address->in6.sin6_addr);
    return &address->in6.sin6_addr;
}

static void getaddrinfo_show(struct sink *sink, const char *text)
{
    char string[ARGS_MAX - 64], args[ARGS_MAX], back[ADDRESS_TEXT_MAX], note[128];
    struct address address = {.length = 0};
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST}, *list = NULL;
    int code = call_getaddrinfo(sink, text, NULL, &hints, &list);
    struct conversion conversion = {
        .function = "getaddrinfo", .args = args, .result = F_INT("result", code), .accepted = code == 0};
    snprintf(args, sizeof(args), "%s, NULL, AI_NUMERICHOST", quoted(text, string, sizeof(string)));
    if (code) {
        char name[NAME_TEXT_MAX];
        snprintf(note, sizeof(note), "refused: %s", name_text(&names_eai, code, name, sizeof(name)));
        conversion.note = note;
    } else {
        address = address_from(list->ai_addr, list->ai_addrlen);
        conversion.bytes = address_bytes(&address, &conversion.length);
        conversion.text = address_host(&address, back, sizeof(back));
        if (address.sa.sa_family == AF_INET6 && address.in6.sin6_scope_id) {
            snprintf(note, sizeof(note), "sin6_scope_id %" PRIu32, address.in6.sin6_scope_id);
            conversion.note = note;
        }
        freeaddrinfo(list);
    }
    conversion_emit(sink, &conversion);
}

/* Shows one call of inet_ntoa. Its text lies in a buffer that the next call overwrites. */
static const char *inet_ntoa_show(struct sink *sink, struct in_addr address, const char *before)
{
    char args[32], note[96];
    const unsigned char *byte = (const unsigned char *)&address;
    const char *text = inet_ntoa(address);
    snprintf(args, sizeof(args), "{%02x %02x %02x %02x}", byte[0], byte[1], byte[2], byte[3]);
    if (before)
        snprintf(note, sizeof(note), "%s: the first result now reads %s",
            before == text ? "the same buffer" : "another buffer", before);
    conversion_emit(sink, &(struct conversion){.function = "inet_ntoa",
                              .args = args,
                              .result = F_TEXT("result", text),
                              .accepted = true,
                              .note = before ? note : NULL});
    return text;
}

void conversions_report(struct sink *sink, const char *text)
{
    struct in_addr address;
    struct in6_addr address6;
    inet_pton_show(sink, AF_INET, text, &address);
    bool ipv6 = inet_pton_show(sink, AF_INET6, text, &address6);
    bool ipv4 = inet_aton_show(sink, text, &address);
    getaddrinfo_show(sink, text);
    if (ipv6)
        inet_ntop_show(sink, AF_INET6, &address6);
    if (ipv4) {
        inet_ntop_show(sink, AF_INET, &address);
        const char *first = inet_ntoa_show(sink, address, NULL);
        inet_ntoa_show(sink, (struct in_addr){.s_addr = ~address.s_addr}, first);
    }
}

/* Shows an integer in host order and as stored: converted by one function and back by the other. */
static void order_show(struct sink *sink, const char *to, const char *from, uint32_t host, uint32_t network,
    const void *bytes, size_t length)
{
    char args[16], note[64];
    int digits = 2 * (int)length;
    snprintf(note, sizeof(note), "0x%0*" PRIx32 " becomes 0x%0*" PRIx32, digits, host, digits, network);
    snprintf(args, sizeof(args), "%" PRIu32, host);
    conversion_emit(
        sink, &(struct conversion){to, args, F_INT("result", network), true, bytes, length, NULL, note});
    snprintf(args, sizeof(args), "%" PRIu32, network);
    conversion_emit(
        sink, &(struct conversion){
                  .function = from, .args = args, .result = F_INT("result", host), .accepted = true});
}

void sockaddr_report(struct sink *sink, const struct address *address)
{
    emit(sink, EVENT_SOCKADDR, F_ADDRESS("address", address), F_INT("length", address->length),
        F_HEX("bytes", &address->storage, address->length));
    /* sin_port and sin6_port have the same offset. */
    in_port_t port = address->in.sin_port;
    order_show(sink, "htons", "ntohs", ntohs(port), port, &port, sizeof(port));
    if (address->sa.sa_family == AF_INET) {
        in_addr_t host = address->in.sin_addr.s_addr;
        order_show(sink, "htonl", "ntohl", ntohl(host), host, &host, sizeof(host));
    }
}
