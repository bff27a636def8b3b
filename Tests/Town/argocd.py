"""What stands for Argo CD: applications that follow the branch at once and are well, in the shapes of its API."""

import http.server
import json
import pathlib
import threading
import time
import urllib.parse

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "RolloutsTests" / "Fixtures"


class ArgoCD:
    """One application for each service, of the service's name. `look(path)` answers the branch's tip and the images
    that the kustomization of a service names there."""

    def __init__(self, look):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self.give()

            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.give()

            def give(self):
                parts = urllib.parse.urlsplit(self.path).path.split("/")[3:]
                # It has no streams: whoever listens asks instead.
                found = None if parts[0] == "stream" else outer.answer(*map(urllib.parse.unquote, parts[1:]))
                body = json.dumps(found or {"error": "not found", "code": 5, "message": "not found"}).encode()
                self.send_response(200 if found else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        self.look = look
        self.application = json.loads((FIXTURES / "app.autosync-healthy.json").read_text())
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, name, part=""):
        found = self.look(name)
        if not found:
            return None
        revision, images = found
        if part == "resource-tree":
            return {"nodes": [{"version": "v1", "kind": "Pod", "namespace": "shop", "name": f"{name}-7c9d-x1", "uid": "u-p", "images": images,
                               "health": {"status": "Healthy"}, "info": [{"name": "Status Reason", "value": "Running"}]}]}
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        application = json.loads(json.dumps(self.application))
        application["metadata"]["name"] = name
        status = application["status"]
        status["sync"]["revision"] = revision
        status["reconciledAt"] = now
        status["summary"]["images"] = images
        status["operationState"].update(phase="Succeeded", startedAt=now, finishedAt=now)
        status["operationState"].setdefault("syncResult", {})["revision"] = revision
        return application

    def close(self):
        self.server.shutdown()
        self.server.server_close()
