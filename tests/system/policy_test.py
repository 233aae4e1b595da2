"""Each party's policy: asked, approved, denied, read again, refused by name."""

import json
import signal

import logs
from harness import (AUTO_POLICY, DONE, FAILED, REFUSED, UNREACHABLE, USAGE, SystemTest, main, run,
                     wait_until)


class Policy(SystemTest):
    def enroll_in_background(self, invitation, host, *extra):
        return self.scene.start(f"{host}.enroll", ["enroll", "host", invitation, "--host",
                                                   self.scene.root / host, "--json", *extra])

    def open_requests(self, party):
        return self.expect(party.command("requests", "--json"), DONE).json()

    def test_without_a_policy_the_operators_are_asked(self):
        alpha, beta, gamma = self.trio(policy=None)
        invitation = alpha.invite("web-1", "--group", "web", "--ttl", "12h")
        waiting = self.enroll_in_background(invitation, "web-1")
        waiting.wait_for_log("waiting for the operators of")
        self.assertEqual(self.open_requests(alpha), [])  # who invites has said yes
        for party in (beta, gamma):
            request, = self.open_requests(party)
            self.assertEqual(request["name"], "web-1")
            self.assertEqual(request["groups"], ["web"])
            self.assertEqual(request["inviter"], "alpha")
            self.assertEqual(request["state"], "open")
        self.assertTrue(waiting.running())
        self.expect(gamma.command("approve", "0" * 16), USAGE, "requests")
        self.expect(gamma.command("approve", request["id"][:4]), USAGE, "digits of the id")
        approved = self.expect(gamma.command("approve", request["id"][:16], "--json"), DONE).json()
        self.assertEqual((approved["id"], approved["state"]), (request["id"], "approved"))
        self.assertEqual(approved["name"], request["name"])
        enrolled = self.expect(waiting.outcome(), DONE).json()
        self.assertEqual(enrolled["signers"], ["alpha", "gamma"])
        self.assertEqual(self.open_requests(gamma), [])
        decided, = self.expect(gamma.command("requests", "--all", "--json"), DONE).json()
        self.assertEqual(decided["state"], "approved")
        self.expect(gamma.command("deny", request["id"], "--reason", "late"), FAILED, "decided")
        for entry in self.issue_entries(gamma):
            self.assertEqual(entry["approved"]["by"], "operator")

    def issue_entries(self, party):
        entries = map(json.loads, logs.read(party.export_log()).entries)
        issued = [entry for entry in entries if entry["type"] == "issue"]
        self.assertTrue(issued)
        return issued

    def test_a_decision_survives_a_restart_and_a_host_that_gave_up_comes_back(self):
        alpha, beta, _ = self.trio(policy=None)
        invitation = alpha.invite("web-1")
        self.expect(self.scene.enroll(invitation, "web-1", "--timeout", "1s"), UNREACHABLE,
                    "waiting for the operators of")
        self.expect(beta.command("approve", self.open_requests(beta)[0]["id"]), DONE)
        for party in (alpha, beta):
            party.kill()
            party.serve()
        self.expect(self.scene.enroll(invitation, "web-1"), DONE)

    def test_a_denial_names_party_and_rule(self):
        alpha, beta, gamma = self.trio(policy=None)
        invitation = alpha.invite("web-1")
        waiting = self.enroll_in_background(invitation, "web-1")
        waiting.wait_for_log("waiting for the operators of")
        identifier = self.open_requests(beta)[0]["id"]
        self.expect(beta.command("deny", identifier), USAGE, "--reason")
        self.expect(beta.command("deny", identifier, "--reason", "unknown machine"), DONE)
        self.assertTrue(waiting.running())
        self.expect(gamma.command("deny", identifier, "--reason", "unknown machine"), DONE)
        self.expect(waiting.outcome(), REFUSED, "refuses by rule", "unknown machine", "operator")
        self.expect(self.scene.enroll(invitation, "web-1"), REFUSED, "beta")

    def test_one_denial_does_not_stop_the_others(self):
        alpha, beta, gamma = self.trio(policy=None)
        invitation = alpha.invite("web-1")
        identifier = self.open_requests(beta)[0]["id"]
        self.expect(beta.command("deny", identifier, "--reason", "no"), DONE)
        self.expect(gamma.command("approve", identifier), DONE)
        enrolled = self.expect(self.scene.enroll(invitation, "web-1"), DONE).json()
        self.assertEqual(enrolled["signers"], ["alpha", "gamma"])

    def set_policy(self, party, text, seen):
        """Gives the party another policy file and waits until it says what it made of it."""
        count = party.daemon.log().count(seen)
        party.policy.write_text(text)
        party.daemon.signal(signal.SIGHUP)
        wait_until(lambda: party.daemon.log().count(seen) > count, f"{party.name}: {seen}")

    def test_sighup_reads_the_policy_again(self):
        alpha, beta, gamma = self.trio()
        self.enrolled(alpha, "web-1")
        databases = AUTO_POLICY.replace('names: ["*"]', 'names: ["db-*"]')
        for party in (beta, gamma):
            self.set_policy(party, databases, "policy: ")
        refused = self.expect(self.scene.enroll(alpha.invite("web-2"), "web-2"), REFUSED,
                              "name.not_allowed")
        self.assertRegex(refused.err, "beta|gamma")
        for party in (beta, gamma):
            broken = databases + "max_tll: 3d\n"
            self.set_policy(party, broken, "policy not changed: ")
            self.assertRegex(party.daemon.log(), r"policy not changed: \S*policy.yaml line 7.*max_tll")
            self.set_policy(party, "names: [", "policy not changed: ")
        self.expect(self.scene.enroll(alpha.invite("web-3"), "web-3"), REFUSED, "name.not_allowed")
        self.enrolled(alpha, "db-1")
        for party in (beta, gamma):
            self.set_policy(party, AUTO_POLICY, "policy: ")
        self.enrolled(alpha, "web-4")

    def test_what_a_policy_does_not_allow_is_refused_by_rule_and_party(self):
        policy = """networks: [10.42.0.0/24]
names: ["web-*", "db-*"]
groups: [web]
kinds: [nebula]
max_ttl: 2h
approve: auto
rules:
  - name: no-test-machines
    match: {names: ["*-test"]}
    deny: true
"""
        alpha, beta, gamma = self.trio()
        for party in (beta, gamma):
            self.set_policy(party, policy, "policy: ")
        fine = ["--ttl", "1h", "--group", "web", "--address", "10.42.0.7"]
        for host, terms, rule in (
                ("mail", fine, "name.not_allowed"),
                ("web-1", [*fine, "--group", "admin"], "groups.not_allowed"),
                ("web-1", ["--ttl", "3h", *fine[2:]], "ttl.too_long"),
                ("web-1", ["--ttl", "1h", "--address", "10.42.1.7"], "address.outside"),
                ("web-test", fine, "no-test-machines")):
            with self.subTest(rule):
                invitation = alpha.invite(host, *terms)
                refused = self.expect(self.scene.enroll(invitation, rule), REFUSED, rule)
                self.assertRegex(refused.err, "(beta|gamma) refuses by rule")

    def test_kinds_and_broken_files_are_refused_at_the_start(self):
        alpha = self.trio()[0]
        self.expect(alpha.invite("web-1", "--kind", "wireguard"), USAGE, "nebula")
        alpha.stop()
        for text, place in (("names: [", "line"), ("nmaes: []\n", "nmaes"),
                            ("approve: auto\napprove: ask\n", "line 2"), ("max_ttl: soon\n", "line 1")):
            process = self.scene["alpha"].serve(text, wait=False)
            outcome = process.outcome()
            self.expect(outcome, FAILED, str(alpha.policy), place)
            self.expect(run("policy", "check", alpha.policy), FAILED, str(alpha.policy), place)
        missing = run("serve", "--dir", alpha.dir, "--policy", self.scene.root / "none.yaml")
        self.expect(missing, FAILED, "none.yaml")
        alpha.policy.write_text(AUTO_POLICY)
        self.assertEqual(self.expect(run("policy", "check", alpha.policy, "--json"), DONE).json(),
                         {"ok": True, "rules": 0})
        self.assertTrue(self.expect(run("policy", "check", alpha.policy), DONE).out)


if __name__ == "__main__":
    main()
