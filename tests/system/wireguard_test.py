"""`jointca wg` on interfaces of its own, in network namespaces that the test makes: wireguard-go,
`wg`, `wg-quick` and `ip` as they are, and a JOSE library of others.

Needs root, except for what must be refused without it. JOINTCA_BINDINGS is the program that signs
bindings as an authority would. wireguard-go's sockets are in one directory for all namespaces, so
the names of the interfaces have the process's number in them."""

import base64
import itertools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

from harness import BINARY, DONE, FAILED, USAGE, VERIFICATION, Outcome, SystemTest, main, run, \
    wait_until
from netns import Switch, needs_root

SIGNER = os.environ.get("JOINTCA_BINDINGS")
TOOLS = pathlib.Path(os.environ.get("JOINTCA_TOOLS", "build/tools"))
DAY = 86400


def call(*command, stdin="", check=True):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, input=stdin,
                          timeout=60, check=False)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: {done.stderr}{done.stdout}")
    return done


def sign(bindings, seed=1, revocations=None):
    """What the authority of `seed` signs: tokens, fingerprints, and a list of revocations."""
    spec = {"seed": seed, "bindings": bindings}
    if revocations is not None:
        spec["revocations"] = revocations
    return json.loads(call(SIGNER, stdin=json.dumps(spec)).stdout)


def claims(name, key, address, endpoint="", **changes):
    now = int(time.time())
    return {"name": name, "public_key": key, "networks": [f"{address}/16"], "groups": [],
            "endpoint": endpoint, "not_before": now - 60, "not_after": now + DAY, **changes}


def revoking(fingerprints, number=1, **changes):
    now = int(time.time())
    return {"number": number, "this_update": now - 60, "next_update": now + DAY,
            "revoked": list(fingerprints), **changes}


class Host:
    """A directory as `jointca enroll` and the agent leave it; perhaps on a machine of its own."""

    _count = itertools.count(1)

    def __init__(self, test, name, number, machine=None):
        self.name, self.address = name, f"10.42.0.{number}"
        self.underlay = f"192.0.2.{number}"
        self.dir = test.scene.root / name
        self.files = self.dir / "wireguard"
        self.files.mkdir(parents=True, mode=0o700)
        self.private = call("wg", "genkey").stdout
        self.key = call("wg", "pubkey", stdin=self.private).stdout.strip()
        (self.files / "private.key").write_text(self.private)
        (self.files / "private.key").chmod(0o600)
        self.interface = f"j{os.getpid()}w{next(Host._count)}"[:15]
        self.state = self.files / f"{self.interface}.interface.json"
        self.machine = machine

    def claims(self, **changes):
        return claims(self.name, self.key, self.address, f"{self.underlay}:51820", **changes)

    def fetch(self, signed, own, tokens=None):
        """Puts the files there that an agent would."""
        (self.dir / "authority.json").write_text(signed["authority"])
        (self.files / "binding.jws").write_text(signed["tokens"][own] + "\n")
        bindings = signed["tokens"] if tokens is None else tokens
        (self.files / "bindings.json").write_text(json.dumps({"bindings": bindings}))
        if "revocations" in signed:
            (self.dir / "revocations.json").write_text(signed["revocations"])

    def call(self, *command, **options):
        return call(*self.machine.inside(*command), **options)

    def jointca(self, *arguments):
        done = self.call(BINARY, *arguments, check=False)
        return Outcome(" ".join(map(str, arguments)), done.returncode, done.stdout, done.stderr)

    def install(self, *arguments):
        return self.jointca("wg", "install", "--host", self.dir, "--interface", self.interface,
                            "--json", *arguments)

    def remove(self):
        return self.jointca("wg", "remove", "--host", self.dir, "--interface", self.interface,
                            "--json")

    def peers(self):
        """Allowed IPs by key, as the interface has them."""
        out = self.call("wg", "show", self.interface, "allowed-ips").stdout
        return dict(line.split("\t") for line in out.splitlines())

    def links(self):
        return [link["ifname"] for link in json.loads(self.call("ip", "-j", "link").stdout)]

    def pings(self, other):
        return self.machine.pings(other.address)

    def wait_for_ping(self, other):
        self.machine.wait_for_ping(other.address)


