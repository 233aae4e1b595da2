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

from harness import DONE, FAILED, REFUSED, USAGE, main, wait_until
from mpyc_sessions import (MEMBERS, MODULE, PROGRAM, PYTHON, RESULT, MemberTest, needs_mpyc)

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


@needs_mpyc
class OneMachine(MemberTest):
    """What `check --local` sees, each with its status."""

    def check(self, granted, *flags, status, check, text="", name="alice", prefix=(), path=None,
              environment=None, python=PYTHON):
        process = self.in_background(name, "check", path or granted.path, "--local", "--json",
                                     "--python", python, *flags, prefix=prefix,
                                     environment=environment)
        process.wait()
        document = json.loads(process.out()) if process.out() else {}
        self.assertEqual((process.wait(), document.get("check"), document.get("exit_status")),
                         (status, check, status if check else None), process.log())
        self.assertIn(text, process.log())
        self.assertEqual(process.log().count("\n"), 1, process.log())
        return document

    def passes(self, granted, *flags, name="alice"):
        self.expect(self.session("check", granted.path, "--local", *flags, name=name), DONE)

    def rewritten(self, granted, change):
        """The file of the session, changed."""
        document = json.loads(granted.path.read_text())
        change(document)
        path = self.scene.root / "changed.grant"
        path.write_text(json.dumps(document, indent=2) + "\n")
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


