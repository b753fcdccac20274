"""SPEC section 3, row by row: each route that the table says is needed is taken away in a running lab, an SE's own included.
The table said beforehand what stops and where; it stops, and there.

That `check` says the same of a drawing without the route is a unit test over the same rows (route_table_test.cpp).
"""
import copy
import json
import os
import re
import unittest

from fulcrum_lab import Lab, LabTest, main, run, scratch
from reached import ask, plan_of

# Into an engine's control socket, from inside its node (docs/engine-control.md).
CONFIGURE = """
import json, socket, sys
control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
control.connect("\\0fulcrum-se")
control.sendall(json.dumps({"op": "configure", "config": json.load(sys.stdin)}).encode() + b"\\n")
answer = json.loads(control.makefile().readline())
sys.exit(0 if answer["ok"] else answer["error"])
"""


def default(destination):
    return "default" if destination == "0.0.0.0/0" else destination


def edited(template, change):
    """The file of a template that was changed."""
    drawing = json.loads(run("new", template, "-o", "-").stdout)
    change(drawing)
    path = os.path.join(scratch(), f"{template}-edited.json")
    with open(path, "w") as file:
        json.dump(drawing, file)
    return path


def in_line_routed(drawing):
    for service in drawing["services"]:
        service["mode"] = "in-line"
    drawing["groups"][0].update(ha="active-standby", floating=[{"segment": "segment1", "address": "172.16.1.9"}])


def everything_outside(drawing):
    """VIPs and SNAT addresses that lie in no segment: static routes lead to them. One SE, since nobody watches several yet."""
    drawing["groups"][0]["members"] = drawing["groups"][0]["members"][:1]
    for number, service in enumerate(drawing["services"]):
        service.update(attachment="static-route", vip=f"10.50.0.{11 + number}", snat_pool="snat1")
    drawing["address_pools"] = [{"id": "snat1", "purpose": "snat", "first": "10.60.0.2", "last": "10.60.0.3"}]


class Row:
    """One line of the table in a running lab: the route, how to take it away, and whether what it is for works."""

    def __init__(self, lab, plan, need):
        self.lab, self.plan, self.need = lab, plan, need
        self.node, self.text = need["name"], need["without"]
        self.kinds = {node["name"]: node["kind"] for node in plan["lab"]["nodes"]}
        self.addresses = {node["name"]: node["interfaces"][0]["addresses"][0].split("/")[0]
                          for node in plan["lab"]["nodes"] if node["kind"] != "se"}

    def take_away(self):
        if self.kinds[self.node] == "se":
            config = copy.deepcopy(self.plan["engines"][self.node])
            if self.need["via"] == "auto gateway":
                config["auto_gateway"] = False
            else:
                config["routes"] = [route for route in config["routes"] if route["destination"] != self.need["destination"]]
            self._configure(config)
        else:
            self._route("del")

    def put_back(self):
        if self.kinds[self.node] == "se":
            self._configure(self.plan["engines"][self.node])
        else:
            self._route("add")

    def _configure(self, config):
        self.lab.exec(self.node, "python3", "-c", CONFIGURE, input=json.dumps(config))

    def _route(self, verb):
        table = []
        if self.need["from"]:
            node = next(node for node in self.plan["lab"]["nodes"] if node["name"] == self.node)
            table = ["table", str(next(rule["table"] for rule in node["rules"] if rule["from"] == self.need["from"]))]
        self.lab.exec(self.node, "ip", "route", verb, default(self.need["destination"]), "via", self.need["via"], *table)

    def works(self):
        """What the table says would stop."""
        found = lambda pattern: re.match(pattern, self.text)
        if m := found(r"connections that (\S+) itself opens to (\S+) "):
            return self._pings(m[1], self.addresses[m[2]])
        if m := found(r"answers of (\S+) to connections that (\S+) itself opens"):
            return self._pings(m[2], self.addresses[m[1]])
        if m := found(r"answers to pings of \S+ \((\S+)\) by (\S+) "):
            return self._pings(m[2], m[1])
        if m := found(r"requests of (\S+) for (\S+) "):
            return self._answered(m[1], m[2])
        if m := found(r"answers of (\S+) \(\S+\) by \S+ to (\S+) "):
            return self._answered(m[2], m[1])
        if m := found(r"packets of \S+ to (\S+) for (\S+) ") or found(r"answers of (\S+) to \S+ (?:\(\S+\) )?for (\S+) "):
            return self._answered(next(name for name, kind in self.kinds.items() if kind == "client"), m[2], m[1])
        raise AssertionError(f"nobody knows how to try {self.text}")

    def _pings(self, node, address):
        return self.lab.exec(node, "ping", "-c", "1", "-W", "1", address, check=False).returncode == 0

    def _answered(self, client, service_name, server=None):
        """By that server, when one is named: its turn comes among so many."""
        engine, service = next((engine, service) for engine in self.plan["engines"].values() if engine["role"] == "active"
                               for service in engine["services"] if service["name"] == service_name)
        pool = next(pool for pool in engine["pools"] if pool["name"] == service["pool"])
        for _ in range(2 * len(pool["servers"])):
            answer = ask(self.lab, client, service["vip"], service["ports"][0]["port"], seconds=1)
            if answer is None:
                return False
            if server in (None, answer["server"]):
                return True
        return False

    def no_route_drops(self):
        se = next(one for one in self.lab.stats()["ses"] if one["name"] == self.node)
        return se["drops"].get("no-route", 0)

    def why_of(self, server):
        return next(one["why"] for service in self.lab.stats()["services"] for one in service["servers"] if one["name"] == server)

    def stops_where_told(self, drops_before):
        if m := re.search(r" stop at (\S+), which has no route to (\S+)$", self.text):
            if to_server := re.match(r"packets of \S+ to (\S+) for ", self.text):  # the SE's own probes cannot leave either
                self.lab.wait_until(lambda: "unreachable" in self.why_of(to_server[1]), 15, "the SE finds it unreachable")
                return True
            if self.kinds[m[1]] == "se":
                return self.no_route_drops() > drops_before
            done = self.lab.exec(m[1], "ip", "route", "get", m[2], check=False)
            return done.returncode != 0 and "unreachable" in done.stderr
        if m := re.search(r"answers of (\S+) to (\S+) .* are led past the SE by (\S+) ", self.text):
            came_by = next(rule["interface"] for node in self.plan["lab"]["nodes"] if node["name"] == m[3]
                           for rule in node["rules"])
            way = self.lab.exec(m[3], "ip", "route", "get", self.addresses[m[2]], "from", self.addresses[m[1]], "iif", came_by)
            return self.need["via"] not in way.stdout
        raise AssertionError(f"nobody knows where to look for {self.text}")


