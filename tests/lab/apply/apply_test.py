"""D6: a running lab is brought to a changed drawing; what both have alike runs on, connections included."""
import collections
import hashlib
import json
import os
import unittest

from fulcrum_lab import Lab, LabTest, main, run, scratch

VIP = "192.168.2.100"
TRANSFER = 60_000_000  # bytes

# Reads its input slowly until a file appears, then as fast as it comes: a transfer that is under way for as long as wanted.
READ_SLOWLY = """
import hashlib, os, sys, time
digest = hashlib.sha256()
while block := sys.stdin.buffer.read1(65536):
    digest.update(block)
    if not os.path.exists(sys.argv[1]):
        time.sleep(0.1)
print(digest.hexdigest())
"""


class Drawing:
    """A template's drawing, changed step by step and written down for `fulcrum apply`."""

    def __init__(self, template):
        self.json = json.loads(run("new", template, "-o", "-").stdout)
        self.path = os.path.join(scratch(), f"{template}-{os.getpid()}.json")

    def write(self):
        with open(self.path, "w", encoding="utf-8") as file:
            json.dump(self.json, file)
        os.chmod(self.path, 0o644)
        return self.path

    def link(self, node):
        return next(link for link in self.json["links"] if link["a"]["node"] == node)

    def add(self, node, kind, to, address):
        self.json["nodes"].append({"id": node, "kind": kind})
        self.json["links"].append({"id": f"link-{node}", "a": {"node": node, "address": address}, "b": {"node": to}})

    def remove(self, node):
        self.json["nodes"] = [each for each in self.json["nodes"] if each["id"] != node]
        self.json["links"] = [each for each in self.json["links"] if node not in (each["a"]["node"], each["b"]["node"])]
        for pool in self.json["pools"]:
            pool["members"] = [each for each in pool["members"] if each["server"] != node]
        self.json["layout"].pop(node, None)


def processes(lab, node):
    """Programs of the plan in a node, by name, as process numbers of the lab: a restart shows."""
    script = ('here=$(readlink /proc/self/ns/net); for p in /proc/[0-9]*; do [ "$(readlink $p/ns/net)" = "$here" ] && '
              'echo "$(basename $(readlink $p/exe)) $(basename $p)"; done; true')
    told = lab.exec(node, "sh", "-c", script).stdout.split()
    return {name: pid for name, pid in zip(told[::2], told[1::2]) if name.startswith("fulcrum")}


def addresses(lab, node):
    """By interface; without its operational state, which the kernel works out a little later."""
    return {each["ifname"]: sorted(f'{a["local"]}/{a["prefixlen"]}' for a in each["addr_info"])
            for each in json.loads(lab.exec(node, "ip", "-j", "address").stdout)}


def settings(lab, node):
    """What the kernel goes by on every interface."""
    keys = ("forwarding", "send_redirects", "rp_filter", "arp_ignore", "arp_announce", "accept_local")
    return lab.exec(node, "sh", "-c", "cd /proc/sys/net/ipv4/conf && grep . " + " ".join(f"*/{key}" for key in keys)).stdout.split()


