"""Each party's policy: asked, approved, denied, read again, refused by name."""

import json
import signal
import time

import logs
from harness import (AUTO_POLICY, DONE, FAILED, REFUSED, UNREACHABLE, USAGE, VERIFICATION, SystemTest,
                     main, run, wait_until)


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
        self.expect(gamma.command("deny", request["id"], "--reason", "late"), FAILED, "final")
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
        denied = self.expect(beta.command("deny", identifier, "--reason", "no"), DONE)
        self.assertRegex(denied.out, "word of beta only.*2 other parties")
        self.expect(gamma.command("approve", identifier), DONE)
        enrolled = self.expect(self.scene.enroll(invitation, "web-1"), DONE).json()
        self.assertEqual(enrolled["signers"], ["alpha", "gamma"])

    def test_denials_and_absences_are_told_apart_by_what_they_leave_possible(self):
        alpha, beta, gamma = self.trio(policy=None)
        invitation = alpha.invite("web-1")
        identifier = self.open_requests(beta)[0]["id"]
        self.expect(beta.command("deny", identifier, "--reason", "unknown machine"), DONE)
        gamma.kill()
        # With gamma there would be two: it may come back and say yes.
        self.expect(self.scene.enroll(invitation, "web-1"), UNREACHABLE, "gamma (cannot be reached)",
                    "beta refuses by rule operator.denied", "unknown machine", f"gamma at {gamma.api}",
                    f"alpha at {alpha.api}")
        gamma.serve()
        self.expect(gamma.command("deny", identifier, "--reason", "nor here"), DONE)
        # Now nobody can come back who would make it two.
        self.expect(self.scene.enroll(invitation, "web-1"), REFUSED, "operator.denied")
        alpha.kill()
        self.expect(self.scene.enroll(invitation, "web-1"), REFUSED, "operator.denied")

    def test_a_denial_that_absent_parties_cannot_outvote_refuses(self):
        alpha, beta, gamma = self.trio(policy=None, min_signers=3)
        invitation = alpha.invite("web-1")
        identifier = self.open_requests(beta)[0]["id"]
        denied = self.expect(beta.command("deny", identifier, "--reason", "unknown machine"), DONE)
        self.assertIn("All 3 parties must approve", denied.out)
        gamma.kill()
        self.expect(self.scene.enroll(invitation, "web-1"), REFUSED, "beta refuses by rule")

    def test_who_is_absent_and_whose_operator_has_to_decide_are_both_named(self):
        alpha, beta, gamma = self.trio(policy=None, min_signers=3)
        invitation = alpha.invite("web-1")
        gamma.kill()
        self.expect(self.scene.enroll(invitation, "web-1"), UNREACHABLE, "gamma (cannot be reached)",
                    "beta (its operator has to decide)")
        self.expect(beta.command("approve", self.open_requests(beta)[0]["id"]), DONE)
        gamma.serve()
        self.expect(gamma.command("approve", self.open_requests(gamma)[0]["id"]), DONE)
        self.expect(self.scene.enroll(invitation, "web-1"), DONE)

    def test_a_waiting_host_is_told_of_once_in_the_log(self):
        alpha, beta, gamma = self.trio(policy=None)
        invitation = alpha.invite("web-1")
        waiting = self.enroll_in_background(invitation, "web-1")
        identifier = self.open_requests(beta)[0]["id"][:16]
        line = f"web-1 waits for approval: jointca approve {identifier} --dir "
        for party in (beta, gamma):
            party.daemon.wait_for_log(line + str(party.dir))
        time.sleep(5)  # two polls
        self.assertTrue(waiting.running())
        for party in (beta, gamma):
            self.assertEqual(party.daemon.log().count(line), 1)
        self.assertNotIn(line, alpha.daemon.log())
        self.expect(beta.command("approve", identifier), DONE)
        self.expect(waiting.outcome(), DONE)

    def test_requests_shows_what_can_still_be_decided(self):
        alpha, beta, gamma = self.trio(policy=None)
        self.expect(alpha.command("invite", "late", "--expires", "20s"), DONE,
                    "of whom 1 must approve: beta, gamma")
        used = alpha.invite("used")
        waits = lambda party: party.command("status", "--json").json()["pending_approvals"]
        self.assertEqual(waits(beta), 2)
        identifier = [r["id"] for r in self.open_requests(gamma) if r["name"] == "used"][0]
        self.expect(gamma.command("approve", identifier), DONE)
        self.expect(self.scene.enroll(used, "used"), DONE)
        wait_until(lambda: self.open_requests(beta) == [], "nothing to decide")
        self.assertEqual(waits(beta), 0)
        states = {r["name"]: r["state"]
                  for r in self.expect(beta.command("requests", "--all", "--json"), DONE).json()}
        self.assertEqual(states, {"late": "expired", "used": "used"})

    def test_who_has_to_approve_is_told_to_the_inviter(self):
        alpha, _, gamma = self.trio()
        self.assertEqual(self.expect(alpha.command("invite", "web-1"), DONE).err, "")
        self.set_policy(gamma, AUTO_POLICY.replace("auto", "ask"), "policy: ")
        told = self.expect(alpha.command("invite", "web-2"), DONE, "not needed", "beta", ": gamma (")
        self.assertNotIn("must approve", told.err)
        gamma.kill()
        self.expect(alpha.command("invite", "web-3"), DONE, "not reached", "gamma")
        self.expect(alpha.command("invite", "web-4", "--ttl", "400d"), REFUSED, "ttl.too_long")
        alpha.stop()
        alpha.serve(AUTO_POLICY.replace("30d", "500d"))
        self.expect(alpha.command("invite", "web-4", "--ttl", "400d"), DONE, "end with the CA")

    def test_an_invitation_that_this_party_or_the_authority_refuses_is_not_made(self):
        policy = AUTO_POLICY.replace('names: ["*"]', 'names: ["web-*"]').replace("30d", "2h")
        alpha, beta, _ = self.trio(groups=("web",))
        self.set_policy(alpha, policy, "policy: ")
        ttl = ["--ttl", "1h"]
        for arguments, rule in ((["mail", *ttl], "name.not_allowed"),
                                (["web-1", "--ttl", "3h"], "ttl.too_long: rule default allows at most 2h"),
                                (["web-1", *ttl, "--group", "admin"], "groups.not_allowed"),
                                (["web-1", *ttl, "--address", "192.0.2.1"], "address.outside"),
                                (["web-1", *ttl, "--address", "10.42.0.0"], "address.network")):
            with self.subTest(rule):
                refused = self.expect(alpha.command("invite", *arguments), REFUSED, rule)
                self.assertIn("alpha refuses by rule", refused.err)
        self.expect(alpha.command("invite", "web-1", *ttl, "--expires", "1000d"), USAGE,
                    "expires", "CA certificate")
        self.expect(alpha.command("invite", "web-1", *ttl, "--group", "web"), DONE)
        # The others decide for themselves.
        self.expect(beta.command("invite", "mail", "--ttl", "3h"), DONE)
        for party in self.scene.parties.values():
            self.assertNotIn("192.0.2.1", json.dumps(party.command("requests", "--all",
                                                                   "--json").json()))

    def check(self, policy, request, *arguments):
        """What this policy says to this: exit status, decision, rule."""
        file = self.scene.root / "checked.yaml"
        file.write_text(policy)
        said = run("policy", "check", file, "--request", request, "--json", *arguments)
        self.assertEqual(said.err, "", str(said))
        answer = said.json()
        text = run("policy", "check", file, "--request", request, *arguments)
        self.assertEqual(text.status, said.status)
        self.assertRegex(text.out, f"^{answer['decision']} by rule {answer['rule']}: ")
        return said.status, answer["decision"], answer["rule"]

    def test_a_policy_can_be_asked_what_it_would_say(self):
        alpha, beta, _ = self.trio(policy=None)
        authority = self.scene.authority()
        invitation = alpha.invite("web-1", "--ttl", "12h")
        token = invitation.read_text().strip()
        self.expect(self.scene.enroll(invitation, "web-1", "--timeout", "1s"), UNREACHABLE)
        request = self.scene.root / "web-1" / "enroll.request"
        ask = AUTO_POLICY.replace("auto", "ask")
        for policy, said in (
                (AUTO_POLICY, (DONE, "approve", "default")),
                (ask, (DONE, "ask", "default")),
                ("", (DONE, "ask", "default")),
                (AUTO_POLICY.replace("30d", "2h"), (REFUSED, "refuse", "ttl.too_long")),
                (ask + "rules: [{name: web, match: {names: ['web-*']}, approve: auto}]\n",
                 (DONE, "approve", "web")),
                ("rules: [{name: web, deny: true}]\n", (REFUSED, "refuse", "policy.denied"))):
            self.assertEqual(self.check(policy, invitation), said)
        # Whatever the request is given as, and whether or not the authority is.
        for given in (token, invitation, request):
            for extra in ([], ["--authority", authority]):
                with self.subTest(given=str(given)[:30], extra=extra):
                    self.assertEqual(self.check(AUTO_POLICY, given, *extra),
                                     (DONE, "approve", "default"))
                    self.assertEqual(self.check(AUTO_POLICY.replace("30d", "2h"), given, *extra),
                                     (REFUSED, "refuse", "ttl.too_long"))
        # Who invites is known to the authority alone.
        by_beta = "approve: auto\ninvite_from: [beta]\n"
        self.assertEqual(self.check(by_beta, invitation), (DONE, "approve", "default"))
        self.assertEqual(self.check(by_beta, invitation, "--authority", authority),
                         (REFUSED, "refuse", "invitation.inviter"))
        checked = self.scene.root / "checked.yaml"
        conditional = run("policy", "check", checked, "--request", invitation)
        self.assertIn("not known", self.expect(conditional, DONE).out)

    def test_what_is_no_request_is_not_judged(self):
        alpha = self.trio(policy=None)[0]
        policy = self.scene.root / "checked.yaml"
        policy.write_text(AUTO_POLICY)
        invitation = alpha.invite("web-1")
        check = lambda *arguments: run("policy", "check", policy, *arguments)
        self.expect(check("--request", self.scene.root / "none"), FAILED, "none")
        self.expect(check("--request", policy), USAGE, "neither an invitation nor")
        self.expect(check("--request", "jointca-invite1.AAAA"), USAGE, "invitation")
        self.expect(check("--authority", self.scene.authority()), USAGE, "--request")
        # Of another authority.
        other = self.new_scene()
        other.add("alpha", "beta")
        other.keygen()
        self.expect(check("--request", invitation, "--authority", other.authority()), USAGE,
                    "another authority")
        self.expect(self.scene.enroll(invitation, "web-1", "--timeout", "1s"), UNREACHABLE)
        request = bytearray((self.scene.root / "web-1" / "enroll.request").read_bytes())
        request[-1] ^= 1
        tampered = self.scene.root / "tampered"
        tampered.write_bytes(request)
        self.expect(check("--request", tampered), VERIFICATION, "request.key_possession")

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

    def test_what_a_party_refused_stands_in_its_log_once(self):
        alpha, beta, gamma = self.trio()
        for party in (beta, gamma):
            party.policy.write_text(AUTO_POLICY.replace('names: ["*"]', 'names: ["db-*"]'))
            party.daemon.signal(signal.SIGHUP)
        for party in (beta, gamma):
            wait_until(lambda: party.daemon.log().count("policy: ") == 2, "the policy")
        invitation = alpha.invite("web-1")
        for _ in range(3):
            self.expect(self.scene.enroll(invitation, "web-1"), REFUSED, "name.not_allowed")
        for party in (beta, gamma):
            wait_until(lambda: self.refusals(party), "a refusal in the log")
            refusal, = self.refusals(party)
            self.assertEqual(refusal["rule"], "name.not_allowed")
            self.assertIn("web-1", refusal["reason"])
        self.assertEqual(self.refusals(alpha), [])
        # The log goes on, and an auditor counts them.
        self.assertIn("beta", self.enrolled(alpha, "db-1")["signers"])
        counted = {log["party"]: log["entries"]["refusal"] for log in self.audited()["logs"]}
        self.assertEqual(counted, {"alpha": 0, "beta": 1, "gamma": 1})

    def refusals(self, party):
        return [entry for entry in map(json.loads, logs.read(party.export_log()).entries)
                if entry["type"] == "refusal"]

    def test_kinds_and_broken_files_are_refused_at_the_start(self):
        alpha = self.trio()[0]
        self.expect(alpha.invite("web-1", "--kind", "x509"), REFUSED, "kind.not_allowed")
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
