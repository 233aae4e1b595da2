"""Hosts with Nebula: which programs there are, installing, and lists of revocations."""

import json
import os
import pathlib
import shutil
import ssl
import urllib.error
import urllib.request

from harness import DONE, SystemTest, run

TOOLS = os.environ.get("JOINTCA_TOOLS", "")
NEWEST = shutil.which("nebula", path=TOOLS) if TOOLS else None
DEBIAN = shutil.which("nebula", path="/usr/bin")
ANY = NEWEST or DEBIAN


def list_of(party, fingerprints=()):
    """The list of revocations as the party serves it; nothing until all of these are on it."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with urllib.request.urlopen(f"https://{party.api}/v1/revocations", context=context,
                                    timeout=5) as answer:
            document = answer.read()
    except urllib.error.HTTPError:
        return None
    return document if all(f in document.decode() for f in fingerprints) else None


def number_of(document):
    return json.loads(json.loads(document)["list"])["number"]


class InstallTest(SystemTest):
    def setUp(self):
        super().setUp()
        self.program = {}

    def dir(self, host):
        return self.scene.root / host

    def to(self, host):
        return self.scene.root / f"{host}.nebula"

    def enrol(self, host, *flags, terms=()):
        if "--lighthouse" in flags:
            terms = (*terms, "--lighthouse")
        invitation = self.scene["alpha"].invite(host, "--group", "lab", *terms)
        self.assertIsInstance(invitation, pathlib.Path, str(invitation))
        return self.expect(self.scene.enroll(invitation, host, *flags), DONE).json()

    def renew(self, host, *flags):
        """Other certificates for the same addresses, and without flags for the same keys."""
        before = self.scene.show(host)
        self.expect(run("renew", "--host", self.dir(host), *flags), DONE)
        after = self.scene.show(host)
        self.assertNotEqual([c["fingerprint"] for c in before], [c["fingerprint"] for c in after])
        self.assertEqual([c["networks"] for c in before], [c["networks"] for c in after])

    def install(self, host, *flags, to=None):
        return run("nebula", "install", "--host", self.dir(host), "--to", to or self.to(host),
                   "--nebula", self.program.get(host, ANY), "--json", *flags)

    def installed(self, host, *flags):
        return self.expect(self.install(host, *flags), DONE).json()

    def tree(self, host):
        """Every file below Nebula's directory: what it is, and when it was written."""
        return {str(p.relative_to(self.to(host))): (os.lstat(p).st_ino, os.lstat(p).st_mtime_ns,
                                                    os.lstat(p).st_mode)
                for p in sorted(self.to(host).rglob("*"))}
