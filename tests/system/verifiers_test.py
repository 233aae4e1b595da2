"""Programs by other people read a party's log as it is, and notice one flipped byte.

tessera's fsck always exits with 0: what it says counts. They stand in JOINTCA_TOOLS (tools/programs: build_log_tools); what is not there is skipped."""

import json
import pathlib
import shutil
import subprocess

from harness import SystemTest, main
from web import Front
from witness_test import ROOT, TOOLS

SIGSTORE = ROOT / "tests" / "interop" / "sigstore" / "verify.js"
GO, FSCK, NODE = "golang.org/x/mod/sumdb", "tessera's fsck", "@sigstore/verify"
# It can wait for ever after an error, if all of its workers have seen one.
FSCK_FLAGS = ("--ui=false", "-N=8")


def readers(vkey, vkey_file):
    """Commands that check the exported log in a directory, by name."""
    found = {}
    if (TOOLS / "tlog").exists():
        found[GO] = lambda log: [TOOLS / "tlog", log, vkey]
    if (TOOLS / "tlog-fsck").exists():
        found[FSCK] = lambda log: [TOOLS / "tlog-fsck", f"--storage_url=file://{log}/",
                                   f"--public_key={vkey_file}", *FSCK_FLAGS]
    if (TOOLS / "sigstore" / "node_modules").exists() and shutil.which("node"):
        found[NODE] = lambda log: ["node", SIGSTORE, TOOLS / "sigstore", log, vkey]
    return found


class Verifiers(SystemTest):
    def checked(self, command):
        """What the program says, if it accepts the log; nothing otherwise; and its messages."""
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        except subprocess.TimeoutExpired:
            self.fail(f"{command} does not end")
        said = done.stdout + done.stderr
        accepted = done.returncode == 0 and "fsck failed" not in said
        return said if accepted else "", said[:1000]

    def expect_read(self, name, command, size):
        accepted, messages = self.checked(command)
        self.assertIn(str(size), accepted, f"{name}: {messages}")

    def test_the_log_is_read_by_the_programs_of_others(self):
        if not readers("", ""):
            self.skipTest(f"nothing in {TOOLS}: build_log_tools of tools/programs was not called")
        party = self.trio()[0]
        self.grow(party, 256)
        self.enrolled(party, "last")
        log = party.status()["log"]
        vkey_file = self.scene.root / "vkey"
        vkey_file.write_text(log["vkey"] + "\n")
        found = readers(log["vkey"], vkey_file)
        exported = party.export_log()
        for name, command in found.items():
            with self.subTest(name):
                self.expect_read(name, command(exported), log["size"])
        self.check_served(party, log, vkey_file, found)

        # Every file matters, as far as the program reads it.
        rest = log["size"] - 256
        unread = {GO: (), FSCK: (), NODE: ("tile/1/000.p/1",)}
        for path in ("checkpoint", "tile/entries/000", f"tile/entries/001.p/{rest}", "tile/0/000",
                     f"tile/0/001.p/{rest}", "tile/1/000.p/1"):
            damaged = self.scene.root / "damaged"
            shutil.rmtree(damaged, ignore_errors=True)
            shutil.copytree(exported, damaged)
            content = bytearray((damaged / path).read_bytes())
            # In the checkpoint, the root: the last line may be a cosignature, which they ignore.
            content[content.index(b"\n\n") - 10 if path == "checkpoint" else -20] ^= 1
            (damaged / path).write_bytes(content)
            for name, command in found.items():
                if path not in unread[name]:
                    with self.subTest(name, path=path):
                        self.assertEqual(self.checked(command(damaged))[0], "", "not noticed")
        missing = {GO, FSCK, NODE} - set(found)
        if missing:
            self.skipTest(f"read by {sorted(found)}, but there is no {sorted(missing)}")

    def check_served(self, party, log, vkey_file, found):
        """The same from the running party: over HTTPS with its key pinned, and behind a server
        without TLS for a program that cannot pin keys."""
        pin = json.loads(pathlib.Path(party.card).read_text())["identity_key"]
        if GO in found:
            command = [TOOLS / "tlog", f"https://{party.api}/log", log["vkey"]]
            self.expect_read(GO, [*command, pin], log["size"])
            self.assertIn("not the pinned key", self.checked([*command, "00" * 32])[1])
        if FSCK in found:
            endpoint = self.scene.endpoint()
            front = Front(endpoint, party)
            self.addCleanup(front.close)
            self.expect_read(FSCK, [TOOLS / "tlog-fsck", f"--storage_url=http://{endpoint}/log/",
                                    f"--public_key={vkey_file}", *FSCK_FLAGS], log["size"])


if __name__ == "__main__":
    main()
