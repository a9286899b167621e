/* SPDX-License-Identifier: ISC */
/* Sends and receives as the user asked; see message.h. */
#include "net/data/message.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/stops.h"
#include "call/observe.h"
#include "net/socket/ancillary.h"
#include "call/call.h"
#include "net/watch/stamps.h"

const struct name_table names_receive_call = {
    "", (const struct name[]){{RECEIVE_RECV, "recv"}, {RECEIVE_READ, "read"}, {RECEIVE_RECVFROM, "recvfrom"},
            {RECEIVE_RECVFROM_NULL, "recvfrom-null"}, {RECEIVE_RECVMSG, "recvmsg"},
            {RECEIVE_RECVMMSG, "recvmmsg"}, {0, NULL}}};

const struct name_table names_send_call = {
    "", (const struct name[]){{SEND_SEND, "send"}, {SEND_WRITE, "write"}, {SEND_SENDTO, "sendto"},
            {SEND_SENDTO_NULL, "sendto-null"}, {SEND_SENDMSG, "sendmsg"}, {0, NULL}}};

/* One message from recvmmsg(). */
struct slot {
    char *bytes;
    struct address from;
    char control[CONTROL_ROOM] __attribute__((aligned(8)));
};

struct message {
    const struct message_plan *plan;
    struct sink *sink;
    int fd;
    unsigned conn;       /* of what is reported; 0: not connected, and nothing came yet */
    struct peers *peers; /* number the senders; NULL: connected */
    size_t receive_size;
    bool is_stream, is_sequenced; /* SOCK_SEQPACKET */
    bool attached;                /* the descriptors have been sent */
    int send_flags;               /* of the next send */
    unsigned next, count;         /* in the batch */
    struct mmsghdr heads[BATCH_MAX];
    struct slot *slots; /* BATCH_MAX of them; NULL: without recvmmsg() */
    struct iovec pieces[PIECES_MAX + 1];
};

const char *message_receive_name(const struct message_plan *plan)
{
    return plan->receive == RECEIVE_RECVFROM_NULL ? "recvfrom"
                                                  : name_find(&names_receive_call, plan->receive);
}

const char *message_send_name(const struct message_plan *plan)
{
    return plan->send == SEND_SENDTO_NULL ? "sendto" : name_find(&names_send_call, plan->send);
}

static bool slots_open(struct message *message)
{
    message->slots = calloc(BATCH_MAX, sizeof(*message->slots));
    for (size_t i = 0; message->slots && i < BATCH_MAX; i++)
        if (!(message->slots[i].bytes = malloc(message->receive_size)))
            return false;
    return message->slots != NULL;
}

struct message *message_open(const struct message_plan *plan, struct sink *sink, int fd, unsigned conn,
    struct peers *peers, size_t receive_size)
{
    struct message *message = calloc(1, sizeof(*message));
    if (!message)
        return NULL;
    message->plan = plan;
    message->send_flags = plan->send_flags;
    message->sink = sink;
    message->fd = fd;
    message->conn = conn;
    message->peers = peers;
    message->receive_size = receive_size;
    message->is_stream = socket_type(fd) == SOCK_STREAM;
    message->is_sequenced = socket_type(fd) == SOCK_SEQPACKET;
    if (plan->receive == RECEIVE_RECVMMSG && !slots_open(message)) {
        message_close(message);
        return NULL;
    }
    int flags = plan->blocking ? call_fcntl_getfl(sink, fd) : 0;
    if (flags & O_NONBLOCK)
        call_fcntl_setfl(sink, fd, flags & ~O_NONBLOCK);
    return message;
}

/* At the end of a connection recvmmsg() fills all the entries that are left with it. An entry may be such an
 * end if none after it is anything else. */
static bool may_be_end(const struct message *message, unsigned index)
{
    if (message->count < BATCH_MAX)
        return false;
    for (unsigned i = index; i < message->count; i++) {
        const struct mmsghdr *head = &message->heads[i];
        if (head->msg_len > 0 || head->msg_hdr.msg_namelen > 0 || head->msg_hdr.msg_controllen > 0)
            return false;
    }
    return true;
}

