"""Members of an MPyC session agree: one writes a manifest, each reviews it against its own machine
and consents; then the parties grant it. MPyC is a stand-in here: what is looked at is its version and its files."""

import base64
import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
import time

from ed25519 import public_key, verify
from harness import (AUTO_POLICY, DONE, FAILED, REFUSED, UNREACHABLE, USAGE, VERIFICATION,
                     SystemTest, main, run, wait_until)

GRANTING = AUTO_POLICY + "sessions: {approve: auto}\n"
MEMBERS = ("alice", "bob", "carol")


def decoded(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


class SessionTest(SystemTest):
    def setUp(self):
        super().setUp()
        self.work = self.scene.root / "work"
        self.site = self.scene.root / "site"
        (self.work / "data").mkdir(parents=True)
        (self.work / "santa.py").write_text("print('santa')\n")
        (self.work / "mpyc").mkdir()  # a folder of the user's, and not what Python would import
        (self.work / "mpyc" / "__init__.py").touch()
        (self.work / "json.py").write_text("raise SystemExit('it is not imported')\n")
        (self.work / "data" / "weights.npy").write_bytes(bytes(300_000))
        self.install_mpyc("0.11")
        self.python = self.scene.root / "python"  # no variable of ours reaches Python
        self.python.write_text(f"#!/bin/sh\nPYTHONPATH={self.site} exec {sys.executable} \"$@\"\n")
        self.python.chmod(0o755)

    def install_mpyc(self, version):
        shutil.rmtree(self.site, ignore_errors=True)
        info = self.site / f"mpyc-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: mpyc\nVersion: {version}\n")
        (self.site / "mpyc" / "sub").mkdir(parents=True)
        (self.site / "mpyc" / "__init__.py").write_text("raise SystemExit('it is not imported')\n")
        (self.site / "mpyc" / "sub" / "runtime.py").write_text("x = 1\n")
        (self.site / "mpyc" / "notes.txt").write_text("not a part of it\n")

    def session(self, command, *arguments, host="alice", environment=None):
        """Runs in the working folder."""
        before = os.getcwd()
        os.chdir(self.work)
        try:
            python = [] if command == "grant" or "--python" in arguments else ["--python",
                                                                               self.python]
            return run("session", command, *arguments, "--host", self.scene.root / host, *python,
                       environment=environment)
        finally:
            os.chdir(before)

    def new(self, *extra, out="s.manifest", channel="nebula", members=MEMBERS):
        named = [word for member in members for word in ("--member", member)]
        return self.session("new", "--program", "santa.py", "--channel", channel, *named, "-o", out,
                            *extra)

    def members(self, policy=AUTO_POLICY):
        alpha, beta, gamma = self.trio(policy)
        hosts = {name: self.enrolled(alpha, name) for name in MEMBERS}
        for party in (alpha, beta, gamma):
            wait_until(lambda: len(party.hosts()) == len(MEMBERS), f"{party.name} knows all")
        return hosts

    def differences(self, outcome):
        self.assertEqual(outcome.status, VERIFICATION, str(outcome))
        return {each["field"]: (each["agreed"], each["here"])
                for each in json.loads(outcome.out)["differences"]}



