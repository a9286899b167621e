/* SPDX-License-Identifier: ISC */
/* The C library's resolver as a source of facts: its setup, and its functions for messages; see dns.h. */
#include "kernel/dns.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdio.h>
#include <string.h>

#include "kernel/loaded.h"
#include "kernel/names.h"

/* OPT: the root's empty name, type, size, extended rcode with version and flags, length of no options. */
#define OPT_SIZE         11
/* What fits into a packet everywhere (DNS flag day 2020). */
#define UDP_PAYLOAD_SIZE 1232
#define OPTION_EDE       15 /* RFC 8914, 2 */

/* The other bits of the word that has the flags. */
#define ANSWER_BIT 0x8000
#define RCODE_MASK 0x000f

const struct name_table names_dns_flag = {
    "", (const struct name[]){{DNS_AA, "AA"}, {DNS_TC, "TC"}, {DNS_RD, "RD"}, {DNS_RA, "RA"}, {DNS_AD, "AD"},
            {DNS_CD, "CD"}, NAME_END}};

/* RFC 6895, 2.3. */
const struct name_table names_rcode = {
    "RCODE", (const struct name[]){{0, "NOERROR"}, {1, "FORMERR"}, {2, "SERVFAIL"}, {3, "NXDOMAIN"},
                 {4, "NOTIMP"}, {5, "REFUSED"}, {6, "YXDOMAIN"}, {7, "YXRRSET"}, {8, "NXRRSET"},
                 {9, "NOTAUTH"}, {10, "NOTZONE"}, {16, "BADVERS"}, {23, "BADCOOKIE"}, NAME_END}};

/* RFC 3597, 5 has the form of the unknown ones. */
const struct name_table names_dns_type = {
    "TYPE", (const struct name[]){{1, "A"}, {2, "NS"}, {5, "CNAME"}, {6, "SOA"}, {12, "PTR"}, {15, "MX"},
                {16, "TXT"}, {28, "AAAA"}, {33, "SRV"}, {39, "DNAME"}, {41, "OPT"}, {46, "RRSIG"},
                {47, "NSEC"}, {50, "NSEC3"}, {65, "HTTPS"}, NAME_END}};

/* RFC 8914, 4, and the registry that it began. */
const struct name_table names_ede = {"code ",
    (const struct name[]){{0, "Other Error"}, {1, "Unsupported DNSKEY Algorithm"},
        {2, "Unsupported DS Digest Type"}, {3, "Stale Answer"}, {4, "Forged Answer"},
        {5, "DNSSEC Indeterminate"}, {6, "DNSSEC Bogus"}, {7, "Signature Expired"},
        {8, "Signature Not Yet Valid"}, {9, "DNSKEY Missing"}, {10, "RRSIGs Missing"},
        {11, "No Zone Key Bit Set"}, {12, "NSEC Missing"}, {13, "Cached Error"}, {14, "Not Ready"},
        {15, "Blocked"}, {16, "Censored"}, {17, "Filtered"}, {18, "Prohibited"},
        {19, "Stale NXDOMAIN Answer"}, {20, "Not Authoritative"}, {21, "Not Supported"},
        {22, "No Reachable Authority"}, {23, "Network Error"}, {24, "Invalid Data"},
        {25, "Signature Expired before Valid"}, {26, "Too Early"}, {27, "Unsupported NSEC3 Iterations Value"},
        {28, "Unable to conform to policy"}, {29, "Synthesized"}, NAME_END}};

static bool name_add(struct dns_setup *setup, const char *name, const char *domain)
{
    char *room = setup->names[setup->name_count];
    if (setup->name_count == DNS_NAMES_MAX)
        return false;
    int length = snprintf(room, NS_MAXDNAME, "%s%s%s", name, domain ? "." : "", domain ? domain : "");
    bool fits = length >= 0 && length < NS_MAXDNAME;
    setup->name_count += fits;
    return fits;
}

/* How the search list applies to a name. */
struct search {
    unsigned ndots;
    bool list;    /* it is used at all */
    bool goes_on; /* a name with ndots dots or more is searched for too */
    bool last;    /* one that was searched for in vain is tried as it is */
    int count;
    const char *domains[MAXDNSRCH];
};

