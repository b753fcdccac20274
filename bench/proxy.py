"""Full proxy: Fulcrum's engine against HAProxy, one thread each, in the same network.

Both are one lab of the same drawing: client1 – front segment – box – back segment – three servers. Ours has a service
engine in the middle; the peer has a router node in which HAProxy runs. TCP mode against layer 4, HTTP mode against layer
7, both with keep-alive to servers. Clients and servers are the same programs on both sides: iperf3, wrk, and the built-in
server.

A real box has processors of its own: client and servers share one core, the box has the other. HAProxy's share of work in
the kernel's network stack runs partly on the other core, as it is woken there; --unpinned leaves both to the scheduler.
CPU is user and system time of the box's process.
"""
import contextlib
import json
import os
import tempfile

from lab_side import LabSide
from side_by_side import Comparison, arguments, need, say

VIP = "10.2.0.100"
SERVERS = ["server1", "server2", "server3"]
TCP_PORT, HTTP_PORT, BULK_PORT = 8080, 80, 5201
CORES = (0, 0, 1)


def drawing(with_engine):
    box = "se1" if with_engine else "box"
    nodes = [{"id": "client1", "kind": "client"},
             {"id": "front", "kind": "segment", "subnet": "10.2.0.0/24"},
             {"id": "back", "kind": "segment", "subnet": "10.3.0.0/24"},
             {"id": box, "kind": "se" if with_engine else "router"}]
    links = [{"id": "l1", "a": {"node": "client1", "address": "10.2.0.10/24"}, "b": {"node": "front"}},
             {"id": "l2", "a": {"node": box, "address": "10.2.0.2/24"}, "b": {"node": "front"}},
             {"id": "l3", "a": {"node": box, "address": "10.3.0.2/24"}, "b": {"node": "back"}}]
    document = {"fulcrum": 1, "name": f"bench-proxy-{'engine' if with_engine else 'haproxy'}", "nodes": nodes, "links": links}
    if with_engine:
        document["groups"] = [{"id": "g", "members": [box]}]
        document["pools"] = [{"id": "web", "members": [{"server": name} for name in SERVERS], "health": [{"kind": "ping"}]},
                             {"id": "bulk", "members": [{"server": SERVERS[0]}], "health": [{"kind": "ping"}]}]
        service = {"vip": VIP, "mode": "full-proxy", "group": "g"}
        document["services"] = [
            {"id": "s1", **service, "pool": "web", "ports": [{"protocol": "tcp", "port": TCP_PORT, "server_port": 80}]},
            {"id": "s2", **service, "pool": "web", "layer7": True, "ports": [{"protocol": "tcp", "port": HTTP_PORT}]},
            {"id": "s3", **service, "pool": "bulk", "ports": [{"protocol": "tcp", "port": BULK_PORT}]}]
    for number, name in enumerate(SERVERS):
        # Started by hand and the same on both sides: left to itself it would take the port of iperf3 too.
        nodes.append({"id": name, "kind": "server", "built_in_server": False,
                      "programs": [{"name": "web", "argv": ["fulcrum-server", "--name", name, "--tcp", "80"]}]})
        links.append({"id": f"l{number + 4}", "a": {"node": name, "address": f"10.3.0.{11 + number}/24"}, "b": {"node": "back"}})
    return document


HAPROXY = f"""
global
    maxconn 5000
    nbthread 1
defaults
    timeout connect 3s
    timeout client 60s
    timeout server 60s
listen tcp
    bind {VIP}:{TCP_PORT}
    mode tcp
    balance roundrobin
{chr(10).join(f"    server {name} 10.3.0.{11 + n}:80" for n, name in enumerate(SERVERS))}
listen http
    bind {VIP}:{HTTP_PORT}
    mode http
    balance roundrobin
    option forwardfor
    http-reuse always
{chr(10).join(f"    server {name} 10.3.0.{11 + n}:80" for n, name in enumerate(SERVERS))}
listen bulk
    bind {VIP}:{BULK_PORT}
    mode tcp
    server {SERVERS[0]} 10.3.0.11:{BULK_PORT}
"""


