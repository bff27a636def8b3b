"""The servers that are measured: each starts on a free port of 127.0.0.1, in a directory of its own."""
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import time

from bench.payload import REPOSITORY, SECRET

ROOT = pathlib.Path(__file__).resolve().parents[3]
TOKEN = "benchmark-admin-token-0123456789"
READY_WITHIN = 30


class Absent(Exception):
    """A server cannot be measured here; the text says why, and what would help."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def need(program, package):
    if shutil.which(program) is None and not os.path.exists(f"/usr/sbin/{program}"):
        raise Absent(f"{program} is not installed: apt-get install {package}")


class Certificate:
    """A self-signed one for 127.0.0.1, so that all servers do the same work: ECDSA P-256."""

    def __init__(self, directory):
        self.path, self.key = directory / "tls.crt", directory / "tls.key"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
             "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", self.key, "-out", self.path],
            check=True, capture_output=True)
        self.key.chmod(0o600)


class Server:
    name = ""
    ready_path = "/livez"

    def __init__(self, directory, certificate=None):
        self.directory, self.certificate = directory, certificate
        directory.mkdir(parents=True)
        self.port = free_port()
        self.log = directory / "log"
        self.process = None
        self.started_in = None

    @property
    def origin(self):
        return f"{'https' if self.certificate else 'http'}://127.0.0.1:{self.port}"

    def command(self):
        raise NotImplementedError

    def environment(self):
        return {**os.environ, "BENCH_SECRET": SECRET, "BENCH_TOKEN": TOKEN,
                "BENCH_PORT": str(self.port)}

    def start(self):
        # Killed with this script, however that ends; a session of its own, so that Ctrl-C at the
        # terminal reaches it through `stop` alone.
        begin = time.monotonic()
        with open(self.log, "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", *map(str, self.command())], stdout=log,
                stderr=log, cwd=self.directory, env=self.environment(), start_new_session=True)
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() - begin > READY_WITHIN:
                text = self.log.read_text(errors="replace")[-2000:]
                self.stop()
                raise RuntimeError(f"{self.name} did not start; its log ends with:\n{text}")
            time.sleep(0.005)
        self.started_in = time.monotonic() - begin
        return self

    def answers(self):
        try:
            return self.request("GET", self.ready_path)[0] < 500
        except (OSError, http.client.HTTPException):
            return False

    def request(self, method, path, body=None, headers=None):
        """One request on a connection of its own: status and body."""
        if self.certificate:
            context = ssl.create_default_context(cafile=self.certificate.path)
            connection = http.client.HTTPSConnection("127.0.0.1", self.port, 10, context=context)
        else:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, 10)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    @property
    def pid(self):
        return self.process.pid

    def pids(self):
        """The server's process and its children."""
        found, known = [], [self.pid]
        while known:
            pid = known.pop()
            found.append(pid)
            try:
                for task in os.listdir(f"/proc/{pid}/task"):
                    with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as children:
                        known += map(int, children.read().split())
            except OSError:
                continue
        return found

    def stop(self):
        """Asks first: what was accepted is to be found in the store afterwards."""
        if self.process is None:
            return
        try:
            self.process.terminate()
            self.process.wait(25)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


