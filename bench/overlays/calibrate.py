"""bench/overlays/calibrate.py — what the delay switch does against what it was asked for, and what
it costs: the rows of calibration.csv."""
import subprocess
import sys

import network

COLUMNS = ("what", "asked", "min", "mean", "max", "deviation", "samples", "unit")
ROUND_TRIPS = (0, 2, 20, 80, 160)
LOSS_PPM = 20_000
SENDER = """import socket, sys
out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for number in range(int(sys.argv[2])): out.sendto(bytes(972), (sys.argv[1], 9))
"""


def trips_row(what, asked, trips):
    if not trips.answered:
        raise RuntimeError(f"{what}: nothing was answered")
    return (what, asked, *(f"{value:.3f}" for value in trips[2:]), trips.answered, "ms")


class Veth(network.Network):
    """Two places on a wire of the kernel's, without a switch."""

    def _start(self, switch, file, path, seed):
        first, second = self.places
        network.ip("link", "add", network.DEVICE, "netns", first.namespace, "type", "veth", "peer",
                   "name", network.DEVICE, "netns", second.namespace)
        for place in self.places:
            network.ip("-n", place.namespace, "address", "add", f"{place.address}/24", "dev",
                       network.DEVICE)
            network.ip("-n", place.namespace, "link", "set", network.DEVICE, "up")


def pings(made, count, interval):
    first, second = made.places
    network.wait_for(first, second.address)
    return network.ping(first, second.address, count, interval)


def round_trips(switch, folder, count, seed, asked=ROUND_TRIPS):
    wire = Veth(switch, folder, 2, None, seed)
    try:
        yield trips_row("round trip over veth", 0, pings(wire, count, 0.01))
    finally:
        wire.close()
    for trip in asked:
        made = network.Network(switch, folder, 2, network.even_paths(trip), seed)
        try:
            yield trips_row("round trip", trip, pings(made, count, 0.01))
            yield from late(made.statistics())
        finally:
            made.close()


def late(counts):
    """The switch's own measure of how late packets left it."""
    for what, key in (("median", "median"), ("99 of 100", "p99")):
        yield (f"of it, lateness in the switch, {what}", 0, "",
               f"{counts[f'late_us_{key}'] / 1000:.3f}", "", "", counts["delivered"], "ms a packet")


def loss(switch, folder, count, seed):
    """Of packets one way, as the switch counts them, and of pings."""
    made = network.Network(switch, folder, 2, network.even_paths(1, loss_ppm=LOSS_PPM), seed)
    try:
        trips = pings(made, count, 0.002)
        paths = made.statistics()["paths"]
    finally:
        made.close()
    lost = sum(path[4] for path in paths)
    sent = lost + sum(path[2] for path in paths)
    yield ("loss, one way", LOSS_PPM / 1e6, "", f"{lost / sent:.5f}", "", "", sent, "share")
    yield ("loss, of pings", f"{1 - (1 - LOSS_PPM / 1e6) ** 2:.4f}", "",
           f"{1 - trips.answered / trips.sent:.5f}", "", "", trips.sent, "share")


def cost(switch, folder, count, seed):
    """Processor time for a packet of 1000 bytes, at full speed."""
    made = network.Network(switch, folder, 2, network.even_paths(20), seed)
    try:
        first, second = made.places
        network.wait_for(first, second.address)
        before = made.statistics()
        subprocess.run(first.inside(sys.executable, "-c", SENDER, second.address, count),
                       check=True, timeout=300)
        network.ping(first, second.address, 5)
        after = made.statistics()
    finally:
        made.close()
    packets, dropped = (after[key] - before[key] for key in ("packets", "overflowed"))
    spent = sum(after[key] - before[key] for key in ("cpu_user_us", "cpu_system_us"))
    yield ("processor time of the switch", "", "", f"{spent / packets:.3f}", "", "", packets,
           "µs a packet")
    yield ("dropped, since the queue was full", "", "", dropped, "", "", packets + dropped, "packets")


def measured(switch, folder, seed, short):
    """All rows; fewer samples and delays in the short form."""
    asked = (0, 20, 160) if short else ROUND_TRIPS
    return [*round_trips(switch, folder, 50 if short else 500, seed, asked),
            *loss(switch, folder, 1000 if short else 10_000, seed),
            *cost(switch, folder, 20_000 if short else 200_000, seed)]
