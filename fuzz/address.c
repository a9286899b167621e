/* SPDX-License-Identifier: ISC */
/* address.c: texts as addresses, and foreign bytes as addresses that the kernel might have given. */
#include "base/address.h"

#include <string.h>

#include "base/cleanup.h"
#include "fuzz.h"

/* What is shown must be printable ASCII, and not fill its buffer to the brim. */
static void text_check(const char *text)
{
    must(strlen(text) < ADDRESS_TEXT_MAX - 1);
    for (; *text; text++)
        must(*text >= 32 && *text < 127);
}

static void address_check(const struct address *address)
{
    char text[ADDRESS_TEXT_MAX];
    struct address plain = *address;
    text_check(address_text(address, text, sizeof(text)));
    text_check(address_host(address, text, sizeof(text)));
    text_check(address_path(address, text, sizeof(text)));
    const char *scope = address_scope(address, text, sizeof(text));
    if (scope)
        text_check(scope);
    must(address_equal(address, address));
    if (address_unmap(&plain))
        must(!address_unmap(&plain) && address_port(&plain) == address_port(address));
    must(!address_is_loopback(address) || !address_is_wildcard(address));
}

/* What was parsed is the same again after a way through its own text. */
static void round_trip(const char *host)
{
    struct address address, again;
    char text[ADDRESS_TEXT_MAX], *split_host, *service;
    if (!address_parse(&address, host, 4242))
        return;
    address_check(&address);
    address_text(&address, text, sizeof(text));
    must(address_split(text, &split_host, &service));
    must(strcmp(service, "4242") == 0);
    must(address_parse(&again, split_host, 4242));
    must(address_equal(&address, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_free char *text = input_string(data, size);
    struct address address;
    char *host, *service;
    round_trip(text);
    if (address_unix(&address, text)) {
        char shown[ADDRESS_TEXT_MAX];
        address_check(&address);
        must(address_path(&address, shown, sizeof(shown))[0] == (text[0] == '@' ? '@' : shown[0]));
    }
    address = address_from(data, (socklen_t)size);
    address_check(&address);
    if (address_split(text, &host, &service))
        must(strlen(host) + strlen(service) < size);
    return 0;
}
