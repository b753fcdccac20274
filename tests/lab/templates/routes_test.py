"""SPEC section 3: a route that the table says is needed is taken away in a running lab, and the lab breaks there.

That the check says so beforehand is a unit test (route_table_test.cpp). Here the routes of routers, clients and servers
are taken from the kernel; an SE's are in its engine.
"""
import unittest

from fulcrum_lab import Lab, LabTest, main
from reached import ask, clients, plan_of, vips


class Routes(LabTest):
    def reached(self, lab, plan):
        """(client, VIP, port, server) that work, by enough requests to see every server twice."""
        found = set()
        for (_, vip, port), (_, servers) in vips(plan).items():
            for client in clients(plan):
                for _ in range(2 * len(servers)):
                    answer = ask(lab, client, vip, port, seconds=2)
                    if answer is None:
                        break
                    found.add((client, vip, port, answer["server"]))
        return found

    def check_rows(self, template, vital):
        with Lab(template) as lab:
            plan = plan_of(lab)
            se = {node["name"] for node in plan["lab"]["nodes"] if node["kind"] == "se"}
            whole = self.reached(lab, plan)
            self.assertEqual(len(whole), sum(len(servers) for _, servers in vips(plan).values()) * len(clients(plan)))
            taken = []
            for need in plan["routes"]:
                row = (need["name"], need["destination"])
                if need["name"] in se or row not in vital:
                    continue
                self.assertTrue(need["without"], f"{row} is not needed, says the table")
                taken.append(row)
                destination = "default" if need["destination"] == "0.0.0.0/0" else need["destination"]
                route = [destination, "via", need["via"]]
                lab.exec(need["name"], "ip", "route", "del", *route)
                self.assertLess(self.reached(lab, plan), whole, f"nothing broke without {row}")
                lab.exec(need["name"], "ip", "route", "add", *route)
                lab.wait_until(lambda: all(server["up"] for service in lab.stats()["services"]
                                           for server in service["servers"]), 15, "all servers up again")
            self.assertEqual(sorted(taken), sorted(vital), "the table lacks a row")
            # A probe that was lost while the route was gone may still count against a server for a moment.
            lab.wait_until(lambda: self.reached(lab, plan) == whole, 30, "everything works as before")

    def test_full_proxy_one_arm_routed(self):
        self.check_rows("topology-1", [("client1", "0.0.0.0/0"), ("server1", "0.0.0.0/0"), ("server6", "0.0.0.0/0")])

    def test_full_proxy_two_arms_routed(self):
        self.check_rows("topology-2", [("client1", "0.0.0.0/0"), ("server2", "0.0.0.0/0")])

    def test_in_line(self):
        self.check_rows("topology-3", [("client1", "0.0.0.0/0"), ("server1", "0.0.0.0/0"), ("server4", "0.0.0.0/0")])

    def test_l2_dsr(self):
        self.check_rows("l2-dsr", [("client1", "0.0.0.0/0"), ("server2", "0.0.0.0/0")])

    def test_two_uplinks(self):
        self.check_rows("auto-gateway", [("client2", "0.0.0.0/0"), ("router1", "203.0.113.0/24"),
                                         ("router3", "192.168.3.0/24")])

    def test_what_a_server_behind_an_in_line_se_starts_itself(self):
        """The router's route through the SE, and the SE's default, are for this."""
        with Lab("topology-3") as lab:
            def client_answers():
                return lab.exec("server1", "ping", "-c", "1", "-W", "1", "192.168.1.101", check=False).returncode == 0
            self.assertTrue(client_answers())
            lab.exec("router1", "ip", "route", "del", "172.16.10.0/24")
            self.assertFalse(client_answers())
            lab.exec("router1", "ip", "route", "add", "172.16.10.0/24", "via", "172.16.1.9")
            self.assertTrue(client_answers())


if __name__ == "__main__":
    main()
