# SPDX-License-Identifier: ISC
"""The works: each is a class with the programs that can do it and one function that measures one of them once."""

import os
import re
import shutil
import socket
import subprocess
import tempfile

from measure import DEVNULL, Ports, Process, wait_listening

MIB = 1 << 20
PORTS = Ports()
HOST = "127.0.0.1"


class Bench:
    """What all works share: the programs, their sizes, a directory for files."""

    def __init__(self, sockctl, build, directory, quick):
        self.sockctl = sockctl if os.access(sockctl, os.X_OK) else None
        self.build = build
        self.directory = directory
        self.quick = quick
        self.size = (128 if quick else 512) * MIB
        self.file = os.path.join(directory, "data")
        with open(self.file, "wb") as file:
            for _ in range(self.size // MIB):
                file.write(b"x" * MIB)

    def data(self, size):
        """A file of so many bytes, open for reading, which is gone when it is closed."""
        file = tempfile.TemporaryFile(dir=self.directory)
        for _ in range(size // MIB):
            file.write(b"x" * MIB)
        file.flush()
        file.seek(0)
        return file

    def limit(self, *words):
        return [os.path.join(self.build, "limit"), *words]

    def drive(self, *words):
        return [os.path.join(self.build, "drive"), *[str(word) for word in words]]

    def installed(self, commands):
        """Of {name: argv}, those whose program is here; sockctl and the limit among them."""
        here = {}
        for name, argv in commands.items():
            if argv[0] == "sockctl":
                if self.sockctl:
                    here[name] = [self.sockctl, *argv[1:]]
            elif argv[0] == "limit":
                here[name] = self.limit(*argv[1:])
            elif argv[0] == "hello":
                here[name] = [os.path.join(self.build, "hello")]
            elif shutil.which(argv[0]):
                here[name] = argv
        return here


def with_port(argv, port):
    return [word.replace("PORT", port) for word in argv]


CLIENTS = {
    "sockctl": ["sockctl", "connect", "-Q", HOST, "PORT"],
    "nc": ["nc", "-N", HOST, "PORT"],
    "ncat": ["ncat", HOST, "PORT"],
    "socat": ["socat", "-", "TCP:127.0.0.1:PORT"],
    "socat -b256K": ["socat", "-b262144", "-", "TCP:127.0.0.1:PORT"],
}

SERVERS = {
    "sockctl": ["sockctl", "listen", "-Q", HOST, "PORT"],
    "nc": ["nc", "-l", HOST, "PORT"],
    "ncat": ["ncat", "-l", HOST, "PORT"],
    "socat": ["socat", "TCP-LISTEN:PORT,bind=127.0.0.1", "-"],
    "socat -b256K": ["socat", "-b262144", "TCP-LISTEN:PORT,bind=127.0.0.1", "-"],
}

SENDERS = {
    **CLIENTS,
    "ncat": ["ncat", "--send-only", HOST, "PORT"],
    "socat": ["socat", "-u", "-", "TCP:127.0.0.1:PORT"],
    "socat -b256K": ["socat", "-u", "-b262144", "-", "TCP:127.0.0.1:PORT"],
}

RECEIVERS = {
    **SERVERS,
    "nc": ["nc", "-d", "-l", HOST, "PORT"],
    "ncat": ["ncat", "-l", "--recv-only", HOST, "PORT"],
    "socat": ["socat", "-u", "TCP-LISTEN:PORT,bind=127.0.0.1", "-"],
    "socat -b256K": ["socat", "-u", "-b262144", "TCP-LISTEN:PORT,bind=127.0.0.1", "-"],
}


class Work:
    """name; metrics: (unit, which is better, target to the best peer, target to the limit)."""

    rounds = 5
    once = False  # slow: a few rounds only

    def __init__(self, bench):
        self.bench = bench
        self.programs = bench.installed(self.commands)
        if not bench.sockctl:
            self.programs.pop("sockctl", None)

    def prepare(self):
        pass

    def clean(self):
        pass


def throughput(peer, limit, cpu_peer=None, cpu_limit=None):
    metrics = [("MB/s", "more", peer, limit)]
    if cpu_peer:
        metrics.append(("CPU s/GiB", "less", cpu_peer, cpu_limit))
    return metrics


class Sending(Work):
    size = None

    def prepare(self):
        self.port = PORTS.take()
        self.sink = Process(self.bench.drive("sink", self.port))
        wait_listening(self.port)

    def clean(self):
        self.sink.end()

    def result(self, wall, cpu):
        size = self.size or self.bench.size
        return {"MB/s": size / wall / 1e6, "CPU s/GiB": cpu / size * (1 << 30)}


class SendFile(Sending):
    name = "send a file"
    metrics = throughput(1.4, 0.85, 0.75, 1.2)
    commands = {**SENDERS, "limit": ["limit", "send-file", "PORT"]}

    def send(self, argv, file):
        return self.result(*Process(with_port(argv, self.port), stdin=file).wait())

    def measure(self, argv):
        with open(self.bench.file, "rb") as file:
            return self.send(argv, file)


class SendPipe(Sending):
    name = "send from a pipe"
    metrics = throughput(1.4, 0.85, 0.75, 1.2)
    commands = {**SENDERS, "limit": ["limit", "send-pipe", "PORT"]}

    def measure(self, argv):
        read, write = os.pipe()
        process = Process(with_port(argv, self.port), stdin=read)
        source = Process(self.bench.drive("write", self.size or self.bench.size), stdout=write)
        os.close(read), os.close(write)
        cost = process.wait()
        source.wait()
        return self.result(*cost)


class Receiving(Work):
    rounds = 11  # where the two ends run decides more than what they do

    def receive(self, argv, stdout):
        port = PORTS.take()
        process = Process(with_port(argv, port), stdout=stdout)
        wait_listening(port)
        source = Process(self.bench.drive("source", port, self.bench.size))
        _, cpu = process.wait()
        wall, _ = source.wait()
        return wall, cpu

    def result(self, wall, cpu):
        return {"MB/s": self.bench.size / wall / 1e6, "CPU s/GiB": cpu / self.bench.size * (1 << 30)}


class ReceivePipe(Receiving):
    name = "receive to a pipe"
    metrics = throughput(2.5, 0.8, 0.45, 1.25)
    commands = {**RECEIVERS, "limit": ["limit", "receive-pipe", "PORT"]}

    def measure(self, argv):
        read, write = os.pipe()
        reader = Process(self.bench.drive("read"), stdin=read)
        os.close(read)
        try:
            cost = self.receive(argv, write)
        finally:
            os.close(write)
        reader.wait()
        return self.result(*cost)


class ReceiveFile(Receiving):
    name = "receive to a file"
    metrics = throughput(1.2, 0.8)
    commands = {**RECEIVERS, "limit": ["limit", "receive-file", "PORT"]}

    def measure(self, argv):
        with open(os.path.join(self.bench.directory, "out"), "wb") as file:
            return self.result(*self.receive(argv, file))


class ReceiveNull(Receiving):
    name = "receive to /dev/null"
    metrics = throughput(0.95, 0.8)
    commands = {**RECEIVERS, "limit": ["limit", "receive-null", "PORT"]}

    def measure(self, argv):
        return self.result(*self.receive(argv, DEVNULL))


class Pipeline(Work):
    """pipe > socket > pipe, the same program at both ends."""

    name = "pipeline, both ends"
    metrics = throughput(1.2, 0.8)
    commands = {name: argv for name, argv in RECEIVERS.items()}
    commands["limit"] = ["limit", "receive-pipe", "PORT"]

    def __init__(self, bench):
        super().__init__(bench)
        self.senders = bench.installed({**SENDERS, "limit": ["limit", "send-pipe", "PORT"]})
        self.names = {tuple(argv): name for name, argv in self.programs.items()}

    def measure(self, argv):
        port = PORTS.take()
        (in_read, in_write), (out_read, out_write) = os.pipe(), os.pipe()
        receiver = Process(with_port(argv, port), stdout=out_write)
        wait_listening(port)
        reader = Process(self.bench.drive("read"), stdin=out_read)
        sender = Process(with_port(self.senders[self.names[tuple(argv)]], port), stdin=in_read)
        source = Process(self.bench.drive("write", self.bench.size), stdout=in_write)
        for fd in (in_read, in_write, out_read, out_write):
            os.close(fd)
        wall, _ = reader.wait()
        for process in (receiver, sender, source):
            process.wait()
        return {"MB/s": self.bench.size / wall / 1e6}


class RoundTrip(Work):
    metrics = [("µs", "less", 1.0, 1.12)]

    def measure(self, argv):
        port = PORTS.take()
        (there, to), (back, out) = os.pipe(), os.pipe()
        if self.listens:
            process = Process(with_port(argv, port), stdin=there, stdout=out)
            wait_listening(port)
            echo = Process(self.bench.drive("echo", "connect", port))
        else:
            echo = Process(self.bench.drive("echo", "listen", port))
            wait_listening(port)
            process = Process(with_port(argv, port), stdin=there, stdout=out)
        ping = Process(self.bench.drive("ping", 4000), stdin=back, stdout=to, stderr=subprocess.PIPE)
        for fd in (there, to, back, out):
            os.close(fd)
        ping.wait()
        time = float(ping.popen.stderr.read())
        ping.popen.stderr.close()
        process.end()
        echo.end()
        return {"µs": time}


class RoundTripConnect(RoundTrip):
    name = "1-byte round trip, connect"
    listens = False
    commands = {**CLIENTS, "limit": ["limit", "relay", "connect", "PORT"]}


class RoundTripListen(RoundTrip):
    name = "1-byte round trip, listen"
    listens = True
    commands = {**SERVERS, "limit": ["limit", "relay", "listen", "PORT"]}


class Start(Work):
    name = "start to exit"
    metrics = [("ms", "less", 1.1, 1.75), ("KiB", "less", 1.25, None)]
    commands = {
        "sockctl": ["sockctl", "--version"],
        "nc": ["nc", "-h"],
        "ncat": ["ncat", "--version"],
        "socat": ["socat", "-V"],
        "limit": ["hello"],
    }

    def measure(self, argv):
        out = subprocess.run(self.bench.drive("start", 100, *argv), check=True, capture_output=True, text=True)
        wall, _, size = out.stdout.split()
        return {"ms": float(wall), "KiB": float(size)}


class Localhost(Start):
    name = "resolve localhost"
    metrics = [("ms", "less", 1.05, None)]
    commands = {"sockctl": ["sockctl", "resolve", "localhost"], "getent": ["getent", "ahosts", "localhost"]}


class Scan(Work):
    """Every port of loopback; five are open, and exactly these must be found."""

    name = "scan 65535 ports, loopback"
    metrics = [("µs/port", "less", 0.5, 1.3), ("CPU µs/port", "less", 0.55, 1.25)]
    open = (22, 1022, 33000, 50000, 60999)
    commands = {
        "sockctl": ["sockctl", "connect", "-z", "-n", HOST, "1-65535"],
        "nc": ["nc", "-z", "-n", HOST, "1-65535"],
        "nmap": ["nmap", "-n", "-Pn", "-sT", "-T5", "-p1-65535", HOST],
        "nmap --min-rate": ["nmap", "-n", "-Pn", "-sT", "-T5", "--min-rate=100000", "-p1-65535", HOST],
        "limit": ["limit", "scan", HOST, "1", "65535", "1024", "1000"],
    }
    silent = ("nc",)  # without -v it does not say which ports are open
    ports = 65535
    once = True

    def prepare(self):
        self.listeners = [socket.create_server((HOST, port), backlog=4096) for port in self.open]

    def clean(self):
        for listener in self.listeners:
            listener.close()

    def measure(self, argv):
        read, write = os.pipe()
        process = Process(argv, stdout=write)
        os.close(write)
        with os.fdopen(read) as file:
            text = file.read()
        wall, cpu = process.wait()
        found = tuple(int(port) for port in re.findall(r"^(\d+)\b", text, re.M))
        if argv[0] not in self.silent and found != self.open:
            raise ValueError(f"{argv[0]} found {found} open, not {self.open}")
        return {"µs/port": wall / self.ports * 1e6, "CPU µs/port": cpu / self.ports * 1e6}


class ScanFar(Scan):
    """2000 ports behind a wire of 10 ms each way."""

    name = "scan 2000 ports at 20 ms"
    metrics = [("µs/port", "less", 0.4, 1.2)]
    open = (22, 1022)
    ports = 2000
    commands = {
        "sockctl": ["sockctl", "connect", "-z", "-n", "10.9.0.2", "1-2000"],
        "nmap": ["nmap", "-n", "-Pn", "-sT", "-T5", "-p1-2000", "10.9.0.2"],
        "nmap --min-rate": ["nmap", "-n", "-Pn", "-sT", "-T5", "--min-rate=20000", "-p1-2000", "10.9.0.2"],
        "limit": ["limit", "scan", "10.9.0.2", "1", "2000", "1024", "1000"],
    }

    def prepare(self):
        self.far = Process(["unshare", "--net", "sleep", "600"])
        while os.readlink(f"/proc/{self.far.pid}/ns/net") == os.readlink("/proc/self/ns/net"):
            pass
        inside = f"nsenter --net --target {self.far.pid} "
        for command in (
            "ip link add near type veth peer name wire0",
            "ip link add far type veth peer name wire1",
            f"ip link set far netns {self.far.pid}",
            "ip link set near up",
            "ip link set wire0 up",
            "ip link set wire1 up",
            "ip addr add 10.9.0.1/24 dev near",
            inside + "ip link set lo up",
            inside + "ip link set far up",
            inside + "ip addr add 10.9.0.2/24 dev far",
        ):
            subprocess.run(command.split(), check=True)
        self.wire = Process(self.bench.drive("delay", "wire0", "wire1", 10))
        self.servers = [
            Process((inside + f"{self.bench.drive('sink')[0]} sink {port} 10.9.0.2").split()) for port in self.open
        ]
        subprocess.run(self.bench.drive("wait", "10.9.0.2", self.open[-1]), check=True, timeout=20)

    def clean(self):
        for process in (*self.servers, self.wire, self.far):
            process.end()
        subprocess.run(["ip", "link", "del", "near"], check=True)


class ScanSilent(Scan):
    """A host that never answers, a limit of one second."""

    name = "scan a silent host, 1 s limit"
    metrics = [("ms/port", "less", 0.15, 1.2)]
    open = ()
    host = "127.0.0.9"

    def __init__(self, bench):
        self.count = 512 if bench.quick else 2000
        span, tune = f"1-{self.count}", ["-T5", "--max-rtt-timeout=1s", "--initial-rtt-timeout=1s", "--max-retries=0"]
        self.commands = {
            "sockctl": ["sockctl", "connect", "-z", "-n", "-w1", self.host, span],
            "nc": ["nc", "-z", "-n", "-w1", self.host, "1-2"],
            "nmap": ["nmap", "-n", "-Pn", "-sT", *tune, "-p1-50", self.host],
            "limit": ["limit", "scan", self.host, "1", str(self.count), "1024", "1000"],
        }
        super().__init__(bench)

    def prepare(self):
        super().prepare()
        rule = ["iptables", "-A", "INPUT", "-d", self.host, "-p", "tcp", "--syn", "-j", "DROP"]
        subprocess.run(rule, check=True)

    def clean(self):
        subprocess.run(["iptables", "-F", "INPUT"], check=True)

    def measure(self, argv):
        wall, _ = Process(argv).wait()
        ports = {"nc": 2, "nmap": 50}.get(argv[0], self.count)
        return {"ms/port": wall / ports * 1e3}


class Crowd(Work):
    """Connections that come and go, each with a byte that must come out, up to 1024 on their way at once. nc and
    ncat have short queues, and do not get through a crowd that fills these: a handshake that is dropped is tried again
    a second later, or never. So no more are on their way to them than these hold; the slow ones are asked for fewer."""

    name = "listen -k, 10 000 connections"
    metrics = [("1/s", "more", 3, 0.8), ("CPU µs each", "less", 0.7, 1.25)]
    commands = {
        "sockctl": ["sockctl", "listen", "-k", "-Q", HOST, "PORT"],
        "nc": ["nc", "-l", "-k", "-d", HOST, "PORT"],
        "ncat": ["ncat", "-l", "-k", "--recv-only", "-m", "10000", HOST, "PORT"],
        "socat": ["socat", "-u", "TCP-LISTEN:PORT,bind=127.0.0.1,fork,reuseaddr,backlog=4096", "-"],
        "limit": ["limit", "serve", "PORT", "1000000"],
    }
    once = True
    count = 10000
    job, arguments = "knock", ()
    peers = {"nc": (300, 1), "ncat": (3000, 8), "socat": (2000, 1024)}

    def measure(self, argv):
        count, flight = self.peers.get(argv[0], (self.count, 1024))
        port = PORTS.take()
        read, write = os.pipe()
        process = Process(with_port(argv, port), stdout=write)
        os.close(write)
        try:
            wait_listening(port)
            before = process.cpu(), process.memory()
            job = self.bench.drive(self.job, port, count, flight, *self.arguments)
            crowd = Process(job, stdin=read, stdout=subprocess.PIPE)
            os.close(read)
            return self.result(process, crowd, before, count)
        finally:
            process.end()

    def result(self, process, crowd, before, count):
        wall, _ = crowd.wait()
        crowd.popen.stdout.close()
        return {"1/s": count / wall, "CPU µs each": (process.cpu() - before[0]) / count * 1e6}


class Held(Crowd):
    """Many held at once: what each costs in memory, and a byte through one while the others are idle. No peer can
    hold 10 000 in one process (select(2) ends at 1024 descriptors, nc takes one at a time)."""

    name = "10 000 held at once"
    metrics = [("B each", "less", None, None), ("µs a byte", "less", 0.6, 1.2)]
    limits = {"B each": 4096}
    commands = {name: argv for name, argv in Crowd.commands.items() if name != "nc"}
    job, arguments = "hold", (3000,)
    peers = {"ncat": (900, 8), "socat": (900, 64)}

    def result(self, process, crowd, before, count):
        line = crowd.popen.stdout.readline()
        memory = process.memory() - before[1]
        crowd.end()
        crowd.popen.stdout.close()
        return {"B each": memory / count, "µs a byte": float(line)}


class Growth(Work):
    """What the largest size costs, for each byte, port or connection, against the smallest; and its memory."""

    metrics = [("CPU, large : small", "less", None, None), ("memory, large : small", "less", None, None)]
    limits = {"CPU, large : small": 1.2, "memory, large : small": 1.2}
    once = True

    def measure(self, argv):
        (small, small_cpu, small_memory), (large, large_cpu, large_memory) = (
            (size, *self.cost(argv, size)) for size in self.sizes
        )
        return {
            "CPU, large : small": (large_cpu / large) / (small_cpu / small),
            "memory, large : small": large_memory / small_memory,
        }

    def start(self, argv, **streams):
        command = self.bench.drive("start", 1, *argv)
        out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **streams).stdout
        return float(out.split()[1]), float(out.split()[2])


class GrowthBytes(Growth):
    name = "growth, bytes sent from a file"
    commands = {"sockctl": CLIENTS["sockctl"]}
    sizes = (64 * MIB, 1024 * MIB)

    def prepare(self):
        self.port = PORTS.take()
        self.sink = Process(self.bench.drive("sink", self.port))
        wait_listening(self.port)

    def clean(self):
        self.sink.end()

    def cost(self, argv, size):
        with self.bench.data(size) as file:
            return self.start(with_port(argv, self.port), stdin=file)


class GrowthPorts(Growth):
    name = "growth, ports scanned"
    commands = {"sockctl": ["sockctl", "connect", "-z", "-n", HOST]}
    sizes = (8192, 65535)

    def cost(self, argv, size):
        command = self.bench.drive("start", 1, *argv, f"1-{size}")
        out = subprocess.run(command, stdout=subprocess.PIPE, stderr=DEVNULL, text=True, check=False).stdout
        return float(out.split()[1]), float(out.split()[2])


class GrowthConnections(Growth):
    name = "growth, connections served"
    metrics = Growth.metrics[:1]
    commands = {"sockctl": Crowd.commands["sockctl"]}
    sizes = (1000, 10000)

    def cost(self, argv, size):
        crowd = Crowd(self.bench)
        crowd.count = size
        return crowd.measure(argv)["CPU µs each"] * size, 1


class SystemCalls(Work):
    """Of a whole process, for each MiB; strace slows it down, which makes each call move more."""

    name = "system calls a MiB"
    metrics = [(unit, "less", None, None) for unit in ("file", "pipe", "received")]
    limits = {"file": 8, "pipe": 20, "received": 25}
    commands = {"sockctl": ["strace", "-f", "-c", "-o"]}
    once = True
    size = 128

    def count(self, name):
        with open(name, encoding="ascii") as file:
            total = [line.split() for line in file if line.rstrip().endswith("total")][-1]
        return int(total[3] if len(total) > 4 else total[2]) / self.size

    def measure(self, argv):
        names = {unit: os.path.join(self.bench.directory, f"calls-{unit}") for unit in self.limits}
        port = PORTS.take()
        sink = Process(self.bench.drive("sink", port))
        wait_listening(port)
        client = [self.bench.sockctl, "connect", "-Q", HOST, port]
        with self.bench.data(self.size * MIB) as file:
            Process([*argv, names["file"], *client], stdin=file).wait()
        read, write = os.pipe()
        process = Process([*argv, names["pipe"], *client], stdin=read)
        Process(self.bench.drive("write", self.size * MIB), stdout=write)
        os.close(read), os.close(write)
        process.wait()
        sink.end()
        port = PORTS.take()
        read, write = os.pipe()
        reader = Process(self.bench.drive("read"), stdin=read)
        process = Process([*argv, names["received"], self.bench.sockctl, "listen", "-Q", HOST, port], stdout=write)
        os.close(read), os.close(write)
        wait_listening(port)
        Process(self.bench.drive("source", port, self.size * MIB)).wait()
        process.wait()
        reader.wait()
        return {unit: self.count(name) for unit, name in names.items()}


class Names(Work):
    """1000 names of a dnsmasq on loopback, in a mount namespace with a resolv.conf of its own."""

    name = "resolve 1000 names"
    metrics = [("ms", "less", None, 1.5)]
    commands = {
        "sockctl": ["sockctl", "resolve", "--stdin", "--parallel", "32"],
        "getent, one after another": ["xargs", "-n1", "getent", "ahosts"],
        "limit": ["limit", "names", "32"],
    }
    once = True

    def prepare(self):
        self.names = os.path.join(self.bench.directory, "names")
        with open(self.names, "w", encoding="ascii") as file:
            file.writelines(f"host-{number}.bench.test\n" for number in range(1000))
        for name, text in (("resolv.conf", f"nameserver {HOST}\n"), ("nsswitch.conf", "hosts: files dns\n")):
            path = os.path.join(self.bench.directory, name)
            with open(path, "w", encoding="ascii") as file:
                file.write(text)
            subprocess.run(["mount", "--bind", path, f"/etc/{name}"], check=True)
        self.server = Process(
            "dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --user=root --group=root "
            "--pid-file= --listen-address=127.0.0.1 --bind-interfaces --address=/bench.test/192.0.2.1".split()
        )
        wait_listening(53)

    def clean(self):
        self.server.end()
        for name in ("resolv.conf", "nsswitch.conf"):
            subprocess.run(["umount", f"/etc/{name}"], check=True)

    def measure(self, argv):
        with open(self.names, "rb") as file:
            process = Process(argv, stdin=file, stdout=subprocess.PIPE)
        text = process.popen.stdout.read()
        wall, _ = process.wait()
        process.popen.stdout.close()
        if text.count(b"192.0.2.1") < 1000:
            raise ValueError(f"{argv[0]}: {text.count(b'192.0.2.1')} of 1000 names")
        return {"ms": wall * 1e3}


ALL = (
    SendFile,
    SendPipe,
    ReceivePipe,
    ReceiveFile,
    ReceiveNull,
    Pipeline,
    RoundTripConnect,
    RoundTripListen,
    Start,
    Localhost,
    Scan,
    ScanFar,
    ScanSilent,
    Crowd,
    Held,
    Names,
    GrowthBytes,
    GrowthPorts,
    GrowthConnections,
    SystemCalls,
)
