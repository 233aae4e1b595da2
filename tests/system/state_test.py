"""A party's state directory: one process at a time, sealed files, passphrases, permissions."""

import os
import pathlib
import signal
import sqlite3
import stat

from harness import (AUTO_POLICY, BINARY, DONE, FAILED, NAMES, USAGE, VERIFICATION, SystemTest, main,
                     run)


class State(SystemTest):
    def test_a_directory_has_one_process(self):
        alpha = self.trio()[0]
        second = run("serve", "--dir", alpha.dir, "--policy", alpha.policy)
        self.expect(second, FAILED, str(alpha.dir), "another jointca process")
        keygen = alpha.keygen(self.scene.cards())
        self.expect(keygen.outcome(), FAILED, "another jointca process")
        self.enrolled(alpha, "web-1")  # the first was not disturbed
        init = alpha.init()
        self.expect(init, FAILED, "holds a party already")
        alpha.kill()
        alpha.serve()  # the lock of a process that was killed is no obstacle

    def test_signals_are_heeded_from_the_moment_it_is_ready(self):
        self.scene.add("alpha", "beta")
        self.scene.keygen()
        alpha = self.scene["alpha"]
        for _ in range(5):
            alpha.serve(AUTO_POLICY)
            alpha.daemon.signal(signal.SIGHUP)
            self.assertEqual(alpha.stop(), DONE)

    def test_what_was_altered_is_not_used(self):
        alpha = self.trio()[0]
        alpha.stop()
        for name in ("share.sealed", "identity.sealed", "authority.json", "party.json",
                     "alpha.party.json"):
            path = alpha.dir / name
            good = path.read_bytes()
            for position in (len(good) // 2, len(good) - 2):
                with self.subTest(name, position=position):
                    bad = bytearray(good)
                    bad[position] ^= 1
                    path.write_bytes(bad)
                    outcome = self.refuses_to_start(alpha)
                    self.assertIn(name, outcome.err)
                    self.assertIn(outcome.status, (FAILED, VERIFICATION))
            for wrong in (b"", good[:-1], good + b"x"):
                with self.subTest(name, length=len(wrong)):
                    path.write_bytes(wrong)
                    # Whether white space ends a JSON text does not matter.
                    if not (name.endswith(".json") and wrong == good[:-1]):
                        self.assertIn(name, self.refuses_to_start(alpha).err)
            path.unlink()
            self.refuses_to_start(alpha)
            path.write_bytes(good)
        (alpha.dir / "share.sealed").write_bytes((self.scene["beta"].dir /
                                                  "share.sealed").read_bytes())
        self.assertIn("share.sealed", self.refuses_to_start(alpha).err)

    def refuses_to_start(self, party):
        process = party.serve(wait=False)
        outcome = process.outcome()
        self.assertNotEqual(outcome.status, DONE, str(outcome))
        self.assertGreater(outcome.status, 0, str(outcome))  # no signal
        self.assertEqual(outcome.out, "")
        return outcome

    def test_an_altered_log_is_noticed(self):
        alpha = self.trio()[0]
        self.enrolled(alpha, "web-1")
        alpha.stop()
        with sqlite3.connect(alpha.dir / "state.db") as database:
            database.execute("update node set hash = ?",
                             ("00" * 32,))
        database.close()
        self.assertIn("log", self.refuses_to_start(alpha).err)

    def test_a_party_with_a_passphrase(self):
        passphrase = self.scene.root / "passphrase"
        passphrase.write_text("correct horse battery staple\n")
        wrong = self.scene.root / "wrong"
        wrong.write_text("incorrect horse\n")
        empty = self.scene.root / "empty"
        empty.write_text("\n")
        self.scene.add("alpha", passphrase=passphrase)
        self.scene.add("beta")
        alpha = self.scene["alpha"]
        self.scene.keygen()
        for command in (["serve", "--dir", alpha.dir],
                        ["keygen", "--dir", alpha.dir, "--name", "demo", "--network",
                         "10.42.0.0/16", "--party", alpha.card, "--party",
                         self.scene["beta"].card]):
            self.expect(run(*command, "--passphrase-file", wrong), VERIFICATION, "identity.sealed")
            self.expect(run(*command, "--passphrase-file", empty), USAGE, "empty")
            self.expect(run(*command, "--passphrase-file", self.scene.root / "none"), FAILED, "none")
            self.expect(run(*command, environment={"JOINTCA_PASSPHRASE_FILE": str(wrong)}),
                        VERIFICATION, "identity.sealed")
        if os.geteuid() != 0:
            return  # serving a party that is not for trials needs locked memory
        self.scene.serve(AUTO_POLICY)
        self.wait_for_copies(*self.scene.parties.values())
        self.assertEqual(self.enrolled(alpha, "web-1")["signers"], ["alpha", "beta"])
        alpha.stop()
        policy = self.scene.root / "alpha.policy.yaml"
        alpha.daemon = self.scene.start("alpha.serve", ["serve", "--dir", alpha.dir, "--policy", policy,
                                                        "--passphrase-file", passphrase])
        alpha.wait_ready()

    @SystemTest.needs("setpriv")
    def test_no_secret_is_made_where_memory_cannot_be_locked(self):
        binary = pathlib.Path(BINARY).read_bytes()
        if b"__asan_init" in binary or b"__tsan_init" in binary:
            self.skipTest("sanitizers' memory is never locked")
        passphrase = self.scene.root / "passphrase"
        passphrase.write_text("correct horse battery staple\n")
        prefix = ["prlimit", "--memlock=0:0"]
        if os.geteuid() == 0:
            prefix += ["setpriv", "--bounding-set", "-ipc_lock"]
        init = ["party", "init", "alpha", "--dir", self.scene.root / "alpha", "--listen",
                self.scene.endpoint()]
        self.expect(self.scene.start("locked", [*init, "--passphrase-file", passphrase],
                                     prefix).outcome(), FAILED, "cannot lock memory", "MEMLOCK")
        self.assertFalse((self.scene.root / "alpha" / "identity.sealed").exists())
        trial = self.scene.start("trial", [*init, "--insecure-no-passphrase"], prefix)
        self.assertEqual(trial.outcome().status, DONE)

    def test_secrets_and_directories_are_private(self):
        os.umask(0)
        self.addCleanup(os.umask, 0o022)
        alpha = self.trio()[0]
        self.enrolled(alpha, "web-1")
        public = {"authority.json", "ca.crt", "host.crt"} | {f"{name}.party.json" for name in NAMES}
        for top in (*(party.dir for party in self.scene.parties.values()),
                    self.scene.root / "web-1"):
            for directory, _, files in os.walk(top):
                self.assertEqual(stat.S_IMODE(os.stat(directory).st_mode), 0o700, directory)
                for name in files:
                    mode = stat.S_IMODE(os.stat(os.path.join(directory, name)).st_mode)
                    shown = name in public or name.endswith(".tlog-proof")
                    self.assertEqual(mode, 0o644 if shown else 0o600, name)
        invitation = alpha.invite("web-2")
        self.assertEqual(stat.S_IMODE(invitation.stat().st_mode), 0o600)
        open_to_all = self.scene.root / "open"
        open_to_all.mkdir(mode=0o755)
        self.expect(run("party", "init", "delta", "--dir", open_to_all, "--listen",
                        "127.0.0.1:7000", "--insecure-no-passphrase"), FAILED, "chmod 700")
        self.expect(self.scene.enroll(invitation, "open"), FAILED, "chmod 700")
        self.expect(self.scene.enroll(invitation, "web-2"), DONE)  # it was not used up


if __name__ == "__main__":
    main()
