"""N2: servers on the SE's own segment are asked directly, or, when static routes are preferred, through the router."""
import json
import os
import unittest

from fulcrum_lab import Lab, LabTest, main, run, scratch

VIP = "10.10.10.100"
SERVERS = {"server1": "10.10.10.11", "server2": "10.10.10.12", "server3": "10.10.10.13"}


class PreferStaticRoutes(LabTest):
    def frames_to_servers(self, prefer):
        """{(MAC the SE sent to, TTL at the server)}, by server; and the MACs of the plan."""
        drawing = json.loads(run("new", "one-arm", "-o", "-").stdout)
        next(node for node in drawing["nodes"] if node["id"] == "se1")["prefer_static_routes"] = prefer
        path = os.path.join(scratch(), f"prefer-{prefer}.json")
        with open(path, "w") as file:
            json.dump(drawing, file)
        plan = json.loads(run("plan", path, "--json").stdout)
        macs = {f"{node['name']}:{one['name']}": one.get("mac") for node in plan["lab"]["nodes"] for one in node["interfaces"]}
        ours = plan["engines"]["se1"]["interfaces"][0]["mac"]
        with Lab(path) as lab:
            at_se = lab.capture("se1", "eth0", "tcp port 80")
            at_server = lab.capture("server1", "eth0", "tcp port 80")
            self.assertEqual({lab.get("client1", f"http://{VIP}/")["server"] for _ in SERVERS}, set(SERVERS))
            sent = at_se.stop().fields("eth.dst", "ip.dst", display_filter=f"eth.src == {ours}")
            came = at_server.stop().fields("eth.src", "ip.ttl", display_filter=f"ip.dst == {SERVERS['server1']}")
            proven = lab.fulcrum("check", "--prove", lab.name, "--json")
        self.assertEqual(proven.returncode, 0)
        found = {name: {row["eth.dst"] for row in sent if row["ip.dst"] == address} for name, address in SERVERS.items()}
        return found, {(row["eth.src"], row["ip.ttl"]) for row in came}, macs, ours

    def test_off_the_frame_goes_to_the_server(self):
        sent, came, macs, ours = self.frames_to_servers(False)
        self.assertEqual(sent, {name: {macs[f"{name}:eth0"]} for name in SERVERS})
        self.assertEqual(came, {(ours, "64")})

    def test_on_the_frame_goes_to_the_gateway(self):
        sent, came, macs, _ = self.frames_to_servers(True)
        gateway = macs["router1:eth1"]
        self.assertTrue(gateway)
        self.assertEqual(sent, {name: {gateway} for name in SERVERS})
        self.assertEqual(came, {(gateway, "63")})


if __name__ == "__main__":
    main()
