"""Which servers answer which client through which VIP, by real requests."""
import ipaddress
import json


def plan_of(lab):
    return json.loads(lab.fulcrum("plan", lab.drawing, "--json").stdout)


def vips(plan):
    """{(vrf, vip, port): (mode, {server name})} of the engines that own them."""
    found = {}
    for engine in plan["engines"].values():
        if engine["role"] != "active":
            continue
        servers = {pool["name"]: {server["name"] for server in pool["servers"]} for pool in engine["pools"]}
        for service in engine["services"]:
            for port in service["ports"]:
                if port["protocol"] == "tcp":
                    found[service.get("vrf", "global"), service["vip"], port["port"]] = (
                        service["mode"], servers[service["pool"]])
    return found


def clients(plan):
    """{name: address}"""
    return {node["name"]: node["interfaces"][0]["addresses"][0].split("/")[0]
            for node in plan["lab"]["nodes"] if node["kind"] == "client"}


def se_addresses(plan, vrf):
    """What full proxy may ask from: the SEs' own addresses in the zone, and their SNAT addresses."""
    found = set()
    for engine in plan["engines"].values():
        for interface in engine["interfaces"]:
            if interface.get("vrf", "global") == vrf:
                found |= {str(ipaddress.ip_interface(address).ip) for address in interface["addresses"]}
    return found


def snat_addresses(plan, vrf, vip):
    for engine in plan["engines"].values():
        for service in engine["services"]:
            if service.get("vrf", "global") == vrf and service["vip"] == vip and service.get("snat"):
                return set(service["snat"])
    return set()


def ask(lab, client, vip, port, seconds=4):
    """The built-in server's answer, or None."""
    done = lab.exec(client, "curl", "-sS", "--max-time", str(seconds), f"http://{vip}:{port}/", check=False)
    return json.loads(done.stdout) if done.returncode == 0 else None
