"""A drawing for every seed: zones, routers, arms, attachments, modes, pools, sizes, and mistakes now and then.

Most are whole, as a person would draw them; about one in five has something wrong put into it on purpose, which the
checks must find. The same seed gives the same drawing.
"""
import ipaddress
import json
import random
import sys

MODES = ("full-proxy", "in-line", "l2-dsr", "l3-dsr-ipip", "l3-dsr-gre")


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.counts = {}
        self.drawing = {"fulcrum": 1, "name": f"random-{seed}", "nodes": [], "links": [], "groups": [], "vrfs": [], "pools": [],
                        "services": [], "address_pools": []}
        self.hosts = {}  # segment id: the last host number given by hand

    def make(self):
        zones = self.between(1, 2) if self.chance(0.3) else 1
        engines = [self.node("se") for _ in range(self.random.choice((1, 1, 2, 3)))]
        for engine in engines:
            if self.chance(0.15):
                engine["auto_gateway"] = False
        # In-line needs active-standby, and one group has one way of standing by.
        standby = self.chance(0.5)
        group = self.add("groups", "group", members=[engine["id"] for engine in engines],
                         ha="active-standby" if standby else "active-active", floating=[])
        same_subnets = self.chance(0.6)
        for number in range(zones):
            vrf = ""
            if zones > 1:
                vrf = self.add("vrfs", "zone")["id"]
            Zone(self, vrf, 0 if same_subnets else number, engines, group, standby).draw()
        if self.chance(0.2):
            self.drawing["offload"] = False
        if self.chance(0.2):
            self.spoil()
        return self.drawing

    # --- small words

    def chance(self, share):
        return self.random.random() < share

    def between(self, low, high):
        return self.random.randint(low, high)

    def add(self, collection, stem, **members):
        self.counts[stem] = self.counts.get(stem, 0) + 1
        entry = {"id": f"{stem}{self.counts[stem]}", **members}
        self.drawing[collection].append(entry)
        return entry

    def node(self, kind, **members):
        return self.add("nodes", kind, kind=kind, **members)

    def segment(self, subnet, vrf):
        segment = self.node("segment", subnet=subnet)
        if vrf:
            segment["vrf"] = vrf
        return segment

    def link(self, node, other, by_hand=None):
        """By hand: the host part; none: the planner gives the address."""
        def end(one, address):
            return {"node": one["id"], **({"address": address} if address else {})}
        address = None
        if by_hand is not None:
            net = ipaddress.ip_network(other["subnet"])
            address = f"{net[by_hand]}/{net.prefixlen}"
        return self.add("links", "link", a=end(node, address), b=end(other, None))

    def wire(self, node, other, subnet):
        net = ipaddress.ip_network(subnet)
        return self.add("links", "link", a={"node": node["id"], "address": f"{net[101]}/{net.prefixlen}"},
                        b={"node": other["id"], "address": f"{net[1]}/{net.prefixlen}"})

    # --- mistakes

    def of_kind(self, *kinds):
        return [node for node in self.drawing["nodes"] if node["kind"] in kinds]

    def spoil(self):
        self.random.choice((self.take_a_link, self.move_a_gateway, self.copy_an_address, self.stop_deriving, self.mix_modes,
                            self.empty_a_pool, self.change_the_group, self.attach_otherwise, self.route_by_hand,
                            self.translate_a_port))()

    def take_a_link(self):
        self.drawing["links"].remove(self.random.choice(self.drawing["links"]))

    def some_address(self):
        subnets = [node["subnet"] for node in self.of_kind("segment")]
        return str(ipaddress.ip_network(self.random.choice(subnets))[self.random.choice((1, 2, 10, 11, 12, 101, 254))])

    def move_a_gateway(self):
        self.random.choice(self.of_kind("client", "server", "router", "se"))["gateway"] = self.some_address()

    def copy_an_address(self):
        ends = [link["a"] for link in self.drawing["links"] if "address" in link["a"]]
        if len(ends) > 1:
            one, other = self.random.sample(ends, 2)
            one["address"] = other["address"]

    def stop_deriving(self):
        self.random.choice(self.of_kind("client", "server", "router", "se"))["derive_routes"] = False

    def mix_modes(self):
        self.random.choice(self.drawing["services"])["mode"] = self.random.choice(MODES)

    def empty_a_pool(self):
        pool = self.random.choice(self.drawing["pools"])
        pool["members"] = pool["members"][:-1]

    def change_the_group(self):
        group = self.drawing["groups"][0]
        group["ha"] = self.random.choice(("active-active", "active-standby", "n+m"))
        group["floating"] = []

    def attach_otherwise(self):
        service = self.random.choice(self.drawing["services"])
        service["attachment"] = self.random.choice(("bgp", "static-route"))
        service["vip"] = "10.250.0.11"

    def route_by_hand(self):
        node = self.random.choice(self.of_kind("client", "server", "router", "se"))
        subnet = self.random.choice(self.of_kind("segment"))["subnet"]
        node["routes"] = [{"destination": subnet, "gateway": self.some_address()}]

    def translate_a_port(self):
        service = self.random.choice(self.drawing["services"])
        service["ports"] = [{"protocol": "tcp", "port": 80, "server_port": 8080}]


