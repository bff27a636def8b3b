"""Measures what `run` has built, and prints the tables."""
import argparse
import http.client
import json
import pathlib
import statistics
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "Benchmarks/http"), str(ROOT / "Tests/Browser")]
sys.dont_write_bytecode = True

from bench.servers import TOKEN  # noqa: E402
from chromium import Chromium  # noqa: E402
from history import Shop, fill  # noqa: E402

PARTS = ["paint", "api"]
SERVICES = 1_000

# Runs before anything of the page, in a browser that could read when it was last here. A row counts when a frame that has it was drawn: the one after its insertion.
WATCH = """
try { localStorage.setItem("slipway.reads", ""); } catch { /* about:blank has none */ }
window.rowsSeen = new Promise((resolve) => {
  const look = () => document.querySelectorAll('.services .row[data-row] a.strong').length;
  const watcher = new MutationObserver(() => {
    const rows = look();
    if (!rows) return;
    watcher.disconnect();
    requestAnimationFrame(() => { const c = new MessageChannel(); c.port1.onmessage = () => resolve({ at: performance.now(), rows }); c.port2.postMessage(0); });
  });
  watcher.observe(document, { subtree: true, childList: true });
});
"""

# The entry may be written after the frame was drawn.
PAINTED = """
new Promise((resolve) => new PerformanceObserver((list, watcher) => {
  const [entry] = list.getEntriesByName('first-contentful-paint');
  if (entry) { watcher.disconnect(); resolve(entry.startTime); }
}).observe({ type: 'paint', buffered: true }))
"""


def arguments():
    parser = argparse.ArgumentParser(prog="Benchmarks/dashboard/run", description="The dashboard over a long history.")
    parser.add_argument("--only", action="append", choices=PARTS, help="this part; may repeat")
    parser.add_argument("--rounds", type=int, default=15, help="of the page, each with nothing cached (15)")
    parser.add_argument("--requests", type=int, default=60, help="of each call (60)")
    parser.add_argument("--out", type=pathlib.Path, help="a file that gets the tables too")
    parser.add_argument("--picture", type=pathlib.Path, help="where to put a picture of the page")
    parser.add_argument("--parse-only", action="store_true", help=argparse.SUPPRESS)
    return parser


def filled(directory, deployments):
    shop = Shop(directory, SERVICES)
    shop.start()
    shop.stop()
    fill(shop.state, SERVICES, deployments)
    return shop


def cookie(shop):
    connection = http.client.HTTPConnection("127.0.0.1", shop.port, timeout=10)
    connection.request("POST", "/session", json.dumps({"token": TOKEN}),
                       {"Content-Type": "application/json", "X-Slipway-CSRF": "1", "Sec-Fetch-Site": "same-origin"})
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise RuntimeError(f"signing in was answered {answer.status}")
    return answer.getheader("Set-Cookie").split(";")[0].split("=", 1)


