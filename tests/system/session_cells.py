"""The faults of the matrix in sessions of jointca: one of three members errs, or somebody else."""

import json
import sys
import time

from harness import wait_until
from mpyc_by_hand import OLD, make_authority, make_seat
from mpyc_sessions import PYTHON
from session_faults import (CORRECT, CRASH, HANG, LEAKED, MODULE, NAMED, OTHER_PROGRAM, RESULT,
                            WRONG, Cell, ahead)
from session_hosts import Ended

# Dials a port until it ends, and says 2 bytes for seat 0 and some more; counts what comes back.
# With a certificate over TLS.
DIALLER = """import socket, ssl, sys, time
address, port, seconds, text, *tls = sys.argv[1:]
heard, end = 0, time.monotonic() + float(seconds)
while time.monotonic() < end:
    try:
        connection = socket.create_connection((address, int(port)), 1)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            context.load_cert_chain(*tls)
            connection = context.wrap_socket(connection)
        connection.sendall(bytes.fromhex(text))
        connection.settimeout(0.2)
        heard = max(heard, len(connection.recv(4096)))
        connection.close()
    except OSError:
        time.sleep(0.02)
print(heard)
"""
SEAT_0 = bytes(2 + 32).hex()
HTTP = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".hex()
SHORT, LONG, SLOW = "3s", "60s", 5


