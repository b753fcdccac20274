"""M3: in L2 DSR only MAC addresses change, and the reply never crosses the SE."""
import collections
import unittest

from fulcrum_lab import Lab, LabTest, main

VIP = "10.1.1.100"
CLIENT = "172.16.1.10"
SERVERS = {"server1": "10.1.1.10", "server2": "10.1.1.11"}


def mac_of(lab, node, interface="eth0"):
    return lab.exec(node, "sh", "-c", f"ip -o link show {interface}").stdout.split("link/ether ")[1].split()[0]


class L2Dsr(LabTest):
    def test_requests_reach_both_servers(self):
        with Lab("l2-dsr") as lab:
            seen = collections.Counter()
            for _ in range(20):
                answer = lab.get("client1", f"http://{VIP}/")
                seen[answer["server"]] += 1
                self.assertEqual(answer["peer"].rsplit(":", 1)[0], CLIENT)
                self.assertEqual(answer["local"], f"{VIP}:80")
            self.assertEqual(dict(seen), {name: 10 for name in SERVERS})

    def test_ip_is_untouched_and_only_macs_change(self):
        """Every request frame that leaves the SE equals the one that came in, but for its 12 bytes of MAC."""
        with Lab("l2-dsr") as lab:
            at_router = lab.capture("router1", "eth1", "tcp port 80")
            at_se = lab.capture("se1", "eth0", "tcp port 80")
            at_servers = {name: lab.capture(name, "eth0", "tcp port 80") for name in SERVERS}
            answer = lab.get("client1", f"http://{VIP}/")
            chosen = answer["server"]
            server_mac = mac_of(lab, chosen)
            router_mac = mac_of(lab, "router1", "eth1")
            headers = ("ip.id", "ip.ttl", "ip.checksum", "ip.src", "ip.dst", "tcp.srcport", "tcp.dstport", "tcp.seq_raw",
                       "tcp.ack_raw", "tcp.flags", "tcp.len")
            sent = at_router.stop().fields(*headers, display_filter=f"ip.src == {CLIENT}")
            got = at_servers[chosen].stop().fields("eth.src", "eth.dst", *headers, display_filter=f"ip.src == {CLIENT}")
            self.assertGreater(len(sent), 3)
            self.assertEqual([{k: p[k] for k in headers} for p in got], sent)
            se_macs = {p["eth.src"] for p in got}
            self.assertEqual({p["eth.dst"] for p in got}, {server_mac})
            self.assertEqual({p["ip.dst"] for p in got}, {VIP})
            self.assertEqual(len(se_macs), 1)
            self.assertNotIn(router_mac, se_macs)
            # The reply leaves the server for the router, and is never on the SE's link.
            replies = at_servers[chosen].fields("eth.src", "eth.dst", "ip.src", display_filter=f"ip.dst == {CLIENT}")
            self.assertGreater(len(replies), 2)
            self.assertEqual({(p["eth.src"], p["eth.dst"], p["ip.src"]) for p in replies}, {(server_mac, router_mac, VIP)})
            self.assertEqual(at_se.stop().count(f"ip.src == {VIP} && tcp.srcport == 80"), 0)
            for name, capture in at_servers.items():
                if name != chosen:
                    self.assertEqual(capture.stop().count(f"ip.addr == {CLIENT}"), 0)

    def test_the_se_answers_arp_for_the_vip_and_servers_do_not(self):
        with Lab("l2-dsr") as lab:
            lab.exec("router1", "ip", "neigh", "flush", "all", check=False)
            capture = lab.capture("router1", "eth1", "arp")
            lab.get("client1", f"http://{VIP}/")
            lab.get("client1", f"http://{VIP}/")
            answers = capture.stop().fields("arp.src.hw_mac", display_filter=f"arp.opcode == 2 && arp.src.proto_ipv4 == {VIP}")
            self.assertGreater(len(answers), 0)
            self.assertEqual(len({p["arp.src.hw_mac"] for p in answers}), 1)
            for name in SERVERS:
                self.assertNotIn(mac_of(lab, name), {p["arp.src.hw_mac"] for p in answers})
                self.assertIn(VIP, lab.exec(name, "ip", "-o", "addr", "show", "lo").stdout)

    def test_udp_goes_the_same_way(self):
        with Lab("l2-dsr") as lab:
            done = lab.exec("client1", "sh", "-c", f"echo hello | nc -u -w 1 {VIP} 80", timeout=20)
            self.assertIn("hello", done.stdout)


if __name__ == "__main__":
    main()
