"""What scripts rely on: exit statuses, JSON alone on standard output, help."""

import json

from harness import (AUTO_POLICY, DONE, FAILED, UNREACHABLE, USAGE, VERIFICATION, SystemTest, main,
                     run)

COMMANDS = {  # each with what it needs besides --dir or --host
    "party init": ["alpha", "--listen", "127.0.0.1:7000", "--insecure-no-passphrase"],
    "keygen": ["--name", "demo", "--party", "card", "--network", "10.42.0.0/16"],
    "serve": [],
    "status": [],
    "hosts": [],
    "requests": [],
    "approve": ["00000000"],
    "deny": ["00000000", "--reason", "none"],
    "invite": ["web-1"],
    "log export": ["--to", "out"],
    "enroll host": ["invitation"],
}
OTHERS = ["policy check", "cert show", "cert verify", "verify-evidence"]


class Commands(SystemTest):
    def test_a_missing_directory_is_wrong_usage(self):
        for command, arguments in COMMANDS.items():
            with self.subTest(command):
                flag = "--host" if command == "enroll host" else "--dir"
                self.expect(run(*command.split(), *arguments), USAGE, flag)

    def test_missing_and_unknown_arguments_are_wrong_usage(self):
        for command in ("", "party", "log", "cert", "policy", "enroll", "nonsense", *OTHERS,
                        "cert verify file", "invite --dir d", "approve --dir d", "deny x --dir d",
                        "status --dir d --nonsense", "serve extra --dir d",
                        "log export --dir d", "invite web --dir d --uses 0",
                        "cert verify file --ca file --at yesterday",
                        "policy check file --authority file",
                        "enroll host invitation --host d --nebula-pub file"):
            with self.subTest(command):
                self.expect(run(*command.split()), USAGE)

    def test_an_unknown_command_is_named(self):
        for command, known in (("nonsense", "enroll"), ("party nonsense", "init"),
                               ("log nonsense --dir d", "recover")):
            with self.subTest(command):
                outcome = self.expect(run(*command.split()), USAGE, '"nonsense"')
                self.assertIn(known, outcome.err)
        self.expect(run("party"), USAGE, "subcommand is required")

    def test_help_shows_defaults(self):
        for command, default in (("invite", "24h"), ("invite", "1h"), ("keygen", "365d"),
                                 ("agent", "60s"), ("enroll host", "10m")):
            with self.subTest(command):
                self.assertIn(default, self.expect(run(*command.split(), "--help"), DONE).out)

    def test_nobody_is_asked_for_a_passphrase_in_vain(self):
        # Nobody can be asked here: whoever asks fails at that.
        secret = self.scene.root / "passphrase"
        secret.write_text("a passphrase\n")
        self.scene.add("alpha", passphrase=secret)
        alpha = self.scene["alpha"]
        policy = self.scene.root / "policy.yaml"
        policy.write_text("nonsense: 1\n")
        for arguments, text in (
                (["party", "init", "alpha", "--listen", "127.0.0.1:7000"], "holds a party already"),
                (["serve"], "no authority yet"),
                (["keygen", "--name", "demo", "--network", "10.42.0.0/16", "--party",
                  self.scene.root / "none"], "none")):
            with self.subTest(arguments[0]):
                outcome = run(*arguments, "--dir", alpha.dir)
                self.assertIn(text, outcome.err)
        (alpha.dir / "authority.json").write_text("{}")
        self.expect(run("serve", "--dir", alpha.dir, "--policy", policy), FAILED, "policy.yaml")

    def test_a_name_or_address_that_a_live_host_has_is_warned_of(self):
        alpha = self.trio()[0]
        enrolled = run("enroll", "host", alpha.invite("web-1"), "--host", self.scene.root / "web-1")
        fingerprints = [each["fingerprint"] for each in self.scene.show("web-1")]
        self.assertIn(f"nebula-v1 {fingerprints[0]}, nebula-v2 {fingerprints[1]}",
                      self.expect(enrolled, DONE).out)
        address = self.scene.show("web-1")[0]["networks"][0].split("/")[0]
        free = self.expect(alpha.command("invite", "web-2", "--json"), DONE)
        self.assertEqual(free.json()["held"], [])
        outcome = self.expect(alpha.command("invite", "WEB-1"), DONE)
        self.assertIn("warning: it has the name WEB-1", outcome.err)
        outcome = self.expect(alpha.command("invite", "web-2", "--address", address), DONE)
        self.assertIn(f"warning: it has {address} by web-1 until", outcome.err)

    def test_the_daemon_says_what_is_issued_and_revoked(self):
        parties = self.trio(AUTO_POLICY + "revoke: auto\n")
        self.expect(self.scene.enroll(parties[0].invite("web-1"), "web-1"), DONE)
        for party in parties:
            party.daemon.wait_for_log("issued web-1: 10.42.0.1/16, fd42::1/64, until")
        outcome = self.expect(parties[0].command("revoke", "web-1", "--reason", "test"), DONE)
        self.assertIn("within seconds", outcome.out)
        for party in parties:
            party.daemon.wait_for_log("revoked: web-1")
            party.daemon.wait_for_log(": 2 certificates")
        outcome = self.expect(parties[0].command("requests", "--all", "--json"), DONE)
        identifier, = (each["id"] for each in outcome.json() if each["type"] == "revocation")
        self.expect(parties[0].command("deny", identifier, "--reason", "no"), USAGE, "deny")

    def test_a_decision_that_was_made_says_which(self):
        parties = self.trio("approve: ask\n")
        invited = self.expect(parties[0].command("invite", "web-1", "--json"), DONE).json()
        identifier = invited["id"]
        self.expect(parties[1].command("deny", identifier, "--reason", "no"), DONE)
        self.expect(parties[1].command("approve", identifier), FAILED, "denied already")

    def test_every_command_has_help(self):
        for command in ("", *COMMANDS, *OTHERS):
            with self.subTest(command):
                outcome = self.expect(run(*command.split(), "--help"), DONE)
                self.assertEqual(outcome.err, "")
                self.assertIn("Usage:", outcome.out)
        self.assertRegex(self.expect(run("--version"), DONE).out, r"^jointca \d+\.\d+")

    def test_a_directory_without_party_or_daemon_says_so(self):
        empty = self.scene.root / "empty"
        empty.mkdir(mode=0o700)
        for command in ("serve", "status", "hosts", "requests", "invite", "approve", "deny",
                        "log export", "keygen"):
            with self.subTest(command):
                outcome = run(*command.split(), *COMMANDS[command], "--dir", empty)
                self.expect(outcome, FAILED, str(empty))
        self.expect(run("status", "--dir", self.scene.root / "none"), FAILED, "none")

    def test_a_daemon_that_was_killed_is_told_from_one_that_never_ran(self):
        alpha = self.trio()[0]
        shown = self.expect(alpha.command("status"), DONE).out
        self.assertIn("invitations to decide on", shown)
        self.assertIn("hosts waiting here", shown)
        alpha.kill()
        for command in (["requests"], ["status"], ["approve", "0" * 16],
                        ["deny", "0" * 16, "--reason", "none"], ["invite", "web-1"]):
            with self.subTest(command[0]):
                self.expect(alpha.command(*command), UNREACHABLE,
                            f"jointca serve --dir {alpha.dir}")
        alpha.serve()
        alpha.stop()
        self.expect(alpha.command("requests"), FAILED, f"jointca serve --dir {alpha.dir}")

    def test_bad_values_are_named(self):
        directory = self.scene.root / "party"
        for arguments, text in (
                (["Alpha", "--listen", "127.0.0.1:7000"], "Alpha"),
                (["alpha", "--listen", "127.0.0.1"], "--listen"),
                (["alpha", "--listen", "127.0.0.1:99999"], "--listen"),
                (["alpha", "--listen", "localhost:7000"], "--listen localhost:7000: expected"),
                (["alpha", "--listen", "127.0.0.1:7000", "--api", "localhost:7001"], "--api"),
                (["alpha", "--listen", "127.0.0.1:7000", "--api", "x"], "--api"),
                (["alpha", "--listen", "127.0.0.1:7000", "--api", "127.0.0.1:7000"], "--api")):
            with self.subTest(text):
                self.expect(run("party", "init", *arguments, "--dir", directory,
                                "--insecure-no-passphrase"), USAGE, text)
        self.assertFalse(directory.exists())
        alpha = self.trio()[0]
        for arguments, text in ((["no name"], '"no name" is not a host name: expected'),
                                (["web", "--ttl", "soon"], "--ttl"),
                                (["web", "--expires", "-1s"], "--expires"),
                                (["web", "--address", "10.42"], "address"),
                                (["web", "--group", "a b\n"], "group"),
                                (["web", "--kind", "openvpn"], "kind")):
            with self.subTest(text):
                self.expect(alpha.command("invite", *arguments), USAGE, text)

    def test_json_is_all_that_json_prints(self):
        self.scene.add("alpha", "beta")
        for document in self.scene.keygen():
            self.assertIn("id", document)
        alpha = self.scene["alpha"]
        self.scene.serve()
        invited = self.expect(alpha.command("invite", "web-1", "--json"), DONE).json()
        self.assertTrue(invited["invitation"].startswith("jointca-invite"))
        enrolled = self.expect(self.scene.enroll(invited["invitation"], "web-1"), DONE).json()
        shown = self.scene.show("web-1")
        self.assertEqual(enrolled["fingerprints"], [c["fingerprint"] for c in shown])
        status = self.expect(alpha.command("status", "--json"), DONE).json()
        self.assertTrue(status["quorum"])
        self.assertEqual(status["live_hosts"], 1)
        host, = self.expect(alpha.command("hosts", "--json"), DONE).json()
        self.assertEqual(host["fingerprints"], enrolled["fingerprints"])
        self.assertEqual(self.expect(alpha.command("requests", "--json"), DONE).json(), [])
        target = self.scene.root / "log"
        exported = self.expect(alpha.command("log", "export", "--to", target, "--json"), DONE).json()
        self.assertEqual(exported["size"], status["log"]["size"])
        third = run("party", "init", "gamma", "--dir", self.scene.root / "gamma", "--listen",
                    "127.0.0.1:7000", "--insecure-no-passphrase", "--json")
        self.assertEqual(self.expect(third, DONE).json()["name"], "gamma")
        nebula = self.scene.root / "web-1" / "nebula"
        verify = ["cert", "verify", nebula / "host.crt", "--ca", nebula / "ca.crt", "--json"]
        self.assertTrue(all(v["ok"] for v in self.expect(run(*verify), DONE).json()))
        late = run(*verify, "--at", "2200-01-01T00:00:00Z")
        self.assertEqual(late.status, VERIFICATION)
        self.assertFalse(any(v["ok"] for v in late.json()))
        # For people: something to read, on standard output.
        for arguments in (["status"], ["hosts"], ["requests"], ["requests", "--all"]):
            self.assertIn("web-1" if arguments == ["hosts"] else "",
                          self.expect(alpha.command(*arguments), DONE).out)
        text = self.expect(run("cert", "show", nebula / "host.crt"), DONE).out
        self.assertIn("web-1", text)
        self.assertNotIn("\x1b", text)

    def test_nothing_is_overwritten_without_force(self):
        self.scene.add("alpha", "beta")
        self.scene.keygen()
        self.scene.serve()
        alpha = self.scene["alpha"]
        out = self.scene.root / "invitation"
        self.expect(alpha.command("invite", "web-1", "--out", out), DONE)
        first = out.read_text()
        self.expect(alpha.command("invite", "web-1", "--out", out), FAILED, "--force")
        self.assertEqual(out.read_text(), first)
        self.expect(alpha.command("invite", "web-1", "--out", out, "--force"), DONE)
        self.assertNotEqual(out.read_text(), first)

    def test_what_is_no_evidence_convicts_nobody(self):
        self.scene.add("alpha", "beta")
        self.scene.keygen()
        authority = self.scene.authority()
        garbage = self.scene.root / "garbage.json"
        for text in ("", "{}", "[]", "not JSON", json.dumps({"format": "jointca-evidence/1"}),
                     authority.read_text(), "{" * 100_000):
            with self.subTest(text[:40]):
                garbage.write_text(text)
                outcome = run("verify-evidence", garbage, "--authority", authority)
                self.expect(outcome, VERIFICATION, str(garbage))
        self.expect(run("verify-evidence", self.scene.root / "none", "--authority", authority),
                    FAILED, "none")

    def test_what_is_no_certificate_is_not_verified(self):
        garbage = self.scene.root / "garbage.crt"
        self.scene.add("alpha", "beta")
        self.scene.keygen()
        ca = self.scene["alpha"].dir / "ca.crt"
        pem = ca.read_text()
        for text in ("", "garbage", pem[:-40], pem.replace("NEBULA", "NEBULOUS"),
                     pem.replace(pem[60], "!")):
            garbage.write_text(text)
            verified = run("cert", "verify", garbage, "--ca", ca)
            self.assertEqual(verified.status, VERIFICATION, str(verified))
            self.expect(run("cert", "show", garbage), FAILED, str(garbage))
        self.expect(run("cert", "verify", self.scene.root / "none", "--ca", ca), FAILED, "none")
        self.expect(run("cert", "verify", ca, "--ca", self.scene.root / "none"), FAILED, "none")
        authority = self.scene.authority()
        self.expect(run("cert", "verify", ca, "--ca", authority), USAGE, "--authority")


if __name__ == "__main__":
    main()
