/* SPDX-License-Identifier: ISC */
/*
 * For LD_PRELOAD: reads and writes that move a few bytes, allocations that fail, libraries that cannot be loaded.
 * FAULT_SHORT=N bytes at most, of streams; FAULT_MALLOC=N the N-th allocation fails, with FAULT_ALL all from it
 * on; FAULT_DLOPEN fails; FAULT_DLSYM=N the N-th fails. FAULT_STATE names a file, of which the first number is
 * set to the faults that were met, and the second to the allocations.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static unsigned nothing[2];
static unsigned *state = nothing;
static long short_most, malloc_nth, dlsym_nth, dlsym_count;
static bool all, no_dlopen, ready;

static long number(const char *name)
{
    const char *text = getenv(name);
    return text ? strtol(text, NULL, 10) : 0;
}

__attribute__((constructor)) static void begin(void)
{
    const char *file = getenv("FAULT_STATE");
    int fd = file ? open(file, O_RDWR | O_CLOEXEC) : -1;
    void *shared = fd < 0 ? MAP_FAILED : mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0)
        close(fd);
    if (shared != MAP_FAILED)
        state = shared;
    short_most = number("FAULT_SHORT");
    malloc_nth = number("FAULT_MALLOC");
    dlsym_nth = number("FAULT_DLSYM");
    all = number("FAULT_ALL") != 0;
    no_dlopen = number("FAULT_DLOPEN") != 0;
    ready = true;
}

/* Allocations. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *pointer, size_t size);

/* The name service of glibc dies by itself, of an assertion or a NULL, if it has no memory: it is left alone. */
static __thread bool in_library;

static bool allocation_fails(void)
{
    if (!ready || in_library)
        return false;
    long count = __atomic_add_fetch(&state[1], 1, __ATOMIC_RELAXED);
    if (malloc_nth == 0 || (all ? count < malloc_nth : count != malloc_nth))
        return false;
    __atomic_add_fetch(&state[0], 1, __ATOMIC_RELAXED);
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return allocation_fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return allocation_fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *pointer, size_t size)
{
    return allocation_fails() ? NULL : __libc_realloc(pointer, size);
}

/* The function behind one of the same name here. dlsym() is one of these, so the versions are tried. */
static void *next(const char *name)
{
    static const char *const versions[] = {"GLIBC_2.34", "GLIBC_2.17", "GLIBC_2.27", "GLIBC_2.2.5"};
    void *found = NULL;
    for (size_t i = 0; !found && i < sizeof(versions) / sizeof(*versions); i++)
        found = dlvsym(RTLD_NEXT, name, versions[i]);
    return found;
}

#define LEAVE_ALONE(type, name, parameters, arguments)                                                       \
    type name parameters                                                                                     \
    {                                                                                                        \
        static type(*real) parameters;                                                                       \
        in_library = true;                                                                                   \
        if (!real)                                                                                           \
            *(void **)&real = next(#name);                                                                   \
        type result = real arguments;                                                                        \
        in_library = false;                                                                                  \
        return result;                                                                                       \
    }
LEAVE_ALONE(int, getaddrinfo,
    (const char *restrict host, const char *restrict service, const struct addrinfo *restrict hints,
        struct addrinfo **restrict list),
    (host, service, hints, list))
LEAVE_ALONE(int, getnameinfo,
    (const struct sockaddr *restrict address, socklen_t length, char *restrict host, socklen_t host_size,
        char *restrict service, socklen_t service_size, int flags),
    (address, length, host, host_size, service, service_size, flags))
LEAVE_ALONE(int, getpwuid_r,
    (uid_t uid, struct passwd *restrict entry, char *restrict strings, size_t size,
        struct passwd **restrict found),
    (uid, entry, strings, size, found))
LEAVE_ALONE(int, getpwnam_r,
    (const char *restrict name, struct passwd *restrict entry, char *restrict strings, size_t size,
        struct passwd **restrict found),
    (name, entry, strings, size, found))
LEAVE_ALONE(struct hostent *, gethostbyname, (const char *name), (name))
LEAVE_ALONE(
    struct hostent *, gethostbyaddr, (const void *address, socklen_t length, int type), (address, length, type))
LEAVE_ALONE(struct servent *, getservbyname, (const char *name, const char *protocol), (name, protocol))
LEAVE_ALONE(struct servent *, getservbyport, (int port, const char *protocol), (port, protocol))

void *dlopen(const char *file, int flags)
{
    static void *(*real)(const char *, int);
    if (no_dlopen) {
        state[0]++;
        return NULL;
    }
    if (!real)
        *(void **)&real = next("dlopen");
    return real ? real(file, flags) : NULL;
}

void *dlsym(void *restrict library, const char *restrict name)
{
    static void *(*real)(void *, const char *);
    if (dlsym_nth && ++dlsym_count == dlsym_nth) {
        state[0]++;
        return NULL;
    }
    if (!real)
        *(void **)&real = next("dlsym");
    return real ? real(library, name) : NULL;
}

/* Data. A datagram, a message and the answer of a device or of the kernel are whole. */
static bool is_stream(int fd)
{
    struct stat status;
    int type = 0, domain = 0;
    socklen_t length = sizeof(type);
    if (fstat(fd, &status) < 0)
        return false;
    if (S_ISFIFO(status.st_mode) || S_ISREG(status.st_mode))
        return true;
    if (!S_ISSOCK(status.st_mode) || getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) < 0)
        return false;
    length = sizeof(domain);
    getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length);
    return type == SOCK_STREAM && domain != AF_NETLINK;
}

