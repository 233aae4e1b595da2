#!/usr/bin/env python3
"""Runs the programs given to it under valgrind, where their secrets are undefined memory.

Usage: poisoned.py PROGRAM...   Exits 77, with the reason, where this cannot be done.
"""
import shutil
import subprocess
import sys


def run(*command):
    return subprocess.run(
        ["valgrind", "--quiet", "--error-exitcode=9", "--track-origins=no", *command],
        capture_output=True, text=True, check=False)


def main():
    if not shutil.which("valgrind"):
        print("skipped: no valgrind")
        return 77
    seen = run(sys.argv[1], "leak").returncode
    if seen == 77:
        print("skipped: built without valgrind's header")
        return 77
    if seen != 9:
        print(f"a branch on what is poisoned was not seen: {seen}")
        return 1
    for program in sys.argv[1:]:
        result = run(program)
        print(result.stdout + result.stderr)
        if result.returncode != 0:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
