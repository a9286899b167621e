/* SPDX-License-Identifier: ISC */
/* Values of socket options: from text to the argument of setsockopt. The way back is in sockopt-text.c. */
#include <arpa/inet.h>
#include <ctype.h>
#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/time.h>

#include "base/number.h"
#include "net/socket/sockopt.h"

/* A parser's job: the text, and where the value and the error message go. */
struct parse {
    const struct sockopt *option;
    const char *text;
    void *value;
    socklen_t *length;
    char *error;
    size_t size;
};

static bool wrong(const struct parse *parse, const char *text, const char *why)
{
    snprintf(parse->error, parse->size, "'%s' is %s", text, why);
    return false;
}

static bool store(const struct parse *parse, const void *value, size_t length)
{
    memcpy(parse->value, value, length);
    *parse->length = (socklen_t)length;
    return true;
}

/* An int, or the bits of an unsigned one. */
static bool store_int(const struct parse *parse, long long number)
{
    int value = (int)(unsigned)number;
    return store(parse, &value, sizeof(value));
}

static bool int_parse(const struct parse *parse)
{
    long long low = parse->option->minimum, high = parse->option->maximum, number;
    uint64_t bytes;
    const char *why, *ignored;
    if (number_parse(parse->text, low, high, &number, &why))
        return store_int(parse, number);
    if (high > 0 && size_parse(parse->text, low > 0 ? (uint64_t)low : 0, (uint64_t)high, &bytes, &ignored))
        return store_int(parse, (long long)bytes);
    snprintf(parse->error, parse->size, "'%s' is %s (%lld to %lld)", parse->text, why, low, high);
    return false;
}

static const struct name_table names_bool = {"", (const struct name[]){{1, "on"}, {0, "off"}, {1, "yes"},
                                                     {0, "no"}, {1, "true"}, {0, "false"}, {0, NULL}}};

static bool bool_parse(const struct parse *parse)
{
    long number;
    if (!name_parse(&names_bool, parse->text, &number) || number < 0 || number > 1)
        return wrong(parse, parse->text, "neither 1 (on) nor 0 (off)");
    return store_int(parse, number);
}

static bool name_value_parse(const struct parse *parse)
{
    const struct sockopt *option = parse->option;
    long number;
    if (name_parse(option->names, parse->text, &number)) {
        if (option->maximum && number > option->maximum)
            return wrong(parse, parse->text, "too large");
        return store_int(parse, number);
    }
    name_unknown(option->names, parse->text, parse->error, parse->size);
    return false;
}

static bool flags_parse(const struct parse *parse)
{
    char bad[NAME_TEXT_MAX];
    long flags;
    if (name_flags_parse(parse->option->names, parse->text, &flags, bad, sizeof(bad)))
        return store_int(parse, flags);
    name_unknown(parse->option->names, bad, parse->error, parse->size);
    return false;
}

static bool uint64_parse(const struct parse *parse)
{
    uint64_t number = UINT64_MAX;
    const char *why;
    if (strcasecmp(parse->text, "unlimited") != 0 && !size_parse(parse->text, 0, UINT64_MAX, &number, &why))
        return wrong(parse, parse->text, why);
    return store(parse, &number, sizeof(number));
}

static bool timeval_parse(const struct parse *parse)
{
    int64_t ns;
    const char *why;
    if (!duration_parse(parse->text, &ns, &why))
        return wrong(parse, parse->text, why);
    struct timeval time = {.tv_sec = ns / NS_PER_S, .tv_usec = ns % NS_PER_S / NS_PER_US};
    return store(parse, &time, sizeof(time));
}

