"""What the world does to a server, one fault after another, on a real Slipway: the disk is full, the
registry is silent, slow, limits or lies, the remote hangs or is away, the process is killed, memory is short. Each has to be said, lose nothing, and be over when the fault is."""

import contextlib
import http.client
import http.server
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import time

from fleet import Fleet
from town import eventually

NAMES = ["backend", "frontend"]
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

        super().__init__(("127.0.0.1", 0), Handler)
        self.real, self.delay, self.answer, self.lies = real, 0, None, False
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Place(Fleet):
    """One Slipway whose state is a file system of its own, and whose registry can be had to misbehave."""

    def begin_registry(self):
        super().begin_registry()
        self.middle = Registry(int(self.registry.split(":")[1]))
        self.real, self.registry = self.registry, f"localhost:{self.middle.server_port}"

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
        assert place.status("/readyz") == 503
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


@fault
def killed(place):
    """`kill -9` in the middle of builds: they begin again, and land once"""
    after = place.push("feat: before the kill")
    eventually("a build", 60, lambda: any(state in ("building", "publishing", "committing") for state, _ in place.newest()))
    place.kill(place.replicas[0])
    place.begin(place.replicas[0])
    place.landed(NAMES, after, 120)


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
