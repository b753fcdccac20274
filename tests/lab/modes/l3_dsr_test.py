"""M4: in L3 DSR the packet travels untouched inside IP in IP or GRE, and the reply never crosses the SE."""
import collections
import hashlib
import json
import os
import subprocess
import time
import unittest

from fulcrum_lab import Lab, LabTest, main, run, scratch

VIP = "10.1.1.100"
CLIENT = "172.16.1.10"
SERVERS = {"server1": "10.1.2.10", "server2": "10.1.2.11"}
SE = "10.1.1.2"


class L3Dsr(LabTest):
    def _requests(self, template):
        with Lab(template) as lab:
            seen = collections.Counter()
            for _ in range(10):
                answer = lab.get("client1", f"http://{VIP}/")
                seen[answer["server"]] += 1
                self.assertEqual(answer["peer"].rsplit(":", 1)[0], CLIENT)
                self.assertEqual(answer["local"], f"{VIP}:80")
            self.assertEqual(dict(seen), {name: 5 for name in SERVERS})

    def test_ipip_requests_reach_both_servers(self):
        self._requests("l3-dsr-ipip")

    def test_gre_requests_reach_both_servers(self):
        self._requests("l3-dsr-gre")

    def _addresses(self, template, protocol):
        """Outer SE → server, inner client → VIP with the same IP and TCP header that reached the SE."""
        with Lab(template) as lab:
            at_se = lab.capture("se1", "eth0", f"ip proto {protocol} or host {CLIENT}")
            at_servers = {name: lab.capture(name, "eth0", f"ip proto {protocol} or host {CLIENT}") for name in SERVERS}
            chosen = lab.get("client1", f"http://{VIP}/")["server"]
            headers = ("ip.id", "ip.ttl", "tcp.srcport", "tcp.seq_raw", "tcp.ack_raw", "tcp.flags", "tcp.checksum")
            came = at_se.stop().fields(*headers, display_filter=f"ip.src == {CLIENT} && !(ip.proto == {protocol})")
            tunnelled = at_servers[chosen].stop().fields("ip.src", "ip.dst", "ip.proto", *headers,
                                                         display_filter=f"ip.proto == {protocol} && ip.src == {CLIENT}", every=True)
            self.assertGreater(len(came), 3)
            self.assertEqual(len(tunnelled), len(came))
            for inside, outside in zip(came, tunnelled):
                self.assertEqual(outside["ip.src"], f"{SE},{CLIENT}")
                self.assertEqual(outside["ip.dst"], f"{SERVERS[chosen]},{VIP}")
                for key in ("tcp.srcport", "tcp.seq_raw", "tcp.ack_raw", "tcp.flags"):
                    self.assertEqual(outside[key], inside[key])
                self.assertEqual(outside["ip.id"].split(",")[1], inside["ip.id"])
                self.assertEqual(outside["ip.ttl"].split(",")[1], inside["ip.ttl"])
            # The answer goes straight to the client: nothing from the VIP's port is ever on the SE's link.
            self.assertEqual(at_se.count(f"ip.src == {VIP} && tcp.srcport == 80"), 0)
            self.assertGreater(at_servers[chosen].count(f"ip.src == {VIP} && ip.dst == {CLIENT} && !(ip.proto == {protocol})"), 2)

    def test_ipip_addresses_of_every_leg(self):
        self._addresses("l3-dsr-ipip", 4)

    def test_gre_addresses_of_every_leg(self):
        self._addresses("l3-dsr-gre", 47)

    def _byte_for_byte(self, template, tunnel_header_bytes):
        """M4: what is inside the tunnel at the server is what came to the SE, every byte of it; offload off, so that
        checksums are those of a wire."""
        drawing = json.loads(run("new", template, "-o", "-").stdout)
        drawing["offload"] = False
        path = os.path.join(scratch(), f"{template}-wire.json")
        with open(path, "w") as file:
            json.dump(drawing, file)

        def packets(capture, display_filter):
            """IP packets without what follows the IP packet in a short frame."""
            line = ["tshark", "-r", capture.path, "-Y", display_filter, "-T", "json", "-x"]
            told = json.loads(subprocess.run(line, capture_output=True, text=True, timeout=60).stdout)
            frames = [bytes.fromhex(one["_source"]["layers"]["frame_raw"][0]) for one in told]
            return [frame[14:14 + int.from_bytes(frame[16:18], "big")] for frame in frames]
        with Lab(path) as lab:
            at_se = lab.capture("se1", "eth0", f"tcp and src host {CLIENT}")
            at_servers = {name: lab.capture(name, "eth0", f"src host {SE} and dst host {address}") for name, address in SERVERS.items()}
            chosen = lab.get("client1", f"http://{VIP}/", "-H", "X-Some: " + "x" * 1000)["server"]
            came = packets(at_se.stop(), f"ip.src == {CLIENT} && eth.dst == {self._se_mac(path)}")
            inside = [packet[20 + tunnel_header_bytes:] for packet in
                      packets(at_servers[chosen].stop(), f"ip.src == {CLIENT}")]
        self.assertGreater(len(came), 3)
        self.assertEqual(inside, came)
        self.assertTrue(any(b"x" * 1000 in packet for packet in inside))

    def _se_mac(self, drawing):
        return json.loads(run("plan", drawing, "--json").stdout)["engines"]["se1"]["interfaces"][0]["mac"]

    def test_ipip_inner_packet_byte_for_byte(self):
        self._byte_for_byte("l3-dsr-ipip", 0)

    def test_gre_inner_packet_byte_for_byte(self):
        self._byte_for_byte("l3-dsr-gre", 4)

    def _servers_up(self, lab):
        return {server["name"] for service in lab.stats()["services"] for server in service["servers"] if server["up"]}

    def _why(self, lab, name):
        return next(server["why"] for service in lab.stats()["services"] for server in service["servers"]
                    if server["name"] == name)

    def _noticed_and_back(self, template, how, take, give):
        """M6: a server that answers at its own address, but has nobody at its end of the tunnel or no VIP, is down within
        the stated time, because it is asked through the tunnel; and it is back when that is."""
        with Lab(template) as lab:
            self.assertEqual(self._servers_up(lab), set(SERVERS))
            began = time.monotonic()
            take(lab)
            lab.wait_until(lambda: "server1" not in self._servers_up(lab), 15, "server1 is taken out")
            # A probe a second, two that fail, the second's patience; and what a busy machine adds.
            self.assertLess(time.monotonic() - began, 3 + 4)
            self.assertIn(f"asked as {VIP} through {how}", self._why(lab, "server1"))
            self.assertEqual({lab.get("client1", f"http://{VIP}/")["server"] for _ in range(4)}, {"server2"})
            give(lab)
            lab.wait_until(lambda: "server1" in self._servers_up(lab), 15, "server1 is back")

    def test_ipip_a_server_without_the_vip_is_taken_out(self):
        def vip(verb):
            return lambda lab: lab.exec("server1", "ip", "address", verb, f"{VIP}/32", "dev", "lo")
        self._noticed_and_back("l3-dsr-ipip", "IP in IP", vip("del"), vip("add"))

    def test_gre_a_server_with_nobody_at_its_end_of_the_tunnel_is_taken_out(self):
        def again(lab):
            lab.fulcrum("stop", lab.name, "server1")
            lab.fulcrum("start", lab.name, "server1")
        self._noticed_and_back("l3-dsr-gre", "GRE", lambda lab: lab.end_program("server1", "fulcrum-decap"), again)

    def _too_large(self, template, room):
        """A full-sized packet with DF gets "fragmentation needed" from the VIP; large uploads then pass."""
        with Lab(template) as lab:
            capture = lab.capture("client1", "eth0", "icmp or tcp port 80")
            lab.exec("client1", "sh", "-c", "head -c 3000000 /dev/urandom > /run/up; "
                     f"curl -sS --max-time 20 --data-binary @/run/up -o /run/back http://{VIP}/echo", timeout=30)
            sums = lab.exec("client1", "sha256sum", "/run/up", "/run/back").stdout.split()
            self.assertEqual(sums[0], sums[2])
            self.assertNotEqual(sums[0], hashlib.sha256(b"").hexdigest())
            told = capture.stop().fields("ip.src", "icmp.mtu", display_filter="icmp.type == 3 && icmp.code == 4")
            self.assertGreater(len(told), 0)
            self.assertEqual({row["ip.src"].split(",")[0] for row in told}, {VIP})
            self.assertEqual({row["icmp.mtu"] for row in told}, {str(room)})

    def test_ipip_room_in_the_tunnel(self):
        self._too_large("l3-dsr-ipip", 1480)

    def test_gre_room_in_the_tunnel(self):
        self._too_large("l3-dsr-gre", 1476)


if __name__ == "__main__":
    main()