@unittest.skipUnless(SIGNER and shutil.which("wg"), "no JOINTCA_BINDINGS, or no wg")
class Files(SystemTest):
    """What needs no interface."""

    def pair(self):
        a, b = Host(self, "a", 1), Host(self, "b", 2)
        signed = sign([a.claims(), b.claims()])
        a.fetch(signed, 0)
        return a, b, signed

    def test_another_jose_library_verifies_a_binding(self):
        python = TOOLS / "joserfc" / "bin" / "python"
        if not python.exists():
            self.skipTest(f"no joserfc in {TOOLS}: build_jose of tools/programs was not called")
        a, _, signed = self.pair()
        script = (
            "import json, sys\n"
            "from joserfc import jwt\n"
            "from joserfc.jwk import OKPKey\n"
            "key = OKPKey.import_key({'kty': 'OKP', 'crv': 'Ed25519', 'x': sys.argv[1]})\n"
            "token = jwt.decode(sys.argv[2], key, algorithms=['EdDSA'])\n"
            "jwt.JWTClaimsRegistry(iss={'value': sys.argv[3]}).validate(token.claims)\n"
            "print(json.dumps([token.header, token.claims]))\n")
        x = base64.urlsafe_b64encode(bytes.fromhex(signed["key"])).decode().rstrip("=")
        authority = json.loads(signed["authority"])["id"]
        token = signed["tokens"][0]
        header, body = json.loads(call(python, "-c", script, x, token, authority).stdout)
        self.assertEqual(header, {"alg": "EdDSA", "typ": "jointca-binding+jwt"})
        self.assertEqual(body["sub"], "a")
        self.assertEqual(body["wireguard"], {"public_key": a.key, "endpoint": "192.0.2.1:51820"})
        self.assertEqual(body["networks"], ["10.42.0.1/16"])
        swapped = ".".join(token.split(".")[:2] + signed["tokens"][1].split(".")[2:])
        self.assertNotEqual(call(python, "-c", script, x, swapped, authority,
                                 check=False).returncode, 0)

    def test_show_says_of_every_binding_what_it_is(self):
        a, b, c, d = (Host(self, name, n) for n, name in enumerate("abcd", 1))
        bindings = [a.claims(), b.claims(), c.claims(not_after=int(time.time()) - 1), d.claims()]
        revoked = sign(bindings)["fingerprints"][3]
        a.fetch(sign(bindings, revocations=revoking([revoked])), 0)
        shown = self.expect(run("wg", "show", "--host", a.dir, "--json"), DONE).json()
        self.assertEqual({one["name"]: one["state"] for one in shown["bindings"]},
                         {"a": "this host", "b": "peer", "c": "expired", "d": "revoked"})
        self.assertEqual(shown["own"]["state"], "valid")
        self.assertEqual(shown["revocations_number"], 1)
        self.assertEqual(shown["warnings"], [])
        self.assertEqual(shown["interfaces"], [])
        table = self.expect(run("wg", "show", "--host", a.dir), DONE).out
        self.assertRegex(table, r"c +10.42.0.3/16 .*expired")

    def test_a_wg_quick_file_is_private_and_accepted(self):
        a, b, _ = self.pair()
        path = self.scene.root / "wg-test.conf"
        command = ("wg", "install", "--host", a.dir, "--quick", path)
        self.expect(run(*command), DONE)
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        text = path.read_text()
        self.assertIn(f"PrivateKey = {a.private}", text)
        self.assertIn("Address = 10.42.0.1/16\nListenPort = 51820\n", text)
        self.assertIn(f"PublicKey = {b.key}\nAllowedIPs = 10.42.0.2/32\n", text)
        if shutil.which("wg-quick"):
            stripped = call("wg-quick", "strip", path).stdout
            self.assertIn(b.key, stripped)
            self.assertNotIn("Address", stripped)
        self.expect(run(*command, "--json"), DONE)  # over its own file
        path.write_text("[Interface]\n")
        self.expect(run(*command), FAILED, "was not written by jointca")
        self.assertEqual(path.read_text(), "[Interface]\n")
        self.expect(run("wg", "install", "--host", a.dir), USAGE)

    def refused(self, a, *texts):
        self.expect(run("wg", "show", "--host", a.dir), VERIFICATION, *texts)
        self.expect(run("wg", "install", "--host", a.dir, "--quick", self.scene.root / "q.conf"),
                    VERIFICATION, *texts)
        self.assertFalse((self.scene.root / "q.conf").exists())

    def test_files_that_do_not_hold_are_refused(self):
        a, b, signed = self.pair()
        foreign = sign([a.claims(), b.claims()], seed=2, revocations=revoking([]))
        a.fetch({**signed, "tokens": foreign["tokens"]}, 0)
        self.refused(a, "binding.jws", "another authority's")
        token = signed["tokens"][0]
        forged = token[:-4] + ("AAAA" if not token.endswith("AAAA") else "BBBB")
        a.fetch({**signed, "tokens": [forged]}, 0)
        self.refused(a, "binding.jws")
        a.fetch(signed, 1)
        self.refused(a, "binding.jws", "of another key")
        a.fetch({**signed, "revocations": foreign["revocations"]}, 0)
        self.refused(a, "revocations.json", "another authority's")
        listed = sign([], revocations=revoking([]))["revocations"]
        a.fetch({**signed, "revocations": listed.replace('"number\\":1', '"number\\":2')}, 0)
        self.refused(a, "revocations.json", "not signed")
        (a.dir / "revocations.json").unlink()
        a.fetch(signed, 0)
        (a.files / "bindings.json").write_text("[]")
        self.refused(a, "bindings.json", "expected an object")

    def test_bindings_of_others_that_do_not_hold_are_left_out(self):
        a, b, signed = self.pair()
        foreign = sign([b.claims()], seed=2)
        a.fetch(signed, 0, [signed["tokens"][0], foreign["tokens"][0], "junk"])
        shown = self.expect(run("wg", "show", "--host", a.dir, "--json"), DONE).json()
        self.assertEqual([one["rule"] for one in shown["left_out"]], ["signature"] * 2)
        self.assertEqual(len(shown["bindings"]), 1)

    def test_missing_files_are_named_with_what_to_do(self):
        a, _, _ = self.pair()
        for path, advice in ((a.files / "bindings.json", "jointca agent --once"),
                             (a.files / "binding.jws", "grants wireguard"),
                             (a.files / "private.key", "grants wireguard"),
                             (a.dir / "authority.json", "jointca enroll host")):
            path.unlink()
            self.expect(run("wg", "show", "--host", a.dir), FAILED, str(path), advice)

    def test_without_root_or_programs_nothing_is_done(self):
        a, _, _ = self.pair()
        before = sorted(a.files.iterdir())
        arguments = ("wg", "install", "--host", a.dir, "--interface", a.interface)
        if os.geteuid() != 0:
            self.expect(run(*arguments), FAILED, "root", "Nothing was changed")
        elif shutil.which("setpriv"):
            dropped = subprocess.run(["setpriv", "--bounding-set", "-net_admin", "--inh-caps",
                                      "-net_admin", BINARY, *map(str, arguments)],
                                     capture_output=True, text=True, check=False)
            self.assertEqual(dropped.returncode, FAILED, dropped.stderr)
            self.assertIn("Nothing was changed", dropped.stderr)
            self.assertEqual(dropped.stdout, "")
        self.assertEqual(sorted(a.files.iterdir()), before)
        self.expect(run("wg", "install", "--host", a.dir, "--interface", "../x"), USAGE,
                    "--interface")
        self.expect(run("wg", "remove", "--host", a.dir, "--interface", "../x"), USAGE)


