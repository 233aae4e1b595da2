"""Members of a session of MPyC on one machine: hosts of one authority, a working folder each, and
everything up to the grant. MPyC itself is of JOINTCA_TOOLS."""

import itertools
import json
import os
import pathlib
import shutil
import socket
import unittest

from harness import AUTO_POLICY, BINARY, DONE, Scene, SystemTest, run, wait_until

TOOLS = pathlib.Path(os.environ.get("JOINTCA_TOOLS", "/nonexistent"))
PYTHON = TOOLS / "mpyc/bin/python"
needs_mpyc = unittest.skipUnless(PYTHON.exists(), "no MPyC in JOINTCA_TOOLS")

GRANTING = AUTO_POLICY + "sessions: {approve: auto}\n"
MEMBERS = ("alice", "bob", "carol")

# Adds what everybody puts in, after as many seconds as its first argument says. A member may have a
# number of its own, and leaves what it got in a file.
PROGRAM = """import asyncio, pathlib, subprocess, sys
from mpyc.runtime import mpc
import factor

async def main():
    secint = mpc.SecInt(32)
    await mpc.start()
    if sys.argv[1] != '0':
        subprocess.Popen(['sleep', '600'])
    await asyncio.sleep(float(sys.argv[1]))
    own = pathlib.Path('own.txt')
    value = int(own.read_text()) if own.exists() else 1000 * (mpc.pid + 1)
    total = await mpc.output(mpc.sum(mpc.input(secint(value))) * factor.FACTOR)
    print('total', total, *(['of', mpc.pid] if 'tell' in sys.argv else []), flush=True)
    pathlib.Path('made.txt').write_text(str(total))
    await mpc.shutdown()

mpc.run(main())
"""
_count = itertools.count(1)
MODULE = "FACTOR = 2\n"
RESULT = "total 12000\n"


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Granted:
    """A granted session: its file, and what its manifest says."""

    def __init__(self, path, manifest):
        self.path, self.manifest = path, manifest
        self.id = manifest["session"]


class MemberTest(SystemTest):
    """All tests of a class share one authority and its enrolled hosts, which have eight sessions in
    an hour; and common(), a session over TLS."""

    shared = None
    _common = None
    kinds = "nebula"

    @classmethod
    def tearDownClass(cls):
        if cls.shared:
            cls.shared.close()
            cls.shared = cls._common = None

    def setUp(self):
        first = type(self).shared is None
        if first:
            type(self).shared = Scene()
        self.scene = type(self).shared
        self.addCleanup(self.end_of_test)
        self.running = []
        if first:
            self.make_members()
        for name in MEMBERS:
            self.work(name).mkdir(exist_ok=True)
            self.provide(name, "santa.py", PROGRAM)
            self.provide(name, "factor.py", MODULE)

    def end_of_test(self):
        for process in self.running:
            process.kill()
        if self.failed():
            self.scene.print_logs()
        self.assertEqual(self.scene.sanitizer_reports(), [], "found by a sanitizer")

    def make_members(self):
        parties = self.trio(GRANTING)
        for name in MEMBERS:
            self.enrolled(parties[0], name, "--kind", self.kinds)
        for party in parties:
            wait_until(lambda: len(party.hosts()) == len(MEMBERS), f"{party.name} knows all")
        wait_until(lambda: all(party.status()["revocations"] for party in parties), "the first list")
        for name in MEMBERS:
            self.fetch(name)

    def fetch(self, name):
        """What an agent would: the list of revocations."""
        run("agent", "--once", "--host", self.dir(name))

    def dir(self, name):
        return self.scene.root / name

    def work(self, name):
        return self.scene.root / f"{name}.work"

    def provide(self, name, path, text):
        target = self.work(name) / path
        target.parent.mkdir(exist_ok=True)
        target.write_text(text)

    def addresses(self):
        """Where members are reached on the channels tls and direct."""
        return {name: f"127.0.0.{number}" for number, name in enumerate(MEMBERS, 1)}

    def session(self, command, *arguments, name="alice"):
        """Runs in the member's working folder."""
        if command in ("new", "sign", "check"):
            arguments = ("--python", PYTHON, *arguments)
        return self.in_background(name, command, *arguments).outcome(90)

    def in_background(self, name, command, *arguments, prefix=(), environment=None):
        return self.scene.start_program(
            f"{name}.{command}.{next(_count)}",
            [*self.prefix(name), *prefix, "env", "-C", self.work(name), BINARY, "session", command,
             *arguments, "--host", self.dir(name)], environment)

    def granted(self, channel="tls", members=MEMBERS, arguments=("0",), change=None, flags=()):
        """A session of these members."""
        places = self.addresses()
        words = []
        for name in members:
            words += ["--member", name if channel == "nebula" else f"{name}={places[name]}"]
        stem = self.scene.root / f"{channel}.{next(_count)}"
        self.expect(self.session("new", "--program", "santa.py", "--file", "factor.py",
                                 "--channel", channel, *words, "-o", stem,
                                 *(f"--arg={each}" for each in arguments), *flags), DONE)
        manifest = json.loads(stem.read_text())
        ports = free_ports(2 * len(members))
        for seat in manifest["seats"]:  # MPyC listens on all addresses, and this is one machine
            seat["port"], seat["meeting"] = ports.pop(), ports.pop()
        if change:
            change(manifest)
        stem.write_text(json.dumps(manifest, indent=2) + "\n")
        consents = []
        for name in members:
            self.expect(self.session("sign", stem, "-o", f"{stem}.{name}", name=name), DONE)
            consents += ["--consent", f"{stem}.{name}"]
        self.expect(self.session("grant", stem, *consents, "-o", f"{stem}.grant"), DONE)
        return Granted(pathlib.Path(f"{stem}.grant"), manifest)

    def common(self):
        if not type(self)._common:
            type(self)._common = self.granted()
        return type(self)._common

    def prefix(self, name):  # pylint: disable=unused-argument
        """In front of a member's commands."""
        return ()

    def start(self, name, granted, *flags, command="run"):
        """`session run` of one member, in the background."""
        process = self.in_background(name, command, granted.path, "--python", PYTHON, *flags)
        self.running.append(process)
        return process

    def run_all(self, granted, *flags, members=MEMBERS):
        return {name: self.start(name, granted, *flags) for name in members}

    def outcomes(self, processes, seconds=60):
        wait_until(lambda: not any(each.running() for each in processes.values()), "all to end",
                   seconds)
        return {name: process.outcome() for name, process in processes.items()}

    def receipt(self, name, granted):
        return json.loads((self.dir(name) / "sessions" / granted.id / "receipt.json").read_text())

    def left(self, name, granted):
        """Files of the session in the host's directory."""
        return sorted(path.name for path in (self.dir(name) / "sessions" / granted.id).iterdir())
