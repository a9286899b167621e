/* SPDX-License-Identifier: ISC */
/* Captures TCP segments with libpcap; see wire.h. */
#include "kernel/wire.h"

#include <stdio.h>

#ifdef HAVE_PCAP

#include <arpa/inet.h>
#include <dlfcn.h>
#include <pcap/pcap.h>
#include <pcap/sll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "kernel/loaded.h"

LOADED_NOTE("wire", "the packet view of --wire", "suggested",
    LOADED_NAME(LIBPCAP_SONAME) "," LOADED_NAME(LIBPCAP_SONAME_DEBIAN));

/* Enough for the headers; the calls show the data. */
#define SNAPSHOT 256
/* At most this many at a time, so that the caller's loop goes on. */
#define BATCH    256

/* The functions of the library that are used, with their own types. */
#define FUNCTIONS(F)                                                                                         \
    F(pcap_create)                                                                                           \
    F(pcap_set_snaplen)                                                                                      \
    F(pcap_set_immediate_mode)                                                                               \
    F(pcap_activate)                                                                                         \
    F(pcap_setnonblock)                                                                                      \
    F(pcap_compile)                                                                                          \
    F(pcap_setfilter)                                                                                        \
    F(pcap_freecode)                                                                                         \
    F(pcap_datalink)                                                                                         \
    F(pcap_get_selectable_fd)                                                                                \
    F(pcap_dispatch)                                                                                         \
    F(pcap_stats)                                                                                            \
    F(pcap_geterr)                                                                                           \
    F(pcap_statustostr)                                                                                      \
    F(pcap_close)

struct wire {
    void *library;
    pcap_t *capture;
    int64_t offset; /* from CLOCK_REALTIME, which libpcap uses, to CLOCK_MONOTONIC */
    size_t header;  /* of the link layer */
    void (*take)(void *data, const struct wire_segment *segment, int64_t when);
    void *data;
#define MEMBER(function) __typeof__(&(function)) function;
    FUNCTIONS(MEMBER)
#undef MEMBER
};

/* The sonames of the library: upstream's and Debian's. */
static void *library_load(void)
{
    static const char *const names[] = {LIBPCAP_SONAME, LIBPCAP_SONAME_DEBIAN};
    void *library = NULL;
    for (size_t i = 0; i < array_size(names) && !library; i++)
        library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    return library;
}

/* POSIX has dlsym() return functions as object pointers. */
static bool function_load(void *library, const char *name, void *member, size_t size)
{
    void *symbol = dlsym(library, name);
    memcpy(member, &symbol, size);
    return symbol != NULL;
}