/* In the order of res_search(3): a name with ndots dots or more is tried as it is first, any other last. */
static bool names_fill(struct dns_setup *setup, const struct search *search, const char *name)
{
    size_t length = strlen(name);
    unsigned dots = 0;
    bool absolute = length > 0 && name[length - 1] == '.';
    for (const char *at = name; *at; at++)
        dots += *at == '.';
    bool first = absolute || dots >= search->ndots;
    bool searches = !absolute && search->list && (!first || search->goes_on);
    if (first && !name_add(setup, name, NULL))
        return false;
    for (int i = 0; searches && i < search->count; i++) {
        /* "search .": the root. */
        const char *domain = search->domains[i] + (search->domains[i][0] == '.');
        bool root = *domain == '\0';
        if ((!root || !first) && name_add(setup, name, root ? NULL : domain))
            first |= root;
    }
    bool last = !first && (dots || !searches || search->last);
    return (last && name_add(setup, name, NULL)) || setup->name_count > 0;
}

#ifdef __GLIBC__
static void servers_fill(struct dns_setup *setup, const struct __res_state *state)
{
    for (int i = 0; i < state->nscount && i < DNS_SERVERS_MAX; i++) {
        /* glibc keeps the IPv6 ones elsewhere. */
        const struct sockaddr_in6 *ipv6 = state->_u._ext.nsaddrs[i];
        if (state->nsaddr_list[i].sin_family == AF_INET)
            setup->servers[setup->server_count++] =
                address_from(&state->nsaddr_list[i], sizeof(state->nsaddr_list[i]));
        else if (ipv6)
            setup->servers[setup->server_count++] = address_from(ipv6, sizeof(*ipv6));
    }
}

/* absolute: the search list does not apply. */
static bool setup_read(struct dns_setup *setup, const char *name, bool absolute)
{
    struct __res_state state;
    memset(&state, 0, sizeof(state));
    *setup = (struct dns_setup){.server_count = 0};
    if (res_ninit(&state) < 0)
        return false;
    servers_fill(setup, &state);
    setup->over_tcp = state.options & RES_USEVC;
    struct search search = {.ndots = state.ndots, .goes_on = true};
    search.list = state.options & (strchr(name, '.') ? RES_DNSRCH : RES_DEFNAMES);
    search.last = !(state.options & RES_NOTLDQUERY);
    while (search.count < MAXDNSRCH && state.dnsrch[search.count]) {
        search.domains[search.count] = state.dnsrch[search.count];
        search.count++;
    }
    bool filled = absolute ? name_add(setup, name, NULL) : names_fill(setup, &search, name);
    res_nclose(&state);
    return filled;
}
#else
/* musl keeps to itself what it read: here are its rules, by src/network/lookup_name.c. */
static bool setup_read(struct dns_setup *setup, const char *name, bool absolute)
{
    char texts[DNS_SERVERS_MAX][PROCFS_NAMESERVER_MAX];
    struct procfs_search found;
    *setup = (struct dns_setup){.server_count = 0};
    int count = procfs_nameservers(texts, DNS_SERVERS_MAX);
    for (int i = 0; i < count; i++)
        setup->server_count += address_parse(&setup->servers[setup->server_count], texts[i], NS_DEFAULTPORT);
    if (count <= 0)
        setup->server_count = address_parse(&setup->servers[0], "127.0.0.1", NS_DEFAULTPORT);
    procfs_search(&found);
    struct search search = {.ndots = found.ndots, .list = true, .last = true, .count = found.count};
    for (int i = 0; i < found.count; i++)
        search.domains[i] = found.domains[i];
    return absolute ? name_add(setup, name, NULL) : names_fill(setup, &search, name);
}
#endif

bool dns_setup_read(struct dns_setup *setup, const char *name)
{
    return setup_read(setup, name, false);
}

