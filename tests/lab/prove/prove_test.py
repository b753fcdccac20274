"""check --prove: in a lab that is as drawn everything is seen; in one that was broken, what broke is a cross."""
import json
import os
import subprocess
import unittest

from fulcrum_lab import Lab, LabTest, main, program, run, scratch


def prove(lab):
    """(exit code, [expectation])"""
    done = run("check", "--prove", lab.name, "--json", check=False)
    if not done.stdout.strip():
        raise AssertionError(f"check --prove: exit {done.returncode}: {done.stderr}")
    return done.returncode, json.loads(done.stdout)


def crosses(told):
    return {(one["server"], one["expectation"]) for one in told if not one["ok"]}


def leg(told, server, name):
    """{aspect: what was seen} of one leg of the first connection to a server."""
    found = {}
    for one in told:
        if one["server"] == server and one["expectation"].startswith(name + ": "):
            found.setdefault(one["expectation"].removeprefix(name + ": "), one["seen"])
    return found


def without_client_port(text, client):
    """The client's own port is different every time."""
    return " → ".join(part.rsplit(":", 1)[0] if part.startswith(client) else part for part in text.split(" → "))


class WhatHolds(LabTest):
    def holds(self, template, servers, clients=("client1",)):
        """Every tick, exit code 0, every server of the pool from every client; returns the expectations."""
        with Lab(template) as lab:
            macs = self.macs_of(lab)
            code, told = prove(lab)
        self.assertEqual(crosses(told), set())
        self.assertEqual(code, 0)
        self.assertEqual({one["client"] for one in told if one["client"]}, set(clients))
        self.assertEqual({one["server"] for one in told if one["server"]}, set(servers))
        for one in told:
            self.assertEqual(list(one), ["service", "client", "server", "expectation", "expected", "seen", "ok"])
        return told, macs

    def macs_of(self, lab):
        """{"router1:eth0": its MAC}, as the kernel of each node says; an SE's own are its engine's."""
        macs = {}
        for node in lab.nodes():
            for link in json.loads(lab.exec(node, "ip", "-j", "link").stdout):
                macs[f"{node}:{link['ifname']}"] = link["address"]
        return macs

    def test_in_line(self):
        told, macs = self.holds("in-line", ["server1", "server2", "server3"])
        to_server = leg(told, "server2", "to the server")
        self.assertEqual(without_client_port(to_server["addresses"], "172.16.1.10"), "172.16.1.10 → 10.1.1.11:80")
        self.assertEqual(to_server["TTL"], "62")
        self.assertTrue(to_server["MAC addresses"].endswith(macs["server2:eth0"]))
        request = leg(told, "server2", "request")
        self.assertEqual(request["way"], "client1 → router1 → se1")
        self.assertTrue(request["MAC addresses"].startswith(macs["client1:eth0"]))
        back = leg(told, "server2", "answer to the client")
        self.assertEqual(without_client_port(back["addresses"], "172.16.1.10"), "10.1.1.100:80 → 172.16.1.10")
        self.assertEqual(back["TTL"], "63, 62")
        self.assertIn(("way back", "through se1"), {(one["expectation"], one["seen"]) for one in told})
        # The servers' gateway is an address of the active SE, too.
        self.assertEqual([one["seen"].split()[0] for one in told if one["expectation"] == "ARP for 10.1.1.1"], ["se1"])

    def test_l2_dsr(self):
        told, macs = self.holds("l2-dsr", ["server1", "server2"])
        to_server = leg(told, "server1", "to the server")
        self.assertEqual(without_client_port(to_server["addresses"], "172.16.1.10"), "172.16.1.10 → 10.1.1.100:80")
        self.assertTrue(to_server["MAC addresses"].endswith(macs["server1:eth0"]))
        self.assertEqual(leg(told, "server1", "answer")["way"], "server1 → router1 → client1")
        self.assertIn(("way back", "past every SE"), {(one["expectation"], one["seen"]) for one in told})

    def test_l3_dsr_gre(self):
        told, _ = self.holds("l3-dsr-gre", ["server1", "server2"])
        self.assertEqual(leg(told, "server2", "to the server")["tunnel"], "GRE 10.1.1.2 → 10.1.2.11, TTL 63 inside")
        self.assertIn(("way back", "past every SE"), {(one["expectation"], one["seen"]) for one in told})

    def test_two_arm(self):
        told, _ = self.holds("two-arm", ["server1", "server2", "server3"])
        source, server = leg(told, "server3", "to the server")["addresses"].split(" → ")
        self.assertEqual((source.rsplit(":", 1)[0], server), ("10.10.10.101", "10.10.10.13:80"))
        saw = [one["seen"] for one in told if one["server"] == "server3" and one["expectation"] == "server saw as client"]
        self.assertEqual(saw, [source])

    def test_snat_pool(self):
        with Lab("snat-pool") as lab:
            plan = json.loads(lab.fulcrum("plan", "snat-pool", "--json").stdout)
            code, told = prove(lab)
        pool = {address for engine in plan["engines"].values() for service in engine["services"]
                for address in service.get("snat", [])}
        self.assertEqual(len(pool), 2)
        self.assertEqual((code, crosses(told)), (0, set()))
        seen = [one["seen"] for one in told if one["expectation"] == "server saw as client"]
        self.assertEqual(len(seen), 3)
        for socket in seen:
            self.assertIn(socket.rsplit(":", 1)[0], pool)
        asked = {one["expectation"].removeprefix("ARP for ") for one in told if one["expectation"].startswith("ARP for ")}
        self.assertTrue(pool <= asked, asked)

    def test_topology_5(self):
        """Two zones with the same addresses: each client is proven with the servers of its own."""
        told, _ = self.holds("topology-5", [f"server{n}" for n in range(1, 13)], ["client1", "client2"])
        by_client = {}
        for one in told:
            if one["client"]:
                by_client.setdefault(one["client"], set()).add(one["server"])
        self.assertFalse(by_client["client1"] & by_client["client2"])

    def test_layer_7_requests_on_server_connections_that_stay_open(self):
        drawing = json.loads(run("new", "one-arm", "-o", "-").stdout)
        drawing["services"][0]["layer7"] = True
        path = os.path.join(scratch(), "layer7.json")
        with open(path, "w") as file:
            json.dump(drawing, file)
        with Lab(path) as lab:
            for _ in range(6):
                lab.get("client1", "http://10.10.10.100/")
            code, told = prove(lab)
        self.assertEqual((code, crosses(told)), (0, set()))

    def test_beside_the_connections_of_others(self):
        """The same client asks the same service all the time: the proof tells its own connections from those."""
        with Lab("two-arm") as lab:
            load = lab.popen("client1", program("fulcrum-load"), "http://192.168.2.100/bytes/1000", "-c", "10", "-d", "60",
                             "--no-keepalive", "--json", stdout=subprocess.PIPE)
            try:
                lab.wait_until(lambda: len(lab.flows()) > 100, 20, "others ask")
                code, told = prove(lab)
                asked_all_the_time = load.poll() is None
            finally:
                lab.end_program("client1", "fulcrum-load", "INT")
                others = json.loads(load.communicate()[0])
        self.assertTrue(asked_all_the_time)
        self.assertEqual(others["failed"], 0)
        # A busy machine's capture may lose packets in spite of three tries; that is told, and is no cross.
        crossed = [one for one in told if one["ok"] is False]
        self.assertEqual(crossed, [])
        self.assertEqual(code, 1 if any(one["ok"] is None for one in told) else 0)
        self.assertEqual({one["server"] for one in told if one["server"]}, {"server1", "server2", "server3"})