static bool functions_load(struct wire *wire)
{
    bool all = true;
#define LOAD(function)                                                                                       \
    all = function_load(wire->library, #function, &wire->function, sizeof(wire->function)) && all;
    FUNCTIONS(LOAD)
#undef LOAD
    return all;
}

static int64_t clock_offset(void)
{
    struct timespec real;
    clock_gettime(CLOCK_REALTIME, &real);
    return clock_now() - (real.tv_sec * NS_PER_S + real.tv_nsec);
}

static bool filter_set(struct wire *wire, const char *text)
{
    struct bpf_program program;
    if (wire->pcap_compile(wire->capture, &program, text, 1, PCAP_NETMASK_UNKNOWN) < 0)
        return false;
    int result = wire->pcap_setfilter(wire->capture, &program);
    wire->pcap_freecode(&program);
    return result == 0;
}

static bool capture_open(struct wire *wire, char *error, size_t size)
{
    char message[PCAP_ERRBUF_SIZE] = "";
    wire->capture = wire->pcap_create("any", message);
    if (!wire->capture) {
        snprintf(error, size, "libpcap: %s", message);
        return false;
    }
    wire->pcap_set_snaplen(wire->capture, SNAPSHOT);
    wire->pcap_set_immediate_mode(wire->capture, 1);
    int result = wire->pcap_activate(wire->capture);
    if (result == PCAP_ERROR_PERM_DENIED) {
        snprintf(error, size, "capturing needs CAP_NET_RAW");
        return false;
    }
    if (result < 0) {
        const char *why = wire->pcap_geterr(wire->capture);
        snprintf(error, size, "libpcap: %s", *why ? why : wire->pcap_statustostr(result));
        return false;
    }
    if (wire->pcap_datalink(wire->capture) != DLT_LINUX_SLL || !filter_set(wire, "tcp") ||
        wire->pcap_setnonblock(wire->capture, 1, message) < 0) {
        snprintf(error, size, "libpcap cannot capture from all interfaces here");
        return false;
    }
    wire->header = SLL_HDR_LEN;
    wire->offset = clock_offset();
    return true;
}

struct wire *wire_open(char *error, size_t size)
{
    struct wire *wire = calloc(1, sizeof(*wire));
    if (!wire) {
        snprintf(error, size, "no memory");
        return NULL;
    }
    wire->library = library_load();
    if (!wire->library)
        snprintf(error, size, "libpcap is not installed: %s", dlerror());
    else if (!functions_load(wire))
        snprintf(error, size, "this libpcap is too old");
    else if (capture_open(wire, error, size))
        return wire;
    wire_close(wire);
    return NULL;
}

void wire_close(struct wire *wire)
{
    if (!wire)
        return;
    if (wire->capture)
        wire->pcap_close(wire->capture);
    if (wire->library)
        dlclose(wire->library);
    free(wire);
}

bool wire_filter(struct wire *wire, int port)
{
    char text[32];
    snprintf(text, sizeof(text), "tcp port %d", port);
    return filter_set(wire, text);
}

int wire_fd(const struct wire *wire)
{
    return wire->pcap_get_selectable_fd(wire->capture);
}

static void packet_take(unsigned char *data, const struct pcap_pkthdr *header, const unsigned char *bytes)
{
    struct wire *wire = (struct wire *)(void *)data;
    struct wire_segment segment;
    int64_t when = header->ts.tv_sec * NS_PER_S + header->ts.tv_usec * NS_PER_US + wire->offset;
    if (header->caplen > wire->header &&
        segment_read(bytes + wire->header, header->caplen - wire->header, &segment))
        wire->take(wire->data, &segment, when);
}

bool wire_read(
    struct wire *wire, void (*take)(void *data, const struct wire_segment *segment, int64_t when), void *data)
{
    wire->take = take;
    wire->data = data;
    return wire->pcap_dispatch(wire->capture, BATCH, packet_take, (unsigned char *)wire) >= 0;
}

const char *wire_error(const struct wire *wire)
{
    return wire->pcap_geterr(wire->capture);
}

unsigned wire_drops(struct wire *wire)
{
    struct pcap_stat stat;
    return wire->pcap_stats(wire->capture, &stat) == 0 ? stat.ps_drop : 0;
}

#else

struct wire *wire_open(char *error, size_t size)
{
#ifdef STATIC_BINARY
    snprintf(error, size, "a static binary cannot load libpcap");
#else
    snprintf(error, size, "built without libpcap (--with-pcap)");
#endif
    return NULL;
}

void wire_close(struct wire *wire)
{
    (void)wire;
}

bool wire_filter(struct wire *wire, int port)
{
    (void)wire;
    (void)port;
    return false;
}

int wire_fd(const struct wire *wire)
{
    (void)wire;
    return -1;
}

bool wire_read(
    struct wire *wire, void (*take)(void *data, const struct wire_segment *segment, int64_t when), void *data)
{
    (void)wire;
    (void)take;
    (void)data;
    return false;
}

const char *wire_error(const struct wire *wire)
{
    (void)wire;
    return "";
}

unsigned wire_drops(struct wire *wire)
{
    (void)wire;
    return 0;
}

#endif