static bool linger_parse(const struct parse *parse)
{
    struct linger linger = {.l_onoff = 0};
    int64_t ns;
    const char *why;
    if (strcasecmp(parse->text, "off") != 0) {
        if (!duration_parse(parse->text, &ns, &why))
            return wrong(parse, parse->text, why);
        if (ns % NS_PER_S || ns / NS_PER_S > parse->option->maximum)
            return wrong(parse, parse->text, "not whole seconds, or more than SO_LINGER takes");
        linger = (struct linger){.l_onoff = 1, .l_linger = (int)(ns / NS_PER_S)};
    }
    return store(parse, &linger, sizeof(linger));
}

static bool text_parse(const struct parse *parse)
{
    size_t length = strlen(parse->text), most = (size_t)parse->option->maximum;
    if (length > most)
        return wrong(parse, parse->text, "too long");
    /* Includes the NUL: SO_BINDTODEVICE needs it, TCP_CONGESTION and TCP_ULP accept it. */
    return store(parse, parse->text, length + 1);
}

/* Finds an interface by name or index; 0 is none. */
static bool interface_find(const struct parse *parse, const char *text, unsigned *index)
{
    long long number;
    const char *why;
    *index = if_nametoindex(text);
    if (*index == 0 && !number_parse(text, 0, INT_MAX, &number, &why))
        return wrong(parse, text, "not an interface");
    if (*index == 0)
        *index = (unsigned)number;
    return true;
}

static bool interface_parse(const struct parse *parse)
{
    unsigned index;
    if (!interface_find(parse, parse->text, &index))
        return false;
    return store_int(parse, parse->option->type == SOCKOPT_INTERFACE_NET ? htonl(index) : index);
}

/* The kernel expects the lower port in the low half of a number in host order; ip(7). */
static bool port_range_parse(const struct parse *parse)
{
    unsigned low, high;
    char end;
    if (sscanf(parse->text, "%5u-%5u%c", &low, &high, &end) != 2 || low > 65535 || high > 65535)
        return wrong(parse, parse->text, "not a range of ports (LOW-HIGH; 0: the system's)");
    return store_int(parse, (long long)high << 16 | low);
}

/* Cuts the next part off a list separated by commas; NULL at its end. */
static char *part_next(char **rest)
{
    return *rest ? strsep(rest, ",") : NULL;
}

static bool address4_parse(const struct parse *parse, const char *text, struct in_addr *address)
{
    return inet_pton(AF_INET, text, address) == 1 || wrong(parse, text, "not an IPv4 address");
}

/* The local end of a multicast group: an address or an interface. */
static bool local4_parse(const struct parse *parse, const char *text, struct ip_mreqn *request)
{
    unsigned index;
    if (inet_pton(AF_INET, text, &request->imr_address) == 1)
        return true;
    if (!interface_find(parse, text, &index))
        return wrong(parse, text, "neither an IPv4 address nor an interface");
    request->imr_ifindex = (int)index;
    return true;
}

static bool membership4_parse(const struct parse *parse, char *group, char *local, bool more)
{
    struct ip_mreqn request = {.imr_ifindex = 0};
    if (more)
        return wrong(parse, parse->text, "not GROUP[,LOCAL]");
    if (!address4_parse(parse, group, &request.imr_multiaddr))
        return false;
    if (local && !local4_parse(parse, local, &request))
        return false;
    return store(parse, &request, sizeof(request));
}

static bool source4_parse(const struct parse *parse, char *group, char *source, char *local, bool more)
{
    struct ip_mreq_source request = {.imr_interface.s_addr = htonl(INADDR_ANY)};
    if (!source || more)
        return wrong(parse, parse->text, "not GROUP,SOURCE[,LOCAL]");
    return address4_parse(parse, group, &request.imr_multiaddr) &&
           address4_parse(parse, source, &request.imr_sourceaddr) &&
           (!local || address4_parse(parse, local, &request.imr_interface)) &&
           store(parse, &request, sizeof(request));
}

