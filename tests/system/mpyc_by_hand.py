"""MPyC without jointca: three parties on loopback, as its README starts them, one of which errs."""

import os
import pathlib
import socket
import subprocess
import threading
import time

from harness import wait_until
from mpyc_sessions import PYTHON, TOOLS, free_ports
from session_faults import (CORRECT, CRASH, HANG, LEAKED, MODULE, NOTHING, OTHER_PROGRAM, PROGRAM,
                            RESULT, ROWS, UNNOTICED, WRONG, Cell, ahead)

OLD = TOOLS / "mpyc-0.9"
HTTP = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


def openssl(*arguments, **options):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, **options)


def make_authority(folder, name):
    openssl("req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", folder / f"{name}.key",
            "-out", folder / f"{name}.crt", "-subj", f"/CN={name}", "-days", 30, "-addext",
            "keyUsage=critical,keyCertSign")


def make_seat(folder, authority, seat, clock):
    """A key, and for it a certificate of half an hour from what `clock` says on."""
    stem = folder / f"{authority}.{seat}.{clock.get('CLOCK_AHEAD', 0)}"
    extensions = stem.with_suffix(".ext")
    extensions.write_text("basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
                          "extendedKeyUsage=serverAuth,clientAuth\nauthorityKeyIdentifier=keyid\n")
    environment = {**os.environ, **clock}
    openssl("req", "-newkey", "ed25519", "-nodes", "-keyout", f"{stem}.key", "-out", f"{stem}.csr",
            "-subj", f"/CN=MPyC party {seat}")
    openssl("x509", "-req", "-in", f"{stem}.csr", "-CA", folder / f"{authority}.crt", "-CAkey",
            folder / f"{authority}.key", "-days", 1, "-extfile", extensions, "-out", f"{stem}.crt",
            env=environment)


