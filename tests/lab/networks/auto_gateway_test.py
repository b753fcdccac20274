"""N6: answers go back to the router each request came from, with an empty route table, and follow a changed MAC."""
import json
import subprocess
import unittest

from fulcrum_lab import Lab, LabTest, main, run

VIPS = {"192.168.2.100": ("router1", "eth0"), "192.168.3.100": ("router2", "eth1")}  # its router, and the SE's interface
BYTES = 30_000_000
NEW_MAC = "02:00:5e:10:00:99"


class AutoGateway(LabTest):
    def macs(self, plan):
        """The MAC of each router towards the SE."""
        return {node["name"]: next(one["mac"] for one in node["interfaces"] if one["addresses"][0].startswith("192.168."))
                for node in plan["lab"]["nodes"] if node["name"] in ("router1", "router2")}

    def test_with_an_empty_route_table_each_vip_answers_through_its_own_router(self):
        plan = json.loads(run("plan", "auto-gateway", "--json").stdout)
        self.assertEqual(plan["engines"]["se1"]["routes"], [])
        macs = self.macs(plan)
        with Lab("auto-gateway") as lab:
            captures = {vip: lab.capture("se1", interface, f"tcp and host {vip}") for vip, (_, interface) in VIPS.items()}
            for vip in VIPS:
                for client in ("client1", "client2"):
                    self.assertTrue(lab.get(client, f"http://{vip}/")["server"])
            for vip, (router, _) in VIPS.items():
                rows = captures[vip].stop().fields("eth.src", "eth.dst", "ip.src", "ip.dst")
                requests = [row for row in rows if row["ip.dst"] == vip]
                answers = [row for row in rows if row["ip.src"] == vip]
                self.assertEqual({row["ip.src"] for row in requests}, {"198.51.100.101", "203.0.113.101"})
                self.assertEqual({row["eth.src"] for row in requests}, {macs[router]})
                self.assertEqual({row["eth.dst"] for row in answers}, {macs[router]})
                self.assertEqual({row["ip.dst"] for row in answers}, {"198.51.100.101", "203.0.113.101"})

    def test_the_gateways_mac_changes_in_the_middle_of_a_download(self):
        plan = json.loads(run("plan", "auto-gateway", "--json").stdout)
        old = self.macs(plan)["router1"]
        with Lab("auto-gateway") as lab:
            answers = lab.capture("se1", "eth0", "tcp and src host 192.168.2.100")
            download = lab.popen("client1", "sh", "-c", f"curl -sS --max-time 60 --limit-rate 10M -o /run/got "
                                 f"http://192.168.2.100/bytes/{BYTES}; echo $?", stdout=subprocess.PIPE)

            def got():
                size = lab.exec("client1", "sh", "-c", "stat -c %s /run/got 2>/dev/null || echo 0").stdout
                return int(size)
            lab.wait_until(lambda: got() > BYTES // 10, 30, "the download is under way")
            lab.exec("router1", "ip", "link", "set", "eth1", "address", NEW_MAC)
            at_change = got()
            self.assertLess(at_change, BYTES, "it was over before the MAC changed")
            out, _ = download.communicate(timeout=90)
            self.assertEqual((out.strip(), got()), ("0", BYTES))
            destinations = [row["eth.dst"] for row in answers.stop().fields("eth.dst")]
        self.assertEqual(set(destinations), {old, NEW_MAC})
        self.assertEqual(destinations[-1], NEW_MAC)
        self.assertEqual(destinations[0], old)


if __name__ == "__main__":
    main()
