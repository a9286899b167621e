/* SPDX-License-Identifier: ISC */
/*
 * A long wire: frames from one interface go out of another after a fixed time, and back. It stands between
 * two veth pairs where the kernel has no netem; the virtio header keeps unfinished checksums whole
 * (packet(7)).
 */
#include "drive.h"

#include "common.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { SLOTS = 16384, FRAME = 2048 };

/* Frames on their way, oldest first; both directions, since the delay is the same. */
struct wire {
    struct frame {
        double due;
        ssize_t length;
        int to;
        char bytes[FRAME];
    } frames[SLOTS];
    size_t head, count;
};

static int open_interface(const char *name)
{
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, htons(ETH_P_ALL));
    struct sockaddr_ll address = {
        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)if_nametoindex(name)};
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) ||
        setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &(int){1}, sizeof(int)) ||
        setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &(int){64 << 20}, sizeof(int)))
        bench_die(name);
    return fd;
}

/* Take what an interface received; what it sent itself is seen too and is none of ours. */
static void take(struct wire *wire, int from, int to, double delay)
{
    struct sockaddr_ll sender;
    while (wire->count < SLOTS) {
        struct frame *frame = &wire->frames[(wire->head + wire->count) % SLOTS];
        socklen_t length = sizeof sender;
        frame->length = recvfrom(from, frame->bytes, FRAME, 0, (struct sockaddr *)&sender, &length);
        if (frame->length < 0)
            return;
        if (sender.sll_pkttype == PACKET_OUTGOING)
            continue;
        frame->due = bench_now() + delay;
        frame->to = to;
        wire->count++;
    }
}

static void deliver(struct wire *wire)
{
    for (double now = bench_now(); wire->count && wire->frames[wire->head].due <= now; wire->count--) {
        struct frame *frame = &wire->frames[wire->head];
        wire->head = (wire->head + 1) % SLOTS;
        if (send(frame->to, frame->bytes, (size_t)frame->length, 0) < 0)
            bench_die("send frame");
    }
}

int drive_delay(char **argv)
{
    static struct wire wire;
    int a = open_interface(argv[1]), b = open_interface(argv[2]);
    double delay = (double)bench_number(argv[3]) / 1e3;
    struct pollfd wait[] = {{.fd = a, .events = POLLIN}, {.fd = b, .events = POLLIN}};
    for (;;) {
        double left = wire.count ? wire.frames[wire.head].due - bench_now() : 3600;
        struct timespec limit = {
            .tv_sec = (time_t)left, .tv_nsec = (long)((left - (double)(time_t)left) * 1e9)};
        if (left < 0)
            limit = (struct timespec){0};
        if (ppoll(wait, 2, &limit, NULL) < 0)
            bench_die("ppoll");
        take(&wire, a, b, delay);
        take(&wire, b, a, delay);
        deliver(&wire);
    }
}
