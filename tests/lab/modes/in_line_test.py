"""M2, M5, M8: in-line is a router that does DNAT only, seen by programs and packets from outside."""
import collections
import json
import re
import time
import unittest

from fulcrum_lab import Lab, LabTest, main

VIP = "10.1.1.100"
CLIENT = "172.16.1.10"
SERVERS = {"server1": "10.1.1.10", "server2": "10.1.1.11", "server3": "10.1.1.12"}


class InLine(LabTest):
    def test_thirty_requests_reach_three_servers_in_equal_shares(self):
        """M2, M5: 30 curls, ten each, and every server sees the client's own address."""
        with Lab("in-line") as lab:
            seen = collections.Counter()
            for _ in range(30):
                answer = lab.get("client1", f"http://{VIP}/")
                seen[answer["server"]] += 1
                self.assertEqual(answer["peer"].rsplit(":", 1)[0], CLIENT)
                self.assertEqual(answer["local"], f"{SERVERS[answer['server']]}:80")
            self.assertEqual(dict(seen), {name: 10 for name in SERVERS})
            stats = lab.stats()
            shares = {}
            for service in stats["services"]:
                if service["vip"] == VIP:
                    for server in service["servers"]:
                        shares[server["name"]] = shares.get(server["name"], 0) + server["connections"]
                        self.assertTrue(server["up"])
            self.assertEqual(shares, {name: 10 for name in SERVERS})

    def test_the_addresses_of_every_leg(self):
        """M2: at the server client → server, at the client client → VIP, both directions, by dumpcap and tshark."""
        with Lab("in-line") as lab:
            at_client = lab.capture("client1", "eth0", "tcp port 80")
            at_servers = {name: lab.capture(name, "eth0", "tcp port 80") for name in SERVERS}
            answer = lab.get("client1", f"http://{VIP}/")
            at_client.stop()
            legs = {(p["ip.src"], p["ip.dst"]) for p in at_client.fields("ip.src", "ip.dst")}
            self.assertEqual(legs, {(CLIENT, VIP), (VIP, CLIENT)})
            chosen = answer["server"]
            for name, capture in at_servers.items():
                capture.stop()
                packets = capture.fields("ip.src", "ip.dst", "ip.ttl", "tcp.srcport",
                                         display_filter=f"ip.addr == {CLIENT}")
                if name != chosen:
                    self.assertEqual(packets, [])
                    continue
                legs = {(p["ip.src"], p["ip.dst"]) for p in packets}
                self.assertEqual(legs, {(CLIENT, SERVERS[name]), (SERVERS[name], CLIENT)})
                # router1 and the SE are both routers on the way: 64 - 2.
                ttl = {p["ip.ttl"] for p in packets if p["ip.src"] == CLIENT}
                self.assertEqual(ttl, {"62"})
                port = answer["peer"].rsplit(":", 1)[1]
                self.assertEqual({p["tcp.srcport"] for p in packets if p["ip.src"] == CLIENT}, {port})

    def test_every_frame_to_a_server_comes_from_the_engine(self):
        """M2: the reply goes through the SE: no frame between server and router by itself."""
        with Lab("in-line") as lab:
            router_mac = lab.exec("router1", "cat", "/sys/class/net/eth1/address", check=False).stdout.strip() or \
                re.search(r"link/ether (\S+)", lab.exec("router1", "ip", "link", "show", "eth1").stdout).group(1)
            captures = [lab.capture(name, "eth0", "tcp port 80") for name in SERVERS]
            for _ in range(6):
                lab.get("client1", f"http://{VIP}/")
            packets = 0
            for capture in captures:
                for p in capture.stop().fields("eth.src", "eth.dst", display_filter=f"ip.addr == {CLIENT}"):
                    packets += 1
                    self.assertNotIn(router_mac, (p["eth.src"], p["eth.dst"]))
            self.assertGreater(packets, 6 * 8)

    def test_nginx_from_the_distribution_serves_behind_the_vip(self):
        with Lab("in-line") as lab:
            # The built-in server has port 80; a real nginx takes over from it.
            for name in SERVERS:
                lab.end_program(name, "fulcrum-server")
                lab.exec(name, "sh", "-c",
                         "mkdir -p /run/w && hostname > /run/w/index.html && printf '"
                         "user root; worker_processes 1; pid /run/n.pid; error_log /run/n.err; "
                         "events { worker_connections 256; } http { access_log /run/n.log; server { listen 80; root /run/w; } }'"
                         " > /run/n.conf && nginx -c /run/n.conf")
            lab.wait_until(lambda: all(s["up"] for v in lab.stats()["services"] for s in v["servers"]), 10, "all servers up again")
            seen = collections.Counter(lab.exec("client1", "curl", "-sS", "--max-time", "5", f"http://{VIP}/").stdout.strip()
                                       for _ in range(30))
            self.assertEqual(dict(seen), {name: 10 for name in SERVERS})
            for name in SERVERS:
                log = lab.exec(name, "cat", "/run/n.log").stdout.splitlines()
                self.assertEqual({line.split()[0] for line in log}, {CLIENT})

    def test_iperf3_with_segments_above_sixty_thousand_bytes(self):
        """TCP bulk through the SE, whole GSO segments forwarded in one piece."""
        with Lab(self._drawing_with_port(5201)) as lab:
            listeners = [lab.popen(name, "iperf3", "-s", "-1") for name in SERVERS]
            capture = lab.capture("se1", "eth0", f"tcp and src host {CLIENT} and greater 60000")
            time.sleep(0.5)
            # iperf3 opens a control and a data connection: source-IP persistence keeps both on one server.
            done = lab.exec("client1", "iperf3", "-c", VIP, "-t", "2", "-J", check=False, timeout=40)
            report = json.loads(done.stdout)
            capture.stop()
            for listener in listeners:
                listener.terminate()
                listener.wait()
            self.assertNotIn("error", report, report.get("error"))
            self.assertGreater(report["end"]["sum_received"]["bytes"], 10_000_000)
            sizes = [int(p["frame.len"]) for p in capture.fields("frame.len")]
            self.assertGreater(max(sizes, default=0), 60_000)
            largest = max(i["largest_tx_bytes"] for se in lab.stats()["ses"] for i in se["interfaces"])
            self.assertGreater(largest, 60_000)

    def test_udp_is_balanced_and_answered_from_the_vip(self):
        """M8: an exchange through the SE; the answer comes from the VIP, or nc would not take it."""
        with Lab("in-line") as lab:
            names = set()
            for i in range(6):
                done = lab.exec("client1", "sh", "-c", f"echo hello{i} | nc -u -w 1 {VIP} 80", timeout=20)
                self.assertIn(f"hello{i}", done.stdout)
                names.add(done.stdout.split()[0])
            self.assertEqual(names, set(SERVERS))

    def test_only_service_ports_answer(self):
        """M7: a closed port of the VIP is silent, a ping to the VIP is answered."""
        with Lab("in-line") as lab:
            self.assertNotEqual(lab.exec("client1", "nc", "-z", "-w", "1", VIP, "81", check=False).returncode, 0)
            self.assertEqual(lab.exec("client1", "ping", "-c", "2", "-i", "0.2", "-W", "2", VIP).returncode, 0)

    def test_what_a_server_starts_itself_is_routed_by_the_se(self):
        with Lab("in-line") as lab:
            self.assertEqual(lab.exec("server1", "ping", "-c", "2", "-i", "0.2", "-W", "2", CLIENT).returncode, 0)

    def _drawing_with_port(self, port):
        import os
        from fulcrum_lab import run, scratch
        path = os.path.join(scratch(), "home" if os.getuid() == 0 else "", f"in-line-{port}.json")
        run("new", "in-line", "-o", path)
        with open(path) as file:
            drawing = json.load(file)
        for node in drawing["nodes"]:
            if node["kind"] == "server":
                node["built_in_server"] = False  # it would have the port
        for service in drawing["services"]:
            service["ports"].append({"protocol": "tcp", "port": port})
        for pool in drawing["pools"]:
            pool["persistence"] = "source-ip"
            # Nothing listens on port 80 for the listener's own probe: ping tells enough here.
            pool["health"] = [check for check in pool.get("health", []) if check["kind"] == "ping"]
        path = path.replace(".json", "-changed.json")
        with open(path, "w") as file:
            json.dump(drawing, file)
        os.chmod(path, 0o644)
        return path


if __name__ == "__main__":
    main()
