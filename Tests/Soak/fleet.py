"""Several real Slipways on one PostgreSQL and one branch, that can be killed and begun again."""

import collections
import http.client
import os
import random
import re
import shutil
import signal
import subprocess
import threading
import urllib.error
import uuid

import town
from town import Town, eventually, free_port

IDENTITY = ["-c", "user.name=Sam Stranger", "-c", "user.email=sam@example.com"]


class Replica:
    def __init__(self, number):
        self.name = f"slipway-{number}"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"


class Fleet(Town):
    """`database`: a URL that may make databases; nil: one Slipway, on SQLite."""

    def __init__(self, program, replicas, services, database=None):
        self.replicas = [Replica(number) for number in range(replicas)]
        self.lock = threading.Lock()
        self.dice = random.Random(1)
        self.versions = collections.Counter()
        if database:
            name = f"soak{uuid.uuid4().hex}"
            subprocess.run(["psql", "-XqAt", "-c", f"CREATE DATABASE {name}", database], check=True)
            os.environ["DATABASE_URL"] = f"{database.rpartition('/')[0]}/{name}"
        self.database = database
        super().__init__(program, services=services)

    def configure(self):
        super().configure()
        text = (self.home / "slipway.yaml").read_text()
        for replica in self.replicas:
            mine = text.replace(f"127.0.0.1:{self.port}", f"127.0.0.1:{replica.port}").replace("directory: state", f"directory: state-{replica.name}")
            if self.database:
                mine = mine.replace("state: { ", "state: { postgres: { url: { env: DATABASE_URL } }, ")
            (self.home / f"{replica.name}.yaml").write_text(mine + "pipeline: { pollInterval: 10s }\n")

    def start(self):
        for replica in self.replicas:
            self.begin(replica)

    def begin(self, replica):
        self.run(replica.name, self.program, "serve", "--config", str(self.home / f"{replica.name}.yaml"))
        eventually(f"{replica.name}'s start; see {self.home}/{replica.name}.log", 120, lambda: self.answers(f"{replica.url}/readyz"))

    def kill(self, replica):
        """kill -9, and what it had begun with it, as a container's end does."""
        process = self.processes.pop(replica.name)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def somewhere(self, call):
        """Sent by a load balancer: to another one where one is not there."""
        def attempt():
            with self.lock:
                replica = self.dice.choice(self.replicas)
            self.url = replica.url
            try:
                return (call(),)
            except (OSError, http.client.HTTPException):
                return None
        return eventually("an answer of any replica", 120, attempt)[0]

    def wave(self, names, subject):
        """A commit that touches them all; each goes back and forth between two contents, so that all but the first two
        waves find their images built. Delivered twice, to any. Its id."""
        self.git("pull", "-q", "--rebase", "origin", "main")
        before = self.git("rev-parse", "HEAD")
        for name in names:
            self.versions[name] += 1
            (self.work / name / "VERSION").write_text(f"{name} {self.versions[name] % 2}\n")
        after = self.pushed(subject)
        guid = str(uuid.uuid4())
        for _ in range(2):
            self.somewhere(lambda: self.deliver(before, after, guid=guid, expected=(200, 202)))
        return after

    def pushed(self, subject):
        self.git("add", "-A")
        self.git("commit", "-qm", subject)
        while True:
            try:
                self.git("push", "-q", "origin", "HEAD:main")
                return self.git("rev-parse", "HEAD")
            except subprocess.CalledProcessError:
                self.git("pull", "-q", "--rebase", "origin", "main")

    def is_published(self, name, tag):
        request = urllib.request.Request(f"http://{self.registry}/v2/{name}/manifests/{tag}", method="HEAD", headers={
            "Accept": "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status == 200
        except urllib.error.HTTPError:
            return False

    def pages(self, path):
        separator, cursor, found = "&" if "?" in path else "?", "", []
        while cursor is not None:
            page = self.somewhere(lambda: self.call("GET", f"{path}{separator}limit=200{cursor}"))
            found += page["items"]
            cursor = page["nextCursor"] and f"&cursor={page['nextCursor']}"
        return found

    def landed(self, names, commit, seconds):
        """Waits until git says that all of them run this source."""
        def look():
            current = {one["name"]: (one["current"] or {}).get("sourceCommit") for one in self.pages("/services")}
            return all(current[name] == commit for name in names)
        eventually(f"{commit[:7]} of {len(names)} services", seconds, look)

    def close(self):
        homes = [self.home / f"state-{replica.name}/buildah" for replica in self.replicas]
        for name in list(self.processes):
            self.stop(name)
        for home in homes:
            subprocess.run(["buildah", "--root", str(home / "storage"), "--runroot", str(home / "run"), "rm", "--all"], capture_output=True, check=False)
        if os.environ.get("SLIPWAY_KEEP"):
            print(f"kept {self.home}")
        else:
            shutil.rmtree(self.home, ignore_errors=True)


class Killer(threading.Thread):
    """Kills one after another, and begins it again, until told to stop."""

    def __init__(self, fleet, every):
        super().__init__(daemon=True)
        self.fleet, self.every, self.over, self.kills, self.trouble = fleet, every, threading.Event(), 0, None

    def run(self):
        try:
            while not self.over.wait(self.every):
                replica = self.fleet.replicas[self.kills % len(self.fleet.replicas)]
                self.fleet.kill(replica)
                self.kills += 1
                self.fleet.begin(replica)
        except Exception as problem:
            self.trouble = problem

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()
        if self.trouble:
            raise self.trouble


class Stranger(threading.Thread):
    """Pushes to the branch again and again; a race that he loses he runs again at once."""

    def __init__(self, fleet, pause):
        super().__init__(daemon=True)
        self.fleet, self.pause, self.over = fleet, pause, threading.Event()
        self.pushes = self.lost = 0
        self.work = fleet.home / "stranger"
        fleet.git("clone", "-q", str(fleet.origin), str(self.work), where=fleet.home)

    def git(self, *arguments):
        self.fleet.git(*IDENTITY, *arguments, where=self.work)

    def run(self):
        while not self.over.wait(self.pause):
            (self.work / "NOTES").write_text(f"{self.pushes}\n")
            self.git("add", "NOTES")
            self.git("commit", "-qm", f"docs: note {self.pushes}")
            while not self.over.is_set() and not self.pushed():
                self.git("fetch", "-q", "origin")
                self.git("rebase", "-q", "origin/main")

    def pushed(self):
        try:
            self.git("push", "-q", "origin", "HEAD:main")
        except subprocess.CalledProcessError:
            self.lost += 1
            return False
        self.pushes += 1
        return True

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()


def broken_rules(fleet, waves, stranger=None):
    """What the history, git and the registry say that must not be, as sentences. `waves`: the services of each commit,
    oldest first."""
    wrong = []
    found = collections.defaultdict(list)
    for one in fleet.pages("/deployments"):
        if one["source"]:
            found[one["service"], one["source"]["commit"]].append(one)
    for commit, names in waves.items():
        for name in names:
            states = sorted(one["state"] for one in found[name, commit])
            if states != ["committed"]:
                wrong.append(f"R1, R2: {name} of {commit[:7]} is {states or 'not there'}, not committed once")
    subjects = fleet.git("log", "--reverse", "--format=%s", "main", where=fleet.origin).splitlines()
    tags = collections.defaultdict(list)
    for subject in subjects:
        if match := re.fullmatch(r"chore: update (\S+) image to (\S+)", subject):
            tags[match[1]].append(match[2])
    tag = {(name, commit): one[0]["image"]["tag"] for (name, commit), one in found.items() if one and one[0]["image"]}
    for name in fleet.services:
        wanted = [tag.get((name, commit)) for commit, names in waves.items() if name in names]
        if tags[name] != wanted:
            wrong.append(f"R4, R5: the branch has {len(tags[name])} commits of {name}, of {len(wanted)}, or in another order")
        text = fleet.file(f"k8s/{name}/kustomization.yaml")
        written = re.search(r'newTag: "?([^"\s]+)', text)[1]
        if written != wanted[-1]:
            wrong.append(f"R14: git says {written} of {name}, the history {wanted[-1]}")
        if not fleet.is_published(name, written):
            wrong.append(f"R8: {name}:{written} is committed, and the registry does not have it")
    if fleet.git("rev-list", "--merges", "main", where=fleet.origin):
        wrong.append("R6: there are merges on the branch")
    if stranger:
        notes = [subject for subject in subjects if subject.startswith("docs: note ")]
        if len(notes) != stranger.pushes:
            wrong.append(f"R6: of the stranger's {stranger.pushes} pushes {len(notes)} are on the branch")
    return wrong