class Agreement(SessionTest):
    def test_all_members_review_and_consent_to_one_manifest(self):
        hosts = self.members()
        made = self.expect(self.new("--arg", "8", "--file", "data/weights.npy", "--json"), DONE)
        text = (self.work / "s.manifest").read_bytes()
        digest = hashlib.sha256(text).hexdigest()
        self.assertEqual(made.json()["manifest"], digest)
        manifest = json.loads(text)
        self.assertEqual([seat["name"] for seat in manifest["seats"]], list(MEMBERS))
        identities = {host["name"]: host["host_identity"] for host in self.scene["alpha"].hosts()}
        for seat in manifest["seats"]:
            self.assertEqual(seat["identity"], identities[seat["name"]])
            self.assertEqual(seat["address"], hosts[seat["name"]]["networks"][0].split("/")[0])
        self.assertEqual(manifest["options"]["threshold"], 1)
        tree = "".join(f"{hashlib.sha256((self.site / 'mpyc' / path).read_bytes()).hexdigest()}"
                       f"  {path}\n" for path in ("__init__.py", "sub/runtime.py"))
        self.assertEqual(manifest["runtime"]["package"], hashlib.sha256(tree.encode()).hexdigest())
        for seat, name in enumerate(MEMBERS):
            # The overlay is not up here; everything else is as agreed.
            found = self.differences(self.session("review", "s.manifest", "--json", host=name))
            self.assertEqual(list(found), [f"seats.{seat}.address"])
            self.expect(self.session("sign", "s.manifest", "-o", f"{name}.consent", host=name), DONE)
            token = (self.work / f"{name}.consent").read_text().strip()
            header, payload, signature = token.split(".")
            claims = json.loads(decoded(payload))
            self.assertEqual((claims["seat"], claims["manifest"]), (seat, digest))
            self.assertTrue(verify(bytes.fromhex(identities[name]), f"{header}.{payload}".encode(),
                                   decoded(signature)))
        shown = self.session("review", "s.manifest")
        self.assertEqual(shown.status, VERIFICATION)
        self.assertIn(digest, shown.out)
        self.assertIn("differs", shown.out)

    def test_on_the_channel_tls_each_seat_has_a_key_of_its_own(self):
        self.members()
        self.expect(self.new(channel="tls"), USAGE, "alice=ADDRESS")
        at = [f"{name}=127.0.0.1" for name in MEMBERS]
        self.expect(self.new(channel="tls", members=at), DONE)
        manifest = json.loads((self.work / "s.manifest").read_text())
        self.assertEqual([seat["port"] for seat in manifest["seats"]], [11365, 11366, 11367])
        self.assertEqual([seat["meeting"] for seat in manifest["seats"]], [12365, 12366, 12367])
        self.expect(self.session("review", "s.manifest", "--json"), DONE)
        keys = set()
        for name in MEMBERS:
            consents = []
            for out in ("first", "second"):  # the same key again, and the same token
                self.expect(self.session("sign", "s.manifest", "-o", out, "--force", host=name),
                            DONE)
                consents.append((self.work / out).read_text())
            self.assertEqual(consents[0], consents[1])
            keys.add(json.loads(decoded(consents[0].split(".")[1]))["tls"]["key"])
            key = self.scene.root / name / "sessions" / manifest["session"] / "seat.key"
            self.assertEqual(stat.S_IMODE(key.stat().st_mode), 0o600)
        self.assertEqual(len(keys), 3)

    def test_what_differs_is_named_and_not_consented_to(self):
        self.members()
        at = [f"{name}=127.0.0.1" for name in MEMBERS]
        self.expect(self.new("--file", "data/weights.npy", channel="tls", members=at), DONE)

        def refused(field, **options):
            review = self.session("review", "s.manifest", "--json", **options)
            self.assertIn(field, self.differences(review))
            self.expect(self.session("sign", "s.manifest", "-o", "c", **options), VERIFICATION,
                        field)
            self.assertFalse((self.work / "c").exists())

        refused("environment.MPYC_NOGMPY", environment={"MPYC_NOGMPY": "1"})
        (self.work / "santa.py").write_text("print('another')\n")
        refused("program.main")
        (self.work / "santa.py").write_text("print('santa')\n")
        (self.work / "data" / "weights.npy").unlink()
        refused("program.files.data/weights.npy")
        (self.work / "data" / "weights.npy").write_bytes(bytes(300_000))
        (self.site / "mpyc" / "sub" / "runtime.py").write_text("x = 2\n")
        refused("runtime.package")
        self.install_mpyc("0.10")
        refused("runtime.mpyc")
        self.install_mpyc("0.11")
        # Who has no seat, and who is another authority's.
        alpha = self.scene["alpha"]
        self.enrolled(alpha, "dave")
        refused("seats", host="dave")
        self.expect(self.session("review", "s.manifest", "--json"), DONE)

    def test_bad_input_is_refused_by_name(self):
        self.members()
        alpha, beta, gamma = (self.scene[name] for name in ("alpha", "beta", "gamma"))
        for member, status, text in (("nobody", REFUSED, "no host nobody"),
                                     ("al ice", USAGE, "al ice"),
                                     ("alice=nowhere", USAGE, "--member alice=nowhere")):
            self.expect(self.new(members=(member, "bob")), status, text)
        self.expect(self.new(members=("alice", "bob", "alice")), USAGE, "seats")
        for extra, text in ((("--threshold", "2"), "threshold"), (("--arg=--no-p",), "arguments"),
                            (("--file", "../secret"), "working folder"),
                            (("--file", "/etc/passwd"), "working folder"),
                            (("--window", "8d"), "not_after"), (("--window", "soon"), "--window")):
            self.expect(self.new(*extra), USAGE, text)
        self.expect(self.new(channel="carrier"), USAGE, "--channel")
        self.expect(self.new("--file", "missing.py"), FAILED, "missing.py")
        self.expect(self.new("--python", "/bin/false"), FAILED, "/bin/false")
        shutil.rmtree(self.site)
        self.expect(self.new(), FAILED, "pip install mpyc==0.11")
        self.install_mpyc("0.11")
        self.assertFalse((self.work / "s.manifest").exists())
        self.expect(self.new(), DONE)
        self.expect(self.new(), FAILED, "s.manifest")  # nothing is overwritten
        text = (self.work / "s.manifest").read_text()
        for wrong in (text + " ", text.replace('"version": 1', '"version": 2'),
                      text.replace('"seats"', '"more": 1, "seats"'), text[:-9]):
            (self.work / "wrong").write_text(wrong)
            for command in (("review",), ("sign", "-o", "c")):
                self.expect(self.session(command[0], "wrong", *command[1:]), VERIFICATION, "wrong")
        # A revoked host has no seat in a new session.
        for party in (alpha, beta):
            self.expect(party.command("revoke", "carol", "--reason", "lost"), DONE)
        wait_until(lambda: self.new("--force").status == REFUSED, "carol's end")
        for party in (alpha, beta, gamma):
            party.stop()
        self.expect(self.new("--force"), UNREACHABLE,
                    "who alice is must be said by 2 parties alike")


