"""bench/overlays/network.py — network namespaces on the delay switch: places, paths, statistics.

Every place is a namespace of its own with one TUN of the switch. All of it ends with close(), and
the switch also with this process.
"""
import collections
import contextlib
import csv
import itertools
import json
import os
import pathlib
import re
import signal
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
DEVICE = "u0"
QUEUE = 10_000  # packets, on a path and in a TUN: TCP's window is smaller
SECONDS = 86_400  # after which the switch ends by itself
MTU = 1500
_count = itertools.count(1)


def ip(*arguments):
    done = subprocess.run(["ip", *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"ip {' '.join(map(str, arguments))}: {done.stderr.strip()}")
    return done.stdout


def round_trips():
    """Of regions.csv: {(region, region): (round trip, deviation)} in ms, in both orders."""
    lines = [line for line in (HERE / "regions.csv").read_text().splitlines() if line[0] != "#"]
    found = {}
    for a, b, trip, deviation in list(csv.reader(lines))[1:]:
        found[a, b] = found[b, a] = float(trip), float(deviation)
    return found


def region_paths(regions):
    """Paths between places in these regions. Half of the round trip each way; the deviation of the
    sum of both ways is the published one."""
    table = round_trips()

    def path(i, j):
        trip, deviation = table[regions[i], regions[j]]
        return {"delay_us": round(trip * 500), "jitter_us": round(deviation * 1000 / 2 ** 0.5)}

    return path


def even_paths(round_trip_ms, **changes):
    return lambda i, j: {"delay_us": round(round_trip_ms * 500), **changes}


class Place:
    """Where a party is: the name of its namespace, its address there, its number on the switch."""

    def __init__(self, namespace, address, number):
        self.namespace, self.address, self.number = namespace, address, number

    def inside(self, *command):
        return ["ip", "netns", "exec", self.namespace, *map(str, command)]

    def run(self, *command, timeout=120):
        return subprocess.run(self.inside(*command), capture_output=True, text=True, check=False,
                              timeout=timeout)


class Network:
    """Places at 198.51.100.1 and on; `path` says for i and j what is not as it is on a wire."""

    def __init__(self, switch, folder, count, path, seed):
        self.name = f"jcaov{os.getpid()}-{next(_count)}"
        self.places = [Place(f"{self.name}-{i}", f"198.51.100.{i + 1}", i) for i in range(count)]
        self._made = contextlib.ExitStack()
        try:
            for place in self.places:
                ip("netns", "add", place.namespace)
                self._made.callback(self._delete, place.namespace)
                ip("-n", place.namespace, "link", "set", "lo", "up")
            self._start(switch, pathlib.Path(folder) / f"{self.name}.json", path, seed)
        except BaseException:
            self.close()
            raise

    def _start(self, switch, file, path, seed):
        wire = {"delay_us": 0, "jitter_us": 0, "loss_ppm": 0, "queue_packets": QUEUE,
                "rate_bits": 0, "reorder": False}
        file.write_text(json.dumps({
            "seed": seed, "seconds": SECONDS,
            "machines": [{"namespace": place.namespace, "interface": DEVICE,
                          "addresses": [place.address]} for place in self.places],
            "paths": [{"from": i, "to": j, **wire, **path(i, j)}
                      for i, j in itertools.permutations(range(len(self.places)), 2)]}))
        self.switch = subprocess.Popen([str(switch), str(file)], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, text=True)
        self._made.callback(self._stop)
        if self.switch.stdout.readline() != "ready\n":
            raise RuntimeError("the switch did not start")
        for place in self.places:
            in_place = ("-n", place.namespace)
            ip(*in_place, "address", "add", f"{place.address}/24", "dev", DEVICE)
            ip(*in_place, "link", "set", DEVICE, "mtu", MTU, "txqueuelen", QUEUE, "up")

    def statistics(self):
        self.switch.stdin.write("\n")
        self.switch.stdin.flush()
        return json.loads(self.switch.stdout.readline())

    def _stop(self):
        self.switch.stdin.close()
        try:
            self.switch.wait(10)
        except subprocess.TimeoutExpired:
            self.switch.kill()
            self.switch.wait()
        self.switch.stdout.close()

    @staticmethod
    def _delete(namespace):
        subprocess.run(["ip", "netns", "delete", namespace], capture_output=True, check=False)

    def close(self):
        self._made.close()


def sweep():
    """Removes what runs left that could not clean up, since they were killed: their namespaces, and
    the processes in them."""
    for name in ip("netns", "list").split():
        owner = re.fullmatch(r"jcaov(\d+)-\d+-\d+", name)
        if owner and not pathlib.Path(f"/proc/{owner[1]}").exists():
            for process in ip("netns", "pids", name).split():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(process), signal.SIGKILL)
            ip("netns", "delete", name)


Trips = collections.namedtuple("Trips", "sent answered min mean max deviation")  # in ms


def ping(place, address, count, interval=0.2):
    """Round trips as ping sums them up: to the microsecond, where it rounds each of them."""
    done = place.run("ping", "-q", "-n", "-c", count, "-i", interval, "-W", 2, address,
                     timeout=30 + count * max(interval, 0.01) * 2)
    answered = re.search(r"(\d+) packets transmitted, (\d+) received", done.stdout)
    times = re.search(r"= ([0-9.]+)/([0-9.]+)/([0-9.]+)/([0-9.]+) ms", done.stdout)
    if not answered or not times:
        return Trips(count, 0, *[float("nan")] * 4)
    return Trips(*map(int, answered.groups()), *map(float, times.groups()))


def wait_for(place, address, seconds=60):
    """Until it answers: tunnels need some packets before their first."""
    for _ in range(seconds):
        if ping(place, address, 1).answered:
            return
    raise RuntimeError(f"{place.namespace} does not reach {address}")
