/* SPDX-License-Identifier: ISC */
/*
 * The functions of libmnl by their own names. The first call of any looks for the library: linking it would
 * add a tenth to the start of a program that rarely asks over netlink. If the library is missing or lacks a
 * function, none of it is used: requests are built in vain, and mnl_socket_open2() fails with ELIBACC.
 * A static binary has the library itself.
 */
#ifndef STATIC_BINARY

#include <dlfcn.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/loaded.h"

LOADED_NOTE("sock_diag", "the kernel's lists of sockets and routes, and the causes that come from them",
    "recommended", LOADED_NAME(LIBMNL_SONAME));

/* The buffer of a request that will not be sent. */
static char nowhere[MNL_NLMSG_HDRLEN + 256] __attribute__((aligned(MNL_ALIGNTO)));

#define NOTHING
#define FUNCTIONS(F)                                                                                         \
    F(struct mnl_socket *, mnl_socket_open2, (int bus, int flags), (bus, flags), NULL)                       \
    F(struct mnl_socket *, mnl_socket_fdopen, (int fd), (fd), NULL)                                          \
    F(int, mnl_socket_bind, (struct mnl_socket * socket, unsigned groups, pid_t pid), (socket, groups, pid), \
        -1)                                                                                                  \
    F(int, mnl_socket_close, (struct mnl_socket * socket), (socket), -1)                                     \
    F(int, mnl_socket_get_fd, (const struct mnl_socket *socket), (socket), -1)                               \
    F(unsigned, mnl_socket_get_portid, (const struct mnl_socket *socket), (socket), 0)                       \
    F(ssize_t, mnl_socket_sendto, (const struct mnl_socket *socket, const void *bytes, size_t length),       \
        (socket, bytes, length), -1)                                                                         \
    F(ssize_t, mnl_socket_recvfrom, (const struct mnl_socket *socket, void *bytes, size_t size),             \
        (socket, bytes, size), -1)                                                                           \
    F(int, mnl_cb_run,                                                                                       \
        (const void *bytes, size_t length, unsigned sequence, unsigned port, mnl_cb_t visit, void *data),    \
        (bytes, length, sequence, port, visit, data), MNL_CB_ERROR)                                          \
    F(struct nlmsghdr *, mnl_nlmsg_put_header, (void *buffer), (buffer), (struct nlmsghdr *)nowhere)         \
    F(void *, mnl_nlmsg_put_extra_header, (struct nlmsghdr * header, size_t size), (header, size), nowhere)  \
    F(void *, mnl_nlmsg_get_payload, (const struct nlmsghdr *header), (header), nowhere)                     \
    F(size_t, mnl_nlmsg_get_payload_len, (const struct nlmsghdr *header), (header), 0)                       \
    F(void, mnl_attr_put, (struct nlmsghdr * header, uint16_t type, size_t length, const void *bytes),       \
        (header, type, length, bytes), NOTHING)                                                              \
    F(void, mnl_attr_put_u32, (struct nlmsghdr * header, uint16_t type, uint32_t value),                     \
        (header, type, value), NOTHING)                                                                      \
    F(int, mnl_attr_parse,                                                                                   \
        (const struct nlmsghdr *header, unsigned offset, mnl_attr_cb_t visit, void *data),                   \
        (header, offset, visit, data), MNL_CB_ERROR)                                                         \
    F(int, mnl_attr_parse_nested, (const struct nlattr *attribute, mnl_attr_cb_t visit, void *data),         \
        (attribute, visit, data), MNL_CB_ERROR)                                                              \
    F(int, mnl_attr_validate, (const struct nlattr *attribute, enum mnl_attr_data_type type),                \
        (attribute, type), -1)                                                                               \
    F(uint16_t, mnl_attr_get_type, (const struct nlattr *attribute), (attribute), 0)                         \
    F(uint16_t, mnl_attr_get_payload_len, (const struct nlattr *attribute), (attribute), 0)                  \
    F(void *, mnl_attr_get_payload, (const struct nlattr *attribute), (attribute), nowhere)                  \
    F(const char *, mnl_attr_get_str, (const struct nlattr *attribute), (attribute), nowhere)                \
    F(uint8_t, mnl_attr_get_u8, (const struct nlattr *attribute), (attribute), 0)                            \
    F(uint32_t, mnl_attr_get_u32, (const struct nlattr *attribute), (attribute), 0)

#define NAME(type, name, parameters, arguments, otherwise) #name,
static const char *const names[] = {FUNCTIONS(NAME)};
#undef NAME

/* NULL if any of the functions is missing. */
static void *library_load(void)
{
    void *library = dlopen(LIBMNL_SONAME, RTLD_NOW | RTLD_LOCAL);
    for (size_t i = 0; library && i < array_size(names); i++) {
        if (!dlsym(library, names[i])) {
            dlclose(library);
            library = NULL;
        }
    }
    return library;
}

/* Does not look again for a library that could not be loaded: a request would be half built. */
static void *symbol(const char *name)
{
    static void *library;
    static bool looked;
    if (!looked)
        library = library_load();
    looked = true;
    void *found = library ? dlsym(library, name) : NULL;
    if (!found)
        errno = ELIBACC;
    return found;
}

/* POSIX has dlsym() return functions as object pointers. */
#define FORWARD(type, name, parameters, arguments, otherwise)                                                \
    type name parameters                                                                                     \
    {                                                                                                        \
        static __typeof__(&name) function;                                                                   \
        if (!function)                                                                                       \
            memcpy(&function, &(void *){symbol(#name)}, sizeof(function));                                   \
        if (!function)                                                                                       \
            return otherwise;                                                                                \
        return function arguments;                                                                           \
    }
FUNCTIONS(FORWARD)

#endif
