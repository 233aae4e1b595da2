"""Parties that withhold their logs, show auditors an old one, or sign and then have another: the
others do without them, and an audit names them."""

import shutil

from harness import (DONE, UNREACHABLE, VERIFICATION, SystemTest, main, run, wait_until)

MISBEHAVIOUR = 6


class Withheld(SystemTest):
    def audit(self, *extra):
        return run("audit", "--authority", self.scene.authority(), "--json", *extra)

    def findings(self, report):
        """(code, severity, party) of each finding that is not part of normal work."""
        return {(finding["code"], finding["severity"], finding["party"])
                for finding in report.json()["findings"] if finding["severity"] != "info"}

    @SystemTest.needs_liar
    def test_nobody_signs_with_a_party_that_shows_nobody_its_log(self):
        alpha, beta, gamma = self.trio()
        self.enrolled(alpha, "before")
        self.replaced_by_liar(beta, "withheld")
        alpha.daemon.wait_for_log("log of beta: it shows nothing of it")
        self.assertEqual(self.enrolled(alpha, "web-1")["signers"], ["alpha", "gamma"])
        gamma.stop()
        invitation = alpha.invite("web-2")
        self.expect(self.scene.enroll(invitation, "web-2"), UNREACHABLE, "beta", "proofs.behind")
        gamma.serve()
        self.expect(self.scene.enroll(invitation, "web-2"), DONE)
        # What the others have copied of its log is enough: none of its entries can be a certificate.
        report = self.audit()
        self.assertEqual(report.status, DONE, str(report))
        self.assertEqual(self.findings(report), {("MISSING_LOG", "warning", "beta"),
                                                 ("MISSING_MIRROR", "warning", "beta")})
        logs = {log["party"]: log for log in report.json()["logs"]}
        self.assertIn(logs["beta"]["server"], ("alpha", "gamma"))

    @SystemTest.needs_liar
    def test_a_log_that_is_older_for_auditors_is_stale_and_lacks_what_was_signed(self):
        alpha, beta, gamma = self.trio()
        self.replaced_by_liar(beta, "stale")
        gamma.stop()  # so that alpha waits for beta
        self.assertEqual(self.enrolled(alpha, "web-1")["signers"], ["alpha", "beta"])
        gamma.serve()
        # The others have copies, gamma's as soon as it has pulled.
        wait_until(lambda: self.findings(self.audit()) == {("STALE_LOG", "warning", "beta")},
                   "an audit that finds beta's log stale, and nothing else")
        self.assertEqual(self.audit().status, DONE)
        # Without the copies: its own word against a signature that it took part in.
        others = [argument for party in (alpha, gamma)
                  for argument in ("--party", f"{party.name}={party.export_log()}")]
        report = self.audit(*others)
        self.assertEqual(report.status, VERIFICATION, str(report))
        self.assertEqual(self.findings(report), {("MISSING_IN_SIGNER_LOG", "critical", "beta")})
        explained = self.audit(self.scene.certificate("web-1"), *others)
        self.assertEqual(explained.status, VERIFICATION, str(explained))
        for one in explained.json():
            self.assertEqual({finding["code"] for finding in one["findings"]},
                             {"MISSING_IN_SIGNER_LOG"})

    def replace_log(self, thief, first, second):
        """The thief signs "one" with the first party while the second is away; then, as it was
        before, it signs with the second."""
        thief.stop()
        older = self.scene.root / "older"
        shutil.copytree(thief.dir, older)
        second.stop()
        thief.serve()
        signers = {thief.name, first.name}
        self.assertEqual(set(self.enrolled(first, "one")["signers"]), signers)
        first.stop()
        thief.stop()
        shutil.rmtree(thief.dir)
        older.rename(thief.dir)
        second.serve()
        thief.serve()
        for host in ("two", "three"):
            self.assertIn(thief.name, self.enrolled(second, host)["signers"])
        first.serve()

    def test_a_log_that_was_replaced_lacks_what_was_signed_and_convicts_its_owner(self):
        alpha, beta, gamma = self.trio()
        self.replace_log(beta, alpha, gamma)
        report = self.audit("--evidence", self.scene.root / "evidence")
        self.assertEqual(report.status, MISBEHAVIOUR, str(report))
        self.assertLessEqual({("MISSING_IN_SIGNER_LOG", "critical", "beta"),
                              ("SPLIT_VIEW", "critical", "beta")}, self.findings(report))
        guilty = {finding["party"] for finding in report.json()["findings"]
                  if finding["severity"] == "critical"}
        self.assertEqual(guilty, {"beta"})
        evidence = [finding["evidence"] for finding in report.json()["findings"]
                    if finding["evidence"]]
        self.assertTrue(evidence)
        for file in evidence:
            proven = run("verify-evidence", file, "--authority", self.scene.authority("gamma"),
                         "--json")
            self.assertEqual(self.expect(proven, DONE).json()["culprit"], "beta")

    def test_the_certificate_itself_shows_what_its_coordinator_took_out_of_its_log(self):
        alpha, beta, gamma = self.trio()
        self.replace_log(alpha, beta, gamma)  # alpha is asked first: it alone logged the outcome
        report = self.audit()
        self.assertEqual(report.status, VERIFICATION, str(report))
        found = self.findings(report)
        self.assertIn(("SPLIT_VIEW", "critical", "alpha"), found)
        self.assertNotIn(("MISSING_IN_SIGNER_LOG", "critical", "alpha"), found)
        explained = self.audit(self.scene.certificate("one"))
        self.assertEqual(explained.status, VERIFICATION, str(explained))
        for one in explained.json():
            self.assertEqual([(finding["code"], finding["severity"], finding["party"])
                              for finding in one["findings"]],
                             [("MISSING_IN_SIGNER_LOG", "critical", "alpha")])


if __name__ == "__main__":
    main()