class Side(LabSide):
    def __init__(self, side, folder, pinned):
        self.ours = side == "ours"
        self.box, self.program = ("se1", "fulcrum-se") if self.ours else ("box", "haproxy")
        path = os.path.join(folder, f"{self.box}.json")
        with open(path, "w") as file:
            json.dump(drawing(self.ours), file)
        super().__init__(path, f"bench-{self.box}-{os.getpid()}", CORES if pinned else (None, None, None))
        try:
            if not self.ours:
                with open(os.path.join(folder, "haproxy.cfg"), "w") as file:
                    file.write(HAPROXY)
                self.sh("box", f"ip addr add {VIP}/32 dev lo; ip addr add {VIP}/24 dev eth0")
                self.listen("box", "haproxy", "-f", os.path.join(folder, "haproxy.cfg"), core=self.box_core)
            self.pin_running(self.box, self.program, self.box_core)
            self.listen(SERVERS[0], "iperf3", "-s", core=self.server_core)
            for name in SERVERS:
                self.pin_running(name, "fulcrum-server", self.server_core)
            for port in (TCP_PORT, HTTP_PORT):
                self.await_success("client1", f"curl -sf -o /dev/null --max-time 1 http://{VIP}:{port}/")
            self.await_success("client1", f"nc -z -w 1 {VIP} {BULK_PORT}")
        except BaseException:
            self.close()
            raise

    def with_cpu(self, work):
        before = self.cpu_seconds(self.box, self.program)
        out = work()
        return out, self.cpu_seconds(self.box, self.program) - before


def measure(bench, side, comparison, seconds):
    def add(metric, unit, value, smaller_is_better=False):
        comparison.add(side, metric, unit, value, smaller_is_better)

    told = []
    (gbits, received), cpu = bench.with_cpu(lambda: bench.bulk(VIP, BULK_PORT, seconds))
    add("bulk", "Gbit/s", gbits)
    add("CPU per GB", "s", cpu / (received / 1e9), True)
    told.append(f"{gbits:.1f} Gbit/s")
    for mode, port in (("TCP", TCP_PORT), ("HTTP", HTTP_PORT)):
        url = f"http://{VIP}:{port}/"
        (rate, p50, p99, requests), cpu = bench.with_cpu(lambda: bench.wrk(url, seconds))
        add(f"{mode} keep-alive requests", "1/s", rate)
        add(f"{mode} p50", "ms", p50, True)
        add(f"{mode} p99", "ms", p99, True)
        add(f"{mode} CPU per request", "us", cpu / requests * 1e6, True)
        (connections, _, close_p99, requests), cpu = bench.with_cpu(lambda: bench.wrk(url, seconds, "-H", "Connection: close"))
        add(f"{mode} connections", "1/s", connections)
        add(f"{mode} p99 of connections", "ms", close_p99, True)
        add(f"{mode} CPU per connection", "us", cpu / requests * 1e6, True)
        told.append(f"{mode} {rate:.0f} requests/s, {connections:.0f} connections/s, p99 {p99:.2f} ms")
    return "; ".join(told)


def main():
    parser = arguments(__doc__.splitlines()[0], rounds=5)
    parser.add_argument("--seconds", type=int, default=3, help="of each measurement (3)")
    parser.add_argument("--unpinned", action="store_true", help="leave both sides to the scheduler")
    options = parser.parse_args()
    need("iperf3", "wrk", "haproxy", "taskset", "curl", "nc")
    comparison = Comparison("proxy", "haproxy")
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        os.chmod(folder, 0o755)
        benches = {}
        for side in ("ours", "theirs"):
            benches[side] = Side(side, folder, pinned=not options.unpinned)
            stack.callback(benches[side].close)
        for number in range(options.rounds):
            for side, bench in benches.items():
                told = measure(bench, side, comparison, options.seconds)
                say(f"round {number + 1}/{options.rounds}  {side:<7} {told}")
    how = ("both sides left to the scheduler" if options.unpinned else
           "client and servers on core 0, engine or HAProxy on core 1")
    comparison.tell(options.json, [how])


if __name__ == "__main__":
    main()