bool dns_setup_read_address(struct dns_setup *setup, const struct address *address)
{
    char name[NS_MAXDNAME];
    size_t used = 0;
    if (address->sa.sa_family == AF_INET) {
        uint32_t number = ntohl(address->in.sin_addr.s_addr);
        snprintf(name, sizeof(name), "%u.%u.%u.%u.in-addr.arpa", number & 0xff, number >> 8 & 0xff,
            number >> 16 & 0xff, number >> 24);
    } else if (address->sa.sa_family == AF_INET6) {
        for (int i = 15; i >= 0; i--) {
            unsigned byte = address->in6.sin6_addr.s6_addr[i];
            used += (size_t)snprintf(name + used, sizeof(name) - used, "%x.%x.", byte & 0xf, byte >> 4);
        }
        snprintf(name + used, sizeof(name) - used, "ip6.arpa");
    } else
        return false;
    return setup_read(setup, name, true);
}

static unsigned get16(const unsigned char *bytes)
{
    unsigned value;
    NS_GET16(value, bytes);
    return value;
}

static void put16(unsigned char *bytes, unsigned value)
{
    NS_PUT16(value, bytes);
}

/* Offsets in the header. */
enum { AT_FLAGS = 2, AT_ADDITIONAL = 10 };

bool dns_query_make(struct dns_query *query, const char *name, int type)
{
    unsigned char *at;
    int length =
        res_mkquery(ns_o_query, name, ns_c_in, type, NULL, 0, NULL, query->bytes, DNS_QUERY_MAX - OPT_SIZE);
    if (length < NS_HFIXEDSZ)
        return false;
    query->type = type;
    query->id = (uint16_t)get16(query->bytes);
    query->extended = true;
    query->length = (size_t)length + OPT_SIZE;
    /* AD in a query: the answer may say whether it was validated (RFC 6840, 5.7). */
    put16(query->bytes + AT_FLAGS, get16(query->bytes + AT_FLAGS) | DNS_AD);
    put16(query->bytes + AT_ADDITIONAL, 1);
    at = query->bytes + length;
    *at++ = 0;
    NS_PUT16(ns_t_opt, at);
    NS_PUT16(UDP_PAYLOAD_SIZE, at);
    NS_PUT32(0, at);
    NS_PUT16(0, at);
    return true;
}

void dns_query_simplify(struct dns_query *query)
{
    if (!query->extended)
        return;
    query->extended = false;
    query->length -= OPT_SIZE;
    put16(query->bytes + AT_ADDITIONAL, 0);
}

/* The functions that read messages. */
static struct {
    __typeof__(&ns_initparse) begin;
    __typeof__(&ns_parserr) record;
} parser;

/* glibc has them in a library of its own: linking it would slow down every start, and most need it never. */
static bool parser_load(void)
{
    if (parser.record)
        return true;
#ifdef __GLIBC__
    void *library = dlopen(LIBRESOLV_SONAME, RTLD_NOW | RTLD_LOCAL);
    /* POSIX has dlsym() return functions as object pointers. */
    if (library)
        memcpy(&parser.begin, &(void *){dlsym(library, "ns_initparse")}, sizeof(parser.begin));
    if (parser.begin)
        memcpy(&parser.record, &(void *){dlsym(library, "ns_parserr")}, sizeof(parser.record));
#else
    parser.begin = ns_initparse;
    parser.record = ns_parserr;
#endif
    return parser.record != NULL;
}

static bool message_begin(ns_msg *message, const unsigned char *bytes, size_t length)
{
    return length <= NS_MAXMSG && parser_load() && parser.begin(bytes, (int)length, message) == 0;
}

/* Whether the message is about what was asked. One that says no more than that the query was bad may leave
 * the question out. */
static bool question_matches(const struct dns_query *query, ns_msg *message, int rcode)
{
    ns_msg asked;
    ns_rr own, other;
    if (ns_msg_count(*message, ns_s_qd) == 0)
        return rcode == ns_r_formerr || rcode == ns_r_notimpl;
    return ns_msg_count(*message, ns_s_qd) == 1 && message_begin(&asked, query->bytes, query->length) &&
           parser.record(&asked, ns_s_qd, 0, &own) == 0 && parser.record(message, ns_s_qd, 0, &other) == 0 &&
           ns_rr_type(own) == ns_rr_type(other) && ns_rr_class(own) == ns_rr_class(other) &&
           strcasecmp(ns_rr_name(own), ns_rr_name(other)) == 0;
}

