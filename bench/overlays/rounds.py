"""bench/overlays/rounds.py — a program of MPyC with as many rounds as it is told, each with the same
messages: what the random number of rounds of Secret Santa is compared with.

usage: rounds.py ROUNDS [VALUES]

In each round every party opens VALUES (1) secret numbers to all, and waits for the result before the
next round.
"""
import sys

from mpyc.runtime import mpc


async def main():
    rounds, values = int(sys.argv[1]), int(sys.argv[2]) if sys.argv[2:] else 1
    secint = mpc.SecInt(32)
    await mpc.start()
    numbers = mpc.input([secint(1 + i) for i in range(values)], senders=0)
    total = 0
    for _ in range(rounds):
        total += sum(await mpc.output(numbers))
    print("sum", total)
    await mpc.shutdown()


mpc.run(main())
