#!/usr/bin/env python3
"""The seat guard around the real MPyC: who is refused, who is missed, and what is said.

usage: mpyc_guard_test.py PATH-OF-interop_x509
Needs MPyC 0.11: in JOINTCA_TOOLS/mpyc, as tools/programs puts it there, or in this python.
"""
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

SKIPPED = 77
GUARD = pathlib.Path(__file__).parents[2] / "mpyc-adapter/seat_guard.py"
TOOLS = pathlib.Path(os.environ.get("JOINTCA_TOOLS", "/nonexistent"))
PYTHON = TOOLS / "mpyc/bin/python" if (TOOLS / "mpyc/bin/python").exists() else sys.executable
PROGRAM = ""
NAMES = ("alice", "bob", "carol")

SUM = """
from mpyc.runtime import mpc
secint = mpc.SecInt()
async def main():
    await mpc.start()
    shares = mpc.input(secint(1000 * (mpc.pid + 1)))
    print("RESULT", await mpc.output(sum(shares)), flush=True)
    await mpc.shutdown()
mpc.run(main())
"""
# Connects, then says nothing for a while.
SLOW = SUM.replace("    shares", "    import asyncio\n    print('READY', flush=True)\n"
                   "    await asyncio.sleep(8)\n    shares", 1)


def has_mpyc():
    done = subprocess.run([PYTHON, "-c", "from importlib.metadata import version; "
                           "print(version('mpyc'))"],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    return done.returncode == 0 and done.stdout.strip() == "0.11"


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Guarded(unittest.TestCase):
    """Three members on loopback; each has a folder of its own."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.dir = pathlib.Path(temporary.name)
        self.ports = free_ports(3)
        self.settings = {"mpyc": "0.11", "by": "address", "connect": 20, "idle": 20, "total": 60,
                         "seats": [{"name": name, "address": "127.0.0.1"} for name in NAMES]}
        self.members = {}
        self.addCleanup(self.end_all)

    def end_all(self):
        for member in self.members.values():
            if member.poll() is None:
                member.kill()
            member.communicate()

    def start(self, seat, program=SUM, certificate=None, **changed):
        folder = self.dir / str(seat)
        folder.mkdir()
        (folder / "program.py").write_text(program)
        (folder / "guard.json").write_text(json.dumps(self.settings | changed))
        arguments = [PYTHON, "-s", GUARD, "guard.json", "program.py", "-I", seat, "-T", 1,
                     "--no-uvloop"]
        for port in self.ports:
            arguments += ["-P", f"127.0.0.1:{port}"]
        if certificate is not None:
            self.write_certificate(folder, seat, certificate)
            arguments.append("--ssl")
        environment = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
        self.members[seat] = subprocess.Popen(list(map(str, arguments)), cwd=folder, text=True,
                                              env=environment, stdout=subprocess.PIPE,
                                              stderr=subprocess.PIPE)

    def write_certificate(self, folder, seat, certificate):
        """Those of a seat, under the names that MPyC looks for as another one."""
        config = folder / ".config"
        config.mkdir()
        source, number = certificate
        for name, target in ((f"party_{number}.pem", f"party_{seat}.crt"),
                             (f"party_{number}.key", f"party_{seat}.key"),
                             ("session.pem", "mpyc_ca.crt")):
            (config / target).write_bytes((source / name).read_bytes())

    def ended(self, seat):
        """Exit status, output, and what the guard said."""
        out, err = self.members[seat].communicate(timeout=60)
        said = [line.removeprefix("jointca: ") for line in err.splitlines()
                if line.startswith("jointca: ")]
        return self.members[seat].returncode, out, said

    def ready(self, seat):
        for line in self.members[seat].stdout:
            if "READY" in line:
                return
        self.fail(f"seat {seat} ended: {self.ended(seat)}")

    def all_compute(self):
        for seat in range(3):
            status, out, said = self.ended(seat)
            self.assertEqual((status, "RESULT 6000" in out), (0, True), (out, said))

    def until_listening(self, port):
        for _ in range(200):
            with socket.socket() as probe:
                probe.bind(("127.0.0.77", 0))
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        self.fail("nobody listens")


class ByAddress(Guarded):
    def test_an_honest_run_computes(self):
        for seat in range(3):
            self.start(seat)
        self.all_compute()

    def test_an_outsider_takes_no_seat_and_disturbs_nobody(self):
        """E11 and E12: it claims seat 0 first, closes at once, speaks HTTP."""
        self.start(1)
        self.until_listening(self.ports[1])  # connects and closes
        for words in (b"\0\0" + bytes(32), b"GET / HTTP/1.1\r\n\r\n"):
            with socket.socket() as outsider:
                outsider.bind(("127.0.0.77", 0))
                outsider.connect(("127.0.0.1", self.ports[1]))
                outsider.sendall(words)
                outsider.settimeout(10)
                try:
                    self.assertEqual(outsider.recv(100), b"")
                except ConnectionResetError:
                    pass
        self.start(0)
        self.start(2)
        self.all_compute()

    def test_what_the_outsider_tried_is_said(self):
        self.start(1, connect=5)
        self.until_listening(self.ports[1])
        with socket.socket() as outsider:
            outsider.bind(("127.0.0.77", 0))
            outsider.connect(("127.0.0.1", self.ports[1]))
            outsider.sendall(b"\0\0" + bytes(32))
        status, _, said = self.ended(1)
        self.assertEqual(status, 43)
        self.assertIn("refused: a connection claims seat 0 with the address 127.0.0.77", said)
        self.assertEqual(said[-1], "after 5 seconds, absent: seat 0 (alice), seat 2 (carol)")

    def test_an_absent_seat_is_named(self):
        """E1."""
        for seat in (0, 1):
            self.start(seat, connect=12)
        for seat in (0, 1):
            status, _, said = self.ended(seat)
            self.assertEqual(status, 43, said)
            self.assertTrue(said[-1].endswith(", absent: seat 2 (carol)"), said)

    def test_a_lost_seat_is_named(self):
        for seat in range(3):
            self.start(seat, SLOW)
        for seat in range(3):
            self.ready(seat)
        self.members[2].kill()
        results = [self.ended(seat) for seat in (0, 1)]
        self.assertEqual([status for status, _, _ in results], [44, 44])
        said = [line for _, _, lines in results for line in lines]
        self.assertTrue(any(line.startswith("seat 2 (carol) is gone: ") for line in said), said)

    def test_silence_ends(self):
        for seat in range(3):
            self.start(seat, SLOW, idle=2)
        for seat in range(3):
            self.ready(seat)
        self.members[2].send_signal(signal.SIGSTOP)
        statuses = {self.ended(seat)[0] for seat in (0, 1)}
        self.members[2].send_signal(signal.SIGCONT)
        self.assertLessEqual(statuses, {45, 44})  # the first that ends is lost to the other
        self.assertIn(45, statuses)

    def test_a_run_ends_in_time(self):
        for seat in range(3):
            self.start(seat, SLOW, total=4)
        statuses = {self.ended(seat)[0] for seat in range(3)}
        self.assertIn(46, statuses)
        self.assertLessEqual(statuses, {46, 44, 43})  # lost, or never seen, by a slow starter

    def test_another_version_runs_nothing(self):
        self.start(0, mpyc="0.10")
        status, out, said = self.ended(0)
        self.assertEqual((status, "RESULT" in out), (41, False))
        self.assertIn("MPyC is 0.11, agreed on was 0.10", said[0])


class ByCertificate(Guarded):
    def setUp(self):
        super().setUp()
        self.settings["by"] = "certificate"

    def issue(self, name):
        folder = self.dir / name
        folder.mkdir()
        subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out",
                        folder / "p.key"], check=True)
        subprocess.run(["openssl", "pkey", "-in", folder / "p.key", "-pubout", "-outform", "DER",
                        "-out", folder / "p.der"], check=True)
        point = (folder / "p.der").read_bytes()[-65:].hex()
        subprocess.run([PROGRAM, "issue", folder, str(int(time.time())), point], check=True)
        return folder

    def test_an_honest_run_computes(self):
        session = self.issue("session")
        for seat in range(3):
            self.start(seat, certificate=(session, seat))
        self.all_compute()

    def test_a_certificate_takes_no_other_seat(self):
        """E9: seat 0 with the certificate of seat 2. Plain MPyC computes, and exits with 0."""
        session = self.issue("session")
        self.start(0, certificate=(session, 2), connect=30)
        for seat in (1, 2):
            self.start(seat, certificate=(session, seat), connect=30)
        results = [self.ended(seat) for seat in range(3)]
        self.assertFalse(any("RESULT" in out for _, out, _ in results), results)
        self.assertIn(42, [status for status, _, _ in results])
        said = [line for _, _, lines in results for line in lines]
        self.assertIn("a connection claims seat 0 with the certificate of ['MPyC party 2'], "
                      "which is that of seat 2 (carol)", said)

    def test_a_certificate_of_another_authority_is_absent(self):
        """E10. Plain MPyC hangs."""
        session, other = self.issue("session"), self.issue("other")
        for seat in (0, 1):
            self.start(seat, certificate=(session, seat), connect=8)
        self.start(2, certificate=(other, 2), connect=8)
        for seat in (0, 1):
            status, _, said = self.ended(seat)
            self.assertEqual(status, 43)
            self.assertIn("seat 2 (carol)", said[-1])


if __name__ == "__main__":
    PROGRAM = str(pathlib.Path(sys.argv.pop(1)).absolute())
    if not has_mpyc():
        print("skipped: no MPyC 0.11 (tools/programs has build_mpyc)")
        sys.exit(SKIPPED)
    unittest.main()
