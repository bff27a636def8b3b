"""Holds the running program to openapi.yaml: try.py PROGRAM [OPTION…]

Gives a town a history (what landed, failed, was rolled back, is on hold and waits, and deliveries of every outcome),
has schemathesis ask it everything that the contract allows and forbids, and then looks at what the program itself says
of that: it must be there still, and have logged no defect.
"""

import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import urllib.request
import uuid

import yaml

from town import READER, SECRET, SERVICES, TOKEN, Town, eventually

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def live(town, *deployments):
    for one in deployments:
        town.state(one, "live")


def told(town):
    """One that was taken and one that was given up, when there are both."""
    found = {one["state"]: one["id"] for one in town.call("GET", "/notifications?limit=200")["items"]}
    return found if {"delivered", "dead"} <= found.keys() else None


def give_history(town):
    """The town's names for the examples of openapi.yaml, and the words of schemathesis.toml's dictionaries."""
    commits, deliveries = [], []

    def push(services, subject, expected=202):
        before, after = town.change(services, subject)
        guid = str(uuid.uuid4())
        town.deliver(before, after, guid=guid)
        commits.extend((before, after))
        deliveries.append(guid)

    push(SERVICES, "feat: version 1")
    live(town, "backend-1", "frontend-1")
    push(SERVICES, "feat: version 2")
    live(town, "backend-2", "frontend-2")
    (town.work / "frontend" / "Dockerfile").write_text("FROM scratch\nCOPY missing /missing\n")
    push(["frontend"], "feat: does not build")
    town.state("frontend-3", "failed")
    (town.work / "frontend" / "Dockerfile").write_text("FROM scratch\nCOPY VERSION /VERSION\n")
    town.call("POST", "/services/backend/rollback", {"reason": "errors on checkout"}, 202)
    live(town, "backend-3")
    push(["backend"], "feat: waits for the hold")
    town.state("backend-4", "held")
    live(town, "frontend-4")
    (town.work / "README.md").write_text("nothing is built from this\n")
    push([], "docs: say more")

    def other(event, payload, expected=200):
        deliveries.append(str(uuid.uuid4()))
        town.send(event, payload, deliveries[-1], expected)

    other("ping", {"zen": "Keep it logically awesome.", "hook_id": 1, "hook": {"type": "Repository", "id": 1}})
    other("issues", {"action": "opened", "repository": {"clone_url": f"file://{town.origin}"}})
    other("push", {"ref": 1, "repository": {"clone_url": f"file://{town.origin}"}}, 400)
    deliveries.append(str(uuid.uuid4()))
    town.deliver(commits[0], commits[1], "refs/heads/topic", deliveries[-1], 200)
    notifications = eventually("a notification of each kind", 60, lambda: told(town))
    with urllib.request.urlopen(town.url, timeout=10) as page:
        versions = re.findall(r"/assets/([0-9a-f]+)/app.js", page.read().decode())
    # The examples of the document, the longer ones first, and what the town has in their place.
    names = {
        "e5c221614eab8ca2ac60bd7992170e701ed1d469": commits[3], "008c40e14eab8ca2ac60bd7992170e701ed1d469": commits[1],
        "e5c2216": commits[3][:7], "72d3162e-cc78-11e3-81ab-4c9367dc0958": deliveries[0],
        "https://github.com/acme/shop.git": f"file://{town.origin}", "https://gitlab.com/acme/shop.git": f"file://{town.origin}",
        "the-webhooks-secret": SECRET, "backend-40": "backend-1", "backend-41": "backend-1", "backend-42": "backend-2", "backend-43": "backend-3",
        "n4711": notifications["dead"],
    }
    return names, {
        "deployments": ["backend-1", "backend-2", "backend-3", "backend-4", "frontend-1", "frontend-2", "frontend-3", "frontend-4"],
        "deliveries": deliveries, "commits": sorted(set(commits)), "addresses": [f"file://{town.origin}"],
        "refs": ["main", commits[1], commits[-1][:12], "topic"], "targets": ["backend-1", "frontend-1", commits[1][:7]],
        "tokens": [TOKEN, READER], "versions": versions, "notifications": list(notifications.values()),
    }


def ask(town, names, words, options):
    """schemathesis's exit status, and the directory with what it left."""
    place = town.home / "contract"
    place.mkdir()
    (place / "names.json").write_text(json.dumps(names))
    for name in ("schemathesis.toml", "hooks.py"):
        shutil.copy(HERE / name, place)
    for name, values in words.items():
        (place / f"{name}.txt").write_text("".join(f"{json.dumps(value)}\n" for value in values))
    command = [pathlib.Path(sys.executable).with_name("schemathesis"), "--config-file", "schemathesis.toml", "run", str(ROOT / "openapi.yaml"),
               "--url", town.url, "--checks", "all", "--report", "ndjson", "--report-ndjson-path", str(place / "events.ndjson"), "--no-color", *options]
    done = subprocess.run(command, cwd=place, env={**os.environ, "TOWN_TOKEN": TOKEN, "TOWN_SECRET": SECRET, "PYTHONPATH": str(place)}, check=False)
    return done.returncode, place


def answers(report):
    """For each operation, how many requests were answered with which status."""
    found = collections.defaultdict(collections.Counter)
    with open(report, encoding="utf-8") as lines:
        for line in lines:
            recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder", {})
            for case, interaction in recorder.get("interactions", {}).items():
                value = recorder["cases"][case]["value"]
                response = interaction.get("response")
                found[f"{value['method']} {value['path']}"][response["status_code"] if response else "no answer"] += 1
    return found


def wanting(town, place):
    """What is wrong although no check failed, in sentences."""
    with open(ROOT / "openapi.yaml", encoding="utf-8") as file:
        paths = yaml.safe_load(file)["paths"]
    found = answers(place / "events.ndjson")
    operations = [f"{method.upper()} {path}" for path, methods in paths.items() for method in methods]
    print(f"\n{'operation':62} requests  answers")
    for operation in operations:
        statuses = " ".join(f"{status}×{count}" for status, count in sorted(found[operation].items(), key=lambda pair: str(pair[0])))
        print(f"{operation:62} {sum(found[operation].values()):8}  {statuses}")
        if not any(str(status).startswith("2") for status in found[operation]):
            yield f"{operation} never succeeded: its checks looked at refusals alone"
    print(f"{len(operations)} operations, {sum(sum(one.values()) for one in found.values())} requests\n\nnot counted as failures:")
    for known in json.loads((place / "known.json").read_text()):
        print(f"{known['used']:5}× {known['failure']} {known['path']} {known['status']}: {known['because']}")
    if town.processes["slipway"].poll() is not None:
        yield "the program has ended"
    town.stop()
    for line in (town.home / "slipway.log").read_text(encoding="utf-8").rstrip("\n").split("\n"):
        if json.loads(line)["level"] in ("error", "critical"):
            yield f"the program logged {line}"


def main():
    program, options = sys.argv[1], sys.argv[2:]
    town = Town(program, argocd=True, receiver=True)
    try:
        names, words = give_history(town)
        begun = time.monotonic()
        status, place = ask(town, names, words, options)
        took = time.monotonic() - begun
        wrong = [] if options else list(wanting(town, place))
        for sentence in wrong:
            print(f"scripts/contract: {sentence}", file=sys.stderr)
        print(f"asked for {took:.0f} s")
        return 1 if status or wrong else 0
    finally:
        town.close()


if __name__ == "__main__":
    sys.exit(main())