/* Drops messages of recvmmsg() that are no longer wanted: reports the loss and closes the descriptors in
 * them. */
static void batch_drop(struct message *message)
{
    unsigned lost = 0;
    for (; message_waits(message); message->next++) {
        lost += !may_be_end(message, message->next);
        ancillary_take(message->sink, message->conn, &message->heads[message->next].msg_hdr);
    }
    if (lost)
        emit(message->sink, EVENT_WARNING, F_CONN(message->conn), F_WARNING(MESSAGES_UNREAD),
            F_TEXT("text", "recvmmsg returned more messages than requested: the rest are lost"),
            F_INT("count", lost));
}

void message_close(struct message *message)
{
    if (!message)
        return;
    batch_drop(message);
    for (size_t i = 0; message->slots && i < BATCH_MAX; i++)
        free(message->slots[i].bytes);
    free(message->slots);
    free(message);
}

/* Divides length bytes into the pieces of the plan, with the rest as one more. Returns the number of
 * pieces. */
static size_t pieces_lay(struct message *message, const void *bytes, size_t length)
{
    const struct message_plan *plan = message->plan;
    char *at = (char *)bytes;
    size_t count = 0;
    for (; count < plan->piece_count && length; count++) {
        size_t size = plan->pieces[count] < length ? plan->pieces[count] : length;
        message->pieces[count] = (struct iovec){.iov_base = at, .iov_len = size};
        at += size;
        length -= size;
    }
    if (length || count == 0)
        message->pieces[count++] = (struct iovec){.iov_base = at, .iov_len = length};
    return count;
}

static void pieces_emit(struct message *message, size_t count, size_t held)
{
    if (message->plan->piece_count == 0)
        return;
    for (size_t i = 0; i < count; i++) {
        const struct iovec *piece = &message->pieces[i];
        size_t here = held < piece->iov_len ? held : piece->iov_len;
        held -= here;
        emit(message->sink, EVENT_IOV, F_CONN(message->conn), F_INT("index", (int64_t)i),
            F_INT("length", (int64_t)piece->iov_len), F_INT("held", (int64_t)here),
            F_INT("filled", (int64_t)here), F_BYTES("bytes", piece->iov_base, here));
    }
}

/* Takes what recvmsg() returned besides the bytes. */
static void header_take(
    struct message *message, struct msghdr *header, ssize_t length, const struct address *from)
{
    if (message->plan->stamps)
        stamp_received_emit(message->sink, message->conn, header, length);
    if (!message->plan->ancillary)
        return;
    struct address peer = *from;
    address_unmap(&peer);
    emit(message->sink, EVENT_MESSAGE, F_CONN(message->conn), F_ADDRESS("peer", &peer),
        F_INT("length", length), F_FLAGS("msg_flags", names_msg, header->msg_flags),
        F_INT("control", (int64_t)header->msg_controllen),
        F_INT("room", (int64_t)message->plan->control_room));
    ancillary_take(message->sink, message->conn, header);
}

static struct msghdr header_for(struct message *message, struct address *from, size_t count, void *control)
{
    return (struct msghdr){.msg_name = &from->storage,
        .msg_namelen = sizeof(from->storage),
        .msg_iov = message->pieces,
        .msg_iovlen = count,
        .msg_control = message->plan->control_room ? control : NULL,
        .msg_controllen = message->plan->control_room};
}

static void sender_number(struct message *message, struct received *received)
{
    struct address from = received->from;
    if (!message->peers || received->conn)
        return;
    address_unmap(&from);
    message->conn = received->conn = peers_number(message->peers, &from, &received->fresh);
}

static void received_fill(
    struct message *message, struct msghdr *header, ssize_t length, struct received *received)
{
    const struct message_plan *plan = message->plan;
    received->pktinfo = pktinfo_take(header, plan->hides_pktinfo4, plan->hides_pktinfo6);
    received->from.length = header->msg_namelen;
    received->cut = header->msg_flags & MSG_TRUNC || (size_t)length > message->receive_size;
    received->is_message = length > 0 || header->msg_namelen > 0 || header->msg_controllen > 0;
    sender_number(message, received);
}

