"""One Slipway with everything at once: pushes, twice over, forged and malformed ones, rollbacks, holds, readers,
event streams and followed logs that come and go, reloads, and a stranger on the branch. Memory, descriptors and
latency are watched; they must not grow."""

import argparse
import http.client
import itertools
import pathlib
import random
import signal
import statistics
import sys
import threading
import time
import traceback
import urllib.error
import urllib.request
import uuid

from chart import draw
from fleet import Fleet, Stranger
from town import READER, TOKEN, eventually


def parse():
    parser = argparse.ArgumentParser(prog="scripts/soak everything", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--services", type=int, default=12)
    parser.add_argument("--chart", metavar="FILE.svg", help="draws what was watched")
    return parser.parse_args(sys.argv[2:])


class Watch:
    """What one process uses, as /proc says, and how long a webhook and a page take."""

    def __init__(self, fleet):
        self.fleet, self.rows, self.latencies, self.lock = fleet, [], [], threading.Lock()
        self.begin = time.monotonic()

    def timed(self, seconds):
        with self.lock:
            self.latencies.append(seconds * 1000)

    def sample(self):
        process = pathlib.Path(f"/proc/{self.fleet.processes['slipway-0'].pid}")
        status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines() if ":" in line)
        with self.lock:
            latencies, self.latencies = sorted(self.latencies), []
        self.rows.append({
            "minutes": (time.monotonic() - self.begin) / 60,
            "memory": int(status["VmRSS"].split()[0]) / 1024,
            "anonymous": int(status["RssAnon"].split()[0]) / 1024,
            "descriptors": len(list((process / "fd").iterdir())),
            "threads": int(status["Threads"]),
            "latency": latencies[int(len(latencies) * 0.99)] if latencies else None,
        })


