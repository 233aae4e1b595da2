"""Revocation: asked for by one party, agreed to by another, listed by all."""

import base64
import hashlib
import json
import pathlib
import subprocess
import time
import urllib.error
import urllib.request
import ssl

from ed25519 import purpose_key, verify
from harness import (AUTO_POLICY, DONE, REFUSED, UNREACHABLE, USAGE, VERIFICATION, SystemTest, main,
                     run, wait_until)


def fetch(party):
    """GET /v1/revocations: the document, or nothing."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with urllib.request.urlopen(f"https://{party.api}/v1/revocations", context=context,
                                    timeout=5) as answer:
            return json.loads(answer.read())
    except urllib.error.HTTPError as problem:
        assert problem.code == 404, problem
        return None


class Revocation(SystemTest):
    def setUp(self):
        super().setUp()
        self.verified = []

    def list_of(self, party):
        """The newest list of a party, its signature verified here."""
        document = fetch(party)
        if document is None:
            return None
        if document not in self.verified:
            self.verify_signature(document)
            self.verified.append(document)
        return json.loads(document["list"])

    def verify_signature(self, document):
        authority = json.loads(self.scene.authority().read_text())
        key = purpose_key(self.group_key(authority), b"revocations")
        digest = hashlib.sha256(document["list"].encode()).hexdigest()
        message = f"jointca/revocations/v1 {digest}\n".encode()
        signature = bytes.fromhex(document["signature"])
        self.assertTrue(verify(key, message, signature))
        self.assertFalse(verify(key, message + b" ", signature))
        self.assertFalse(verify(self.group_key(authority), message, signature))
        self.assertEqual(json.loads(document["list"])["authority"], authority["id"])

    @staticmethod
    def group_key(authority):
        text = authority["group_public_key"]
        return bytes.fromhex(text) if len(text) == 64 else base64.b64decode(text)

    def revoked(self, party):
        listed = self.list_of(party)
        return None if listed is None else [each["fingerprint"] for each in listed["revoked"]]

    def requests(self, party, *extra):
        found = self.expect(party.command("requests", "--json", *extra), DONE).json()
        return [each for each in found if each["type"] == "revocation"]

    def wait_for_request(self, party):
        return wait_until(lambda: self.requests(party), f"{party.name} hears of it")[0]

    def test_two_parties_agree_and_all_three_list_it(self):
        alpha, beta, gamma = self.trio()
        for party in (alpha, beta, gamma):  # the empty list comes first, and is fresh
            wait_until(lambda: self.revoked(party) == [], f"first list of {party.name}")
        self.enrolled(alpha, "laptop")
        self.enrolled(alpha, "web-1")
        fingerprints = sorted(each["fingerprint"] for each in self.scene.show("laptop"))
        self.assertEqual(len(fingerprints), 2)

        self.expect(alpha.command("revoke", "nobody", "--reason", "x"), USAGE, "no host")
        asked, = self.expect(alpha.command("revoke", "laptop", "--reason", "stolen", "--json"),
                             DONE).json()
        self.assertEqual((asked["state"], asked["name"]), ("waiting", "laptop"))
        for party in (beta, gamma):
            request = self.wait_for_request(party)
            self.assertEqual((request["id"], request["state"]), (asked["id"], "open"))
            vote, = request["votes"]
            self.assertEqual((vote["party"], vote["reason"]), ("alpha", "stolen"))
        self.assertIn("alpha asks to revoke laptop: stolen",
                      self.expect(beta.command("requests"), DONE).out)
        self.assertEqual(self.requests(alpha), [])
        self.assertEqual(self.revoked(alpha), [])  # one party alone changes nothing
        self.assertEqual({host["name"] for host in gamma.hosts()}, {"laptop", "web-1"})
        again, = self.expect(alpha.command("revoke", "laptop", "--reason", "again", "--json"),
                             DONE).json()
        self.assertEqual(again["votes"], asked["votes"])

        agreed = self.expect(beta.command("approve", asked["id"][:16], "--json"), DONE).json()
        self.assertEqual(agreed["state"], "revoked")
        for party in (alpha, beta, gamma):
            wait_until(lambda: self.revoked(party) == fingerprints, f"the list of {party.name}")
            self.assertEqual([host["name"] for host in party.hosts()], ["web-1"])
            everyone = self.expect(party.command("hosts", "--all", "--json"), DONE).json()
            self.assertEqual({host["name"]: host["state"] for host in everyone},
                             {"laptop": "revoked", "web-1": "live"})
        self.assertEqual(len({json.dumps(fetch(party)) for party in (alpha, beta, gamma)}), 1)
        self.assertEqual(self.requests(gamma), [])
        done, = self.requests(gamma, "--all")
        self.assertEqual(done["state"], "revoked")

        # The same machine gets nothing more, under a new invitation either.
        invitation = alpha.invite("laptop")
        self.assertIsInstance(invitation, pathlib.Path, str(invitation))
        refused = self.expect(self.scene.enroll(invitation, "laptop", "--force"), REFUSED)
        self.assertIn("host.revoked", refused.err)
        # Its name and its addresses are free for another.
        first = self.scene.show("laptop")[0]["networks"]
        self.expect(self.scene.enroll(invitation, "new-laptop"), DONE)
        self.assertEqual(self.scene.show("new-laptop")[0]["networks"], first)

    def test_a_party_that_was_away_catches_up(self):
        alpha, beta, gamma = self.trio()
        self.enrolled(alpha, "laptop")
        fingerprints = sorted(each["fingerprint"] for each in self.scene.show("laptop"))
        gamma.kill()
        self.expect(alpha.command("revoke", "laptop", "--reason", "stolen"), DONE)
        self.wait_for_request(beta)
        self.expect(beta.command("revoke", "laptop", "--reason", "I agree"), DONE)
        for party in (alpha, beta):
            wait_until(lambda: self.revoked(party) == fingerprints, f"the list of {party.name}")
        gamma.serve()
        wait_until(lambda: self.revoked(gamma) == fingerprints, "the list of gamma")
        wait_until(lambda: gamma.hosts() == [], "gamma hears of the votes")
        number = self.list_of(gamma)["number"]
        for party in (alpha, beta, gamma):  # and after a restart it is still there
            party.kill()
        self.scene.serve()
        for party in (alpha, beta, gamma):
            self.assertEqual(self.revoked(party), fingerprints)
            self.assertEqual(party.hosts(), [])
            self.assertGreaterEqual(self.list_of(party)["number"], number)

    def test_one_certificate_alone(self):
        alpha, beta, _ = self.trio()
        self.enrolled(alpha, "laptop")
        chosen = self.scene.show("laptop")[0]["fingerprint"]
        self.expect(alpha.command("revoke", chosen, "--reason", "leaked"), DONE)
        self.wait_for_request(beta)
        self.expect(beta.command("revoke", chosen, "--reason", "leaked"), DONE)
        wait_until(lambda: self.revoked(beta) == [chosen], "the list")
        self.assertEqual([host["name"] for host in beta.hosts()], ["laptop"])  # the other one lives

    def test_a_policy_may_agree_by_itself(self):
        alpha, beta, _ = self.trio(policy=AUTO_POLICY + "revoke: auto\n")
        self.enrolled(alpha, "laptop")
        self.expect(alpha.command("revoke", "laptop", "--reason", "stolen"), DONE)
        wait_until(lambda: beta.hosts() == [], "beta agrees")
        wait_until(lambda: len(self.revoked(alpha) or []) == 2, "the list")

    @SystemTest.needs("openssl")
    def test_openssl_verifies_the_list(self):
        alpha, *_ = self.trio()
        wait_until(lambda: fetch(alpha), "a list")
        document = fetch(alpha)
        authority = json.loads(self.scene.authority().read_text())
        key = purpose_key(self.group_key(authority), b"revocations")
        # SubjectPublicKeyInfo of an Ed25519 key, RFC 8410.
        (self.scene.root / "key.der").write_bytes(bytes.fromhex("302a300506032b6570032100") + key)
        (self.scene.root / "signature").write_bytes(bytes.fromhex(document["signature"]))
        digest = hashlib.sha256(document["list"].encode()).hexdigest()
        (self.scene.root / "message").write_bytes(f"jointca/revocations/v1 {digest}\n".encode())
        subprocess.run(["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER",
                        "-inkey", "key.der", "-in", "message", "-sigfile", "signature"],
                       cwd=self.scene.root, check=True, capture_output=True)

    def test_a_certificate_is_verified_against_the_list(self):
        alpha, beta, _ = self.trio()
        self.enrolled(alpha, "laptop")
        self.enrolled(alpha, "web-1")
        wait_until(lambda: self.revoked(alpha) == [], "the first list")
        older = self.scene.root / "older.json"
        older.write_text(self.document(alpha))
        for party in (alpha, beta):
            wait_until(lambda: party.command("revoke", "laptop", "--reason", "stolen").status == DONE,
                       f"{party.name}'s vote")
        wait_until(lambda: len(self.revoked(alpha)) == 2, "the second list")
        newest = self.scene.root / "newest.json"
        newest.write_text(self.document(alpha))
        number = self.list_of(alpha)["number"]

        for source in (f"https://{alpha.api}", f"https://{alpha.api}/v1/revocations", newest):
            with self.subTest(source):
                found = self.verify_host("laptop", "--revocations", source, "--json")
                self.assertEqual(found.status, VERIFICATION, str(found))
                for one in found.json():
                    self.assertEqual((one["ok"], one["revoked"], one["revocations"]),
                                     (False, True, number))
                    self.assertIn("revoked", one["reason"])
                good = self.verify_host("web-1", "--revocations", source, "--json")
                for one in self.expect(good, DONE).json():
                    self.assertEqual((one["ok"], one["revoked"]), (True, False))
        text = self.expect(self.verify_host("web-1", "--revocations", newest), DONE).out
        self.assertIn(f"not on list of revocations {number} of 20", text)
        # A list that is older than one that was seen, of another time, or not the parties'.
        self.expect(self.verify_host("laptop", "--revocations", older), DONE)
        self.expect(self.verify_host("laptop", "--revocations", older, "--min-number", number),
                    VERIFICATION, str(number), "was seen already")
        tomorrow = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 25 * 3600))
        self.expect(self.verify_host("web-1", "--revocations", newest, "--at", tomorrow),
                    VERIFICATION, "not now")
        forged = self.scene.root / "forged.json"
        forged.write_text(newest.read_text().replace('\\"number\\":', '\\"number\\":1'))
        self.assertNotEqual(forged.read_text(), newest.read_text())
        self.expect(self.verify_host("web-1", "--revocations", forged), VERIFICATION, "forged.json")
        self.expect(self.verify_host("web-1", "--revocations", "https://127.0.0.1:1"), USAGE,
                    "on its card")
        self.expect(self.verify_host("web-1", "--min-number", 3), USAGE, "--revocations")
        self.expect(run("cert", "verify", self.scene.certificate("web-1"), "--revocations", newest,
                        "--ca", alpha.dir / "ca.crt"), USAGE, "--authority")
        alpha.kill()
        self.expect(self.verify_host("web-1", "--revocations", f"https://{alpha.api}"), UNREACHABLE)

    def document(self, party):
        """As it is served, to the byte."""
        document = fetch(party)
        return json.dumps(document, separators=(",", ":"), ensure_ascii=False) + "\n"

    def verify_host(self, host, *extra):
        return run("cert", "verify", self.scene.certificate(host), "--authority",
                   self.scene.authority("beta"), *extra)


if __name__ == "__main__":
    main()
