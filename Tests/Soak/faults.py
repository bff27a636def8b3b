"""What the world does to a server, one fault after another, on a real Slipway: the disk is full, the
registry is silent, slow, limits, lies or is cut off, the remote hangs, is away or is cut off, the process is killed, memory is short,
the clock jumps, PostgreSQL ends. Each has to be said, lose nothing, and be over when the fault is."""

import contextlib
import datetime
import http.client
import http.server
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time

from fleet import Fleet, broken_rules
from town import eventually

NAMES = ["backend", "frontend"]
GIT_HTTP = pathlib.Path(__file__).parent.parent / "TestKit/git-http.py"
CLOCK = pathlib.Path(__file__).parent / "clock.c"
FAULTS = []


def fault(function):
    FAULTS.append(function)
    return function


class Registry(http.server.ThreadingHTTPServer):
    """In front of the real one: hands on what it gets, late or not as it should be."""

    daemon_threads = True

    def handle_error(self, request, client_address):
        """Who asked has gone, or the real one has: neither is of interest here."""

    def __init__(self, real):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self):
                time.sleep(outer.delay)
                if outer.answer:
                    status, headers = outer.answer
                    self.rfile.read(int(self.headers.get("Content-Length") or 0))
                    self.send_response(status)
                    for name, value in {"Content-Length": "0", **headers}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    return
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if self.headers.get("Transfer-Encoding") == "chunked":
                    body = b"".join(iter(self.chunk, b""))
                to = http.client.HTTPConnection("localhost", outer.real, timeout=60)
                headers = {name: value for name, value in self.headers.items() if name.lower() not in ("transfer-encoding", "content-length")}
                to.request(self.command, self.path, body, headers)
                answer = to.getresponse()
                text = answer.read()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() == "docker-content-digest" and outer.lies and "/manifests/" in self.path:
                        value = "sha256:" + "0" * 64
                    if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                        self.send_header(name, value)
                self.send_header("Content-Length", answer.getheader("Content-Length", "0") if self.command == "HEAD" else str(len(text)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(text)
                to.close()

            do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = do_DELETE = handle_one

            def chunk(self):
                size = int(self.rfile.readline().split(b";")[0], 16)
                text = self.rfile.read(size)
                self.rfile.readline()
                return text

            def log_message(self, *arguments):
                pass

        super().__init__(("", 0), Handler)
        self.real, self.delay, self.answer, self.lies = real, 0, None, False
        threading.Thread(target=self.serve_forever, daemon=True).start()


# Takes what comes to it to another address: argv is its own, then the other.
FORWARDER = """
import socket, sys, threading
def pump(a, b):
    try:
        while data := a.recv(65536):
            b.sendall(data)
    except OSError:
        pass
    for one in (a, b):
        try:
            one.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
while True:
    a, _ = listener.accept()
    try:
        b = socket.create_connection((sys.argv[3], int(sys.argv[4])), 30)
    except OSError:
        a.close()
        continue
    for pair in ((a, b), (b, a)):
        threading.Thread(target=pump, args=pair, daemon=True).start()
"""


class Network:
    """A network namespace behind a cable, and in it the way to the registry."""

    HERE, THERE = "10.213.77.1", "10.213.77.2"

    def __init__(self):
        self.name = f"soak{os.getpid()}"
        ip = self.ip
        try:
            ip("netns", "add", self.name)
            ip("link", "add", self.name, "type", "veth", "peer", "name", "far", "netns", self.name)
            ip("address", "add", f"{self.HERE}/30", "dev", self.name)
            ip("link", "set", self.name, "up")
            ip("-n", self.name, "address", "add", f"{self.THERE}/30", "dev", "far")
            self.join()
        except subprocess.CalledProcessError:
            self.close()
            raise

    @staticmethod
    def ip(*arguments):
        subprocess.run(["ip", *arguments], check=True, capture_output=True)

    def cut(self):
        self.ip("-n", self.name, "link", "set", "far", "down")

    def join(self):
        self.ip("-n", self.name, "link", "set", "far", "up")

    def close(self):
        subprocess.run(["ip", "netns", "delete", self.name], check=False, capture_output=True)


class Afar(Fleet):
    """One Slipway whose git remote speaks HTTP, from behind a cable."""

    def __init__(self, program, network):
        self.network = network
        super().__init__(program, 1, NAMES)
        self.url = self.replicas[0].url

    def begin_remote(self):
        super().begin_remote()
        self.served = self.home / "served"
        self.served.mkdir()
        (self.served / "origin.git").symlink_to(self.origin)
        server = subprocess.Popen(["ip", "netns", "exec", self.network.name, sys.executable, GIT_HTTP, self.served, Network.THERE],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.processes["git"] = server
        self.remote = f"http://{Network.THERE}:{server.stdout.readline().strip()}/origin.git"

    @contextlib.contextmanager
    def cut_off(self, service, when):
        """The network is cut while that service is asked for something; again there afterwards, when nothing is left of that
        connection at the other end."""
        cut, reached = self.served / "cut", self.served / "reached"
        cut.write_text(f"{service} {when}")
        try:
            yield lambda: (eventually(f"a request for {service}", 120, reached.exists), self.network.cut())
        finally:
            cut.unlink()
            time.sleep(0.5)
            self.network.join()
            reached.unlink(missing_ok=True)


class Place(Fleet):
    """One Slipway whose state is a file system of its own, and whose registry can be had to misbehave."""

    def begin_registry(self):
        super().begin_registry()
        self.middle = Registry(int(self.registry.split(":")[1]))
        self.real, self.registry = self.registry, f"localhost:{self.middle.server_port}"
        try:
            self.network = Network()
        except (OSError, subprocess.CalledProcessError) as problem:
            self.network, self.without_network = None, problem
            return
        port = self.middle.server_port
        self.run("cable", "ip", "netns", "exec", self.network.name, sys.executable, "-c", FORWARDER, Network.THERE, str(port), Network.HERE, str(port))
        self.registry = f"{Network.THERE}:{port}"
        eventually("the way to the registry", 30, lambda: self.answers(f"http://{self.registry}/v2/"))

    def configure(self):
        super().configure()
        self.state_directory = self.home / "state-slipway-0"
        self.state_directory.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m,mode=0700", "tmpfs", str(self.state_directory)], check=True)
        # Layers are not what the disk is filled with.
        storage = self.home / "buildah"
        storage.mkdir()
        (self.state_directory / "buildah").symlink_to(storage)
        file = self.home / "slipway-0.yaml"
        file.write_text(file.read_text().replace("pipeline: { ", "pipeline: { commitDeadline: 3m, "))

    # A file with the seconds by which the server's clock is ahead; nil: it has the machine's.
    clock = None

    def run(self, name, *command):
        if name == "slipway-0" and self.clock:
            command = ("env", f"LD_PRELOAD={self.clock}.so", f"CLOCK_FILE={self.clock}", *command)
        super().run(name, *command)

    def again_with(self, clock):
        self.kill(self.replicas[0])
        self.clock = clock
        self.begin(self.replicas[0])

    def begin(self, replica):
        self.replicas[0].url = f"http://127.0.0.1:{replica.port}"
        self.url = replica.url
        super().begin(replica)

    @property
    def pid(self):
        return self.processes["slipway-0"].pid

    def status(self, path, data=None):
        try:
            return self.answer_of(path, data)
        except (ConnectionError, TimeoutError, OSError):
            return 0

    def answer_of(self, path, data):
        connection = http.client.HTTPConnection("127.0.0.1", self.replicas[0].port, timeout=30)
        connection.request("POST" if data else "GET", path, data)
        try:
            return connection.getresponse().status
        finally:
            connection.close()

    def unstored(self, subject):
        """A push whose delivery is refused with 503: GitHub shows it as failed."""
        before, after = self.change(NAMES, subject)
        self.deliver(before, after, guid=f"guid-{after}", expected=503)
        return before, after

    def again(self, before, after):
        """Redelivered, by a person or by GitHub's API."""
        self.deliver(before, after, guid=f"guid-{after}", expected=(200, 202))
        self.landed(NAMES, after, 120)

    def push(self, subject):
        before, after = self.change(NAMES, subject)
        self.deliver(before, after)
        return after

    def newest(self):
        """State and failure's code of what was asked last, of each service."""
        return [(one["state"], (one["failure"] or {}).get("code"))
                for name in NAMES for one in self.call("GET", f"/services/{name}/deployments?limit=1")["items"]]

    def close(self):
        try:
            super().close()
        finally:
            if self.network:
                self.network.close()
            subprocess.run(["umount", "-l", str(self.state_directory)], check=False)
            shutil.rmtree(self.home, ignore_errors=True)


@fault
def disk_full(place):
    """webhooks 503 and `/readyz` 503; history can be read; after space is there the redelivered push lands"""
    filler = place.state_directory / "filler"
    try:
        with open(filler, "wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(bytes(1 << 12)):
                pass
        before, after = place.unstored("feat: on a full disk")
        eventually("that it is not ready", 10, lambda: place.status("/readyz") == 503)
        place.call("GET", "/deployments")
    finally:
        filler.unlink()
    eventually("readiness", 60, lambda: place.status("/readyz") == 200)
    place.again(before, after)


@fault
def registry_silent(place):
    """the deployment says since when it waits for the registry, and goes on when it answers"""
    process = place.processes["registry"]
    process.send_signal(signal.SIGSTOP)
    try:
        after = place.push("feat: to a silent registry")
        time.sleep(20)
        assert all(state not in ("failed", "committed") for state, _ in place.newest()), place.newest()
    finally:
        process.send_signal(signal.SIGCONT)
    place.landed(NAMES, after, 180)


@fault
def registry_cut_off(place):
    """its network is cut (a link that goes down between two namespaces): the deployment waits, and goes on when it is there"""
    if not place.network:
        return f"left out: {place.without_network}"
    place.network.cut()
    try:
        after = place.push("feat: to a registry that is cut off")
        time.sleep(20)
        assert all(state not in ("failed", "committed") for state, _ in place.newest()), place.newest()
        assert place.status("/livez") == 200
        assert place.status("/readyz") == 200
    finally:
        place.network.join()
    place.landed(NAMES, after, 180)


@fault
def registry_limits(place):
    """429 with Retry-After is waited for"""
    place.middle.answer = (429, {"Retry-After": "2"})
    after = place.push("feat: to a registry that limits")
    time.sleep(8)
    assert all(state not in ("failed", "committed") for state, _ in place.newest()), place.newest()
    place.middle.answer = None
    place.landed(NAMES, after, 180)


@fault
def registry_slow(place):
    """half a second for every answer delays, and no more"""
    place.middle.delay = 0.5
    after = place.push("feat: to a slow registry")
    place.landed(NAMES, after, 180)
    place.middle.delay = 0


@fault
def registry_lies(place):
    """`digest_mismatch`, and nothing is committed; a retry lands once it tells the truth"""
    tip = place.tip()
    place.middle.lies = True
    after = place.push("feat: to a lying registry")
    eventually("the refusal", 180, lambda: all(state == "failed" for state, _ in place.newest()))
    codes = {code for _, code in place.newest()}
    place.middle.lies = False
    assert codes <= {"digest_mismatch", "registry_unavailable"}, codes
    assert not place.tip().startswith("chore"), f"{place.tip()} after {tip}"
    for name in NAMES:
        newest = place.call("GET", f"/services/{name}/deployments?limit=1")["items"][0]["id"]
        place.call("POST", f"/deployments/{newest}/retry", {"reason": "the registry is well"}, expected=202)
    place.landed(NAMES, after, 180)
    return ", ".join(sorted(codes))


@fault
def remote_hangs(place):
    """a push that the remote does not answer is waited for, and lands when it does; nothing twice"""
    hook = place.origin / "hooks/pre-receive"
    before, after = place.change(NAMES, "feat: before the remote hangs")
    hook.write_text("#!/bin/sh\nsleep 617\nexit 0\n")
    hook.chmod(0o755)
    place.deliver(before, after)
    time.sleep(20)
    assert place.status("/livez") == 200
    assert all(state not in ("failed", "committed") for state, _ in place.newest()), place.newest()
    hook.unlink()
    subprocess.run(["pkill", "-xf", "sleep 617"], check=True)
    place.landed(NAMES, after, 180)


@fault
def remote_away(place):
    """the push stays `pending`, its reason says why; it is evaluated when the remote is back"""
    before, after = place.change(NAMES, "feat: before the remote is away")
    away = place.home / "away.git"
    place.origin.rename(away)
    guid = place.deliver(before, after)
    eventually("the reason", 60, lambda: "fetch" in place.call("GET", f"/deliveries/{guid}")["reason"] or "remote" in place.call("GET", f"/deliveries/{guid}")["reason"])
    reason = place.call("GET", f"/deliveries/{guid}")["reason"]
    away.rename(place.origin)
    place.landed(NAMES, after, 180)
    return reason.replace(str(place.home), "…")


def cut_off(place, service, when, seconds, seen):
    """`seen`: what has to be so meanwhile, given the Slipway and the delivery; its answer is told."""
    if not place.network:
        return f"left out: {place.without_network}"
    fleet, waves = Afar(sys.argv[1], place.network), {}
    try:
        for number in range(2):
            waves[fleet.wave(NAMES, f"feat: content {number}")] = NAMES
            fleet.landed(NAMES, list(waves)[-1], 120)
        with fleet.cut_off(service, when) as cut:
            before, after = fleet.change(NAMES, "feat: before the network is cut")
            waves[after] = NAMES
            guid = fleet.deliver(before, after)
            cut()
            time.sleep(seconds)
            assert fleet.answers(f"{fleet.url}/livez")
            assert fleet.answers(f"{fleet.url}/readyz")
            told = seen(fleet, guid)
        begin = time.monotonic()
        fleet.landed(NAMES, after, 180)
        waited = time.monotonic() - begin
        waves[fleet.wave(NAMES, "feat: after it")] = NAMES
        fleet.landed(NAMES, list(waves)[-1], 120)
        wrong = broken_rules(fleet, waves)
        assert not wrong, "; ".join(wrong)
        return f"{told}; landed {waited:.0f} s after it was there again"
    finally:
        fleet.close()


def is_pending(fleet, guid):
    delivery = fleet.call("GET", f"/deliveries/{guid}")
    assert delivery["outcome"] == "pending", delivery
    return delivery["reason"]


def is_committing(fleet, _):
    newest = [fleet.call("GET", f"/services/{name}/deployments?limit=1&timeline=true")["items"][0] for name in NAMES]
    assert all(one["state"] in ("queued", "building", "publishing", "committing") for one in newest), newest
    return ", ".join(f"{one['state']}: {one['timeline'][-1]['reason']}" for one in newest)


@fault
def remote_cut_off_in_fetch(place):
    """its network is cut in the middle of what a fetch gets, for 20 s: the delivery is `pending`; all lands, and once"""
    return cut_off(place, "git-upload-pack", "middle", 20, is_pending)


@fault
def remote_cut_off_for_long(place):
    """the same for 90 s: git gives a connection up that says nothing for a minute, and the delivery's reason says so"""
    return cut_off(place, "git-upload-pack", "middle", 90, is_pending)


@fault
def remote_cut_off_before_push(place):
    """its network is cut before a push has got there, for 20 s: the commit waits, and lands once"""
    return cut_off(place, "git-receive-pack", "before", 20, is_committing)


@fault
def remote_cut_off_after_push(place):
    """its network is cut when the remote has taken a push, and before it could say so, for 90 s: it is found there, and not made again"""
    return cut_off(place, "git-receive-pack", "after", 90, is_committing)


@fault
def killed(place):
    """`kill -9` in the middle of builds: they begin again, and land once"""
    after = place.push("feat: before the kill")
    eventually("a build", 60, lambda: any(state in ("building", "publishing", "committing") for state, _ in place.newest()))
    place.kill(place.replicas[0])
    place.begin(place.replicas[0])
    place.landed(NAMES, after, 120)


def jump(place, seconds):
    clock = place.home / "clock"
    clock.write_text("0")
    subprocess.run(["clang", "-shared", "-fPIC", "-O1", "-o", f"{clock}.so", CLOCK], check=True)
    place.again_with(clock)
    try:
        after = place.push("feat: before the clock jumps")
        eventually("a build", 60, lambda: any(state in ("building", "publishing", "committing") for state, _ in place.newest()))
        clock.write_text(str(seconds))
        place.landed(NAMES, after, 120)
        place.landed(NAMES, place.push("feat: after the clock jumped"), 120)
        newest = place.call("GET", "/deployments?limit=1")["items"][0]["createdAt"]
        said = datetime.datetime.fromisoformat(newest.replace("Z", "+00:00")) - datetime.datetime.now(datetime.timezone.utc)
        assert abs(said.total_seconds() - seconds) < 300, f"the server's clock did not jump: {newest}"
        assert place.status("/readyz") == 200
    finally:
        place.again_with(None)


@fault
def clock_forward(place):
    """three hours ahead in the middle of builds: they land, and so does what comes after; set right again, too"""
    return jump(place, 3 * 3600)


@fault
def clock_back(place):
    """three hours back in the middle of builds: they land, and so does what comes after; set right again, too"""
    return jump(place, -3 * 3600)


@fault
def postgres_restarted(place):
    """ended in the middle of everything, three times: webhooks and `/readyz` 503, `/livez` 200; all lands, and once"""
    data = pathlib.Path(os.environ["SLIPWAY_TEST_POSTGRES_DATA"])
    begin = ["runuser", "-u", "postgres", "--", *shlex.split((data / "postmaster.opts").read_text())]
    fleet, waves, answers = Fleet(sys.argv[1], 1, NAMES, os.environ["SLIPWAY_TEST_POSTGRES"]), {}, []
    over = threading.Event()

    def read():
        while not over.wait(0.05):
            with contextlib.suppress(OSError, AssertionError):
                answers.append(fleet.call("GET", "/deployments"))
    readers = [threading.Thread(target=read) for _ in range(4)]
    try:
        for number in range(2):
            waves[fleet.wave(NAMES, f"feat: content {number}")] = NAMES
            fleet.landed(NAMES, list(waves)[-1], 120)
        for one in readers:
            one.start()
        url = fleet.replicas[0].url
        for number in range(3):
            waves[fleet.wave(NAMES, f"feat: before the database's end {number}")] = NAMES
            os.kill(int((data / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
            eventually("the end of PostgreSQL", 30, lambda: not (data / "postmaster.pid").exists())
            eventually("that it is not ready", 30, lambda: not fleet.answers(f"{url}/readyz"))
            assert fleet.answers(f"{url}/livez")
            before, after = fleet.change(NAMES, f"feat: without a database {number}")
            fleet.deliver(before, after, guid=f"guid-{after}", expected=503)
            fleet.database_process = subprocess.Popen(begin, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            eventually("readiness", 60, lambda: fleet.answers(f"{url}/readyz"))
            fleet.landed(NAMES, list(waves)[-1], 120)
            fleet.deliver(before, after, guid=f"guid-{after}", expected=(200, 202))
            fleet.landed(NAMES, after, 120)
            waves[after] = NAMES
        wrong = broken_rules(fleet, waves)
        assert not wrong, "; ".join(wrong)
        return f"{len(answers)} pages read meanwhile"
    finally:
        over.set()
        for one in readers:
            if one.is_alive():
                one.join()
        fleet.close()


@fault
def memory_short(place):
    """256 MiB of memory for the server and what it starts: 64 webhooks of 5 MB at once are answered, and it lives"""
    root = pathlib.Path("/sys/fs/cgroup")
    group, limit = (root / "slipway-soak", "memory.max") if (root / "cgroup.controllers").exists() else (root / "memory/slipway-soak", "memory.limit_in_bytes")
    try:
        group.mkdir()
        (group / limit).write_text(str(256 << 20))
        (group / "cgroup.procs").write_text(str(place.pid))
    except OSError as problem:
        with contextlib.suppress(OSError):
            group.rmdir()
        return f"left out: {problem}"
    try:
        answers = []
        body = b"{" + b" " * 5_000_000

        def send():
            answers.append(place.status("/webhooks/github", body))
        threads = [threading.Thread(target=send) for _ in range(64)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert place.status("/livez") == 200
        assert place.processes["slipway-0"].poll() is None, "it was killed"
        assert set(answers) <= {400, 401, 413, 503}, answers
        return f"answered {', '.join(f'{answers.count(code)} × {code}' for code in sorted(set(answers)))}"
    finally:
        eventually("an empty group", 30, lambda: leave(group))


def leave(group):
    """What is in it goes back to where all are; false while something was too quick."""
    try:
        for pid in (group / "cgroup.procs").read_text().split():
            (group.parent / "cgroup.procs").write_text(pid)
        group.rmdir()
    except OSError:
        return False
    return True


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    wanted = sys.argv[2:]
    place = Place(sys.argv[1], 1, NAMES)
    failed = 0
    try:
        place.landed(NAMES, place.push("feat: begin"), 120)
        for one in FAULTS:
            if wanted and one.__name__ not in wanted:
                continue
            begin = time.monotonic()
            try:
                note = one(place)
                # Over: the next push is as if nothing had been.
                place.landed(NAMES, place.push("feat: after it"), 120)
                print(f"ok ({time.monotonic() - begin:5.1f} s) {one.__name__}: {one.__doc__}{f' [{note}]' if note else ''}", flush=True)
            except Exception as problem:
                failed += 1
                print(f"FAILED {one.__name__}: {one.__doc__}\n  {type(problem).__name__}: {problem}", flush=True)
        return 1 if failed else 0
    finally:
        place.close()


if __name__ == "__main__":
    sys.exit(main())
