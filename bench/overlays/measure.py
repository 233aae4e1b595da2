"""bench/overlays/measure.py — one run of a program of MPyC by all its parties, and what it cost."""
import json
import os
import pathlib
import re
import select
import shutil
import subprocess
import tempfile
import time

from network import HERE

PORT = 11365
CLEAN = {"PATH": os.environ.get("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
         "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"}


class Failed(Exception):
    """The run did not come to its end; the reason, in a line."""


def mpyc_options(addresses, seat, channel):
    """As mpyc-adapter/command.cpp makes them of a manifest."""
    options = [word for number, address in enumerate(addresses)
               for word in ("-P", f"{address}:{PORT + number}")]
    options += ["-I", str(seat), "-T", str((len(addresses) - 1) // 2), "-L", "32", "-K", "30"]
    return options + (["--ssl"] if channel == "tls" else []) + ["--no-uvloop"]


def start_parties(overlays, channel, seats, program, arguments, python, folder):
    """The processes, each of which waits for a line. A program finds data/ and .config/ where it is
    started; neither is ours to write to."""
    addresses = overlays.addresses(channel)[:seats]
    started = []
    for seat in range(seats):
        work = folder / str(seat)
        (work / ".config").mkdir(parents=True)
        for name in ("mpyc_ca.crt", f"party_{seat}.crt", f"party_{seat}.key"):
            shutil.copy(overlays.members.tls / name, work / ".config")
        if (program.parent / "data").is_dir():
            (work / "data").symlink_to(program.parent / "data")
        ours, theirs = os.pipe()
        command = [python, HERE / "party.py", work / "result.json", theirs, program,
                   *mpyc_options(addresses, seat, channel), *arguments]
        with open(work / "out", "wb") as out, open(work / "err", "wb") as err:
            process = subprocess.Popen(
                overlays.places[channel][seat].inside(*command), cwd=work, env=CLEAN,
                stdin=subprocess.PIPE, stdout=out, stderr=err, pass_fds=[theirs])
        os.close(theirs)
        started.append((process, ours, work))
    return started


def wait_ready(started, seconds):
    end = time.monotonic() + seconds
    for process, ready, work in started:
        readable, _, _ = select.select([ready], [], [], max(0, end - time.monotonic()))
        if not readable or os.read(ready, 1) != b".":
            raise Failed(f"a party did not start: {tail(work)}")


def tail(work):
    lines = (work / "err").read_text(errors="replace").split("\n")
    return " | ".join(line for line in lines if line)[-200:].replace(",", ";")


def wait_end(started, seconds):
    end = time.monotonic() + seconds
    for process, _, work in started:
        try:
            process.wait(max(0.1, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise Failed(f"not finished after {seconds:.0f} s") from None
        if process.returncode != 0:
            raise Failed(f"a party ended with {process.returncode}: {tail(work)}")


def result_of(work):
    """What the program printed, without MPyC's own lines, which begin with the time."""
    lines = (work / "out").read_text(errors="replace").splitlines()
    return tuple(line for line in lines if not re.match(r"\d{4}-\d\d-\d\d ", line))


class Load:
    """Processor time of the machine between two moments, in cores."""

    def __init__(self):
        self.before, self.began = self._busy(), time.monotonic()
        self.average = os.getloadavg()[0]

    @staticmethod
    def _busy():
        with open("/proc/stat", encoding="ascii") as file:
            fields = list(map(int, file.readline().split()[1:9]))
        return (sum(fields) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")

    def cpu(self):
        return self._busy() - self.before

    def seconds(self):
        return time.monotonic() - self.began


def underlay(statistics, places):
    """Packets and bytes that these places sent each other, what was lost and what overflowed."""
    numbers = {place.number for place in places}
    rows = [row for row in statistics["paths"] if row[0] in numbers and row[1] in numbers]
    return [sum(row[column] for row in rows) for column in range(2, 6)]


def switch_cpu(statistics):
    return (statistics["cpu_user_us"] + statistics["cpu_system_us"]) / 1e6


def run_program(overlays, channel, seats, program, arguments, python, timeout):
    """One row of results, without what says which row it is. Raises Failed."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="run-", dir=overlays.members.root))
    network, places = overlays.network, overlays.places[channel][:seats]
    started = start_parties(overlays, channel, seats, program, arguments, python, folder)
    try:
        wait_ready(started, 120)
        before, overlay_before, load = network.statistics(), overlays.cpu(channel, seats), Load()
        for process, _, _ in started:
            process.stdin.write(b"\n")
            process.stdin.close()
        wait_end(started, timeout)
        after, overlay_after = network.statistics(), overlays.cpu(channel, seats)
        seconds, busy = load.seconds(), load.cpu()
        seen = [json.loads((work / "result.json").read_text()) for _, _, work in started]
        printed = {result_of(work) for _, _, work in started}
    finally:
        for process, ready, _ in started:
            os.close(ready)
            if process.poll() is None:
                process.kill()
                process.wait()
        shutil.rmtree(folder, ignore_errors=True)
    if len(printed) != 1:
        raise Failed("the parties printed different results")
    return row_of(seen, seats, load.average, seconds, busy, overlay_after - overlay_before,
                  (before, after), places)


def row_of(seen, seats, load, seconds, busy, overlay_cpu, statistics, places):
    first, ready = (choose(each["start"] for each in seen) for choose in (min, max))
    connected, end = (max(each[what] for each in seen) for what in ("connected", "end"))
    computing = end - connected
    messages, sent = (sum(each[what] for each in seen) / seats for what in ("messages", "bytes"))
    cpu = sum(each["cpu"] for each in seen)
    before, after = statistics
    network_cpu = switch_cpu(after) - switch_cpu(before)
    packets, carried, lost, overflowed = (
        b - a for a, b in zip(underlay(before, places), underlay(after, places)))
    # The line's own cost between the two readings of the machine: what is left is other people's.
    others = max(0.0, busy - cpu - overlay_cpu - network_cpu)
    return {
        "wall_s": f"{end - first:.4f}", "connect_s": f"{connected - ready:.4f}",
        "computing_s": f"{computing:.4f}",
        "messages": f"{messages:.1f}", "bytes": f"{sent:.1f}",
        "ms_per_message": f"{1000 * computing / messages:.5f}" if messages else "",
        "ms_per_kb": f"{1e6 * computing / sent:.5f}" if sent else "",
        "cpu_s": f"{cpu:.3f}", "overlay_cpu_s": f"{overlay_cpu:.2f}",
        "switch_cpu_s": f"{network_cpu:.3f}",
        "underlay_packets": packets, "underlay_bytes": carried, "lost": lost,
        "overflowed": overflowed, "switch_late_p99_us": after["late_us_p99"],
        "rss_mb": f"{max(each['rss_kb'] for each in seen) / 1024:.1f}",
        "busy_cores": f"{busy / seconds:.2f}", "others_cores": f"{others / seconds:.2f}",
        "load": f"{load:.2f}"}


MEASURES = ("wall_s", "connect_s", "computing_s", "messages", "bytes", "ms_per_message",
            "ms_per_kb", "cpu_s", "overlay_cpu_s", "switch_cpu_s", "underlay_packets", "underlay_bytes", "lost",
            "overflowed", "switch_late_p99_us", "rss_mb", "busy_cores", "others_cores", "load")
