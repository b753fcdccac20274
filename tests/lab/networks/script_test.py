"""`plan --script`, run by a plain shell in fresh namespaces, builds the network that `up` builds: object by object."""
import contextlib
import json
import os
import subprocess
import time
import unittest

from fulcrum_lab import Lab, LabTest, main, run, scratch

# Of an interface, what the plan decides. Indices, peers' namespaces and queues are the kernel's own affair.
LINK_KEYS = ("ifname", "mtu", "address", "link_type")


OBJECTS = ("link", "address", "route show table all", "rule", "neigh show nud permanent")
INTERFACE_SETTINGS = ("rp_filter", "arp_ignore", "arp_announce", "accept_redirects", "send_redirects", "forwarding")


def tidy_links(links, planned):
    """{name: what matters}. Where the plan gives no MAC it is the kernel's choice: an SE's engine has its own."""
    with_mac = {interface["name"] for interface in planned if interface.get("mac")} | {"lo"}
    found = {}
    for link in links:
        kept = {key: link[key] for key in LINK_KEYS}
        kept["flags"] = sorted(set(link["flags"]) & {"UP", "LOWER_UP", "NOARP", "LOOPBACK", "BROADCAST", "MULTICAST", "PROMISC"})
        if link["ifname"] not in with_mac:
            kept.pop("address")
        found[link["ifname"]] = kept
    return found


def tidy_addresses(links):
    return {link["ifname"]: sorted((one["family"], one["local"], one["prefixlen"], one["scope"], one.get("broadcast", ""))
                                   for one in link["addr_info"]) for link in links}


def tidy(rows):
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


class Snapshot:
    """Everything the kernel knows of a network, through `ip` and /proc, whoever made it."""

    def __init__(self, inside, plan):
        """`inside(node, *argv)` runs a command in a node; the node None is where the bridges are."""
        nodes = plan["lab"]["nodes"]
        ends = {(node["name"], interface["name"]) for node in nodes for interface in node["interfaces"]}
        self.nodes, indices = {}, {}
        for node in nodes:
            name = node["name"]
            keys = sorted({sysctl["key"] for sysctl in node.get("sysctls", [])} | {
                f"net/ipv4/conf/{interface['name']}/{key}" for interface in node["interfaces"] for key in INTERFACE_SETTINGS})
            *objects, values = inside(name, "sh", "-c", "; echo ==; ".join(
                [f"ip -j {what}" for what in OBJECTS] + [" && ".join(f"cat /proc/sys/{key}" for key in keys)])).split("==\n")
            found = {what.split()[0]: json.loads(text.strip() or "[]") for what, text in zip(OBJECTS, objects)}
            here = {link["ifname"]: link["ifindex"] for link in found["link"]}
            for link in found["link"]:  # the other end is told by name where it is in the same namespace
                indices[name, link["ifname"]] = (link["ifindex"], link.get("link_index", here.get(link.get("link"))))
            self.nodes[name] = {
                "links": tidy_links(found["link"], node["interfaces"]),
                "addresses": tidy_addresses(found["address"]),
                "routes": tidy(found["route"]),
                "rules": tidy(found["rule"]),
                "neighbours": tidy(found["neigh"]),
                "settings": dict(zip(keys, values.split(), strict=True)),
            }
        # A wire's two ends name each other; a port is told from the bridge it belongs to.
        self.wires = set()
        for wire in plan["lab"].get("wires", []):
            a, b = ((wire[end]["node"], wire[end]["interface"]) for end in ("a", "b"))
            if (indices[a][1], indices[b][1]) == (indices[b][0], indices[a][0]):
                self.wires.add((a, b))
            ends -= {a, b}
        fabric = {link["ifindex"]: link for link in json.loads(inside(None, "ip", "-j", "-d", "link"))}
        self.bridges = {}
        for end in ends:
            port = fabric[indices[end][1]]
            key = port["master"]
            bridge = self.bridges.setdefault(key, {"ports": set()})
            bridge["ports"].add((*end, port["mtu"], port["linkinfo"]["info_slave_data"]["state"]))
        for link in fabric.values():
            if link["ifname"] in self.bridges:
                data = link["linkinfo"]["info_data"]
                self.bridges[link["ifname"]].update(up="UP" in link["flags"], **{
                    key: data[key] for key in ("stp_state", "forward_delay", "mcast_snooping", "ageing_time", "vlan_filtering")})
        self.bridges = sorted(self.bridges.values(), key=lambda bridge: sorted(bridge["ports"]))


