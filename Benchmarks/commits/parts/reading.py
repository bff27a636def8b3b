"""What is asked of Slipway while it deploys nothing: plans, and pages of a long history."""
import http.client
import random
import statistics
import time

from bench import store
from bench.servers import TOKEN, Slipway
from parts.origin import Origin, git
from parts.service import Deploying

FILES, SERVICES = 10_000, 1_000
DEPLOYMENTS = 1_000_000


def plan(directory, rounds):
    services = [f"s{number}" for number in range(SERVICES)]
    origin = Origin(directory, services)
    before = git("--git-dir", origin.bare, "rev-parse", "main")
    for number in range(FILES):
        origin.write(f"s{number % SERVICES}/src/file{number}.txt", "1\n")
    after = origin.push("feat: everywhere")
    with Deploying(directory / "slipway", origin, "registry.example.com", services) as slipway:
        question = {"repository": "shop", "before": before, "after": after}
        times = []
        for _ in range(rounds + 1):
            begin = time.perf_counter()
            answer = slipway.call("POST", "/api/v1/plan", question)
            times.append((time.perf_counter() - begin) * 1000)
    hits = sum(service["triggered"] for service in answer["services"])
    if hits != SERVICES or len(answer["files"]) != FILES:
        raise RuntimeError(f"the plan has {hits} services and {len(answer['files'])} files")
    # The first one fetches.
    return {"median": statistics.median(times[1:]), "first": times[0]}


def history(directory, requests):
    slipway = Slipway(directory)
    slipway.start()
    slipway.stop()
    store.fill(slipway.state, DEPLOYMENTS)
    with slipway:
        connection = http.client.HTTPConnection("127.0.0.1", slipway.port, timeout=10)
        times, random_numbers = [], random.Random(7)
        for number in range(requests):
            cursor = f"&cursor=c{random_numbers.randrange(100, DEPLOYMENTS)}" if number % 2 else ""
            begin = time.perf_counter()
            connection.request(
                "GET", f"/api/v1/services/backend/deployments?limit=50{cursor}", None,
                {"Authorization": f"Bearer {TOKEN}"})
            answer = connection.getresponse()
            body = answer.read()
            times.append((time.perf_counter() - begin) * 1000)
            if answer.status != 200:
                raise RuntimeError(f"a page was answered {answer.status} {body.decode()}")
        connection.close()
        return {"p50": statistics.median(times), "p99": statistics.quantiles(times, n=100)[98],
                "start": slipway.started_in}
