"""Daemons die at any moment and disks fail: every host gets its certificates in the end, everything
issued is in t logs, and no nonce signs twice."""

import collections
import concurrent.futures
import itertools
import os
import pathlib
import random
import threading
import time
import unittest

import logs
from harness import (DONE, NAMES, UNREACHABLE, SystemTest, main, wait_until)

WRITES = "fsync,fdatasync,pwrite64"
# What of a daemon's writes kills it: a system call, and which of them, counted for each call by
# itself from the moment that a host begins to enrol.
POINTS = [("pwrite64", nth) for nth in (1, 3, 6, 10, 15, 20, 26, 33, 50, 75, 400)]
POINTS += [("fdatasync", nth) for nth in (1, 2, 3, 4, 6, 9)]
SEED = int(os.environ.get("JOINTCA_TEST_SEED", "1"))


def inject(calls, what):
    return ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={calls}", "-e",
            f"inject={calls}:{what}"]


class Durability(SystemTest):
    def sizes(self):
        return {party.name: party.command("status", "--json").json()["log"]["size"]
                for party in self.scene.parties.values()}

    def check_logs(self, hosts):
        for party in self.scene.parties.values():
            if party.up():
                self.assertEqual(party.stop(), DONE)
        read = {p.name: logs.read(p.export_log()) for p in self.scene.parties.values()}
        logs.check(self, read, {h: self.scene.certificate(h).read_text() for h in hosts}, 2)
        logs.check_marks(self, self.scene.parties, read)
        return read

    def invite_anywhere(self, host, end):
        """An invitation from any party that is up."""
        while time.monotonic() < end:
            for party in self.scene.parties.values():
                made = party.invite(host, "--expires", "10m")
                if isinstance(made, pathlib.Path):
                    return made
        raise AssertionError(f"no invitation for {host}")

    def enroll_until_done(self, host, end):
        invitation = self.invite_anywhere(host, end)
        while True:
            outcome = self.scene.enroll(invitation, host)
            if outcome.status == DONE:
                return
            self.expect(outcome, UNREACHABLE)
            if time.monotonic() > end:
                raise AssertionError(str(outcome))
            time.sleep(0.1)

    def test_daemons_are_killed_at_random_while_hosts_enrol(self):
        parties = self.trio()
        before = self.sizes()
        dice = random.Random(SEED)
        end = time.monotonic() + 150
        names = (f"host-{number}" for number in itertools.count())
        lock, over = threading.Lock(), threading.Event()

        def enroll_hosts():
            """Host after host, for as long as daemons are killed."""
            enrolled = []
            while not over.is_set():
                with lock:
                    host = next(names)
                self.enroll_until_done(host, end)
                enrolled.append(host)
            return enrolled

        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            running = [pool.submit(enroll_hosts) for _ in range(3)]
            try:
                for _ in range(12):
                    time.sleep(dice.uniform(0.05, 0.5))
                    victims = dice.sample(parties, dice.choice((1, 1, 1, 2, 3)))
                    for victim in victims:
                        victim.kill()
                    time.sleep(dice.uniform(0, 0.3))
                    for victim in victims:
                        victim.serve()
                    time.sleep(dice.uniform(0.2, 0.8))
            finally:
                over.set()
            hosts = [host for future in running for host in future.result()]
        self.assertGreater(len(hosts), 0)
        after = self.sizes()
        for name in NAMES:
            self.assertGreaterEqual(after[name], before[name], name)
        self.assertGreaterEqual(sum(after[name] > before[name] for name in NAMES), 2)
        self.audited()
        self.check_logs(hosts)

    @SystemTest.needs("strace")
    @unittest.skipIf(os.geteuid() != 0, "only root may trace a daemon that forbids it")
    def test_a_signer_killed_at_any_write_signs_again_after_its_restart(self):
        alpha, beta, gamma = self.trio()
        self.wait_for_copies(alpha, beta)
        gamma.stop()  # so that alpha and beta have to sign
        hosts, first_attempts = [], set()
        for number, (call, nth) in enumerate(POINTS):
            host = f"host-{call}-{nth}"
            # Alternately with the one and the other as coordinator.
            invitation = (beta if number % 2 else alpha).invite(host)
            self.trace(beta, call, f"signal=SIGKILL:when={nth}")
            first = self.scene.enroll(invitation, host)
            self.assertIn(first.status, (DONE, UNREACHABLE), str(first))
            first_attempts.add(first.status)
            beta.kill()
            beta.serve()
            if first.status != DONE:
                self.expect(self.scene.enroll(invitation, host), DONE)
            self.audited()
            hosts.append(host)
        self.assertEqual(first_attempts, {DONE, UNREACHABLE}, "kills before and after")
        gamma.serve()
        self.check_logs(hosts)

    @SystemTest.needs("strace")
    @unittest.skipIf(os.geteuid() != 0, "only root may trace a daemon that forbids it")
    def test_a_coordinator_killed_at_any_write_changes_nothing_for_the_host(self):
        alpha, beta, gamma = self.trio()
        hosts, killed = [], collections.Counter()
        for call, nth in POINTS:
            host = f"host-{call}-{nth}"
            invitation = alpha.invite(host)
            self.trace(alpha, call, f"signal=SIGKILL:when={nth}")
            self.expect(self.scene.enroll(invitation, host), DONE)
            killed[call] += not alpha.up()
            alpha.kill()
            alpha.serve()
            self.audited()
            hosts.append(host)
        self.assertGreater(min(killed["pwrite64"], killed["fdatasync"]), 2, killed)
        self.check_logs(hosts)

    @SystemTest.needs("strace")
    def test_a_daemon_killed_at_any_write_of_its_start_starts_again(self):
        alpha, beta, gamma = self.trio()
        hosts, killed = [], 0
        for call, nth in [("pwrite64", nth) for nth in (1, 3, 5, 8, 12)] + [
                ("fdatasync", nth) for nth in (1, 2, 3)]:
            beta.stop()
            host = f"host-{call}-{nth}"
            self.expect(self.scene.enroll(alpha.invite(host), host), DONE)  # so that it has to pull
            beta.serve(prefix=inject(call, f"signal=SIGKILL:when={nth}"), wait=False)
            wait_until(lambda: not beta.up() or "ready" in beta.daemon.out(), "beta")
            killed += "ready" not in beta.daemon.out()
            beta.kill()
            beta.serve()
            self.audited()
            hosts.append(host)
        self.assertGreater(killed, 0)
        self.check_logs(hosts)

    @SystemTest.needs("strace")
    @unittest.skipIf(os.geteuid() != 0, "only root may trace a daemon that forbids it")
    def test_a_party_whose_disk_fails_releases_no_share(self):
        alpha, beta, gamma = self.trio()
        self.enrolled(gamma, "before")
        for failing in (beta, alpha):
            with self.subTest(failing.name):
                self.fail_disk(failing)
        self.check_logs(["before", "with-bad-beta", "after-beta", "with-bad-alpha", "after-alpha"])

    def fail_disk(self, party):
        failing = party.name
        others = [p for p in self.scene.parties.values() if p is not party]
        invitation = others[1].invite(f"with-bad-{failing}")
        party.stop()
        # The daemon starts on a good disk; then every write to it fails.
        party.serve()
        tracer = self.trace(party, WRITES, "error=EIO")
        before = party.command("status", "--json").json()["log"]["size"]
        enrolled = self.expect(self.scene.enroll(invitation, f"with-bad-{failing}"), DONE).json()
        self.assertNotIn(failing, enrolled["signers"])
        self.assertTrue(party.up(), party.daemon.log())
        # At the latest when it copies what the others have logged meanwhile.
        wait_until(lambda: any("state database" in p.daemon.log()
                               for p in self.scene.parties.values()), "a write that fails")
        self.assertEqual(party.command("status", "--json").json()["log"]["size"], before)
        tracer.kill()
        party.kill()
        party.serve()
        others[0].stop()
        signers = self.enrolled(others[1], f"after-{failing}")["signers"]
        self.assertIn(failing, signers)
        others[0].serve()
        self.audited()

    @SystemTest.needs("strace")
    @unittest.skipIf(os.geteuid() != 0, "only root may trace a daemon that forbids it")
    def test_one_write_that_fails_at_any_point_changes_nothing_for_the_host(self):
        alpha, beta, gamma = self.trio()
        hosts, failed = [], collections.Counter()
        for number, (call, nth) in enumerate(
                [("pwrite64", nth) for nth in (1, 2, 5, 9, 20)] +
                [("fdatasync", nth) for nth in (1, 2, 3, 5)]):
            host = f"{call}-{nth}"
            invitation = (beta if number % 2 else alpha).invite(host)
            self.trace(beta, call, f"error=EIO:when={nth}")
            self.expect(self.scene.enroll(invitation, host), DONE)
            self.assertTrue(beta.up(), beta.daemon.log())
            failed[call] += "state database" in beta.daemon.log() + alpha.daemon.log()
            # It goes on with what it has in memory, and then with what is on the disk.
            self.enrolled(alpha, f"next-{host}")
            self.audited()
            beta.kill()
            beta.serve()
            hosts += [host, f"next-{host}"]
        self.assertGreater(min(failed["pwrite64"], failed["fdatasync"]), 1, failed)
        self.audited()
        self.check_logs(hosts)

    def trace(self, party, calls, what):
        """From now on, what happens to these calls of the party."""
        pid = party.daemon.process.pid
        tracer = self.scene.start_program(f"{party.name}.strace",
                                          [*inject(calls, what), "-p", str(pid)])
        wait_until(lambda: self.traced(pid), "strace")
        return tracer

    def traced(self, pid):
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        return "TracerPid:\t0\n" not in status


if __name__ == "__main__":
    main()
