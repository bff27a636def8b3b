"""N builds that end together, over S services on one branch: the retry loop, and Slipway's writer."""
import json
import os
import pathlib
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from parts.origin import GIT, Origin, Stranger, git

ROOT = pathlib.Path(__file__).resolve().parents[3]
WRITER = pathlib.Path(
    os.environ.get("SLIPWAY_COMMITS_WRITER", ROOT / ".build/release/commits-writer"))

# The step as workflows have it; Actions runs it with bash -e. It ends with 0 if it believes in its
# success.
LOOP = r"""
sed -i "s/newTag: .*/newTag: \"$TAG\"/" "k8s/$SERVICE/kustomization.yaml"
git add "k8s/$SERVICE/kustomization.yaml"
git commit -qm "chore: update $SERVICE image to $TAG"
for try in 1 2 3; do
  if git pull -q --rebase origin main && git push -q origin HEAD:main; then exit 0; fi
  git rebase --abort 2>/dev/null || true
  if [ "$try" -lt 3 ]; then sleep 5; fi
done
exit 1
"""


def names(services):
    return [f"s{number}" for number in range(1, services + 1)]


def row(who, origin, landed, builds, seconds, newest):
    in_force = sum(tag == newest for tag in origin.tags().values())
    return {"who": who, "builds": builds, "services": len(origin.services), "landed": landed,
            "newest": in_force, "seconds": round(seconds, 2), "linear": origin.is_linear()}


def loop(directory, builds, services):
    origin = Origin(directory, names(services))
    jobs = []
    for number in range(builds):
        job = directory / f"job-{number}"
        git("clone", "-q", origin.bare, job)
        jobs.append((job, origin.services[number % services], f"{number // services + 1:07x}"))
    newest = jobs[-1][2]
    # The commits of all others are counted by their subject.
    with Stranger(origin, directory):
        begin = time.monotonic()
        with ThreadPoolExecutor(builds) as pool:
            list(pool.map(lambda job: subprocess.run(
                ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", LOOP],
                cwd=job[0], env={**GIT, "SERVICE": job[1], "TAG": job[2]}, capture_output=True),
                jobs))
        seconds = time.monotonic() - begin
    landed = origin.commits_of("chore: update")
    return row("retry loop", origin, landed, builds, seconds, newest)


def writer(directory, builds, services):
    origin = Origin(directory, names(services))
    sources = origin.commits(builds // services)
    process = subprocess.Popen(
        [WRITER, origin.url, directory / "state", str(services), *sources],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if process.stdout.readline() != "ready\n":
        raise RuntimeError("the writer did not become ready")
    with Stranger(origin, directory):
        time.sleep(0.2)
        output, _ = process.communicate("go\n")
    said = json.loads(output)
    if said["landed"] != origin.commits_of("chore: update"):
        raise RuntimeError(f"the writer says {said}, and the branch does not")
    if said["landed"] + said["superseded"] != builds:
        raise RuntimeError(f"of {builds} builds the writer says {said}")
    found = row("Slipway", origin, said["landed"], builds, said["seconds"], sources[-1][:7])
    return {**found, "superseded": said["superseded"]}
