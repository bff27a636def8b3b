"""From a push's webhook to its manifest commit on the remote, without the builder's own time."""
import statistics
import time

from parts.origin import Origin, git
from parts.service import Deploying, Registry

SERVICE = "backend"
# Notes when a push arrived: a shell and a line, which the figures include.
HOOK = """#!/bin/bash
printf '%s\\n' "$EPOCHREALTIME" >>"{log}"
"""


def measure(directory, rounds):
    with Registry(directory) as registry:
        origin = Origin(directory, [SERVICE], registry.address)
        arrivals = directory / "arrivals"
        hook = origin.bare / "hooks/post-receive"
        hook.write_text(HOOK.format(log=arrivals))
        hook.chmod(0o755)
        with Deploying(directory / "slipway", origin, registry.address, [SERVICE]) as slipway:
            deploy(origin, slipway, arrivals, "1")
            built, reused = [], []
            for number in range(rounds):
                built.append(timed(origin, slipway, arrivals, f"{number + 2}")[0])
                # Back to what the first push had: the same inputs, so no build.
                took, builders = timed(origin, slipway, arrivals, "1")
                if builders:
                    raise RuntimeError(f"the reverted push was built: {builders} processes")
                reused.append(took)
    return {"median": statistics.median(built), "reuse": statistics.median(reused)}


def deploy(origin, slipway, arrivals, version):
    """Seconds from the webhook to the arrival of the manifest commit, and when it was sent."""
    before = git("--git-dir", origin.bare, "rev-parse", "main")
    origin.write(f"{SERVICE}/VERSION", version + "\n")
    after = origin.push(f"feat: version {version}")
    seen = arrivals.stat().st_size
    sent = slipway.deliver(before, after)
    end = time.monotonic() + 60
    while arrivals.stat().st_size == seen:
        if time.monotonic() > end:
            raise RuntimeError(f"{after} was not deployed")
        time.sleep(0.002)
    arrived = float(arrivals.read_text().split()[-1])
    if origin.tags()[SERVICE] != after[:7]:
        raise RuntimeError(f"{after} is not what is deployed")
    return arrived - sent, sent


def timed(origin, slipway, arrivals, version):
    """Milliseconds without the builder's, and how many builder processes ran for it."""
    took, sent = deploy(origin, slipway, arrivals, version)
    ran, count = slipway.builder_seconds(sent, sent + took)
    # Whatever the builder tidies up after the commit is not waited for by anybody.
    time.sleep(0.3)
    return (took - ran) * 1000, count
