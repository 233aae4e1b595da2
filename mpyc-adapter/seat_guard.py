"""mpyc-adapter/seat_guard.py: runs a program of MPyC, and ends with a name where MPyC would hang.

usage: python seat_guard.py GUARD.json PROGRAM ARGUMENT...

MPyC takes for a party whoever says so first, waits for ever, and does not tell who is gone. This
binds each seat to its certificate or its address, and puts deadlines on connecting, on silence and
on the whole run. It reaches into three names of MPyC (MessageExchanger, Runtime.start,
Runtime.shutdown), so it refuses versions that it was not tried with.

GUARD.json: {"mpyc": version, "by": "certificate" | "address", "connect": s, "idle": s, "total": s,
"seats": [{"name": ..., "address": ...}, ...]}. The exit statuses are those of check_table.cpp.
What ends a run is also left in GUARD.json.end, so that no program can be mistaken for the guard:
the status, a space, and the reason.
"""
import asyncio
import ipaddress
import json
import logging
import os
import runpy
import sys
import threading
import time

TRIED = ("0.11",)
VERSION, SEAT, ABSENT, LOST, IDLE, TOTAL = 41, 42, 43, 44, 45, 46
verdict = os.path.abspath(sys.argv[1]) + ".end"


def end(status, reason):
    """Nothing of MPyC runs any more after this: no share leaves, no handler hides the status."""
    try:
        with open(verdict, "w", encoding="utf-8") as file:
            file.write(f"{status} {reason}\n")
        note(reason)
        # Whoever reads the output may be gone, or not read: that must not keep this from ending.
        flushing = threading.Thread(target=sys.stdout.flush, daemon=True)
        flushing.start()
        flushing.join(1)
    finally:
        os._exit(status)


def note(reason):
    print("jointca: " + reason, file=sys.stderr, flush=True)


class Guard:
    def __init__(self, settings):
        self.settings = settings
        self.seats = settings["seats"]
        self.connected = set()
        self.heard = time.monotonic()
        self.started = False
        self.closing = False

    def named(self, pid):
        return f"seat {pid} ({self.seats[pid]['name']})"

    def credential(self, transport):
        """The seats that the other end can have, and what it shows for it."""
        if self.settings["by"] == "certificate":
            subject = (transport.get_extra_info("peercert") or {}).get("subject", ())
            names = [value for part in subject for key, value in part if key == "commonName"]
            return ([i for i in range(len(self.seats)) if names == [f"MPyC party {i}"]],
                    f"certificate of {names}")
        address = ipaddress.ip_address(transport.get_extra_info("peername")[0].split("%")[0])
        address = getattr(address, "ipv4_mapped", None) or address
        return ([i for i, seat in enumerate(self.seats)
                 if ipaddress.ip_address(seat["address"]) == address], f"address {address}")

    def admits(self, transport, claimed, own):
        """Whether this connection may be that of the seat that it claims."""
        possible, shown = self.credential(transport)
        if claimed in possible and claimed < own and claimed not in self.connected:
            return True
        what = f"a connection claims seat {claimed} with the {shown}"
        # A member with another's seat: nothing will fit. Of our own machine it may be anybody, and
        # what is no seat's number is no party of MPyC.
        is_seat = claimed < len(self.seats)
        if possible and is_seat and claimed not in possible and possible != [own]:
            end(SEAT, f"{what}, which is that of {self.named(possible[0])}")
        note(f"refused: {what}")
        return False

    def end_absent(self, own, why):
        absent = [self.named(i) for i in range(len(self.seats)) if i not in self.connected | {own}]
        end(ABSENT, f"{why}, absent: {', '.join(absent)}")

    def end_lost(self, own, pid, reason):
        """Who gives up on somebody absent is gone as well: then the absent one is to be named."""
        gone = f"{self.named(pid)} is gone: {reason}"
        if not self.started and len(self.connected) < len(self.seats) - 1:
            self.end_absent(own, gone)
        end(LOST, gone)

    def watch_silence(self, loop, suspected=False):
        """Twice in a row, since what has arrived may wait behind this very call."""
        silent = time.monotonic() - self.heard
        if self.closing or len(self.seats) == 1:
            return
        if silent > self.settings["idle"] and suspected:
            end(IDLE, f"no seat said anything for {int(silent)} seconds")
        loop.call_later(0.2 if silent > self.settings["idle"] else 1, self.watch_silence, loop,
                        silent > self.settings["idle"])


def guard_connections(guard, exchanger):
    received, lost, made = exchanger.data_received, exchanger.connection_lost, \
        exchanger.connection_made

    def connection_made(self, transport):
        made(self, transport)
        if self.peer_pid is not None:  # we dialled: TLS, or the overlay, has checked who answers
            guard.connected.add(self.peer_pid)

    def data_received(self, data):
        if self.peer_pid is None:
            if self.transport.is_closing():
                return
            first = bytes(self.bytes[:2]) + bytes(data[:2])
            if len(first) >= 2:
                claimed = int.from_bytes(first[:2], "little")
                if not guard.admits(self.transport, claimed, self.runtime.pid):
                    self.transport.abort()
                    return
        received(self, data)
        if self.peer_pid is not None:  # a stranger's byte does not count
            guard.heard = time.monotonic()
            guard.connected.add(self.peer_pid)

    def connection_lost(self, exc):
        if self.peer_pid is None:
            note("a connection ended before it claimed a seat")
        elif not guard.closing or any(isinstance(each, asyncio.Future)  # it owes us a message
                                      for each in self.buffers.values()):
            guard.end_lost(self.runtime.pid, self.peer_pid, exc or "it closed the connection")
        else:
            lost(self, None)

    exchanger.connection_made, exchanger.data_received, exchanger.connection_lost = \
        connection_made, data_received, connection_lost


def guard_runtime(guard, runtime):
    start, shutdown = runtime.start, runtime.shutdown

    async def guarded_start(self):
        try:
            await asyncio.wait_for(start(self), guard.settings["connect"])
        except asyncio.TimeoutError:
            guard.end_absent(self.pid, f"after {guard.settings['connect']} seconds")
        guard.started = True
        guard.heard = time.monotonic()
        guard.watch_silence(asyncio.get_running_loop())

    async def guarded_shutdown(self):
        guard.closing = True
        await shutdown(self)

    runtime.start, runtime.shutdown = guarded_start, guarded_shutdown


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        guard = Guard(json.load(file))
    sys.argv = sys.argv[2:]
    total = guard.settings["total"]
    timer = threading.Timer(total, end, (TOTAL, f"not finished after {total} seconds"))
    timer.daemon = True
    timer.start()
    # MPyC's own lines would go to standard output, which is the program's: this comes before it.
    logging.basicConfig(format="{asctime} {message}", style="{", level=logging.INFO)
    import mpyc  # reads sys.argv
    if mpyc.__version__ not in TRIED or mpyc.__version__ != guard.settings["mpyc"]:
        end(VERSION, f"MPyC is {mpyc.__version__}, agreed on was {guard.settings['mpyc']}; "
            f"the guard was tried with {', '.join(TRIED)}")
    import mpyc.asyncoro
    import mpyc.runtime
    guard_connections(guard, mpyc.asyncoro.MessageExchanger)
    guard_runtime(guard, mpyc.runtime.Runtime)
    program = sys.argv[0]
    sys.path[0] = os.path.dirname(os.path.abspath(program))
    runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main()