class Slipway(Server):
    name = "Slipway"
    does = "verifies, parses, stores durably"

    def __init__(self, directory, certificate=None, deliveries=1_000_000):
        super().__init__(directory, certificate)
        self.state = directory / "state"
        server = {"listen": f"127.0.0.1:{self.port}"}
        if certificate:
            server["tls"] = {"certificate": str(certificate.path),
                             "privateKey": str(certificate.key)}
        self.configuration = directory / "slipway.yaml"
        # JSON is YAML.
        self.configuration.write_text(json.dumps({
            "server": server, "state": {"directory": str(self.state)},
            "auth": {"tokens": [{"name": "b", "role": "admin", "token": {"env": "BENCH_TOKEN"}}]},
            "retention": {"deliveries": {"count": deliveries}}, "logging": {"level": "warning"},
            "repositories": {"shop": {"url": REPOSITORY, "branch": "main",
                                      "webhookSecrets": [{"env": "BENCH_SECRET"}]}},
            "services": {"backend": {"repository": "shop", "paths": ["backend/**"],
                                     "build": {"context": "backend"},
                                     "image": "registry.example.com/shop/backend",
                                     "manifest": {"path": "k8s/backend"}}}}))

    @staticmethod
    def binary():
        path = pathlib.Path(os.environ.get("SLIPWAY_BINARY", ROOT / ".build/release/slipway"))
        if not path.exists():
            raise Absent(f"{path} is not there: swift build -c release --product slipway")
        return path

    def command(self):
        return [self.binary(), "serve", "--config", self.configuration]

    def refusal(self):
        """Why this version does not take its configuration; None if it does."""
        checked = subprocess.run(
            [self.binary(), "check", "--config", self.configuration], env=self.environment(),
            capture_output=True, text=True)
        said = (checked.stdout + checked.stderr).strip().replace(f"{self.directory}/", "")
        return None if checked.returncode == 0 else said


class Hummingbird(Server):
    name = "Hummingbird 2.28.1"
    does = "verifies"
    program = ROOT / ".build-hummingbird/release/hummingbird-peer"

    def command(self):
        if not self.program.exists():
            raise Absent("the Hummingbird peer is not built (Benchmarks/http/hummingbird)")
        return [self.program]


class Go(Server):
    name = "Go net/http"
    does = "verifies"
    program = ROOT / ".build-go/peer"

    def command(self):
        if not self.program.exists():
            raise Absent("the Go peer is not built: apt-get install golang-go")
        return [self.program]

    def environment(self):
        tls = {"BENCH_CERTIFICATE": str(self.certificate.path),
               "BENCH_KEY": str(self.certificate.key)} if self.certificate else {}
        return {**super().environment(), **tls}


class Webhook(Server):
    """adnanh/webhook. Its rule also asks for the branch, so that it runs no command."""
    name = "webhook 2.8 (Debian)"
    does = "verifies, parses"
    ready_path = "/"

    def command(self):
        need("webhook", "webhook")
        rules = [
            {"match": {"type": "payload-hmac-sha256", "secret": SECRET,
                       "parameter": {"source": "header", "name": "X-Hub-Signature-256"}}},
            {"match": {"type": "value", "value": "refs/heads/main",
                       "parameter": {"source": "payload", "name": "ref"}}}]
        hooks = self.directory / "hooks.json"
        hooks.write_text(json.dumps([{
            "id": "github", "execute-command": "/bin/true", "response-message": "runs",
            "trigger-rule": {"and": rules}}]))
        return ["webhook", "-ip", "127.0.0.1", "-port", self.port, "-hooks", hooks,
                "-urlprefix", "webhooks"]


class Nginx(Server):
    name = "nginx (Debian)"
    does = "returns a constant"

    def command(self):
        need("nginx", "nginx-light")
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        tls = "" if not self.certificate else (
            f"ssl_certificate {self.certificate.path}; ssl_certificate_key {self.certificate.key};")
        (self.directory / "tmp").mkdir(exist_ok=True)
        (self.directory / "nginx.conf").write_text(f"""
            daemon off; worker_processes auto; pid {self.directory}/pid; error_log stderr error;
            events {{ worker_connections 16384; }}
            http {{
              access_log off; keepalive_requests 1000000000; tcp_nodelay on;
              client_body_temp_path tmp/a; proxy_temp_path tmp/b; fastcgi_temp_path tmp/c;
              uwsgi_temp_path tmp/d; scgi_temp_path tmp/e;
              server {{
                listen 127.0.0.1:{self.port}{' ssl' if self.certificate else ''}; {tls}
                location = /livez {{
                  default_type "text/plain; charset=utf-8"; add_header Cache-Control no-store;
                  return 200 "ok\\n";
                }}
              }}
            }}""")
        return [program, "-p", self.directory, "-c", self.directory / "nginx.conf"]
