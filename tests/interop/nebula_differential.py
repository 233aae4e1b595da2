#!/usr/bin/env python3
"""Feeds the cases and verdicts of tests/interop/nebula (Go) to interop_nebula_verdicts.

usage: nebula_differential.py PATH-OF-interop_nebula_verdicts BUILD-DIR
JOINTCA_INTEROP_CASES (8000) and JOINTCA_INTEROP_SEED (1) choose how many and which.
"""
import os
import pathlib
import shutil
import subprocess
import sys

SKIPPED = 77


def main() -> int:
    verdicts, build = sys.argv[1], pathlib.Path(sys.argv[2])
    source = pathlib.Path(__file__).parent / "nebula"
    go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    if go is None:
        print("skipped: no go")
        return SKIPPED
    program = build / "nebula_cases"
    built = subprocess.run([go, "build", "-o", program, "."], cwd=source, text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if built.returncode != 0:
        # No network and no module cache, or a go that is too old. An error in our own files fails.
        if any(line.startswith("./") for line in built.stdout.splitlines()):
            print(built.stdout)
            return 1
        print("skipped: the Go modules are not available\n" + built.stdout[-2000:])
        return SKIPPED
    count = os.environ.get("JOINTCA_INTEROP_CASES", "8000")
    seed = os.environ.get("JOINTCA_INTEROP_SEED", "1")
    with subprocess.Popen([program, "-n", count, "-seed", seed], stdout=subprocess.PIPE) as cases:
        compared = subprocess.run([verdicts], stdin=cases.stdout)
    return 1 if cases.returncode != 0 or compared.returncode != 0 else 0


if __name__ == "__main__":
    sys.exit(main())
