#!/usr/bin/env python3
"""Has Go's verifier of tiled logs (main.go) read logs that we exported, whole and damaged.

Usage: check.py EXPORTER WORK_DIRECTORY. Exit status 77: Go or its module is not there.
"""
import pathlib
import shutil
import subprocess
import sys

exporter, work = sys.argv[1], pathlib.Path(sys.argv[2])
source = pathlib.Path(__file__).parent
verifier = work / "tlog"

if shutil.which("go") is None:
    print("skipped: no go")
    sys.exit(77)
built = subprocess.run(["go", "build", "-buildvcs=false", "-o", verifier.resolve(), "main.go"],
                       cwd=source, capture_output=True, text=True)
if built.returncode != 0:
    print(built.stderr)
    unreachable = "dial tcp" in built.stderr or "module lookup disabled" in built.stderr
    sys.exit(77 if unreachable else 1)

logs = work / "logs"
shutil.rmtree(logs, ignore_errors=True)
vkey = subprocess.run([exporter, logs], check=True, capture_output=True, text=True).stdout.strip()


def accepts(log, key=vkey):
    result = subprocess.run([verifier, log, key], capture_output=True, text=True)
    print((result.stdout + result.stderr).strip())
    return result.returncode == 0


failures = []
for size in (1, 255, 256, 257, 700):
    if not accepts(logs / str(size)):
        failures.append(f"a log of {size} entries was refused")

# One flipped bit anywhere that is read must be noticed, or the test above proves nothing.
for name in ("checkpoint", "tile/entries/001", "tile/entries/002.p/188", "tile/0/000",
             "tile/0/002.p/188", "tile/1/000.p/2"):
    damaged = work / "damaged"
    shutil.rmtree(damaged, ignore_errors=True)
    shutil.copytree(logs / "700", damaged)
    content = bytearray((damaged / name).read_bytes())
    content[30] ^= 1
    (damaged / name).write_bytes(content)
    if accepts(damaged):
        failures.append(f"a flipped bit in {name} went unnoticed")
if accepts(logs / "700", vkey.replace("alice", "bob")):
    failures.append("another log's key was accepted")

print("\n".join(failures))
sys.exit(1 if failures else 0)
