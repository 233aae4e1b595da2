"""bench/overlays/party.py — runs a program of MPyC as it is, and counts what it sends.

usage: party.py RESULT.json READY-FD PROGRAM ARGUMENT...

Writes a byte to READY-FD when everything is imported, and begins when it can read a line from
standard input: so all parties begin at once, and no import is measured. Times are those of the
monotonic clock, which all processes of a machine share. It wraps three methods of MPyC and changes
none of its files.
"""
import json
import os
import resource
import runpy
import sys
import time

seen = {"messages": 0, "bytes": 0}


def wrap(mpyc_asyncoro, mpyc_runtime):
    send, start = mpyc_asyncoro.MessageExchanger.send, mpyc_runtime.Runtime.start
    shutdown = mpyc_runtime.Runtime.shutdown

    def counted(self, pc, payload):
        seen["messages"] += 1
        seen["bytes"] += 12 + len(payload)  # MPyC's own header: 8 bytes of counter, 4 of length
        send(self, pc, payload)

    async def timed_start(self):
        seen["start"] = time.monotonic()
        await start(self)
        seen["connected"] = time.monotonic()

    async def timed_shutdown(self):
        await shutdown(self)
        seen["end"] = time.monotonic()

    mpyc_asyncoro.MessageExchanger.send = counted
    mpyc_runtime.Runtime.start, mpyc_runtime.Runtime.shutdown = timed_start, timed_shutdown


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    result, ready, program = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    sys.argv = sys.argv[3:]
    import mpyc.asyncoro  # takes MPyC's options out of sys.argv
    import mpyc.runtime
    wrap(mpyc.asyncoro, mpyc.runtime)
    sys.path[0] = os.path.dirname(os.path.abspath(program))
    before = cpu_seconds()
    os.write(ready, b".")
    os.close(ready)
    sys.stdin.readline()
    runpy.run_path(program, run_name="__main__")
    sys.stdout.flush()
    seen["cpu"] = cpu_seconds() - before
    seen["rss_kb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with open(result, "w", encoding="utf-8") as file:
        json.dump(seen, file)


if __name__ == "__main__":
    main()