def supervisor_of(lab):
    """The lab's first process, by its name and its command line."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            with open(f"/proc/{pid}/cmdline", "rb") as line, open(f"/proc/{pid}/status") as status:
                words = line.read().split(b"\0")
                if (words[0].endswith(b"fulcrum-lab") and lab.name.encode() in words
                        and any(row.startswith("NSpid:") and row.split()[-1] == "1" for row in status)):
                    return pid
    raise AssertionError("the lab has no supervisor")


def of_lab(lab, plan):
    pid = supervisor_of(lab)

    def inside(node, *argv):
        if node is not None:
            return lab.exec(node, *argv).stdout
        return subprocess.run(["nsenter", "-t", pid, "-U", "-n", "--preserve-credentials", *argv], check=True,
                              capture_output=True, text=True).stdout
    return Snapshot(inside, plan)


def of_script(drawing, plan):
    """The script runs in one shell, in namespaces of its own, and the same shell answers what we ask of them."""
    path = os.path.join(scratch(), "network.sh")
    with open(path, "w") as file:
        file.write(run("plan", drawing, "--script").stdout)
    shell = subprocess.Popen(["unshare", "-rmn", "sh"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             text=True)
    prefix = f"fulcrum-{plan['lab']['name']}:"

    def ask(line):
        shell.stdin.write(line + "; echo \"== $?\"\n")
        shell.stdin.flush()
        text = []
        for row in shell.stdout:
            if row.startswith("== "):
                if row != "== 0\n":
                    raise AssertionError(f"{line}: {''.join(text)}")
                return "".join(text)
            text.append(row)
        raise AssertionError(f"the shell ended: {''.join(text)}")

    def inside(node, *argv):
        words = " ".join("'" + word.replace("'", "'\\''") + "'" for word in argv)
        return ask(f"ip netns exec '{prefix}{':segments' if node is None else node}' {words}")
    with shell:
        ask("mount -t tmpfs tmpfs /run")
        ask(f"sh {path} up")
        try:
            deadline = time.monotonic() + 30  # a port carries, and forwards, a moment after its other end is up
            while time.monotonic() < deadline:
                links = ask("for n in $(ls /run/netns); do ip -n $n -d link; done")
                if "NO-CARRIER" not in links and "state disabled" not in links:
                    break
                time.sleep(0.1)
            found = Snapshot(inside, plan)
        finally:
            ask(f"sh {path} down")
            shell.stdin.close()
    return found


def routed_in_line():
    """In-line through a second router: the drawing with policy routes, tables and rules of their own."""
    drawing = json.loads(run("new", "topology-1", "-o", "-").stdout)
    for service in drawing["services"]:
        service["mode"] = "in-line"
    drawing["groups"][0].update(ha="active-standby", floating=[{"segment": "segment1", "address": "172.16.1.9"}])
    path = os.path.join(scratch(), "routed-in-line.json")
    with open(path, "w") as file:
        json.dump(drawing, file)
    return path


class Script(LabTest):
    maxDiff = None

    def same(self, drawing):
        plan = json.loads(run("plan", drawing, "--json").stdout)
        with Lab(drawing) as lab:
            ours = of_lab(lab, plan)
        theirs = of_script(drawing, plan)
        self.assertEqual(set(ours.nodes), set(theirs.nodes))
        for node in ours.nodes:
            for part in ours.nodes[node]:
                self.assertEqual(theirs.nodes[node][part], ours.nodes[node][part], f"{part} of {node}")
        self.assertEqual(len(ours.wires), len(plan["lab"].get("wires", [])))
        self.assertEqual(theirs.wires, ours.wires)
        self.assertEqual(theirs.bridges, ours.bridges)
        self.assertEqual(len(ours.bridges), len(plan["lab"]["segments"]))
        return ours

    def test_l2_dsr(self):
        ours = self.same("l2-dsr")
        self.assertEqual(ours.nodes["server1"]["settings"]["net/ipv4/conf/all/arp_ignore"], "1")

    def test_l3_dsr_gre(self):
        self.same("l3-dsr-gre")

    def test_snat_pool(self):
        self.same("snat-pool")

    def test_topology_5(self):
        self.same("topology-5")

    def test_rules_and_tables_of_their_own(self):
        ours = self.same(routed_in_line())
        self.assertTrue(any("100" in rule for rule in ours.nodes["router1"]["rules"]), ours.nodes["router1"]["rules"])


if __name__ == "__main__":
    main()