bool message_was_empty(struct sink *sink, int fd)
{
    struct pollfd fds = {.fd = fd, .events = POLLRDHUP};
    return socket_input_queued(fd) > 0 || call_poll(sink, EVENT_DATA_CALL, &fds, 1, 0) == 0;
}

/* Decides whether a receive without bytes was a message, if that is not known yet. */
static void end_judge(const struct message *message, ssize_t length, struct received *received)
{
    if (!message->is_sequenced || length > 0 || received->is_message)
        return;
    received->is_message = message_was_empty(message->sink, message->fd);
    received->is_end = !received->is_message;
}

static ssize_t recvmsg_receive(struct message *message, void *bytes, struct received *received)
{
    char control[CONTROL_ROOM] __attribute__((aligned(8)));
    size_t count = pieces_lay(message, bytes, message->receive_size);
    struct msghdr header = header_for(message, &received->from, count, control);
    ssize_t length = call_recvmsg(message->sink, message->fd, &header, message->plan->receive_flags);
    if (length < 0)
        return -1;
    if (length == 0 && message->is_stream)
        return 0;
    received_fill(message, &header, length, received);
    end_judge(message, length, received);
    if (received->is_end)
        return 0;
    pieces_emit(message, count, (size_t)length);
    header_take(message, &header, length, &received->from);
    return length;
}

static int batch_receive(struct message *message)
{
    const struct message_plan *plan = message->plan;
    unsigned size = message->is_stream ? 1 : BATCH_MAX;
    for (unsigned i = 0; i < size; i++) {
        struct slot *slot = &message->slots[i];
        message->pieces[i] = (struct iovec){.iov_base = slot->bytes, .iov_len = message->receive_size};
        message->heads[i].msg_hdr = header_for(message, &slot->from, 1, slot->control);
        message->heads[i].msg_hdr.msg_iov = &message->pieces[i];
    }
    message->next = message->count = 0;
    int count = call_recvmmsg(message->sink, message->fd, message->heads, size, plan->receive_flags);
    if (count > 0)
        message->count = (unsigned)count;
    return count;
}

bool message_waits(const struct message *message)
{
    return message && message->next < message->count;
}

static ssize_t recvmmsg_receive(struct message *message, void *bytes, struct received *received)
{
    if (!message_waits(message) && batch_receive(message) < 0)
        return -1;
    struct mmsghdr *head = &message->heads[message->next];
    struct slot *slot = &message->slots[message->next++];
    size_t length = head->msg_len;
    /* The end of a stream has no message. */
    if (length == 0 && message->is_stream)
        return 0;
    size_t held = length < message->receive_size ? length : message->receive_size;
    memcpy(bytes, slot->bytes, held);
    received->from = slot->from;
    received_fill(message, &head->msg_hdr, (ssize_t)length, received);
    received->is_message = !may_be_end(message, message->next - 1);
    end_judge(message, (ssize_t)length, received);
    if (received->is_end)
        return 0;
    header_take(message, &head->msg_hdr, (ssize_t)length, &received->from);
    return (ssize_t)length;
}

static ssize_t call_receive(struct message *message, void *bytes, struct received *received)
{
    const struct message_plan *plan = message->plan;
    struct sink *sink = message->sink;
    int fd = message->fd;
    size_t size = message->receive_size;
    switch (plan->receive) {
    case RECEIVE_READ: return call_read(sink, fd, bytes, size);
    case RECEIVE_RECV: return call_recv(sink, fd, bytes, size, plan->receive_flags);
    case RECEIVE_RECVFROM: return call_recvfrom(sink, fd, bytes, size, plan->receive_flags, &received->from);
    case RECEIVE_RECVFROM_NULL: return call_recvfrom(sink, fd, bytes, size, plan->receive_flags, NULL);
    case RECEIVE_RECVMSG: return recvmsg_receive(message, bytes, received);
    case RECEIVE_RECVMMSG: return recvmmsg_receive(message, bytes, received);
    }
    return -1;
}

