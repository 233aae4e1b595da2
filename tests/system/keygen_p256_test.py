"""The key ceremony of the scheme p256, with the parameters of production. Searching primes and
checking proofs takes each party many seconds of one core, so there is one of these: all that
becomes of a ceremony is tested with it."""

import json
import signal
import time

from harness import DONE, FAILED, NAMES, REFUSED, USAGE, SystemTest, main, run

LONG = 500
# The second fsync is that of the directory which holds ceremony.pending.
KILLED_BEFORE_THE_CERTIFICATE = ["strace", "-f", "-o", "/dev/null", "-e",
                                 "trace=fsync", "-e", "inject=fsync:signal=SIGKILL:when=2"]


class KeygenP256(SystemTest):
    def keygen(self, name, *extra, **options):
        return self.scene[name].keygen(self.scene.cards(), "--scheme", "p256", "--successors", "1",
                                       *extra, **options)

    @SystemTest.needs("strace")
    def test_a_ceremony_ends_with_one_authority_however_often_its_parties_are_killed(self):
        scene = self.scene
        scene.add(*NAMES)
        self.stop_all_before_the_certificate()
        kept = {name: (scene[name].dir / "ceremony.pending").read_bytes() for name in NAMES}
        for process in [self.keygen(name, timeout="60s") for name in NAMES]:
            made = self.expect(process.outcome(LONG), DONE)
            self.assertNotIn("safe prime", made.err)  # the same key
        self.check_authority(json.loads(scene.authority().read_text()))

        # Gamma as if it had been killed a moment earlier, when the others were done.
        for file in ("authority.json", "share.sealed", "ca.crt", "state.db"):
            (scene["gamma"].dir / file).unlink()
        (scene["gamma"].dir / "ceremony.pending").write_bytes(kept["gamma"])
        self.check_that_nothing_is_issued()
        made = self.expect(self.keygen("gamma", timeout="60s").outcome(LONG), DONE)
        self.assertNotIn("safe prime", made.err)
        self.assertEqual(len({scene.authority(name).read_text() for name in NAMES}), 1)
        self.assertTrue(scene["alpha"].up())
        scene["alpha"].stop()

    def stop_all_before_the_certificate(self):
        """Gamma, which does not sign, by its own write; the others then wait for it."""
        scene = self.scene
        running = {name: self.keygen(name, timeout="400s", prefix=KILLED_BEFORE_THE_CERTIFICATE
                                     if name == "gamma" else ()) for name in NAMES}
        running["gamma"].wait(LONG)
        for name in ("alpha", "beta"):
            running[name].wait_for_log("certifying the ceremony", LONG)
        for name in ("alpha", "beta"):
            running[name].kill()
        for name, process in running.items():
            for number in range(1, 5):
                self.assertIn(f"safe prime {number} of 4", process.log())
            self.assertIn("signing the CA certificate", process.log())
            self.assertTrue((scene[name].dir / "ceremony.pending").exists(), process.log())
            self.assertFalse((scene[name].dir / "authority.json").exists(), process.log())

    def check_authority(self, authority):
        self.assertEqual(authority["scheme"], "p256")
        self.assertEqual(len(authority["group_public_key"]), 66)
        self.assertEqual(len(authority["ca_certificates"]), 2)
        self.assertEqual(len({party["aux_info"] for party in authority["parties"]}), 3)
        for party in authority["parties"]:
            self.assertEqual(len(party["verifying_share"]), 66)
            self.assertEqual(len(party["aux_info"]), 64)
        shown, = run("cert", "show", self.scene["beta"].dir / "ca.crt", "--json").json()
        self.assertTrue(shown["is_ca"])
        self.assertEqual(shown["curve"], "P256")
        self.assertEqual(shown["public_key"][2:66], authority["group_public_key"][2:])

    def check_that_nothing_is_issued(self):
        alpha = self.scene["alpha"]
        self.expect(alpha.command("log", "recover"), REFUSED, "p256")
        again = self.keygen("alpha").outcome(LONG)
        self.expect(again, FAILED, "already")
        self.assertNotIn("safe prime", again.err)
        alpha.serve()
        refused = alpha.command("invite", "web-1")
        self.assertNotEqual(refused.status, DONE, str(refused))
        self.assertIn("p256", refused.err)
        # `systemctl reload` has nothing to read again, and must not end it.
        alpha.daemon.signal(signal.SIGHUP)
        refused = alpha.command("invite", "web-1")
        self.assertIn("p256", refused.err)

    def test_a_party_that_is_killed_before_the_key_is_made_leaves_nothing(self):
        self.scene.add("alpha", "beta")
        alpha = self.scene["alpha"]
        running = self.keygen("alpha")
        running.wait_for_log("searching for safe prime 1 of 4")
        running.kill()
        for name in ("authority.json", "share.sealed", "ceremony.pending"):
            self.assertFalse((alpha.dir / name).exists(), name)

    def test_more_signers_than_can_presign_are_refused_at_once(self):
        self.scene.add(*NAMES, "delta")
        begun = time.monotonic()
        refused = self.scene["alpha"].keygen(self.scene.cards(), "--scheme", "p256", min_signers=4)
        self.expect(refused.outcome(), USAGE, "--min-signers", "at most 3")
        self.assertLess(time.monotonic() - begun, 20)


if __name__ == "__main__":
    main()
