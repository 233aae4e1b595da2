"""X.509 from the joint key: what `enroll host` writes serves ordinary programs, openssl and Python's
TLS; it is logged, renewed and revoked as everything else."""

import collections
import csv
import json
import socket
import ssl
import stat
import subprocess
import threading
import time

from harness import (AUTO_POLICY, DONE, FAILED, REFUSED, USAGE, VERIFICATION, SystemTest, main, run,
                     wait_until)

POLICY = AUTO_POLICY.replace("[nebula, wireguard]", "[nebula, wireguard, x509]")
ALONE = ("--kind", "x509")


def openssl(*arguments):
    return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True,
                          check=False)


def context(purpose, folder):
    """TLS with a host's files, as a program of that purpose; the other end must have some too."""
    made = ssl.SSLContext(purpose)
    made.load_cert_chain(folder / "host.crt", folder / "host.key")
    made.load_verify_locations(folder / "ca.crt")
    made.verify_flags |= ssl.VERIFY_X509_STRICT
    made.verify_mode = ssl.CERT_REQUIRED
    return made


def handshake(server, client, name):
    """What either end knows of the other, or the reason why the client gave up."""
    seen = {}
    with socket.create_server(("127.0.0.1", 0)) as listening:
        def serve():
            connection, _ = listening.accept()
            connection.settimeout(10)
            try:
                with server.wrap_socket(connection, server_side=True) as secured:
                    seen["server"] = secured.getpeercert()
                    secured.sendall(b"hello")
            except (ssl.SSLError, OSError) as problem:
                seen["problem"] = str(problem)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            with socket.create_connection(listening.getsockname(), 10) as plain:
                with client.wrap_socket(plain, server_hostname=name) as secured:
                    seen["greeting"] = secured.recv(5)
                    seen["client"] = secured.getpeercert()
        except ssl.SSLError as problem:
            seen["refusal"] = str(problem)
        finally:
            thread.join(10)
    return seen


