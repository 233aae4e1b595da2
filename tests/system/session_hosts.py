"""Hosts of one overlay each, in network namespaces, between which sessions of MPyC are run."""

import json
import os
import re
import time

from harness import BINARY, DONE, wait_until
from mpyc_sessions import PYTHON
from nebula_hosts import NEWEST
from netns import ip
from session_faults import MODULE, PROGRAM

OVERLAY = "10.42.0.0/17"


class Member:
    """A machine with one host's directory, a working folder, and an agent that keeps the host in an
    overlay: `nebula` or `wireguard`."""

    def __init__(self, test, name, kind, lighthouse=False):
        self.test, self.name, self.kind, self.lighthouse = test, name, kind, lighthouse
        self.machine = test.switch.add(name)
        root = test.scene.root
        self.dir, self.work, self.to = root / name, root / f"{name}.work", root / f"{name}.nebula"
        self.pid_file = root / f"{name}.pid"
        self.interface = f"j{os.getpid()}m{self.machine.address.rsplit('.', maxsplit=1)[1]}"
        if kind == "nebula":
            self.interface = "nebula1"
        self.work.mkdir()
        self.provide()

    def provide(self, program=PROGRAM, module=MODULE):
        (self.work / "santa.py").write_text(program)
        (self.work / "factor.py").write_text(module)

    def start(self, what, *arguments, environment=None):
        """A jointca process in the working folder, on the machine."""
        prefix = self.machine.inside("env", "-C", self.work)
        scene = self.test.scene
        return scene.start_program(f"{self.name}.{what}.{len(scene.processes)}",
                                   [*prefix, BINARY, *arguments], environment)

    def command(self, *arguments):
        return self.test.expect(self.start(arguments[1], *arguments).outcome(60), DONE)

    def enrol(self):
        flags = ("--lighthouse",) if self.lighthouse else ()
        invitation = self.test.scene["alpha"].invite(self.name, "--group", "lab", "--kind",
                                                     self.kind, "--ttl", "24h", *flags)
        if self.kind == "wireguard":
            flags = ("--endpoint", f"wireguard={self.machine.address}:51820")
        elif self.lighthouse:
            flags = ("--lighthouse", "--endpoint", f"nebula={self.machine.address}:4242")
        enrolled = self.command("enroll", "host", invitation, "--host", self.dir, "--json", *flags)
        networks = [each.split("/")[0] for each in enrolled.json()["networks"]]
        self.address = next(each for each in networks if "." in each)

    def join(self):
        """Starts the agent, and Nebula where it is that."""
        flags = ("--wireguard", self.interface)
        if self.kind == "nebula":
            flags = ("--nebula", self.to, "--nebula-program", NEWEST, "--nebula-pid-file",
                     self.pid_file, "--tun", self.interface)
        self.start("agent", "agent", "--host", self.dir, "--interval", "5s", *flags)
        status = self.dir / "status.json"
        wait_until(lambda: status.exists() and any(
            each["name"] == self.kind and each["done"] and not each["problem"]
            for each in json.loads(status.read_text())["tasks"]), f"the agent of {self.name}", 60)
        if self.kind == "nebula":
            nebula = self.test.scene.start_program(f"{self.name}.nebula", self.machine.inside(
                NEWEST, "-config", self.to / "config.yml"))
            self.pid_file.write_text(f"{nebula.process.pid}\n")
        wait_until(lambda: self.machine.run("ip", "link", "show", "up", "dev",
                                            self.interface).stdout, f"{self.interface}", 60)
        ip("-n", self.machine.namespace, "route", "add", OVERLAY, "dev", self.interface)

    def close(self):
        if self.kind == "wireguard":  # the end of wireguard-go, which the agent started
            self.machine.run("ip", "link", "delete", self.interface)


class Session:
    """A granted session of three members, which they run again and again."""

    def __init__(self, members, channel, port, window="2h"):
        self.members, self.channel, author = members, channel, members[0]
        stem = author.test.scene.root / f"{channel}.{window}"
        words = []
        for member in members:
            place = f"={member.machine.address}" if channel == "tls" else ""
            words += ["--member", member.name + place]
        author.command("session", "new", "--program", "santa.py", "--arg", "1", "--file",
                       "factor.py", "--channel", channel, "--port", port, "--meeting-port",
                       port + 1000, "--window", window, *words, "-o", stem, "--host", author.dir,
                       "--python", PYTHON)
        self.manifest = json.loads(stem.read_text())
        self.manifest["deadlines"]["connect"] = 25
        stem.write_text(json.dumps(self.manifest, indent=2) + "\n")
        consents = []
        for member in members:
            consent = f"{stem}.{member.name}"
            member.command("session", "sign", stem, "-o", consent, "--host", member.dir,
                           "--python", PYTHON)
            consents += ["--consent", consent]
        self.path = author.test.scene.root / f"{stem.name}.grant"
        author.command("session", "grant", stem, *consents, "-o", self.path, "--host", author.dir)
        self.id = self.manifest["session"]

    def run(self, member, *flags, path=None, wait="30s", python=PYTHON, environment=None):
        return member.start("run", "session", "run", path or self.path, "--host", member.dir,
                            "--python", python, "--wait", wait, *flags, environment=environment)

    def changed(self, name, change):
        """A copy of the file, edited by hand: `change` takes the file and its manifest."""
        document = json.loads(self.path.read_text())
        manifest = json.loads(document["manifest"])
        change(document, manifest)
        document["manifest"] = json.dumps(manifest, indent=2) + "\n"
        path = self.path.with_suffix(f".{name}")
        path.write_text(json.dumps(document, indent=2) + "\n")
        return path

    def place(self, seat):
        found = self.manifest["seats"][seat]
        return found["address"], found["port"], found["meeting"]


class Ended:
    """How the runs of a cell ended: what each printed, and after how long."""

    def __init__(self, processes, patience):
        begin = time.monotonic()
        self.processes, self.seconds = processes, {}
        while len(self.seconds) < len(processes) and time.monotonic() < begin + patience:
            for name, process in processes.items():
                if name not in self.seconds and not process.running():
                    self.seconds[name] = time.monotonic() - begin
            time.sleep(0.05)
        self.waiting = [name for name in processes if name not in self.seconds]
        for name in self.waiting:
            processes[name].kill()

    def status(self, name):
        return self.processes[name].process.returncode

    def totals(self):
        return [line for process in self.processes.values() for line in process.out().splitlines()
                if line.startswith("total")]

    def refusal(self, name):
        """The check that it names, with the reason; or what the command line says."""
        log = self.processes[name].log()
        found = re.search(r"^jointca: [a-z0-9-]+: .*$", log, re.MULTILINE)
        if found:
            return found[0]
        return log if self.status(name) == 2 else None

    def __str__(self):
        return "\n".join(f"{name}: {self.status(name)} after {self.seconds.get(name, 'ever')}: "
                         f"{process.out()}{process.log()}"
                         for name, process in self.processes.items())
