"""A granted session on three hosts, with MPyC itself: over TLS on loopback. Every check of one
machine fails once, by its name and exit status; whatever ends a run, nothing is left of it."""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

from harness import DONE, FAILED, REFUSED, USAGE, main, run, wait_until
from mpyc_sessions import (MEMBERS, MODULE, PROGRAM, PYTHON, RESULT, MemberTest, free_ports,
                           needs_mpyc)

DEMO_KEY_ID = bytes.fromhex("0414a422a92623a58a948cafa1d8b474e931deb5b548")


def marked(granted):
    """Processes of the session's programs."""
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if f"JOINTCA_SESSION={granted.id}".encode() in (process / "environ").read_bytes():
                found.append(int(process.name))
        except OSError:
            pass
    return found


def by_hand(manifest):
    """Consents need nothing of it: a manifest in its one text."""
    return json.dumps(manifest, indent=2) + "\n"


@needs_mpyc
class OneMachine(MemberTest):
    """What `check --local` sees, each with its status."""

    def check(self, granted, *flags, status, check, text="", name="alice", prefix=(), path=None,
              environment=None, python=PYTHON):
        command = ["session", "check", path or granted.path, "--local", "--json", "--python",
                   python, *flags, "--host", self.dir(name)]
        process = self.start_here(command, name, prefix, environment)
        document = json.loads(process.out()) if process.out() else {}
        self.assertEqual((process.wait(), document.get("check"), document.get("exit_status")),
                         (status, check, status if check else None), process.log())
        self.assertIn(text, process.log())
        self.assertEqual(process.log().count("\n"), 1, process.log())
        return document

    def start_here(self, command, name, prefix=(), environment=None):
        process = self.scene.start_program(
            f"{name}.check.{len(self.scene.processes)}",
            [*prefix, "env", "-C", self.work(name), os.environ["JOINTCA_BIN"], *command],
            environment)
        process.wait()
        return process

    def passes(self, granted, *flags, name="alice"):
        self.expect(self.session("check", granted.path, "--local", *flags, name=name), DONE)

    def rewritten(self, granted, change):
        """The file of the session, changed."""
        document = json.loads(granted.path.read_text())
        change(document)
        path = self.scene.root / "changed.grant"
        path.write_text(by_hand(document))
        return path

    def test_the_file_of_the_session(self):
        granted = self.common()
        self.passes(granted)

        def spoil(field, number=None):
            def change(document):
                place, key = (document, field) if number is None else (document[field], number)
                place[key] = place[key][:-4] + "AAA" + place[key][-1:]
            return change
        for change, status, check in (
                (lambda document: document.update(more=1), 10, "manifest"),
                (spoil("consents", 1), 11, "consents"),
                (spoil("grant"), 12, "grant"),
                (lambda document: document["certificates"].reverse(), 13, "certificates")):
            self.check(granted, path=self.rewritten(granted, change), status=status, check=check)

    def test_time_and_revocations(self):
        def later(manifest):
            manifest["not_before"] = time.strftime("%Y-%m-%dT%H:%M:%SZ",
                                                   time.gmtime(time.time() + 600))
        self.check(self.granted(change=later), status=14, check="window", text="not_before")
        granted = self.common()
        newest = self.dir("alice") / "revocations.json"
        kept = newest.read_bytes()
        newest.unlink()
        self.check(granted, status=16, check="revocations", text="revocations.json")
        newest.write_bytes(kept.replace(b'"signature":"', b'"signature":"00'))
        self.check(granted, status=16, check="revocations")
        newest.write_bytes(kept)
        self.passes(granted)

    def test_channel_seat_program_and_environment(self):
        granted = self.granted("direct", members=("alice", "bob"))
        self.check(granted, status=REFUSED, check=None, text="--allow-direct")
        self.expect(self.session("run", granted.path), REFUSED, "--allow-direct")
        self.check(granted, "--allow-direct", name="carol", status=18, check="seat")
        self.passes(granted, "--allow-direct")
        granted = self.common()
        self.provide("alice", "santa.py", PROGRAM + "\n")
        self.check(granted, status=19, check="program", text="program.main")
        self.provide("alice", "santa.py", PROGRAM)
        self.provide("alice", "factor.py", "FACTOR = 3\n")
        self.check(granted, status=20, check="files", text="program.files.factor.py")
        (self.work("alice") / "factor.py").unlink()
        self.check(granted, status=20, check="files", text="missing")
        self.provide("alice", "factor.py", MODULE)
        self.check(granted, status=21, check="environment", text="MPYC_NOGMPY",
                   environment={"MPYC_NOGMPY": "1"})
        self.passes(granted)

    def python_with(self, *files):
        """A Python with these files in front of what it imports."""
        site = self.scene.root / "site"
        shutil.rmtree(site, ignore_errors=True)
        for path, text in files:
            (site / path).parent.mkdir(parents=True, exist_ok=True)
            (site / path).write_text(text)
        wrapper = self.scene.root / "python"
        wrapper.write_text(f"#!/bin/sh\nPYTHONPATH={site} exec {PYTHON} \"$@\"\n")
        wrapper.chmod(0o755)
        return wrapper

    def test_python_and_mpyc(self):
        granted = self.common()

        def about(version):
            return ("mpyc-0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: mpyc\n"
                                                 f"Version: {version}\n")
        mpyc = ("mpyc/__init__.py", "raise SystemExit('it is not imported')\n")
        self.check(granted, python=self.python_with(mpyc, about("0.9")), status=22,
                   check="mpyc-version")
        self.check(granted, python=self.python_with(mpyc, about("0.11")), status=23,
                   check="mpyc-package")
        self.check(granted, python="/bin/false", status=24, check="python")

        def older(manifest):
            manifest["runtime"].update(python_min="3.2", python_max="3.3")
        # Its author cannot consent, since it has another Python.
        self.assertIn("runtime.python", str(self.session_refused(older)))
        # As Debian's: there, and without the functions that MPyC wants.
        self.check(granted, python=self.python_with(("gmpy2.py", "def mpz(x): return x\n")), status=25,
                   check="gmpy2")
        self.check(granted, python=self.python_with(("gmpy2.py", "raise OSError\n")), status=25,
                   check="gmpy2")
        self.passes(granted)

    def session_refused(self, change):
        try:
            return self.granted(change=change)
        except AssertionError as refused:
            return refused

    def test_keys_and_certificates_of_tls(self):
        granted = self.common()
        key = self.dir("alice") / "sessions" / granted.id / "seat.key"
        key.chmod(0o640)
        self.check(granted, status=27, check="tls-mode", text=str(key))
        key.chmod(0o600)
        kept = key.read_bytes()
        key.write_bytes((self.dir("bob") / "sessions" / granted.id / "seat.key").read_bytes())
        self.check(granted, status=26, check="tls-key", text=str(key))
        key.unlink()
        self.check(granted, status=26, check="tls-key", text=str(key))
        key.write_bytes(kept)
        key.chmod(0o600)
        config = self.work("alice") / ".config"
        config.mkdir()
        made = subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", "/dev/null",
             "-subj", "/CN=MPyC", "-addext", "subjectKeyIdentifier=" + DEMO_KEY_ID[2:].hex(":"),
             "-out", config / "mpyc_ca.crt"], capture_output=True, check=False)
        self.assertEqual(made.returncode, 0, made.stderr)
        self.check(granted, status=28, check="demo-authority", text="mpyc_ca.crt")
        shutil.rmtree(config)
        self.passes(granted)

    def test_ports_addresses_and_privileges(self):
        granted = self.common()
        with socket.socket() as taken:
            taken.bind(("", granted.manifest["seats"][1]["port"]))
            taken.listen()
            self.check(granted, name="bob", status=30, check="port", text="seats.1.port")
        self.passes(granted, name="bob")

        def elsewhere(manifest):
            manifest["seats"][0]["address"] = "192.0.2.77"
        self.check(self.granted(change=elsewhere), status=31, check="address",
                   text="seats.0.address: agreed is 192.0.2.77")
        overlay = self.granted("nebula")
        self.check(overlay, status=29, check="privileges",
                   prefix=("setpriv", "--bounding-set", "-net_admin"))
        self.check(overlay, status=31, check="address")

    def test_a_session_that_was_revoked(self):
        granted = self.granted()
        newest = self.dir("alice") / "revocations.json"
        older = newest.read_bytes()
        self.expect(self.revoke(f"session:{granted.id}"), DONE)
        wait_until(lambda: self.fetch("alice") or self.session(
            "check", granted.path, "--local").status == 17, "the list")
        for name in MEMBERS:
            self.fetch(name)
        self.check(granted, status=17, check="revoked", text="the session is revoked")
        # Who agreed on a session with the newer list does not run it with the older.
        granted = self.granted()
        self.passes(granted)
        newest.write_bytes(older)
        self.check(granted, status=16, check="revocations", text="revocations: agreed is")
        self.fetch("alice")

    def revoke(self, name):
        self.expect(self.scene["alpha"].command("revoke", name, "--reason", "test"), DONE)
        return self.scene["beta"].command("revoke", name, "--reason", "test")


if __name__ == "__main__":
    main()
