"""A granted session on three machines in network namespaces, that Nebula and WireGuard join: MPyC's
port is open to the overlay alone, and nothing is left of it."""

import json
import os
import pathlib
import shutil
import signal
import unittest

from harness import DONE, NAMES, main, wait_until
from mpyc_sessions import GRANTING, MEMBERS, PYTHON, RESULT, MemberTest, needs_mpyc
from nebula_hosts import NEWEST
from netns import Switch, ip, needs_root

NEEDED = ("wg", "wireguard-go", "ip", "nft")
OVERLAYS = (("10.42.0.0/17", "nebula1"), ("fd42::/65", "wireguard"))


@needs_root
@needs_mpyc
@unittest.skipUnless(NEWEST and all(map(shutil.which, NEEDED)),
                     f"needs JOINTCA_TOOLS with the newest nebula, and {', '.join(NEEDED)}")
class OverOverlays(MemberTest):
    """IPv4 goes over Nebula and IPv6 over WireGuard, on the same hosts."""

    kinds = "nebula,wireguard"
    machines = None

    @classmethod
    def tearDownClass(cls):
        for name, machine in (cls.machines or {}).items():
            machine.run("ip", "link", "delete", cls.device(name))  # the end of wireguard-go
        super().tearDownClass()
        if cls.machines:
            cls.switch.close()

    @classmethod
    def device(cls, name):
        return f"j{os.getpid()}s{MEMBERS.index(name)}"

    def prefix(self, name):
        return self.machines[name].inside()

    def make_members(self):
        cls = type(self)
        cls.switch = Switch()
        hub = cls.switch.hub
        self.scene.address = "192.0.2.254"
        ip("-n", hub.namespace, "address", "add", f"{self.scene.address}/24", "dev", "br0")
        cls.machines = {name: cls.switch.add(name) for name in MEMBERS}
        parties = self.scene.add(*NAMES)
        self.scene.keygen(prefix=hub.inside())
        for party in parties:
            party.serve(GRANTING, prefix=hub.inside(), wait=False)
        for party in parties:
            party.wait_ready()
        for name in MEMBERS:
            self.enrol(name)
        for party in parties:
            wait_until(lambda: len(party.hosts()) == len(MEMBERS), f"{party.name} knows all")
        wait_until(lambda: all(party.status()["revocations"] for party in parties), "the first list")
        cls.hosts = {host["name"]: [network.split("/")[0] for network in host["networks"]]
                     for host in parties[0].hosts()}
        cls.nebula = {name: self.join(name) for name in MEMBERS}
        for name in MEMBERS:
            for other in MEMBERS:
                for address in cls.hosts[other]:
                    self.machines[name].wait_for_ping(address)

    def enrol(self, name):
        lighthouse = name == "alice"
        invitation = self.scene["alpha"].invite(name, "--kind", self.kinds, "--group", "mpc",
                                                *(["--lighthouse"] if lighthouse else []))
        address = self.machines[name].address
        flags = ["--endpoint", f"wireguard={address}:51820"]
        if lighthouse:
            flags += ["--lighthouse", "--endpoint", f"nebula={address}:4242"]
        enrolled = self.jointca(name, "enroll", "host", invitation, "--host", self.dir(name), *flags)
        self.assertEqual(enrolled.status, DONE, str(enrolled))

    def jointca(self, name, *arguments):
        return self.scene.start(f"{name}.{arguments[0]}", arguments, self.prefix(name)).outcome()

    def join(self, name):
        """One tick of an agent, and Nebula."""
        to = self.scene.root / f"{name}.nebula"
        self.jointca(name, "agent", "--once", "--host", self.dir(name), "--nebula", to, "--tun",
                     "nebula1", "--nebula-program", NEWEST, "--wireguard", self.device(name))
        return self.start_nebula(name)

    def start_nebula(self, name):
        machine, to = self.machines[name], self.scene.root / f"{name}.nebula"
        nebula = self.scene.start_program(f"{name}.nebula", machine.inside(
            NEWEST, "-config", to / "config.yml"))
        wait_until(lambda: "interface is active" in nebula.out() or not nebula.running(),
                   f"nebula of {name}")
        self.assertTrue(nebula.running(), nebula.out() + nebula.log())
        for overlay, device in OVERLAYS:
            device = self.device(name) if device == "wireguard" else device
            wait_until(lambda: machine.run("ip", "link", "show", "up", "dev", device).stdout,
                       f"{device} of {name}")
            ip("-n", machine.namespace, "route", "replace", overlay, "dev", device)
        return nebula

    def addresses(self):
        """Those that lead over WireGuard."""
        return {name: next(each for each in found if ":" in each)
                for name, found in self.hosts.items()}

    def state(self, name):
        """Of a machine: rules, interfaces, and programs of sessions."""
        machine = self.machines[name]
        links = json.loads(machine.run("ip", "-j", "link", "show").stdout)
        return (machine.run("nft", "list", "ruleset").stdout,
                [(link["ifname"], sorted(link["flags"])) for link in links],
                [process.name for process in pathlib.Path("/proc").glob("[0-9]*")
                 if self.is_ours(process, machine)])

    def is_ours(self, process, machine):
        try:
            return (os.stat(process / "ns/net").st_ino ==
                    os.stat(f"/run/netns/{machine.namespace}").st_ino and
                    b"JOINTCA_SESSION=" in (process / "environ").read_bytes())
        except OSError:
            return False

    def states(self):
        return {name: self.state(name) for name in MEMBERS}

    def reaches_port(self, machine, address, port):
        """Whether a connection is taken there within a second."""
        probe = ("import socket,sys; s=socket.socket(); s.settimeout(1); "
                 f"sys.exit(s.connect_ex(({address!r}, {port})) != 0)")
        return machine.run(PYTHON, "-c", probe).returncode == 0

    def run_over(self, channel):
        before = self.states()
        granted = self.granted(channel)
        outcomes = self.outcomes(self.run_all(granted))
        for name, outcome in outcomes.items():
            self.assertEqual((outcome.status, outcome.out), (DONE, RESULT), str(outcome))
            device = "nebula1" if channel == "nebula" else self.device(name)
            self.assertEqual(self.receipt(name, granted)["fence"], f"nftables {device}")
        self.assertEqual(self.states(), before)
        return granted

    def refused(self, name, granted, text):
        check = self.session("check", granted.path, "--local", "--json", name=name)
        self.assertEqual(check.status, 32, str(check))
        self.assertEqual(json.loads(check.out)["check"], "overlay")
        self.assertIn(text, check.err)

    def test_nebula(self):
        granted = self.run_over("nebula")
        machine = self.machines["bob"]
        ip("-n", machine.namespace, "route", "add", f"{self.hosts['carol'][0]}/32", "dev", "eth0")
        self.refused("bob", granted, "the way to seat 2 (carol)")
        ip("-n", machine.namespace, "route", "del", f"{self.hosts['carol'][0]}/32", "dev", "eth0")
        self.nebula["bob"].kill()
        ip("-n", machine.namespace, "address", "add", f"{self.hosts['bob'][0]}/32", "dev", "lo")
        self.refused("bob", granted, "no Nebula runs here")
        ip("-n", machine.namespace, "address", "del", f"{self.hosts['bob'][0]}/32", "dev", "lo")
        self.nebula["bob"] = self.start_nebula("bob")
        self.expect(self.session("check", granted.path, "--local", name="bob"), DONE)

    def test_wireguard(self):
        granted = self.run_over("wireguard")
        shown = self.machines["bob"].run("wg", "show", self.device("bob"), "allowed-ips").stdout
        carol = next(line.split()[0] for line in shown.splitlines()
                     if self.hosts["carol"][0] + "/" in line)
        self.machines["bob"].run("wg", "set", self.device("bob"), "peer", carol, "remove")
        self.refused("bob", granted, "seat 2 (carol) is no peer")

    def test_the_port_is_open_to_the_overlay_alone_and_a_crash_leaves_it_closed(self):
        before = self.states()
        granted = self.granted("nebula", arguments=("100",))
        seat = granted.manifest["seats"][1]
        processes = self.run_all(granted)
        for process in processes.values():
            process.wait_for_log("All 3 parties connected")
        self.assertIn(f"dport {seat['port']}", self.state("bob")[0])
        os.kill(processes["bob"].process.pid, signal.SIGKILL)
        for name in ("alice", "carol"):
            self.assertEqual(processes[name].wait(60), 44, processes[name].log())
        # Whoever takes MPyC's port now is reached by members over the overlay, and by nobody else.
        listener = self.listener(seat["port"])
        wait_until(lambda: self.reaches_port(self.machines["alice"], self.hosts["bob"][0],
                                             seat["port"]), "the listener")
        self.assertFalse(self.reaches_port(self.machines["alice"],
                                           self.machines["bob"].address, seat["port"]))
        self.assertFalse(self.reaches_port(self.machines["bob"], "127.0.0.1", seat["port"]))
        listener.kill()
        self.assertNotEqual(self.states(), before)
        for _ in range(2):
            self.expect(self.session("close", granted.path, name="bob"), DONE)
            self.assertEqual(self.states(), before)
        self.listener(seat["port"])
        wait_until(lambda: self.reaches_port(self.machines["alice"],
                                             self.machines["bob"].address, seat["port"]),
                   "the port to be open again")

    def listener(self, port):
        listener = self.scene.start_program(f"listener.{len(self.scene.processes)}",
                                            self.machines["bob"].inside(PYTHON, "-m",
                                                                        "http.server", port))
        self.running.append(listener)
        return listener


if __name__ == "__main__":
    main()
