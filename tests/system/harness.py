"""Real jointca processes on loopback: parties, daemons, hosts. Nothing outlives a test.

The program is named by JOINTCA_BIN. Every wait has an end, every process that was started is killed
with the test (and by the kernel, should the test itself be killed), and the logs of a failed test
are printed.
"""

import atexit
import concurrent.futures
import ctypes
import itertools
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

BINARY = os.path.abspath(os.environ.get("JOINTCA_BIN", "jointca"))
WAIT = 30.0  # seconds for anything that takes one when all is well
RENEWALS = 7  # of one host in an hour (ca/approve.h), after its enrolment
NAMES = ("alpha", "beta", "gamma")
NETWORKS = ("10.42.0.0/16", "fd42::/64")

DONE, FAILED, USAGE, REFUSED, UNREACHABLE, VERIFICATION = 0, 1, 2, 3, 4, 5

AUTO_POLICY = """networks: [10.42.0.0/16, "fd42::/64"]
names: ["*"]
groups: ["*"]
kinds: [nebula, wireguard]
max_ttl: 30d
approve: auto
"""

_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1


def _die_with_parent():
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _environment():
    """Nothing of the caller's settings reaches the program; errors found by sanitizers end it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("JOINTCA_")}
    kept.setdefault("ASAN_OPTIONS", "exitcode=99")
    kept.setdefault("UBSAN_OPTIONS", "halt_on_error=1:print_stacktrace=1")
    return kept


def wait_until(condition, what, seconds=WAIT):
    """Looks for a quarter of the time at most, so that waiting leaves time to what it waits for."""
    end = time.monotonic() + seconds
    while True:
        start = time.monotonic()
        value = condition()
        if value:
            return value
        now = time.monotonic()
        if now > end:
            raise AssertionError(f"waited {seconds:.0f} s for {what}")
        time.sleep(min(max(0.02, 3 * (now - start)), 1))


class Outcome:
    """What a finished command left: exit status, standard output, standard error."""

    def __init__(self, command, status, out, err):
        self.command, self.status, self.out, self.err = command, status, out, err

    def json(self):
        return json.loads(self.out)

    def __str__(self):
        return f"$ {self.command}\nexit {self.status}\n{self.out}{self.err}"


def run(*arguments, timeout=60, environment=None, stdin=""):
    command = [BINARY, *map(str, arguments)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, input=stdin,
                              env={**_environment(), **(environment or {})}, check=False,
                              preexec_fn=_die_with_parent)
    except subprocess.TimeoutExpired as late:
        raise AssertionError(f"{' '.join(command)} took more than {timeout} s: {late.stderr}")
    return Outcome(" ".join(command[1:]), done.returncode, done.stdout, done.stderr)


class Process:
    """A process in the background, in a process group of its own."""

    def __init__(self, log, command, environment=None):
        self.log_path = pathlib.Path(log)
        self.out_path = self.log_path.with_suffix(".out")
        with open(self.log_path, "ab") as err, open(self.out_path, "wb") as out:
            self._log_start = err.tell()
            self.process = subprocess.Popen(
                [*map(str, command)], stdin=subprocess.DEVNULL, stdout=out,
                stderr=err, env={**_environment(), **(environment or {})}, start_new_session=True,
                preexec_fn=_die_with_parent)

    def log(self):
        """Standard error of this run."""
        return self.log_path.read_bytes()[self._log_start:].decode(errors="replace")

    def out(self):
        return self.out_path.read_text()

    def running(self):
        return self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=WAIT):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {seconds} s:\n{self.log()}")

    def wait_for_log(self, text, seconds=WAIT):
        wait_until(lambda: text in self.log() or not self.running(), f"{text!r}", seconds)
        if text not in self.log():
            raise AssertionError(f"ended without {text!r}:\n{self.log()}")

    def kill(self):
        """kill -9 of this process and of whatever traces it."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()

    def outcome(self, seconds=WAIT):
        return Outcome(" ".join(self.process.args[1:]), self.wait(seconds), self.out(), self.log())