static size_t most(int fd, size_t size)
{
    if (short_most == 0 || size <= (size_t)short_most || !is_stream(fd))
        return size;
    __atomic_add_fetch(&state[0], 1, __ATOMIC_RELAXED);
    return (size_t)short_most;
}

ssize_t read(int fd, void *bytes, size_t size)
{
    return syscall(SYS_read, fd, bytes, most(fd, size));
}

ssize_t write(int fd, const void *bytes, size_t size)
{
    return syscall(SYS_write, fd, bytes, most(fd, size));
}

ssize_t recv(int fd, void *bytes, size_t size, int flags)
{
    return syscall(SYS_recvfrom, fd, bytes, most(fd, size), flags, NULL, NULL);
}

ssize_t send(int fd, const void *bytes, size_t size, int flags)
{
    return syscall(SYS_sendto, fd, bytes, most(fd, size), flags, NULL, 0);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    struct msghdr part = *message;
    struct iovec piece = message->msg_iovlen ? message->msg_iov[0] : (struct iovec){NULL, 0};
    if (short_most && message->msg_iovlen && is_stream(fd)) {
        piece.iov_len = most(fd, piece.iov_len);
        part.msg_iov = &piece;
        part.msg_iovlen = 1;
    }
    ssize_t result = syscall(SYS_recvmsg, fd, &part, flags);
    message->msg_namelen = part.msg_namelen;
    message->msg_controllen = part.msg_controllen;
    message->msg_flags = part.msg_flags;
    return result;
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    struct msghdr part = *message;
    struct iovec piece = message->msg_iovlen ? message->msg_iov[0] : (struct iovec){NULL, 0};
    if (short_most && message->msg_iovlen && is_stream(fd)) {
        piece.iov_len = most(fd, piece.iov_len);
        part.msg_iov = &piece;
        part.msg_iovlen = 1;
    }
    return syscall(SYS_sendmsg, fd, &part, flags);
}

ssize_t splice(int from, off64_t *from_offset, int to, off64_t *to_offset, size_t size, unsigned flags)
{
    return syscall(SYS_splice, from, from_offset, to, to_offset, most(from, size), flags);
}

ssize_t sendfile64(int to, int from, off64_t *offset, size_t size)
{
    return syscall(SYS_sendfile, to, from, offset, most(from, size));
}

ssize_t sendfile(int to, int from, off_t *offset, size_t size)
{
    return sendfile64(to, from, offset, size);
}

ssize_t pwritev64v2(int fd, const struct iovec *pieces, int count, off64_t offset, int flags)
{
    struct iovec piece = pieces[0];
    if (short_most)
        piece.iov_len = most(fd, piece.iov_len);
    return syscall(
        SYS_pwritev2, fd, short_most ? &piece : pieces, short_most ? 1 : count, (long)offset, 0L, flags);
}

ssize_t pwritev2(int fd, const struct iovec *pieces, int count, off_t offset, int flags)
{
    return pwritev64v2(fd, pieces, count, offset, flags);
}
