"""Enrolment through three daemons: with some of them away, again, too late, twice, forty at once."""

import base64
import concurrent.futures
import http.client
import json
import os
import shutil
import ssl
import subprocess
import time
import unittest

import logs
from harness import (DONE, FAILED, NAMES, REFUSED, UNREACHABLE, USAGE, SystemTest, main, run,
                     VERIFICATION, wait_until)


def nebula_certs():
    """Programs that must accept what was issued: (path, whether it reads version 2)."""
    found = {os.environ.get("JOINTCA_NEBULA_CERT"), shutil.which("nebula-cert"),
             shutil.which("nebula-cert", path="/usr/bin")} - {None}
    for program in sorted(found):
        text = subprocess.run([program, "-version"], capture_output=True, text=True,
                              check=False).stdout
        yield program, not text.startswith("Version: 1.6")


class Issuance(SystemTest):
    def verify_outside(self, host):
        """nebula-cert accepts what `cert verify` accepts: the first certificate is version 1."""
        directory = self.scene.root / host / "nebula"
        verdicts = self.expect(run("cert", "verify", directory / "host.crt", "--ca",
                                   directory / "ca.crt", "--json"), DONE).json()
        self.assertTrue(all(verdict["ok"] for verdict in verdicts))
        pem = (directory / "host.crt").read_text()
        end = "-----END NEBULA CERTIFICATE-----\n"
        first = self.scene.root / f"{host}.v1.crt"
        first.write_text(pem[:pem.index(end) + len(end)])
        for program, reads_version_2 in nebula_certs():
            crt = directory / "host.crt" if reads_version_2 else first
            done = subprocess.run([program, "verify", "-ca", directory / "ca.crt", "-crt", crt],
                                  capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, f"{program}: {done.stdout}{done.stderr}")

    def verify_logged(self, host, *more, status=DONE):
        """`cert verify` with proofs; the verdicts, version 1 first."""
        directory = self.scene.root / host
        outcome = run("cert", "verify", directory / "nebula" / "host.crt", "--authority",
                      directory / "authority.json", "--proofs", directory / "proofs", "--json",
                      *more)
        self.assertEqual(outcome.status, status, str(outcome))
        return outcome.json()

    def test_a_host_keeps_proofs_that_its_signers_logged_its_certificates(self):
        alpha, beta, gamma = self.trio()
        enrolled = self.enrolled(alpha, "web-1")
        signers = enrolled["signers"]
        self.assertEqual(sorted(enrolled["logged_by"]), signers)
        host = self.scene.root / "web-1"
        names = {f"{kind}.{party}.tlog-proof" for kind in ("nebula-v1", "nebula-v2")
                 for party in signers}
        self.assertEqual({p.name for p in (host / "proofs").iterdir()}, names)
        for proof in (host / "proofs").iterdir():
            self.assertEqual(proof.stat().st_mode & 0o777, 0o644)
        # Read by other means than ours.
        authority = json.loads((host / "authority.json").read_text())
        parts = dict(zip(("nebula-v1", "nebula-v2"),
                         logs.signed_parts(self.scene.certificate("web-1").read_text())))
        for proof in (host / "proofs").iterdir():
            kind, party, _ = proof.name.split(".")
            logger, cosigners = logs.read_proof(proof.read_text(), authority, *parts[kind])
            self.assertEqual(logger, party)
            self.assertTrue(cosigners)
            tampered = proof.read_text().replace("extra ey", "extra fy", 1)
            with self.assertRaises((ValueError, KeyError)):
                logs.read_proof(tampered, authority, *parts[kind])
        # And by ours, offline.
        for party in self.scene.parties.values():
            party.kill()
        for verdict in self.verify_logged("web-1"):
            self.assertEqual([each["party"] for each in verdict["logged_by"]], signers)
            self.assertEqual(verdict["needed"], 2)
            self.assertEqual(verdict["wrong_proofs"], {})
            for each in verdict["logged_by"]:
                self.assertLess(each["index"], each["size"])
                self.assertTrue(each["cosigned_by"])
        text = self.expect(run("cert", "verify", host / "nebula" / "host.crt", "--authority",
                               host / "authority.json", "--proofs", host / "proofs"), DONE).out
        self.assertEqual(text.count("logged by"), 4)
        self.expect(run("cert", "verify", host / "nebula" / "host.crt", "--ca",
                        host / "nebula" / "ca.crt", "--proofs", host / "proofs"), USAGE,
                    "--authority")
        self.verify_outside("web-1")

    def test_cert_verify_fails_when_fewer_than_t_parties_are_proven_to_have_logged(self):
        alpha, _, gamma = self.trio()
        signers = self.enrolled(alpha, "web-1")["signers"]
        self.enrolled(gamma, "db-1")
        proofs = self.scene.root / "web-1" / "proofs"
        one = proofs / f"nebula-v2.{signers[1]}.tlog-proof"
        whole = one.read_text()

        def expect_only_first(version_1, version_2):
            self.assertTrue(version_1["ok"])
            self.assertFalse(version_2["ok"])
            self.assertIn(f"only {signers[0]} is proven", version_2["reason"])
            self.assertEqual([e["party"] for e in version_2["logged_by"]], signers[:1])

        lines = whole.split("\n")
        for at in (1, 2, 3, -2):  # entry, index, hash or checkpoint, last signature
            bad = list(lines)
            middle = len(bad[at]) - 9
            bad[at] = bad[at][:middle] + ("B" if bad[at][middle] == "A" else "A") + \
                bad[at][middle + 1:] if at != 2 else "index 0"
            one.write_text("\n".join(bad))
            verdicts = self.verify_logged("web-1", status=VERIFICATION)
            expect_only_first(*verdicts)
            self.assertIn(one.name, verdicts[1]["wrong_proofs"])
        one.unlink()
        expect_only_first(*self.verify_logged("web-1", status=VERIFICATION))
        # A second proof by the same party is none by another.
        one.write_text((proofs / f"nebula-v2.{signers[0]}.tlog-proof").read_text())
        expect_only_first(*self.verify_logged("web-1", status=VERIFICATION))
        one.write_text(whole)
        self.verify_logged("web-1")
        shutil.rmtree(proofs)
        shutil.copytree(self.scene.root / "db-1" / "proofs", proofs)
        for verdict in self.verify_logged("web-1", status=VERIFICATION):
            self.assertFalse(verdict["ok"])
            self.assertIn("no party", verdict["reason"])
            self.assertEqual(len(verdict["wrong_proofs"]), 4)
        # Enrolled anew, the proofs are those of the new certificates.
        (proofs / "nebula-v1.gone.tlog-proof").write_text("old")
        again = alpha.invite("web-1")
        self.expect(self.scene.enroll(again, "web-1", "--force"), DONE)
        self.verify_logged("web-1")
        self.assertFalse((proofs / "nebula-v1.gone.tlog-proof").exists())

    def expect_same_hosts(self, names):
        """Every party learns of every host within seconds."""
        for party in self.scene.parties.values():
            wait_until(lambda: {h["name"] for h in party.hosts()} == set(names),
                       f"{party.name} to know {names}", 10)
        listed = [sorted(p.hosts(), key=lambda h: h["name"]) for p in self.scene.parties.values()]
        for other in listed[1:]:
            self.assertEqual(other, listed[0])

    def check_logs(self, hosts):
        for party in self.scene.parties.values():
            if party.up():
                self.assertEqual(party.stop(), DONE)
        logs.check(self, {p.name: logs.read(p.export_log()) for p in self.scene.parties.values()},
                   {host: self.scene.certificate(host).read_text() for host in hosts}, 2)

    def test_a_host_enrols_whichever_party_is_away(self):
        alpha, beta, gamma = self.trio()
        self.enrolled(beta, "all-there", "--group", "web", "--group", "db")
        names = ["all-there"]
        for away in (alpha, beta, gamma):
            host = f"without-{away.name}"
            inviter = beta if away is alpha else alpha
            away.kill()
            enrolled = self.enrolled(inviter, host)
            self.assertNotIn(away.name, enrolled["signers"])
            names.append(host)
            away.serve()
        for host in names:
            self.verify_outside(host)
        certificates = self.scene.show("all-there")
        self.assertEqual({c["version"] for c in certificates}, {1, 2})
        for certificate in certificates:
            self.assertEqual(certificate["name"], "all-there")
            self.assertEqual(certificate["groups"], ["web", "db"])
            self.assertFalse(certificate["is_ca"])
        self.check_logs(names)

    def test_two_absent_parties_are_named_and_the_same_command_works_later(self):
        alpha, beta, gamma = self.trio()
        invitation = alpha.invite("patient")
        beta.kill()
        gamma.kill()
        self.expect(self.scene.enroll(invitation, "patient"), UNREACHABLE, "beta", "gamma")
        request = (self.scene.root / "patient" / "enroll.request").read_bytes()
        self.expect(self.scene.enroll(invitation, "patient"), UNREACHABLE)
        self.assertEqual((self.scene.root / "patient" / "enroll.request").read_bytes(), request)
        # A copy of the host that asks the same again must get the same certificates.
        shutil.copytree(self.scene.root / "patient", self.scene.root / "copy")
        alpha.kill()
        self.expect(self.scene.enroll(invitation, "patient"), UNREACHABLE)
        beta.serve()
        gamma.serve()
        enrolled = self.expect(self.scene.enroll(invitation, "patient"), DONE).json()
        self.assertEqual(enrolled["signers"], ["beta", "gamma"])
        self.assertFalse((self.scene.root / "patient" / "enroll.request").exists())
        alpha.serve()
        self.expect_same_hosts(["patient"])
        self.expect(self.scene.enroll(invitation, "copy"), DONE)
        self.assertEqual(self.scene.certificate("copy").read_bytes(),
                         self.scene.certificate("patient").read_bytes())
        self.check_logs(["patient"])

    def post(self, party, request):
        """POST /v1/enroll at this party and no other: the status and the document."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(party.api, context=context, timeout=30)
        try:
            body = json.dumps({"request": base64.b64encode(request).decode()})
            connection.request("POST", "/v1/enroll", body)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def test_what_one_coordinator_could_not_finish_another_finishes_at_once(self):
        alpha, beta, gamma = self.trio()
        alpha.kill()
        self.enrolled(beta, "first")  # so that beta and alpha propose different addresses
        invitation = beta.invite("patient")
        alpha.serve()
        beta.kill()
        gamma.kill()
        self.expect(self.scene.enroll(invitation, "patient"), UNREACHABLE)
        request = (self.scene.root / "patient" / "enroll.request").read_bytes()
        beta.serve()
        wait_until(lambda: self.post(beta, request)[0] == 200, "beta and alpha to issue")

    def test_an_invitation_is_used_once_and_only_in_time(self):
        alpha, beta, gamma = self.trio()
        once = alpha.invite("once")
        self.expect(self.scene.enroll(once, "once"), DONE)
        self.expect(self.scene.enroll(once, "once"), FAILED, "enrolled already", "--force")
        before = self.scene.certificate("once").read_bytes()
        self.expect(self.scene.enroll(once, "once", "--force"), REFUSED, "invitation")
        self.assertEqual(self.scene.certificate("once").read_bytes(), before)
        self.expect(self.scene.enroll(once, "thief"), REFUSED)
        # Nor at a party that did not sign.
        signers = {h["name"]: h["signers"] for h in gamma.hosts()}.get("once", ["alpha", "beta"])
        away = alpha if "alpha" in signers else beta
        away.kill()
        self.expect(self.scene.enroll(once, "thief"), REFUSED)
        away.serve()

        late = alpha.invite("late", "--expires", "1s")
        time.sleep(2.5)
        self.expect(self.scene.enroll(late, "late"), REFUSED, "expire")

        twice = gamma.invite("twice", "--uses", "2")
        first = self.expect(self.scene.enroll(twice, "twice"), DONE).json()
        second = self.expect(self.scene.enroll(twice, "twice", "--force"), DONE).json()
        self.assertNotEqual(first["fingerprints"], second["fingerprints"])
        self.expect(self.scene.enroll(twice, "twice", "--force"), REFUSED, "invitation")

    def test_a_name_has_one_host(self):
        alpha, beta, _ = self.trio()
        self.enrolled(alpha, "web-1")
        for name, host in (("web-1", "other"), ("WEB-1", "upper")):
            invitation = beta.invite(name)
            outcome = self.expect(self.scene.enroll(invitation, host), REFUSED, "name")
            self.assertTrue(any(party in outcome.err for party in NAMES))

    def test_a_tampered_invitation_is_wrong_usage(self):
        alpha = self.trio()[0]
        token = alpha.invite("web-1").read_text().strip()
        middle = len(token) // 2
        for wrong in (token[:-1], token[:middle] + ("A" if token[middle] != "A" else "B") +
                      token[middle + 1:], token + "A", "jointca-invite", ""):
            directory = self.scene.root / "host"
            outcome = run("enroll", "host", wrong, "--host", directory)
            self.assertIn(outcome.status, (USAGE, FAILED) if not wrong else (USAGE,), str(outcome))
            self.assertFalse((directory / "nebula" / "host.crt").exists())
        by_stdin = run("enroll", "host", "-", "--host", self.scene.root / "host", stdin=token + "\n")
        self.expect(by_stdin, DONE)

    def test_addresses_are_the_lowest_free_or_those_of_the_invitation(self):
        alpha, beta, gamma = self.trio()
        self.assertEqual(self.enrolled(alpha, "one")["networks"], ["10.42.0.1/16", "fd42::1/64"])
        self.assertEqual(self.enrolled(beta, "two")["networks"], ["10.42.0.2/16", "fd42::2/64"])
        fixed = self.enrolled(gamma, "fixed", "--address", "10.42.0.3", "--address", "fd42::99")
        self.assertEqual(fixed["networks"], ["10.42.0.3/16", "fd42::99/64"])
        self.assertEqual(self.enrolled(alpha, "four")["networks"], ["10.42.0.4/16", "fd42::3/64"])
        taken = alpha.invite("taken", "--address", "10.42.0.3")
        self.expect(self.scene.enroll(taken, "taken"), REFUSED, "address")
        self.expect(alpha.invite("outside", "--address", "10.43.0.1"), REFUSED, "address.outside")

    def nebula_key(self, name):
        """A key pair made by nebula-cert: (private, public)."""
        key, pub = self.scene.root / f"{name}.key", self.scene.root / f"{name}.pub"
        program = next(nebula_certs())[0]
        subprocess.run([program, "keygen", "-out-key", key, "-out-pub", pub], check=True)
        return key, pub

    @unittest.skipUnless(any(nebula_certs()), "no nebula-cert")
    def test_a_key_of_nebula_cert_is_certified_when_its_private_half_proves_itself(self):
        alpha = self.trio()[0]
        key, pub = self.nebula_key("made")
        invitation = alpha.invite("web-1")
        self.expect(self.scene.enroll(invitation, "web-1", "--nebula-pub", pub), USAGE,
                    "--nebula-key", "proof")
        self.assertFalse((self.scene.root / "web-1").exists())
        self.expect(self.scene.enroll(invitation, "web-1", "--nebula-key", pub), FAILED, str(pub))
        self.expect(self.scene.enroll(invitation, "web-1", "--nebula-key", key), DONE)
        host_key = self.scene.root / "web-1" / "nebula" / "host.key"
        self.assertEqual(host_key.read_text(), key.read_text())
        self.assertEqual(host_key.stat().st_mode & 0o777, 0o600)
        public = base64.b64decode("".join(pub.read_text().splitlines()[1:-1])).hex()
        self.assertEqual({c["public_key"] for c in self.scene.show("web-1")}, {public})
        self.verify_outside("web-1")
        # No other key takes its place, and the same one is welcome again.
        again = alpha.invite("web-1")
        other, _ = self.nebula_key("other")
        self.expect(self.scene.enroll(again, "web-1", "--force", "--nebula-key", other), FAILED,
                    "another key")
        self.assertEqual(host_key.read_text(), key.read_text())
        self.expect(self.scene.enroll(again, "web-1", "--force", "--nebula-key", key), DONE)

    def test_forty_hosts_enrol_at_once(self):
        parties = self.trio()
        hosts = [f"host-{number}" for number in range(40)]

        def invite(number):
            return parties[number % 3].invite(hosts[number])

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            invitations = list(pool.map(invite, range(len(hosts))))
        with concurrent.futures.ThreadPoolExecutor(len(hosts)) as pool:
            outcomes = list(pool.map(self.scene.enroll, invitations, hosts))
        addresses = set()
        for outcome in outcomes:
            addresses.update(self.expect(outcome, DONE).json()["networks"])
        self.assertEqual(len(addresses), 2 * len(hosts))
        self.expect_same_hosts(hosts)
        self.verify_outside(hosts[0])
        self.check_logs(hosts)


if __name__ == "__main__":
    main()
