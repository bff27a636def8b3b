"""A store with many services and a long history: as Slipway would have written it, by SQL in bulk."""
import json
import random
import sqlite3
import subprocess
import time

from bench import store
from bench.servers import Slipway

DAY = 86_400_000
AUTHORS = ["Ada Lovelace", "Mona Octocat", "Grace Hopper", "Linus Example", "Barbara Liskov", "Ken Thompson", "Radia Perlman", "Edsger Dijkstra"]
VERBS = ["Retry", "Cache", "Show", "Remove", "Rename", "Speed up", "Validate", "Log", "Split", "Document"]
THINGS = ["the basket", "health checks", "delivery times", "the search index", "password resets", "invoices", "price rules",
          "the image proxy", "tax rates", "session cookies"]
WHERE = ["on phones", "for guests", "without the database", "after a timeout", "in the checkout", "for large carts", "behind a proxy"]
AREAS = ["cart", "checkout", "search", "billing", "mail", "media", "users", "stock", "tracking", "reports"]

# The path of a deployment that went well, and of those that did not, with milliseconds in each state.
LANDED = [("queued", 900), ("building", 61_000), ("publishing", 2_400), ("committing", 700), ("committed", 0)]
FAILED = [("queued", 900), ("building", 34_000), ("failed", 0)]
SUPERSEDED = [("queued", 20_000), ("superseded", 0)]

DEPLOYMENT = """
INSERT INTO deployment (
  sequence, service, number, basis_sequence, state, cause, actor, reason, created_at, updated_at,
  finished_at, source_repository, source_branch, source_commit, source_subject, source_author,
  source_committed_at, image_repository, image_tag, image_digest, image_tags, published_at,
  input_digest, manifest_commit, trigger_file, trigger_pattern, rebuild, released, override_hold,
  recovered, failure_stage, failure_code, failure_message)
VALUES (:sequence, :service, :number, :sequence, :state, 'push', :actor, :reason, :begun, :ended, :ended, 'shop', 'main',
  :commit, :subject, :author, :committed, :repository, :tag, :digest, :tags, :published, :digest, :manifest, :file,
  :pattern, 0, 0, 0, 0, :stage, :code, :message)
"""
CURRENT = """
INSERT INTO service (name, last_number, current_number, current_tag, current_digest, current_source, current_manifest,
  current_since, hold_until, hold_reason, hold_actor, hold_since, hold_sequence)
VALUES (:service, :last, :number, :tag, :digest, :commit, :manifest, :ended, :until, :why, :who, :held, :order)
"""


def names(services):
    return [f"{AREAS[number % len(AREAS)]}-service-{number:03}" for number in range(services)]


class Shop(Slipway):
    """Slipway with so many services, on a repository that it never reaches."""

    def __init__(self, directory, services):
        super().__init__(directory)
        settings = json.loads(self.configuration.read_text())
        settings["pipeline"] = {"pollInterval": "1h"}
        settings["repositories"]["shop"].update(url=f"file://{directory}/nowhere.git", github={"statuses": False})
        settings["services"] = {
            name: {"repository": "shop", "paths": [f"{name}/**"], "build": {"context": name},
                   "image": f"registry.example.com/shop/{name}", "manifest": {"path": f"k8s/{name}"}} for name in names(services)}
        self.configuration.write_text(json.dumps(settings))

    def stop(self):
        super().stop()
        # buildah leaves its storage mounted on itself.
        storage = self.state / "buildah/storage/overlay"
        if storage.is_mount():
            subprocess.run(["umount", storage], check=True)


def fill(state, services, deployments, days=90):
    """Adds deployments, the services in turn, to a store that a server has made; it has stopped. Every service has one
    that landed; each hundredth is on hold. All keys are held to, as the server holds them."""
    chance = random.Random(7)
    now = int(time.time() * 1000)
    step = days * DAY // deployments
    connection = sqlite3.connect(store.database(state))
    known, newest = names(services), {}
    connection.execute("PRAGMA foreign_keys = ON")
    with connection:
        connection.execute("BEGIN")
        # A service names its deployment, which names its service: they are looked at when all are there.
        connection.execute("PRAGMA defer_foreign_keys = ON")
        first, = connection.execute("SELECT value + 1 FROM counter WHERE name = 'sequence'").fetchone()
        rows, tags, transitions = [], [], []
        for index in range(deployments):
            row, path = deployment(chance, known[index % services], index // services + 1, first + index,
                                   now - (deployments - index) * step - 120_000, is_last=index >= deployments - services)
            rows.append(row)
            at = row["begun"]
            for position, (entered, stays) in enumerate(path):
                transitions.append((row["sequence"], position, entered, at, row["message"] or row["reason"]))
                at += stays
            if row["tags"]:
                tags += [(tag, row["sequence"]) for tag in row["tags"].split()]
            if row["state"] == "committed":
                newest[row["service"]] = row
        connection.executemany(CURRENT, [
            {**row, "last": deployments // services, **hold(number, row, first + deployments + number)}
            for number, row in enumerate(newest.values())])
        connection.executemany(DEPLOYMENT, rows)
        connection.executemany("INSERT INTO deployment_tag (tag, deployment) VALUES (?, ?)", tags)
        connection.executemany(
            "INSERT INTO transition (deployment, position, state, entered_at, reason) VALUES (?, ?, ?, ?, ?)", transitions)
        connection.execute("UPDATE counter SET value = ? WHERE name = 'sequence'", (first + deployments + services,))
    broken = connection.execute("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise RuntimeError(f"the history is not one that Slipway writes: {broken[:3]}")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def deployment(chance, service, number, sequence, begun, is_last):
    path = LANDED if is_last else chance.choices([LANDED, FAILED, SUPERSEDED], [92, 5, 3])[0]
    landed, ended = path is LANDED, begun + sum(stays for _, stays in path)
    commit, author = f"{chance.getrandbits(160):040x}", chance.choice(AUTHORS)
    file = f"{service}/src/{chance.choice(THINGS).split()[-1]}.swift"
    return {
        "sequence": sequence, "service": service, "number": number, "state": path[-1][0], "begun": begun, "ended": ended,
        "actor": author.split()[0].lower(), "author": author, "commit": commit, "committed": begun - chance.randrange(60_000, 7_200_000),
        "subject": f"{chance.choice(VERBS)} {chance.choice(THINGS)} {chance.choice(WHERE)}", "file": file, "pattern": f"{service}/**",
        "reason": f"{file} is matched by {service}/**",
        "repository": f"registry.example.com/shop/{service}" if landed else None, "tag": commit[:7] if landed else None,
        "digest": f"sha256:{chance.getrandbits(256):064x}" if landed else None, "tags": f"{commit[:7]} sha-{commit}" if landed else None,
        "published": ended - 700 if landed else None, "manifest": f"{chance.getrandbits(160):040x}" if landed else None,
        "stage": "building" if path is FAILED else None, "code": "build_failed" if path is FAILED else None,
        "message": "the build ended with status 1" if path is FAILED else None}, path


def hold(number, row, sequence):
    on = number % 100 == 7
    return {"until": "released" if on else None, "why": "launch freeze" if on else None, "who": "ada" if on else None,
            "held": row["ended"] if on else None, "order": sequence if on else None}
