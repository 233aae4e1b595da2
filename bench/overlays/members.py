"""bench/overlays/members.py — the hosts of the experiment, as jointca makes them: a CA of three
parties enrols one for each seat and overlay, and grants the session whose certificates TLS has.

WireGuard and Nebula run in places of their own, so that neither finds a way through the other.
"""
import itertools
import json
import os
import pathlib
import shutil
import subprocess
import sys

from network import HERE, wait_for

sys.path.insert(0, str(HERE.parent.parent / "tests" / "system"))
import harness  # pylint: disable=wrong-import-position

BENCH_PYTHON = HERE.parent.parent / "build/tools/mpyc-bench/bin/python"
WINDOW = 7 * 86400  # of the session: its certificates serve the whole experiment
_interfaces = itertools.count(1)


def expect(outcome):
    if outcome.status != harness.DONE:
        raise RuntimeError(str(outcome))
    return outcome


def cpu_seconds(pid):
    """User and system time of a process, to 1/100 s."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Members:
    """The CA, and the directories of its hosts: n0, n1 … and, with `overlays`, w0, w1 … and the
    files of TLS."""

    def __init__(self, count, python, nebula, overlays=True):
        self.count, self.python, self.nebula, self.overlays = count, python, nebula, overlays
        self.scene = harness.Scene()
        self.root = self.scene.root
        try:
            self._enrol()
        except BaseException:
            self.close()
            raise

    def _enrol(self):
        self.scene.add(*harness.NAMES)
        self.scene.keygen()
        self.scene.serve(harness.AUTO_POLICY + "sessions: {approve: auto}\n")
        for seat in range(self.count):
            if self.overlays:
                self._enrol_one(f"w{seat}", "wireguard",
                                f"wireguard={wireguard_address(self, seat)}:51820")
            flags = ("--lighthouse",) if seat == 0 else ()
            self._enrol_one(f"n{seat}", "nebula", f"nebula={nebula_address(self, seat)}:4242", flags)
        kinds = "wn" if self.overlays else "n"
        harness.wait_until(lambda: len(self.scene["alpha"].hosts()) == len(kinds) * self.count,
                           "all hosts")
        for seat, kind in itertools.product(range(self.count), kinds):
            # It may warn, for there is nothing to keep in step with yet.
            harness.run("agent", "--host", self.root / f"{kind}{seat}", "--once")
        if self.overlays:
            self._session()

    def _enrol_one(self, name, kind, endpoint, flags=()):
        made = self.scene["alpha"].invite(name, "--kind", kind, "--group", "mpyc", "--ttl", "7d",
                                          *flags)
        if not isinstance(made, pathlib.Path):
            raise RuntimeError(str(made))
        endpoint_flags = ("--endpoint", endpoint) if kind == "wireguard" or flags else ()
        expect(self.scene.enroll(made, name, *endpoint_flags, *flags))

    def _session(self):
        """One with all seats: MPyC looks at a seat's chain and name, and fewer may take part."""
        work = self.root / "session"
        work.mkdir()
        shutil.copy(HERE / "rounds.py", work)
        named = [word for seat in range(self.count)
                 for word in ("--member", f"n{seat}=198.51.100.{seat + 1}")]

        def session(command, seat, *arguments):
            done = subprocess.run(
                [harness.BINARY, "session", command, *arguments, "--host",
                 str(self.root / f"n{seat}")],
                cwd=work, capture_output=True, text=True, check=False, timeout=120)
            if done.returncode != 0:
                raise RuntimeError(f"session {command}: {done.stderr}")

        session("new", 0, "--program", "rounds.py", "--python", str(self.python), "--channel", "tls",
                "--window", f"{WINDOW}s", *named, "-o", "manifest")
        consents = []
        for seat in range(self.count):
            session("sign", seat, "manifest", "--python", str(self.python), "-o", f"consent{seat}")
            consents += ["--consent", f"consent{seat}"]
        session("grant", 0, "manifest", *consents, "-o", "granted")
        granted = json.loads((work / "granted").read_text())
        name = json.loads(granted["manifest"])["session"]
        self.tls = self.root / "tls"
        self.tls.mkdir(mode=0o700)
        anchor, *leaves = granted["certificates"]
        (self.tls / "mpyc_ca.crt").write_text(anchor)
        for seat, leaf in enumerate(leaves):
            (self.tls / f"party_{seat}.crt").write_text(leaf)
            shutil.copy(self.root / f"n{seat}" / "sessions" / name / "seat.key",
                        self.tls / f"party_{seat}.key")

    def close(self):
        self.scene.close()


