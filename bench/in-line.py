"""In-line load balancing: Fulcrum's engine against the kernel's own nftables DNAT, in the same network.

Both are one lab of the same drawing: client1 – router1 – segment 10.1.1.0 with the box in the middle and three servers
whose gateway it is. Ours has a service engine there; the peer has a router whose kernel does round-robin DNAT with
nftables. Clients and servers are the same programs on both sides: iperf3, wrk, and the built-in server.

Both sides are left to the scheduler, as on a user's machine. --pinned gives each its own best arrangement instead: client and
servers on one core and the engine on the other; for the kernel, which forwards in the context of whoever sends, the client on
one core and the servers on the other. --same-cores pins client and servers to one core on both sides, so that a box with
processors of its own is what is compared.

What limits the engine's requests is the core of client and servers: they use all of it, while the engine moves frames for
about a fifth of its own core's time and looks for more in the rest.
"""
import contextlib
import json
import os
import re
import subprocess
import tempfile
import time

from side_by_side import BIN, Comparison, arguments, fulcrum, need, say

VIP, BOX = "10.1.1.100", "10.1.1.1"
SERVERS = ["server1", "server2", "server3"]
# client, servers, box
CORES = {"ours": (0, 0, 1), "theirs": (0, 1, None)}
BULK_PORT = 5201


def drawing(with_engine):
    """The in-line template with one SE; or a kernel router in its place."""
    box = "se1" if with_engine else "box"
    nodes = [{"id": "client1", "kind": "client"}, {"id": "router1", "kind": "router"},
             {"id": "net", "kind": "segment", "subnet": "10.1.1.0/24"}]
    links = [{"id": "l1", "a": {"node": "client1", "address": "172.16.1.10/24"}, "b": {"node": "router1", "address": "172.16.1.1/24"}},
             {"id": "l2", "a": {"node": "router1", "address": "10.1.1.254/24"}, "b": {"node": "net"}}]
    document = {"fulcrum": 1, "name": f"bench-in-line-{'engine' if with_engine else 'kernel'}", "nodes": nodes, "links": links}
    if with_engine:
        nodes.append({"id": box, "kind": "se"})
        links.append({"id": "l3", "a": {"node": box, "address": "10.1.1.2/24"}, "b": {"node": "net"}})
        document["groups"] = [{"id": "g", "members": [box], "ha": "active-standby", "floating": [{"segment": "net", "address": BOX}]}]
        document["pools"] = [{"id": "web", "members": [{"server": name} for name in SERVERS], "health": [{"kind": "ping"}]},
                             {"id": "bulk", "members": [{"server": SERVERS[0]}], "health": [{"kind": "ping"}]}]
        service = {"vip": VIP, "mode": "in-line", "group": "g"}
        document["services"] = [{"id": "s1", **service, "pool": "web", "ports": [{"protocol": "tcp", "port": 80}]},
                                {"id": "s2", **service, "pool": "bulk", "ports": [{"protocol": "tcp", "port": BULK_PORT}]}]
    else:
        nodes.append({"id": box, "kind": "router", "gateway": "10.1.1.254"})
        links.append({"id": "l3", "a": {"node": box, "address": BOX + "/24"}, "b": {"node": "net"}})
    for number, name in enumerate(SERVERS):
        # Started by hand and the same on both sides: left to itself it would take the port of iperf3 too.
        nodes.append({"id": name, "kind": "server", "gateway": BOX, "built_in_server": False,
                      "programs": [{"name": "web", "argv": ["fulcrum-server", "--name", name, "--tcp", "80"]}]})
        links.append({"id": f"l{number + 4}", "a": {"node": name, "address": f"10.1.1.{10 + number}/24"}, "b": {"node": "net"}})
    return document


RULES = f"""
table ip balance {{
    chain prerouting {{
        type nat hook prerouting priority dstnat;
        ip daddr {VIP} tcp dport 80 dnat to numgen inc mod 3 map {{ 0 : 10.1.1.10, 1 : 10.1.1.11, 2 : 10.1.1.12 }}
        ip daddr {VIP} tcp dport {BULK_PORT} dnat to 10.1.1.10
    }}
}}
"""