class Zone:
    """Clients, routers, segments, servers and services of one VRF, on the engines that all zones share."""

    def __init__(self, maker, vrf, number, engines, group, standby):
        self.m, self.vrf, self.engines, self.group, self.standby = maker, vrf, engines, group, standby
        self.base = 16 + number  # second byte of its subnets

    def subnet(self, number):
        return f"172.{self.base}.{number}.0/24"

    def draw(self):
        m = self.m
        self.front = m.segment(self.subnet(1), self.vrf)
        self.router = m.node("router")
        self.host = m.between(2, 20)  # SEs from here on, where addresses are fixed by hand
        self.fixed = m.chance(0.5)
        m.link(self.router, self.front, 1 if m.chance(0.5) else None)
        self.attach_engines(self.front)
        self.draw_clients()
        self.draw_servers()
        if m.chance(0.12):
            for link in m.drawing["links"]:
                link["mtu_bytes"] = self.mtu
        self.draw_services()

    def attach_engines(self, segment):
        for number, engine in enumerate(self.engines):
            self.m.link(engine, segment, self.host + number if self.fixed else None)

    def draw_clients(self):
        m = self.m
        self.mtu = m.random.choice((1400, 1500, 9000))
        entry = self.router
        if m.chance(0.3):  # one router more on the way
            entry = m.node("router")
            m.wire(entry, self.router, self.subnet(200))
        count = m.random.choice((1, 1, 2, 3))
        shared = m.segment(f"192.168.{self.base}.0/24", self.vrf) if m.chance(0.3) else None
        if shared is not None:
            m.link(entry, shared)
        for number in range(count):
            client = m.node("client")
            if m.chance(0.08):
                m.link(client, self.front)  # on the VIP's own segment
            elif shared is not None:
                m.link(client, shared)
            else:
                m.wire(client, entry, f"192.168.{100 + number}.0/24")
        if m.chance(0.15) and entry is self.router:  # a second way in, with a client of its own behind it
            other, client = m.node("router"), m.node("client")
            m.link(other, self.front)
            m.wire(client, other, "192.168.150.0/24")

    def draw_servers(self):
        """One arm: servers on the front segment, or behind a router of it. Two arms: engines on the servers' segments, or on
        a back segment with a router between."""
        m = self.m
        self.mode = m.random.choice(MODES) if self.standby else m.random.choice([x for x in MODES if x != "in-line"])
        shapes = ["one-arm-direct", "one-arm-routed", "two-arm-direct", "two-arm-routed"]
        if self.mode == "l2-dsr":
            shapes = ["one-arm-direct"]
        elif self.mode == "in-line" and m.chance(0.7):
            shapes = ["one-arm-direct", "two-arm-direct"]
        elif self.mode.startswith("l3-dsr"):
            shapes = ["one-arm-direct", "one-arm-routed", "two-arm-routed"]
        shape = m.random.choice(shapes)
        segments = []
        if shape == "one-arm-direct":
            segments = [self.front]
        else:
            router = None
            if shape == "one-arm-routed":
                router = self.router if m.chance(0.5) else m.node("router")
                if router is not self.router:
                    m.link(router, self.front)
            elif shape == "two-arm-routed":
                router = m.node("router")
                back = m.segment(self.subnet(2), self.vrf)
                m.link(router, back)
                self.attach_engines(back)
                # DSR answers need a way to the clients that does not lead over an engine.
                if self.mode.startswith("l3-dsr") or m.chance(0.2):
                    m.wire(router, self.router, self.subnet(201))
            for number in range(m.random.choice((1, 1, 2))):
                segment = m.segment(self.subnet(10 + number), self.vrf)
                segments.append(segment)
                if router is not None:
                    m.link(router, segment)
                else:
                    self.attach_engines(segment)
        self.segments = segments
        self.servers = []
        for _ in range(m.between(1, 4)):
            server = m.node("server")
            m.link(server, m.random.choice(segments))
            self.servers.append(server)
        if self.mode == "in-line":
            for segment in {one["id"]: one for one in (self.front, *segments)}.values():
                if shape.endswith("direct") or segment is self.front:
                    net = ipaddress.ip_network(segment["subnet"])
                    self.group["floating"].append({"segment": segment["id"], "address": str(net[250])})

    def draw_services(self):
        m = self.m
        for number in range(m.random.choice((1, 1, 2))):
            members = [{"server": server["id"]} for server in self.servers]
            pool = m.add("pools", "pool", members=members)
            if m.chance(0.7):
                kinds = m.random.choice((["ping"], ["tcp-half-open"], ["tcp"], ["http"], ["ping", "tcp"]))
                pool["health"] = [{"kind": kind, "interval_ms": 500, "timeout_ms": 500} for kind in kinds]
            pool["algorithm"] = m.random.choice(("round-robin", "round-robin", "ratio", "least-connections", "maglev"))
            if pool["algorithm"] == "ratio":
                for member in members:
                    member["weight"] = m.between(1, 3)
            if m.chance(0.1):
                pool["persistence"] = "source-ip"
            service = m.add("services", "service", mode=self.mode, group=self.group["id"], pool=pool["id"],
                            ports=[{"protocol": "tcp", "port": 80}])
            if self.vrf:
                service["vrf"] = self.vrf
            if m.chance(0.5) or number > 0:
                home = self.front
                if self.segments[0] is not self.front and self.mode == "full-proxy" and m.chance(0.15):
                    home = m.random.choice(self.segments)
                service["vip"] = str(ipaddress.ip_network(home["subnet"])[200 + number])
            if m.chance(0.2):
                service["ports"].append({"protocol": "udp", "port": 80})
            if m.chance(0.2):
                service["closed_ports"] = "refuse"
            if self.mode in ("full-proxy", "in-line") and m.chance(0.2):
                service["ports"][0] = {"protocol": "tcp", "port": 8000, "server_port": 80}
            if self.mode == "full-proxy":
                self.draw_proxy(service)

    def draw_proxy(self, service):
        m = self.m
        if m.chance(0.2):
            net = ipaddress.ip_network((self.segments[0] if m.chance(0.5) else self.front)["subnet"])
            pool = m.add("address_pools", "snat", purpose="snat", segment=self.front["id"], first=str(net[220]), last=str(net[221]))
            pool["segment"] = next(node["id"] for node in m.of_kind("segment")
                                   if node["subnet"] == str(net) and node.get("vrf", "") == self.vrf)
            service["snat_pool"] = pool["id"]
        only_tcp = all(port["protocol"] == "tcp" for port in service["ports"])
        if only_tcp and m.chance(0.25):
            service["layer7"] = True
        if only_tcp and m.chance(0.15):
            service["proxy_out"] = m.random.choice(("v1", "v2"))


def drawing_of(seed):
    return Maker(seed).make()


if __name__ == "__main__":
    print(json.dumps(drawing_of(int(sys.argv[1])), indent=1))