def wireguard_address(members, seat):
    return f"198.51.100.{members.count + seat + 1}"


def nebula_address(members, seat):
    return f"198.51.100.{2 * members.count + seat + 1}"


class Overlays:
    """WireGuard and Nebula on a network whose places are: the seats without an overlay, then those
    of WireGuard, then those of Nebula. `processes` maps a channel to the process of each seat."""

    def __init__(self, members, network):
        self.members, self.network = members, network
        count = members.count
        self.places = {"direct": network.places[:count], "tls": network.places[:count],
                       "wireguard": network.places[count:2 * count],
                       "nebula": network.places[2 * count:3 * count]}
        self.processes = {"direct": [], "tls": [], "wireguard": [], "nebula": []}
        self.interfaces, self.running = [], []
        try:
            for seat in range(count):
                self._wireguard(seat)
                self._nebula(seat)
        except BaseException:
            self.close()
            raise

    def _jointca(self, place, *arguments):
        done = place.run(harness.BINARY, *arguments)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, arguments))}: {done.stderr}")
        return done.stdout

    def _wireguard(self, seat):
        # wireguard-go's sockets are in one directory for all namespaces.
        place, name = self.places["wireguard"][seat], f"ov{os.getpid()}w{next(_interfaces)}"
        self._jointca(place, "wg", "install", "--host", self.members.root / f"w{seat}",
                      "--interface", name, "--json")
        self.interfaces.append((place, name))
        self.processes["wireguard"].append(self._process_of(name))

    @staticmethod
    def _process_of(interface):
        for entry in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = entry.read_bytes().split(b"\0")
            except OSError:
                continue
            if words[0].endswith(b"wireguard-go") and interface.encode() in words:
                return int(entry.parent.name)
        raise RuntimeError(f"no wireguard-go of {interface}")

    def _nebula(self, seat):
        place = self.places["nebula"][seat]
        to = self.members.root / f"n{seat}.nebula"
        if not to.exists():
            self._jointca(place, "nebula", "install", "--host", self.members.root / f"n{seat}",
                          "--to", to, "--nebula", self.members.nebula, "--tun", "nebula1",
                          "--no-reload", "--json")
        process = self.members.scene.start_program(
            f"{place.namespace}.nebula", place.inside(self.members.nebula, "-config",
                                                      to / "config.yml"))
        self.running.append(process)
        harness.wait_until(lambda: "nebula1" in place.run("ip", "-o", "link").stdout or
                           not process.running(), "nebula")
        if not process.running():
            raise RuntimeError(f"nebula ended: {process.log()}{process.out()}")
        self.processes["nebula"].append(process.process.pid)

    def addresses(self, channel):
        """Where MPyC finds the seats on this channel."""
        if channel in ("direct", "tls"):
            return [place.address for place in self.places[channel]]
        shown = [json.loads((self.members.root / f"{channel[0]}{seat}" / "status.json").read_text())
                 for seat in range(self.members.count)]
        return [next(network.split("/")[0] for network in status["networks"] if "." in network)
                for status in shown]

    def wait(self, seats):
        """Until every seat reaches every other one on every channel."""
        for channel, i, j in itertools.product(self.places, range(seats), range(seats)):
            if i != j:
                wait_for(self.places[channel][i], self.addresses(channel)[j])

    def cpu(self, channel, seats):
        return sum(map(cpu_seconds, self.processes[channel][:seats]))

    def close(self):
        for place, name in self.interfaces:
            place.run("ip", "link", "delete", name)
        for process in self.running:
            process.kill()
