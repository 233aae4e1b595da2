"""The key ceremony, run by several operators: agreement, refusals, crashes."""

import concurrent.futures
import json
import socket
import threading
import time

from harness import (AUTO_POLICY, DONE, FAILED, NAMES, UNREACHABLE, USAGE, SystemTest, main, run)


def garbage_client(endpoint, stop):
    """Talks nonsense to a port until told to stop: raw bytes, a cut TLS hello, silence."""
    host, port = endpoint.split(":")
    talk = [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\xff" * 40,
            b"\x00" * 5000, b""]
    silent = []
    while not stop.is_set():
        for words in talk:
            try:
                client = socket.create_connection((host, int(port)), timeout=1)
                silent.append(client)
                client.sendall(words)
            except OSError:
                pass
        while len(silent) > 20:
            silent.pop(0).close()
        time.sleep(0.02)
    for client in silent:
        client.close()


class Keygen(SystemTest):
    def test_operators_who_come_in_any_order_make_one_authority(self):
        self.scene.add(*NAMES)
        alpha, beta, gamma = (self.scene[name] for name in NAMES)
        cards = self.scene.cards()
        stop = threading.Event()
        noise = threading.Thread(target=garbage_client, args=(gamma.peer, stop), daemon=True)
        first = gamma.keygen(cards)
        noise.start()
        second = alpha.keygen(cards[::-1])
        second.wait_for_log("waiting for")
        time.sleep(1.5)
        self.assertIn("waiting for beta", second.log())
        third = beta.keygen([cards[1], cards[0], cards[2]])
        outcomes = [self.expect(p.outcome(), DONE).json() for p in (first, second, third)]
        stop.set()
        noise.join()

        self.assertEqual(outcomes[0], outcomes[1])
        self.assertEqual(outcomes[0], outcomes[2])
        self.assertEqual(len(outcomes[0]["words"].split()), 8)
        self.assertEqual(outcomes[0]["parties"], list(NAMES))
        self.assertEqual(outcomes[0]["min_signers"], 2)
        texts = {self.scene.authority(name).read_text() for name in NAMES}
        self.assertEqual(len(texts), 1)
        self.check_authority(json.loads(texts.pop()), outcomes[0])

        again = self.expect(alpha.keygen(cards).outcome(), FAILED, "authority.json", "already")
        self.assertNotIn("waiting", again.err)
        for party in (alpha, beta, gamma):
            self.assertFalse((party.dir / "ceremony.pending").exists())
        self.scene.serve()
        self.enrolled(alpha, "web-1")

    def check_authority(self, authority, printed):
        self.assertEqual(authority["id"], printed["id"])
        for field in ("name", "scheme", "group_public_key", "min_signers", "epoch", "networks",
                      "groups", "ca_certificates", "parties"):
            self.assertIn(field, authority)
        for number, party in enumerate(authority["parties"], 1):
            self.assertEqual(party["identifier"], number)
            self.assertEqual(party["name"], NAMES[number - 1])
            for field in ("identity_key", "log_vkey", "cosigner_vkey", "api", "peer", "verifying_share"):
                self.assertTrue(party[field])
        ca = self.scene["beta"].dir / "ca.crt"
        shown, = run("cert", "show", ca, "--json").json()
        self.assertTrue(shown["is_ca"])
        self.assertEqual(shown["public_key"], authority["group_public_key"])
        self.assertEqual(shown["fingerprint"], printed["ca_fingerprint"])

    def test_everyone_refuses_when_one_value_differs(self):
        differences = {
            "--network": {"networks": ["10.42.0.0/16"]},
            "--min-signers": {"min_signers": 3},
            "--name": {"name": "other"},
        }
        self.scene.add(*NAMES)
        cards = self.scene.cards()
        for flag, given in differences.items():
            with self.subTest(flag):
                running = [self.scene["alpha"].keygen(cards), self.scene["beta"].keygen(cards),
                           self.scene["gamma"].keygen(cards, **given)]
                for process in running:
                    self.expect(process.outcome(), USAGE, flag)
        self.expect_nothing_made()

    def test_everyone_refuses_when_the_odd_one_comes_last(self):
        self.scene.add(*NAMES)
        cards = self.scene.cards()
        early = [self.scene[name].keygen(cards, "--group", "web") for name in ("alpha", "beta")]
        for process in early:
            process.wait_for_log("waiting for gamma\n")
        late = self.scene["gamma"].keygen(cards, "--group", "db")
        for process in (*early, late):
            self.expect(process.outcome(), USAGE, "--group", "web", "db")
        self.expect_nothing_made()

    def expect_nothing_made(self):
        for party in self.scene.parties.values():
            for name in ("authority.json", "share.sealed", "ceremony.pending"):
                self.assertFalse((party.dir / name).exists(), name)

    def test_a_missing_party_is_named(self):
        self.scene.add(*NAMES)
        running = [self.scene[name].keygen(self.scene.cards(), timeout="2s")
                   for name in ("alpha", "beta")]
        for process in running:
            outcome = self.expect(process.outcome(), UNREACHABLE, "gamma")
            self.assertNotIn("no word from alpha", outcome.err)
            self.assertNotIn("no word from beta", outcome.err)

    def test_less_than_a_majority_is_warned_of(self):
        self.scene.add(*NAMES, "delta")
        running = [party.keygen(self.scene.cards()) for party in self.scene.parties.values()]
        for process in running:
            self.assertIn("no majority", self.expect(process.outcome(), DONE).err)

    def test_a_majority_is_the_default_and_all_may_be_asked_for(self):
        for min_signers, expected in ((0, 2), (3, 3)):
            scene = self.new_scene()
            scene.add(*NAMES)
            made = scene.keygen(min_signers=min_signers)
            self.assertEqual(made[0]["min_signers"], expected)

    def test_wrong_values_and_cards_are_refused_before_anyone_is_waited_for(self):
        self.scene.add(*NAMES)
        alpha, cards = self.scene["alpha"], self.scene.cards()
        self.expect(alpha.keygen(cards, min_signers=1).outcome(), USAGE, "--min-signers")
        self.expect(alpha.keygen(cards, min_signers=4).outcome(), USAGE, "--min-signers")
        self.expect(alpha.keygen(cards, networks=["10.42.0.1/16"]).outcome(), USAGE, "--network")
        self.expect(alpha.keygen(cards, networks=["10.42.0.0"]).outcome(), USAGE, "--network")
        self.expect(alpha.keygen(cards, timeout="soon").outcome(), USAGE, "--timeout")
        self.expect(alpha.keygen(cards, "--valid", "1").outcome(), USAGE, "--valid")
        self.expect(alpha.keygen(cards, name="no name").outcome(), USAGE, "--name")
        self.expect(alpha.keygen(cards, "--scheme", "rsa").outcome(), USAGE, "--scheme")
        self.expect(alpha.keygen(cards[1:]).outcome(), USAGE, "own card")
        self.expect(alpha.keygen([*cards, cards[1]]).outcome(), USAGE, "beta")
        self.expect(alpha.keygen(cards[:1]).outcome(), USAGE, "--party")
        changed = self.scene.root / "changed.party.json"
        changed.write_text(cards[1].read_text().replace("beta", "bets"))
        self.expect(alpha.keygen([cards[0], changed, cards[2]]).outcome(), FAILED, str(changed))
        self.expect(alpha.keygen([*cards, self.scene.root / "none"]).outcome(), FAILED, "none")

    def test_a_card_of_another_beta_is_noticed(self):
        self.scene.add(*NAMES)
        imposter = self.new_scene()
        imposter.add("beta")
        cards = self.scene.cards()
        wrong = [cards[0], imposter["beta"].card, cards[2]]
        odd = self.scene["alpha"].keygen(wrong, timeout="4s")
        others = [self.scene[name].keygen(cards, timeout="4s") for name in ("beta", "gamma")]
        self.assertIn("beta", self.expect_failure(odd))
        for process in others:
            self.expect_failure(process)
        self.expect_nothing_made()

    def expect_failure(self, process):
        outcome = process.outcome()
        self.assertIn(outcome.status, (FAILED, USAGE, UNREACHABLE), str(outcome))
        return outcome.err


