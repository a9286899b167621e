/* SPDX-License-Identifier: ISC */
/*
 * Compiles a filter into a program of inet_diag (net/ipv4/inet_diag.c, linux/inet_diag.h).
 *
 * An operation that holds goes on with the next one; one that does not jumps ahead. A socket is wanted if the
 * end is reached exactly, so a jump of 4 bytes beyond it refuses the socket. Each condition is a list of
 * alternatives:
 *
 *     first alternative, else go to the second; JMP to the end of the condition
 *     ...
 *     last alternative, else refuse
 */
#include <linux/inet_diag.h>
#include <string.h>

#include "kernel/sockdiag/filter.h"

#define REFUSE UINT16_MAX /* a jump whose distance only the end of the program decides */

struct program {
    unsigned char *code;
    size_t length;
    size_t condition; /* where the condition that is being written begins */
    size_t last;      /* where its last alternative begins */
    bool is_too_long;
};

static struct inet_diag_bc_op op_read(const struct program *program, size_t at)
{
    struct inet_diag_bc_op op;
    memcpy(&op, program->code + at, sizeof(op));
    return op;
}

static void op_write(struct program *program, size_t at, struct inet_diag_bc_op op)
{
    memcpy(program->code + at, &op, sizeof(op));
}

/* Adds an operation with its operand, whose length is a multiple of 4. */
static void op_add(struct program *program, int code, const void *operand, size_t length)
{
    size_t size = sizeof(struct inet_diag_bc_op) + length;
    if (program->length + size > FILTER_CODE_MAX) {
        program->is_too_long = true;
        return;
    }
    op_write(program, program->length,
        (struct inet_diag_bc_op){.code = (uint8_t)code, .yes = (uint8_t)size, .no = REFUSE});
    if (length > 0)
        memcpy(program->code + program->length + sizeof(struct inet_diag_bc_op), operand, length);
    program->length += size;
}

/* Lets the operations of the last alternative that do not hold jump to here. */
static void alternative_end(struct program *program)
{
    for (size_t at = program->last; at < program->length;) {
        struct inet_diag_bc_op op = op_read(program, at);
        if (op.code != INET_DIAG_BC_JMP)
            op.no = (uint16_t)(program->length - at);
        op_write(program, at, op);
        at += op.yes;
    }
}

static void alternative_begin(struct program *program)
{
    if (program->length > program->condition) {
        op_add(program, INET_DIAG_BC_JMP, NULL, 0);
        alternative_end(program);
    }
    program->last = program->length;
}

static void condition_begin(struct program *program)
{
    program->condition = program->last = program->length;
}

/* Lets each alternative that holds jump behind the condition, or drops the condition if it is too long. */
static void condition_end(struct program *program)
{
    if (program->is_too_long)
        program->length = program->condition;
    program->is_too_long = false;
    for (size_t at = program->condition; at < program->length;) {
        struct inet_diag_bc_op op = op_read(program, at);
        if (op.code == INET_DIAG_BC_JMP)
            op.no = (uint16_t)(program->length - at);
        op_write(program, at, op);
        at += op.yes;
    }
}

static void bound_add(struct program *program, int code, int port)
{
    const struct inet_diag_bc_op operand = {.no = (uint16_t)port};
    op_add(program, code, &operand, sizeof(operand));
}

/* Each run of ports is an alternative. */
static void ports_add(struct program *program, const struct ports *ports, bool local)
{
    for (int first = ports_next(ports, 0); first >= 0 && !program->is_too_long;) {
        int last = first, next;
        while ((next = ports_next(ports, last + 1)) == last + 1)
            last = next;
        alternative_begin(program);
        bound_add(program, local ? INET_DIAG_BC_S_GE : INET_DIAG_BC_D_GE, first);
        bound_add(program, local ? INET_DIAG_BC_S_LE : INET_DIAG_BC_D_LE, last);
        first = next;
    }
}

static void prefixes_add(struct program *program, const struct filter_prefixes *prefixes, int code)
{
    for (size_t i = 0; i < prefixes->count; i++) {
        const struct filter_prefix *prefix = &prefixes->items[i];
        unsigned char operand[sizeof(struct inet_diag_hostcond) + sizeof(struct in6_addr)];
        const struct inet_diag_hostcond condition = {
            .family = (uint8_t)prefix->address.sa.sa_family, .prefix_len = (uint8_t)prefix->bits, .port = -1};
        bool is_ipv4 = condition.family == AF_INET;
        size_t length = is_ipv4 ? sizeof(struct in_addr) : sizeof(struct in6_addr);
        memcpy(operand, &condition, sizeof(condition));
        memcpy(operand + sizeof(condition),
            is_ipv4 ? (const void *)&prefix->address.in.sin_addr : &prefix->address.in6.sin6_addr, length);
        alternative_begin(program);
        op_add(program, code, operand, sizeof(condition) + length);
    }
}

size_t filter_compile(const struct socket_filter *filter, unsigned char code[FILTER_CODE_MAX])
{
    const struct filter_ports *const ports[] = {
        &filter->local_port, &filter->peer_port, &filter->either_port};
    struct program program = {.code = code};
    for (int i = 0; i < 3; i++) {
        condition_begin(&program);
        if (ports[i]->given && i != 1)
            ports_add(&program, &ports[i]->ports, true);
        if (ports[i]->given && i != 0)
            ports_add(&program, &ports[i]->ports, false);
        condition_end(&program);
    }
    condition_begin(&program);
    prefixes_add(&program, &filter->local_prefix, INET_DIAG_BC_S_COND);
    condition_end(&program);
    condition_begin(&program);
    prefixes_add(&program, &filter->peer_prefix, INET_DIAG_BC_D_COND);
    condition_end(&program);
    condition_begin(&program);
    if (filter->interface != 0)
        op_add(&program, INET_DIAG_BC_DEV_COND, &filter->interface, sizeof(filter->interface));
    condition_end(&program);
    for (size_t at = 0; at < program.length;) {
        struct inet_diag_bc_op op = op_read(&program, at);
        if (op.no == REFUSE)
            op.no = (uint16_t)(program.length - at + sizeof(op));
        op_write(&program, at, op);
        at += op.yes;
    }
    return program.length;
}
