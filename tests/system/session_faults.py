"""The faults of the matrix in docs/mpyc.md: what MPyC's parties run, the rows, the classes of what
comes of them, and the table that the document has."""

import os
import pathlib
import re
import subprocess

# Adds what everybody puts in and doubles it. The argument is the number of secure multiplications.
PROGRAM = """import asyncio, pathlib, sys
from mpyc.runtime import mpc
import factor

async def main():
    secint = mpc.SecInt()
    await mpc.start()
    if pathlib.Path('wait').exists():
        await asyncio.sleep(float(pathlib.Path('wait').read_text()))
    inputs = mpc.input(secint(1000 * (mpc.pid + 1)))
    if pathlib.Path('peek').exists():
        print('shares', *[int(share) for share in await mpc.gather(inputs)], flush=True)
    total = mpc.sum(inputs) * factor.FACTOR
    for _ in range(int(sys.argv[1])):
        total = total * secint(1)
    print('total', await mpc.output(total), flush=True)
    await mpc.shutdown()

mpc.run(main())
"""
MODULE = "FACTOR = 2\n"
RESULT = "total 12000"
# Another program, of which nothing fits.
OTHER_PROGRAM = PROGRAM.replace("mpc.sum(inputs) * factor.FACTOR", "inputs[0] * inputs[1]")

CORRECT, UNNOTICED, LEAKED, WRONG, HANG, CRASH, NAMED, NOTHING = (
    "correct result", "correct result, though one takes part who must not", "silent leak",
    "silent wrong result", "silent hang", "crash that names nobody", "named refusal", "–")

# Each row: what is wrong, and the classes with plain MPyC and with --ssl. With jointca every cell is
# NAMED but those of the rows in HARMLESS, where the run goes on without the one who disturbs.
ROWS = {
    "honest": ("nothing", CORRECT, CORRECT),
    "E1": ("a party never starts", HANG, HANG),
    "E2, changed program": ("a party runs another program", HANG, HANG),
    "E3, changed argument": ("a party gives the program another argument", HANG, HANG),
    "E4": ("a party's module has another constant", WRONG, WRONG),
    "E5": ("a party says `-L 64`", HANG, HANG),
    "E6": ("a party says `--no-prss`", HANG, HANG),
    "E6b, E8": ("a party lists two others in another order", WRONG, HANG),
    "E7": ("two processes take one seat on one machine", CORRECT, CORRECT),
    "E9, wrong seat": ("a member takes another's seat", UNNOTICED, UNNOTICED),
    "E10, wrong CA": ("a party has certificates of another CA", NOTHING, HANG),
    "E11": ("an outsider takes a seat first", LEAKED, CORRECT),
    "E12": ("a port scan and a web client come by", CORRECT, CORRECT),
    "L": ("a party says `-T 0`", LEAKED, LEAKED),
    "V3": ("a party has MPyC 0.9", HANG, HANG),
    "expired": ("a certificate, or the window of the session, has ended", NOTHING, HANG),
    "revoked": ("a member is revoked in mid-window", UNNOTICED, UNNOTICED),
    "clock": ("a party's clock is an hour ahead", CORRECT, HANG),
}
HARMLESS = ("honest", "E7", "E11", "E12")
COLUMNS = ("MPyC", "MPyC `--ssl`", "jointca `tls`", "jointca `wireguard`", "jointca `nebula`")

DOCUMENT = pathlib.Path(__file__).parents[2] / "docs/mpyc.md"
BEGIN, END = "<!-- fault matrix: begin -->", "<!-- fault matrix: end -->"

CLOCK = """#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
static long ahead(void) { const char* s = getenv("CLOCK_AHEAD"); return s ? atol(s) : 0; }
int clock_gettime(clockid_t clock, struct timespec* t) {
  int (*real)(clockid_t, struct timespec*) =
      (int (*)(clockid_t, struct timespec*))dlsym(RTLD_NEXT, "clock_gettime");
  int status = real(clock, t);
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) t->tv_sec += ahead();
  return status;
}
time_t time(time_t* out) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  if (out) *out = t.tv_sec;
  return t.tv_sec;
}
int gettimeofday(struct timeval* out, void* zone) {
  struct timespec t;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &t);
  out->tv_sec = t.tv_sec;
  out->tv_usec = t.tv_nsec / 1000;
  return 0;
}
"""


def other_clock(root):
    """A library that puts the clock of a process as many seconds ahead as CLOCK_AHEAD says."""
    source, library = root / "clock.c", root / "clock.so"
    source.write_text(CLOCK)
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


def ahead(library, seconds):
    """The environment of a process whose clock is wrong."""
    return {"LD_PRELOAD": str(library), "CLOCK_AHEAD": str(seconds),
            "ASAN_OPTIONS": "exitcode=99:verify_asan_link_order=0:detect_leaks=0"}


class Cell:
    """What came of one fault: its class, and for refusals the slowest member's seconds."""

    def __init__(self, kind, seconds=None, detail=""):
        self.kind, self.seconds, self.detail = kind, seconds, detail

    def text(self):
        return self.kind if self.seconds is None else f"{self.kind}, {self.seconds:.0f} s"


def table(cells):
    """cells: (row, column) → Cell."""
    lines = ["| | fault | " + " | ".join(COLUMNS) + " |", "|---" * (2 + len(COLUMNS)) + "|"]
    for row, (fault, *_) in ROWS.items():
        shown = [cells[row, column].text() for column in COLUMNS]
        lines.append(f"| {row} | {fault} | " + " | ".join(shown) + " |")
    return "\n".join(lines) + "\n"


def section():
    """Of the document: text before the table, the table, text after it."""
    before, rest = DOCUMENT.read_text().split(BEGIN + "\n")
    shown, after = rest.split(END)
    return before + BEGIN + "\n", shown, END + after


def classes(text):
    """(row, column) → class, as a table says."""
    found = {}
    for line in text.splitlines()[2:]:
        row, _, *cells = (part.strip() for part in re.split(r"(?<!\\)\|", line)[1:-1])
        for column, cell in zip(COLUMNS, cells):
            found[row, column] = re.sub(r", \d+ s$", "", cell)
    return found


def compare_or_write(test, cells):
    """With JOINTCA_WRITE_MATRIX set the document gets the table, else it must have its classes."""
    before, shown, after = section()
    if os.environ.get("JOINTCA_WRITE_MATRIX"):
        DOCUMENT.write_text(before + table(cells) + after)
        return
    committed = {key: kind for key, kind in classes(shown).items() if key in cells}
    test.assertEqual(committed, {key: cell.kind for key, cell in cells.items()})
