"""What an independent capture (dumpcap) at a client, at the active SE and at a server must show of TCP requests, by mode.

Every packet of the service's port is held against the legs that the mode has, and every leg must have been seen. What is
expected comes from the plan's addresses and MACs alone; tshark reads the packets.
"""
import collections
import os
import subprocess

from fulcrum_lab import command, environment, scratch

FIELDS = ("frame.interface_id", "eth.src", "eth.dst", "ip.src", "ip.dst", "ip.proto", "tcp.srcport", "tcp.dstport")
TUNNELS = {"l3-dsr-ipip": "4", "l3-dsr-gre": "47"}
FIRST_PROBE_PORT = 65024  # health probes of an engine leave from there on


class Witness:
    """dumpcap on some interfaces of one node; the packets after `stop`."""

    def __init__(self, lab, node, interfaces):
        self._lab, self._node, self._interfaces = lab, node, interfaces
        self._inside = f"/run/witness-{node}.pcapng"
        line = ["dumpcap", "-q", "-B", "8", "-w", self._inside]
        for interface in interfaces:
            line += ["-i", interface]
        self._process = subprocess.Popen(command("fulcrum", "exec", lab.name, node, "--", *line), env=environment(),
                                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def ready(self):
        said = []
        while not said or not said[-1].startswith("File:"):
            said.append(self._process.stderr.readline())
            if not said[-1]:
                raise AssertionError(f"dumpcap in {self._node}: {''.join(said)}")
        return self

    def stop(self):
        """[{field: all values}], with the name of the interface."""
        self._process.terminate()
        self._process.communicate(timeout=20)
        path = os.path.join(scratch(), f"{self._lab.name}-{self._node}.pcapng")
        with open(path, "wb") as out:
            out.write(self._lab.exec(self._node, "cat", self._inside, binary=True).stdout)
        line = ["tshark", "-r", path, "-Y", "tcp", "-T", "fields", "-E", "separator=|", "-E", "occurrence=a"]
        for field in FIELDS:
            line += ["-e", field]
        done = subprocess.run(line, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
        rows = []
        for text in done.stdout.splitlines():
            row = dict(zip(FIELDS, (value.split(",") for value in text.split("|"))))
            row["interface"] = self._interfaces[int(row["frame.interface_id"][0])]
            rows.append(row)
        return rows


class Legs:
    """The legs of a service as an address pair each, and the order of a packet's IP headers."""

    def __init__(self, mode, port, server_port, vip, clients, se_sources, servers):
        self.mode, self.port, self.server_port = mode, str(port), str(server_port)
        self.vip, self.clients, self.se_sources, self.servers = vip, set(clients), set(se_sources), set(servers)

    def name(self, row):
        """Which leg a packet belongs to: "request", "answer", "to server", "from server", "probe", or what is wrong with it."""
        source, destination = row["ip.src"][-1], row["ip.dst"][-1]
        ports = row["tcp.srcport"][0], row["tcp.dstport"][0]
        if any(int(port) >= FIRST_PROBE_PORT for port in ports) and {source, destination} & self.se_sources:
            return "probe"
        if len(row["ip.src"]) == 2:  # in a tunnel
            right = (row["ip.src"][0] in self.se_sources and row["ip.dst"][0] in self.servers and source in self.clients
                     and destination == self.vip and row["ip.proto"][0] == TUNNELS.get(self.mode))
            return "to server" if right else "a strange tunnel"
        if source in self.clients and destination == self.vip and ports[1] == self.port:
            return "request"
        if source == self.vip and destination in self.clients and ports[0] == self.port:
            return "answer"
        inner = {"full-proxy": self.se_sources, "in-line": self.clients}.get(self.mode, set())
        if source in inner and destination in self.servers and ports[1] == self.server_port:
            return "to server"
        if source in self.servers and destination in inner and ports[0] == self.server_port:
            return "from server"
        return "a stranger"


def check(test, legs, rows_by_node, client, se, server, macs):
    """`rows_by_node`: what each witness saw; `macs`: "node:interface" → MAC, an SE's own being its engine's."""
    seen = {}
    for node, rows in rows_by_node.items():
        seen[node] = collections.defaultdict(list)
        for row in rows:
            seen[node][legs.name(row)].append(row)
        for wrong in ("a stranger", "a strange tunnel"):
            test.assertFalse(seen[node][wrong], f"{wrong} at {node}")
    dsr = legs.mode.startswith(("l2", "l3"))
    # At the client nothing but the VIP is ever seen (SPEC M7).
    test.assertEqual({name for name, rows in seen[client].items() if rows}, {"request", "answer"})
    # At the SE: requests to it, what it sends on, and the way back through it or past it.
    own = {f"{name}": mac for name, mac in macs.items() if name.startswith(f"{se}:")}
    for row in seen[se]["to server"] if legs.mode != "l2-dsr" else []:
        test.assertEqual(row["eth.src"][0], own[f"{se}:{row['interface']}"])
    asked_from = set()
    for row in seen[se]["request"]:
        if row["eth.dst"][0] == own[f"{se}:{row['interface']}"]:
            asked_from.add((row["interface"], row["eth.src"][0]))
        else:  # L2 DSR: the same packet, on to a server
            test.assertEqual((legs.mode, row["eth.src"][0]), ("l2-dsr", own[f"{se}:{row['interface']}"]))
    test.assertTrue(asked_from, "the SE got no request")
    if dsr:
        test.assertFalse(seen[se]["answer"], "an answer crossed the SE")
    else:
        for name in ("to server", "from server", "answer"):
            test.assertTrue(seen[se][name], f"{name} at {se}")
        for row in seen[se]["answer"]:
            test.assertEqual(row["eth.src"][0], own[f"{se}:{row['interface']}"])
            test.assertIn((row["interface"], row["eth.dst"][0]), asked_from, "an answer left by another way than it was asked")
    # At the server: what the mode makes of the request, for its own MAC, and its answers.
    came = seen[server]["request" if legs.mode == "l2-dsr" else "to server"]
    went = seen[server]["answer" if dsr else "from server"]
    test.assertTrue(came and went, f"{server} saw {dict((k, len(v)) for k, v in seen[server].items())}")
    for row in came:
        test.assertEqual(row["eth.dst"][0], macs[f"{server}:{row['interface']}"])
        if legs.mode == "l2-dsr":
            test.assertIn(row["eth.src"][0], own.values())
    for row in went:
        test.assertEqual(row["eth.src"][0], macs[f"{server}:{row['interface']}"])
        if dsr:
            test.assertNotIn(row["eth.dst"][0], own.values(), "a server answered by way of the SE")
