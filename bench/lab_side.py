"""One side of a comparison: a running lab with a client, a box in the middle and servers, and what is measured in it.

A real box has processors of its own, so client and servers share one core and the box has the other.
"""
import json
import os
import re
import subprocess
import time

from side_by_side import BIN, fulcrum


class LabSide:
    def __init__(self, path, name, cores):
        """`cores`: of client, servers and box; None: left to the scheduler."""
        self.client_core, self.server_core, self.box_core = cores
        self._listeners = []
        self.lab = json.loads(fulcrum("up", path, "--name", name, "--json").stdout)["lab"]

    def pin(self, core):
        return [] if core is None else ["taskset", "-c", str(core)]

    def pin_running(self, node, program, core):
        if core is not None:
            self.sh(node, f"for p in $(pidof {program}); do taskset -a -p -c {core} $p; done")

    def exec_line(self, node, *argv):
        return [os.path.join(BIN, "fulcrum"), "exec", self.lab, node, "--", *argv]

    def sh(self, node, script):
        done = fulcrum("exec", self.lab, node, "--", "sh", "-c", script, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{node}: {script}: exit {done.returncode}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def listen(self, node, *argv, core=None):
        """A program that runs until the lab goes down."""
        self._listeners.append(subprocess.Popen(self.exec_line(node, *self.pin(core), *argv), stdin=subprocess.DEVNULL,
                                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    def await_success(self, node, script, seconds=10):
        deadline = time.monotonic() + seconds
        while fulcrum("exec", self.lab, node, "--", "sh", "-c", script, check=False).returncode != 0:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.lab}: does not succeed: {script}")
            time.sleep(0.1)

    def close(self):
        fulcrum("down", self.lab, check=False)
        for listener in self._listeners:
            listener.wait(timeout=10)

    def client(self, *argv, timeout=60):
        return fulcrum("exec", self.lab, "client1", "--", *self.pin(self.client_core), *argv, timeout=timeout).stdout

    def bulk(self, vip, port, seconds):
        """Gbit/s of one TCP stream, and the bytes received."""
        report = json.loads(self.client("iperf3", "-c", vip, "-p", port, "-t", seconds, "-J"))
        if "error" in report:
            raise RuntimeError(f"{self.lab}: iperf3: {report['error']}")
        received = report["end"]["sum_received"]
        return received["bits_per_second"] / 1e9, received["bytes"]

    def wrk(self, url, seconds, *options, connections=32):
        """(requests/s, p50 ms, p99 ms, requests)"""
        text = self.client("wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--latency", *options, url)
        # Socket errors of wrk's last moment are no failed requests; answers other than 2xx would be.
        if "Non-2xx" in text:
            raise RuntimeError(text)

        def latency(percent):
            value, unit = re.search(rf"^\s*{percent}%\s+([\d.]+)(us|ms|s)$", text, re.M).groups()
            return float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]

        requests = int(re.search(r"(\d+) requests in", text).group(1))
        return float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)), latency(50), latency(99), requests

    def cpu_seconds(self, node, program):
        """User and system time of all processes of a program in a node."""
        ticks = sum(int(value) for value in self.sh(
            node, f"for p in $(pidof {program}); do sed 's/.*) //' /proc/$p/stat | awk '{{print $12 + $13}}'; done").split())
        return ticks / os.sysconf("SC_CLK_TCK")
