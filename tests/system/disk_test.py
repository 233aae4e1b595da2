"""A disk that is really full, of one party: it signs nothing and loses nothing, the others go on,
and once there is room again it works as before, without a restart."""

import concurrent.futures
import os
import subprocess
import time
import unittest

import harness
import logs
from harness import (DONE, FAILED, UNREACHABLE, SystemTest, main, wait_until)

CLONE_NEWNS = 0x00020000
BYTES = 12 * 1024 * 1024  # of the party's disk


def private_mounts():
    """Whether from now on what this process mounts is seen, and outlived, by its children only."""
    if os.geteuid() != 0 or harness._libc.unshare(CLONE_NEWNS) != 0:
        return False
    done = subprocess.run(["mount", "--make-rprivate", "/"], capture_output=True, check=False)
    return done.returncode == 0


class Disk(SystemTest):
    @classmethod
    def setUpClass(cls):
        if not private_mounts():
            raise unittest.SkipTest("only root may mount a small disk")

    def trio_with_small_disk(self, name):
        """Three parties that serve; the state directory of the named one is a disk of its own."""
        directory = self.scene.root / name
        directory.mkdir(mode=0o700)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={BYTES},mode=0700", "jointca",
                        directory], check=True)
        self.addCleanup(subprocess.run, ["umount", "--lazy", directory], check=True)
        return self.trio()

    def fill(self, party):
        """To the last byte."""
        with open(party.dir / "filler", "ab", buffering=0) as filler:
            for size in (1 << 16, 1 << 12, 1):
                try:
                    while True:
                        filler.write(bytes(size))
                except OSError as error:
                    self.assertIn("No space left", str(error))

    def free(self, party):
        (party.dir / "filler").unlink()

    def size(self, party):
        return party.status()["log"]["size"]

    def check_logs(self, hosts):
        for party in self.scene.parties.values():
            if party.up():
                self.assertEqual(party.stop(), DONE)
        read = {p.name: logs.read(p.export_log()) for p in self.scene.parties.values()}
        logs.check(self, read, {h: self.scene.certificate(h).read_text() for h in hosts}, 2)
        logs.check_marks(self, self.scene.parties, read)

    def test_a_signer_without_room_signs_nothing_until_there_is_some(self):
        alpha, beta, gamma = self.trio_with_small_disk("beta")
        self.assertEqual(self.enrolled(alpha, "before")["signers"], ["alpha", "beta"])
        self.audited()
        self.fill(beta)
        size = self.size(beta)
        self.assertEqual(self.enrolled(alpha, "during")["signers"], ["alpha", "gamma"])
        self.assertTrue(beta.up(), beta.daemon.log())
        self.assertEqual(self.size(beta), size)
        gamma.stop()
        invitation = alpha.invite("later")
        refused = self.scene.enroll(invitation, "later")
        self.expect(refused, UNREACHABLE, "beta", "log.failed", "full")
        self.assertEqual(self.size(beta), size)
        self.free(beta)
        daemon = beta.daemon
        self.assertEqual(self.expect(self.scene.enroll(invitation, "later"), DONE).json()["signers"],
                         ["alpha", "beta"])
        self.assertIs(beta.daemon, daemon)
        self.assertTrue(beta.up())
        gamma.serve()
        self.audited()
        self.check_logs(["before", "during", "later"])

    def test_a_coordinator_without_room_leaves_the_host_to_the_others(self):
        alpha, beta, gamma = self.trio_with_small_disk("beta")
        self.enrolled(beta, "before")
        invitation = beta.invite("during")
        self.fill(beta)
        size = self.size(beta)
        self.expect(self.scene.enroll(invitation, "during"), DONE)
        self.assertEqual(self.size(beta), size)
        self.assertTrue(beta.up(), beta.daemon.log())
        self.audited()
        self.free(beta)
        gamma.stop()
        self.assertIn("beta", self.enrolled(beta, "after")["signers"])
        gamma.serve()
        self.audited()
        self.check_logs(["before", "during", "after"])

    def test_a_party_that_starts_without_room_signs_nothing_or_says_why(self):
        alpha, beta, gamma = self.trio_with_small_disk("beta")
        gamma.stop()
        hosts = []
        for end in (beta.kill, beta.stop):  # the database was left open, and was closed
            with self.subTest(end.__name__):
                host = f"host-{end.__name__}"
                invitation = alpha.invite(host)
                end()
                self.fill(beta)
                beta.serve(wait=False)
                wait_until(lambda: not beta.up() or "ready" in beta.daemon.out(), "beta")
                if not beta.up():
                    self.expect(beta.daemon.outcome(), FAILED, str(beta.dir / "state.db"), "the disk is full")
                self.expect(self.scene.enroll(invitation, host), UNREACHABLE, "beta")
                self.free(beta)
                if not beta.up():
                    beta.serve()
                self.expect(self.scene.enroll(invitation, host), DONE)
                hosts.append(host)
        gamma.serve()
        self.audited()
        self.check_logs(hosts)

    def test_a_disk_that_is_full_now_and_then_while_hosts_enrol(self):
        alpha, beta, gamma = self.trio_with_small_disk("beta")
        hosts = [f"host-{number}" for number in range(24)]
        invitations = {host: alpha.invite(host, "--expires", "10m") for host in hosts}
        end = time.monotonic() + 60

        def enroll(host):
            while True:
                outcome = self.scene.enroll(invitations[host], host)
                if outcome.status == DONE:
                    return
                self.expect(outcome, UNREACHABLE)
                self.assertLess(time.monotonic(), end, str(outcome))

        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            running = [pool.submit(enroll, host) for host in hosts]
            round_number = 0
            while not all(future.done() for future in running):
                self.fill(beta)
                time.sleep(0.15)
                if round_number % 3 == 2:  # what it holds in memory is not more than what is durable
                    beta.kill()
                    self.free(beta)
                    beta.serve()
                else:
                    self.free(beta)
                time.sleep(0.25)
                round_number += 1
            for future in running:
                future.result()
        said = "".join(log.read_text() for log in self.scene.root.glob("*.serve.log"))
        self.assertIn("full", said)  # it was, when something was to be written
        self.audited()
        self.check_logs(hosts)


if __name__ == "__main__":
    main()
