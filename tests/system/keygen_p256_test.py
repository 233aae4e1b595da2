"""The key ceremony of the scheme p256, with the parameters of production: searching primes and
proving takes each party some twenty seconds of one core, so there are few of these."""

import json
import time

from harness import DONE, FAILED, NAMES, REFUSED, UNREACHABLE, USAGE, SystemTest, main, run

LONG = 400


class KeygenP256(SystemTest):
    def keygen(self, name, *extra, timeout="300s"):
        return self.scene[name].keygen(self.scene.cards(), "--scheme", "p256", "--successors", "1",
                                       *extra, timeout=timeout)

    def test_a_party_killed_at_the_end_gets_the_authority_from_one_that_only_shows_it(self):
        scene = self.scene
        scene.add(*NAMES)
        running = {name: self.keygen(name) for name in NAMES}
        running["gamma"].wait_for_log("certifying the ceremony", LONG)
        running["gamma"].kill()
        self.assertIn("safe prime 4 of 4", running["gamma"].log())
        outcomes = {name: running[name].outcome(LONG) for name in ("alpha", "beta")}
        done = [name for name, outcome in outcomes.items() if outcome.status == DONE]
        if done:
            for name in done:
                scene[name].serve()
        rest = [name for name in NAMES if not (scene[name].dir / "authority.json").exists()]
        again = [self.keygen(name, timeout="60s") for name in rest]
        for process in again:
            made = self.expect(process.outcome(LONG), DONE)
            # The same key: no prime is searched again.
            self.assertNotIn("safe prime", made.err)
        self.assertEqual(len({scene.authority(name).read_text() for name in NAMES}), 1)
        self.check_authority(json.loads(scene.authority().read_text()))
        self.check_that_nothing_is_issued()

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
        if not alpha.up():
            alpha.serve()
        refused = alpha.command("invite", "web-1")
        self.assertNotEqual(refused.status, DONE, str(refused))
        self.assertIn("p256", refused.err)
        alpha.stop()
        self.expect(alpha.command("log", "recover"), REFUSED, "p256")
        again = self.keygen("alpha").outcome(LONG)
        self.expect(again, FAILED, "already")
        self.assertNotIn("safe prime", again.err)

    def test_a_party_that_is_killed_before_the_key_is_made_leaves_nothing(self):
        scene = self.scene
        scene.add("alpha", "beta")
        running = {name: self.keygen(name, timeout="60s") for name in ("alpha", "beta")}
        running["beta"].wait_for_log("proving that the primes are sound", LONG)
        running["beta"].kill()
        self.expect(running["alpha"].outcome(LONG), UNREACHABLE, "beta")
        for party in scene.parties.values():
            for name in ("authority.json", "share.sealed", "ceremony.pending"):
                self.assertFalse((party.dir / name).exists(), name)

    def test_more_signers_than_can_presign_are_refused_at_once(self):
        self.scene.add(*NAMES, "delta")
        begun = time.monotonic()
        refused = self.scene["alpha"].keygen(self.scene.cards(), "--scheme", "p256", min_signers=4)
        self.expect(refused.outcome(), USAGE, "--min-signers", "at most 3")
        self.assertLess(time.monotonic() - begun, 20)


if __name__ == "__main__":
    main()