class Run:
    """One cell: parties in folders of their own below `folder`."""

    def __init__(self, folder, certificates, clock):
        self.folder, self.certificates, self.clock = folder, certificates, clock
        self.ports = free_ports(3)
        self.parties = {}
        self.started = time.monotonic()

    def start(self, seat, name=None, program=PROGRAM, module=MODULE, argument=1, options=(),
              order=(0, 1, 2), files=(), environment=None, certificate=("ours", None, 0)):
        name = str(seat) if name is None else name
        folder = self.folder / name
        folder.mkdir(parents=True)
        for path, text in (("santa.py", program), ("factor.py", module),
                           *((each, "") for each in files)):
            (folder / path).write_text(text)
        command = [PYTHON, "santa.py", "-I", seat, "-T", 1]
        for other in order:
            command += ["-P", f"127.0.0.1:{self.ports[other]}"]
        if self.certificates:
            self.install(folder / ".config", seat, *certificate)
            command.append("--ssl")
        with open(folder / "out", "wb") as out, open(folder / "err", "wb") as err:
            self.parties[name] = subprocess.Popen(
                list(map(str, [*command, *options, argument])), cwd=folder, stdout=out, stderr=err,
                env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1",
                     **(environment or {})})

    def install(self, config, seat, authority, holder, age):
        """What MPyC looks for: of another seat, another authority or another time."""
        config.mkdir()
        stem = f"{authority}.{seat if holder is None else holder}.{age}"
        for suffix in ("crt", "key"):
            (config / f"party_{seat}.{suffix}").write_bytes(
                (self.certificates / f"{stem}.{suffix}").read_bytes())
        (config / "mpyc_ca.crt").write_bytes((self.certificates / f"{authority}.crt").read_bytes())

    def listens(self, seat):
        try:
            with open("/proc/net/tcp", encoding="ascii") as file:
                return f":{self.ports[seat]:04X} 00000000:0000 0A" in file.read()
        except OSError:
            return False

    def out(self, name):
        return (self.folder / name / "out").read_text()

    def wait(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end and any(each.poll() is None for each in self.parties.values()):
            time.sleep(0.05)

    def end(self):
        for party in self.parties.values():
            if party.poll() is None:
                party.kill()
            party.wait()

    def judged(self):
        """The worst that somebody sees."""
        totals = [line for name in self.parties for line in self.out(name).splitlines()
                  if line.startswith("total")]
        waiting = [name for name, party in self.parties.items() if party.poll() is None]
        detail = f"{totals}, waiting: {waiting}"
        if any(total != RESULT for total in totals):
            return Cell(WRONG, detail=detail)
        if waiting:
            return Cell(HANG, detail=detail)
        return Cell(CORRECT if len(totals) >= 3 else CRASH, detail=detail)


class Faults:
    """A method for each row; it starts the parties, and may say what else came of it."""

    def __init__(self, root, ssl, clock):
        self.root, self.clock = root, clock
        self.certificates = root / "certificates" if ssl else None
        if ssl:
            self.certificates.mkdir(parents=True)
            for authority in ("ours", "theirs"):
                make_authority(self.certificates, authority)
                for seat in range(3):
                    make_seat(self.certificates, authority, seat, {})
            # Certificates of one day, made so long ago that they hold no more, or for an hour.
            for age in (-90_000, -85_000):
                for seat in range(3):
                    make_seat(self.certificates, "ours", seat, ahead(clock, age))

    def cell(self, row, patience):
        """Who should end may take its time; who should wait for ever is waited for so long."""
        expected = ROWS[row][2 if self.certificates else 1]
        method = getattr(self, "row_" + row.split(",", maxsplit=1)[0].lower())
        run = Run(self.root / row.split(",", maxsplit=1)[0], self.certificates, self.clock)
        try:
            special = method(run)
            if special == NOTHING:
                return Cell(NOTHING)
            run.wait(patience if expected not in (CORRECT, UNNOTICED) else 60)
            cell = run.judged()
            if callable(special):
                cell = special(cell) or cell
            return cell
        finally:
            run.end()

    @staticmethod
    def all_but(run, seat, *also, **changed):
        """The others as they should be, and this one with what is changed."""
        for each in range(3):
            run.start(each, **(changed if each == seat else {}))

    def row_honest(self, run):
        for seat in range(3):
            run.start(seat)

    def row_e1(self, run):
        run.start(0)
        run.start(1)

    def row_e2(self, run):
        self.all_but(run, 0, program=OTHER_PROGRAM)

    def row_e3(self, run):
        self.all_but(run, 2, argument=3)

    def row_e4(self, run):
        self.all_but(run, 2, module="FACTOR = 3\n")

    def row_e5(self, run):
        self.all_but(run, 2, options=("-L", 64))

    def row_e6(self, run):
        self.all_but(run, 2, options=("--no-prss",))

    def row_e6b(self, run):
        self.all_but(run, 0, order=(0, 2, 1))

    def row_e7(self, run):
        run.start(1)
        wait_until(lambda: run.listens(1), "party 1")
        run.start(1, name="1 again")  # a moment later it would get the port, and wait for ever
        wait_until(lambda: run.parties["1 again"].poll() is not None, "the port's second owner", 60)
        run.start(0)
        run.start(2)

    def row_e9(self, run):
        """Whoever starts party 0: without certificates anybody, with them who has another's."""
        self.all_but(run, 0, certificate=("ours", 2, 0))
        return lambda cell: cell.kind == CORRECT and Cell(UNNOTICED, detail=cell.detail)

    def row_e10(self, run):
        if not self.certificates:
            return NOTHING
        self.all_but(run, 2, certificate=("theirs", None, 0))
        return None

    def row_e11(self, run):
        run.start(1)
        wait_until(lambda: run.listens(1), "party 1")
        outsider = socket.create_connection(("127.0.0.1", run.ports[1]))
        outsider.sendall(bytes(2 + 32))
        received = []

        def receive():
            try:
                while data := outsider.recv(4096):
                    received.append(data)
            except OSError:
                pass
        threading.Thread(target=receive, daemon=True).start()
        run.start(2)
        end = time.monotonic() + 10
        while not received and time.monotonic() < end:
            time.sleep(0.05)
            if self.certificates:
                break
        run.start(0)

        def leaked(cell):
            outsider.close()
            # A header of 12 bytes, and a share: of a field of 64 bits and more.
            share = not self.certificates and len(b"".join(received)) >= 20
            return share and Cell(LEAKED, detail=cell.detail)
        return leaked

    def row_e12(self, run):
        run.start(1)
        wait_until(lambda: run.listens(1), "party 1")
        for text in (b"", HTTP):
            with socket.create_connection(("127.0.0.1", run.ports[1])) as visitor:
                visitor.sendall(text)
        run.start(0)
        run.start(2)

    def row_l(self, run):
        run.start(0, files=("peek",))
        run.start(1, files=("peek",))
        run.start(2, options=("-T", 0))

        def leaked(cell):
            own = [line.split()[3:] for name in ("0", "1") for line in run.out(name).splitlines()
                   if line.startswith("shares")]
            return ["3000"] in own and Cell(LEAKED, detail=cell.detail)
        return leaked

    def row_v3(self, run):
        self.all_but(run, 2, environment={"PYTHONPATH": str(OLD)})

    def row_expired(self, run):
        if not self.certificates:
            return NOTHING
        self.all_but(run, 2, certificate=("ours", None, -90_000))
        return None

    def row_revoked(self, run):
        """MPyC knows of no revocation: whoever was put out of the group takes part."""
        self.row_honest(run)
        return lambda cell: cell.kind == CORRECT and Cell(UNNOTICED, detail=cell.detail)

    def row_clock(self, run):
        """Certificates that end in 23 minutes, as those of a session would."""
        for seat in range(3):
            run.start(seat, certificate=("ours", None, -85_000),
                      environment=ahead(self.clock, 3600) if seat == 2 else None)
