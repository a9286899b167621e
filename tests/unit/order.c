/* SPDX-License-Identifier: ISC */
/* order.c: the rule of RFC 6724 that orders two addresses, by the examples of its section 10.2. */
#include "net/dns/order.h"

#include "tap.h"

static struct order_end end_of(const char *address, const char *source)
{
    struct order_end end = {.deprecated = false};
    must(address_parse(&end.address, address, 0));
    must(!source || address_parse(&end.source, source, 0));
    return end;
}

static void is_rule(
    int wanted, const struct order_end *first, const struct order_end *second, const char *name)
{
    const char *text;
    is_int(order_rule(first, second, &text), wanted, name);
    ok(!text == (wanted == 0), "it has words");
    is_int(order_rule(second, first, &text), -wanted, "the other way round");
}

static void test_rules(void)
{
    struct order_end global = end_of("2001:db8:1::1", "2001:db8:1::2");
    struct order_end ipv4 = end_of("198.51.100.121", "198.51.100.117");
    struct order_end lost = end_of("2001:db8:1::1", NULL);
    struct order_end link = end_of("fe80::1", "fe80::2");
    struct order_end far = end_of("2001:db8:3ffe::1", "2001:db8:1::2");
    struct order_end local4 = end_of("198.51.100.121", "169.254.13.78");
    struct order_end six_to_four = end_of("2002:c633:6401::1", "2001:db8:1::2");
    struct order_end deprecated = global;
    deprecated.deprecated = true;
    is_rule(1, &ipv4, &lost, "an address that cannot be reached");
    is_rule(2, &global, &local4, "scopes");
    is_rule(3, &ipv4, &deprecated, "a deprecated source");
    is_rule(5, &global, &six_to_four, "labels");
    is_rule(6, &global, &ipv4, "precedences");
    is_rule(8, &link, &global, "the smaller scope");
    is_rule(9, &global, &far, "the longer common prefix");
    is_rule(0, &global, &global, "nothing");
}

int main(void)
{
    test_rules();
    return done();
}
