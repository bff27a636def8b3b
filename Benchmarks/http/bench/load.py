"""Runs wrk against a server and watches the server's memory meanwhile."""
import dataclasses
import json
import os
import secrets
import subprocess
import threading
import time

CONNECTIONS = 64

# wrk tells its figures to `done`; the last line of its output is then ours.
DONE = """
function done(summary, latency, requests)
  local e = summary.errors
  print(string.format(
    '{"requests":%d,"microseconds":%d,"p50":%.1f,"p99":%.1f,"worst":%.1f,"refused":%d,"broken":%d}',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    latency.max, e.status, e.connect + e.read + e.write + e.timeout))
end
"""
# GUIDs as GitHub makes them: UUIDs of version 1, whose time goes on by 40 µs for each request, with a
# hundredth of a second of disorder; unique by their end.
TIMED = """
local base, disorder = %d, 100000
local function guid()
  local low = base %% 4294967296 + number * 400 + random(0, disorder)
  local mid = math.floor(base / 4294967296) + math.floor(low / 4294967296)
  return string.format(
    "%%08x-%%04x-1%%03x-8%s-%%012x", low %% 4294967296, mid %% 65536, math.floor(mid / 65536), number)
end
"""
# As Gitea and Forgejo make them: version 4, random; unique by its end.
RANDOM = """
local function guid()
  return string.format(
    "%%08x-%%04x-4%%03x-8%s-%%012x", random(0, 4294967295), random(0, 65535), random(0, 4095), number)
end
"""
REQUEST = """
local head, tail, number, random = %s, %s, 0, math.random
math.randomseed(%d)
%s
function request()
  number = number + 1
  return head .. guid() .. tail
end
"""
# 100 ns since 1582-10-15 (RFC 9562 §5.1).
GREGORIAN = 0x01B21DD213814000


def lua_text(data):
    """Bytes as a Lua literal."""
    return '"' + "".join(
        chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03d}" for byte in data) + '"'


def webhook_script(push, port, timed=True):
    """wrk's script: the same push each time, under another GUID."""
    headers = push.headers(guid="")
    del headers["X-GitHub-Delivery"]
    head = f"POST /webhooks/github HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head += f"Content-Length: {len(push.body)}\r\nX-GitHub-Delivery: "
    run = secrets.token_hex(2)[1:]
    guid = TIMED % (time.time_ns() // 100 + GREGORIAN, run) if timed else RANDOM % run
    return REQUEST % (lua_text(head.encode()), lua_text(b"\r\n\r\n" + push.body),
                      secrets.randbits(31), guid) + DONE


class MemoryWatch(threading.Thread):
    """The greatest resident memory of a server's processes together, looked at ten times a second."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.over = server, threading.Event()
        self.rss = self.anonymous = 0

    def run(self):
        while not self.over.wait(0.1):
            rss, anonymous = memory(self.server.pids())
            self.rss, self.anonymous = max(self.rss, rss), max(self.anonymous, anonymous)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()


def memory(pids):
    """RSS and RssAnon in MB of all of them together."""
    totals = {"VmRSS:": 0, "RssAnon:": 0}
    for pid in pids:
        try:
            with open(f"/proc/{pid}/status", encoding="utf-8") as status:
                for line in status:
                    name, *value = line.split()
                    if name in totals:
                        totals[name] += int(value[0])
        except OSError:
            continue
    return totals["VmRSS:"] / 1024, totals["RssAnon:"] / 1024


@dataclasses.dataclass
class Figures:
    per_second: float
    p50: float  # milliseconds, as the next two
    p99: float
    worst: float
    requests: int
    cost: float = 0.0  # microseconds of processor that the server took for each request
    rss_idle: float = 0.0
    anonymous_idle: float = 0.0
    rss: float = 0.0
    anonymous: float = 0.0
    others: float = 0.0  # cores that neither the server nor wrk used, and somebody did


def wrk(url, seconds, script, directory, headers=(), connections=CONNECTIONS):
    """Raises if anything but 2xx and 3xx came back, or a connection broke."""
    path = directory / "wrk.lua"
    path.write_text(script)
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", path]
    for name, value in headers:
        command += ["-H", f"{name}: {value}"]
    # In a session of its own, so that Ctrl-C is ours to handle.
    ended = subprocess.run([*map(str, command), url], capture_output=True, text=True,
                           start_new_session=True)
    try:
        said = json.loads(ended.stdout.strip().splitlines()[-1])
    except (ValueError, IndexError):
        raise RuntimeError(f"wrk failed: {ended.stdout}{ended.stderr}") from None
    if said["refused"] or said["broken"]:
        raise RuntimeError(f"{url}: {said['refused']} answers were no success, and "
                           f"{said['broken']} connections broke, of {said['requests']} requests")
    return Figures(
        per_second=said["requests"] / said["microseconds"] * 1e6, p50=said["p50"] / 1000,
        p99=said["p99"] / 1000, worst=said["worst"] / 1000, requests=said["requests"])


TICKS = os.sysconf("SC_CLK_TCK")


def busy():
    """Processor seconds that the machine has spent in processes, and in what its host took away."""
    with open("/proc/stat", encoding="ascii") as stat:
        user, nice, system, _, _, _, _, stolen, *_ = map(int, stat.readline().split()[1:])
    return (user + nice + system + stolen) / TICKS


def spent(pids):
    """Processor seconds of these processes; threads that have ended count."""
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
                total += sum(map(int, stat.read().rsplit(")", 1)[1].split()[11:13]))
        except OSError:
            continue
    return total / TICKS


class Disturbance:
    """How many cores were busy with anything but the server and what this script started."""

    def __init__(self, server):
        self.server = server

    def total(self):
        own = sum(os.times()[:4])
        return busy() - spent(self.server.pids()) - own

    def __enter__(self):
        self.begin, self.before = time.monotonic(), self.total()
        return self

    def __exit__(self, *_):
        self.cores = (self.total() - self.before) / (time.monotonic() - self.begin)


def measured(server, url, seconds, script, headers=(), connections=CONNECTIONS):
    """Load on a server that has just started: its figures, with its memory before and meanwhile."""
    idle = memory(server.pids())
    with Disturbance(server) as disturbance, MemoryWatch(server) as watch:
        before = spent(server.pids())
        figures = wrk(url, seconds, script, server.directory, headers, connections)
        figures.cost = (spent(server.pids()) - before) / figures.requests * 1e6
    figures.rss_idle, figures.anonymous_idle = idle
    figures.rss, figures.anonymous = watch.rss, watch.anonymous
    figures.others = disturbance.cores
    return figures


def descriptors(pid):
    """How many are open, once that has stood still for a while: clients that left are noticed one
    after another."""
    count, since = -1, 0.0
    while count != (now := len(os.listdir(f"/proc/{pid}/fd"))) or time.monotonic() - since < 0.5:
        if count != now:
            count, since = now, time.monotonic()
        time.sleep(0.05)
    return count
