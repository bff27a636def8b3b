"""Serves bare repositories over git's smart HTTP, for tests: `git http-backend` behind a token.

usage: git-http.py ROOT [ADDRESS]   (prints its port, then serves until its standard input closes)

ROOT/token    the password that is good now; absent: everybody is let in
ROOT/<name>   a bare repository, at /<name>; at /read-only/<name> it refuses pushes with 403, and
              /moved/<name> answers with a redirect
ROOT/requests gets a line per request: method, path, and whether it carried credentials
ROOT/cut      "git-receive-pack before", say: the next such request gets no answer; as if the network had
              been cut `before` it came, `after` it was done, or in the `middle` of its answer. It is done
              for when the file is gone; ROOT/reached is there since it came
ROOT/leaks    gets a line for every command line on this machine that shows the token meanwhile
"""
import base64, gzip, http.server, os, pathlib, subprocess, sys, threading, time

root = pathlib.Path(sys.argv[1]).resolve()


def append(name, line):
    with open(root / name, "a") as log:
        log.write(line + "\n")


def look_for(secrets):
    for entry in pathlib.Path("/proc").iterdir():
        try:
            command = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
        except OSError:
            continue
        if any(secret in command for secret in secrets):
            append("leaks", entry.name)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def refuse(self, status, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def body(self):
        if self.headers.get("Transfer-Encoding", "") == "chunked":
            data = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                data += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return data
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def cut(self, data):
        """When the answer to this is lost; None: it is not."""
        try:
            service, when = (root / "cut").read_text().split()
        except FileNotFoundError:
            return None
        # What refs there are is asked first, by a request of its own.
        return when if self.command == "POST" and self.path.endswith(f"/{service}") and b"command=ls-refs" not in data else None

    def lose(self):
        """Nobody hears of what this connection does from here on."""
        (root / "reached").touch()
        while (root / "cut").exists():
            time.sleep(0.05)
        self.close_connection = True

    def serve(self):
        data = self.body()
        cut = self.cut(data)
        if cut == "before":
            return self.lose()
        credentials = self.headers.get("Authorization", "")
        append("requests", f"{self.command} {self.path} {'with' if credentials else 'without'}")
        if (root / "token").exists():
            token = (root / "token").read_bytes()
            basic = base64.b64encode(b"x-access-token:" + token)
            look_for([token, basic])
            if credentials.encode() != b"Basic " + basic:
                return self.refuse(401, WWW_Authenticate='Basic realm="git"')
        path, _, query = self.path.partition("?")
        if path.startswith("/moved/"):
            return self.refuse(301, Location=self.path.replace("/moved/", "/"))
        if path.startswith("/read-only/"):
            if "git-receive-pack" in self.path:
                return self.refuse(403)
            path = path.replace("/read-only/", "/")
        if self.headers.get("Content-Encoding") == "gzip":
            data = gzip.decompress(data)
        done = subprocess.run(["git", "http-backend"], input=data, capture_output=True, env={
            "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": str(root), "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "REMOTE_USER": "test",
            "REQUEST_METHOD": self.command, "PATH_INFO": path, "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(data)), "REMOTE_ADDR": "127.0.0.1",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        })
        if cut == "after":
            return self.lose()
        head, _, answer = done.stdout.partition(b"\r\n\r\n")
        fields = [line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line]
        status = next((value for name, value in fields if name == "Status"), "200 OK")
        self.send_response(int(status.split()[0]))
        for name, value in fields:
            if name != "Status":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if cut:
            self.wfile.write(answer[:len(answer) // 2])
            return self.lose()
        self.wfile.write(answer)

    do_GET = do_POST = serve


server = http.server.ThreadingHTTPServer((sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
sys.stdin.read()
