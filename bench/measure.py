# SPDX-License-Identifier: ISC
"""Processes, their cost, and the namespace that the bench runs in."""

import os
import signal
import subprocess
import sys
import time

DEVNULL = subprocess.DEVNULL
INSIDE = "SOCKCTL_BENCH_INSIDE"


def enter_namespace():
    """Run this program again in a network, mount and pid namespace of its own, with reno."""
    if os.environ.get(INSIDE) != "1":
        os.environ[INSIDE] = "1"
        user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        command = ["unshare", *user, "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
        os.execvp("unshare", [*command, sys.executable, *sys.argv])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    write("/proc/sys/net/ipv4/tcp_congestion_control", "reno")


def write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


class Process:
    """A program that is measured: wall time from its start, CPU of it and of what it waited for."""

    def __init__(self, argv, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL):
        self.argv = [str(word) for word in argv]
        self.start = time.monotonic()
        self.popen = subprocess.Popen(self.argv, stdin=stdin, stdout=stdout, stderr=stderr)
        self.pid = self.popen.pid

    def wait(self, limit=60):
        """Its (wall, cpu) in seconds; a program that does not end is killed and is an error."""
        timer = signal.signal(signal.SIGALRM, self._late)
        signal.setitimer(signal.ITIMER_REAL, limit)
        try:
            _, status, usage = os.wait4(self.pid, 0)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, timer)
        wall = time.monotonic() - self.start
        self.popen.returncode = os.waitstatus_to_exitcode(status)
        return wall, usage.ru_utime + usage.ru_stime

    def _late(self, *_):
        self.popen.kill()
        raise TimeoutError(f"does not end: {' '.join(self.argv)}")

    def cpu(self):
        """CPU so far, seconds, threads and reaped children included."""
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as file:
            words = file.read().rpartition(")")[2].split()
        with open(f"/proc/{self.pid}/schedstat", encoding="ascii") as file:
            own = int(file.read().split()[0]) / 1e9
        children = (int(words[13]) + int(words[14])) / os.sysconf("SC_CLK_TCK")
        return own + children

    def memory(self):
        """Bytes of its own in memory (private pages)."""
        total = 0
        with open(f"/proc/{self.pid}/smaps_rollup", encoding="ascii") as file:
            for line in file:
                if line.startswith("Private_"):
                    total += int(line.split()[1]) * 1024
        return total

    def end(self):
        if self.popen.returncode is None:
            self.popen.kill()
            self.popen.wait()


class Ports:
    """A fresh port for each run, below the ephemeral range: nothing of an earlier run is in its way."""

    def __init__(self):
        self.last = 2000

    def take(self):
        self.last += 1
        return str(self.last)


def wait_listening(port):
    """Until the kernel lists a listener on the port."""
    wanted = f":{int(port):04X}"
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        for table in ("/proc/net/tcp", "/proc/net/tcp6"):
            with open(table, encoding="ascii") as file:
                for line in file:
                    words = line.split()
                    if words[1].endswith(wanted) and words[3] == "0A":
                        return
        time.sleep(0.002)
    raise TimeoutError(f"nobody listens on port {port}")


def median(values):
    values = sorted(values)
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2
