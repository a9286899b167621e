# SPDX-License-Identifier: ISC
"""The works with many sockets on the host: listing them."""

import os
import resource
import signal
import socket
import subprocess

from measure import Process, write
from works import Work

CONNECTIONS = 25000
EACH = 9000  # of one process


def hold(number, count, ready):
    """Never returns: holds both ends of so many connections."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    listener = socket.create_server((f"127.0.1.{number}", 0), backlog=4096)
    kept = []
    for _ in range(count):
        client = socket.create_connection(listener.getsockname(), source_address=(f"127.0.2.{number}", 0))
        kept.append((client, listener.accept()[0]))
    os.write(ready, b"x")
    while True:
        signal.pause()


class List(Work):
    """Both ends of 25 000 connections, held by three processes."""

    name = "list 50 000 sockets"
    metrics = [("ms", "less", 1.0, None), ("CPU ms", "less", 1.0, None)]
    commands = {"sockctl": ["sockctl", "peerinfo", "--all", "-n"], "ss": ["ss", "-Htunap"]}
    found = 2 * CONNECTIONS

    def prepare(self):
        write("/proc/sys/net/ipv4/ip_local_port_range", "1024 65000")
        read, ready = os.pipe()
        self.holders = []
        for number, first in enumerate(range(0, CONNECTIONS, EACH)):
            pid = os.fork()
            if pid == 0:
                try:
                    hold(number + 1, min(EACH, CONNECTIONS - first), ready)
                finally:
                    os._exit(1)
            self.holders.append(pid)
        os.close(ready)
        missing = len(self.holders)
        while missing:
            got = len(os.read(read, missing))
            if not got:
                self.clean()
                raise OSError("the connections could not be made")
            missing -= got
        os.close(read)

    def clean(self):
        for pid in self.holders:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

    def measure(self, argv):
        process = Process(argv, stdout=subprocess.PIPE)
        text = process.popen.stdout.read()
        wall, cpu = process.wait()
        process.popen.stdout.close()
        lines = text.count(b"\n")
        if lines < self.found:
            raise ValueError(f"{argv[0]}: {lines} of {self.found} sockets")
        return {"ms": wall * 1e3, "CPU ms": cpu * 1e3}


class RareState(List):
    """Which of them are in a state in which none is, beside what a script does: list all of them and select."""

    name = "a rare state among 50 000"
    metrics = [("ms", "less", 0.3, None)]
    commands = {
        "sockctl": ["sockctl", "peerinfo", "--state", "LAST_ACK"],
        "ss": ["ss", "-Htunap"],
        "ss, filtered": ["ss", "-Htunap", "state", "last-ack"],
    }

    def measure(self, argv):
        process = Process(argv)
        return {"ms": process.wait()[0] * 1e3}


class Check(List):
    """What is wrong with them: two looks half a second apart, beside the same two looks without a judgement."""

    name = "check 50 000 sockets"
    metrics = [("ms", "less", 1.0, None)]
    commands = {
        "sockctl": ["sockctl", "peerinfo", "--check"],
        "ss, twice": ["sh", "-c", "ss -Htunapim; sleep 0.5; ss -Htunapim"],
    }
    measure = RareState.measure


ALL = (List, RareState, Check)
