"""M6: a dead server gets no new connection after the stated detection time, and comes back."""
import time
import unittest

from fulcrum_lab import Lab, LabTest, main

VIP = "10.1.1.100"


def up_of(lab, name):
    return any(server["up"] for service in lab.stats()["services"] for server in service["servers"] if server["name"] == name)


class Health(LabTest):
    def _gone_and_back(self, take, give):
        with Lab("in-line") as lab:
            self.assertTrue(up_of(lab, "server2"))
            lab.fulcrum(take, lab.name, "server2")
            # The template probes every second and takes a server out after two failures; the machine may be slow.
            lab.wait_until(lambda: not up_of(lab, "server2"), 10, "server2 is taken out")
            seen = {lab.get("client1", f"http://{VIP}/")["server"] for _ in range(9)}
            self.assertEqual(seen, {"server1", "server3"})
            self.assertEqual(lab.nodes()["server2"], "stopped")
            lab.fulcrum(give, lab.name, "server2")
            lab.wait_until(lambda: up_of(lab, "server2"), 10, "server2 is back")
            seen = {lab.get("client1", f"http://{VIP}/")["server"] for _ in range(9)}
            self.assertEqual(seen, {"server1", "server2", "server3"})

    def test_a_killed_server_is_taken_out_and_brought_back(self):
        self._gone_and_back("kill", "start")

    def test_a_stopped_server_is_taken_out_and_brought_back(self):
        self._gone_and_back("stop", "start")

    def test_a_server_whose_program_dies_is_taken_out_by_the_tcp_probe(self):
        with Lab("in-line") as lab:
            lab.end_program("server3", "fulcrum-server")
            lab.wait_until(lambda: not up_of(lab, "server3"), 10, "server3 is taken out")
            seen = {lab.get("client1", f"http://{VIP}/")["server"] for _ in range(6)}
            self.assertEqual(seen, {"server1", "server2"})

    def test_a_cut_link_takes_a_server_out(self):
        with Lab("in-line") as lab:
            lab.fulcrum("link", lab.name, "server1:eth0", "down")
            lab.wait_until(lambda: not up_of(lab, "server1"), 10, "server1 is taken out")
            lab.fulcrum("link", lab.name, "server1:eth0", "up")
            lab.wait_until(lambda: up_of(lab, "server1"), 10, "server1 is back")
            seen = {lab.get("client1", f"http://{VIP}/")["server"] for _ in range(6)}
            self.assertEqual(seen, {"server1", "server2", "server3"})


if __name__ == "__main__":
    main()
