"""A changed MAC address is announced, so that nobody goes on sending to the old one."""
import json
import os
import unittest

from fulcrum_lab import Lab, LabTest, main, run, scratch

NEW = "02:00:00:00:77:01"
SERVER = "10.10.10.11"


class ChangedMac(LabTest):
    def test_it_is_announced_and_requests_go_on(self):
        drawing = json.loads(run("new", "two-arm", "-o", "-").stdout)
        path = os.path.join(scratch(), f"changed-mac-{os.getpid()}.json")
        with Lab("two-arm") as lab:
            link = next(link for link in drawing["links"] if link["a"]["node"] == "server1")
            link["a"]["mac"] = NEW
            with open(path, "w", encoding="utf-8") as file:
                json.dump(drawing, file)
            os.chmod(path, 0o644)
            capture = lab.capture("server2", "eth0", "arp")
            lab.fulcrum("apply", lab.name, path)
            # Each of the three has its turn, and none waits for a neighbour that is not there any more.
            seen = {lab.get("client1", "http://192.168.2.100/")["server"] for _ in range(3)}
            self.assertEqual(seen, {"server1", "server2", "server3"})
            told = capture.stop().fields("eth.src", "arp.src.hw_mac", display_filter=f"arp.src.proto_ipv4 == {SERVER} && "
                                         f"arp.dst.proto_ipv4 == {SERVER} && eth.dst == ff:ff:ff:ff:ff:ff")
            self.assertGreater(len(told), 0)
            self.assertEqual({(row["eth.src"], row["arp.src.hw_mac"]) for row in told}, {(NEW, NEW)})
            self.assertEqual(lab.exec("server1", "cat", "/proc/sys/net/ipv4/conf/all/arp_notify").stdout.strip(), "0")


if __name__ == "__main__":
    main()