@needs_mpyc
class OverTls(MemberTest):
    """Three members run their program over TLS, or something ends it."""

    def results_compared(self, *arguments):
        return self.granted(arguments=("0", *arguments),
                            change=lambda manifest: manifest.update(compare_results=True))

    def assert_nothing_left(self, granted, members=MEMBERS):
        self.assertEqual(marked(granted), [])
        for name in members:
            left = set(self.left(name, granted)) - {"seat.key", "proofs", "receipt.json"}
            self.assertEqual(left, set(), name)

    def connected(self, processes):
        for process in processes.values():
            process.wait_for_log("All 3 parties connected")

    def ended(self, processes, **statuses):
        """With these statuses, in words that name what they are about."""
        outcomes = self.outcomes(processes)
        self.assertEqual({name: outcome.status for name, outcome in outcomes.items()}, statuses,
                         "\n".join(map(str, outcomes.values())))
        return outcomes

    def test_three_members_get_their_result_and_leave_nothing(self):
        granted = self.results_compared()
        check = {name: self.start(name, granted, "--json", command="check") for name in MEMBERS}
        for seat, (name, outcome) in enumerate(self.ended(check, alice=0, bob=0, carol=0).items()):
            met = json.loads(outcome.out)
            self.assertEqual((met["ok"], met["seat"]), (True, seat))
            self.assertEqual([each["name"] for each in met["members"]],
                             [each for each in MEMBERS if each != name])
            self.assertTrue(all(abs(each["clock_ahead_ms"]) < 1000 for each in met["members"]))
        before = {name: sorted(path.name for path in self.work(name).iterdir())
                  for name in MEMBERS}
        for outcome in self.ended(self.run_all(granted), alice=0, bob=0, carol=0).values():
            self.assertEqual(outcome.out, RESULT)
            self.assertIn("made.txt, which is removed", outcome.err)
        self.assert_nothing_left(granted)
        for seat, name in enumerate(MEMBERS):
            self.assertEqual(sorted(path.name for path in self.work(name).iterdir()), before[name])
            receipt = self.receipt(name, granted)
            self.assertEqual((receipt["seat"], receipt["exit_status"], receipt["check"],
                              receipt["fence"]), (seat, 0, None, "seat guard"))
            self.assertEqual([(each["name"], each["status"]) for each in receipt["members"]],
                             [(each, 0) for each in MEMBERS])
            self.assertEqual(len({each["result"] for each in receipt["members"]}), 1)
        # Again in the same window, with an input of a member's own and a file that is kept.
        self.provide("bob", "own.txt", "5000")
        again = {name: self.start(name, granted, *(["--own", "own.txt"] if name == "bob" else []),
                                  "--keep", "made.txt") for name in MEMBERS}
        for outcome in self.ended(again, alice=0, bob=0, carol=0).values():
            self.assertEqual(outcome.out, "total 18000\n")
        for name in MEMBERS:
            self.assertEqual((self.work(name) / "made.txt").read_text(), "18000")
            (self.work(name) / "made.txt").unlink()
        for wrong, text in (("santa.py", "agreed"), ("../x", "working folder"),
                            ("other.py", "session new --file")):
            self.expect(self.outcome_of("bob", granted, "--own", wrong), USAGE, text)
        self.changed_absent_and_failing(granted)

    def outcome_of(self, name, granted, *flags):
        return self.start(name, granted, *flags).outcome()

    def changed_absent_and_failing(self, granted):
        # A module that changed since the check.
        self.provide("bob", "factor.py", "FACTOR = 3\n")
        self.assertEqual(self.outcome_of("bob", granted).status, 20)
        self.provide("bob", "factor.py", MODULE)
        # Nobody else comes.
        alone = self.outcome_of("alice", granted, "--wait", "2s")
        self.assertEqual(alone.status, 36, str(alone))
        self.assertRegex(alone.err, "jointca: barrier: bob is absent.*carol is absent")
        self.assert_nothing_left(granted)
        # The program of one fails.
        self.provide("carol", "own.txt", "no number")
        failing = {name: self.start(name, granted, *(["--own", "own.txt"] if name == "carol"
                                                     else [])) for name in MEMBERS}
        outcomes = self.ended(failing, alice=44, bob=44, carol=48)
        self.assertIn("jointca: lost: seat 2 (carol) is gone", outcomes["alice"].err)
        self.assertIn("jointca: program-failed: the program ended with status 1; and seat 0 (alice)",
                      outcomes["carol"].err)
        self.assertEqual(self.receipt("alice", granted)["members"][2]["status"], 1)
        self.assert_nothing_left(granted)

    def test_results_that_differ_are_no_result(self):
        granted = self.results_compared("tell")
        for outcome in self.ended(self.run_all(granted), alice=47, bob=47, carol=47).values():
            self.assertRegex(outcome.err, r"seat 0 \(alice\) [0-9a-f]{16}, seat 1 \(bob\)")
        self.assertEqual(self.receipt("bob", granted)["check"], "result")

    def test_whatever_ends_a_run_leaves_nothing_and_names_who_is_gone(self):
        granted = self.granted(arguments=("100",))
        # kill -9 takes MPyC with it, and what that started goes with `close`.
        processes = self.run_all(granted)
        self.connected(processes)
        self.assertEqual(self.outcome_of("bob", granted).status, FAILED)
        wait_until(lambda: len(marked(granted)) == 6, "programs and what they started")
        os.kill(processes["bob"].process.pid, signal.SIGKILL)
        outcomes = self.ended(processes, alice=44, bob=-9, carol=44)
        self.assertIn("jointca: lost: seat 1 (bob) is gone", outcomes["alice"].err)
        self.assertIsNone(self.receipt("alice", granted)["members"][1]["status"])
        self.assertEqual(len(marked(granted)), 1)
        self.assertIn("journal.json", self.left("bob", granted))
        for undone in (True, False):
            closed = self.expect(self.session("close", granted.path, "--json", name="bob"), DONE)
            self.assertEqual(closed.json()["undone"], undone)
            self.assert_nothing_left(granted)
        # After another crash the next run closes first; SIGINT ends it.
        processes = self.run_all(granted)
        self.connected(processes)
        os.kill(processes["bob"].process.pid, signal.SIGKILL)
        self.ended(processes, alice=44, bob=-9, carol=44)
        processes = self.run_all(granted, "--watch", "1s")
        self.connected(processes)
        processes["carol"].signal(signal.SIGINT)
        self.ended(processes, alice=44, bob=44, carol=130)
        self.assert_nothing_left(granted)
        # While it waits for the others, too; and `close` ends a run.
        waiting = self.start("alice", granted)
        waiting.wait_for_log("waiting for")
        waiting.signal(signal.SIGTERM)
        self.assertEqual(waiting.wait(), 143)
        waiting = self.start("alice", granted)
        waiting.wait_for_log("waiting for")
        self.expect(self.session("close", granted.path), DONE)
        self.assertEqual(waiting.wait(), 143)
        self.assert_nothing_left(granted)
        # The parties' word ends it for all, at once.
        processes = self.run_all(granted, "--watch", "1s")
        self.connected(processes)
        for party in ("alpha", "beta"):
            self.expect(self.scene[party].command("revoke", f"session:{granted.id}", "--reason",
                                                  "enough"), DONE)
        for outcome in self.outcomes(processes).values():
            self.assertIn(outcome.status, (17, 44), str(outcome))
        self.assertIn(17, [process.wait() for process in processes.values()])
        self.assert_nothing_left(granted)

    def test_the_end_of_the_window_ends_the_run(self):
        granted = self.granted(arguments=("100",), flags=("--window", "25s"))
        outcomes = self.outcomes(self.run_all(granted))
        self.assertTrue({each.status for each in outcomes.values()} <= {14, 44}, str(outcomes))
        self.assertIn(14, [each.status for each in outcomes.values()])
        self.assert_nothing_left(granted)
        closed = self.expect(self.session("close", granted.path, "--json"), DONE).json()
        self.assertTrue(closed["key_removed"])
        self.assertEqual([name for name in self.left("alice", granted) if name == "seat.key"], [])


if __name__ == "__main__":
    main()