class Crashes(SystemTest):
    """D6: whoever has the ceremony's certificate can give it to a party that stopped before it."""

    def recover(self, scene):
        """What operators do after a crash: those with an authority serve, the others run keygen
        again; a ceremony that nobody finished and somebody forgot is given up by all."""
        for _ in range(4):
            parties = scene.parties.values()
            active = [p for p in parties if (p.dir / "authority.json").exists()]
            for party in active:
                if not party.up():
                    party.serve(AUTO_POLICY)
            rest = [p for p in parties if p not in active]
            if not rest:
                break
            forgotten = not active and not all((p.dir / "ceremony.pending").exists() for p in rest)
            extra = ["--discard-pending"] if forgotten else []
            # Long where it must succeed; else some wait for one that has ended.
            timeout = "30s" if active else "8s"
            outcomes = [process.outcome() for process in
                        [p.keygen(scene.cards(), *extra, timeout=timeout) for p in rest]]
            if active:
                for outcome in outcomes:
                    self.expect(outcome, DONE)
        self.assertEqual(len({scene.authority(name).read_text() for name in NAMES}), 1)
        for order in (("alpha", "beta"), ("beta", "gamma"), ("gamma", "alpha")):
            scene.serve()
            out = next(p for p in NAMES if p not in order)
            scene[out].stop()
            host = f"by-{order[0]}-{order[1]}"
            invitation = scene[order[0]].invite(host)
            enrolled = self.expect(scene.enroll(invitation, host), DONE).json()
            self.assertEqual(enrolled["signers"], sorted(order))

    def run_scenarios(self, scenario, values):
        """Each value in a scene of its own, some at the same time."""
        scenes = [self.new_scene() for _ in values]
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            for _ in pool.map(scenario, scenes, values):
                pass

    def test_a_party_killed_while_certifying_ends_with_the_same_authority(self):
        self.run_scenarios(self.kill_while_certifying, [0, 0.005, 0.05])

    def kill_while_certifying(self, scene, delay):
        scene.add(*NAMES)
        running = {name: scene[name].keygen(scene.cards(), timeout="5s") for name in NAMES}
        running["gamma"].wait_for_log("certifying the ceremony")
        time.sleep(delay)
        running["gamma"].kill()
        if not (scene["gamma"].dir / "authority.json").exists():
            outcome = scene["gamma"].keygen(scene.cards(), timeout="8s").outcome()
            if outcome.status == DONE:
                self.assertEqual(outcome.json()["id"],
                                 json.loads(scene.authority("gamma").read_text())["id"])
        for name in ("alpha", "beta"):
            running[name].wait()
        self.recover(scene)

    @SystemTest.needs("strace")
    def test_a_party_killed_at_any_durable_step_ends_with_the_same_authority(self):
        self.run_scenarios(self.kill_at_step, range(2, 14, 2))

    def kill_at_step(self, scene, step):
        scene.add(*NAMES)
        calls = "fsync,fdatasync,rename,unlink"
        prefix = ["strace", "-f", "-o", "/dev/null", "-e", f"trace={calls}", "-e",
                  f"inject={calls}:signal=SIGKILL:when={step}"]
        running = [scene[name].keygen(scene.cards(), timeout="4s", prefix=prefix if name == "gamma"
                                      else ()) for name in NAMES]
        for process in running:
            process.wait()
        self.recover(scene)

    @SystemTest.needs("strace")
    def test_a_ceremony_that_all_left_before_the_certificate_is_completed_by_all(self):
        scene = self.scene
        scene.add(*NAMES)
        # The second fsync is that of the directory which holds ceremony.pending.
        prefix = ["strace", "-f", "-o", "/dev/null", "-e", "trace=fsync", "-e",
                  "inject=fsync:signal=SIGKILL:when=2"]
        running = [scene[name].keygen(scene.cards(), prefix=prefix) for name in NAMES]
        for process in running:
            process.wait()
        pending = [(scene[name].dir / "ceremony.pending") for name in NAMES]
        for path in pending:
            self.assertTrue(path.exists())
            self.assertFalse((path.parent / "authority.json").exists())
        outcomes = scene.keygen()
        self.assertEqual(len({outcome["id"] for outcome in outcomes}), 1)
        for path in pending:
            self.assertFalse(path.exists())
        self.recover(scene)

    def test_a_pending_ceremony_is_neither_forgotten_nor_mixed_with_another(self):
        scene = self.scene
        scene.add(*NAMES)
        saved = {}
        running = [scene[name].keygen(scene.cards(), timeout="4s") for name in NAMES]
        for process in running:
            process.wait_for_log("certifying the ceremony")
            saved.update({name: (scene[name].dir / "ceremony.pending").read_bytes()
                          for name in NAMES if (scene[name].dir / "ceremony.pending").exists()})
        for process in running:
            process.wait()
        self.assertTrue(saved)
        name, pending = saved.popitem()
        # As if everyone but this party had lost its state and begun anew.
        for party in scene.parties.values():
            for file in ("authority.json", "share.sealed", "ceremony.pending"):
                (party.dir / file).unlink(missing_ok=True)
        (scene[name].dir / "ceremony.pending").write_bytes(pending)
        running = [party.keygen(scene.cards(), timeout="4s") for party in scene.parties.values()]
        outcomes = {p: process.outcome() for p, process in zip(scene.parties, running)}
        for outcome in outcomes.values():
            self.assertIn(outcome.status, (FAILED, UNREACHABLE), str(outcome))
        self.assertIn("--discard-pending", outcomes[name].err)


if __name__ == "__main__":
    main()
