"""`jointca nebula install`: what is written, what is refused. No root needed."""

import os
import pathlib
import shutil
import subprocess
import unittest

from harness import AUTO_POLICY, DONE, FAILED, USAGE, VERIFICATION, main, run, wait_until
from nebula_hosts import ANY, InstallTest, list_of, number_of

UNIT = pathlib.Path(__file__).parents[2] / "examples" / "jointca-agent.service"


@unittest.skipUnless(ANY, "no nebula")
class Files(InstallTest):
    def test_a_set_is_installed_once_and_a_second_run_touches_nothing(self):
        self.trio()
        self.enrol("web-1")
        first = self.installed("web-1", "--lighthouse", "10.42.0.9=192.0.2.1:4242")
        self.assertTrue(first["changed"])
        self.assertFalse(first["restart_needed"])
        for name, mode in (("ca.crt", 0o644), ("host.crt", 0o644), ("host.key", 0o600),
                           ("config.yml", 0o644)):
            self.assertEqual((self.to("web-1") / name).stat().st_mode & 0o777, mode, name)
        for name in ("ca.crt", "host.crt", "host.key"):
            self.assertEqual((self.to("web-1") / name).read_bytes(),
                             (self.dir("web-1") / "nebula" / name).read_bytes())
        before = self.tree("web-1")
        second = self.installed("web-1", "--lighthouse", "10.42.0.9=192.0.2.1:4242")
        self.assertFalse(second["changed"])
        self.assertEqual(self.tree("web-1"), before)
        text = self.expect(run("nebula", "install", "--host", self.dir("web-1"), "--to",
                               self.to("web-1"), "--nebula", ANY, "--lighthouse",
                               "10.42.0.9=192.0.2.1:4242"), DONE).out
        self.assertIn("unchanged", text)
        tested = subprocess.run([ANY, "-test", "-config", self.to("web-1") / "config.yml"],
                                capture_output=True, check=False)
        self.assertEqual(tested.returncode, 0, tested.stdout)

    def test_keys_and_certificates_that_do_not_belong_together_are_refused(self):
        self.trio()
        self.enrol("web-1")
        self.enrol("db-1")
        self.installed("web-1")
        before = self.tree("web-1")
        nebula = self.dir("web-1") / "nebula"
        good = {name: (nebula / name).read_bytes() for name in ("ca.crt", "host.crt", "host.key")}
        other = self.dir("db-1") / "nebula"
        for name, rule in (("host.crt", "key pair"), ("host.key", "key pair")):
            (nebula / name).write_bytes((other / name).read_bytes())
            self.expect(self.install("web-1"), VERIFICATION, rule)
            (nebula / name).write_bytes(good[name])
        foreign = self.new_scene()
        foreign.add("alpha", "beta")
        foreign.keygen()
        authority = self.dir("web-1") / "authority.json"
        own = authority.read_bytes()
        authority.write_bytes(foreign.authority().read_bytes())
        self.expect(self.install("web-1"), VERIFICATION, "unknown CA")
        # What the authority says counts, and not what somebody wrote into the bundle.
        authority.write_bytes(own)
        (nebula / "ca.crt").write_bytes((foreign["alpha"].dir / "ca.crt").read_bytes() +
                                        good["ca.crt"])
        self.assertFalse(self.installed("web-1")["changed"])
        self.assertEqual(self.tree("web-1"), before)
        # Of a host without an authority the bundle counts: one of its CAs signed.
        authority.unlink()
        self.assertTrue(self.installed("web-1")["changed"])

    def test_lists_of_revocations_are_verified_again(self):
        alpha = self.trio(AUTO_POLICY + "revoke: auto\n")[0]
        self.enrol("web-1")
        self.enrol("db-1")
        first = wait_until(lambda: list_of(alpha), "a list")
        revoked = {each["fingerprint"] for each in self.scene.show("db-1")}
        self.expect(alpha.command("revoke", "db-1", "--reason", "test"), DONE)
        second = wait_until(lambda: list_of(alpha, revoked), "a list with db-1 in it")
        self.assertGreater(number_of(second), number_of(first))
        kept = self.dir("web-1") / "revocations.json"
        kept.write_bytes(second)
        installed = self.installed("web-1")
        self.assertEqual((installed["blocked"], installed["revocations"]),
                         (len(revoked), number_of(second)))
        config = (self.to("web-1") / "config.yml").read_text()
        for fingerprint in revoked:
            self.assertIn(fingerprint, config)
        before = self.tree("web-1")
        kept.write_bytes(first)
        self.expect(self.install("web-1"), VERIFICATION, f"number {number_of(second)}")
        kept.unlink()
        self.expect(self.install("web-1"), VERIFICATION, f"number {number_of(second)}")
        kept.write_bytes(second.replace(b'"signature":"', b'"signature":"00', 1))
        self.expect(self.install("web-1"), VERIFICATION, "revocations.json")
        kept.write_bytes(second.replace(b'number\\":', b'number\\":1', 1))
        self.expect(self.install("web-1"), VERIFICATION, "revocations.json")
        self.assertEqual(self.tree("web-1"), before)
        # Its own certificate on the list.
        (self.dir("db-1") / "revocations.json").write_bytes(second)
        self.expect(self.install("db-1"), VERIFICATION, "blocked")

    def test_a_configuration_that_nebula_refuses_is_not_put_in_force(self):
        self.trio()
        self.enrol("web-1")
        self.to("web-1").mkdir()
        own = self.to("web-1") / "10-own.yml"
        own.write_text("firewall: {outbound: [{port: any, proto: any, host: any}]}\n")
        self.assertTrue(self.installed("web-1", "--fragment")["changed"])
        before = (self.to("web-1") / "90-jointca-pki.yml").resolve()
        own.write_text("firewall: {outbound: [{port: nonsense, proto: any, host: any}]}\n")
        self.renew("web-1")
        self.expect(self.install("web-1", "--fragment"), FAILED, "nebula -test", "nonsense")
        self.assertEqual((self.to("web-1") / "90-jointca-pki.yml").resolve(), before)
        own.write_text("firewall: {outbound: [{port: any, proto: any, host: any}]}\n")
        self.assertTrue(self.installed("web-1", "--fragment")["changed"])

    def test_a_pid_file_that_is_not_there_is_named(self):
        self.trio()
        self.enrol("web-1")
        missing = self.scene.root / "none.pid"
        report = self.installed("web-1", "--pid-file", missing)
        self.assertEqual(report["reload"], "not running")
        self.assertIn(f"{missing}: no such file", report["warnings"][0])
        missing.write_text("4000000\n")  # of no process
        self.renew("web-1")
        self.assertEqual(self.installed("web-1", "--pid-file", missing)["warnings"], [])

    def test_a_launcher_is_not_signalled(self):
        self.trio()
        self.enrol("web-1")
        sleeper = self.scene.start_program("sleep", ["sleep", "60"])
        pid_file = self.scene.root / "pid"
        for pid in (sleeper.process.pid, 1):
            pid_file.write_text(f"{pid}\n")
            self.expect(self.install("web-1", "--pid-file", pid_file), USAGE, "not nebula")
        self.assertTrue(sleeper.running())
        self.assertFalse((self.to("web-1") / "config.yml").exists())
        self.expect(self.install("web-1", "--pid-file", pid_file, "--no-reload"), USAGE)

    def start_nebula(self, host):
        """A nebula that makes no interface, with what is installed as a fragment; its pid file."""
        process = self.scene.start_program(f"{host}.nebula", [ANY, "-config", self.to(host)])
        wait_until(lambda: "interface is active" in process.out() or not process.running(),
                   f"nebula of {host}")
        self.assertTrue(process.running(), process.out() + process.log())
        pid_file = self.scene.root / f"{host}.pid"
        pid_file.write_text(f"{process.process.pid}\n")
        return process, pid_file

    def own_configuration(self, host):
        self.to(host).mkdir()
        (self.to(host) / "10-own.yml").write_text(
            "listen: {host: 127.0.0.1, port: 0}\ntun: {disabled: true}\n"
            "firewall: {outbound: [{port: any, proto: any, host: any}]}\n")

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("setpriv"),
                         "needs root and setpriv, to take capabilities away")
    def test_the_agents_unit_leaves_enough_to_reload_a_nebula_that_has_all_capabilities(self):
        lines = UNIT.read_text().splitlines()
        capabilities, = (line.partition("=")[2].split() for line in lines
                         if line.startswith("CapabilityBoundingSet="))
        kept = ",".join("+" + name.removeprefix("CAP_").lower() for name in capabilities)
        self.assertIn("NoNewPrivileges=yes", lines)
        self.trio()
        self.enrol("web-1")
        self.own_configuration("web-1")
        self.installed("web-1", "--fragment")
        nebula, pid_file = self.start_nebula("web-1")
        self.renew("web-1")
        install = self.scene.start(
            "install", ["nebula", "install", "--host", self.dir("web-1"), "--to", self.to("web-1"),
                        "--nebula", ANY, "--fragment", "--pid-file", pid_file, "--json"],
            ["setpriv", f"--bounding-set=-all,{kept}", "--no-new-privs"])
        report = self.expect(install.outcome(), DONE).json()
        self.assertEqual((report["changed"], report["reload"]), (True, "confirmed"))
        self.assertTrue(nebula.running())

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_without_permission_nothing_is_done(self):
        self.trio()
        self.enrol("web-1")
        self.to("web-1").mkdir(mode=0o500)
        self.expect(self.install("web-1"), FAILED, "as root")
        self.assertEqual(list(self.to("web-1").iterdir()), [])


if __name__ == "__main__":
    main()
