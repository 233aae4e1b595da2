"""The fault matrix of docs/mpyc.md: each fault, for real, in MPyC as it stands and in sessions of
jointca over TLS, WireGuard and Nebula. What comes of it is asserted, and so is what the document
says of it. JOINTCA_WRITE_MATRIX=1 writes the document's table anew."""

import concurrent.futures
import os
import resource
import shutil
import threading
import time
import unittest

from harness import DONE, NAMES, SystemTest, main, wait_until
from mpyc_by_hand import OLD, Faults
from mpyc_sessions import GRANTING, needs_mpyc
from nebula_hosts import NEWEST
from netns import Switch, ip, needs_root
from session_cells import Cells
from session_faults import (COLUMNS, CORRECT, HARMLESS, NAMED, ROWS, compare_or_write, other_clock)
from session_hosts import Member, Session

NEEDED = ("cc", "ip", "nft", "openssl", "wg", "wireguard-go")
ONLY = [row for row in os.environ.get("JOINTCA_MATRIX_ROWS", "").split(";") if row]


def rows():
    return [row for row in ROWS if not ONLY or row in ONLY]


@needs_mpyc
@needs_root
@unittest.skipUnless(NEWEST and OLD.exists() and all(map(shutil.which, NEEDED)),
                     f"needs JOINTCA_TOOLS with nebula and MPyC 0.9, and {', '.join(NEEDED)}")
class Matrix(SystemTest):
    def setUp(self):
        super().setUp()
        self.clock = other_clock(self.scene.root)
        self.voting = threading.Lock()

    def by_hand(self, ssl):
        """One of the first two columns. A party that has not ended long after honest ones do waits
        for ever: after ten times their time, and eight seconds, whatever the load is."""
        faults = Faults(self.scene.root / f"by-hand.{ssl}", ssl, self.clock)
        begin = time.monotonic()
        cells = {"honest": faults.cell("honest", 60)}
        patience = max(8.0, 10 * (time.monotonic() - begin))
        others = [row for row in rows() if row != "honest"]
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            cells.update(zip(others, pool.map(lambda row: faults.cell(row, patience), others)))
        return {(row, COLUMNS[ssl]): cell for row, cell in cells.items()}

    def serve(self):
        """Three parties, on the network of the hosts."""
        self.switch = Switch()
        self.addCleanup(self.switch.close)
        hub = self.switch.hub
        self.scene.address = "192.0.2.254"
        ip("-n", hub.namespace, "address", "add", f"{self.scene.address}/24", "dev", "br0")
        self.scene.add(*NAMES)
        self.scene.keygen(prefix=hub.inside())
        for name in NAMES:
            self.scene[name].serve(GRANTING, prefix=hub.inside(), wait=False)
        for name in NAMES:
            self.scene[name].wait_ready()

    def members(self, kind):
        made = []
        for number, name in enumerate(("alice", "bob", "carol")):
            member = Member(self, f"{name}-{kind[0]}", kind, kind == "nebula" and number == 1)
            self.addCleanup(member.close)
            member.enrol()
            made.append(member)
        return made

    def revoke(self, name):
        with self.voting:
            for party in ("alpha", "beta"):
                self.expect(self.scene[party].command("revoke", name, "--reason", "test"), DONE)

    def column(self, members, channel, port):
        """All cells of one channel, one after the other."""
        session = Session(members, channel, port)
        short = Session(members, channel, port, window="45s")
        short.ends = time.time() + 45
        cells = Cells(self, session, short, self.clock)
        last = ("expired", "revoked")  # which ends the session
        order = [row for row in rows() if row not in last] + [row for row in last if row in rows()]
        column = f"jointca `{channel}`"
        return {(row, column): cells.cell(row) for row in order}

    def test_each_fault_is_named_or_does_no_harm(self):
        pool = concurrent.futures.ThreadPoolExecutor(5)
        self.addCleanup(pool.shutdown)
        columns = [pool.submit(self.by_hand, ssl) for ssl in (False, True)]
        self.serve()
        wireguard, nebula = self.members("wireguard"), self.members("nebula")
        for member in (nebula[1], nebula[0], nebula[2], *wireguard):
            member.join()
        for members in (wireguard, nebula):
            for member in members:
                for other in members:
                    member.machine.wait_for_ping(other.address, 60)
        columns += [pool.submit(self.column, *each) for each in
                    ((wireguard, "tls", 11400), (wireguard, "wireguard", 11500),
                     (nebula, "nebula", 11600))]
        cells = {}
        for column in columns:
            cells.update(column.result())
        for (row, column), cell in cells.items():
            by_hand = dict(zip(COLUMNS, ROWS[row][1:])).get(column)
            expected = by_hand or (CORRECT if row in HARMLESS else NAMED)
            with self.subTest(row=row, column=column, detail=cell.detail):
                self.assertEqual(cell.kind, expected)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(f"CPU of what has ended: {used.ru_utime + used.ru_stime:.0f} s")
        compare_or_write(self, cells)


if __name__ == "__main__":
    main()
