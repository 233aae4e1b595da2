"""Hosts that `jointca agent` keeps in both overlays at once, in network namespaces: nobody names a
lighthouse, renews, reloads or installs by hand. The parties are on the hosts' network.

The two overlays give a host the same addresses. Here routes send IPv4 through Nebula and IPv6
through WireGuard, so that one ping of each kind tells how each overlay is."""

import json
import os
import re
import shutil
import signal
import time
import unittest

from harness import AUTO_POLICY, DONE, NAMES, SystemTest, main, run, wait_until
from nebula_hosts import NEWEST
from netns import Switch, ip, needs_root

TICK = 5
# Dated back by a minute, so renewed 10 to 15 s after it was issued, at the agent's next tick.
SHORT = ("--ttl", "45s")
LONG = ("--ttl", "1h")
NEEDED = ("wg", "wireguard-go", "ip", "ping")


class Ping:
    """Ten a second, until it is ended."""

    def __init__(self, test, host, address):
        self.what = f"{host.name} to {address}"
        self._process = test.scene.start_program(
            f"{host.name}.ping.{address}", host.machine.inside("ping", "-D", "-i", "0.1", address))

    def replies(self):
        """When each came."""
        return [float(at) for at in re.findall(r"^\[([0-9.]+)\] \d+ bytes", self._process.out(),
                                               re.MULTILINE)]

    def silent(self, seconds):
        return time.time() - self.replies()[-1] > seconds

    def end(self):
        """How many were sent and not answered."""
        self._process.signal(signal.SIGINT)
        self._process.wait()
        sent, received = map(int, re.search(r"(\d+) packets transmitted, (\d+) received",
                                            self._process.out()).groups())
        print(f"{self.what}: {sent - received} of {sent} pings lost")
        return sent, sent - received


class Host:
    """A machine with one directory, an agent, Nebula and WireGuard."""

    def __init__(self, test, number, name):
        self.test, self.name = test, name
        self.machine = test.switch.add(name)
        self.dir, self.to = test.scene.root / name, test.scene.root / f"{name}.nebula"
        self.pid_file = test.scene.root / f"{name}.pid"
        self.interface = f"j{os.getpid()}l{test.switch.number}{number}"
        self.agent = self.nebula = None
        self.seen = {}  # name of a file → (its bytes, what `cert show` said of them)

    def jointca(self, name, *arguments):
        return self.test.scene.start(f"{self.name}.{name}", arguments, self.machine.inside())

    def enrol(self, terms, *flags):
        scene = self.test.scene
        if "--lighthouse" in flags:
            terms = (*terms, "--lighthouse")
        invitation = scene["alpha"].invite(self.name, "--group", "lab", "--kind",
                                           "nebula,wireguard", *terms)
        enrolled = self.jointca("enroll", "enroll", "host", invitation, "--host", self.dir,
                                "--json", "--endpoint", f"wireguard={self.machine.address}:51820",
                                *flags)
        networks = self.test.expect(enrolled.outcome(), DONE).json()["networks"]
        self.v4, self.v6 = (network.split("/")[0] for network in networks)

    def start_agent(self):
        self.agent = self.jointca("agent", "agent", "--host", self.dir, "--nebula", self.to,
                                  "--nebula-program", NEWEST, "--nebula-pid-file", self.pid_file,
                                  "--tun", "nebula1", "--wireguard", self.interface, "--interval",
                                  f"{TICK}s")

    def join(self):
        """The agent installs, then Nebula is started."""
        self.start_agent()
        wait_until(lambda: (self.to / "config.yml").exists() and self.status_is("wireguard"),
                   f"the first tick of {self.name}")
        nebula = self.nebula = self.test.scene.start_program(
            f"{self.name}.nebula", self.machine.inside(NEWEST, "-config", self.to / "config.yml"))
        wait_until(lambda: "interface is active" in nebula.out() or not nebula.running(),
                   f"nebula of {self.name}")
        self.test.assertTrue(nebula.running(), nebula.out() + nebula.log())
        self.pid_file.write_text(f"{nebula.process.pid}\n")
        for overlay, device in (("10.42.0.0/17", "nebula1"), ("fd42::/65", self.interface)):
            wait_until(lambda: self.machine.run("ip", "link", "show", "up", "dev", device).stdout,
                       f"{device} of {self.name}")
            ip("-n", self.machine.namespace, "route", "add", overlay, "dev", device)

    def status(self):
        return json.loads((self.dir / "status.json").read_text())

    def status_is(self, task):
        """The last tick did this task."""
        return (self.dir / "status.json").exists() and any(
            each["name"] == task and each["done"] and not each["problem"]
            for each in self.status()["tasks"])

    def stop_agent(self):
        """The agent alone: wireguard-go, which it started, goes on."""
        self.agent.signal(signal.SIGTERM)
        self.agent.wait()

    def renewals(self):
        return self.agent.log().count("renewed until")

    def fingerprints(self):
        return {each["fingerprint"] for each in self.status()["certificates"]}

    def shown(self, name):
        """The certificates in this file of Nebula's directory; the program is asked when it changed."""
        content = (self.to / name).read_bytes()
        if self.seen.get(name, (b"",))[0] != content:
            self.seen[name] = content, run("cert", "show", self.to / name, "--json").json()
        return self.seen[name][1]

    def issuers(self):
        """Of the certificates that Nebula was given."""
        return {each["issuer"] for each in self.shown("host.crt")}

    def trusted(self):
        """The fingerprints of the CA certificates that Nebula was given."""
        return {each["fingerprint"] for each in self.shown("ca.crt")}

    def reaches(self, other):
        return self.machine.pings(other.v4) and self.machine.pings(other.v6)

    def wait_to_reach(self, other):
        wait_until(lambda: self.reaches(other), f"{self.name} to reach {other.name}")

    def close(self):
        if self.agent:
            self.agent.kill()
        # The end of wireguard-go, which the agent started.
        self.machine.run("ip", "link", "delete", self.interface)


