"""Replicas on one PostgreSQL, killed in turn while pushes come: everything lands, nothing twice."""

import argparse
import collections
import os
import signal
import sys
import time

from fleet import Fleet, Killer, Stranger, broken_rules


def parse():
    parser = argparse.ArgumentParser(prog="scripts/soak replicas", description=__doc__)
    parser.add_argument("--replicas", type=int, default=3)
    parser.add_argument("--services", type=int, default=100)
    parser.add_argument("--waves", type=int, default=20, help="pushes, each of which touches every service (default: 20)")
    parser.add_argument("--kill-every", type=float, default=10, metavar="SECONDS", help="0: none is killed (default: 10)")
    parser.add_argument("--stranger", type=float, default=1, metavar="SECONDS", help="between his pushes; 0: there is none (default: 1)")
    return parser.parse_args(sys.argv[2:])


def main():
    wanted = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    database = os.environ.get("SLIPWAY_TEST_POSTGRES")
    if not database:
        sys.exit("soak: there is no PostgreSQL: run scripts/soak")
    names = [f"service-{number:03}" for number in range(wanted.services)]
    fleet = Fleet(sys.argv[1], wanted.replicas, names, database)
    waves = collections.OrderedDict()
    try:
        # The two contents of each service are built in peace: what is tried is what comes after.
        for number in range(2):
            begin = time.monotonic()
            waves[fleet.wave(names, f"feat: content {number}")] = names
            fleet.landed(names, list(waves)[-1], 30 + 20 * len(names))
            print(f"built {len(names)} images in {time.monotonic() - begin:.0f} s", flush=True)
        killer, stranger = Killer(fleet, wanted.kill_every or 1e9), Stranger(fleet, wanted.stranger or 1e9)
        begin = time.monotonic()
        with killer, stranger:
            for number in range(wanted.waves):
                start = time.monotonic()
                waves[fleet.wave(names, f"feat: wave {number}")] = names
                fleet.landed(names, list(waves)[-1], 600)
                print(f"wave {number + 1} of {wanted.waves}: {len(names)} landed in {time.monotonic() - start:.1f} s; {killer.kills} killed", flush=True)
        seconds = time.monotonic() - begin
        wrong = broken_rules(fleet, waves, stranger)
        count = wanted.waves * len(names)
        print(f"{wanted.replicas} replicas, {killer.kills} killed: {count} deployments of {len(names)} services in {seconds:.0f} s "
              f"({count / seconds:.1f}/s), beside {stranger.pushes} pushes of a stranger, who lost {stranger.lost} races; {len(wrong)} rules broken")
        for sentence in wrong:
            print(f"  {sentence}")
        return 1 if wrong else 0
    finally:
        fleet.close()


if __name__ == "__main__":
    sys.exit(main())
