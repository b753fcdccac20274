"""exec, load, flows, stats, ps and up as a user types them."""
import json
import os
import pty
import signal
import subprocess
import time
import unittest
import unittest.mock

from fulcrum_lab import Lab, LabTest, command, environment, main, run, scratch, settle_to, traces

VIP = "10.1.1.100"
CLIENT = "172.16.1.10"


class Exec(LabTest):
    def test_everything_behind_the_dashes_is_the_commands(self):
        with Lab("in-line") as lab:
            done = lab.exec("client1", "sh", "-c", 'printf "%s|" "$@"', "sh", "--", "-n", "a  b", "'q'", "--json")
            self.assertEqual(done.stdout, "--|-n|a  b|'q'|--json|")
            self.assertEqual(lab.fulcrum("exec", lab.name, "client1", "hostname").stdout.strip(), "client1")

    def test_streams_and_status_are_the_commands_own(self):
        with Lab("in-line") as lab:
            done = lab.exec("server2", "sh", "-c", "cat; echo err >&2; exit 41", input="in\n", check=False)
            self.assertEqual((done.stdout, done.stderr, done.returncode), ("in\n", "err\n", 41))
            self.assertEqual(lab.exec("server2", "sh", "-c", "kill -9 $$", check=False).returncode, 137)
            # A folder in PATH that may not be searched would make it 126, as execvp(3) has it.
            with unittest.mock.patch.dict(os.environ, PATH="/usr/sbin:/usr/bin:/sbin:/bin"):
                self.assertEqual(lab.exec("server2", "no-such-program", check=False).returncode, 127)

    def test_a_closed_standard_input_is_empty(self):
        with Lab("in-line") as lab:
            words = " ".join(command("fulcrum", "exec", lab.name, "client1", "--", "cat"))
            done = subprocess.run(["sh", "-c", words + " <&-"], env=environment(), capture_output=True, text=True, timeout=60)
            self.assertEqual((done.stdout, done.returncode), ("", 0))

    def test_a_node_that_is_stopped_and_started_again_and_again(self):
        """A program that is ending is not yet gone: the next one must not be taken for it."""
        with Lab("l3-dsr-gre") as lab:
            for _ in range(15):
                lab.fulcrum("stop", lab.name, "server1")
                lab.fulcrum("start", lab.name, "server1")
            self.assertEqual(lab.nodes()["server1"], "running")

    def test_signals_reach_the_command(self):
        with Lab("in-line") as lab:
            running = lab.popen("client1", "sh", "-c", "trap 'echo got; exit 3' INT; echo ready; while :; do sleep 0.05; done",
                                stdout=subprocess.PIPE)
            self.assertEqual(running.stdout.readline(), "ready\n")
            running.send_signal(signal.SIGINT)
            out, _ = running.communicate(timeout=10)
            self.assertEqual((out, running.returncode), ("got\n", 3))

    def test_a_terminal_where_there_is_one(self):
        with Lab("in-line") as lab:
            main_end, terminal = pty.openpty()
            process = subprocess.Popen(command("fulcrum", "exec", lab.name, "client1", "--", "sh", "-c", "tty; stty size"),
                                       env=environment(), stdin=terminal, stdout=terminal, stderr=terminal, close_fds=True)
            os.close(terminal)
            out = b""
            while b" " not in out.split(b"\n", 1)[-1] or not out.endswith(b"\n"):
                try:
                    part = os.read(main_end, 4096)
                except OSError:
                    break
                if not part:
                    break
                out += part
            process.wait(timeout=10)
            os.close(main_end)
            self.assertNotIn(b"not a tty", out)


class Load(LabTest):
    def test_shares_and_counts_agree_with_the_engine(self):
        with Lab("in-line") as lab:
            report = json.loads(lab.fulcrum("load", lab.name, "client1", f"http://{VIP}/", "-n", "300", "-c", "5",
                                            "--no-keepalive", "--json").stdout)
            self.assertEqual((report["requests"], report["failed"], report["connections"]), (300, 0, 300))
            self.assertEqual(report["servers"], {"server1": 100, "server2": 100, "server3": 100})
            served = {s["name"]: s["connections"] for v in lab.stats()["services"] for s in v["servers"]}
            self.assertEqual(served, report["servers"])
            flows = lab.flows()
            self.assertEqual(len(flows), 300)
            for flow in flows:
                self.assertEqual((flow["client"], flow["vip"], flow["source"]), (CLIENT, VIP, CLIENT))

    def test_udp(self):
        with Lab("in-line") as lab:
            report = json.loads(lab.fulcrum("load", lab.name, "client1", f"udp://{VIP}:80", "-n", "30", "-c", "1",
                                            "--no-keepalive", "--json").stdout)
            self.assertEqual(report["servers"], {"server1": 10, "server2": 10, "server3": 10})

    def test_nobody_answers(self):
        with Lab("in-line") as lab:
            done = lab.fulcrum("load", lab.name, "client1", f"http://{VIP}:81/", "-n", "2", "--timeout", "0.3", "--json", check=False)
            self.assertEqual(done.returncode, 1)
            self.assertEqual(json.loads(done.stdout)["failed"], 2)
            self.assertEqual(lab.fulcrum("load", lab.name, "client1", "ftp://x/", check=False).returncode, 2)