@needs_root
@unittest.skipUnless(NEWEST and all(map(shutil.which, NEEDED)),
                     f"needs JOINTCA_TOOLS with the newest nebula, and {', '.join(NEEDED)}")
class Live(SystemTest):
    """A host, then a lighthouse, then another host, each under an agent."""

    def setUp(self):
        super().setUp()
        self.switch = Switch()
        self.addCleanup(self.switch.close)
        self.hub = self.switch.hub
        self.scene.address = "192.0.2.254"  # of the parties
        ip("-n", self.hub.namespace, "address", "add", f"{self.scene.address}/24", "dev", "br0")

    def serve(self, *names):
        for name in names:
            self.scene[name].serve(AUTO_POLICY, prefix=self.hub.inside(), wait=False)
        for name in names:
            self.scene[name].wait_ready()

    def joined(self, *terms, keygen=()):
        """Hosts with these terms that reach each other in both overlays."""
        self.scene.add(*NAMES)
        self.scene.keygen(*keygen, prefix=self.hub.inside())
        self.serve(*NAMES)
        hosts = []
        for number, (name, terms_of) in enumerate(zip(("a", "lighthouse", "b"), terms)):
            host = Host(self, number, name)
            self.addCleanup(host.close)
            endpoint = f"nebula={host.machine.address}:4242"
            start = time.monotonic()
            host.enrol(terms_of, *(("--lighthouse", "--endpoint", endpoint) if number == 1 else ()))
            host.join()
            for other in hosts:
                host.wait_to_reach(other)
                other.wait_to_reach(host)
            print(f"{name}: reached by {len(hosts)} hosts in both overlays "
                  f"{time.monotonic() - start:.1f} s after enroll began")
            hosts.append(host)
        return hosts

    def pings(self, *pairs):
        """One in each overlay; they are answered."""
        pings = [Ping(self, one, address) for one, other in pairs
                 for address in (other.v4, other.v6)]
        for ping in pings:
            wait_until(ping.replies, ping.what)
        return pings

    def expect_hardly_lost(self, pings):
        for ping in pings:
            sent, lost = ping.end()
            self.assertLessEqual(lost, max(1, sent // 100), ping.what)

    def test_hosts_renew_under_pings_and_a_revoked_one_is_cut_off(self):
        a, lighthouse, b = self.joined(SHORT, SHORT, LONG)
        pings = self.pings((a, lighthouse), (b, a))
        before = {host: (host.renewals(), host.fingerprints()) for host in (a, lighthouse)}
        for host, (renewals, fingerprints) in before.items():
            wait_until(lambda: host.renewals() > renewals and
                       fingerprints.isdisjoint(host.fingerprints()), f"renewal of {host.name}")
            self.assertIn("refreshed from disk", host.nebula.out())
        time.sleep(4)  # a reload makes new tunnels after 2 to 3 s
        self.expect_hardly_lost(pings)

        b.stop_agent()  # who stole it does not help
        pings = self.pings((a, b), (lighthouse, b))
        for party in ("alpha", "beta"):
            revoked = time.time()
            self.expect(self.scene[party].command("revoke", "b", "--reason", "test"), DONE)
        wait_until(lambda: self.scene["alpha"].status()["revocations"]["certificates"], "the list")
        print(f"on the list {time.time() - revoked:.1f} s after the vote that sufficed")
        for ping in pings:
            wait_until(lambda: ping.silent(3), f"{ping.what} cut off")
            overlay = "WireGuard" if ":" in ping.what else "Nebula"
            print(f"{overlay}, {ping.what}: cut off {ping.replies()[-1] - revoked:.1f} s after it")
        for other in (a, lighthouse):
            self.assertFalse(b.machine.pings(other.v4))
            self.assertFalse(b.machine.pings(other.v6))
        self.assertTrue(a.reaches(lighthouse))
        self.assertEqual({each["state"] for each in b.status()["certificates"]}, {"live"})

    def test_hosts_go_over_to_the_next_ca_certificate_under_pings(self):
        # Every 48 s a CA certificate takes over, and 39 s later the one before it ends.
        short = (*SHORT, "--expires", "5m")
        hosts = self.joined(short, short, short, keygen=("--valid", "96s", "--successors", "15"))
        a, lighthouse, b = hosts
        pings = self.pings((a, b), (lighthouse, a), (b, lighthouse))
        old = set.union(*(host.issuers() for host in hosts))
        for host in hosts:
            wait_until(lambda: old.isdisjoint(host.issuers()), f"{host.name} to go over", 90)
        both = a.trusted()
        self.assertGreater(len(both), 1)
        self.assertFalse(both.isdisjoint(old))
        for host in hosts:
            wait_until(lambda: old.isdisjoint(host.trusted()), f"{host.name} to drop the old", 90)
        time.sleep(4)
        for host in hosts:
            self.assertNotIn("failed", host.agent.log())
        self.expect_hardly_lost(pings)

    def test_parties_go_and_come_back(self):
        a, _, b = self.joined(SHORT, LONG, LONG)
        pings = self.pings((a, b), (b, a))
        self.scene["gamma"].stop()
        renewals = a.renewals()
        wait_until(lambda: a.renewals() > renewals, "renewal with two parties")
        self.scene["beta"].stop()
        a.agent.wait_for_log("renewal failed")
        kept = a.fingerprints()
        self.assertTrue(a.reaches(b))
        time.sleep(TICK + 1)  # and the next tick changes nothing
        self.assertEqual(a.fingerprints(), kept)
        self.assertGreaterEqual(a.status()["renewal"]["failures"], 1)
        self.assertTrue(b.reaches(a))
        self.serve("beta", "gamma")
        wait_until(lambda: kept.isdisjoint(a.fingerprints()), "what was renewed")
        time.sleep(4)
        self.assertTrue(a.reaches(b))
        for host in (a, b):
            self.assertEqual(host.status()["warnings"], [])
        self.expect_hardly_lost(pings)


if __name__ == "__main__":
    main()
