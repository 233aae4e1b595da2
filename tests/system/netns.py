"""Machines on one switch: network namespaces, joined by veth pairs through a bridge in one more.

Names carry the process id, because namespaces and interfaces of all tests share the machine.
"""

import itertools
import os
import subprocess
import unittest

from harness import wait_until

needs_root = unittest.skipUnless(os.geteuid() == 0 and os.path.exists("/dev/net/tun"),
                                 "network namespaces and TUN need root")

_count = itertools.count(1)


def ip(*arguments):
    done = subprocess.run(["ip", *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"ip {' '.join(map(str, arguments))}: {done.stderr}")
    return done.stdout


class Machine:
    def __init__(self, switch, name, address):
        self.name, self.address = name, address
        self.namespace = f"{switch.prefix}-{name}"
        ip("netns", "add", self.namespace)
        switch.namespaces.append(self.namespace)
        ip("-n", self.namespace, "link", "set", "lo", "up")

    def inside(self, *command):
        """The command line that runs a command there; `ip` becomes that command."""
        return ["ip", "netns", "exec", self.namespace, *map(str, command)]

    def run(self, *command, timeout=60):
        return subprocess.run(self.inside(*command), capture_output=True, text=True, check=False,
                              timeout=timeout)

    def pings(self, address, seconds=1):
        return self.run("ping", "-c", 1, "-W", seconds, address).returncode == 0

    def wait_for_ping(self, address, seconds=20):
        wait_until(lambda: self.pings(address), f"{self.name} to reach {address}", seconds)

    def wait_for_silence(self, address, seconds=30):
        wait_until(lambda: not self.pings(address), f"{self.name} to lose {address}", seconds)


class Switch:
    """One network, 192.0.2.0/24. close() removes everything."""

    def __init__(self):
        self.number = next(_count)
        self.prefix = f"jca{os.getpid()}-{self.number}"
        self.namespaces = []
        self._hosts = itertools.count(1)
        self.hub = Machine(self, "hub", None)
        ip("-n", self.hub.namespace, "link", "add", "br0", "type", "bridge")
        ip("-n", self.hub.namespace, "link", "set", "br0", "up")

    def add(self, name):
        number = next(self._hosts)
        machine = Machine(self, name, f"192.0.2.{number}")
        port = f"p{number}"
        ip("link", "add", "eth0", "netns", machine.namespace, "type", "veth", "peer", "name", port,
           "netns", self.hub.namespace)
        ip("-n", self.hub.namespace, "link", "set", port, "master", "br0", "up")
        ip("-n", machine.namespace, "address", "add", f"{machine.address}/24", "dev", "eth0")
        ip("-n", machine.namespace, "link", "set", "eth0", "up")
        return machine

    def close(self):
        for namespace in self.namespaces:
            subprocess.run(["ip", "netns", "del", namespace], capture_output=True, check=False)
