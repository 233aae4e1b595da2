"""bench/overlays/cells.py — what is measured in which order, and the file of what was measured.

A cell is one run. Its key says which, so that a second start goes on where the first one ended; a
cell that failed is tried again. A file holds results of one configuration only.
"""
import collections
import csv
import hashlib
import json
import os
import platform
import random
import subprocess

from measure import MEASURES

REGIONS = ("null", "four-regions")
CITIES = ("amsterdam", "new-york", "san-francisco", "singapore")
Cell = collections.namedtuple("Cell", "region parties program arguments channel repetition")
KEY = (*Cell._fields, "configuration")
COLUMNS = (*KEY, "order", "at", "status", *MEASURES)
# Name, arguments, repetitions, seconds after which a run has failed.
PROGRAMS = (
    ("rounds.py", "40", 5, 300),
    ("secretsanta.py", "4", 20, 900),
    ("secretsanta.py", "8", 20, 1800),
    ("secretsanta.py", "16", 20, 3600),
    ("np_bnnmnist.py", "-d0 -o0", 5, 1800),
    ("np_cnnmnist.py", "1.5 0", 5, 1800),
)
PARTIES = (1, 2, 3, 5, 7, 10)
CHANNELS = ("direct", "tls", "wireguard", "nebula")


class Refused(Exception):
    """What was measured before does not fit what is asked for now."""


def all_cells(programs, parties, regions, seed, repetitions=None):
    """Repetition by repetition, so that what is there early has all of them; the channels of one
    comparison one after another in random order, so that drift of the machine hits all alike."""
    most = repetitions or max(program[2] for program in programs)
    cells = []
    for repetition in range(most):
        for region in regions:
            for count in parties:
                for name, arguments, own, _ in programs:
                    if repetition >= (repetitions or own):
                        continue
                    # Alone there is no channel, and no region.
                    channels = list(CHANNELS) if count > 1 else ["direct"]
                    if count == 1 and region != regions[0]:
                        continue
                    random.Random(f"{seed} {region} {count} {name} {arguments} {repetition}").shuffle(
                        channels)
                    cells += [Cell(region, count, name, arguments, channel, repetition)
                              for channel in channels]
    return cells


def digest_of(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def version_of(*command):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).strip().split("\n")[0]


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        return next((line.split(":")[1].strip() for line in file if line.startswith("model name")),
                    platform.machine())


def configuration(python, nebula, switch, files, seed):
    """All that a figure depends on and that can be told."""
    ask = ("import importlib.metadata as m, sys; print(sys.version.split()[0], "
           "*(f'{n} {m.version(n)}' for n in ('mpyc', 'numpy', 'gmpy2')))")
    return {"machine": f"{os.cpu_count()} × {processor()}", "kernel": platform.release(),
            "python": version_of(python, "-c", ask), "nebula": version_of(nebula, "-version"),
            "wireguard-go": version_of("wireguard-go", "--version"),
            "openssl": version_of("openssl", "version"), "seed": seed,
            "switch": digest_of(switch), "files": {path.name: digest_of(path) for path in files}}


def name_of(settings):
    """12 digits."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:12]


class Results:
    """configuration.json and cells.csv in a folder."""

    def __init__(self, folder, settings):
        folder.mkdir(parents=True, exist_ok=True)
        self.path, self.name = folder / "cells.csv", name_of(settings)
        kept = folder / "configuration.json"
        if kept.exists():
            before = json.loads(kept.read_text())
            differs = [key for key in {*before, *settings} if before.get(key) != settings.get(key)]
            if differs:
                raise Refused(f"{folder} has results of another configuration; different: "
                              f"{', '.join(sorted(differs))}. Choose another folder with --out")
        kept.write_text(json.dumps(settings, indent=2, ensure_ascii=False) + "\n")
        cut_off_part(self.path)
        self.rows = read_rows(self.path)
        if any(row["configuration"] != self.name for row in self.rows):
            raise Refused(f"{self.path} has rows of another configuration")
        if not self.path.exists():
            self._append(COLUMNS)
        self.done = {tuple(row[field] for field in Cell._fields) for row in self.rows
                     if row["status"] == "ok"}

    def has(self, cell):
        return tuple(map(str, cell)) in self.done

    def _append(self, values):
        with open(self.path, "a", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerow(values)

    def add(self, cell, at, status, measures):
        row = {**cell._asdict(), "configuration": self.name, "order": len(self.rows), "at": at,
               "status": status, **measures}
        self._append([row.get(column, "") for column in COLUMNS])
        self.rows.append({column: str(row.get(column, "")) for column in COLUMNS})


def cut_off_part(path):
    """Ends the file with its last whole line: the one after it was being written when all ended."""
    if path.exists():
        content = path.read_bytes()
        with open(path, "r+b") as file:
            file.truncate(content.rfind(b"\n") + 1)


def read_rows(path):
    if not path.exists():
        return []
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    if not rows or tuple(rows[0]) != COLUMNS:
        raise Refused(f"{path}: not the columns of this program")
    return [dict(zip(COLUMNS, row)) for row in rows[1:]]
