"""The measuring part of `run`: plays each workload against its servers in turn, and prints the table."""
import argparse
import dataclasses
import datetime
import os
import pathlib
import platform
import shutil
import signal
import statistics
import sys
import tempfile

sys.dont_write_bytecode = True
from bench import load, servers, store  # noqa: E402
from bench.payload import Push  # noqa: E402

HISTORY = "/api/v1/deployments?limit=50"
# Cores that others may use before a round is called disturbed.
QUIET = 0.1
UNKNOWN_GUID = "00000000-0000-4000-8000-%012x"
WORKLOADS = {
    "webhook": "POST /webhooks/github, verified and (Slipway alone) durably stored",
    "webhook-random": "the same webhooks with random GUIDs, as Gitea and Forgejo send them",
    "livez": "GET /livez",
    "history": f"GET {HISTORY}",
    "webhook-tls": "POST /webhooks/github over TLS",
    "livez-tls": "GET /livez over TLS",
}
ENTRANTS = {
    "webhook": [servers.Slipway, servers.Hummingbird, servers.Go, servers.Webhook],
    "webhook-random": [servers.Slipway],
    "livez": [servers.Slipway, servers.Hummingbird, servers.Go, servers.Nginx],
    "history": [servers.Slipway],
    "webhook-tls": [servers.Slipway, servers.Go],
    "livez-tls": [servers.Slipway, servers.Go, servers.Nginx],
}


def say(text):
    print(text, file=sys.stderr, flush=True)


@dataclasses.dataclass
class Row:
    """What one server came to in one workload, over all rounds."""
    name: str
    does: str
    rounds: list

    def middle(self, field):
        return statistics.median(getattr(figures, field) for figures in self.rounds)

    def most(self, field):
        return max(getattr(figures, field) for figures in self.rounds)


class Bench:
    def __init__(self, options, directory):
        self.options, self.directory = options, directory
        self.push = Push()
        self.certificate = servers.Certificate(directory)
        self.remarks = []
        self.count = 0

    def run(self):
        sections = []
        for workload, title in WORKLOADS.items():
            if self.options.only and workload not in self.options.only:
                continue
            say(f"{workload}: {title}")
            play = self.history if workload == "history" else self.round
            rows = self.rounds(workload, play)
            if rows:
                sections.append((title, rows))
        return sections

    def rounds(self, workload, play):
        """In turn, A B C A B C, so that whatever else the machine does hits all of them alike."""
        rows = {kind: Row(kind.name, getattr(kind, "does", ""), [])
                for kind in self.present(workload)}
        for number in range(1, self.options.rounds + 1):
            for kind, row in rows.items():
                figures = play(kind, workload)
                row.rounds.append(figures)
                say(f"  round {number}, {kind.name}: {figures.per_second:,.0f}/s, "
                    f"p99 {figures.p99:.2f} ms, {figures.cost:.0f} µs, {figures.rss:.0f} MB, "
                    f"others {figures.others:.2f}")
                if figures.others > QUIET:
                    self.remark(f"{workload}: the machine was not quiet in round {number} of "
                                f"{kind.name}: others used {figures.others:.1f} cores")
        return list(rows.values())

    def present(self, workload):
        found = []
        for kind in ENTRANTS[workload]:
            try:
                server = self.make(kind, workload)
                server.command()
                refusal = server.refusal() if isinstance(server, servers.Slipway) else None
                if refusal:
                    raise servers.Absent(refusal.splitlines()[0])
            except servers.Absent as absence:
                self.remark(f"{workload}: {kind.name} is not measured: {absence}")
                if kind is servers.Slipway:
                    return []
            else:
                found.append(kind)
        return found

    def remark(self, text):
        say(f"  {text}")
        self.remarks.append(text)

    def make(self, kind, workload):
        self.count += 1
        certificate = self.certificate if workload.endswith("-tls") else None
        return kind(self.directory / f"{self.count:03}-{workload}", certificate)

    def round(self, kind, workload):
        """One server, fresh from its start, under one load."""
        hooks = workload.startswith("webhook")
        server = self.make(kind, workload)
        with server:
            sent = self.check(server) if hooks else 0
            script = (load.webhook_script(self.push, server.port, timed=workload != "webhook-random")
                      if hooks else load.DONE)
            url = f"{server.origin}{'/' if hooks else '/livez'}"
            figures = load.measured(server, url, self.options.seconds, script)
        if hooks and kind is servers.Slipway:
            self.reconcile(server, sent + figures.requests)
        shutil.rmtree(server.directory)
        return figures

    def check(self, server):
        """That it verifies at all. Returns how many requests it had to store for that."""
        path = "/webhooks/github"
        good = server.request("POST", path, self.push.body, self.push.headers(UNKNOWN_GUID % 1))
        wrong = self.push.sign(self.push.body + b" ")
        bad = server.request(
            "POST", path, self.push.body, self.push.headers(UNKNOWN_GUID % 2, wrong))
        if isinstance(server, servers.Webhook):
            right = good == (200, b"Hook rules were not satisfied.") and bad[0] == 500
        else:
            right = 200 <= good[0] < 300 and bad[0] == 401
        if not right:
            raise RuntimeError(f"{server.name} answered {good} to a signed push, {bad} to another")
        return 1

    def reconcile(self, server, answered):
        """R1: what was answered is stored. What was stored and not answered was on its way when
        wrk hung up: one request for each connection at most."""
        stored = store.deliveries(server.state)
        if not answered <= stored <= answered + load.CONNECTIONS:
            raise RuntimeError(f"{answered} deliveries were accepted, and {stored} are stored")
        say(f"    {answered:,} answered, {stored:,} stored")

    def history(self, kind, workload):
        server = self.make(kind, workload)
        with server:
            pass
        store.fill(server.state, self.options.history)
        with server:
            headers = [("Authorization", f"Bearer {servers.TOKEN}")]
            status, page = server.request("GET", HISTORY, headers=dict(headers))
            if status != 200 or page.count(b'"id":"backend-') != 50:
                raise RuntimeError(f"the page of history is not one: {status} {page[:300]}")
            figures = load.measured(
                server, server.origin + HISTORY, self.options.seconds, load.DONE, headers)
            self.remark(f"history: {self.options.history:,} deployments stored; ready "
                        f"{server.started_in * 1000:.0f} ms after the start; a page has {len(page):,} bytes")
        shutil.rmtree(server.directory)
        return figures


