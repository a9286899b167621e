# SPDX-License-Identifier: ISC
"""The work of one port probed again and again: how close to the wire's own time the result is, and what a probe costs."""

import json
import os
import re

from measure import Process, median
from works import ScanFar

RTT = 20.0  # of the wire, ms
HOST, PORT, PROBES = "10.9.0.2", "22", 100


def of_json(text):
    return [1e3 * event["elapsed"] for event in map(json.loads, text.splitlines()) if event["event"] == "port"]


def of_hping(text):
    return [float(each) for each in re.findall(r"rtt=([0-9.]+) ms", text)]


def of_nping(text):
    """What it says of each, in tenths of a millisecond; a probe has its answer before the next one begins."""
    times, sent = [], None
    for kind, second in re.findall(r"^(SENT|RCVD) \(([0-9.]+)s\)", text, re.M):
        if kind == "RCVD" and sent is not None:
            times.append(1e3 * (float(second) - sent))
        sent = float(second) if kind == "SENT" else None
    return times


class Series(ScanFar):
    """100 probes, 50 ms apart, of a port behind a wire of 10 ms each way."""

    name = "probe a port 100 times at 20 ms"
    metrics = [
        ("ms beyond, median", "less", None, None),
        ("ms beyond, p99", "less", None, None),
        ("CPU µs/probe", "less", None, None),
    ]
    open = (22,)
    commands = {
        "sockctl": ["sockctl", "connect", "-z", "-n", "-j", "--every", "50ms", "--count", str(PROBES), HOST, PORT],
        "hping3": ["hping3", "-n", "-S", "-p", PORT, "-c", str(PROBES), "-i", "u50000", HOST],
        # With --tcp-connect it says of a probe only when the next one begins that the handshake was over.
        "nping": ["nping", "--tcp", "-p", PORT, "-c", str(PROBES), "--delay", "50ms", HOST],
    }
    readers = {"hping3": of_hping, "nping": of_nping}

    def measure(self, argv):
        read, write = os.pipe()
        process = Process(argv, stdout=write)
        os.close(write)
        with os.fdopen(read) as file:
            text = file.read()
        _, cpu = process.wait()
        times = sorted(self.readers.get(argv[0], of_json)(text))
        if len(times) < 0.9 * PROBES:
            raise ValueError(f"{argv[0]}: {len(times)} of {PROBES} probes")
        return {
            "ms beyond, median": median(times) - RTT,
            "ms beyond, p99": times[(len(times) * 99 + 99) // 100 - 1] - RTT,
            "CPU µs/probe": cpu / PROBES * 1e6,
        }


ALL = (Series,)