def openssl(*arguments):
    return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True,
                          check=False, timeout=60)


class Grant(SessionTest):
    AT = tuple(f"{name}=127.0.0.1" for name in MEMBERS)

    def consented(self, manifest="s.manifest", members=MEMBERS):
        """The options that name the consents of these members."""
        words = []
        for name in members:
            self.expect(self.session("sign", manifest, "-o", f"{manifest}.{name}", "--force",
                                     host=name), DONE)
            words += ["--consent", f"{manifest}.{name}"]
        return words

    def grant(self, consents, *extra, manifest="s.manifest", host="alice", out="s.grant"):
        return self.session("grant", manifest, *consents, "-o", out, "--timeout", "1s", *extra,
                            host=host)

    def change(self, change, source="s.manifest", target="s.manifest"):
        """The manifest after `change`, as the program would have written it."""
        document = json.loads((self.work / source).read_text())
        change(document)
        (self.work / target).write_text(json.dumps(document, indent=2) + "\n")

    def granted_over_tls(self, out):
        """A session over TLS: its digest, and its certificates in files of their own."""
        self.expect(self.new(channel="tls", members=self.AT, out=f"{out}.manifest"), DONE)
        consents = self.consented(f"{out}.manifest")
        # Whoever of the members asks, in whatever order it has the consents.
        granted = self.expect(self.grant(consents[2:] + consents[:2], "--json",
                                         manifest=f"{out}.manifest", host="bob", out=out), DONE)
        document = json.loads((self.work / out).read_text())
        files = []
        for number, text in enumerate(document["certificates"]):
            files.append(self.work / f"{out}.{number}.crt")
            files[-1].write_text(text)
        return granted.json(), files

    def test_three_hosts_get_a_session_with_certificates_that_openssl_takes(self):
        self.members(GRANTING)
        granted, certificates = self.granted_over_tls("one")
        self.assertEqual(len(certificates), 4)
        self.assertEqual(len(granted["signers"]), 2)
        self.assertEqual(sorted(granted["logged_by"]), sorted(granted["signers"]))
        proofs = self.scene.root / "bob" / "sessions" / granted["session"] / "proofs"
        self.assertEqual(sorted(each.name for each in proofs.iterdir()),
                         sorted(f"session-grant.{name}.tlog-proof" for name in granted["signers"]))
        _, other = self.granted_over_tls("two")
        for purpose in ("sslserver", "sslclient"):
            for seat in certificates[1:]:
                checked = openssl("verify", "-x509_strict", "-purpose", purpose, "-CAfile",
                                  certificates[0], seat)
                self.assertEqual(checked.returncode, 0, checked.stderr)
                self.assertNotEqual(openssl("verify", "-x509_strict", "-CAfile", other[0],
                                            seat).returncode, 0)
        subject = openssl("x509", "-in", certificates[2], "-noout", "-subject", "-ext",
                          "subjectAltName").stdout
        self.assertIn("CN = MPyC party 1", subject)
        self.assertIn(f"URI:urn:jointca:session:sha256:{granted['manifest']}", subject)
        # The same request again is answered with the same grant; nothing is overwritten.
        before = (self.work / "one").read_text()
        consents = [word for name in MEMBERS for word in ("--consent", f"one.manifest.{name}")]
        self.expect(self.grant(consents, manifest="one.manifest", out="one"), FAILED, "one")
        self.expect(self.grant(consents, "--force", manifest="one.manifest", out="one"), DONE)
        self.assertEqual((self.work / "one").read_text(), before)
        self.explained_and_revoked(granted)

    def explained_and_revoked(self, granted):
        alpha, beta = self.scene["alpha"], self.scene["beta"]
        findings = self.audited()["findings"]
        self.assertEqual([each for each in findings if each["severity"] != "info"], [])

        def explained(status):
            found = run("audit", "--authority", self.scene.authority(), self.work / "one", "--json")
            self.assertEqual(found.status, status, str(found))
            return found.json()
        all_of_it = explained(DONE)
        self.assertEqual([each["kind"] for each in all_of_it],
                         ["session-grant", "session-anchor"] + 3 * ["session-seat"])
        self.assertEqual(all_of_it[0]["name"], f"session:{granted['session']}")
        self.assertEqual(all_of_it[0]["host"], granted["manifest"])
        self.assertTrue(all(each["signed"] and each["known"] for each in all_of_it))
        # A session is no host, and ends by a vote like one.
        self.assertEqual({host["name"] for host in alpha.hosts()}, set(MEMBERS))
        name = f"session:{granted['session']}"
        self.expect(alpha.command("revoke", name, "--reason", "wrong data"), DONE)
        waiting = []
        wait_until(lambda: waiting.extend(
            each for each in json.loads(beta.command("requests", "--json").out)
            if each["type"] == "revocation") or waiting, "the vote")
        self.assertEqual(waiting[0]["name"], name)
        self.expect(beta.command("approve", waiting[0]["id"][:16]), DONE)
        wait_until(lambda: beta.status()["revocations"] and
                   beta.status()["revocations"]["certificates"] == 4, "grant and seats on the list")
        revoked = {each["kind"]: each["revoked"] for each in explained(VERIFICATION)}
        self.assertIsNotNone(revoked["session-grant"])
        self.assertIsNotNone(revoked["session-seat"])
        consents = [word for each in MEMBERS for word in ("--consent", f"one.manifest.{each}")]
        self.expect(self.grant(consents, manifest="one.manifest"), REFUSED, "session.revoked")

    def test_on_an_overlay_a_session_is_granted_without_certificates(self):
        self.members(GRANTING)
        self.expect(self.new(), DONE)
        self.expect(self.grant(self.consented()), DONE)
        document = json.loads((self.work / "s.grant").read_text())
        self.assertEqual(document["certificates"], [])
        header, payload, _ = document["grant"].split(".")
        self.assertEqual(json.loads(decoded(header))["typ"], "jointca-grant+jwt")
        manifest = (self.work / "s.manifest").read_bytes()
        self.assertEqual(json.loads(decoded(payload))["manifest"],
                         hashlib.sha256(manifest).hexdigest())

    def test_without_a_policy_for_sessions_the_operators_are_asked(self):
        self.members()
        alpha, beta, gamma = (self.scene[name] for name in ("alpha", "beta", "gamma"))
        self.expect(self.new(), DONE)
        digest = hashlib.sha256((self.work / "s.manifest").read_bytes()).hexdigest()
        consents = self.consented()
        self.expect(self.grant(consents), UNREACHABLE, "waiting for the operators of")
        self.assertFalse((self.work / "s.grant").exists())
        asked = [each for each in json.loads(alpha.command("requests", "--json").out)
                 if each["type"] == "session"]
        self.assertEqual([(each["id"], each["state"], each["members"], each["channel"])
                          for each in asked], [(digest, "open", list(MEMBERS), "nebula")])
        shown = self.expect(alpha.command("requests"), DONE).out
        self.assertIn(f"{digest}  open  of alice, bob, carol over nebula: santa.py", shown)
        for party in (alpha, gamma):
            approved = self.expect(party.command("approve", digest[:16], "--json"), DONE).json()
            self.assertEqual((approved["type"], approved["state"]), ("session", "approved"))
        self.expect(self.grant(consents), DONE)
        # A denial is final for the manifest.
        self.expect(self.new("--force"), DONE)
        consents = self.consented()
        self.expect(self.grant(consents, "--force"), UNREACHABLE)
        digest = hashlib.sha256((self.work / "s.manifest").read_bytes()).hexdigest()
        for party in (alpha, beta):
            self.expect(party.command("deny", digest[:16], "--reason", "not today"), DONE)
        self.expect(self.grant(consents, "--force"), REFUSED, "operator.denied", "not today")

    def test_what_must_not_be_granted_is_refused_by_name(self):
        self.members(GRANTING)
        self.expect(self.new(), DONE)
        consents = self.consented()
        # Before all consents are in, and with one to something else.
        self.expect(self.grant(consents[:4]), VERIFICATION, "consents.missing", "carol")
        self.change(lambda manifest: manifest["program"].update(arguments=["9"]), target="other")
        (self.work / "wrong").write_text((self.work / "s.manifest.bob").read_text())
        self.expect(self.grant(consents, manifest="other"), VERIFICATION, "consent.manifest")
        self.expect(self.grant(consents[:4] + ["--consent", "wrong"]), VERIFICATION,
                    "consents.twice", "bob")
        # An address that is another's.
        def at_bobs(manifest):
            manifest["seats"][0].update(address=manifest["seats"][1]["address"], port=11999,
                                        meeting=12999)
        self.change(at_bobs, target="moved")
        self.expect(self.grant(self.consented("moved"), manifest="moved"), REFUSED,
                    "member.address", "not the address of alice, but of bob")
        # The first one is granted; another of the same id is not.
        self.expect(self.grant(consents), DONE)
        self.expect(self.grant(self.consented("other"), manifest="other", out="o.grant"), REFUSED,
                    "session.id")

    def test_a_member_that_is_not_enrolled_has_no_seat(self):
        self.members(GRANTING)
        # Whoever has read all of carol's files but her key.
        strange = self.scene.root / "strange"
        shutil.copytree(self.scene.root / "carol", strange)
        seed = bytes(range(32))
        (strange / "identity.key").write_text(
            "-----BEGIN JOINTCA HOST IDENTITY KEY-----\n"
            f"{base64.b64encode(seed).decode()}\n-----END JOINTCA HOST IDENTITY KEY-----\n")
        identity = public_key(seed).hex()
        self.expect(self.new(channel="tls", members=self.AT), DONE)
        self.change(lambda manifest: manifest["seats"][2].update(identity=identity))
        consents = self.consented(members=("alice", "bob", "strange"))
        self.expect(self.grant(consents), REFUSED, "member.unknown", "carol")

    def test_a_window_that_is_over_is_refused(self):
        self.members(GRANTING)
        seconds = 15
        begin = time.monotonic()
        self.expect(self.new("--window", f"{seconds}s"), DONE)
        consents = self.consented()
        time.sleep(max(0.0, begin + seconds + 1 - time.monotonic()))
        self.expect(self.grant(consents), REFUSED, "session.window", "it ended at")

    def test_a_policy_for_sessions_refuses_by_its_rule_and_party(self):
        self.members(AUTO_POLICY + "sessions: {approve: auto, channels: [tls], max_window: 1h}\n")
        self.expect(self.new(), DONE)
        outcome = self.expect(self.grant(self.consented()), REFUSED, "session.too_long")
        self.assertRegex(outcome.err, "(alpha|beta|gamma) refuses by rule session.too_long")
        self.expect(self.new("--force", "--window", "30m"), DONE)
        self.expect(self.grant(self.consented()), REFUSED, "session.channel", "nebula")


if __name__ == "__main__":
    main()
