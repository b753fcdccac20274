"""SPEC section 4: every template that can run is launched, every client reaches every server of every VIP of its zone, the lab
proves itself, and independent captures at client, SE and server agree."""
import collections
import json
import time
import unittest

import witness
from fulcrum_lab import Lab, LabTest, main, run
from reached import ask, clients, plan_of, se_addresses, snat_addresses, vips

# Of the templates with zones: which client belongs to which.
ZONES = {"client1": "inside", "client2": "dmz"}


def runnable():
    return [info["id"] for info in json.loads(run("templates", "--json").stdout) if info["runs"]]


# What prove_test.py proves already, in greater detail.
PROVEN_ELSEWHERE = {"in-line", "l2-dsr", "l3-dsr-gre", "two-arm", "snat-pool", "topology-5"}


class Watch:
    """Independent captures at a client, at the active SE and at a server while a service is asked."""

    def __init__(self, lab, plan, key, client):
        self.plan, self.client = plan, client
        vrf, vip, port = key
        self.se, engine = next((name, one) for name, one in plan["engines"].items()
                               if one["role"] == "active" and any(service["vip"] == vip and service["vrf"] == vrf
                                                                  for service in one["services"]))
        service = next(one for one in engine["services"] if one["vip"] == vip and one["vrf"] == vrf)
        pool = next(one for one in engine["pools"] if one["name"] == service["pool"])
        server_port = next(one["server_port"] for one in service["ports"] if one["port"] == port) or port
        self.server = pool["servers"][0]["name"]
        self.legs = witness.Legs(service["mode"], port, server_port, vip, clients(plan).values(),
                                 se_addresses(plan, vrf) | snat_addresses(plan, vrf, vip),
                                 [server["address"] for server in pool["servers"]])
        self.macs = {f"{node['name']}:{one['name']}": one.get("mac") for node in plan["lab"]["nodes"] for one in node["interfaces"]}
        self.macs |= {f"{self.se}:{one['name']}": one["mac"] for one in engine["interfaces"]}
        places = {client: ["eth0"], self.server: ["eth0"],
                  self.se: [one["name"] for one in engine["interfaces"] if one["vrf"] == vrf]}
        self.witnesses = {node: witness.Witness(lab, node, interfaces) for node, interfaces in places.items()}
        for one in self.witnesses.values():
            one.ready()

    def check(self, test):
        time.sleep(0.3)
        rows = {node: one.stop() for node, one in self.witnesses.items()}
        witness.check(test, self.legs, rows, self.client, self.se, self.server, self.macs)


class Templates(LabTest):
    def check_template(self, name):
        self.assertEqual(run("check", name, check=False).returncode, 0)
        with Lab(name) as lab:
            plan = plan_of(lab)
            services = vips(plan)
            self.assertTrue(services)
            asked, watched = 0, set()
            for key, (mode, servers) in services.items():
                vrf, vip, port = key
                for client in clients(plan):
                    if vrf != "global" and ZONES[client] != vrf:
                        self.assertIsNone(ask(lab, client, vip, port, seconds=1), "a client of another zone got an answer")
                        continue
                    watch = Watch(lab, plan, key, client) if vrf not in watched else None
                    watched.add(vrf)
                    asked += self.reaches_every_server(lab, plan, key, mode, servers, client)
                    if watch is not None:
                        watch.check(self)
            self.assertGreater(asked, 0)
            if name not in PROVEN_ELSEWHERE:
                proven = lab.fulcrum("check", "--prove", lab.name, "--json", check=False)
                self.assertEqual(proven.returncode, 0, proven.stderr)
                self.assertEqual([one for one in json.loads(proven.stdout) if not one["ok"]], [])

    def reaches_every_server(self, lab, plan, key, mode, servers, client):
        """How many requests it took."""
        vrf, vip, port = key
        seen = collections.Counter()
        while set(seen) != servers and sum(seen.values()) < 2 * len(servers):
            answer = ask(lab, client, vip, port)
            self.assertIsNotNone(answer, f"{client} got no answer from {vip}:{port}")
            seen[answer["server"]] += 1
            peer = answer["peer"].rsplit(":", 1)[0]
            if mode == "full-proxy":
                self.assertIn(peer, snat_addresses(plan, vrf, vip) or se_addresses(plan, vrf))
            else:
                self.assertEqual(peer, clients(plan)[client])
        self.assertEqual(set(seen), servers, f"{client} to {vip}:{port}")
        return sum(seen.values())


for template in runnable():
    def test(self, name=template):
        self.check_template(name)
    test.__name__ = f"test_{template.replace('-', '_')}"
    setattr(Templates, test.__name__, test)

if __name__ == "__main__":
    main()
