"""Secret Santa for the parties of MPyC: everybody gives to somebody else, and knows of the others
only that. The arguments are the names of the parties, in their order."""
import sys

from mpyc.runtime import mpc


async def main():
    names = sys.argv[1:]
    if len(names) != len(mpc.parties):
        sys.exit(f"{len(mpc.parties)} parties, but {len(names)} names")
    secint = mpc.SecInt()
    await mpc.start()
    gives_to = mpc.random.random_derangement(secint, len(names))
    for party, name in enumerate(names):
        receiver = await mpc.output(gives_to[party], receivers=party)
        if party == mpc.pid:
            print(f"{name} gives to {names[int(receiver)]}", flush=True)
    await mpc.shutdown()


if __name__ == "__main__":
    mpc.run(main())
