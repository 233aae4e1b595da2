#!/usr/bin/env python3
"""Writes tests/vectors/tlog/merkle-proofs.json from a checkout of transparency-dev/merkle.

Usage: merkle_proofs.py CHECKOUT > merkle-proofs.json
One object for each file of testdata/inclusion and testdata/consistency, on one line; the fields are
copied, "file" is added.
"""
import json
import pathlib
import sys

root = pathlib.Path(sys.argv[1]) / "testdata"
for kind in ("inclusion", "consistency"):
    paths = sorted((root / kind).rglob("*.json"))
    cases = [{"file": str(path.relative_to(root)), **json.loads(path.read_text())}
             for path in paths]
    opening = "{" if kind == "inclusion" else ","
    print(f'{opening}"{kind}": [')
    print(",\n".join(json.dumps(case) for case in cases))
    print("]")
print("}")