static bool membership6_parse(const struct parse *parse, char *group, char *interface, bool more)
{
    struct ipv6_mreq request = {.ipv6mr_interface = 0};
    if (more)
        return wrong(parse, parse->text, "not GROUP[,INTERFACE]");
    if (inet_pton(AF_INET6, group, &request.ipv6mr_multiaddr) != 1)
        return wrong(parse, group, "not an IPv6 address");
    if (interface && !interface_find(parse, interface, &request.ipv6mr_interface))
        return false;
    return store(parse, &request, sizeof(request));
}

static bool group_parse(const struct parse *parse)
{
    char copy[128], *rest = copy;
    if ((size_t)snprintf(copy, sizeof(copy), "%s", parse->text) >= sizeof(copy))
        return wrong(parse, parse->text, "too long");
    char *group = part_next(&rest), *second = part_next(&rest);
    if (parse->option->type == SOCKOPT_MEMBERSHIP4)
        return membership4_parse(parse, group, second, rest != NULL);
    if (parse->option->type == SOCKOPT_MEMBERSHIP6)
        return membership6_parse(parse, group, second, rest != NULL);
    char *third = part_next(&rest);
    return source4_parse(parse, group, second, third, rest != NULL);
}

static bool multicast_interface_parse(const struct parse *parse)
{
    struct ip_mreqn request = {.imr_ifindex = 0};
    return local4_parse(parse, parse->text, &request) && store(parse, &request, sizeof(request));
}

static bool bytes_parse(const struct parse *parse)
{
    unsigned char bytes[SETTING_VALUE_MAX];
    size_t digits = strlen(parse->text), length = digits / 2;
    if (digits % 2 || strspn(parse->text, "0123456789abcdefABCDEF") != digits)
        return wrong(parse, parse->text, "not hexadecimal bytes");
    if (length > sizeof(bytes) || (long long)length > parse->option->maximum ||
        (long long)length < parse->option->minimum)
        return wrong(parse, parse->text, "too short or too long");
    for (size_t i = 0; i < length; i++)
        sscanf(parse->text + 2 * i, "%2hhx", &bytes[i]);
    return store(parse, bytes, length);
}

static bool raw_parse(const struct parse *parse)
{
    long long number;
    const char *why;
    if (number_parse(parse->text, INT_MIN, UINT_MAX, &number, &why))
        return store_int(parse, number);
    if (strlen(parse->text) >= SETTING_VALUE_MAX)
        return wrong(parse, parse->text, "too long");
    return store(parse, parse->text, strlen(parse->text) + 1);
}

bool sockopt_value_parse(
    const struct sockopt *option, const char *text, void *value, socklen_t *length, char *error, size_t size)
{
    const struct parse parse = {option, text, value, length, error, size};
    switch (option->type) {
    case SOCKOPT_INT: return int_parse(&parse);
    case SOCKOPT_BOOL: return bool_parse(&parse);
    case SOCKOPT_NAME: return name_value_parse(&parse);
    case SOCKOPT_FLAGS: return flags_parse(&parse);
    case SOCKOPT_UINT64: return uint64_parse(&parse);
    case SOCKOPT_TIMEVAL: return timeval_parse(&parse);
    case SOCKOPT_LINGER: return linger_parse(&parse);
    case SOCKOPT_TEXT: return text_parse(&parse);
    case SOCKOPT_INTERFACE:
    case SOCKOPT_INTERFACE_NET: return interface_parse(&parse);
    case SOCKOPT_PORT_RANGE: return port_range_parse(&parse);
    case SOCKOPT_ADDRESS4: return multicast_interface_parse(&parse);
    case SOCKOPT_MEMBERSHIP4:
    case SOCKOPT_SOURCE4:
    case SOCKOPT_MEMBERSHIP6: return group_parse(&parse);
    case SOCKOPT_BYTES: return bytes_parse(&parse);
    case SOCKOPT_RAW: return raw_parse(&parse);
    case SOCKOPT_ERRNO:
    case SOCKOPT_UCRED:
    case SOCKOPT_GIDS:
    case SOCKOPT_MEMINFO: break; /* read only */
    }
    return false;
}