class Routes(LabTest):
    def check_rows(self, drawing, expected):
        """`expected`: (node, destination) of every line with a consequence, of nodes that are alike the first."""
        with Lab(drawing) as lab:
            plan = plan_of(lab)
            kinds = {node["name"]: node["kind"] for node in plan["lab"]["nodes"]}
            standing_by = {name for name, engine in plan["engines"].items() if engine["role"] != "active"}
            lab.wait_until(lambda: all(server["up"] for service in lab.stats()["services"] for server in service["servers"]),
                           15, "all servers up")
            done, alike = [], set()
            for need in plan["routes"]:
                key = (kinds[need["name"]], need["destination"], need["via"], need["from"])
                if not need["without"] or need["name"] in standing_by or key in alike:
                    continue
                alike.add(key)
                done.append((need["name"], default(need["destination"])))
                with self.subTest(route=done[-1], without=need["without"]):
                    row = Row(lab, plan, need)
                    lab.wait_until(row.works, 30, "it works with the route")
                    drops = row.no_route_drops() if kinds[row.node] == "se" else 0
                    row.take_away()
                    self.assertFalse(row.works(), "nothing stopped")
                    self.assertTrue(row.stops_where_told(drops), "it stops elsewhere")
                    row.put_back()
                    lab.wait_until(row.works, 30, "it works again")
            self.assertEqual(sorted(done), sorted(expected))

    def test_full_proxy_one_arm_l2(self):
        self.check_rows("one-arm", [("client1", "default"), ("se1", "default")])

    def test_full_proxy_one_arm_l3(self):
        self.check_rows("topology-1", [("client1", "default"), ("se1", "default"), ("se1", "172.16.10.0/24"),
                                       ("se1", "172.16.20.0/24"), ("server1", "default"), ("server4", "default")])

    def test_full_proxy_two_arm_l3(self):
        self.check_rows("topology-2", [("client1", "default"), ("se1", "default"), ("se1", "172.16.10.0/24"),
                                       ("se1", "172.16.20.0/24"), ("server1", "default"), ("server4", "default")])

    def test_full_proxy_two_arm_l2(self):
        self.check_rows("two-arm", [("client1", "default"), ("se1", "default")])

    def test_in_line_l2(self):
        """The SE's default is for what servers start themselves, which auto gateway does not cover."""
        self.check_rows("topology-3", [("client1", "default"), ("se1", "default"), ("router1", "172.16.10.0/24"),
                                       ("router1", "172.16.20.0/24"), ("server1", "default"), ("server4", "default")])

    def test_in_line_l3(self):
        """The router leads answers back to the SE by policy: one line for each of the servers' subnets."""
        self.check_rows(edited("topology-1", in_line_routed), [
            ("client1", "default"), ("router1", "default"), ("router1", "default"), ("se1", "default"),
            ("server1", "default"), ("server4", "default")])

    def test_l2_dsr(self):
        self.check_rows("l2-dsr", [("client1", "default"), ("server1", "default")])

    def test_l3_dsr(self):
        self.check_rows("l3-dsr-gre", [("client1", "default"), ("se1", "10.1.2.0/24"), ("router2", "172.16.1.0/24"),
                                       ("server1", "default")])

    def test_vips_and_snat_addresses_outside_every_segment(self):
        self.check_rows(edited("topology-2", everything_outside), [
            ("client1", "default"), ("router1", "10.50.0.11/32"), ("router1", "10.50.0.12/32"), ("router2", "10.60.0.2/31"),
            ("se1", "default"), ("se1", "172.16.10.0/24"), ("se1", "172.16.20.0/24"), ("server1", "default"),
            ("server4", "default")])

    def test_two_uplinks(self):
        self.check_rows("auto-gateway", [
            ("client1", "default"), ("client2", "default"), ("router1", "198.51.100.0/24"), ("router1", "203.0.113.0/24"),
            ("router2", "198.51.100.0/24"), ("router2", "203.0.113.0/24"), ("router3", "192.168.2.0/24"),
            ("router3", "192.168.3.0/24"), ("se1", "default")])

    def test_an_l2_dsr_se_answers_pings_of_the_vip_without_any_route(self):
        with Lab("l2-dsr") as lab:
            self.assertEqual(plan_of(lab)["engines"]["se1"]["routes"], [])
            ping = lab.exec("client1", "ping", "-c", "1", "-W", "2", "10.1.1.100", check=False)
            self.assertEqual(ping.returncode, 0, ping.stdout)


if __name__ == "__main__":
    main()
