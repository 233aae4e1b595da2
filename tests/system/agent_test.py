"""The agent: what it fetches, when it renews, what it says when it cannot."""

import json
import time

from harness import DONE, FAILED, UNREACHABLE, USAGE, SystemTest, main, run, wait_until

BOTH = ("--kind", "nebula,wireguard")
# Dated back by a minute, renewed two thirds into the whole: after 7 s, with up to 5 s of jitter.
SHORT = ("--ttl", "40s")


class Agent(SystemTest):
    def host(self, name="web-1"):
        return self.scene.root / name

    def agent(self, *extra, name="web-1"):
        return run("agent", "--host", self.host(name), "--once", *extra)

    def status(self, name="web-1"):
        return json.loads((self.host(name) / "status.json").read_text())

    def metrics(self, name="web-1"):
        lines = (self.host(name) / "metrics.prom").read_text().splitlines()
        return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))

    def test_a_tick_fetches_what_all_hosts_share_and_tells_how_the_host_stands(self):
        alpha, beta, gamma = self.trio()
        self.enrolled(alpha, "web-1", *BOTH)
        self.expect(self.scene.enroll(alpha.invite("lh", *BOTH, "--lighthouse"), "lh", "--lighthouse", "--endpoint",
                                      "nebula=192.0.2.1:4242"), DONE)
        wait_until(lambda: self.agent().status == DONE, "a list of revocations")
        bindings = json.loads((self.host() / "wireguard" / "bindings.json").read_text())["bindings"]
        own = (self.host() / "wireguard" / "binding.jws").read_text().strip()
        self.assertEqual(len(bindings), 2)
        self.assertIn(own, bindings)
        lighthouses = json.loads((self.host() / "nebula" / "lighthouses.json").read_text())
        self.assertEqual(len(lighthouses["lighthouses"]), 1)
        listed = json.loads(json.loads((self.host() / "revocations.json").read_text())["list"])
        status = self.status()
        self.assertEqual(status["warnings"], [])
        self.assertTrue(status["healthy"])
        self.assertEqual(status["revocations"]["number"], listed["number"])
        self.assertEqual({each["kind"] for each in status["certificates"]},
                         {"nebula-v1", "nebula-v2", "wireguard"})
        metrics = self.metrics()
        self.assertEqual(metrics["jointca_host_healthy"], "1")
        self.assertGreater(int(metrics[
            'jointca_host_certificate_expiry_timestamp_seconds{kind="wireguard",name="web-1"}']),
            time.time())
        self.assertLess(abs(int(metrics["jointca_host_last_contact_timestamp_seconds"])
                            - time.time()), 60)
        self.assertLess(int(metrics["jointca_host_revocations_age_seconds"]), 600)
        shown = self.expect(run("status", "--host", self.host()), DONE).out
        self.assertIn("web-1 of demo", shown)
        self.assertEqual(run("status", "--host", self.host(), "--json").json()["name"], "web-1")

        # The same again writes nothing.
        files = [self.host() / "wireguard" / "bindings.json", self.host() / "revocations.json"]
        before = [file.stat().st_mtime_ns for file in files]
        self.expect(self.agent(), DONE)
        self.assertEqual([file.stat().st_mtime_ns for file in files], before)

        # A revoked host's binding goes.
        for party in (alpha, beta):
            self.expect(party.command("revoke", "lh", "--reason", "gone"), DONE)

        def gone():
            self.agent()
            return json.loads(files[0].read_text())["bindings"] == [own]
        wait_until(gone, "the binding of a revoked host")
        self.assertEqual(self.status()["revocations"]["certificates"], 4)

    def test_it_renews_in_time_again_and_again(self):
        alpha, _, _ = self.trio()
        self.enrolled(alpha, "web-1", *BOTH, *SHORT)
        seen = {self.scene.certificate("web-1").read_bytes()}
        agent = self.scene.start("agent", ["agent", "--host", self.host(), "--interval", "5s"])

        def renewed():
            self.assertTrue(agent.running(), agent.log())
            seen.add(self.scene.certificate("web-1").read_bytes())
            return len(seen) >= 3
        wait_until(renewed, "two renewals", seconds=90)
        self.assertIn("renewed until", agent.log())
        second = self.expect(run("agent", "--host", self.host(), "--once"), FAILED,
                             "another agent runs")
        self.assertEqual(second.out, "")

    def test_without_a_quorum_it_keeps_what_it_has_and_warns(self):
        alpha, beta, gamma = self.trio()
        self.enrolled(alpha, "web-1", *SHORT)
        wait_until(lambda: self.agent().status == DONE, "a list of revocations")
        kept = self.scene.certificate("web-1").read_bytes()
        beta.stop()
        gamma.stop()
        # Not due: what is fetched from one party is enough.
        self.expect(self.agent(), DONE)
        end = time.time() + 40
        while self.agent().status == DONE:
            self.assertLess(time.time(), end)
            time.sleep(1)
        self.expect(self.agent(), UNREACHABLE, "beta")
        self.assertEqual(self.scene.certificate("web-1").read_bytes(), kept)
        failures = self.status()["renewal"]["failures"]
        self.assertGreater(failures, 1)  # in a row, by one run after the other
        self.assertEqual(self.metrics()["jointca_host_renewal_failures"], str(failures))
        wait_until(lambda: self.agent() and not self.status()["healthy"], "the warning", seconds=60)
        self.assertIn("could not be renewed", " ".join(self.status()["warnings"]))
        contact = self.status()["last_contact"]
        alpha.stop()
        self.expect(self.agent(), UNREACHABLE)
        self.assertEqual(self.status()["last_contact"], contact)
        self.assertIn("jointca_host_last_contact_timestamp_seconds", self.metrics())
        self.scene.serve()
        wait_until(lambda: self.agent().status == DONE, "the renewal when they are back")
        self.assertNotEqual(self.scene.certificate("web-1").read_bytes(), kept)
        self.assertEqual(self.status()["warnings"], [])

    def test_a_revoked_host_is_told_so_by_the_exit_status(self):
        alpha, beta, _ = self.trio()
        self.enrolled(alpha, "web-1")
        wait_until(lambda: self.agent().status == DONE, "a list of revocations")
        for party in (alpha, beta):
            self.expect(party.command("revoke", "web-1", "--reason", "gone"), DONE)
        wait_until(lambda: alpha.status()["revocations"]["certificates"], "the list with it")
        # Nothing failed: it was only fetched that this host is no member any more.
        self.expect(self.agent(), FAILED, "warning: the nebula-v1 was revoked")
        self.assertFalse(self.status()["healthy"])

    def test_what_the_agent_wrote_and_cannot_be_read_is_a_warning(self):
        alpha, _, _ = self.trio()
        self.enrolled(alpha, "web-1")
        wait_until(lambda: self.agent().status == DONE, "a list of revocations")
        shown = ("status", "--host", self.host())
        self.expect(run(*shown), DONE)
        for spoilt in ("{", "x" * (1 << 21)):
            (self.host() / "status.json").write_text(spoilt)
            outcome = run(*shown)
            self.assertEqual(outcome.status, FAILED, str(outcome))
            self.assertIn("what the agent wrote cannot be read", outcome.out)
        wait_until(lambda: self.agent().status == DONE, "it is written anew")
        self.expect(run(*shown), DONE)

    def test_what_it_has_ended_is_said_and_not_renewed(self):
        alpha, _, _ = self.trio()
        self.enrolled(alpha, "web-1", "--ttl", "3s")
        wait_until(lambda: self.agent().status not in (DONE,), "the end", seconds=30)
        wait_until(lambda: "ended at" in " ".join(self.status()["warnings"]) or not self.agent(),
                   "the end", seconds=30)

    def test_spoilt_files_are_named_and_nothing_is_lost(self):
        alpha, _, _ = self.trio()
        self.enrolled(alpha, "web-1", *BOTH)
        wait_until(lambda: self.agent().status == DONE, "a list of revocations")
        revocations = self.host() / "revocations.json"
        good = revocations.read_text()
        revocations.write_text(good.replace('"list"', '"lust"'))
        self.expect(self.agent(), DONE, "revocations.json")
        shown = self.expect(run("status", "--host", self.host()), DONE).out
        self.assertRegex(shown, "refused +revocations: .*revocations.json")
        self.assertEqual(json.loads(revocations.read_text())["list"], json.loads(good)["list"])
        bindings = self.host() / "wireguard" / "bindings.json"
        whole = bindings.read_text()
        bindings.write_text('{"bindings":["x.y.z"]}')
        self.expect(self.agent(), DONE)
        self.assertEqual(bindings.read_text(), whole)
        (self.host() / "nebula" / "host.crt").write_text("nonsense")
        self.expect(self.agent(), FAILED, "host.crt")

    def test_wrong_usage(self):
        self.new_scene()
        self.expect(self.agent(name="nobody"), FAILED, "no host was enrolled")
        self.expect(run("agent", "--host", self.host(), "--interval", "1s", "--once"), USAGE,
                    "--interval")


if __name__ == "__main__":
    main()
