# SPDX-License-Identifier: ISC
"""What is run while calls fail: a command line of sockctl, its peer, and what both have to get."""
import contextlib
import os
import socket
import struct
import threading
import time

SMALL = b"one line\n"
LARGE = bytes(range(256)) * 400  # more than a pipe holds
END = 8.0  # a peer never waits longer


class Peer:
    """A thread at the other end of one run; `got` is what it received."""

    def __init__(self):
        self.got = b""
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        with contextlib.suppress(OSError):
            self.serve()

    def start(self):
        self.thread.start()

    def stop(self):
        self.over.set()
        self.close()
        self.thread.join(END)

    def close(self):
        pass

    def serve(self):
        pass


class Server(Peer):
    """Listens, and echoes (echo), only receives, or greets and closes."""

    def __init__(self, folder, family=socket.AF_INET, kind=socket.SOCK_STREAM, echo=True, greeting=b""):
        super().__init__()
        self.echo, self.greeting, self.kind = echo, greeting, kind
        self.socket = socket.socket(family, kind)
        if family == socket.AF_UNIX:
            self.path = os.path.join(folder, "peer")
            self.socket.bind(self.path)
            self.port = 0
        else:
            self.socket.bind(("127.0.0.1" if family == socket.AF_INET else "::1", 0))
            self.port = self.socket.getsockname()[1]
        if kind != socket.SOCK_DGRAM:
            self.socket.listen(64)

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def serve(self):
        self.socket.settimeout(0.2)
        held = []
        while not self.over.is_set():
            try:
                if self.kind == socket.SOCK_DGRAM:
                    data, peer = self.socket.recvfrom(65536)
                    self.got += data
                    if self.echo and peer:
                        self.socket.sendto(data, peer)
                    continue
                one, _ = self.socket.accept()
            except socket.timeout:
                continue
            held.append(one)
            threading.Thread(target=self.one, args=(one,), daemon=True).start()
        for one in held:
            one.close()

    def one(self, connection):
        with contextlib.suppress(OSError), connection:
            connection.settimeout(END)
            if self.greeting:
                connection.sendall(self.greeting)
                return
            while data := connection.recv(65536):
                self.got += data
                if self.echo:
                    connection.sendall(data)
            if self.kind == socket.SOCK_STREAM:
                connection.shutdown(socket.SHUT_WR)


class Client(Peer):
    """Connects as soon as somebody listens, sends, half-closes and receives until the end."""

    def __init__(self, folder, family=socket.AF_INET, kind=socket.SOCK_STREAM, data=SMALL, count=1, urgent=False):
        super().__init__()
        self.family, self.kind, self.data, self.count, self.urgent = family, kind, data, count, urgent
        self.path = os.path.join(folder, "server")
        self.port = 0
        if family != socket.AF_UNIX:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.bind(("127.0.0.1", 0))
                self.port = probe.getsockname()[1]

    def connect(self):
        one = socket.socket(self.family, self.kind)
        if self.kind == socket.SOCK_DGRAM and self.family == socket.AF_UNIX:
            one.bind(self.path + "-client")
        until = time.monotonic() + END
        while not self.over.is_set() and time.monotonic() < until:
            try:
                one.connect(self.path if self.family == socket.AF_UNIX else ("127.0.0.1", self.port))
                if self.kind == socket.SOCK_STREAM and one.getsockname() == one.getpeername() != "":
                    raise ConnectionRefusedError
                return one
            except OSError:
                one.close()
                one = socket.socket(self.family, self.kind)
                time.sleep(0.005)
        return None

    def serve(self):
        for _ in range(self.count):
            one = self.connect()
            if not one:
                return
            one.settimeout(END)
            with contextlib.suppress(OSError), one:
                if self.kind == socket.SOCK_DGRAM:
                    self.datagrams(one)
                    continue
                one.sendall(self.data)
                if self.urgent:
                    one.send(b"!", socket.MSG_OOB)
                    one.sendall(b"more")
                if self.kind == socket.SOCK_STREAM:
                    one.shutdown(socket.SHUT_WR)
                while data := one.recv(65536):
                    self.got += data

    def datagrams(self, one):
        """A listener may not be there yet: again and again, until it has ended."""
        one.settimeout(0.05)
        while not self.over.is_set():
            with contextlib.suppress(OSError):
                one.send(self.data)
                self.got = one.recv(65536)