class Bench:
    """A running lab and what is measured in it."""

    def __init__(self, side, folder, pinned=True):
        with_engine = side == "ours"
        self.client_core, self.server_core, self.box_core = CORES[side] if pinned else (None, None, None)
        self.box = "se1" if with_engine else "box"
        path = os.path.join(folder, f"{self.box}.json")
        with open(path, "w") as file:
            json.dump(drawing(with_engine), file)
        self.lab = json.loads(fulcrum("up", path, "--name", f"bench-{self.box}-{os.getpid()}", "--json").stdout)["lab"]
        try:
            self._prepare_engine() if with_engine else self._prepare_kernel()
            self._listeners = [subprocess.Popen(self._exec_line(SERVERS[0], *self._pin(self.server_core), "iperf3", "-s"),
                                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)]
            for name in SERVERS:
                self._pin_running(name, "fulcrum-server", self.server_core)
            self._await_service()
        except BaseException:
            self.close()
            raise

    def _pin(self, core):
        return [] if core is None else ["taskset", "-c", str(core)]

    def _pin_running(self, node, program, core):
        if core is not None:
            self.sh(node, f"for p in $(pidof {program}); do taskset -p -c {core} $p; done")

    def _exec_line(self, node, *argv):
        return [os.path.join(BIN, "fulcrum"), "exec", self.lab, node, "--", *argv]

    def sh(self, node, script):
        done = fulcrum("exec", self.lab, node, "--", "sh", "-c", script, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{node}: {script}: exit {done.returncode}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def _prepare_engine(self):
        self._pin_running("se1", "fulcrum-se", self.box_core)

    def _prepare_kernel(self):
        # The VIP as an address of the box, so that it answers ARP for it; no redirects past it.
        self.sh("box", f"ip addr add {VIP}/32 dev eth0; sysctl -qw net.ipv4.conf.all.send_redirects=0 "
                       "net.ipv4.conf.eth0.send_redirects=0")
        with tempfile.NamedTemporaryFile("w", suffix=".nft") as rules:
            rules.write(RULES)
            rules.flush()
            self.sh("box", f"nft -f {rules.name}")

    def _await_service(self):
        deadline = time.monotonic() + 10
        probe = f"curl -s -o /dev/null --max-time 1 http://{VIP}/ && nc -z -w 1 {VIP} {BULK_PORT}"
        while fulcrum("exec", self.lab, "client1", "--", "sh", "-c", probe, check=False).returncode != 0:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.lab}: the VIP does not answer")
            time.sleep(0.1)

    def close(self):
        fulcrum("down", self.lab, check=False)
        for listener in getattr(self, "_listeners", []):
            listener.wait(timeout=10)

    def _client(self, *argv, timeout=60):
        done = fulcrum("exec", self.lab, "client1", "--", *self._pin(self.client_core), *argv, timeout=timeout)
        return done.stdout

    def bulk(self, seconds):
        """Gbit/s of one TCP stream, received."""
        report = json.loads(self._client("iperf3", "-c", VIP, "-p", BULK_PORT, "-t", seconds, "-J"))
        if "error" in report:
            raise RuntimeError(f"{self.lab}: iperf3: {report['error']}")
        return report["end"]["sum_received"]["bits_per_second"] / 1e9

    def wrk(self, seconds, *options):
        """(requests/s, p50 ms, p99 ms)"""
        text = self._client("wrk", "-t", "1", "-c", "32", "-d", f"{seconds}s", "--latency", *options, f"http://{VIP}/")
        # Socket errors of wrk's last moment are no failed requests; answers other than 2xx would be.
        if "Non-2xx" in text:
            raise RuntimeError(text)

        def latency(percent):
            value, unit = re.search(rf"^\s*{percent}%\s+([\d.]+)(us|ms|s)$", text, re.M).groups()
            return float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]

        return float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)), latency(50), latency(99)


def measure(bench, side, comparison, seconds):
    gbits = bench.bulk(seconds)
    rate, p50, p99 = bench.wrk(seconds)
    connections, _, _ = bench.wrk(seconds, "-H", "Connection: close")
    comparison.add(side, "bulk", "Gbit/s", gbits)
    comparison.add(side, "keep-alive requests", "1/s", rate)
    comparison.add(side, "connections", "1/s", connections)
    comparison.add(side, "p50", "ms", p50, smaller_is_better=True)
    comparison.add(side, "p99", "ms", p99, smaller_is_better=True)
    return f"{gbits:.1f} Gbit/s, {rate:.0f} requests/s, {connections:.0f} connections/s, p50 {p50:.3f} ms, p99 {p99:.3f} ms"


def main():
    parser = arguments(__doc__.splitlines()[0], rounds=5)
    parser.add_argument("--seconds", type=int, default=3, help="of each measurement (3)")
    parser.add_argument("--same-cores", action="store_true", help="client and servers on one core on both sides")
    parser.add_argument("--pinned", action="store_true", help="each side in its own best arrangement of two cores")
    options = parser.parse_args()
    need("iperf3", "wrk", "nft", "taskset", "curl", "nc")
    if options.same_cores:
        options.pinned = True
        CORES["theirs"] = CORES["ours"][:2] + (None,)
    comparison = Comparison("in-line", "nftables DNAT")
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        benches = {}
        for side in CORES:
            benches[side] = Bench(side, folder, pinned=options.pinned)
            stack.callback(benches[side].close)
        for number in range(options.rounds):
            for side, bench in benches.items():
                told = measure(bench, side, comparison, options.seconds)
                say(f"round {number + 1}/{options.rounds}  {side:<7} {told}")
    how = ("both sides left to the scheduler" if not options.pinned else
           "client and servers on core 0, the engine on core 1" if options.same_cores else
           "engine: client and servers on core 0, engine on core 1; kernel: client on core 0, servers on core 1")
    comparison.tell(options.json, [how])


if __name__ == "__main__":
    main()