class Party:
    def __init__(self, scene, name, passphrase=None):
        self.scene, self.name, self.passphrase = scene, name, passphrase
        self.dir = scene.root / name
        self.peer, self.api = scene.endpoint(), scene.endpoint()
        self.card = self.dir / f"{name}.party.json"
        self.daemon = None
        self.policy = None
        self.witnessing = None

    def environment(self):
        return {"JOINTCA_PASSPHRASE_FILE": str(self.passphrase)} if self.passphrase else {}

    def init(self):
        secrecy = [] if self.passphrase else ["--insecure-no-passphrase"]
        return run("party", "init", self.name, "--dir", self.dir, "--listen", self.peer, "--api",
                   self.api, *secrecy, environment=self.environment())

    def keygen(self, cards, *extra, name="demo", min_signers=2, networks=NETWORKS, timeout="30s",
               groups=(), prefix=()):
        """Starts this operator's part of the ceremony."""
        arguments = ["keygen", "--dir", self.dir, "--name", name, "--min-signers", min_signers,
                     "--timeout", timeout, "--json"]
        for network in networks:
            arguments += ["--network", network]
        for group in groups:
            arguments += ["--group", group]
        for card in cards:
            arguments += ["--party", card]
        return self.scene.start(f"{self.name}.keygen", [*arguments, *extra], prefix,
                                self.environment())

    def serve(self, policy=None, prefix=(), wait=True, witnessing=None, environment=None):
        """Under this policy, or the one it had, or none; the same for the logs and witnesses."""
        if witnessing is not None:
            self.witnessing = self.scene.root / f"{self.name}.witnessing"
            self.witnessing.write_text(witnessing)
        if policy is not None:
            self.policy = self.scene.root / f"{self.name}.policy.yaml"
            self.policy.write_text(policy)
        files = ["--policy", self.policy] if self.policy else []
        if self.witnessing:
            files += ["--witnessing", self.witnessing]
        self.daemon = self.scene.start(f"{self.name}.serve", ["serve", "--dir", self.dir, *files],
                                       prefix, {**self.environment(), **(environment or {})})
        if wait:
            self.wait_ready()
        return self.daemon

    def wait_ready(self):
        daemon = self.daemon
        wait_until(lambda: "ready" in daemon.out() or not daemon.running(), f"{self.name} ready")
        if "ready" not in daemon.out():
            raise AssertionError(f"{self.name} did not start:\n{daemon.log()}")

    def up(self):
        return self.daemon is not None and self.daemon.running()

    def kill(self):
        self.daemon.kill()

    def stop(self):
        self.daemon.signal(signal.SIGTERM)
        return self.daemon.wait()

    def command(self, *arguments, **options):
        return run(*arguments, "--dir", self.dir, **options)

    def invite(self, host, *extra):
        out = self.scene.root / f"{host}.{random.getrandbits(32):08x}.invitation"
        made = self.command("invite", host, "--out", out, *extra)
        return out if made.status == DONE else made

    def status(self):
        return self.command("status", "--json").json()

    def hosts(self):
        return self.command("hosts", "--json").json()

    def rows(self, statement, *values):
        """Of its database."""
        with sqlite3.connect(f"file:{self.dir}/state.db?mode=ro", uri=True) as database:
            found = database.execute(statement, values).fetchall()
        database.close()
        return found

    def export_log(self):
        target = self.scene.root / f"{self.name}.log.{random.getrandbits(32):08x}"
        exported = self.command("log", "export", "--to", target, "--json")
        if exported.status != DONE:
            raise AssertionError(str(exported))
        return target


class Scene:
    """A temporary directory, the processes started in it, and parties by name. Each scene has an
    address of its own in 127.0.0.0/8, so that no two of them, in whichever process, want the same
    port; ports are below the range of outgoing connections, so that a daemon which was killed finds
    its own again."""

    _count = itertools.count(1)

    def __init__(self):
        process = os.getpid() % 65536
        self.address = f"127.{process // 256}.{process % 256}.{next(Scene._count) % 254 + 1}"
        self._ports = itertools.count(7001)
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="jointca-"))
        self.processes = []
        self.parties = {}

    def start(self, name, arguments, prefix=(), environment=None):
        """A jointca process in the background; `prefix` is the command of a tracer, under which
        leaks cannot be looked for."""
        if prefix:
            options = _environment()["ASAN_OPTIONS"] + ":detect_leaks=0"
            environment = {**(environment or {}), "ASAN_OPTIONS": options}
        return self.start_program(name, [*prefix, BINARY, *arguments], environment)

    def start_program(self, name, command, environment=None):
        process = Process(self.root / f"{name}.log", command, environment)
        self.processes.append(process)
        return process

    def endpoint(self):
        return f"{self.address}:{next(self._ports)}"

    def add(self, *names, passphrase=None):
        for name in names:
            party = Party(self, name, passphrase)
            made = party.init()
            if made.status != DONE:
                raise AssertionError(str(made))
            self.parties[name] = party
        return list(self.parties.values())

    _authorities = {}  # options of keygen → (address, copies of the parties' directories)

    def add_authority(self, **options):
        """Parties after their ceremony, as add() and keygen() make them, with equal options the
        same ones again: what the first scene of the process made is copied, to the address that
        stands on the cards. One such scene is open at a time."""
        key = repr(sorted(options.items()))
        if key not in Scene._authorities:
            self.add(*NAMES)
            self.keygen(**options)
            kept = pathlib.Path(tempfile.mkdtemp(prefix="jointca-authority-"))
            atexit.register(shutil.rmtree, kept, ignore_errors=True)
            for name in NAMES:
                shutil.copytree(self.root / name, kept / name)
            Scene._authorities[key] = (self.address, kept)
            return
        self.address, kept = Scene._authorities[key]
        for name in NAMES:
            self.parties[name] = Party(self, name)
            shutil.copytree(kept / name, self.root / name, dirs_exist_ok=True)

    def __getitem__(self, name):
        return self.parties[name]

    def cards(self):
        return [party.card for party in self.parties.values()]

    def keygen(self, *extra, **options):
        """All parties at once; the JSON that each printed."""
        running = [party.keygen(self.cards(), *extra, **options)
                   for party in self.parties.values()]
        outcomes = [process.outcome() for process in running]
        for outcome in outcomes:
            if outcome.status != DONE:
                raise AssertionError(str(outcome))
        return [outcome.json() for outcome in outcomes]

    def serve(self, policy=AUTO_POLICY):
        """Starts every party that is not up."""
        waiting = [party for party in self.parties.values() if not party.up()]
        for party in waiting:
            party.serve(policy, wait=False)
        for party in waiting:
            party.wait_ready()

    def enroll(self, invitation, host, *extra, timeout=60):
        return run("enroll", "host", invitation, "--host", self.root / host, "--json", *extra,
                   timeout=timeout)

    def certificate(self, host):
        return self.root / host / "nebula" / "host.crt"

    def show(self, host):
        return run("cert", "show", self.certificate(host), "--json").json()

    def authority(self, name="alpha"):
        return self.parties[name].dir / "authority.json"

    def sanitizer_reports(self):
        reports = []
        for log in self.root.glob("*.log"):
            text = log.read_text(errors="replace") if log.is_file() else ""
            if "Sanitizer" in text or "runtime error:" in text:
                reports.append(f"{log.name}:\n{text}")
        return reports

    def print_logs(self):
        for log in sorted(self.root.glob("*.log")):
            if log.is_file():
                lines = log.read_text(errors="replace").splitlines()
                print(f"--- {log.name}", *lines[-40:], sep="\n", file=sys.stderr)

    def close(self):
        for process in self.processes:
            process.kill()
        shutil.rmtree(self.root, ignore_errors=True)