class Cells:
    """A method for each row. Carol errs; alice and bob are as they should be."""

    def __init__(self, test, session, short, clock):
        self.test, self.session, self.short, self.clock = test, session, short, clock
        self.alice, self.bob, self.carol = session.members
        self.root = test.scene.root / f"{session.channel}.cells"
        self.root.mkdir()

    def cell(self, row):
        method = getattr(self, "row_" + row.split(",", maxsplit=1)[0].lower())
        try:
            cell = method()
            print(f"{self.session.channel} {row}: {cell.text()}\n{cell.detail}", flush=True)
            return cell
        finally:
            for member in self.session.members:
                member.provide()

    # What comes of it.

    def judged(self, ended, others, culprit, quorum=all):
        """`others`, or any of them, have to name the culprit."""
        if ended.waiting:
            return Cell(HANG, detail=str(ended))
        if any(total != RESULT for total in ended.totals()):
            return Cell(WRONG, detail=str(ended))
        refusals = {name: ended.refusal(name) for name in ended.processes}
        if all(refusals.values()) and quorum(culprit in refusals[name] for name in others):
            return Cell(NAMED, max(ended.seconds.values()), "\n".join(refusals.values()))
        if all(ended.status(name) == 0 for name in ended.processes) and ended.totals():
            return Cell(CORRECT, detail="")
        return Cell(CRASH, detail=str(ended))

    def erring(self, *flags, path=None, wait=SHORT, patience=60, **options):
        """Carol runs it so, and the others as it is."""
        runs = {member.name: self.session.run(member, wait=wait)
                for member in (self.alice, self.bob)}
        runs[self.carol.name] = self.session.run(self.carol, *flags, path=path, wait=wait,
                                                 **options)
        return self.judged(Ended(runs, patience), (self.alice.name, self.bob.name),
                           self.carol.name)

    def python(self, name, script):
        path = self.root / name
        path.write_text(f"#!/bin/sh\n{script}\nexec {PYTHON} \"$@\"\n")
        path.chmod(0o755)
        return path

    def disturbed(self, begin):
        """All run it, alice's MPyC late; so the others' ports are open when `begin` is called."""
        slow = self.python("slow", f"case \"$*\" in *seat_guard.py*) sleep {SLOW};; esac")
        runs = {member.name: self.session.run(
                    member, wait=LONG, python=slow if member is self.alice else PYTHON)
                for member in self.session.members}
        disturber = begin()
        ended = Ended(runs, 90)
        heard = int(disturber.outcome(60).out)
        return ended, heard

    def dialler(self, machine, address, port, text, *tls, seconds=14):
        return self.test.scene.start_program(
            f"dialler.{len(self.test.scene.processes)}",
            machine.inside(sys.executable, "-c", DIALLER, address, port, seconds, text, *tls))

    # The rows.

    def row_honest(self):
        return self.erring(wait=LONG)

    def row_e1(self):
        runs = {member.name: self.session.run(member, wait=SHORT)
                for member in (self.alice, self.bob)}
        return self.judged(Ended(runs, 60), tuple(runs), self.carol.name)

    def row_e2(self):
        self.carol.provide(program=OTHER_PROGRAM)
        return self.erring()

    def row_e3(self):
        def change(_, manifest):
            manifest["program"]["arguments"] = ["3"]
        return self.erring(path=self.session.changed("argument", change))

    def row_e4(self):
        self.carol.provide(module=MODULE.replace("2", "3"))
        return self.erring()

    def row_e5(self):
        return self.erring("-L", "64")

    def row_e6(self):
        return self.erring("--no-prss")

    def row_e6b(self):
        def change(_, manifest):
            manifest["seats"][:2] = reversed(manifest["seats"][:2])
        return self.erring(path=self.session.changed("order", change))

    def row_e7(self):
        """The second one is refused, and disturbs nobody."""
        runs = {member.name: self.session.run(member, wait=LONG)
                for member in (self.alice, self.carol)}
        time.sleep(2)
        second = self.session.run(self.carol, wait=LONG)
        refused = second.outcome(60)
        self.test.assertNotEqual(refused.status, 0, str(refused))
        self.test.assertIn("session", refused.err)
        runs[self.bob.name] = self.session.run(self.bob, wait=LONG)
        return self.judged(Ended(runs, 60), (), "")

    def row_e9(self):
        """Carol's machine dials bob as if it were alice's, with what carol has."""
        address, port, _ = self.session.place(1)
        tls = ()
        if self.session.channel == "tls":
            certificate = self.root / "carol.crt"
            document = json.loads(self.session.path.read_text())
            certificate.write_text(document["certificates"][3])
            tls = (certificate, self.carol.dir / "sessions" / self.session.id / "seat.key")
        ended, _ = self.disturbed(
            lambda: self.dialler(self.carol.machine, address, port, SEAT_0, *tls))
        return self.judged(ended, (self.bob.name,), self.carol.name)

    def row_e10(self):
        def change(document, manifest):
            if self.session.channel != "tls":
                manifest["authority"] = "ab" * 32
                return
            make_authority(self.root, "theirs")
            for seat in range(3):
                make_seat(self.root, "theirs", seat, {})
            document["certificates"] = [
                (self.root / f"{name}.crt").read_text()
                for name in ("theirs", *(f"theirs.{seat}.0" for seat in range(3)))]
        return self.erring(path=self.session.changed("authority", change))

    def row_e11(self):
        ended, heard = self.disturbed(
            lambda: self.dialler(self.test.switch.hub, self.bob.machine.address,
                                 self.session.place(1)[1], SEAT_0))
        cell = self.judged(ended, (), "")
        # A header of 12 bytes and a share; an alert of TLS is shorter.
        return Cell(LEAKED, detail=cell.detail) if heard >= 20 else cell

    def row_e12(self):
        _, port, meeting = self.session.place(1)
        def visit():
            for text in ("", HTTP):
                self.dialler(self.test.switch.hub, self.bob.machine.address, meeting, text)
            return self.dialler(self.test.switch.hub, self.bob.machine.address, port, HTTP)
        ended, _ = self.disturbed(visit)
        return self.judged(ended, (), "")

    def row_l(self):
        return self.erring("-T", "0")

    def row_v3(self):
        return self.erring(python=self.python("old", f"export PYTHONPATH={OLD}"))

    def row_expired(self):
        wait_until(lambda: time.time() > self.short.ends, "the end of the window", 120)
        runs = {member.name: self.short.run(member, wait=SHORT) for member in self.short.members}
        return self.judged(Ended(runs, 60), tuple(runs), "not_after")

    def row_revoked(self):
        """The parties revoke the session while it runs. Who notices first ends, and is missed by
        the others, unless they have noticed too."""
        runs = {}
        for member in self.session.members:
            (member.work / "wait").write_text("60")
            runs[member.name] = self.session.run(member, "--own", "wait", "--watch", "2s",
                                                 wait=LONG)
        for name, process in runs.items():
            folder = self.test.scene.root / name / "sessions" / self.session.id / "run"
            wait_until(lambda: folder.exists() or not process.running(), f"{name} to run", 60)
        time.sleep(5)
        self.test.revoke(f"session:{self.session.id}")
        return self.judged(Ended(runs, 50), tuple(runs), "the session is revoked", any)

    def row_clock(self):
        return self.erring(environment=ahead(self.clock, 3600))