class Labs(LabTest):
    def test_json_shapes(self):
        with Lab("in-line") as lab:
            self.assertEqual(lab.started["lab"], lab.name)
            self.assertGreater(lab.started["up_ms"], 0)
            self.assertEqual({node["name"] for node in lab.started["nodes"]},
                             {"client1", "router1", "se1", "se2", "server1", "server2", "server3"})
            entry = next(one for one in json.loads(run("ps", "--json").stdout) if one["lab"] == lab.name)
            self.assertLessEqual({"name", "kind", "state"}, set(entry["nodes"][0]))
            stats = lab.stats()
            self.assertLessEqual({"name", "vip", "port", "connections", "servers"}, set(stats["services"][0]))
            self.assertLessEqual({"name", "address", "up", "connections"}, set(stats["services"][0]["servers"][0]))
            self.assertEqual([se["name"] for se in stats["ses"]], ["se1", "se2"])

    def test_stats_go_on_without_an_engine(self):
        with Lab("in-line") as lab:
            lab.fulcrum("kill", lab.name, "se1")
            stats = lab.stats()
            self.assertEqual([se["running"] for se in stats["ses"]], [False, True])
            self.assertEqual(stats["ses"][0]["error"], "se1 is stopped")
            words = lab.fulcrum("stats", lab.name).stdout
            self.assertIn("no engine", words)
            self.assertIn("se1 is stopped", words)
            asked = (("flows", lab.name), ("requests", lab.name), ("ladder", lab.name, "--seconds", "0.1"))
            for arguments in asked:  # the other engine answers, and has seen nothing
                told = lab.fulcrum(*arguments)
                self.assertIn(f"fulcrum: {arguments[0]}: se1 is stopped\n", told.stderr)
            lab.fulcrum("kill", lab.name, "se2")
            for arguments in asked:  # nobody to ask: what was not seen says nothing
                told = lab.fulcrum(*arguments, check=False)
                self.assertEqual(told.returncode, 1)
                self.assertIn("se2 is stopped", told.stderr)
                self.assertNotIn("send a request", told.stdout)

    def test_a_flow_that_got_no_server_names_none(self):
        drawing = json.loads(run("new", "two-arm", "-o", "-").stdout)
        drawing["services"][0]["layer7"] = True
        path = os.path.join(scratch(), f"layer7-{os.getpid()}.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(drawing, file)
        os.chmod(path, 0o644)
        nonsense = "import socket; s = socket.create_connection(('192.168.2.100', 80), 10); s.sendall(b'nonsense\\r\\n\\r\\n'); print(s.recv(99))"
        with Lab(path) as lab:
            self.assertIn("400", lab.exec("client1", "/usr/bin/python3", "-c", nonsense).stdout)
            lab.wait_until(lambda: any(not flow["server"] for flow in lab.flows()), 10, "the flow is told")
            lost = next(flow for flow in lab.flows() if not flow["server"])
            self.assertEqual((lost["server_address"], lost["source"]), ("", ""))
            self.assertNotIn("0.0.0.0", lab.fulcrum("flows", lab.name).stdout)

    def test_unknown_things_are_named(self):
        with Lab("in-line") as lab:
            for arguments in (("stop", lab.name, "nobody"), ("link", lab.name, "nobody:eth0", "down"),
                              ("exec", lab.name, "nobody", "--", "true")):
                done = lab.fulcrum(*arguments, check=False)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn("nobody", done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1)

    def test_interrupting_a_launch_leaves_nothing(self):
        before = traces()
        for delay in (0.02, 0.1):
            launch = subprocess.Popen(command("fulcrum", "up", "star:300", "--name", f"cut-{os.getpid()}"), env=environment(),
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            time.sleep(delay)
            launch.send_signal(signal.SIGINT)
            launch.communicate(timeout=30)
            if launch.returncode == 0:  # it was quicker
                run("down", f"cut-{os.getpid()}")
            self.assertEqual(settle_to(before), {})


if __name__ == "__main__":
    main()
