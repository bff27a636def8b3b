"""Measures what `run` has built, and prints the tables."""
import argparse
import os
import pathlib
import sys
import tempfile

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "http"))
sys.dont_write_bytecode = True

from bench import store  # noqa: E402
from parts import latency, race, reading  # noqa: E402

PARTS = ["race", "latency", "plan", "history"]


def arguments():
    parser = argparse.ArgumentParser(
        prog="Benchmarks/commits/run", description="Manifest commits, and what leads to them.")
    parser.add_argument("--only", action="append", choices=PARTS, help="this part; may repeat")
    parser.add_argument("--builds", action="append", metavar="N:S",
                        help="so many builds over so many services; may repeat "
                        "(3:3, 30:30, 30:3 and 200:200)")
    parser.add_argument("--rounds", type=int, default=20, help="of latency and plan (20)")
    parser.add_argument("--requests", type=int, default=3000, help="of the history (3000)")
    parser.add_argument("--out", type=pathlib.Path, help="a file that gets the tables too")
    parser.add_argument("--parse-only", action="store_true", help=argparse.SUPPRESS)
    return parser


def races(directory, sizes):
    yield "| builds that end together, a stranger pushes every 50 ms | | landed | newest in force | seconds | linear |"
    yield "|---|---|---:|---:|---:|---|"
    for builds, services in sizes:
        for run in (race.loop, race.writer):
            place = directory / f"{run.__name__}-{builds}-{services}"
            place.mkdir()
            found = run(place, builds, services)
            landed = f"{found['landed']} of {builds}"
            if found.get("superseded"):
                landed += f", {found['superseded']} superseded by newer ones"
            yield (f"| {builds} over {services} | {found['who']} | {landed}"
                   f" | {found['newest']} of {services} | {found['seconds']:.1f}"
                   f" | {'yes' if found['linear'] else 'no'} |")


def figures(directory, chosen, options):
    yield "| | measured | to reach |"
    yield "|---|---:|---:|"
    if "latency" in chosen:
        (directory / "latency").mkdir()
        found = latency.measure(directory / "latency", options.rounds)
        yield ("| push received → manifest commit pushed, without the builder's time, median of "
               f"{options.rounds} | {found['median']:.0f} ms | ≤ 150 ms |")
        yield f"| the same for a reverted push: no build | {found['reuse']:.0f} ms | ≤ 400 ms |"
    if "plan" in chosen:
        (directory / "plan").mkdir()
        found = reading.plan(directory / "plan", options.rounds)
        yield ("| `plan` of 10,000 changed files over 1,000 services, median | "
               f"{found['median']:.0f} ms | ≤ 100 ms |")
    if "history" in chosen:
        found = reading.history(directory / "history", options.requests)
        yield f"| a page of history at 1,000,000 deployments, p99 | {found['p99']:.1f} ms | ≤ 5 ms |"
        yield f"| start-up with them, to readiness | {found['start']:.2f} s | ≤ 1 s |"


def main():
    options = arguments().parse_args()
    sizes = [tuple(map(int, size.split(":"))) for size in
             options.builds or ["3:3", "30:30", "30:3", "200:200"]]
    if options.parse_only:
        return
    chosen = options.only or PARTS
    lines = []

    def say(line):
        print(line, flush=True)
        lines.append(line)

    with tempfile.TemporaryDirectory(prefix="slipway-commits-") as name:
        directory = pathlib.Path(name)
        median, _ = store.sync_latency(directory)
        say(f"{os.cpu_count()} cores, {store.filesystem(directory)}, fdatasync {median:.1f} ms\n")
        if "race" in chosen:
            for line in races(directory, sizes):
                say(line)
            say("")
        if set(chosen) - {"race"}:
            for line in figures(directory, chosen, options):
                say(line)
    if options.out:
        options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
