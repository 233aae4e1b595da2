"""bench/overlays/first_share.py — a program of MPyC that says when its party could send its first
share: the monotonic time at which all are connected. Then one number is opened."""
import time

from mpyc.runtime import mpc


async def main():
    secint = mpc.SecInt(32)
    await mpc.start()
    print("first share at", time.monotonic(), flush=True)
    print("sum", await mpc.output(mpc.sum(mpc.input(secint(mpc.pid + 1)))))
    await mpc.shutdown()


mpc.run(main())