class SystemTest(unittest.TestCase):
    """Each test has a scene of its own in self.scene."""

    maxDiff = None

    @staticmethod
    def needs(program):
        return unittest.skipUnless(shutil.which(program), f"no {program}")

    def setUp(self):
        self.scene = self.new_scene()

    def new_scene(self):
        scene = Scene()
        self.addCleanup(self._end, scene)
        return scene

    def failed(self):
        """While its cleanups run, a test counts as a success again."""
        result = self._outcome.result
        return any(test is self for test, _ in result.failures + result.errors)

    def _end(self, scene):
        reports = scene.sanitizer_reports()
        if reports or self.failed():
            scene.print_logs()
        scene.close()
        self.assertEqual(reports, [], "found by a sanitizer")

    def expect(self, outcome, status, *texts):
        """The command ended with this status, and its standard error holds these texts."""
        self.assertEqual(outcome.status, status, str(outcome))
        for text in texts:
            self.assertIn(text, outcome.err, str(outcome))
        if status != DONE:
            self.assertEqual(outcome.out, "", str(outcome))
        return outcome

    def trio(self, policy=AUTO_POLICY, **options):
        """Three parties that serve, two of which must sign."""
        self.scene.add_authority(**options)
        self.scene.serve(policy)
        return [self.scene[name] for name in NAMES]

    def wait_for_copies(self, *parties):
        """Until each of them has something of every log."""
        for party in parties:
            wait_until(lambda: len(party.rows("select distinct log from leaf")) ==
                       len(self.scene.parties), f"{party.name}'s copies")

    needs_liar = unittest.skipUnless("JOINTCA_LIAR" in os.environ, "no liar was built")

    def replaced_by_liar(self, party, lie):
        """Instead of the party's daemon, one that tells this lie (tests/liar). It asks nobody, so
        what it knows of the others' logs has to be there already."""
        self.wait_for_copies(party)
        party.stop()
        liar = self.scene.start_program(f"{party.name}.liar",
                                        [os.environ["JOINTCA_LIAR"], party.dir, lie])
        wait_until(lambda: "ready" in liar.out() or not liar.running(), "the liar")
        self.assertTrue(liar.running(), liar.log())
        return liar

    def audited(self):
        """The report of `jointca audit` over the parties that are up, held against the one before:
        nothing worse than warnings."""
        report = run("audit", "--authority", self.scene.authority(), "--state",
                     self.scene.root / "audit", "--json")
        self.assertEqual(report.status, DONE, str(report))
        return report.json()

    def enrolled(self, party, host, *terms):
        """A host that was invited by the party and enrolled."""
        invitation = party.invite(host, *terms)
        self.assertIsInstance(invitation, pathlib.Path, str(invitation))
        return self.expect(self.scene.enroll(invitation, host), DONE).json()

    def grow(self, party, entries):
        """Makes the log of a party longer than this: hosts of every kind enrol and renew as often
        as they may, each time with eight entries at the party that coordinates it."""
        def live(host):
            invitation = party.invite(host, "--kind", "nebula,wireguard", "--lighthouse")
            self.expect(self.scene.enroll(invitation, host, "--lighthouse", "--endpoint",
                                          "nebula=192.0.2.1:4242"), DONE)
            for _ in range(RENEWALS):
                self.expect(run("renew", "--host", self.scene.root / host), DONE)

        hosts = (f"grow-{number}" for number in range(entries))
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            while party.status()["log"]["size"] <= entries:
                list(pool.map(live, itertools.islice(hosts, 2)))


def main():
    unittest.main(verbosity=2)
