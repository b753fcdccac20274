"""How a process comes into the middle of a link, what it leaves untouched, and how it ends."""
import json
import os
import tempfile
import unittest

from fulcrum_lab import LabTest, main, program, run, scratch, settle_to, traces
from linked_lab import LinkedLab


def drawn(template, change):
    drawing = json.loads(run("new", template, "-o", "-").stdout)
    change(drawing)
    handle, path = tempfile.mkstemp(suffix=".json", dir=scratch())
    with os.fdopen(handle, "w") as file:
        json.dump(drawing, file)
    os.chmod(path, 0o644)
    return path


def ends_at(link, node):
    return node in (link["a"]["node"], link["b"]["node"])


def what_counts(lab, node):
    """Of every interface: what nobody may notice a change of."""
    return {name: (i["ifindex"], i["address"], i["mtu"], sorted((a["local"], a["prefixlen"]) for a in i["addr_info"]))
            for name, i in lab.interfaces(node).items()}


class Life(LabTest):
    def carrier(self, lab, node, interface="eth0"):
        return "LOWER_UP" in lab.interfaces(node)[interface]["flags"]

    def test_live_while_a_transfer_runs(self):
        with LinkedLab("two-arm") as lab:
            lab.wait_until(lambda: all(s["up"] for v in lab.stats()["services"] for s in v["servers"]), 10, "servers are up")
            before = {node: (what_counts(lab, node), lab.exec(node, "ip", "route").stdout) for node in lab.nodes()}
            sums = []
            for change in ((), (("client1:eth0", "--delay", "2ms"), ("se1:eth0", "--delay", "2ms"), ("client1:eth0", "--loss", "1%"),
                                ("se1:eth0", "--rate", "200M"), ("client1:eth0", "--clear"), ("se1:eth0", "--clear"))):
                # Slow enough to last while the links change.
                transfer = lab.popen("client1", "sh", "-c", "curl -sS -m 60 --limit-rate 4M http://192.168.2.100/bytes/30000000 "
                                                           "| sha256sum", stdout=-1)
                for end, *what in change:
                    lab.link(end, "set", *what)
                    lab.wait_until(lambda e=end: lab.link(e)["in"]["counters"]["passed"] > 0, 10, f"{end} passes frames")
                self.assertIsNone(transfer.poll())
                said, _ = transfer.communicate(timeout=90)
                self.assertEqual(transfer.returncode, 0)
                sums.append(said.split()[0])
            self.assertEqual(sums[0], sums[1])
            self.assertEqual(len(lab.pids(node="client1")), 2)
            for node, was in before.items():
                self.assertEqual((what_counts(lab, node), lab.exec(node, "ip", "route").stdout), was, node)

    def test_carrier_crosses_the_process(self):
        with LinkedLab("two-arm") as lab:
            lab.link("client1:eth0", "set", "--delay", "1ms")
            far = lab.link("client1:eth0")["far"]
            self.assertEqual(far, "router1:eth0")
            for near, other in (("client1", "router1"), ("router1", "client1")):
                lab.fulcrum("link", lab.name, f"{near}:eth0", "down")
                lab.wait_until(lambda: not self.carrier(lab, other), 5, f"{other} sees {near} go")
                self.assertFalse(lab.link(f"{other}:eth0")["up"])
                lab.fulcrum("link", lab.name, f"{near}:eth0", "up")
                lab.wait_until(lambda: self.carrier(lab, other), 5, f"{other} sees {near} come")
            lab.exec("client1", "ping", "-c", "2", "192.168.1.1")
            # Both ends down, and up again in the other order.
            for end, action in (("client1", "down"), ("router1", "down"), ("client1", "up")):
                lab.exec(end, "ip", "link", "set", "eth0", action)
            lab.wait_until(lambda: not self.carrier(lab, "client1"), 5, "client1 waits for router1")
            lab.exec("router1", "ip", "link", "set", "eth0", "up")
            lab.wait_until(lambda: self.carrier(lab, "client1"), 5, "client1 sees router1 come")
            # A machine switched off and on again.
            lab.fulcrum("stop", lab.name, "router1")
            lab.wait_until(lambda: not self.carrier(lab, "client1"), 5, "client1 sees router1 go")
            lab.fulcrum("start", lab.name, "router1")
            lab.wait_until(lambda: self.carrier(lab, "client1"), 5, "client1 sees router1 come")
            lab.exec("client1", "ping", "-c", "2", "192.168.1.1")

    def test_a_killed_process_is_replaced_and_one_that_dies_again_and_again_is_named(self):
        before = traces()
        with LinkedLab("star:2") as lab:
            far = lab.address("client2")
            lab.link("client1:eth0", "set", "--delay", "5ms", "--direction", "out")
            for death in range(3):
                pid, = lab.pids()
                lab.exec("client1", "kill", "-9", pid)
                if death < 2:
                    lab.wait_until(lambda p=pid: lab.pids() not in ([], [p]), 5, "another process")
                    state = lab.link("client1:eth0")
                    self.assertTrue(state["relayed"])
                    self.assertEqual(state["out"]["delay_ms"], 5)
                    self.assertGreater(lab.median_ms("client1", far, 10), 4.9)
            lab.wait_until(lambda: lab.link("client1:eth0")["broken"], 5, "the link is named as broken")
            self.assertIn("killed by signal 9", lab.link("client1:eth0")["broken"])
            self.assertEqual(lab.pids(), [])
            state = lab.link("client1:eth0", "set", "--clear")
            self.assertEqual((state["relayed"], state["broken"]), (True, ""))
            lab.exec("client1", "ping", "-c", "2", far)
        self.assertEqual(settle_to(before), {})

    @unittest.skipUnless(os.getuid() == 0, "the programs are not a copy of this test's own")
    def test_without_its_program_a_link_stays_a_wire(self):
        with LinkedLab("two-arm") as lab:
            before = {node: (what_counts(lab, node), lab.exec(node, "ip", "route").stdout) for node in ("client1", "router1", "se1")}
            missing = program("fulcrum-link")
            os.rename(missing, missing + ".away")
            try:
                for end in ("client1:eth0", "se1:eth0"):
                    done = lab.fulcrum("link", lab.name, end, "set", "--loss", "1%", check=False)
                    self.assertEqual(done.returncode, 1)
                    self.assertIn("fulcrum-link", done.stderr)
                    self.assertFalse(lab.link(end)["relayed"])
                    self.assertTrue(lab.link(end)["up"])
            finally:
                os.rename(missing + ".away", missing)
            for node, was in before.items():
                self.assertEqual((what_counts(lab, node), lab.exec(node, "ip", "route").stdout), was, node)
            lab.exec("client1", "ping", "-c", "2", "192.168.1.1")
            lab.exec("client1", "curl", "-sS", "-m", "10", "http://192.168.2.100/")
            self.assertTrue(lab.link("client1:eth0", "set", "--delay", "1ms")["relayed"])
            lab.exec("client1", "curl", "-sS", "-m", "10", "http://192.168.2.100/")

    def test_nothing_is_left_behind(self):
        before = traces()
        with LinkedLab("two-arm") as lab:
            for end in ("client1:eth0", "se1:eth0", "se1:eth1", "server1:eth0"):
                lab.link(end, "set", "--loss", "1%")
            self.assertEqual(len(lab.pids(node="client1")), 4)
        self.assertEqual(settle_to(before), {})

    def test_drawn_impairments_and_cuts_are_launched(self):
        def change(drawing):
            for link in drawing["links"]:
                if ends_at(link, "client1"):
                    link["a_to_b"] = {"delay_ms": 20, "loss": 0.001, "seed": 3}
                    link["b_to_a"] = {"rate_bps": 50_000_000}
                if ends_at(link, "server3"):
                    link["up"] = False
                if ends_at(link, "server2"):
                    link["a_to_b"] = link["b_to_a"] = {"delay_ms": 3}
        drawing = drawn("two-arm", change)
        self.assertNotIn("not-available-yet", run("check", drawing, check=False).stdout)
        with LinkedLab(drawing) as lab:
            with open(drawing) as file:
                shape = json.load(file)
            client_is_a = any(l["a"]["node"] == "client1" for l in shape["links"])
            state = lab.link("client1:eth0")
            there, back = (state["out"], state["in"]) if client_is_a else (state["in"], state["out"])
            self.assertEqual((there["delay_ms"], there["loss"], there["seed"], back["rate_bps"]), (20, 0.001, 3, 50_000_000))
            self.assertTrue(state["relayed"])
            self.assertGreater(lab.median_ms("client1", "192.168.1.1", 10), 19.5)
            self.assertFalse(lab.link("server3:eth0")["up"])
            lab.wait_until(lambda: [s["up"] for v in lab.stats()["services"] for s in v["servers"]] == [True, True, False], 10,
                           "only the server with the cut link is out")
            lab.fulcrum("link", lab.name, "server3:eth0", "up")
            lab.wait_until(lambda: all(s["up"] for v in lab.stats()["services"] for s in v["servers"]), 10, "it comes back")


if __name__ == "__main__":
    main()