class Crowd:
    """Each of these goes on until it is over; what none of them should meet is kept."""

    def __init__(self, fleet, names, watch):
        self.fleet, self.names, self.watch = fleet, names, watch
        self.over, self.troubles, self.counts = threading.Event(), [], {}
        self.turn, self.threads = threading.Lock(), []

    def go(self, work, pause, seed):
        dice = random.Random(seed)

        def loop():
            while not self.over.wait(dice.uniform(0.5, 1.5) * pause):
                try:
                    work(dice)
                    self.counts[work.__name__] = self.counts.get(work.__name__, 0) + 1
                except Exception:
                    self.troubles.append(f"{work.__name__}: {traceback.format_exc(limit=4)}")
        self.threads.append(threading.Thread(target=loop, daemon=True))
        self.threads[-1].start()

    def end(self):
        """What they are at is done: nothing is asked for after this."""
        self.over.set()
        for thread in self.threads:
            thread.join(120)
            assert not thread.is_alive(), "a call that does not end"

    def request(self, path, token=READER, body=None, method=None, headers=None, timeout=30):
        """Its status, and how long it took."""
        request = urllib.request.Request(f"{self.fleet.url}{path}", body, {"Authorization": f"Bearer {token}", **(headers or {})}, method=method)
        begin = time.monotonic()
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                answer.read()
                return answer.status, time.monotonic() - begin
        except urllib.error.HTTPError as refusal:
            refusal.read()
            return refusal.code, time.monotonic() - begin

    def expect(self, found, *wanted):
        assert found in wanted, f"{found}, not {' or '.join(map(str, wanted))}"

    def push(self, dice):
        with self.turn:
            self.fleet.wave(dice.sample(self.names, dice.randint(1, 4)), f"feat: {uuid.uuid4()}")

    def read(self, dice):
        service = dice.choice(self.names)
        path = dice.choice([
            "/api/v1/services", f"/api/v1/services/{service}", f"/api/v1/services/{service}/deployments", "/api/v1/deployments?limit=50&timeline=true",
            "/api/v1/deliveries", "/api/v1/stats", "/metrics", "/", "/openapi.yaml", "/readyz"])
        status, seconds = self.request(path)
        self.expect(status, 200)
        self.watch.timed(seconds)

    def forge(self, dice):
        headers = {"Content-Type": "application/json", "X-GitHub-Event": "push", "X-GitHub-Delivery": str(uuid.uuid4()),
                   "X-Hub-Signature-256": f"sha256={dice.randbytes(32).hex()}"}
        self.expect(self.request("/webhooks/github", body=dice.randbytes(dice.choice([10, 5000, 200_000])), headers=headers)[0], 401)
        self.expect(self.request("/api/v1/services", token="wrong-token-0123456789")[0], 401)
        self.expect(self.request("/api/v1/services/none/hold", token=TOKEN, body=b"{", headers={"Content-Type": "application/json"})[0], 400, 404)

    def stumble(self, dice):
        """What no HTTP client sends, or sends and leaves."""
        one = http.client.HTTPConnection("127.0.0.1", self.fleet.replicas[0].port, timeout=30)
        one.connect()
        one.sock.sendall(dice.choice([b"GET / HTTP/1.1\r\n", b"\x16\x03\x01\x00\x05", b"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nabc"]))
        one.close()

    def decide(self, dice):
        service = dice.choice(self.names)
        with self.turn:
            held, _ = self.request(f"/api/v1/services/{service}/hold", TOKEN, b'{"reason":"soak"}', headers={"Content-Type": "application/json"})
            self.expect(held, 200, 409)
            rolled, _ = self.request(f"/api/v1/services/{service}/rollback", TOKEN, b'{"reason":"soak"}', headers={"Content-Type": "application/json"})
            # 422: what it runs is the only image that it ever had.
            self.expect(rolled, 202, 409, 422)
            released, _ = self.request(f"/api/v1/services/{service}/hold", TOKEN, method="DELETE")
            self.expect(released, 200, 204)

    def follow(self, dice):
        """Listens for a while, and goes without a word."""
        request = urllib.request.Request(f"{self.fleet.url}/api/v1/events", headers={"Authorization": f"Bearer {READER}"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            for _ in itertools.islice(answer, dice.randint(1, 40)):
                if self.over.is_set():
                    break

    def reload(self, dice):
        self.fleet.processes["slipway-0"].send_signal(signal.SIGHUP)


def flat(rows, name, allowed):
    """None, or how much more the last third shows than the second."""
    values = [row[name] for row in rows]
    third = len(values) // 3
    before, after = statistics.median(values[third:2 * third]), statistics.median(values[2 * third:])
    return None if after <= before * (1 + allowed) + 1 else f"{name} grew from {before:.1f} to {after:.1f}"


def main():
    wanted = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    names = [f"service-{number:02}" for number in range(wanted.services)]
    fleet = Fleet(sys.argv[1], 1, names)
    fleet.url = fleet.replicas[0].url
    try:
        for number in range(2):
            fleet.landed(names, fleet.wave(names, f"feat: content {number}"), 60 + 20 * len(names))
        watch = Watch(fleet)
        crowd = Crowd(fleet, names, watch)
        for seed, (work, pause) in enumerate([
                (crowd.push, 3), (crowd.read, 0.05), (crowd.read, 0.05), (crowd.forge, 0.3), (crowd.stumble, 0.3), (crowd.decide, 10),
                (crowd.follow, 0.5), (crowd.follow, 0.5), (crowd.follow, 0.5), (crowd.reload, 15)]):
            crowd.go(work, pause, seed)
        with Stranger(fleet, 2) as stranger:
            end = time.monotonic() + wanted.minutes * 60
            pause = max(0.5, wanted.minutes * 60 / 240)
            while time.monotonic() < end:
                time.sleep(pause)
                watch.sample()
                if len(watch.rows) % 24 == 0:
                    row = watch.rows[-1]
                    print(f"{row['minutes']:5.1f} min: {row['memory']:.1f} MiB ({row['anonymous']:.1f} of its own), {row['descriptors']} descriptors, {row['threads']} threads, "
                          f"p99 {row['latency'] or 0:.1f} ms; {crowd.counts}", flush=True)
            crowd.end()
        eventually("the end of what was under way", 300, lambda: not any(one["inFlight"] for one in fleet.pages("/services")))
        wrong = [f"{len(crowd.troubles)} calls went wrong, the first: {crowd.troubles[0]}"] if crowd.troubles else []
        wrong += [sentence for sentence in (flat(watch.rows, "memory", 0.1), flat(watch.rows, "descriptors", 0.1), flat(watch.rows, "threads", 0.1)) if sentence]
        wrong += [f"{one['id']} failed: {one['failure']}" for one in fleet.pages("/deployments?state=failed")]
        subjects = fleet.git("log", "--format=%s", "main", where=fleet.origin).splitlines()
        notes = sum(subject.startswith("docs: note ") for subject in subjects)
        if notes != stranger.pushes:
            wrong.append(f"R6: of the stranger's {stranger.pushes} pushes {notes} are on the branch")
        for one in fleet.pages("/services"):
            text = fleet.file(f"k8s/{one['name']}/kustomization.yaml")
            if f'newTag: "{one["current"]["tag"]}"' not in text:
                wrong.append(f"R14: {one['name']} is {one['current']['tag']} in the history, and not in git")
        count = len(fleet.pages("/deployments"))
        rows = watch.rows[len(watch.rows) // 3:]
        print(f"{wanted.minutes:g} minutes: {count} deployments, {crowd.counts}; memory {min(r['memory'] for r in rows):.1f} to "
              f"{max(r['memory'] for r in rows):.1f} MiB, descriptors {min(r['descriptors'] for r in rows)} to {max(r['descriptors'] for r in rows)}; "
              f"{len(wrong)} things wrong")
        for sentence in wrong:
            print(f"  {sentence}")
        if wanted.chart:
            draw(wanted.chart, watch.rows)
        return 1 if wrong else 0
    finally:
        fleet.close()


if __name__ == "__main__":
    sys.exit(main())