/* While a call may block, the signals that stop us have their default effect. */
static void stops_block(const struct message *message, sigset_t *before)
{
    if (message->plan->blocking)
        stops_let_through(before);
}

static void stops_restore(const struct message *message, const sigset_t *before)
{
    int saved = errno;
    if (message->plan->blocking)
        sigprocmask(SIG_SETMASK, before, NULL);
    errno = saved;
}

ssize_t message_receive(struct message *message, void *bytes, struct received *received)
{
    sigset_t before;
    *received = (struct received){.cut = false};
    /* On a TCP stream MSG_TRUNC discards the bytes (tcp(7)): the buffer still holds older ones. */
    if (message->is_stream && message->plan->receive_flags & MSG_TRUNC)
        memset(bytes, 0, message->receive_size);
    stops_block(message, &before);
    ssize_t length = call_receive(message, bytes, received);
    stops_restore(message, &before);
    if (length < 0)
        return -1;
    sender_number(message, received);
    received->cut |= (size_t)length > message->receive_size;
    return length;
}

static ssize_t sendmsg_send(struct message *message, const void *bytes, size_t length,
    const struct address *to, const struct pktinfo *pktinfo)
{
    const struct message_plan *plan = message->plan;
    char control[CMSG_SPACE(sizeof(plan->descriptors)) + CMSG_SPACE(sizeof(struct ucred)) + PKTINFO_ROOM]
        __attribute__((aligned(8))) = {0};
    size_t count = pieces_lay(message, bytes, length);
    struct msghdr header = {.msg_name = to ? (void *)&to->storage : NULL,
        .msg_namelen = to ? to->length : 0,
        .msg_iov = message->pieces,
        .msg_iovlen = count,
        .msg_control = control};
    if (plan->descriptor_count && !message->attached)
        ancillary_put(&header, sizeof(control), SOL_SOCKET, SCM_RIGHTS, plan->descriptors,
            plan->descriptor_count * sizeof(int));
    struct ucred own = {.pid = getpid(), .uid = getuid(), .gid = getgid()};
    if (plan->credentials)
        ancillary_put(&header, sizeof(control), SOL_SOCKET, SCM_CREDENTIALS, &own, sizeof(own));
    if (pktinfo)
        pktinfo_put(&header, sizeof(control), pktinfo);
    if (header.msg_controllen == 0)
        header.msg_control = NULL;
    ssize_t sent = call_sendmsg(message->sink, message->fd, &header, message->send_flags);
    if (sent >= 0) {
        message->attached = true;
        pieces_emit(message, count, (size_t)sent);
    }
    return sent;
}

static ssize_t call_message_send(struct message *message, const void *bytes, size_t length,
    const struct address *to, const struct pktinfo *pktinfo)
{
    const struct message_plan *plan = message->plan;
    switch (pktinfo && !plan->send_chosen ? SEND_SENDMSG : plan->send) {
    case SEND_WRITE: return call_write(message->sink, message->fd, bytes, length);
    case SEND_SEND: return call_send(message->sink, message->fd, bytes, length, message->send_flags);
    case SEND_SENDTO: return call_sendto(message->sink, message->fd, bytes, length, message->send_flags, to);
    case SEND_SENDTO_NULL:
        return call_sendto(message->sink, message->fd, bytes, length, message->send_flags, NULL);
    case SEND_SENDMSG: return sendmsg_send(message, bytes, length, message->peers ? to : NULL, pktinfo);
    }
    return -1;
}

ssize_t message_send(struct message *message, const void *bytes, size_t length, const struct address *to,
    const struct pktinfo *pktinfo)
{
    sigset_t before;
    stops_block(message, &before);
    ssize_t sent = call_message_send(message, bytes, length, to, pktinfo);
    stops_restore(message, &before);
    /* It begins a connection; on one that is established it is EISCONN. */
    if (sent >= 0)
        message->send_flags &= ~MSG_FASTOPEN;
    return sent;
}
