"""In-line load balancing: Fulcrum's engine against the kernel's own nftables DNAT, in the same network.

Both are one lab of the same drawing: client1 – router1 – segment 10.1.1.0 with the box in the middle and three servers
whose gateway it is. Ours has a service engine there; the peer has a router whose kernel does round-robin DNAT with
nftables. Clients and servers are the same programs on both sides: iperf3, wrk, and the built-in server.

Both sides are left to the scheduler, as on a user's machine. --pinned gives each its own best arrangement instead: client and
servers on one core and the engine on the other; for the kernel, which forwards in the context of whoever sends, the client on
one core and the servers on the other. --same-cores pins client and servers to one core on both sides, so that a box with
processors of its own is what is compared.

--capture compares our side with itself: with and without a capture of all its links.

What limits the engine's requests is the core of client and servers: they use all of it, while the engine moves frames for
about a fifth of its own core's time and looks for more in the rest.
"""
import contextlib
import json
import os
import signal
import subprocess
import tempfile

from lab_side import LabSide
from side_by_side import BIN, Comparison, arguments, need, say

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


class Bench(LabSide):
    def __init__(self, side, folder, pinned):
        with_engine = side == "ours"
        box = "se1" if with_engine else "box"
        path = os.path.join(folder, f"{box}.json")
        with open(path, "w") as file:
            json.dump(drawing(with_engine), file)
        super().__init__(path, f"bench-{box}-{os.getpid()}", CORES[side] if pinned else (None, None, None))
        try:
            if with_engine:
                self.pin_running(box, "fulcrum-se", self.box_core)
            else:
                self._translate_in_the_kernel(folder)
            self.listen(SERVERS[0], "iperf3", "-s", core=self.server_core)
            for name in SERVERS:
                self.pin_running(name, "fulcrum-server", self.server_core)
            self.await_success("client1", f"curl -s -o /dev/null --max-time 1 http://{VIP}/ && nc -z -w 1 {VIP} {BULK_PORT}")
        except BaseException:
            self.close()
            raise

    def _translate_in_the_kernel(self, folder):
        # The VIP as an address of the box, so that it answers ARP for it; no redirects past it.
        self.sh("box", f"ip addr add {VIP}/32 dev eth0; sysctl -qw net.ipv4.conf.all.send_redirects=0 "
                       "net.ipv4.conf.eth0.send_redirects=0")
        path = os.path.join(folder, "rules.nft")
        with open(path, "w") as rules:
            rules.write(RULES)
        self.sh("box", f"nft -f {path}")


def measure(bench, side, comparison, seconds):
    url = f"http://{VIP}/"
    gbits, _ = bench.bulk(VIP, BULK_PORT, seconds)
    rate, p50, p99, _ = bench.wrk(url, seconds)
    connections, _, _, _ = bench.wrk(url, seconds, "-H", "Connection: close")
    comparison.add(side, "bulk", "Gbit/s", gbits)
    comparison.add(side, "keep-alive requests", "1/s", rate)
    comparison.add(side, "connections", "1/s", connections)
    comparison.add(side, "p50", "ms", p50, smaller_is_better=True)
    comparison.add(side, "p99", "ms", p99, smaller_is_better=True)
    return f"{gbits:.1f} Gbit/s, {rate:.0f} requests/s, {connections:.0f} connections/s, p50 {p50:.3f} ms, p99 {p99:.3f} ms"


class AllLinks:
    """`fulcrum capture` of every link end of a lab into a ring of files, while it lasts."""

    def __init__(self, lab, folder, snaplen):
        self._process = subprocess.Popen([os.path.join(BIN, "fulcrum"), "capture", lab, "-o", os.path.join(folder, "all.pcapng"), "--ring", "256Mx2",
                                          "--snaplen", str(snaplen)],
                                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if not self._process.stderr.readline().startswith("capturing on"):
            raise RuntimeError("the capture did not start")

    def end(self):
        """(packets kept, packets dropped) of all link ends."""
        self._process.send_signal(signal.SIGINT)
        told, _ = self._process.communicate(timeout=60)
        counts = [line.split() for line in told.splitlines() if ":eth" in line.split(" ")[0]]
        return sum(int(row[1]) for row in counts), sum(int(row[-1]) for row in counts)


def cost_of_capture(options, folder):
    """The engine's side alone, with and without a capture of all links, taking turns."""
    comparison, kept, dropped = Comparison("in-line, all links captured", "no capture"), 0, 0
    with contextlib.closing(Bench("ours", folder, pinned=options.pinned)) as bench:
        for number in range(options.rounds):
            told = measure(bench, "theirs", comparison, options.seconds)
            say(f"round {number + 1}/{options.rounds}  alone     {told}")
            capture = AllLinks(bench.lab, folder, options.snaplen)
            try:
                told = measure(bench, "ours", comparison, options.seconds)
            finally:
                more = capture.end()
            kept, dropped = kept + more[0], dropped + more[1]
            say(f"round {number + 1}/{options.rounds}  captured  {told}; {more[0]} packets kept, {more[1]} dropped")
    comparison.tell(options.json, [f"{kept} packets kept, {dropped} dropped and counted"])


def main():
    parser = arguments(__doc__.splitlines()[0], rounds=5)
    parser.add_argument("--seconds", type=int, default=3, help="of each measurement (3)")
    parser.add_argument("--same-cores", action="store_true", help="client and servers on one core on both sides")
    parser.add_argument("--pinned", action="store_true", help="each side in its own best arrangement of two cores")
    parser.add_argument("--capture", action="store_true", help="what a capture of all links costs, instead of the kernel's side")
    parser.add_argument("--snaplen", type=int, default=262144, metavar="BYTES", help="that capture keeps so much of a packet (all of it)")
    options = parser.parse_args()
    need("iperf3", "wrk", "nft", "taskset", "curl", "nc")
    if options.same_cores:
        options.pinned = True
        CORES["theirs"] = CORES["ours"][:2] + (None,)
    if options.capture:
        with tempfile.TemporaryDirectory() as folder:
            cost_of_capture(options, folder)
        return
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
