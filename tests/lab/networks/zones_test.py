"""N7: two zones with the same subnets, the same VIP, and the same client address and port at the same time: captures on every
link show that no packet crosses."""
import collections
import json
import os
import subprocess
import time
import unittest

from fulcrum_lab import Lab, LabTest, command, environment, main, run, scratch

VIP, CLIENT, PORT = "172.16.1.21", "192.168.1.101", 40001
CLIENTS = {"inside": "client1", "dmz": "client2"}


def twins(template):
    """A template with two zones in which even the VIPs and the engines' addresses are the same; (drawing, its file)."""
    text = run("new", template, "-o", "-").stdout.replace("10.10.50.", "172.16.1.")
    path = os.path.join(scratch(), f"twins-{template}.json")
    with open(path, "w") as file:
        file.write(text)
    return json.loads(text), path


def zones_of_links(drawing):
    """{"node:interface": zone}, by the segments; a client's wire is in the zone of its router."""
    nodes = {node["id"]: node for node in drawing["nodes"]}
    counts, ends, zone_of = collections.Counter(), [], {}
    for link in drawing["links"]:
        names = []
        for end in (link["a"]["node"], link["b"]["node"]):
            names.append(f"{end}:eth{counts[end]}" if nodes[end]["kind"] != "segment" else end)
            counts[end] += 1
        ends.append(names)
    for _ in range(2):  # segments first, then wires between nodes that have a zone by now
        for names in ends:
            owners = [name.split(":")[0] for name in names]
            zone = next((nodes[one].get("vrf") for one in owners if nodes[one]["kind"] == "segment"), None) or next(
                (zone_of[one] for one in owners if one in zone_of), None)
            for name, owner in zip(names, owners):
                if zone and ":" in name:
                    zone_of[name] = zone
                    if nodes[owner]["kind"] != "se":
                        zone_of[owner] = zone
    return {name: zone for name, zone in zone_of.items() if ":" in name}


class EveryLink:
    """One capture file of all links, read by tshark."""

    def __init__(self, lab):
        home = environment()["HOME"] if os.getuid() == 0 else scratch()
        self.path = os.path.join(home, f"{lab.name}.pcapng")
        self._process = subprocess.Popen(command("fulcrum", "capture", lab.name, "-o", self.path, "--filter", "tcp"),
                                         env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                         stderr=subprocess.PIPE, text=True)
        assert self._process.stderr.readline().startswith("capturing on")

    def stop(self):
        self._process.terminate()
        self._process.communicate(timeout=20)
        fields = ("frame.interface_name", "ip.src", "ip.dst", "tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.ack_raw",
                  "tcp.flags.syn", "tcp.flags.ack", "http.request.uri", "http.host")
        # A packet is in the file once for every link end it passed: none of that is a retransmission.
        line = ["tshark", "-r", self.path, "-o", "tcp.desegment_tcp_streams:false", "-o",
                "tcp.analyze_sequence_numbers:false", "-T", "fields", "-E", "separator=|"]
        for field in fields:
            line += ["-e", field]
        done = subprocess.run(line, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
        return [dict(zip(fields, row.split("|"))) for row in done.stdout.splitlines()]


def near(number, start):
    """Within a short request after that sequence number, which wraps."""
    return (int(number) - int(start)) % 2**32 < 1000


class Zones(LabTest):
    def ask_at_once(self, template):
        """One request in each zone at the same time, from the same address and port to the same VIP."""
        drawing, path = twins(template)
        zone_of = zones_of_links(drawing)
        self.assertEqual(len(zone_of), 2 * sum(1 for _ in drawing["links"]) - sum(
            end["node"].startswith("segment") for link in drawing["links"] for end in (link["a"], link["b"])))
        with Lab(path) as lab:
            capture = EveryLink(lab)
            running = {}
            for zone, client in CLIENTS.items():
                running[zone] = lab.popen(client, "curl", "-sS", "--max-time", "10", "--local-port", str(PORT),
                                          f"http://{VIP}/delay/900?{zone}", stdout=subprocess.PIPE)
                # Linux makes the first sequence number of the addresses and the time: a little time tells them apart.
                time.sleep(0.05)
            answers = {zone: json.loads(process.communicate(timeout=30)[0]) for zone, process in running.items()}
            rows = capture.stop()
        return zone_of, answers, rows

    def servers_are_of_their_zone(self, answers):
        self.assertIn(answers["inside"]["server"], {f"server{n}" for n in range(1, 7)})
        self.assertIn(answers["dmz"]["server"], {f"server{n}" for n in range(7, 13)})

    def requests_stay(self, zone_of, rows):
        """A request names its zone: it is on links of that zone only, before and behind the engine."""
        seen = collections.Counter()
        for row in rows:
            if row["http.request.uri"].startswith("/delay/"):
                zone = row["http.request.uri"].split("?")[1]
                self.assertEqual(zone_of[row["frame.interface_name"]], zone, row)
                seen[zone, row["ip.dst"] == VIP] += 1
        self.assertEqual(len(seen), 4, "a request was not seen before and behind the engine in both zones")

    def test_in_line_the_same_connection_twice_at_once(self):
        zone_of, answers, rows = self.ask_at_once("topology-7")
        for answer in answers.values():
            self.assertEqual(answer["peer"], f"{CLIENT}:{PORT}")
        self.servers_are_of_their_zone(answers)
        self.requests_stay(zone_of, rows)
        # Every packet of the two connections, there and back, by the client's own sequence numbers.
        starts = {}
        for zone, client in CLIENTS.items():
            first = next(row for row in rows if row["frame.interface_name"] == f"{client}:eth0" and row["ip.src"] == CLIENT
                         and row["tcp.dstport"] == "80")
            starts[zone] = first["tcp.seq_raw"]
        self.assertFalse(near(starts["inside"], starts["dmz"]) or near(starts["dmz"], starts["inside"]))
        links = collections.defaultdict(set)
        for row in rows:
            ports = {row["tcp.srcport"], row["tcp.dstport"]}
            if CLIENT not in (row["ip.src"], row["ip.dst"]) or str(PORT) not in ports:
                continue
            number = row["tcp.seq_raw"] if row["ip.src"] == CLIENT else row["tcp.ack_raw"]
            own = [zone for zone, start in starts.items() if near(number, start)]
            self.assertEqual(own, [zone_of[row["frame.interface_name"]]], row)
            links[own[0]].add((row["frame.interface_name"], row["ip.src"] == CLIENT))
        for zone in CLIENTS:  # client, two of the router, two of the SE, server; both ways on each
            self.assertEqual(len(links[zone]), 12, links[zone])

    def test_full_proxy_the_same_client_socket_twice_at_once(self):
        zone_of, answers, rows = self.ask_at_once("topology-5")
        self.servers_are_of_their_zone(answers)
        self.requests_stay(zone_of, rows)


if __name__ == "__main__":
    main()
