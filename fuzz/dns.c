/* SPDX-License-Identifier: ISC */
/* dns.c: any bytes as the answer of a name server, with the right id and as they are. */
#include "kernel/dns.h"

#include "fuzz.h"

static void records_read(const struct dns_answer *answer, const unsigned char *bytes, size_t length)
{
    static struct dns_record record;
    must(answer->records >= 0 && answer->wanted >= 0 && answer->wanted <= answer->records);
    must(answer->ede_count >= 0 && answer->ede_count <= DNS_EDES_MAX);
    for (int i = 0; i < answer->ede_count; i++)
        must(answer->edes[i].length <= DNS_EDE_TEXT_MAX);
    for (int i = 0; i <= answer->records; i++) {
        bool found = dns_record_read(&record, bytes, length, i);
        must(!found || i < answer->records);
        must(!found || (memchr(record.name, '\0', sizeof(record.name)) &&
                           memchr(record.data, '\0', sizeof(record.data))));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct dns_query query;
    struct dns_answer answer;
    if (query.length == 0)
        must(dns_query_make(&query, "host.example", ns_t_a));
    unsigned char *bytes = malloc(size + 1);
    must(bytes);
    if (size)
        memcpy(bytes, data, size);
    /* The id is random: without this hardly any input would get beyond it. */
    if (size > 1 && data[0] & 1)
        memcpy(bytes, query.bytes, 2);
    if (dns_answer_read(&answer, &query, bytes, size) == DNS_ANSWER)
        records_read(&answer, bytes, size);
    free(bytes);
    return 0;
}
