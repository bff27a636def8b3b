"""Slipway as it is installed, on a `file://` remote, with a registry and real builds."""
import hashlib
import hmac
import json
import shutil
import subprocess
import time
import uuid

from bench.payload import SECRET
from bench.servers import TOKEN, Slipway, free_port

# Stands in buildah's place for Slipway alone, and notes when each of its processes began and ended.
CLOCK = """#!/bin/bash
begin=$EPOCHREALTIME
{program} "$@"
status=$?
printf '%s %s\\n' "$begin" "$EPOCHREALTIME" >>{log}
exit $status
"""


class Registry:
    def __init__(self, directory):
        self.address = f"localhost:{free_port()}"
        settings = directory / "registry.yml"
        settings.write_text(
            "version: 0.1\nlog: {level: error}\n"
            f"storage: {{filesystem: {{rootdirectory: {directory}/registry}}}}\n"
            f"http: {{addr: '127.0.0.1:{self.address.split(':')[1]}'}}\n")
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", "docker-registry", "serve", settings],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


class Deploying(Slipway):
    def __init__(self, directory, origin, registry, services):
        super().__init__(directory)
        self.origin_url = origin.url
        self.builds = directory / "builds"
        self.program = shutil.which("buildah")
        settings = json.loads(self.configuration.read_text())
        settings["registries"] = {registry: {"insecure": True}}
        settings["pipeline"] = {"pollInterval": "1h"}
        settings["repositories"]["shop"]["url"] = origin.url
        settings["services"] = {
            service: {"repository": "shop", "paths": [f"{service}/**"],
                      "build": {"context": service}, "image": f"{registry}/{service}",
                      "manifest": {"path": f"k8s/{service}"}} for service in services}
        self.configuration.write_text(json.dumps(settings))

    def command(self):
        command = super().command()
        if self.program is None:
            return command
        real, clock = self.directory / "buildah-real", self.directory / "buildah"
        shutil.copy(self.program, real)
        clock.write_text(CLOCK.format(program=real, log=self.builds))
        clock.chmod(0o755)
        # A mount that this process alone sees: nothing of the machine's changes.
        return ["unshare", "--mount", "--", "sh", "-c", 'mount --bind "$1" "$2" && shift 2 && exec "$@"',
                "sh", clock, self.program, *command]

    def call(self, method, path, body=None):
        status, answer = self.request(
            method, path, None if body is None else json.dumps(body),
            {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"})
        if status >= 300:
            raise RuntimeError(f"{method} {path}: {status} {answer.decode()}")
        return json.loads(answer)

    def deliver(self, before, after):
        """The webhook of a push; returns when it is answered, with the time at which it was sent."""
        body = json.dumps({
            "ref": "refs/heads/main", "before": before, "after": after, "pusher": {"name": "dev"},
            "repository": {"clone_url": self.origin_url, "full_name": "acme/shop"}})
        digest = hmac.new(SECRET.encode(), body.encode(), hashlib.sha256).hexdigest()
        sent = time.time()
        status, answer = self.request("POST", "/webhooks/github", body, {
            "X-GitHub-Event": "push", "X-GitHub-Delivery": str(uuid.uuid4()),
            "Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={digest}"})
        if status != 202:
            raise RuntimeError(f"the push was answered {status} {answer.decode()}")
        return sent

    def builder_seconds(self, since, until):
        """How long at least one builder process ran in that time, and how many there were."""
        text = self.builds.read_text() if self.builds.exists() else ""
        spans = sorted(tuple(map(float, line.split())) for line in text.splitlines())
        spans = [(begin, min(end, until)) for begin, end in spans if since <= begin < until]
        total, last = 0, 0
        for begin, end in spans:
            total += max(0, end - max(begin, last))
            last = max(last, end)
        return total, len(spans)