/* The options of an OPT record (RFC 6891, 6.1.2), of which the library reads none. */
static void options_read(struct dns_answer *answer, const ns_rr *record)
{
    const unsigned char *at = ns_rr_rdata(*record), *end = at + ns_rr_rdlen(*record);
    answer->rcode |= (int)(ns_rr_ttl(*record) >> 24) << 4;
    while (end - at >= 4 && answer->ede_count < DNS_EDES_MAX) {
        unsigned code = get16(at), length = get16(at + 2);
        at += 4;
        if ((ptrdiff_t)length > end - at)
            return;
        if (code == OPTION_EDE && length >= 2) {
            struct dns_ede *ede = &answer->edes[answer->ede_count++];
            ede->code = (int)get16(at);
            ede->length = length - 2 < DNS_EDE_TEXT_MAX ? length - 2 : DNS_EDE_TEXT_MAX;
            memcpy(ede->text, at + 2, ede->length);
        }
        at += length;
    }
}

/* false if a record cannot be read. */
static bool records_read(struct dns_answer *answer, const struct dns_query *query, ns_msg *message)
{
    ns_rr record;
    answer->records = ns_msg_count(*message, ns_s_an);
    for (int i = 0; i < answer->records; i++) {
        if (parser.record(message, ns_s_an, i, &record) < 0)
            return false;
        answer->wanted += (int)ns_rr_type(record) == query->type;
    }
    for (int i = 0; i < ns_msg_count(*message, ns_s_ar); i++) {
        if (parser.record(message, ns_s_ar, i, &record) < 0)
            return false;
        if (ns_rr_type(record) == ns_t_opt)
            options_read(answer, &record);
    }
    return true;
}

enum dns_kind dns_answer_read(
    struct dns_answer *answer, const struct dns_query *query, const unsigned char *bytes, size_t length)
{
    ns_msg message;
    *answer = (struct dns_answer){.rcode = 0};
    if (length < NS_HFIXEDSZ || get16(bytes) != query->id)
        return DNS_STRAY;
    unsigned flags = get16(bytes + AT_FLAGS);
    answer->rcode = (int)(flags & RCODE_MASK);
    answer->flags = (int)(flags & (DNS_AA | DNS_TC | DNS_RD | DNS_RA | DNS_AD | DNS_CD));
    if (!(flags & ANSWER_BIT))
        return DNS_STRAY;
    if (!message_begin(&message, bytes, length))
        return flags & DNS_TC ? DNS_ANSWER : DNS_MALFORMED;
    if (!question_matches(query, &message, answer->rcode))
        return DNS_STRAY;
    return records_read(answer, query, &message) || flags & DNS_TC ? DNS_ANSWER : DNS_MALFORMED;
}

/* The name in a record's data, uncompressed; empty if it cannot be read. */
static void target_read(char target[NS_MAXDNAME], ns_msg *message, const ns_rr *record)
{
    if (dn_expand(ns_msg_base(*message), ns_msg_end(*message), ns_rr_rdata(*record), target, NS_MAXDNAME) < 0)
        target[0] = '\0';
}

bool dns_record_read(struct dns_record *record, const unsigned char *bytes, size_t length, int index)
{
    ns_msg message;
    ns_rr found;
    if (!message_begin(&message, bytes, length) || index >= ns_msg_count(message, ns_s_an) ||
        parser.record(&message, ns_s_an, index, &found) < 0)
        return false;
    snprintf(record->name, sizeof(record->name), "%s", ns_rr_name(found));
    record->type = (int)ns_rr_type(found);
    record->ttl = ns_rr_ttl(found);
    record->length = ns_rr_rdlen(found);
    record->data[0] = '\0';
    if (record->type == ns_t_a && record->length == NS_INADDRSZ)
        inet_ntop(AF_INET, ns_rr_rdata(found), record->data, sizeof(record->data));
    else if (record->type == ns_t_aaaa && record->length == NS_IN6ADDRSZ)
        inet_ntop(AF_INET6, ns_rr_rdata(found), record->data, sizeof(record->data));
    else if (record->type == ns_t_cname || record->type == ns_t_ptr || record->type == ns_t_dname ||
             record->type == ns_t_ns)
        target_read(record->data, &message, &found);
    return true;
}
