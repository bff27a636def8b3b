"""What the dashboard and the contract are tried on: a git remote, a registry, and the real program with real builds."""

import hashlib
import hmac
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import uuid

from argocd import ArgoCD
from receiver import Receiver

SERVICES = ("backend", "frontend")
TOKEN = "town-admin-token-0123456789abcdef"
READER = "town-reader-token-0123456789abcdef"
SECRET = "town-webhook-secret"


def eventually(what, seconds, look):
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not come within {seconds} s")
        time.sleep(0.05)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Town:
    """With `argocd`, services have applications that follow the branch, and end as `live` instead of `committed`. With
    `receiver`, two targets are told of deployments: `ops` takes what it is told, `gone` refuses it for good."""

    def __init__(self, program, argocd=False, receiver=False, services=SERVICES):
        self.program = program
        self.services = services
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="slipway-town-"))
        self.processes = {}
        self.registry = f"localhost:{free_port()}"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.begin_registry()
        self.begin_remote()
        self.argocd = ArgoCD(self.deployed) if argocd else None
        self.receiver = Receiver() if receiver else None
        self.configure()
        self.start()

    def run(self, name, *command):
        log = open(self.home / f"{name}.log", "ab")
        self.processes[name] = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def answers(self, url):
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.status == 200
        except (OSError, http.client.HTTPException):
            return False

    def begin_registry(self):
        settings = self.home / "registry.yml"
        settings.write_text(
            "version: 0.1\nlog: { level: error }\n"
            f"storage: {{ filesystem: {{ rootdirectory: {self.home}/registry }} }}\n"
            f'http: {{ addr: "127.0.0.1:{self.registry.split(":")[1]}" }}\n')
        self.run("registry", "docker-registry", "serve", str(settings))
        eventually("the registry's start", 30, lambda: self.answers(f"http://{self.registry}/v2/"))

    def git(self, *arguments, where=None):
        return subprocess.run(
            ["git", "-c", "user.name=Ada Dev", "-c", "user.email=ada@example.com", *arguments], cwd=where or self.work, check=True,
            capture_output=True, text=True).stdout.strip()

    def begin_remote(self):
        self.origin, self.work = self.home / "origin.git", self.home / "work"
        self.remote = f"file://{self.origin}"
        self.git("init", "-q", "--bare", "-b", "main", str(self.origin), where=self.home)
        self.git("clone", "-q", str(self.origin), str(self.work), where=self.home)
        self.git("checkout", "-q", "-B", "main")
        for name in self.services:
            for path, text in {
                f"{name}/Dockerfile": "FROM scratch\nCOPY VERSION /VERSION\n", f"{name}/VERSION": "0\n",
                f"k8s/{name}/kustomization.yaml":
                    f'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nimages:\n- name: {self.registry}/{name}\n  newTag: "none"\n',
            }.items():
                (self.work / path).parent.mkdir(parents=True, exist_ok=True)
                (self.work / path).write_text(text)
        self.commit("feat: begin")

    def commit(self, subject):
        self.git("add", "-A")
        self.git("commit", "-qm", subject)
        self.git("push", "-q", "origin", "HEAD:main")
        return self.git("rev-parse", "HEAD")

    def configure(self):
        for name, text in {"admin": TOKEN, "reader": READER, "webhook": SECRET}.items():
            (self.home / f"{name}.secret").write_text(text)
        observed = [f"argocd: {{ url: {self.argocd.url}, token: {{ file: admin.secret }} }}"] if self.argocd else []
        if self.receiver:
            targets = ", ".join(f"{{ name: {name}, url: {self.receiver.url}/{name} }}" for name in ("ops", "gone"))
            observed.append(f"notifications: [ {targets} ]")
        lines = [
            f"server: {{ listen: 127.0.0.1:{self.port} }}", "state: { directory: state }",
            "auth: { tokens: [ { name: ops, role: admin, token: { file: admin.secret } }, { name: viewer, role: read, token: { file: reader.secret } } ] }",
            "builder: { kind: buildah, concurrency: 2 }", f"registries: {{ '{self.registry}': {{ insecure: true }} }}", *observed,
            "repositories:", "  shop:", f"    url: {self.remote}", "    branch: main", "    webhookSecrets: [ { file: webhook.secret } ]", "services:",
        ]
        for name in self.services:
            lines += [f"  {name}:", "    repository: shop", f"    paths: [ '{name}/**' ]", f"    build: {{ context: {name} }}",
                      f"    image: {self.registry}/{name}", f"    manifest: {{ path: k8s/{name} }}"]
            if self.argocd:
                lines += [f"    argocd: {{ application: {name} }}"]
        (self.home / "slipway.yaml").write_text("\n".join(lines) + "\n")

    def start(self):
        self.run("slipway", self.program, "serve", "--config", str(self.home / "slipway.yaml"))
        eventually(f"Slipway's start; see {self.home}/slipway.log", 30, lambda: self.answers(f"{self.url}/readyz"))

    def stop(self, name="slipway"):
        process = self.processes.pop(name)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def change(self, services, subject):
        """A commit that touches them, not yet told to Slipway."""
        self.git("pull", "-q", "--ff-only", "origin", "main")
        before = self.git("rev-parse", "HEAD")
        for name in services:
            (self.work / name / "VERSION").write_text(f"{uuid.uuid4()}\n")
        return before, self.commit(subject)

    def deliver(self, before, after, ref="refs/heads/main", guid=None, expected=202):
        """A push, as GitHub sends it."""
        url = self.remote
        return self.send("push", {
            "ref": ref, "before": before, "after": after, "created": False, "deleted": False, "forced": False, "commits": [],
            "pusher": {"name": "ada"}, "sender": {"login": "ada"},
            "repository": {"name": "shop", "full_name": "acme/shop", "clone_url": url, "html_url": url, "ssh_url": url, "default_branch": "main"},
        }, guid, expected).get("delivery")

    def send(self, event, payload, guid=None, expected=200):
        """Any delivery, signed; its answer."""
        body = json.dumps(payload).encode()
        return self.answer(urllib.request.Request(f"{self.url}/webhooks/github", body, {
            "Content-Type": "application/json", "X-GitHub-Event": event, "X-GitHub-Delivery": guid or str(uuid.uuid4()),
            "X-Hub-Signature-256": "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}), expected)

    def call(self, method, path, members=None, expected=200):
        """One of /api/v1, by the admin."""
        body = None if members is None else json.dumps(members).encode()
        return self.answer(urllib.request.Request(f"{self.url}/api/v1{path}", body, {
            "Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}, method=method), expected)

    def answer(self, request, expected):
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                status, text = answer.status, answer.read()
        except urllib.error.HTTPError as refusal:
            status, text = refusal.code, refusal.read()
        assert status in (expected if isinstance(expected, tuple) else (expected,)), f"{request.get_method()} {request.full_url}: {status} {text[:500]}"
        return json.loads(text)

    def state(self, deployment, *wanted, seconds=60):
        """Waits until it is there, and in one of these."""
        service = deployment.rpartition("-")[0]

        def look():
            page = self.call("GET", f"/services/{service}/deployments")["items"]
            return next((one for one in page if one["id"] == deployment and one["state"] in wanted), None)
        eventually(f"{deployment} {' or '.join(wanted)}", seconds, look)

    def tip(self):
        """Subject of the newest commit of the remote."""
        return self.git("log", "-1", "--format=%s", "main", where=self.origin)

    def file(self, path):
        return self.git("show", f"main:{path}", where=self.origin)

    def deployed(self, service):
        """The remote's tip, and the images that the service's kustomization names there; None for no service of ours."""
        if service not in SERVICES:
            return None
        tag = self.file(f"k8s/{service}/kustomization.yaml").split("newTag:")[1].split()[0].strip('"')
        return self.git("rev-parse", "main", where=self.origin), [f"{self.registry}/{service}:{tag}"]

    def close(self):
        for name in list(self.processes):
            self.stop(name)
        for other in filter(None, (self.argocd, self.receiver)):
            other.close()
        if os.environ.get("SLIPWAY_KEEP"):
            print(f"kept {self.home}")
        else:
            subprocess.run(["buildah", "--root", str(self.home / "state/buildah/storage"), "--runroot", str(self.home / "state/buildah/run"), "rm", "--all"],
                           capture_output=True, check=False)
            shutil.rmtree(self.home, ignore_errors=True)
