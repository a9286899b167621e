/* SPDX-License-Identifier: ISC */
/* nc's letters that sockctl does not have: each is refused with a sentence that names the alternative. */
#include "cmd/options/nc-letters.h"

const struct option_row nc_refused_rows[] = {
    {'x', NULL, NULL, "proxies are left out; use ncat --proxy or ssh -W", .type = OPTION_REFUSED},
    {'X', NULL, NULL, "proxies are left out; use ncat --proxy or ssh -W", .type = OPTION_REFUSED},
    {'P', NULL, NULL, "proxies are left out; use ncat --proxy-auth", .type = OPTION_REFUSED},
    {'t', NULL, NULL, "telnet negotiation is left out; use telnet", .type = OPTION_REFUSED},
    {'r', NULL, NULL, "not supported; the kernel chooses a port if none is given (port 0)",
        .type = OPTION_REFUSED},
    {'S', NULL, NULL, "TCP MD5 signatures are left out; use nc -S", .type = OPTION_REFUSED},
    {'D', NULL, NULL, "use -o SO_DEBUG=1", .type = OPTION_REFUSED},
    {'F', NULL, NULL, "passing the socket on is left out; use socat, or nc -F", .type = OPTION_REFUSED},
    {'V', NULL, NULL, "routing tables are not chosen here; use ip vrf exec, or -o SO_BINDTODEVICE=NAME",
        .type = OPTION_REFUSED},
    {'Z', NULL, NULL, "TLS is not supported; use openssl s_client or ncat --ssl", .type = OPTION_REFUSED},
    {'e', NULL, NULL, "running a program is left out; use socat EXEC, or a pipe", .type = OPTION_REFUSED},
    {'c', NULL, NULL, "running a program and TLS are left out; use socat, or a pipe", .type = OPTION_REFUSED},
    {.type = OPTION_END},
};