class WhatDoesNot(LabTest):
    def test_a_server_without_its_default_route(self):
        with Lab("in-line") as lab:
            lab.exec("server2", "ip", "route", "del", "default")
            code, told = prove(lab)
            self.assertEqual(code, 1)
            broken = crosses(told)
            self.assertEqual({server for server, _ in broken}, {"server2"})
            # The request still comes to the server; the answer is what does not set out.
            for name in ("answer: way", "way back", "answer", "server saw as client"):
                self.assertIn(("server2", name), broken)
            self.assertFalse([name for _, name in broken if name.startswith(("request", "to the server"))])
            self.assertEqual(leg(told, "server2", "answer")["way"], "nothing left server2")
            in_words = run("check", "--prove", lab.name, check=False)
            self.assertEqual(in_words.returncode, 1)
            self.assertIn("✗", in_words.stdout)
            self.assertIn("expectations do not hold", in_words.stdout)

    def test_a_server_that_answers_arp_for_the_vip(self):
        with Lab("l2-dsr") as lab:
            lab.exec("server1", "sysctl", "-qw", "net.ipv4.conf.all.arp_ignore=0")
            lab.exec("server1", "ip", "address", "add", "10.1.1.100/32", "dev", "eth0")
            code, told = prove(lab)
        self.assertEqual(code, 1)
        arp = [one for one in told if one["expectation"] == "ARP for 10.1.1.100"]
        self.assertEqual([one["ok"] for one in arp], [False])
        self.assertIn("server1", arp[0]["seen"])
        self.assertIn("se1", arp[0]["seen"])

    def test_a_server_that_is_off(self):
        with Lab("two-arm") as lab:
            lab.fulcrum("stop", lab.name, "server3")
            lab.wait_until(lambda: any(server["name"] == "server3" and not server["up"]
                                       for service in lab.stats()["services"] for server in service["servers"]),
                           10, "server3 is known to be down")
            code, told = prove(lab)
        self.assertEqual(code, 1)
        self.assertEqual({server for server, _ in crosses(told)}, {"server3"})

    def test_what_the_checks_warn_of_and_nothing_else(self):
        drawing = json.loads(run("new", "in-line", "-o", "-").stdout)
        drawing["nodes"] += [{"id": "client2", "kind": "client"}, {"id": "client3", "kind": "client"},
                             {"id": "server4", "kind": "server"}]
        segment = next(node["id"] for node in drawing["nodes"] if node["kind"] == "segment")
        drawing["links"].append({"id": "beside", "a": {"node": "client2"}, "b": {"node": segment}})
        drawing["pools"][0]["members"] = [{"server": "server1"}, {"server": "server4"}]
        path = os.path.join(scratch(), "warned-of.json")
        with open(path, "w") as file:
            json.dump(drawing, file)
        warned = {(problem["id"], problem["items"][0]) for problem in json.loads(run("check", path, "--json", check=False).stdout)
                  if problem["severity"] == "warning"}
        self.assertEqual(warned, {("client-in-server-segment", "client2"), ("unconnected-node", "client3"),
                                  ("unconnected-node", "server4")})
        with Lab(path) as lab:
            code, told = prove(lab)
        self.assertEqual(code, 1)
        broken = [one for one in told if not one["ok"]]
        elsewhere = [one for one in broken if one["client"] != "client2"]
        self.assertEqual([(one["client"], one["server"], one["expectation"], one["seen"]) for one in elsewhere],
                         [("", "server4", "link", "connected to nothing"), ("client3", "", "request", "connected to nothing")])
        # Servers answer a client on their own segment directly: the SE never sees it.
        way_back = {one["seen"] for one in broken if one["expectation"] == "way back"}
        self.assertEqual(way_back, {"past every SE"})
        ways = {one["expected"] for one in told if one["client"] == "client2" and one["expectation"] == "answer: way"}
        self.assertEqual(ways, {"server1 → client2"})

    def test_wrong_use(self):
        self.assertEqual(run("check", "--prove", check=False).returncode, 2)
        self.assertNotEqual(run("check", "--prove", "no-such-lab", check=False).returncode, 0)


if __name__ == "__main__":
    main()