class Closer(Peer):
    """Connects to itself and resets, again and again."""

    def serve(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            while not self.over.wait(0.02):
                with socket.create_connection(listener.getsockname()) as one:
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    listener.accept()[0].close()


class Scenario:
    def __init__(self, name, words, peer=None, stdin=b"", output=None, got=None, file=False, status=0, **rest):
        self.name, self.words, self.peer, self.stdin = name, words.split(), peer, stdin
        self.output = output  # what stdout has when the status is 0; None: a report
        self.got = got        # what the peer has got then
        self.file = file      # stdin is a file
        self.status = status  # of a run without any fault
        self.keep = "-k" in self.words
        self.memory = rest.pop("memory", True)
        self.leave = rest.pop("leave", ())  # errnos that are not tried, or "call errno"
        self.quick = rest.pop("quick", False)
        self.rest = rest


def server(**how):
    return lambda folder: Server(folder, **how)


def client(**how):
    return lambda folder: Client(folder, **how)


UNIX, SIX = socket.AF_UNIX, socket.AF_INET6
DATAGRAM, PACKET = socket.SOCK_DGRAM, socket.SOCK_SEQPACKET

# What `connect -j` reports of a conversation of one line.
REPORT = b'{"event":"start","time":0,"pid":7,"version":"1","format":1,"arguments":["sockctl","connect"]}\n'
REPORT += b"".join(b'{"event":%s,"conn":1,"peer":{"family":"AF_INET","host":"127.0.0.1","port":80},"state":"%s"%s}\n' % fields
                  for fields in [
                      (b'"connecting","time":0.0001', b"CLOSE", b""),
                      (b'"connected","time":0.0002', b"ESTABLISHED",
                       b',"local":{"family":"AF_INET","host":"127.0.0.1","port":40000}'),
                      (b'"shutdown","time":0.0003', b"FIN_WAIT2", b',"how":"SHUT_WR","sent":9,"received":0'),
                      (b'"eof","time":0.0004', b"TIME_WAIT", b',"sent":9,"received":9'),
                      (b'"closed","time":0.0005', b"TIME_WAIT", b',"sent":9,"received":9'),
                  ])

SCENARIOS = [
    Scenario("connect", "connect -w 2 127.0.0.1 PORT", server(), SMALL, SMALL, SMALL, quick=True),
    Scenario("connect-pipe", "connect -w 2 127.0.0.1 PORT", server(), LARGE, LARGE, LARGE),
    Scenario("connect-file", "connect -w 2 127.0.0.1 PORT", server(), LARGE, LARGE, LARGE, file=True),
    Scenario("connect-copy", "connect -w 2 --chunk 1000 -C 127.0.0.1 PORT", server(), b"a\nb\n", b"a\r\nb\r\n", b"a\r\nb\r\n"),
    Scenario("connect-hexdump", "connect -w 2 --hexdump 127.0.0.1 PORT", server(), SMALL, SMALL, SMALL),
    Scenario("connect-6", "connect -w 2 ::1 PORT", server(family=SIX), SMALL, SMALL, SMALL),
    Scenario("connect-name", "connect -4 -w 2 localhost PORT", server(), SMALL, SMALL, SMALL),
    Scenario("connect-json", "connect -j -vv -w 2 127.0.0.1 PORT", server(), SMALL, SMALL, SMALL),
    Scenario("connect-verbose", "connect -vv -w 2 127.0.0.1 PORT", server(), SMALL, SMALL, SMALL),
    Scenario("connect-blocking", "connect --blocking -w 2 127.0.0.1 PORT", server(), SMALL, SMALL, SMALL),
    Scenario("connect-follow", "connect -d --follow -w 2 127.0.0.1 PORT", server(greeting=SMALL), b"", SMALL),
    Scenario("connect-messages", "connect --iov 4,8 -w 2 127.0.0.1 PORT", server(), SMALL, SMALL, SMALL),
    Scenario("connect-mmsg", "connect --recv-call recvmmsg -w 2 127.0.0.1 PORT", server(), SMALL, SMALL, SMALL),
    Scenario("connect-options", "connect -w 2 -o SO_RCVBUF=9000 -o TCP_NODELAY=1 127.0.0.1 PORT", server(), SMALL, SMALL, SMALL),
    Scenario("connect-source", "connect -w 2 --io source:50000 127.0.0.1 PORT", server(echo=False), b"", b"", None),
    Scenario("connect-dup", "connect -w 2 --dup=fork 127.0.0.1 PORT", server(), SMALL, SMALL, SMALL),
    Scenario("connect-refused", "connect -w 2 127.0.0.1 1", status=4, quick=True),
    Scenario("connect-retry", "connect -w 2 --retry 0.15 127.0.0.1 1", status=5),
    Scenario("connect-unix", "connect -w 2 -U PEER", server(family=UNIX), SMALL, SMALL, SMALL),
    Scenario("connect-unix-none", "connect -w 2 -U ./none", status=6),
    Scenario("connect-packet", "connect -w 2 -U --seqpacket PEER", server(family=UNIX, kind=PACKET), SMALL, SMALL, SMALL),
    Scenario("connect-udp", "connect -u -w 2 -W 1 127.0.0.1 PORT", server(kind=DATAGRAM), SMALL, SMALL, SMALL),
    Scenario("connect-udp-refused", "connect -u -w 0.3 127.0.0.1 1", None, SMALL),
    Scenario("connect-unix-datagram", "connect -u -U -w 2 -W 1 PEER", server(family=UNIX, kind=DATAGRAM), SMALL, SMALL, SMALL),
    Scenario("conns", "connect --conns 3 -w 2 127.0.0.1 PORT", server(echo=False)),
    Scenario("probe", "connect -z -w 1 127.0.0.1 1-5,PORT", server(echo=False), quick=True,
             leave=["EADDRNOTAVAIL"]),  # local ports come back after a minute, and it waits for them
    Scenario("probe-udp", "connect -z -u -w 0.2 127.0.0.1 1-3", status=4,
             leave=["recvmsg EAGAIN"]),  # an empty error queue: no fault
    Scenario("probe-every", "connect -z -n --every 0.05 --count 3 -w 1 127.0.0.1 PORT", server(echo=False),
             leave=["EADDRNOTAVAIL"]),
    Scenario("path", "connect -n --path --queries 1 -w 0.5 127.0.0.1 PORT", server(echo=False)),
    Scenario("path-udp", "connect -n --path -u --queries 1 -w 0.5 127.0.0.1 1", status=4,
             leave=["recvmsg EAGAIN", "recvmsg EINTR"]),  # an empty error queue: no fault
    Scenario("connect-udp-6", "connect -u -w 2 -W 1 ::1 PORT", server(family=SIX, kind=DATAGRAM), SMALL, SMALL, SMALL),
    Scenario("connect-draw", "connect --draw -w 2 127.0.0.1 PORT", server(), SMALL, SMALL, SMALL),
    Scenario("connect-timestamps", "connect --timestamps -w 2 127.0.0.1 PORT", server(), SMALL, SMALL, SMALL),
    Scenario("connect-times", "connect --times -w 2 127.0.0.1 PORT", server(), SMALL, SMALL, SMALL),
    Scenario("listen", "listen -w 2 127.0.0.1 PORT", client(), b"", SMALL, quick=True),
    Scenario("listen-large", "listen -w 2 127.0.0.1 PORT", client(data=LARGE), LARGE, LARGE, LARGE),
    Scenario("listen-echo", "listen -w 2 --io echo 127.0.0.1 PORT", client(data=LARGE), b"", b"", LARGE),
    Scenario("listen-keep", "listen -k -w 2 --accept-count 2 127.0.0.1 PORT", client(count=2), b"", SMALL * 2, quick=True),
    Scenario("listen-keep-echo", "listen -k -w 2 --io echo --accept-count 2 127.0.0.1 PORT", client(count=2), b"", b"", SMALL * 2),
    Scenario("listen-syn", "listen --show-syn -w 2 127.0.0.1 PORT", client(), b"", SMALL),
    Scenario("listen-watch", "listen -k --accept-count 1 --watch -w 2 127.0.0.1 PORT", client(), b"", SMALL),
    Scenario("listen-hold", "listen --no-accept --watch -w 0.2 127.0.0.1 0"),
    Scenario("listen-file", "listen -w 2 --port-file FOLDER/port 127.0.0.1 PORT", client(), b"", SMALL),
    Scenario("listen-unix", "listen -w 2 -U SERVER", client(family=UNIX), b"", SMALL),
    Scenario("listen-udp", "listen -u -w 2 -W 1 --io echo 127.0.0.1 PORT", client(kind=DATAGRAM)),
    Scenario("listen-unix-datagram", "listen -u -U -w 2 -W 1 SERVER", client(family=UNIX, kind=DATAGRAM), b"", SMALL),
    Scenario("resolve", "resolve -4 localhost 80", quick=True,
             # glibc asks for the addresses of this host by netlink: it tries again for ever, or aborts.
             leave=["recvmsg ECONNREFUSED", "recvmsg EINTR", "sendto EINTR"]),
    Scenario("resolve-many", "resolve -4 --stdin", None, b"localhost\n127.0.0.1\n"),
    Scenario("resolve-netdb", "resolve --api gethostbyname localhost"),
    Scenario("resolve-service", "resolve --api getservbyname http"),
    Scenario("resolve-dns", "resolve --dns -4 localhost", leave=["recvmsg ECONNREFUSED", "recvmsg EINTR", "sendto EINTR"]),
    Scenario("resolve-bytes", "resolve --bytes 127.1"),
    Scenario("reverse", "reverse --verify 127.0.0.1"),
    Scenario("peerinfo", "peerinfo --tcpinfo 127.0.0.1 PORT", server(echo=False)),
    Scenario("peerinfo-port", "peerinfo --port PORT", server(echo=False), quick=True),
    Scenario("peerinfo-process", "peerinfo --pid SELF --fd PEERFD", server(echo=False)),
    Scenario("peerinfo-all", "peerinfo --all", server(echo=False)),
    Scenario("peerinfo-check", "peerinfo --check --interval 0.05"),
    Scenario("peerinfo-closed", "peerinfo --closed --count 1", lambda folder: Closer()),
    Scenario("peerinfo-unix", "peerinfo --all --unix", server(family=UNIX)),
    Scenario("draw", "draw -", None, REPORT),
    Scenario("draw-svg", "draw --svg FOLDER/picture -", None, REPORT),
    Scenario("oob-send", "oob-send 127.0.0.1 PORT one oob:! two", server(echo=False)),
    Scenario("oob-send-lines", "oob-send 127.0.0.1 PORT", server(echo=False), b"one\noob:!\n"),
    Scenario("oob-recv", "oob-recv -w 2 127.0.0.1 PORT", client(urgent=True)),
    Scenario("oob-recv-select", "oob-recv --notify select -w 2 127.0.0.1 PORT", client(urgent=True)),
    Scenario("oob-recv-epoll", "oob-recv --notify epoll -w 2 127.0.0.1 PORT", client(urgent=True)),
    Scenario("oob-recv-sigurg", "oob-recv --notify sigurg -w 2 127.0.0.1 PORT", client(urgent=True)),
    Scenario("oob-recv-late", "oob-recv --late -w 2 127.0.0.1 PORT", client(urgent=True)),
    Scenario("wire", "connect --wire -w 2 127.0.0.1 PORT", server(), SMALL, SMALL, SMALL,
             memory=False),  # pcap_compile() goes on with NULL
]
