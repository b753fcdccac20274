"""`fulcrum demo` shows what really happened: its legs are the mode's, and nothing of the lab is left."""
import json
import unittest

from fulcrum_lab import LabTest, main, run, settle_to, traces

VIP = "10.1.1.100"
CLIENT = "172.16.1.10"


class Demo(LabTest):
    def test_in_line(self):
        """M2: the legs' addresses, and who saw what."""
        before = traces()
        demo = json.loads(run("demo", "in-line", "--json").stdout)
        self.assertEqual({r["server"] for r in demo["requests"]}, {"server1", "server2", "server3"})
        http = [r for r in demo["requests"] if r["url"].startswith("http")]
        self.assertEqual(len(http), 9)
        for request in http:
            self.assertEqual(request["peer"], request["sent_from"])
            self.assertEqual(request["status"], 200)
        request = [leg for leg in demo["legs"] if leg["direction"] == "request"]
        answer = [leg for leg in demo["legs"] if leg["direction"] == "answer"]
        server = request[-1]["to"]
        self.assertEqual([(leg["from"], leg["to"]) for leg in request],
                         [("client1", "router1"), ("router1", "se1"), ("se1", server)])
        self.assertEqual([(leg["from"], leg["to"]) for leg in answer],
                         [(server, "se1"), ("se1", "router1"), ("router1", "client1")])
        self.assertEqual([leg["ttl"] for leg in request], [64, 63, 62])
        self.assertEqual(request[0]["destination"], f"{VIP}:80")
        self.assertNotEqual(request[2]["destination"], f"{VIP}:80")
        self.assertEqual(request[2]["source"], request[0]["source"])
        self.assertEqual(answer[-1]["source"], f"{VIP}:80")
        self.assertEqual(settle_to(before), {})

    def test_l2_dsr(self):
        """M3: only MAC addresses change, and the answer goes past the SE."""
        demo = json.loads(run("demo", "l2-dsr", "--json").stdout)
        request = [leg for leg in demo["legs"] if leg["direction"] == "request"]
        answer = [leg for leg in demo["legs"] if leg["direction"] == "answer"]
        server = request[-1]["to"]
        self.assertEqual(request[-1]["from"], "se1")
        self.assertEqual(request[-1]["rewritten"], ["only MAC addresses"])
        self.assertEqual(request[-1]["destination"], f"{VIP}:80")
        self.assertEqual([(leg["from"], leg["to"]) for leg in answer], [(server, "router1"), ("router1", "client1")])

    def test_in_words(self):
        text = run("demo").stdout
        self.assertIn("lab in-line", text)
        self.assertIn("server1 saw the client's own address", text.replace("server2", "server1").replace("server3", "server1"))
        self.assertNotIn("\033", text)

    def test_what_cannot_be_launched_says_so(self):
        done = run("demo", "bgp-rhi", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("not available yet", done.stderr)


if __name__ == "__main__":
    main()
