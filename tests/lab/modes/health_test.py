"""M6: a dead server gets no new connection after the stated detection time, and comes back."""
import json
import os
import time
import unittest

from fulcrum_lab import Lab, LabTest, main, run, scratch

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

    def _drawing_with_check(self, **check):
        drawing = json.loads(run("new", "in-line", "-o", "-").stdout)
        drawing["pools"][0]["health"] = [{"interval_ms": 300, "timeout_ms": 250, **check}]
        path = os.path.join(scratch(), "health-checked.json")
        with open(path, "w") as file:
            json.dump(drawing, file)
        os.chmod(path, 0o644)
        return path

    def _why(self, lab, name):
        return next(server["why"] for service in lab.stats()["services"] for server in service["servers"]
                    if server["name"] == name)

    def test_an_http_check_asks_and_reads_the_answer(self):
        """M6: method, path, code and keyword, over a connection of the engine's own; tshark reads the request."""
        with Lab(self._drawing_with_check(kind="http", path="/status/503", expect_status=503, expect_body='"status":503')) as lab:
            self.assertTrue(up_of(lab, "server1"))
            capture = lab.capture("server1", "eth0", "tcp port 80")
            time.sleep(1)
            capture.stop()
            asked = capture.fields("http.request.uri", "ip.src", display_filter="http.request")
            self.assertGreaterEqual(len(asked), 2)
            self.assertEqual({row["http.request.uri"] for row in asked}, {"/status/503"})
            self.assertEqual({row["ip.src"] for row in asked}, {"10.1.1.2", "10.1.1.3"}, "every SE for itself")
            self.assertEqual(capture.fields("tcp.seq", display_filter="tcp.flags.reset == 1"), [], "closed in good order")
            lab.end_program("server3", "fulcrum-server")
            lab.wait_until(lambda: not up_of(lab, "server3"), 10, "server3 is taken out")
            self.assertIn("refused", self._why(lab, "server3"))

    def test_a_wrong_answer_to_an_http_check_is_a_failure_that_says_what_came(self):
        with Lab(self._drawing_with_check(kind="http", path="/status/500")) as lab:
            self.assertFalse(up_of(lab, "server1"))
            self.assertIn("500", self._why(lab, "server1"))

    def test_a_full_tcp_check_is_a_connection_that_opens_and_closes(self):
        with Lab(self._drawing_with_check(kind="tcp")) as lab:
            self.assertTrue(up_of(lab, "server2"))
            capture = lab.capture("server2", "eth0", "tcp port 80")
            time.sleep(1)
            capture.stop()
            self.assertGreaterEqual(len(capture.fields("tcp.seq", display_filter="tcp.flags.fin == 1 && ip.src == 10.1.1.2")), 2)
            self.assertEqual(capture.fields("tcp.seq", display_filter="tcp.flags.reset == 1"), [])

    def test_a_udp_check_hears_of_a_closed_port(self):
        with Lab(self._drawing_with_check(kind="udp")) as lab:
            self.assertTrue(up_of(lab, "server1"))
            lab.end_program("server1", "fulcrum-server")
            lab.wait_until(lambda: not up_of(lab, "server1"), 10, "server1 is taken out")
            self.assertIn("refused", self._why(lab, "server1"))


if __name__ == "__main__":
    main()
