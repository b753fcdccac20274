"""Labs for full proxy: a template with a few things changed, its engine's live configuration, programs in nodes."""
import json
import os
import subprocess
import tempfile
import time

from fulcrum_lab import Lab, command, environment, run, scratch

SERVERS = {"server1": "10.10.10.11", "server2": "10.10.10.12", "server3": "10.10.10.13"}
CLIENT = "192.168.1.101"
VIP = "192.168.2.100"
BACK = "10.10.10.101"  # the engine's address towards servers


def drawn(template, change):
    """A file with the template's drawing after change(drawing)."""
    drawing = json.loads(run("new", template, "-o", "-").stdout)
    change(drawing)
    handle, path = tempfile.mkstemp(suffix=".json", dir=scratch())
    with os.fdopen(handle, "w") as file:
        json.dump(drawing, file)
    os.chmod(path, 0o644)
    return path


def by_id(drawing, kind, name):
    return next(item for item in drawing[kind] if item["id"] == name)


class ProxiedLab(Lab):
    """`with ProxiedLab(change, template) as lab:` of two-arm unless said; change(drawing) may be None."""

    def __init__(self, change=None, template="two-arm"):
        super().__init__(drawn(template, change or (lambda drawing: None)))

    def engine(self, request, node="se1"):
        """One line to the engine's control socket and its answer; asked from inside the node, the only way in."""
        said = self.exec(node, "python3", "-c", _ask_engine, input=json.dumps(request) + "\n").stdout
        answer = json.loads(said)
        if not answer["ok"]:
            raise AssertionError(f"{node}: {answer['error']}")
        return answer

    def reconfigure(self, change, node="se1"):
        """A live change of what the planner gave an engine: change(configuration)."""
        plan = json.loads(run("plan", self.drawing, "--json").stdout)
        entry = next(n for n in plan["lab"]["nodes"] if n["name"] == node)
        configuration = json.loads(next(p["input"] for p in entry["processes"] if p["name"] == "engine"))
        change(configuration)
        self.engine({"op": "configure", "config": configuration}, node)

    def proxy(self, node="se1"):
        """The engine's counters of proxied connections."""
        return next(se["proxy"] for se in self.stats()["ses"] if se["name"] == node)

    def drops(self, node="se1"):
        return next(se["drops"] for se in self.stats()["ses"] if se["name"] == node)

    def engine_bytes(self, node="se1"):
        """Memory that the engine's process holds."""
        status = self.exec(node, "sh", "-c", "cat /proc/$(pidof fulcrum-se)/status").stdout
        return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmRSS"))

    def until_up(self, seconds=10):
        self.wait_until(lambda: all(s["up"] for v in self.stats()["services"] for s in v["servers"]), seconds,
                        "every server is up")

    def python(self, node, script, *arguments, **options):
        """A Python program in a node, to its end."""
        return self.exec(node, "python3", "-c", script, *map(str, arguments), **options)

    def start_python(self, node, script, *arguments, stdin=subprocess.DEVNULL):
        """A Python program in a node that says a line when it is ready."""
        process = subprocess.Popen(
            command("fulcrum", "exec", self.name, node, "--", "python3", "-u", "-c", script, *map(str, arguments),
                    as_root=self.as_root),
            env=environment(self.as_root), stdin=stdin, stdout=subprocess.PIPE, text=True)
        if not process.stdout.readline():
            raise AssertionError(f"the program in {node} ended at once")
        return process

    def take_port_80(self, *nodes):
        """Ends the built-in servers, so that another program can have their port."""
        for node in nodes:
            self.end_program(node, "fulcrum-server")

    def nginx(self, node, server, http=""):
        """A real nginx with one server block, in the foreground of nobody; logs under /run."""
        self.exec(node, "sh", "-c",
                  "mkdir -p /run/w && hostname > /run/w/index.html && cat > /run/n.conf && nginx -c /run/n.conf",
                  input="user root; worker_processes 1; worker_rlimit_nofile 16384; pid /run/n.pid; error_log /run/n.err;\n"
                        "events { worker_connections 12000; }\n"
                        "http { access_log /run/n.log; client_max_body_size 0; client_body_temp_path /run/n.body;\n"
                        + http + "\nserver { root /run/w; " + server + " } }\n")

    def haproxy(self, node, text):
        """A real HAProxy with these proxies, in the background of the node."""
        self.exec(node, "sh", "-c", "cat > /run/h.cfg && haproxy -D -f /run/h.cfg -p /run/h.pid",
                  input="global\n maxconn 4000\n nbthread 1\n"
                        "defaults\n timeout connect 3s\n timeout client 30s\n timeout server 30s\n" + text)


_ask_engine = """
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
s.connect(b"\\0fulcrum-se")
s.sendall(sys.stdin.buffer.readline())
print(s.makefile().readline(), end="")
"""


def stop(process):
    process.terminate()
    process.wait(timeout=10)
    if process.stdout:
        process.stdout.close()


def timed(action):
    """(seconds, what it returned)"""
    began = time.monotonic()
    out = action()
    return time.monotonic() - began, out