NEEDED = ("wg", "wireguard-go", "ip", "ping")


@needs_root
@unittest.skipUnless(SIGNER and all(map(shutil.which, NEEDED)),
                     f"needs JOINTCA_BINDINGS and {', '.join(NEEDED)}")
class Mesh(SystemTest):
    """Three machines on one switch."""

    def machines(self, names="abc"):
        switch = Switch()
        self.addCleanup(switch.close)
        hosts = []
        for number, name in enumerate(names, 1):
            host = Host(self, name, number, switch.add(name))
            self.assertEqual(host.machine.address, host.underlay)
            self.addCleanup(host.call, "ip", "link", "delete", host.interface, check=False)
            hosts.append(host)
        return hosts

    def meshed(self, names="abc", **changes):
        """Machines whose interfaces are installed."""
        hosts = self.machines(names)
        signed = sign([host.claims(**changes.get(host.name, {})) for host in hosts])
        for number, host in enumerate(hosts):
            host.fetch(signed, number)
            self.expect(host.install(), DONE)
        return hosts, signed

    def expect_peers(self, host, *others):
        self.assertEqual(host.peers(), {other.key: f"{other.address}/32" for other in others})

    def test_three_hosts_reach_each_other_and_all_is_undone(self):
        hosts, _ = self.meshed()
        a, b, c = hosts
        for one, other in itertools.permutations(hosts, 2):
            one.wait_for_ping(other)
        self.expect_peers(a, b, c)
        self.assertEqual(a.state.stat().st_mode & 0o777, 0o600)
        for host in hosts:
            self.expect(host.remove(), DONE)
            self.assertNotIn(host.interface, host.links())
            self.assertFalse(host.state.exists())
            self.expect(host.remove(), FAILED, "nothing was installed")
        self.expect(a.install(), DONE)  # and again under the same name

    def test_an_unchanged_run_changes_nothing_and_runs_one_program(self):
        (a, b, _), _ = self.meshed()
        state, dump = a.state.read_bytes(), a.peers()
        inode = a.state.stat().st_ino
        again = self.expect(a.install(), DONE).json()
        self.assertTrue(again["unchanged"])
        self.assertEqual(again["peers"], 2)
        self.assertEqual((a.state.read_bytes(), a.state.stat().st_ino), (state, inode))
        self.assertEqual(a.peers(), dump)
        if shutil.which("strace"):
            trace = self.scene.root / "trace"
            # Leaks cannot be looked for under a tracer.
            a.call("env", "ASAN_OPTIONS=detect_leaks=0", "strace", "-f", "-e", "trace=execve", "-o",
                   trace, BINARY, "wg", "install", "--host", a.dir, "--interface", a.interface)
            started = re.findall(r'execve\("[^"]*/([^"/]+)", \[(.*)\]', trace.read_text())
            self.assertEqual([name for name, _ in started], ["jointca", "wg"])
            self.assertIn('"dump"', started[1][1])
        # What others change on the interface is noticed.
        a.call("wg", "set", a.interface, "peer", b.key, "remove")
        repaired = self.expect(a.install(), DONE).json()
        self.assertEqual((repaired["unchanged"], repaired["added"]), (False, 1))
        a.call("ip", "address", "delete", f"{a.address}/16", "dev", a.interface)
        self.assertFalse(self.expect(a.install(), DONE).json()["unchanged"])
        a.wait_for_ping(b)

    def test_expiry_cuts_off_with_one_install(self):
        end = int(time.time()) + 15
        (a, b, c), _ = self.meshed(b={"not_after": end})
        a.wait_for_ping(b)
        wait_until(lambda: time.time() >= end, "the binding's end")
        result = self.expect(a.install(), DONE).json()
        self.assertEqual(result["removed"], 1)
        self.assertEqual([one["rule"] for one in result["left_out"]], ["expired"])
        self.expect_peers(a, c)
        self.assertFalse(a.pings(b))
        a.wait_for_ping(c)
        # The host itself, whose own binding has ended, keeps no peers either.
        own = b.install()
        self.assertEqual(own.status, VERIFICATION, str(own))
        self.assertIn("expired", own.err)
        self.assertEqual(b.peers(), {})

    def test_revocation_cuts_off_with_one_install(self):
        (a, b, c), signed = self.meshed()
        a.wait_for_ping(b)
        number = itertools.count(2)
        revoked = [signed["fingerprints"][1]]
        signed["revocations"] = sign([], revocations=revoking(revoked, next(number)))["revocations"]
        a.fetch(signed, 0)
        started = time.monotonic()
        result = self.expect(a.install(), DONE).json()
        seconds = time.monotonic() - started
        self.assertEqual([one["rule"] for one in result["left_out"]], ["revoked"])
        self.expect_peers(a, c)
        self.assertFalse(a.pings(b))
        self.assertFalse(b.pings(a))
        a.wait_for_ping(c)
        print(f"revoked: cut off {seconds:.2f} s after the list was there", file=sys.stderr)
        # An older list is refused, and what it would give back stays away.
        signed["revocations"] = sign([], revocations=revoking([], 1))["revocations"]
        a.fetch(signed, 0)
        self.expect(a.install(), VERIFICATION, "number 1", "number 2")
        self.expect_peers(a, c)
        # One that is not of now still revokes.
        old = revoking(revoked, 3, next_update=int(time.time()) - 1)
        signed["revocations"] = sign([], revocations=old)["revocations"]
        a.fetch(signed, 0)
        warned = self.expect(a.install(), DONE).json()
        self.assertIn("not of now", warned["warnings"][0])
        self.expect_peers(a, c)

    def test_renewal_and_a_new_key_under_ping(self):
        (a, b, c), _ = self.meshed()
        ping = subprocess.Popen(a.machine.inside("ping", "-i", "0.1", "-q", b.address),
                                stdout=subprocess.PIPE, text=True)
        try:
            now = int(time.time())
            bindings = [host.claims(not_before=now - 30, not_after=now + 2 * DAY)
                        for host in (a, b, c)]
            signed = sign(bindings)
            for number, host in enumerate((a, b, c)):
                host.fetch(signed, number)
                result = self.expect(host.install(), DONE).json()
                self.assertEqual((result["added"], result["changed"], result["removed"]), (0, 0, 0))
            time.sleep(1)
        finally:
            ping.send_signal(2)
            out = ping.communicate()[0]
        sent, received = map(int, re.search(r"(\d+) packets transmitted, (\d+) received",
                                            out).groups())
        self.assertLessEqual(sent - received, 1, out)  # the last may be under way when it ends
        old = c.key
        c.private = call("wg", "genkey").stdout
        c.key = call("wg", "pubkey", stdin=c.private).stdout.strip()
        (c.files / "private.key").write_text(c.private)
        signed = sign([*bindings, c.claims(not_before=now - 10)])
        c.fetch(signed, 3)
        self.expect(c.install(), DONE)
        for number, host in enumerate((a, b)):
            host.fetch(signed, number)
            result = self.expect(host.install(), DONE).json()
            self.assertEqual((result["added"], result["removed"]), (1, 1))
            self.assertNotIn(old, host.peers())
        a.wait_for_ping(c)

    def test_peers_of_others_survive_and_are_not_overlapped(self):
        a, b, c = self.machines()
        signed = sign([host.claims() for host in (a, b, c)])
        a.fetch(signed, 0)
        # An interface that was there before, with a key, a peer and an address of its owner's.
        a.call("wireguard-go", a.interface)
        a.call("wg", "set", a.interface, "private-key", a.files / "private.key", "listen-port",
               "4000")
        foreign = call("wg", "pubkey", stdin=call("wg", "genkey").stdout).stdout.strip()
        a.call("wg", "set", a.interface, "peer", foreign, "allowed-ips",
               "10.99.0.1/32,10.42.0.3/32")
        a.call("ip", "address", "add", "10.99.0.9/24", "dev", a.interface)
        before = a.peers()
        result = self.expect(a.install(), DONE).json()
        self.assertEqual(result["made_by"], "")
        self.assertEqual([(one["name"], one["rule"]) for one in result["left_out"]],
                         [("c", "foreign overlap")])
        self.assertEqual(a.peers(), {**before, b.key: "10.42.0.2/32"})
        self.assertEqual(a.call("wg", "show", a.interface, "listen-port").stdout.strip(), "4000")
        self.assertTrue(self.expect(a.install(), DONE).json()["unchanged"])
        self.expect(a.install("--listen-port", "4001"), DONE)
        self.assertEqual(a.call("wg", "show", a.interface, "listen-port").stdout.strip(), "4001")
        self.expect(a.remove(), DONE)
        self.assertEqual(a.peers(), before)
        self.assertIn(a.interface, a.links())
        self.assertEqual(a.call("wg", "show", a.interface, "listen-port").stdout.strip(), "4000")
        addresses = a.call("ip", "-4", "address", "show", "dev", a.interface).stdout
        self.assertIn("10.99.0.9/24", addresses)
        self.assertNotIn("10.42.0.1/16", addresses)
        # With another private key it is left alone altogether.
        a.call("wg", "set", a.interface, "private-key", "/dev/stdin",
               stdin=call("wg", "genkey").stdout)
        self.expect(a.install(), FAILED, "another private key", "Nothing was changed")
        self.assertEqual(a.peers(), before)
        self.assertFalse(a.state.exists())

    def test_an_interface_of_another_kind_is_refused(self):
        a, b = self.machines("ab")
        a.fetch(sign([a.claims(), b.claims()]), 0)
        a.call("ip", "link", "add", a.interface, "type", "bridge")
        self.expect(a.install(), FAILED, "is it a WireGuard interface?")
        self.assertFalse(a.state.exists())

    def test_own_key_and_overlap_are_refused_and_others_go_on(self):
        a, b, c = self.machines()
        thief = claims("thief", a.key, "10.42.0.77")
        stranger = call("wg", "pubkey", stdin=call("wg", "genkey").stdout).stdout.strip()
        twin = claims("twin", stranger, b.address)
        signed = sign([a.claims(), b.claims(), c.claims(), thief, twin])
        a.fetch(signed, 0)
        result = self.expect(a.install(), DONE).json()
        self.assertEqual({one["name"]: one["rule"] for one in result["left_out"]},
                         {"thief": "own key", "b": "overlap", "twin": "overlap"})
        self.expect_peers(a, c)

    def test_a_failure_in_the_middle_leaves_no_new_interface(self):
        a, b = self.machines("ab")
        a.fetch(sign([a.claims(), b.claims()]), 0)
        # A `wg` that cannot add peers.
        tools = pathlib.Path(tempfile.mkdtemp(dir=self.scene.root))
        (tools / "wg").write_text('#!/bin/sh\n[ "$1" != addconf ] || { echo broken >&2; exit 1; }\n'
                                  f'exec {shutil.which("wg")} "$@"\n')
        (tools / "wg").chmod(0o755)
        path = os.environ["PATH"]
        os.environ["PATH"] = f"{tools}:{path}"
        try:
            self.expect(a.install(), FAILED, "wg addconf", "broken")
        finally:
            os.environ["PATH"] = path
        self.assertNotIn(a.interface, a.links())
        self.assertFalse(a.state.exists())
        self.expect(a.install(), DONE)

    def test_a_state_that_was_not_completed_is(self):
        (a, b, c), _ = self.meshed()
        state = json.loads(a.state.read_text())
        state["applied"] = None
        a.state.write_text(json.dumps(state))
        a.call("wg", "set", a.interface, "peer", b.key, "remove")
        result = self.expect(a.install(), DONE).json()
        self.assertEqual((result["added"], result["peers"], result["left_out"]), (1, 2, []))
        self.expect_peers(a, b, c)


if __name__ == "__main__":
    main()
