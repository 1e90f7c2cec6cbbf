"""Docker Compose, or what stands in for it: TRIAGELOOP_CONTAINERS names a script that takes `up FOLDER`, `down FOLDER` and
`run -- ARGUMENTS`; without it `docker compose` itself."""

import json
import os
import pathlib
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
STAND_IN = os.environ.get("TRIAGELOOP_CONTAINERS")


def run(command, check=True, timeout=900, text=None):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout, input=text)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return done


def compose(*arguments, check=True, timeout=300):
    prefix = [STAND_IN, "run", "--"] if STAND_IN else ["docker", "compose"]
    return run([*prefix, *arguments], check, timeout)


def up(timeout=3_600):
    """Builds the images, starts everything, waits until it is healthy; seconds."""
    started = time.monotonic()
    run([STAND_IN, "up", str(ROOT)] if STAND_IN else ["docker", "compose", "up", "--build", "--wait", "-d"], timeout=timeout)
    return time.monotonic() - started


def down():
    if STAND_IN:
        run([STAND_IN, "down", str(ROOT)], check=False)
    else:
        compose("down", "-v", check=False)


def containers(service=None):
    """[{"Name", "Service", "State", "Health", …}] of what is there."""
    arguments = ["ps", "--all", "--format", "json", *([service] if service else [])]
    said = compose(*arguments).stdout.strip()
    if not said:
        return []
    if said.startswith("["):
        return json.loads(said)
    return [json.loads(line) for line in said.splitlines()]


def wait_healthy(service, count=1, timeout=120):
    """Until so many containers of the service say that they are healthy."""
    end, there = time.monotonic() + timeout, []
    while time.monotonic() < end:
        there = containers(service)
        if sum(one.get("Health") == "healthy" for one in there) >= count:
            return
        time.sleep(1)
    raise RuntimeError(f"{service}: not {count} healthy within {timeout} s: {there}")


def inside(service, *command, index=1, check=True):
    """A command in a container."""
    return compose("exec", "-T", "--index", str(index), service, *command, check=check)


def image_sizes():
    """{repository: bytes} of what the containers were made of."""
    sizes = {}
    for one in json.loads(compose("images", "--format", "json").stdout):
        sizes[f"{one.get('Repository', '')}:{one.get('Tag', '')}"] = one.get("Size")
    return sizes
