"""M1: large transfers intact through legs of different MTU, without a fragment on the wire.

FULCRUM_TRANSFER_MB sets the size (200; 1000 for a long run).
"""
import hashlib
import json
import os
import unittest

from fulcrum_lab import LabTest, main
from proxied_lab import BACK, VIP, ProxiedLab, by_id

SIZE = int(os.environ.get("FULCRUM_TRANSFER_MB", "200")) * 1_000_000
FRAGMENTS = "ip.flags.mf==1 || ip.frag_offset>0"


def with_mtu(front, back):
    def change(drawing):
        for link in drawing["links"]:
            link["mtu_bytes"] = front if link["id"] in ("link1", "link2", "link3") else back
        by_id(drawing, "pools", "pool1")["members"] = [{"server": "server1"}]
    return change


class Transfers(LabTest):
    def _check(self, front_mtu, back_mtu):
        with ProxiedLab(with_mtu(front_mtu, back_mtu)) as lab:
            lab.take_port_80("server1")
            lab.nginx("server1", "listen 80; location /up/ { alias /run/up/; dav_methods PUT; create_full_put_path on; }")
            lab.exec("server1", "sh", "-c", f"mkdir -p /run/up; head -c {SIZE} /dev/urandom > /run/w/file")
            lab.until_up()
            front = lab.capture("client1", "eth0", "tcp[tcpflags] & tcp-syn != 0 or ip[6:2] & 0x3fff != 0")
            back = lab.capture("server1", "eth0", f"host {BACK} and (tcp[tcpflags] & tcp-syn != 0 or ip[6:2] & 0x3fff != 0)")
            # The file comes down, the same bytes go up again: three hashes, of what was sent, received and sent back.
            here = lab.exec("client1", "sh", "-c",
                            f"curl -sS -m 100 http://{VIP}/file | tee /run/down | sha256sum", timeout=120).stdout.split()[0]
            lab.exec("client1", "curl", "-sS", "-f", "-m", "100", "-T", "/run/down", f"http://{VIP}/up/file", timeout=120)
            sums = lab.exec("server1", "sha256sum", "/run/w/file", "/run/up/file").stdout.split()
            self.assertEqual(lab.exec("server1", "stat", "-c", "%s", "/run/w/file").stdout.strip(), str(SIZE))
            self.assertEqual({here, sums[0], sums[2]}, {sums[0]})
            self.assertNotEqual(here, hashlib.sha256(b"").hexdigest())
            for capture, mtu, proxy in ((front.stop(), front_mtu, VIP), (back.stop(), back_mtu, BACK)):
                self.assertEqual(capture.count(FRAGMENTS), 0)
                offered = {p["tcp.options.mss_val"] for p in capture.fields(
                    "tcp.options.mss_val", display_filter=f"tcp.flags.syn==1 && ip.src=={proxy} && tcp.window_size_value!=1024")}
                self.assertEqual(offered, {str(mtu - 40)})
            largest = max(i["largest_tx_bytes"] for i in lab.stats()["ses"][0]["interfaces"])
            self.assertGreater(largest, 60_000)

    def test_front_9000_back_1400(self):
        self._check(9000, 1400)

    def test_front_1400_back_9000(self):
        self._check(1400, 9000)

    def test_a_narrow_link_on_the_way_to_the_client_is_discovered(self):
        """RFC 1191: the router says that a segment is too large, and TCP follows; nobody cuts one up."""
        # Without offload packets in captures are as large as on a wire.
        with ProxiedLab(lambda drawing: drawing.update(offload=False)) as lab:
            # Only the router knows; the client still offers an MSS of 1460.
            lab.exec("router1", "ip", "link", "set", "eth0", "mtu", "1300")
            at_engine = lab.capture("se1", "eth0", "icmp")
            at_client = lab.capture("client1", "eth0", f"src host {VIP}")
            done = lab.exec("client1", "sh", "-c", f"curl -sS -m 30 http://{VIP}/bytes/2000000 | wc -c", timeout=60)
            self.assertEqual(int(done.stdout), 2_000_000)
            self.assertGreaterEqual(at_engine.stop().count("icmp.type==3 && icmp.code==4 && icmp.mtu==1300"), 1)
            packets = at_client.stop().fields("ip.len", "ip.flags.df", display_filter="tcp.len>0")
            self.assertEqual(max(int(p["ip.len"]) for p in packets), 1300)
            self.assertEqual(at_client.count(FRAGMENTS), 0)

    def test_losses_on_both_legs(self):
        """One packet in a hundred is lost, in each direction of each leg: everything arrives, and nothing else."""
        def change(drawing):
            by_id(drawing, "pools", "pool1").update(members=[{"server": "server1"}], health=[{"kind": "ping"}])
        with ProxiedLab(change) as lab:
            lose = "rule ip t {0} meta l4proto tcp numgen random mod 100 < 1 drop;"
            chain = "add chain ip t {0} {{ type filter hook {0} priority 0; }}; add " + lose
            lab.exec("router1", "nft", "add table ip t; " + chain.format("forward"))
            lab.exec("server1", "nft", "add table ip t; " + chain.format("input") + chain.format("output"))
            for _ in range(5):
                lab.exec("client1", "sh", "-c", f"head -c 10000000 /dev/urandom > /run/b; curl -sS -m 50 --data-binary @/run/b "
                                                f"http://{VIP}/echo -o /run/a && cmp /run/a /run/b", timeout=60)
            load = json.loads(lab.fulcrum("load", lab.name, "client1", f"http://{VIP}/bytes/3000", "-c", "50", "-n", "500",
                                          "--no-keepalive", "--timeout", "30", "--json").stdout)
            self.assertEqual((load["failed"], load["statuses"]), (0, {"200": 500}))
            lab.wait_until(lambda: lab.proxy()["sessions"] == 0, 10, "nothing is left")
            self.assertGreater(lab.proxy()["retransmitted_bytes"], 10_000)
            self.assertEqual(lab.proxy()["buffer_bytes"], 0)


if __name__ == "__main__":
    main()