class Apply(LabTest):
    def assert_like_fresh(self, lab, drawing):
        """The kernel has what a lab that was made so from the start has."""
        with Lab(drawing.path) as fresh:
            for node in fresh.nodes():
                self.assertEqual(addresses(lab, node), addresses(fresh, node), node)
                self.assertEqual(settings(lab, node), settings(fresh, node), node)
                for what in ("route", "rule"):
                    self.assertEqual(*[sorted(each.exec(node, "ip", what).stdout.split("\n")) for each in (lab, fresh)], (node, what))

    def apply(self, lab, drawing, *options):
        return json.loads(lab.fulcrum("apply", lab.name, drawing.write(), "--json", *options).stdout)

    def changes(self, told):
        return {node["name"]: node["change"] for node in told["nodes"]}

    def restarted(self, told):
        return [node["name"] for node in told["nodes"] if node["restarted"]]

    def served(self, lab, count, client="client1"):
        return collections.Counter(lab.get(client, f"http://{VIP}/")["server"] for _ in range(count))

    def test_a_transfer_survives_every_change_that_is_not_its_own(self):
        drawing = Drawing("two-arm")
        with Lab(drawing.write()) as lab:
            go = os.path.join(scratch(), f"go-{os.getpid()}")
            transfer = lab.popen("client1", "sh", "-c", f"curl -sS -m 300 http://{VIP}/bytes/{TRANSFER} | python3 -c '{READ_SLOWLY}' {go}",
                                 stdout=-1)
            lab.wait_until(lambda: any(server["active"] for service in lab.stats()["services"] for server in service["servers"]), 20,
                           "the transfer runs")
            busy = next(server["name"] for service in lab.stats()["services"] for server in service["servers"] if server["active"])
            before = {node: processes(lab, node) for node in ("se1", busy)}

            # A server is added: it gets traffic at once.
            drawing.add("server4", "server", "segment2", "10.10.10.14/24")
            drawing.json["pools"][0]["members"].append({"server": "server4"})
            told = self.apply(lab, drawing)
            self.assertEqual((self.changes(told), told["failures"], self.restarted(told)),
                             ({"se1": "changed", "server4": "added"}, [], []))
            self.assertEqual(lab.nodes()["server4"], "running")
            self.assertGreater(self.served(lab, 12)["server4"], 1)

            # Another method: all to the servers by their weights.
            drawing.json["pools"][0]["algorithm"] = "ratio"
            drawing.json["pools"][0]["members"][-1]["weight"] = 9
            self.assertEqual(self.restarted(self.apply(lab, drawing)), [])
            self.assertGreater(self.served(lab, 12)["server4"], 6)

            # A server goes that has nothing to do.
            idle = next(name for name in ("server1", "server2", "server3") if name != busy)
            drawing.remove(idle)
            told = self.apply(lab, drawing)
            self.assertEqual((self.changes(told), told["cut_connections"]), ({"se1": "changed", idle: "removed"}, 0))
            self.assertNotIn(idle, lab.nodes())
            self.assertNotIn(idle, self.served(lab, 12))

            # Another client on a link of its own to the router.
            drawing.add("client2", "client", "router1", "192.168.7.101/24")
            drawing.json["links"][-1]["b"]["address"] = "192.168.7.1/24"
            told = self.apply(lab, drawing)
            self.assertEqual((self.changes(told), self.restarted(told)), ({"router1": "changed", "client2": "added"}, []))
            self.assertEqual(sum(self.served(lab, 3, client="client2").values()), 3)
            self.assertIn("client2", lab.exec("server4", "cat", "/etc/hosts").stdout)

            # Nobody noticed.
            self.assertIsNone(transfer.poll(), "the transfer was meant to last longer")
            with open(go, "w", encoding="utf-8"):
                pass
            said, _ = transfer.communicate(timeout=90)
            self.assertEqual(transfer.returncode, 0)
            whole = lab.exec(busy, "sh", "-c", f"curl -sS http://127.0.0.1/bytes/{TRANSFER} | sha256sum").stdout
            self.assertEqual(said.split()[0], whole.split()[0])
            self.assertNotEqual(said.split()[0], hashlib.sha256(b"").hexdigest())
            self.assertEqual({node: processes(lab, node) for node in ("se1", busy)}, before)

            # The same drawing again is no work.
            told = self.apply(lab, drawing)
            self.assertEqual((told["nodes"], told["others"]), ([], []))

    def test_an_address_changes_and_a_leaving_server_is_drained(self):
        drawing = Drawing("two-arm")
        with Lab(drawing.write()) as lab:
            drawing.link("server1")["a"]["address"] = "10.10.10.77/24"
            pid = processes(lab, "server1")
            told = self.apply(lab, drawing)
            self.assertEqual((self.changes(told), self.restarted(told)), ({"se1": "changed", "server1": "changed"}, []))
            self.assertEqual(processes(lab, "server1"), pid)
            addresses = lab.exec("server1", "ip", "-4", "-o", "address", "show", "dev", "eth0").stdout
            self.assertIn("10.10.10.77/24", addresses)
            self.assertNotIn("10.10.10.11/", addresses)
            seen = [lab.get("client1", f"http://{VIP}/") for _ in range(9)]
            self.assertIn("10.10.10.77:80", {one["local"] for one in seen if one["server"] == "server1"})

            # A server with an answer under way: it is told before its server goes.
            slow = lab.popen("client1", "curl", "-sS", "-m", "30", "--write-out", "%{http_code}", "-o", "/dev/null",
                             f"http://{VIP}/delay/3000", stdout=-1)
            lab.wait_until(lambda: any(server["active"] for service in lab.stats()["services"] for server in service["servers"]), 20,
                           "the slow request is on its way")
            busy = next(server["name"] for service in lab.stats()["services"] for server in service["servers"] if server["active"])
            drawing.remove(busy)
            told = self.apply(lab, drawing, "--drain", "30")
            self.assertEqual(told["cut_connections"], 0)
            said, _ = slow.communicate(timeout=40)
            self.assertEqual(said, "200")
            self.assertNotIn(busy, lab.nodes())

    def test_a_drawing_that_cannot_be_changes_nothing(self):
        drawing = Drawing("in-line")
        with Lab(drawing.write()) as lab:
            before = lab.fulcrum("ps", "--json").stdout
            drawing.json["links"][0]["a"]["address"] = "10.1.1.10/24"  # server1's
            done = lab.fulcrum("apply", lab.name, drawing.write(), check=False)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertEqual(len(done.stderr.splitlines()), 1)
            with open(drawing.path, "w", encoding="utf-8") as file:
                file.write("{")
            self.assertEqual(lab.fulcrum("apply", lab.name, drawing.path, check=False).returncode, 2)
            drawing = Drawing("in-line")
            drawing.json["offload"] = False
            done = lab.fulcrum("apply", lab.name, drawing.write(), check=False)
            self.assertEqual(done.returncode, 2)
            self.assertIn("nothing was changed", done.stderr)
            self.assertEqual(lab.fulcrum("ps", "--json").stdout, before)
            self.assertEqual(lab.fulcrum("apply", "no-such-lab", "in-line", check=False).returncode, 1)

    def test_what_cannot_be_told_starts_its_node_again_and_no_other(self):
        """A server that is to serve another port, segments that change places, a whole zone of wires."""
        drawing = Drawing("in-line")
        with Lab(drawing.write()) as lab:
            before = {node: processes(lab, node) for node in ("se1", "server1", "server2")}
            drawing.json["pools"][0]["members"][0]["port"] = 8080
            told = self.apply(lab, drawing)
            self.assertEqual(self.restarted(told), ["server1"])
            after = {node: processes(lab, node) for node in before}
            self.assertNotEqual(after.pop("server1"), before.pop("server1"))
            self.assertEqual(after, before)
            self.assertEqual(len({lab.get("client1", "http://10.1.1.100/")["server"] for _ in range(9)}), 3)
            self.assert_like_fresh(lab, drawing)

            # Another mode, and back: the servers own the VIP and keep quiet about it, then do neither.
            del drawing.json["pools"][0]["members"][0]["port"]
            for mode in ("l2-dsr", "in-line"):
                drawing.json["services"][0]["mode"] = mode
                self.assertEqual(self.apply(lab, drawing)["failures"], [], mode)
                self.assert_like_fresh(lab, drawing)


if __name__ == "__main__":
    main()