def table(title, rows):
    first = rows[0]
    deeds = "webhooks" in title
    anchor = first.middle("per_second")
    yield f"| {title} | req/s | rounds | p50 ms | p99 ms | processor µs | RssAnon idle / load MB | RSS idle / load MB | Slipway is |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|---:|"
    for row in rows:
        speeds = sorted(figures.per_second for figures in row.rounds)
        ratio = "" if row is first else f"{anchor / row.middle('per_second'):.2f} ×"
        yield (
            f"| {row.name}{': ' + row.does if deeds else ''} | {row.middle('per_second'):,.0f} "
            f"| {speeds[0]:,.0f}–{speeds[-1]:,.0f} | {row.middle('p50'):.2f} | {row.middle('p99'):.2f} "
            f"| {row.middle('cost'):.0f} "
            f"| {row.middle('anonymous_idle'):.1f} / {row.most('anonymous'):.1f} "
            f"| {row.middle('rss_idle'):.1f} / {row.most('rss'):.1f} | {ratio} |")


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return platform.machine()


def report(bench, sections, sync):
    yield f"`{' '.join(['Benchmarks/http/run', *sys.argv[1:]])}`, {datetime.date.today()}."
    yield ""
    yield (f"{os.cpu_count()} cores ({processor()}), Linux {platform.release()}. "
           f"One wrk thread with {load.CONNECTIONS} keep-alive connections shares the cores with the "
           f"server. Rounds of each: {bench.options.rounds}, of {bench.options.seconds} s, in turn; "
           "medians, and the greatest memory.")
    yield (f"The push has {len(bench.push.body):,} bytes ({bench.push.origin}). Stores are fresh, on "
           f"{store.filesystem(bench.directory)}; a 4 KiB append with `fdatasync` takes "
           f"{sync[0]:.2f} ms (p99 {sync[1]:.2f}).")
    for title, rows in sections:
        yield ""
        yield from table(title, rows)
    if bench.remarks:
        yield ""
        yield from (f"- {remark}" for remark in dict.fromkeys(bench.remarks))


def options():
    parser = argparse.ArgumentParser(
        prog="Benchmarks/http/run", description="Measures Slipway's HTTP server beside others.")
    parser.add_argument("--seconds", type=int, default=10, help="of each round (10)")
    parser.add_argument("--rounds", type=int, default=3, help="of each server (3)")
    parser.add_argument("--only", action="append", choices=list(WORKLOADS), metavar="WORKLOAD",
                        help=f"{', '.join(WORKLOADS)}; may be repeated")
    parser.add_argument("--history", type=int, default=1_000_000,
                        help="deployments stored for the page of history (1000000)")
    parser.add_argument("--out", type=pathlib.Path, help="a file for the table")
    parser.add_argument("--parse-only", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    asked = options()
    if asked.parse_only:
        return
    # Ends as Ctrl-C does: what was started is stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    scratch = servers.ROOT / ".build-bench"
    scratch.mkdir(exist_ok=True)
    if store.filesystem(scratch) in ("tmpfs", "ramfs"):
        sys.exit(f"Benchmarks/http/run: {scratch} is in memory, and the store must be on a disk")
    with tempfile.TemporaryDirectory(dir=scratch, prefix="run-") as name:
        bench = Bench(asked, pathlib.Path(name))
        sync = store.sync_latency(bench.directory)
        sections = bench.run()
        text = "\n".join(report(bench, sections, sync)) + "\n"
    print(text, end="")
    if asked.out:
        asked.out.write_text(text)


if __name__ == "__main__":
    try:
        main()
    except servers.Absent as absence:
        sys.exit(f"Benchmarks/http/run: {absence}")
    except RuntimeError as failure:
        sys.exit(f"Benchmarks/http/run: {failure}")
    except KeyboardInterrupt:
        sys.exit("Benchmarks/http/run: stopped")
