"""From enrolment to a Nebula that carries pings, in network namespaces: renewal, revocation, expiry,
rotation of the CA, and what is put back."""

import datetime
import json
import re
import signal
import subprocess
import time
import unittest

from harness import AUTO_POLICY, DONE, FAILED, VERIFICATION, main, wait_until
from nebula_hosts import DEBIAN, NEWEST, InstallTest, list_of
from netns import Switch, needs_root

HUP = "Caught HUP"


@needs_root
@unittest.skipUnless(NEWEST and DEBIAN, "needs JOINTCA_TOOLS with the newest nebula, and Debian's")
class Mesh(InstallTest):
    """A lighthouse and two hosts: Debian's 1.6.1 beside the newest."""

    def setUp(self):
        super().setUp()
        self.switch = Switch()
        self.addCleanup(self.switch.close)
        self.machine, self.nebula = {}, {}

    def start(self, host, *launcher, config=None):
        """Nebula with what was installed; its pid file."""
        machine = self.machine[host]
        command = [self.program[host], "-config", config or self.to(host) / "config.yml"]
        if launcher:
            command = [*launcher, " ".join(map(str, command)) + "; exit"]
        process = self.scene.start_program(f"{host}.nebula", machine.inside(*command))
        self.nebula[host] = process
        wait_until(lambda: "interface is active" in process.out() or not process.running(),
                   f"nebula of {host}")
        self.assertTrue(process.running(), process.out() + process.log())
        self.pid_file(host).write_text(f"{process.process.pid}\n")

    def pid_file(self, host):
        return self.scene.root / f"{host}.pid"

    def reload_flags(self, host):
        return ["--pid-file", self.pid_file(host), "--nebula-log", self.nebula[host].out_path]

    def address(self, host, version=4):
        return next(n.split("/")[0] for n in self.scene.show(host)[-1]["networks"]
                    if (":" in n) == (version == 6))

    def mesh(self, hosts=("lighthouse", "old", "new"), flags=(), policy=AUTO_POLICY, keygen=None,
             **programs):
        self.parties = self.trio(policy + "revoke: auto\n", **(keygen or {}))
        for host in hosts:
            self.program[host] = programs.get(host, NEWEST)
            self.machine[host] = self.switch.add(host)
        endpoint = f"{self.machine['lighthouse'].address}:4242"
        self.enrol("lighthouse", "--lighthouse", "--endpoint", endpoint)
        token = (self.dir("lighthouse") / "nebula" / "lighthouse.jws").read_text().strip()
        for host in hosts:
            if host != "lighthouse":
                self.enrol(host)
            (self.dir(host) / "nebula" / "lighthouses.json").write_text(
                json.dumps({"lighthouses": [token]}))
            report = self.installed(host, *flags)
            self.assertEqual(report["lighthouse"], host == "lighthouse")
            self.assertEqual(report["left_out"], [])
            self.assertEqual([each["endpoints"] for each in report["lighthouses"]],
                             [] if host == "lighthouse" else [[endpoint]])
            # A lighthouse before 1.10 would be warned of, but for this flag.
            self.assertEqual(report["warnings"], [])
        for host in hosts:
            self.start(host)

    def restart(self, host):
        self.nebula[host].signal(signal.SIGTERM)
        self.nebula[host].wait()
        self.start(host)

    def test_hosts_reach_each_other_over_ipv6_beside_one_that_knows_only_version_1(self):
        self.mesh(("lighthouse", "old", "new", "other"), old=DEBIAN)
        old, new, other = (self.machine[host] for host in ("old", "new", "other"))
        new.wait_for_ping(self.address("other", 6))
        other.wait_for_ping(self.address("new", 6))
        # Whoever begins: the newest with 1.6.1, and 1.6.1 with the newest.
        new.wait_for_ping(self.address("old"))
        old.wait_for_ping(self.address("other"))
        self.assertNotIn("v6 address using a v1 protocol", self.nebula["new"].out())

    def test_a_lighthouse_that_was_away_knows_ipv6_addresses_again(self):
        self.mesh()
        self.machine["new"].wait_for_ping(self.address("old", 6))
        # What is asked of the lighthouse first is IPv4: a ping that never ends.
        self.scene.start_program("ping", self.machine["new"].inside(
            "ping", "-i", "0.1", self.address("lighthouse")))
        self.restart("lighthouse")
        self.machine["new"].wait_for_ping(self.address("lighthouse"))
        self.restart("old")
        self.machine["old"].wait_for_ping(self.address("new", 6), 40)

    def test_a_lighthouse_before_1_10_serves_hosts_that_ask_it_over_ipv4(self):
        self.mesh(flags=("--ipv4-lighthouses",), lighthouse=DEBIAN)
        self.machine["new"].wait_for_ping(self.address("old"))
        self.machine["old"].wait_for_ping(self.address("lighthouse"))

    def test_hosts_of_an_authority_with_ipv6_alone_have_version_2_alone(self):
        network = "fd42::/64"
        self.mesh(policy=AUTO_POLICY.replace("10.42.0.0/16, ", ""), keygen={"networks": (network,)})
        for host in self.machine:
            self.assertEqual([each["version"] for each in self.scene.show(host)], [2])
        self.machine["new"].wait_for_ping(self.address("old", 6))
        self.machine["old"].wait_for_ping(self.address("lighthouse", 6))

    def test_from_enrolment_to_pings_and_a_renewal_under_them(self):
        self.mesh(old=DEBIAN)
        self.machine["old"].wait_for_ping(self.address("new"))
        self.machine["new"].wait_for_ping(self.address("old"))
        self.machine["new"].wait_for_ping(self.address("lighthouse", 6))
        # Nothing new: no write, no signal.
        for host in ("lighthouse", "old", "new"):
            before = self.tree(host)
            again = self.installed(host, *self.reload_flags(host))
            self.assertEqual((again["changed"], again["reload"]), (False, "none"))
            self.assertEqual(self.tree(host), before)
            self.assertNotIn(HUP, self.nebula[host].out())
        # New certificates, under a ping of every tenth of a second.
        for host, peer, flags in (("new", "lighthouse", ()), ("old", "new", ()),
                                  ("new", "lighthouse", ("--rekey",))):
            key = (self.to(host) / "host.key").read_bytes()
            ping = self.scene.start_program(f"{host}.ping", self.machine[host].inside(
                "ping", "-i", "0.1", "-c", "80", "-W", "1", self.address(peer)))
            self.renew(host, *flags)
            report = self.installed(host, *self.reload_flags(host))
            self.assertEqual((self.to(host) / "host.key").read_bytes() != key, bool(flags))
            self.assertEqual((report["changed"], report["reload"], report["restart_needed"]),
                             (True, "confirmed", False))
            self.assertEqual(report["fingerprints"],
                             [c["fingerprint"] for c in self.scene.show(host)])
            ping.wait()
            lost = int(re.search(r"(\d+)% packet loss", ping.out())[1])
            print(f"renewal of {host} ({self.program[host]}){' '.join(('', *flags))}: {lost}% of 80 "
                  "pings lost")
            self.assertLessEqual(lost, 3, ping.out())
            self.assertIn("refreshed from disk", self.nebula[host].out())

    def test_a_revoked_host_is_cut_off(self):
        self.mesh(old=DEBIAN)
        for host in ("old", "lighthouse"):
            self.machine[host].wait_for_ping(self.address("new"))
        alpha = self.parties[0]
        revoked = [each["fingerprint"] for each in self.scene.show("new")]
        self.expect(alpha.command("revoke", "new", "--reason", "test"), DONE)
        document = wait_until(lambda: list_of(alpha, revoked), "a list with it")
        for host in ("old", "lighthouse"):
            (self.dir(host) / "revocations.json").write_bytes(document)
            start = time.monotonic()
            report = self.installed(host, *self.reload_flags(host))
            self.assertEqual((report["blocked"], report["reload"]), (2, "confirmed"))
            self.machine[host].wait_for_silence(self.address("new"))
            print(f"{self.program[host]}: cut off {time.monotonic() - start:.1f} s after install")
        self.machine["old"].wait_for_ping(self.address("lighthouse"))
        time.sleep(2)  # it stays so
        self.assertFalse(self.machine["new"].pings(self.address("old")))

    def test_other_networks_are_announced_as_a_restart(self):
        self.mesh()
        before = self.address("new")
        self.enrol("new", "--force")  # the lowest free address, while the old one is taken
        self.assertNotEqual(self.address("new"), before)
        report = self.installed("new", *self.reload_flags("new"))
        self.assertTrue(report["restart_needed"])
        self.assertIn("networks", report["restart_reasons"][0])
        self.assertTrue(self.nebula["new"].running())
        self.machine["lighthouse"].wait_for_ping(before)
        # It is not forgotten: nothing changes, and then a renewal for the same networks.
        self.assertTrue(self.installed("new", *self.reload_flags("new"))["restart_needed"])
        self.renew("new")
        again = self.installed("new", *self.reload_flags("new"))
        self.assertEqual((again["changed"], again["restart_reasons"]),
                         (True, report["restart_reasons"]))
        self.nebula["new"].signal(signal.SIGTERM)
        self.nebula["new"].wait()
        self.start("new")
        self.assertFalse(self.installed("new", *self.reload_flags("new"))["restart_needed"])
        self.machine["new"].wait_for_ping(self.address("lighthouse"))
        self.machine["lighthouse"].wait_for_ping(self.address("new"))

    def test_what_has_no_effect_is_put_back(self):
        self.mesh()
        self.machine["old"].wait_for_ping(self.address("new"))
        before = (self.to("new") / "host.crt").read_bytes()
        self.renew("new")
        # A nebula that uses other files.
        outcome = self.install("new", "--pid-file", self.pid_file("old"))
        self.expect(outcome, FAILED, "did not read the files", "previous files are in force again")
        self.assertEqual((self.to("new") / "host.crt").read_bytes(), before)
        # A log in which nothing comes.
        silent = self.scene.root / "silent.log"
        silent.write_text("")
        outcome = self.install("new", "--pid-file", self.pid_file("new"), "--nebula-log", silent)
        self.expect(outcome, FAILED, "no word", "previous files are in force again")
        self.assertEqual((self.to("new") / "host.crt").read_bytes(), before)
        self.assertTrue(self.machine["old"].pings(self.address("new"), 3))
        self.assertEqual(self.installed("new", *self.reload_flags("new"))["reload"], "confirmed")
        self.assertTrue(self.machine["old"].pings(self.address("new"), 5))

    def test_nebula_below_a_launcher_reads_a_fragment_again(self):
        self.mesh()
        self.nebula["new"].signal(signal.SIGTERM)
        self.nebula["new"].wait()
        # What was config.yml becomes the operator's own, and is edited.
        self.installed("new", "--fragment")
        own = self.to("new") / "config.yml"
        self.assertFalse(own.is_symlink())
        own.write_text(own.read_text().replace("punch: true", "punch: false"))
        edited = own.read_bytes()
        self.start("new", "sh", "-c", config=self.to("new"))
        self.renew("new")
        report = self.installed("new", "--fragment", *self.reload_flags("new"))
        self.assertEqual(report["reload"], "confirmed")
        self.assertEqual(own.read_bytes(), edited)
        self.assertTrue(self.nebula["new"].running())
        self.machine["old"].wait_for_ping(self.address("new"))

    def certify(self, host, number, ca, **files):
        """Instead of what was enrolled: a leaf of this CA by nebula-cert, and this bundle, of no
        authority."""
        made = self.dir(host) / "nebula"
        (self.dir(host) / "authority.json").unlink(missing_ok=True)
        key, pub = made / "host.key", made / "host.pub"
        if not pub.exists():
            key.unlink()
            self.nebula_cert("keygen", "-out-key", key, "-out-pub", pub)
        (made / "host.crt").unlink(missing_ok=True)
        self.nebula_cert("sign", "-version", "1", "-ca-crt", f"{ca}.crt", "-ca-key", f"{ca}.key",
                         "-name", host, "-networks", f"10.42.0.{number}/16", "-in-pub", pub,
                         "-out-crt", made / "host.crt", *files.get("more", ()))
        (made / "ca.crt").write_text("".join((self.scene.root / f"{each}.crt").read_text()
                                             for each in files["bundle"]))

    def nebula_cert(self, *arguments):
        done = subprocess.run([NEWEST + "-cert", *map(str, arguments)], cwd=self.scene.root,
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def pair(self, program, **files):
        """A lighthouse and a host that runs this program, under a CA of nebula-cert."""
        for ca in ("ca1", "ca2"):
            self.nebula_cert("ca", "-version", "1", "-name", ca, "-out-crt", f"{ca}.crt",
                             "-out-key", f"{ca}.key")
        self.hosts = {"lighthouse": 1, "host": 2}
        endpoint = "192.0.2.1:4242"
        self.trio()
        for host, number in self.hosts.items():
            self.machine[host] = self.switch.add(host)
            self.program[host] = NEWEST if host == "lighthouse" else program
            lighthouse = ["--lighthouse", "--endpoint", endpoint] if number == 1 else []
            self.enrol(host, *lighthouse)
            self.certify(host, number, "ca1", bundle=["ca1"], **files.get(host, {}))
        self.flags = {"lighthouse": [], "host": ["--lighthouse", f"10.42.0.1={endpoint}"]}
        for host in self.hosts:
            self.installed(host, *self.flags[host])
            self.start(host)
        self.machine["host"].wait_for_ping("10.42.0.1")

    def test_a_ca_is_rotated_in_three_phases_under_a_ping(self):
        self.pair(DEBIAN)
        ping = self.scene.start_program("ping", self.machine["host"].inside(
            "ping", "-i", "0.1", "-c", "200", "-W", "1", "10.42.0.1"))
        for ca, bundle in (("ca1", ["ca1", "ca2"]), ("ca2", ["ca1", "ca2"]), ("ca2", ["ca2"])):
            for host, number in self.hosts.items():
                self.certify(host, number, ca, bundle=bundle)
                report = self.installed(host, *self.flags[host], *self.reload_flags(host))
                self.assertEqual(report["reload"], "confirmed")
            time.sleep(4)  # a reload makes new tunnels after 2 to 3 s
        ping.wait()
        lost = int(re.search(r"(\d+)% packet loss", ping.out())[1])
        print(f"rotation: {lost}% of 200 pings lost")
        self.assertLessEqual(lost, 3, ping.out())
        self.assertTrue(self.machine["host"].pings("10.42.0.1"))

    def cut_off_at_the_end(self, program):
        self.pair(program, lighthouse={"more": ["-duration", "20s"]})
        self.machine["host"].wait_for_silence("10.42.0.1")
        end = self.scene.show("lighthouse")[0]["not_after"]
        late = time.time() - datetime.datetime.fromisoformat(end.replace("Z", "+00:00")).timestamp()
        print(f"{program}: silent {late:.1f} s after the end of the certificate")
        self.assertGreater(late, 0)
        self.expect(self.install("lighthouse"), VERIFICATION, "expired")

    def test_the_newest_cuts_off_a_host_whose_certificate_ends(self):
        self.cut_off_at_the_end(NEWEST)

    def test_debians_cuts_off_a_host_whose_certificate_ends(self):
        self.cut_off_at_the_end(DEBIAN)


if __name__ == "__main__":
    main()
