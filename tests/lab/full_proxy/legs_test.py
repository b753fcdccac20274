"""M1, M7, N1: full proxy is two connections, seen by real programs and in packets at both ends."""
import collections
import unittest

from fulcrum_lab import LabTest, main
from proxied_lab import BACK, CLIENT, SERVERS, VIP, ProxiedLab

HEADERS = ("frame.time_epoch", "tcp.seq_raw", "tcp.options.mss_val", "tcp.window_size_value",
           "tcp.options.wscale.shift", "tcp.srcport", "ip.src", "ip.dst")
SYN, SYN_ACK = "tcp.flags==0x2", "tcp.flags==0x12"


class Legs(LabTest):
    def test_two_arm_reaches_every_server_from_the_back_address(self):
        with ProxiedLab() as lab:
            seen = collections.Counter()
            for _ in range(30):
                answer = lab.get("client1", f"http://{VIP}/")
                seen[answer["server"]] += 1
                self.assertEqual(answer["peer"].rsplit(":", 1)[0], BACK)
                self.assertEqual(answer["local"], f"{SERVERS[answer['server']]}:80")
            self.assertEqual(dict(seen), {name: 10 for name in SERVERS})
            flows = lab.flows()
            self.assertEqual(len(flows), 30)
            self.assertEqual({(f["client"], f["source"], f["state"]) for f in flows}, {(CLIENT, BACK, "closed")})

    def test_one_arm_reaches_every_server_from_the_address_on_its_only_nic(self):
        with ProxiedLab(template="one-arm") as lab:
            capture = lab.capture("se1", "eth0", "tcp port 80")
            seen = collections.Counter()
            for _ in range(6):
                answer = lab.get("client1", "http://10.10.10.100/")
                seen[answer["server"]] += 1
                self.assertEqual(answer["peer"].rsplit(":", 1)[0], "10.10.10.101")
            self.assertEqual(dict(seen), {name: 2 for name in SERVERS})
            ends = {frozenset((p["ip.src"], p["ip.dst"])) for p in capture.stop().fields("ip.src", "ip.dst")}
            front = {frozenset((CLIENT, "10.10.10.100"))}
            back = {frozenset(("10.10.10.101", address)) for address in SERVERS.values()}
            self.assertEqual(ends, front | back)
            self.assertEqual([len(se["interfaces"]) for se in lab.stats()["ses"]], [1])

    def _check_legs(self, template, vip, source):
        with ProxiedLab(template=template) as lab:
            front = lab.capture("client1", "eth0", "tcp port 80")
            back = {name: lab.capture(name, "eth0", f"tcp port 80 and host {source}") for name in SERVERS}
            chosen = lab.get("client1", f"http://{vip}/")["server"]
            front.stop()
            client_syn, = front.fields(*HEADERS, display_filter=SYN)
            front_answer, = front.fields(*HEADERS, display_filter=SYN_ACK)
            client_ack = front.fields(*HEADERS, display_filter=f"ip.src=={CLIENT} && tcp.flags.ack==1")[0]
            for name, capture in back.items():
                # Health probes are reset before they carry a byte; what has payload was proxied.
                streams = {p["tcp.stream"] for p in capture.stop().fields("tcp.stream", display_filter="tcp.len>0")}
                self.assertEqual(len(streams), 1 if name == chosen else 0)
                for stream in streams:
                    ours, = capture.fields(*HEADERS, display_filter=f"{SYN} && tcp.stream=={stream}")
                    theirs, = capture.fields(*HEADERS, display_filter=f"{SYN_ACK} && tcp.stream=={stream}")
            self.assertEqual((client_syn["ip.src"], client_syn["ip.dst"]), (CLIENT, vip))
            self.assertEqual((ours["ip.src"], ours["ip.dst"]), (source, SERVERS[chosen]))
            # Nothing for the server before the client's handshake was complete.
            self.assertGreater(float(ours["frame.time_epoch"]), float(client_ack["frame.time_epoch"]))
            # Each leg has ends of its own.
            self.assertEqual(len({p["tcp.seq_raw"] for p in (client_syn, front_answer, ours, theirs)}), 4)
            self.assertNotEqual(client_syn["tcp.srcport"], ours["tcp.srcport"])
            self.assertNotEqual((client_syn["tcp.window_size_value"], client_syn["tcp.options.wscale.shift"]),
                                (ours["tcp.window_size_value"], ours["tcp.options.wscale.shift"]))

    def test_two_arm_legs_have_their_own_numbers_and_nothing_reaches_a_server_early(self):
        self._check_legs("two-arm", VIP, BACK)

    def test_one_arm_legs_have_their_own_numbers_and_nothing_reaches_a_server_early(self):
        self._check_legs("one-arm", "10.10.10.100", "10.10.10.101")

    def test_a_handshake_that_never_completes_reaches_no_server(self):
        """The client sends its SYN and hears the answer, but its ACK is lost, again and again."""
        with ProxiedLab() as lab:
            lab.exec("client1", "nft", "add table ip t; add chain ip t out { type filter hook output priority 0; };"
                                       "add rule ip t out tcp dport 80 tcp flags & (syn | ack) == ack drop")
            front = lab.capture("client1", "eth0", "tcp port 80")
            back = lab.capture("se1", "eth1", f"host {BACK}")
            lab.exec("client1", "curl", "-sS", "-m", "2", f"http://{VIP}/", check=False)
            front.stop()
            self.assertGreaterEqual(front.count(SYN_ACK), 2)  # the answer is repeated
            begun = {p["tcp.dstport"] for p in back.stop().fields("tcp.dstport", "tcp.window_size_value", display_filter=SYN)
                     if p["tcp.window_size_value"] != "1024"}  # 1024: a health probe
            self.assertEqual(begun, set())
            proxy = lab.proxy()
            self.assertEqual((proxy["half_open"], proxy["handshakes"], lab.flows()), (1, 0, []))

    def test_a_client_cannot_reach_a_server_address(self):
        """M7: neither without a route, nor when a route leads to the engine's front address."""
        with ProxiedLab() as lab:
            at_server = lab.capture("server1", "eth0", f"host {CLIENT}")
            for route in (None, "192.168.2.101"):
                if route:
                    lab.exec("router1", "ip", "route", "add", "10.10.10.0/24", "via", route)
                for command in (("ping", "-c", "1", "-W", "1"), ("nc", "-z", "-w", "1")):
                    port = ["80"] if command[0] == "nc" else []
                    done = lab.exec("client1", *command, SERVERS["server1"], *port, check=False)
                    self.assertNotEqual(done.returncode, 0)
            self.assertEqual(at_server.stop().fields("frame.number"), [])
            self.assertGreaterEqual(lab.drops()["not-for-us"], 2)
            lab.get("client1", f"http://{VIP}/")

    def test_only_service_ports_answer(self):
        """M7: a closed port is silent, or refused when the drawing says so; a ping is answered."""
        with ProxiedLab(lambda d: d["services"][0].update(closed_ports="refuse")) as lab:
            done = lab.exec("client1", "nc", "-v", "-z", "-w", "2", VIP, "81", check=False)
            self.assertIn("refused", done.stderr)
            self.assertEqual(lab.exec("client1", "ping", "-c", "1", "-W", "2", VIP).returncode, 0)
        with ProxiedLab() as lab:
            done = lab.exec("client1", "nc", "-v", "-z", "-w", "1", VIP, "81", check=False)
            self.assertIn("timed out", done.stderr)


if __name__ == "__main__":
    main()
