#!/usr/bin/env python3
"""nebula-cert verifies what interop_nebula_issue issued, and agrees with the stored vectors.

usage: nebula_cert.py PATH-OF-interop_nebula_issue BUILD-DIR
JOINTCA_NEBULA_CERT names the program; otherwise it is looked for on the PATH.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
VECTORS = pathlib.Path(__file__).parents[1] / "vectors/nebula/nebula-cert-cases.json"


def verifies(program: str, ca: pathlib.Path, crt: pathlib.Path) -> bool:
    done = subprocess.run([program, "verify", "-ca", ca, "-crt", crt], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode == 0


def main() -> int:
    program = os.environ.get("JOINTCA_NEBULA_CERT") or shutil.which("nebula-cert")
    if not program or not os.access(program, os.X_OK):
        print("skipped: no nebula-cert (set JOINTCA_NEBULA_CERT)")
        return SKIPPED
    text = subprocess.run([program, "-version"], stdout=subprocess.PIPE, text=True).stdout
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", text)
    version = tuple(map(int, found.groups())) if found else (99, 0, 0)  # built from source
    print(f"{program}: {text.strip()}")
    failures = []
    with tempfile.TemporaryDirectory(dir=sys.argv[2]) as name:
        folder = pathlib.Path(name)
        subprocess.run([sys.argv[1], name], check=True)
        issued = 0
        for ca in sorted(folder.glob("*.ca.crt")):
            stem = ca.name.removesuffix(".ca.crt")
            for crt in sorted(folder.glob(f"{stem}-?.crt")):
                if version < (1, 7, 0) and crt.name != "ed25519-1-1.crt":
                    continue  # knows neither P-256
                if version < (1, 10, 0) and "2" in crt.name.replace("p256", "").replace("25519", ""):
                    continue  # nor version 2
                issued += 1
                if not verifies(program, ca, crt):
                    failures.append(f"issued {crt.name}")
        compared = 0
        for case in json.loads(VECTORS.read_text())["cases"]:
            expected = case["verify"].get("1.11.0")
            if version < (1, 11, 0) or expected is None:
                continue
            ca, crt = folder / "case.ca", folder / "case.crt"
            ca.write_text(case["ca_pem"])
            crt.write_text(case["host_pem"])
            compared += 1
            if verifies(program, ca, crt) != expected["ok"]:
                failures.append(f"vector {case['n']}: {case['label']}")
    print(f"{issued} issued certificates, {compared} vectors, {len(failures)} failures")
    print("\n".join(failures))
    return 1 if failures or issued == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