def paint(directory, rounds, picture):
    """Of each round: first contentful paint, the rows, and bytes with their heads until all of the list was there."""
    found = []
    with filled(directory / "paint", 100_000) as shop:
        name, value = cookie(shop)
        browser = Chromium()
        try:
            for number in range(rounds + 1):
                page = browser.page()
                page.call("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
                page.call("Network.setCookie", name=name, value=value, url=shop.origin, httpOnly=True, sameSite="Strict")
                browser.rest()
                page.received = 0
                page.call("Page.navigate", url=shop.origin)
                seen = page.evaluate("window.rowsSeen")
                first = page.received
                page.wait("all services", f"document.querySelector('.chip-all .count')?.textContent === '{SERVICES:,}'")
                contentful = page.evaluate(PAINTED)
                if page.complaints:
                    raise RuntimeError(f"the browser complains: {page.complaints}")
                found.append({"contentful": contentful, "rows": seen["at"], "count": seen["rows"], "bytes": first, "all": page.received,
                              "requests": len(page.requests)})
                if picture and number == rounds:
                    page.picture(picture)
                page.close()
        finally:
            browser.close()
    # The first one starts the browser's own processes.
    return found[1:]


def spread(values, unit, goal):
    values = sorted(values)
    return f"{statistics.median(values):,.0f} {unit} | {values[-1]:,.0f} {unit} | {goal}"


def paint_rows(rounds):
    yield f"| the dashboard, {SERVICES:,} services and 100,000 deployments | median | worst | to reach |"
    yield "|---|---:|---:|---:|"
    yield f"| first contentful paint | {spread([one['contentful'] for one in rounds], 'ms', '')} |"
    yield f"| until the services are to be seen | {spread([one['rows'] for one in rounds], 'ms', '≤ 200 ms')} |"
    yield f"| bytes until then, heads included | {spread([one['bytes'] / 1000 for one in rounds], 'kB', '≤ 100 kB')} |"
    yield f"| bytes until the whole list is there | {spread([one['all'] / 1000 for one in rounds], 'kB', '')} |"


class Calls:
    def __init__(self, shop):
        self.connection = http.client.HTTPConnection("127.0.0.1", shop.port, timeout=60)

    def get(self, path):
        """The answer, its bytes as sent, and the milliseconds that it took."""
        begin = time.perf_counter()
        self.connection.request("GET", path, None, {"Authorization": f"Bearer {TOKEN}"})
        answer = self.connection.getresponse()
        body = answer.read()
        took = (time.perf_counter() - begin) * 1000
        if answer.status != 200:
            raise RuntimeError(f"GET {path}: {answer.status} {body[:500].decode()}")
        return json.loads(body), len(body), took


def api_rows(directory, requests):
    deployments = 200_000
    yield f"| a call, {SERVICES:,} services and {deployments:,} deployments | median | worst | bytes, not packed |"
    yield "|---|---:|---:|---:|"
    with filled(directory / "api", deployments) as shop:
        calls = Calls(shop)

        def row(name, path, times):
            taken = [calls.get(path)[1:] for _ in range(times)]
            return f"| {name} | {spread([ms for _, ms in taken], 'ms', f'{taken[0][0] / 1000:,.0f} kB')} |"

        yield row("`GET /api/v1/services?limit=60`", "/api/v1/services?limit=60", requests)
        yield row("`GET /api/v1/services?limit=200`", "/api/v1/services?limit=200", requests)
        yield row("`GET /api/v1/services/{service}`", "/api/v1/services/cart-service-000", requests)
        yield row("`GET /api/v1/deployments`, first page", "/api/v1/deployments", requests)
        page, = [calls.get("/api/v1/deployments")[0]]
        for _ in range(998):
            page = calls.get(f"/api/v1/deployments?cursor={page['nextCursor']}")[0]
        yield row("`GET /api/v1/deployments`, 1,000th page", f"/api/v1/deployments?cursor={page['nextCursor']}", requests)
        stats, _, _ = calls.get("/api/v1/stats?window=366d")
        ended = sum(stats["services"][0]["deployments"][key] for key in ("live", "failed"))
        if ended < deployments * 0.9:
            raise RuntimeError(f"the measures are of {ended} deployments")
        yield row("`GET /api/v1/stats?window=366d`, all of them", "/api/v1/stats?window=366d", max(3, requests // 10))
        yield row("`GET /api/v1/stats` (30 days), a third of them", "/api/v1/stats", max(3, requests // 10))
        yield row("`GET /api/v1/stats?service=…`", "/api/v1/stats?service=cart-service-000&window=366d", requests)


def main():
    options = arguments().parse_args()
    if options.parse_only:
        return
    chosen = options.only or PARTS
    lines = []
    with tempfile.TemporaryDirectory(prefix="slipway-dashboard-") as name:
        directory = pathlib.Path(name)
        parts = {"paint": lambda: paint_rows(paint(directory, options.rounds, options.picture)), "api": lambda: api_rows(directory, options.requests)}
        for part in chosen:
            for line in parts[part]():
                print(line, flush=True)
                lines.append(line)
            print(flush=True)
            lines.append("")
    if options.out:
        options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
