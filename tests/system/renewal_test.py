"""A host stays: renewal by itself, for the same keys or new ones, whoever is up; and what all hosts
fetch of each other."""

import base64
import hashlib
import json
import time

from ed25519 import purpose_key, verify
from harness import (DONE, FAILED, UNREACHABLE, USAGE, SystemTest, main, run, wait_until)
from web import Web

BOTH = ("--kind", "nebula,wireguard")


def decoded(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


class Renewal(SystemTest):
    def host(self, name):
        return self.scene.root / name

    def renew(self, name, *extra):
        return run("renew", "--host", self.host(name), "--json", *extra)

    def tokens(self, party, what):
        with Web(party) as web:
            answer, body = web.ask(f"/v1/{what}")
        self.assertEqual(answer.status, 200)
        return json.loads(body)[what]

    def claims(self, token, purpose):
        """The claims of a token, its signature checked under the key of the purpose."""
        header, payload, signature = token.split(".")
        authority = json.loads(self.scene.authority().read_text())
        key = purpose_key(bytes.fromhex(authority["group_public_key"]), purpose)
        self.assertTrue(verify(key, f"{header}.{payload}".encode(), decoded(signature)))
        claims = json.loads(decoded(payload))
        self.assertEqual(claims["iss"], authority["id"])
        return claims

    def test_a_host_gets_every_kind_and_the_others_find_its_binding(self):
        alpha, beta, gamma = self.trio()
        invitation = alpha.invite("web-1", *BOTH, "--lighthouse")
        enrolled = self.expect(self.scene.enroll(
            invitation, "web-1", "--endpoint", "nebula=192.0.2.1:4242",
            "--endpoint", "wireguard=192.0.2.1:51820", "--lighthouse"), DONE).json()
        self.assertEqual(len(enrolled["fingerprints"]), 4)
        binding = (self.host("web-1") / "wireguard" / "binding.jws").read_text()
        self.assertEqual(len(list((self.host("web-1") / "proofs").iterdir())), 8)
        for party in (alpha, beta, gamma):  # the third one from the logs
            wait_until(lambda: self.tokens(party, "bindings") == [binding.strip()],
                       f"the binding at {party.name}")
            token, = self.tokens(party, "lighthouses")
            claims = self.claims(token, b"lighthouses")
            self.assertEqual((claims["sub"], claims["nebula"]),
                             ("web-1", {"endpoint": "192.0.2.1:4242"}))
        claims = self.claims(binding.strip(), b"bindings")
        self.assertEqual(claims["networks"], enrolled["networks"])
        self.assertEqual(claims["wireguard"]["endpoint"], "192.0.2.1:51820")
        with Web(beta) as web:
            for path in ("bindings", "lighthouses", "revocations"):
                answer, body = web.ask(f"/v1/{path}")
                tag = f'"{hashlib.sha256(body).hexdigest()}"'
                self.assertEqual((answer.status, answer.headers["ETag"]), (200, tag))
                answer, body = web.ask(f"/v1/{path}", headers={"If-None-Match": tag})
                self.assertEqual((answer.status, body, answer.headers["ETag"]), (304, b"", tag))
                other, _ = web.ask(f"/v1/{path}", headers={"If-None-Match": '"0"'})
                self.assertEqual(other.status, 200)

    def test_a_renewal_lasts_longer_and_changes_nothing_else(self):
        alpha, beta, gamma = self.trio()
        first = self.enrolled(alpha, "web-1", *BOTH)
        keys = [(self.host("web-1") / name).read_bytes()
                for name in ("nebula/host.key", "wireguard/private.key")]
        time.sleep(2)  # certificates are dated to the second
        again = self.expect(self.renew("web-1"), DONE).json()
        for same in ("name", "networks", "groups"):
            self.assertEqual(again[same], first[same])
        self.assertGreater(again["not_after"], first["not_after"])
        self.assertTrue(set(again["fingerprints"]).isdisjoint(first["fingerprints"]))
        self.expect(run("cert", "verify", self.scene.certificate("web-1"), "--authority",
                        self.scene.authority(), "--proofs", self.host("web-1") / "proofs"), DONE)
        self.assertEqual(keys, [(self.host("web-1") / name).read_bytes()
                                for name in ("nebula/host.key", "wireguard/private.key")])
        # One host, whose newest certificates are what counts.
        for party in (alpha, beta, gamma):
            wait_until(lambda: party.status()["next_expiry"] == again["not_after"],
                       f"the renewal at {party.name}")
            self.assertEqual(party.status()["live_hosts"], 1)
        # Of the two bindings that live, the newest is served.
        for party in (alpha, beta, gamma):
            wait_until(lambda: self.tokens(party, "bindings") ==
                       [(self.host("web-1") / "wireguard" / "binding.jws").read_text().strip()],
                       f"the newer binding at {party.name}")
        self.assertFalse((self.host("web-1") / "renew.request").exists())

    def test_a_renewal_for_new_keys_replaces_both(self):
        alpha, _, _ = self.trio()
        self.enrolled(alpha, "web-1", *BOTH)
        before = (self.host("web-1") / "nebula" / "host.key").read_bytes()
        shown = self.scene.show("web-1")
        self.expect(self.renew("web-1", "--rekey"), DONE)
        self.assertNotEqual((self.host("web-1") / "nebula" / "host.key").read_bytes(), before)
        self.assertNotEqual(self.scene.show("web-1")[0]["public_key"], shown[0]["public_key"])
        self.assertEqual(self.scene.show("web-1")[0]["networks"], shown[0]["networks"])
        self.assertEqual([], list(self.host("web-1").glob("*/*.next")))

    def test_any_two_parties_renew_even_those_that_did_not_sign_before(self):
        alpha, beta, gamma = self.trio()
        gamma.stop()
        self.enrolled(alpha, "web-1")
        alpha.stop()
        self.expect(self.renew("web-1"), UNREACHABLE)
        self.scene["gamma"].serve()
        # gamma learns from the logs of both who web-1 is; alpha's copy is at beta.
        self.scene["alpha"].serve()
        wait_until(lambda: gamma.status()["log"]["size"] and self.renew("web-1").status == DONE,
                   "a renewal with all")
        alpha.stop()
        wait_until(lambda: self.renew("web-1").status == DONE, "a renewal without alpha")

    def test_a_revoked_host_is_not_renewed_and_its_binding_not_served(self):
        alpha, beta, gamma = self.trio()
        self.enrolled(alpha, "web-1", *BOTH)
        self.expect(alpha.command("revoke", "web-1", "--reason", "stolen"), DONE)
        self.expect(beta.command("revoke", "web-1", "--reason", "stolen"), DONE)
        wait_until(lambda: "revoked" in self.renew("web-1").err, "the refusal")
        for party in (alpha, beta, gamma):
            wait_until(lambda: self.tokens(party, "bindings") == [], f"no binding at {party.name}")

    def test_without_an_enrolment_there_is_nothing_to_renew(self):
        self.new_scene()
        self.expect(run("renew", "--host", self.host("nobody")), FAILED, "no host was enrolled")

    def test_endpoints_are_checked_before_the_invitation_is_used(self):
        alpha, _, _ = self.trio()
        invitation = alpha.invite("web-1", *BOTH)
        for wrong in ("192.0.2.1:4242", "nebula=web:4242", "nebula=192.0.2.1:0", "x509=192.0.2.1:1",
                      "ssh=192.0.2.1:1"):
            self.expect(self.scene.enroll(invitation, "web-1", "--endpoint", wrong), USAGE,
                        "--endpoint")
        self.expect(self.scene.enroll(invitation, "web-1", "--lighthouse"), USAGE, "--lighthouse")
        lighthouse = alpha.invite("lh", "--lighthouse")
        self.expect(self.scene.enroll(lighthouse, "lh", "--lighthouse"), USAGE, "--endpoint")
        self.expect(self.scene.enroll(invitation, "web-1"), DONE)


if __name__ == "__main__":
    main()
