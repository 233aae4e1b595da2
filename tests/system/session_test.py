"""Members of an MPyC session agree: one writes a manifest, each reviews it against its own machine
and consents. MPyC is a stand-in here: what is looked at is its version and its files."""

import base64
import hashlib
import json
import os
import shutil
import stat

from ed25519 import verify
from harness import (DONE, FAILED, REFUSED, UNREACHABLE, USAGE, VERIFICATION, SystemTest,
                     main, run, wait_until)

MEMBERS = ("alice", "bob", "carol")


def decoded(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


class Session(SystemTest):
    def setUp(self):
        super().setUp()
        self.work = self.scene.root / "work"
        self.site = self.scene.root / "site"
        (self.work / "data").mkdir(parents=True)
        (self.work / "santa.py").write_text("print('santa')\n")
        (self.work / "mpyc").mkdir()  # a folder of the user's, and not what Python would import
        (self.work / "mpyc" / "__init__.py").touch()
        (self.work / "data" / "weights.npy").write_bytes(bytes(300_000))
        self.install_mpyc("0.11")

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
            return run("session", command, *arguments, "--host", self.scene.root / host,
                       environment={"PYTHONPATH": str(self.site), **(environment or {})})
        finally:
            os.chdir(before)

    def new(self, *extra, out="s.manifest", channel="nebula", members=MEMBERS):
        named = [word for member in members for word in ("--member", member)]
        return self.session("new", "--program", "santa.py", "--channel", channel, *named, "-o", out,
                            *extra)

    def members(self):
        alpha, beta, gamma = self.trio()
        hosts = {name: self.enrolled(alpha, name) for name in MEMBERS}
        for party in (alpha, beta, gamma):
            wait_until(lambda: len(party.hosts()) == len(MEMBERS), f"{party.name} knows all")
        return hosts

    def differences(self, outcome):
        self.assertEqual(outcome.status, VERIFICATION, str(outcome))
        return {each["field"]: (each["agreed"], each["here"])
                for each in json.loads(outcome.out)["differences"]}

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


if __name__ == "__main__":
    main()
