#!/usr/bin/env python3
"""Fails if a folder includes one it may not, or a library that is not its own.

docs/architecture.md draws these tables.
"""
import pathlib
import re
import sys

MAY_INCLUDE = {
    "base": set(),
    "crypto": {"base"},
    "threshold": {"base", "crypto"},
    "log": {"base", "crypto"},
    "ca": {"base", "crypto", "log"},
    "machine": {"base"},
    "nebula-adapter": {"base", "crypto", "ca", "machine"},
    "wg-adapter": {"base", "crypto", "ca", "machine"},
    "x509-adapter": {"base", "crypto", "ca"},
    "mpyc-adapter": {"base", "crypto", "ca", "x509-adapter"},
    "issued": {"base", "crypto", "threshold", "log", "ca", "nebula-adapter", "wg-adapter",
               "x509-adapter", "mpyc-adapter"},
    "audit": {"base", "crypto", "threshold", "log", "ca", "nebula-adapter", "issued"},
    "enroll": {"base", "crypto", "ca"},
    "transport": {"base", "crypto"},
    "daemon": {"base", "crypto", "threshold", "log", "ca", "nebula-adapter", "wg-adapter",
               "x509-adapter", "mpyc-adapter", "issued", "audit", "enroll", "transport",
               "machine"},
    "host": {"base", "crypto", "threshold", "log", "ca", "nebula-adapter", "wg-adapter",
             "x509-adapter", "mpyc-adapter", "issued", "enroll", "transport", "machine", "daemon"},
    "cli": {"base", "crypto", "threshold", "log", "ca", "nebula-adapter", "wg-adapter",
            "x509-adapter", "mpyc-adapter", "issued", "audit", "enroll", "transport", "machine",
            "daemon", "host"},
}
# The libraries that only some folders may name: the rest of the tree sees our types.
ONLY_IN = {
    r"openssl/": {"crypto", "transport", "x509-adapter"},
    r"(gmp|NTL/)": {"crypto"},
    r"sodium": {"base", "crypto"},
    r"boost/(asio|beast)": {"transport", "daemon", "host", "cli"},
    r"(soci|sqlite3)": {"daemon"},
    r"nlohmann/": {"base", "threshold", "log", "ca", "nebula-adapter", "wg-adapter",
                   "mpyc-adapter", "issued", "audit", "enroll", "daemon", "host", "cli"},
    r"yaml-cpp/": {"ca"},
    r"spdlog/": {"daemon", "cli"},
    r"CLI/": {"cli"},
}


def main() -> int:
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    errors = []
    for folder, allowed in MAY_INCLUDE.items():
        for path in sorted((root / folder).rglob("*.[hc]*")):
            for number, line in enumerate(path.read_text().splitlines(), 1):
                match = re.match(r'\s*#\s*include\s*[<"]([^">]+)[">]', line)
                if not match:
                    continue
                target = match[1]
                top = target.split("/")[0]
                if top in MAY_INCLUDE and top != folder and top not in allowed:
                    errors.append(f"{path}:{number}: {folder}/ may not include {top}/")
                for pattern, homes in ONLY_IN.items():
                    if re.match(pattern, target) and folder not in homes:
                        homes_text = ", ".join(sorted(homes))
                        errors.append(f"{path}:{number}: only {homes_text} may include <{target}>")
    print("\n".join(errors) if errors else "layers: every include is allowed")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