class X509(SystemTest):
    def folder(self, host):
        return self.scene.root / host / "x509"

    def verify(self, file, host, *extra):
        return run("cert", "verify", file, "--authority", self.scene.authority(), "--proofs",
                   self.scene.root / host / "proofs", "--json", *extra)

    def fingerprint(self, host):
        shown = run("cert", "show", self.folder(host) / "host.crt", "--json").json()
        return shown[0]["fingerprint"]

    def test_what_a_host_gets_serves_openssl_and_python(self):
        alpha, _, _ = self.trio(POLICY)
        web = self.enrolled(alpha, "web-1.example", *ALONE, "--address", "10.42.0.9")
        self.enrolled(alpha, "DB", *ALONE)
        self.assertEqual((web["name"], len(web["fingerprints"])), ("web-1.example", 1))
        folder = self.folder("web-1.example")
        self.assertEqual(sorted(each.name for each in folder.iterdir()),
                         ["ca.crt", "host.crt", "host.key"])
        self.assertEqual(stat.S_IMODE((folder / "host.key").stat().st_mode), 0o600)
        # Both anchors are one: either file serves for both hosts.
        for anchor in (folder, self.folder("DB")):
            for host in (folder, self.folder("DB")):
                for purpose in ("sslserver", "sslclient"):
                    checked = openssl("verify", "-x509_strict", "-purpose", purpose, "-CAfile",
                                      anchor / "ca.crt", host / "host.crt")
                    self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        for name, holds in (("-verify_hostname web-1.example", True), ("-verify_ip 10.42.0.9", True),
                            ("-verify_hostname example", False), ("-verify_ip 10.42.0.8", False)):
            checked = openssl("verify", *name.split(), "-CAfile", folder / "ca.crt",
                              folder / "host.crt")
            self.assertEqual(checked.returncode == 0, holds, f"{name}: {checked.stderr}")

        server = context(ssl.PROTOCOL_TLS_SERVER, folder)
        client = context(ssl.PROTOCOL_TLS_CLIENT, self.folder("DB"))
        for name in ("web-1.example", "10.42.0.9"):
            seen = handshake(server, client, name)
            self.assertEqual(seen.get("greeting"), b"hello", seen)
            self.assertIn(("DNS", "db"), seen["server"]["subjectAltName"])
            self.assertIn(("DNS", "web-1.example"), seen["client"]["subjectAltName"])
        self.assertIn("web-2.example", handshake(server, client, "web-2.example")["refusal"])

    def test_both_ends_refuse_another_authority(self):
        alpha, _, _ = self.trio(POLICY)
        self.enrolled(alpha, "web-1", *ALONE)
        other = self.new_scene()
        other.add("one", "two")
        other.keygen()
        other.serve(POLICY)
        invitation = other["one"].invite("web-1", *ALONE)
        self.expect(other.enroll(invitation, "web-1"), DONE)
        strange = other.root / "web-1" / "x509"
        refused = openssl("verify", "-CAfile", strange / "ca.crt", self.folder("web-1") / "host.crt")
        self.assertNotEqual(refused.returncode, 0)
        seen = handshake(context(ssl.PROTOCOL_TLS_SERVER, strange),
                         context(ssl.PROTOCOL_TLS_CLIENT, self.folder("web-1")), "web-1")
        self.assertIn("CERTIFICATE_VERIFY_FAILED", seen["refusal"])
        wrong, = run("cert", "verify", strange / "host.crt", "--authority", self.scene.authority(),
                     "--json").json()
        self.assertFalse(wrong["ok"])
        self.assertIn("another anchor", wrong["reason"])
        wrong, = run("cert", "verify", strange / "ca.crt", "--authority", self.scene.authority(),
                     "--json").json()
        self.assertIn("another anchor", wrong["reason"])

    def test_certificates_are_shown_and_verified_with_their_proofs(self):
        alpha, _, _ = self.trio(POLICY)
        enrolled = self.enrolled(alpha, "web-1", "--kind", "nebula,wireguard,x509")
        folder = self.folder("web-1")
        shown, = run("cert", "show", folder / "host.crt", "--json").json()
        self.assertEqual((shown["kind"], shown["name"], shown["dns_names"], shown["is_ca"]),
                         ("x509", "web-1", ["web-1"], False))
        self.assertEqual(shown["addresses"],
                         [network.split("/")[0] for network in enrolled["networks"]])
        self.assertTrue(shown["uris"][0].startswith("did:key:z"))
        self.assertIn(shown["fingerprint"], enrolled["fingerprints"])
        anchor, = run("cert", "show", folder / "ca.crt", "--json").json()
        authority = json.loads(self.scene.authority().read_text())
        self.assertEqual((anchor["name"], anchor["is_ca"], anchor["permitted_networks"]),
                         ("jointca " + authority["id"][:32], True, authority["networks"]))
        text = self.expect(run("cert", "show", folder / "host.crt"), DONE).out
        self.assertIn("X.509 certificate, ED25519", text)
        # Each file of the host with the proofs that stand beside all of them.
        for file, count in ((folder / "host.crt", 1), (folder / "ca.crt", 1),
                            (self.scene.certificate("web-1"), 2)):
            verdicts = self.expect(self.verify(file, "web-1"), DONE).json()
            self.assertEqual(len(verdicts), count)
            for verdict in verdicts:
                self.assertTrue(verdict["ok"], verdict)
                self.assertEqual(len(verdict["logged_by"]), 2)
                self.assertEqual(verdict["wrong_proofs"], {})
        self.expect(run("cert", "verify", folder / "host.crt", "--ca", folder / "ca.crt"), DONE)
        (self.scene.root / "none").mkdir()
        unproven = run("cert", "verify", folder / "host.crt", "--authority", self.scene.authority(),
                       "--proofs", self.scene.root / "none")
        self.assertEqual(unproven.status, VERIFICATION)
        self.assertIn("no party is proven to have logged it", unproven.out)
        late = run("cert", "verify", folder / "host.crt", "--ca", folder / "ca.crt", "--at",
                   "2199-01-01T00:00:00Z")
        self.assertEqual(late.status, VERIFICATION)
        # As a file is spoilt: another byte, the wrong CA, several at once.
        pem = (folder / "host.crt").read_text()
        spoilt = self.scene.root / "spoilt.crt"
        for text in (pem.replace("MII", "MIJ", 1), pem + pem[:60], "\n" + pem,
                     pem.replace("CERTIFICATE-----", "CERT-----")):
            spoilt.write_text(text)
            self.assertEqual(run("cert", "show", spoilt).status, FAILED, text)
            self.assertEqual(run("cert", "verify", spoilt, "--ca", folder / "ca.crt").status,
                             VERIFICATION, text)
        mixed = run("cert", "verify", folder / "host.crt", "--ca",
                    self.scene.root / "web-1" / "nebula" / "ca.crt")
        self.assertEqual(mixed.status, VERIFICATION)
        self.assertIn("the CA file", mixed.out)

    def test_it_is_logged_and_listed_and_the_audit_is_clean(self):
        alpha, beta, gamma = self.trio(POLICY)
        for name in ("web-1", "web-2", "web-3"):
            self.enrolled(alpha, name, *ALONE)
        self.expect(run("renew", "--host", self.scene.root / "web-1"), DONE)
        for party in (alpha, beta, gamma):
            wait_until(lambda: len(party.hosts()) == 4, f"four certificates at {party.name}")
        hosts = {host["name"]: host for host in gamma.hosts()}
        self.assertEqual(hosts["web-2"]["kinds"], ["x509"])
        self.assertEqual(hosts["web-2"]["fingerprints"], [self.fingerprint("web-2")])
        table = self.scene.root / "audit.csv"
        report = self.expect(run("audit", "--authority", self.scene.authority(), "--csv", table,
                                 "--json"), DONE).json()
        self.assertEqual(report["findings"], [])
        with open(table, newline="") as rows:
            kinds = collections.Counter((row["kind"], row["status"]) for row in csv.DictReader(rows))
        self.assertEqual(kinds, {("x509", "valid"): 4, ("x509-anchor", "valid"): 4})
        # And each file is explained by itself.
        for file, kind in (("host.crt", "x509"), ("ca.crt", "x509-anchor")):
            one, = self.expect(run("audit", self.folder("web-2") / file, "--authority",
                                   self.scene.authority(), "--json"), DONE).json()
            self.assertEqual((one["kind"], one["signed"], one["known"], one["findings"]),
                             (kind, True, True, []))
        # A name stays its host's, of whichever kind.
        taken = self.scene.enroll(alpha.invite("WEB-2", "--kind", "nebula"), "other")
        self.expect(taken, REFUSED, "name.in_use")

    def test_a_renewal_lasts_longer_and_a_rekeyed_one_has_another_key(self):
        alpha, _, _ = self.trio(POLICY)
        first = self.enrolled(alpha, "web-1", *ALONE, "--ttl", "1h")
        folder = self.folder("web-1")
        key, anchor = (folder / "host.key").read_bytes(), (folder / "ca.crt").read_bytes()
        time.sleep(2)  # certificates are dated to the second
        again = self.expect(run("renew", "--host", self.scene.root / "web-1", "--json"), DONE).json()
        self.assertGreater(again["not_after"], first["not_after"])
        self.assertNotEqual(again["fingerprints"], first["fingerprints"])
        self.assertEqual((folder / "host.key").read_bytes(), key)
        # The anchor was signed again, and is the same to whoever trusts the first.
        kept = self.scene.root / "kept.crt"
        kept.write_bytes(anchor)
        self.assertEqual(openssl("verify", "-x509_strict", "-CAfile", kept,
                                 folder / "host.crt").returncode, 0)
        self.expect(run("renew", "--host", self.scene.root / "web-1", "--rekey"), DONE)
        self.assertNotEqual((folder / "host.key").read_bytes(), key)
        context(ssl.PROTOCOL_TLS_SERVER, folder)  # key and certificate belong together
        self.assertEqual([], list(folder.glob("*.next")))

    def test_the_agent_renews_at_two_thirds(self):
        alpha, _, _ = self.trio(POLICY)
        self.enrolled(alpha, "web-1", *ALONE, "--ttl", "20s")
        before = self.fingerprint("web-1")
        host = self.scene.root / "web-1"

        def renewed():
            run("agent", "--once", "--host", host)  # fails while there is no list of revocations
            return self.fingerprint("web-1") != before

        wait_until(renewed, "a renewal by the agent", 40)
        status = json.loads((host / "status.json").read_text())
        self.assertEqual([each["kind"] for each in status["certificates"]], ["x509"])
        self.assertFalse((host / "nebula").exists())

    def test_a_revoked_host_gets_no_renewal(self):
        alpha, beta, _ = self.trio(POLICY)
        for name in ("web-1", "web-2"):
            self.enrolled(alpha, name, *ALONE)
        lost = self.fingerprint("web-1")
        for party in (alpha, beta):
            self.expect(party.command("revoke", "web-1", "--reason",
                                      "stolen"), DONE)
        renewal = ("renew", "--host", self.scene.root / "web-1")
        wait_until(lambda: "revoked" in run(*renewal).err, "the refusal", 20)
        revoked = self.scene.root / "web-2" / "revocations.json"

        def listed():
            done = run("agent", "--once", "--host", self.scene.root / "web-2")
            return done.status == DONE and lost in revoked.read_text()

        wait_until(listed, "the list", 30)
        options = ("--revocations", revoked)
        verdict = self.verify(self.folder("web-1") / "host.crt", "web-1", *options)
        self.assertEqual(verdict.status, VERIFICATION)
        self.assertIn("revoked", verdict.json()[0]["reason"])
        # The anchor that both have in their logs is not revoked, nor is who is under it.
        for file in ("host.crt", "ca.crt"):
            self.expect(self.verify(self.folder("web-2") / file, "web-2", *options), DONE)
        self.expect(run("renew", "--host", self.scene.root / "web-2"), DONE)
        listed = json.loads(json.loads(revoked.read_text())["list"])["revoked"]
        self.assertEqual([each["kind"] for each in listed], ["x509"])
        self.audited()

    def test_bad_input_is_refused_by_name(self):
        alpha, _, _ = self.trio(POLICY)
        for name in ("web_1", "host.1", "web-", "a" * 65):
            self.expect(alpha.invite(name, *ALONE), USAGE, "DNS name")
        self.expect(alpha.invite("web-1", *ALONE, "--address", "192.0.2.1"), REFUSED, "address")
        invitation = alpha.invite("web-1", *ALONE)
        for endpoint in ("192.0.2.1:4242", "x509=192.0.2.1:4242"):
            self.expect(self.scene.enroll(invitation, "web-1", "--endpoint", endpoint), USAGE,
                        "--endpoint")
        self.assertFalse((self.scene.root / "web-1").exists())
        # A key of another kind in its place is found before the invitation is used.
        folder = self.folder("web-1")
        for made in (folder.parent, folder):
            made.mkdir(0o700)
        (folder / "host.key").write_text("-----BEGIN PRIVATE KEY-----\n")
        (folder / "host.key").chmod(0o600)
        self.expect(self.scene.enroll(invitation, "web-1"), FAILED, "host.key", "PKCS #8")
        (folder / "host.key").unlink()
        self.expect(self.scene.enroll(invitation, "web-1"), DONE)
        self.assertEqual(openssl("pkey", "-in", folder / "host.key", "-noout").returncode, 0)
        # A party that never said yes to the kind goes on refusing it.
        alpha.stop()
        alpha.serve(AUTO_POLICY)
        self.expect(alpha.invite("web-2", *ALONE), REFUSED, "kind.not_allowed")


if __name__ == "__main__":
    main()
