"""SPEC section 4: every template that can run is launched, and every client reaches every server of every VIP of its zone."""
import collections
import json
import unittest

from fulcrum_lab import Lab, LabTest, main, run
from reached import ask, clients, plan_of, se_addresses, snat_addresses, vips

# Of the templates with zones: which client belongs to which.
ZONES = {"client1": "inside", "client2": "dmz"}


def runnable():
    return [info["id"] for info in json.loads(run("templates", "--json").stdout) if info["runs"]]


class Templates(LabTest):
    def check_template(self, name):
        with Lab(name) as lab:
            plan = plan_of(lab)
            services = vips(plan)
            self.assertTrue(services)
            asked = 0
            for (vrf, vip, port), (mode, servers) in services.items():
                for client, address in clients(plan).items():
                    if vrf != "global" and ZONES[client] != vrf:
                        self.assertIsNone(ask(lab, client, vip, port, seconds=1), "a client of another zone got an answer")
                        continue
                    seen = collections.Counter()
                    for _ in range(2 * len(servers)):
                        answer = ask(lab, client, vip, port)
                        self.assertIsNotNone(answer, f"{client} got no answer from {vip}:{port}")
                        asked += 1
                        seen[answer["server"]] += 1
                        peer = answer["peer"].rsplit(":", 1)[0]
                        if mode == "full-proxy":
                            snat = snat_addresses(plan, vrf, vip)
                            self.assertIn(peer, snat or se_addresses(plan, vrf))
                        else:
                            self.assertEqual(peer, address)
                    self.assertEqual(set(seen), servers, f"{client} to {vip}:{port}")
            self.assertGreater(asked, 0)

    def test_the_same_connection_in_two_zones_at_once_does_not_mix(self):
        """N7: one client address and port, one server address and port, in both zones at the same time."""
        with Lab("topology-7") as lab:
            line = ["curl", "-sS", "--max-time", "5", "--local-port", "40001"]
            pair = {"client1": "http://172.16.1.21/delay/700", "client2": "http://10.10.50.21/delay/700"}
            running = {client: lab.popen(client, *line, url, stdout=-1) for client, url in pair.items()}
            answers = {client: json.loads(process.communicate(timeout=20)[0]) for client, process in running.items()}
            for client, answer in answers.items():
                self.assertEqual(answer["peer"], "192.168.1.101:40001")
            self.assertEqual(answers["client1"]["local"], answers["client2"]["local"])
            self.assertIn(answers["client1"]["server"], {f"server{n}" for n in range(1, 7)})
            self.assertIn(answers["client2"]["server"], {f"server{n}" for n in range(7, 13)})


for template in runnable():
    def test(self, name=template):
        self.check_template(name)
    test.__name__ = f"test_{template.replace('-', '_')}"
    setattr(Templates, test.__name__, test)

if __name__ == "__main__":
    main()
