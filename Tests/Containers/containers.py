#!/usr/bin/env python3
"""The compose file as it is, built and run: README's curl lines, rights from inside, a correction that leads to a new version,
kill -9 of each container in turn under load, restarts, scaling, and a rolling restart without a failed request.

Needs Docker with Compose, or a script in TRIAGELOOP_CONTAINERS that stands in for it (Tests/Containers/engine.py). Takes the
project's containers and volumes of the same name away at the end (and before: with --fresh). Lines that begin with RESULT hold JSON.

usage: Tests/Containers/containers.py [--keep] [--no-up] [--only PART,…] [--seconds N]     parts: readme, rights, learning, kills, scale, rolling
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import time

import engine
from load import Load, unanalysed

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/Acceptance"))
from claims import claim, failures, result  # noqa: E402
from client import Client  # noqa: E402

# As in the compose file.
HOST, PORT = os.environ.get("TRIAGELOOP_PUBLISH", "127.0.0.1:8080").rsplit(":", 1)
PORT = int(PORT)
OURS = ("task-api", "ai-analyzer", "retraining-trigger")
SERVERS = ("postgres", "rabbitmq")


def client(user="containers"):
    return Client(f"http://{HOST}:{PORT}", user=user)


# --- the README's lines -----------------------------------------------------------------------------------------

def readme():
    """The block of curl lines, as it stands there."""
    text = (ROOT / "README.md").read_text()
    block = next(one for one in re.findall(r"```sh\n(.*?)```", text, re.S) if "curl -s http://127.0.0.1:8080/v1/tasks" in one)
    lines = block.split("\ndeploy/local/")[0].replace("127.0.0.1:8080", f"{HOST}:{PORT}")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f"{lines}\necho \"id: $id\""], capture_output=True, text=True, timeout=120)
    found = re.search(r"^id: (\S+)$", done.stdout, re.M)
    claim(done.returncode == 0 and found, f"README's curl lines run ({lines.count('curl -s')} of them){done.stderr[-300:]}")
    if found:
        left = unanalysed(client(), [found.group(1)], 30)
        claim(not left, "the task that they make is analysed")


# --- rights, from inside ----------------------------------------------------------------------------------------

def rights():
    for service in (*OURS, "gateway"):
        status = engine.inside(service, "cat", "/proc/1/status").stdout
        value = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        process = {name: value.get(name, "").split() for name in ("Uid", "Gid", "CapEff", "CapPrm", "CapBnd", "NoNewPrivs")}
        # With `init: true` process 1 is the init; the container's user holds for both.
        claim(process["Uid"] and "0" not in process["Uid"] + process["Gid"], f"{service} runs as user {process['Uid'][:1]}, not root")
        none = all(set(process[name][0]) == {"0"} for name in ("CapEff", "CapPrm", "CapBnd"))
        claim(none, f"{service} has no capabilities, and can get none")
        claim(process["NoNewPrivs"] == ["1"], f"{service} can get no new privileges")
        for folder in ("/", "/opt", "/usr/bin", "/etc"):
            tried = engine.inside(service, "touch", f"{folder}/probe", check=False)
            claim(tried.returncode != 0 and "Read-only" in tried.stderr + tried.stdout, f"{service} can't write {folder}")
        listed = engine.inside(service, "sh", "-c", "tr '\\0' '\\n' </proc/1/environ", check=False).stdout
        claim(not re.search(r"://[^/\s]*:[^/\s]*@", listed), f"{service} has no password in its environment")
    # Each has its own secrets only.
    seen = {
        service: engine.inside(service, "sh", "-c", "cat /run/secrets/database_url").stdout.strip() for service in OURS}
    claim(len(set(seen.values())) == 3, "each service has a database role of its own")
    for service in OURS:
        files = engine.inside(service, "ls", "/run/secrets").stdout.split()
        own = {"amqp_url", "database_url"} | ({"secrets_key"} if service == "task-api" else set())
        claim(set(files) == own, f"{service} sees {files} and no other secret")


# --- learning ---------------------------------------------------------------------------------------------------

def learning(deadline=300):
    """Corrections of sixty tasks start a training by themselves; its version is registered."""
    one = client("learning")
    connection = one.connection()
    before = {item["version"] for item in connection.call("GET", "/v1/models")["items"]}
    with open(ROOT / "deploy/local/sample/tasks.jsonl", encoding="utf-8") as lines:
        tasks = [json.loads(line) for line in lines][:160]
    ids = []
    for start in range(0, len(tasks), 50):
        drafts = [{name: task[name] for name in ("title", "body", "project")} for task in tasks[start:start + 50]]
        ids += [item["id"] for item in connection.call("POST", "/v1/tasks/batch", drafts, expect=202)["items"]]
    claim(not unanalysed(one, ids, 60), f"{len(ids)} sample tasks are analysed")
    corrected = 0
    for number, task in enumerate(ids):
        # Several people, who agree with most of what they see.
        judge = Client(f"http://{HOST}:{PORT}", user=f"judge-{number % 7}").connection()
        category = judge.call("GET", f"/v1/tasks/{task}")["analysis"]["category"]["value"]
        wrong = number % 5 == 0
        value = {"bug": "question", "feature": "question", "question": "bug"}.get(category, category) if wrong else category
        corrected += wrong
        judge.call("POST", f"/v1/tasks/{task}/feedback", {"fields": [
            {"field": "category", "verdict": "corrected" if wrong else "accepted", "value": value}]}, expect=202)
    started, new, states = time.monotonic(), set(), []
    while time.monotonic() - started < deadline and not new:
        new = {item["version"] for item in connection.call("GET", "/v1/models")["items"]} - before
        states = [f"{item['state']}: {item.get('reason', '')}" for item in connection.call("GET", "/v1/trainings")["items"]]
        time.sleep(1)
    claim(new, f"{corrected} corrections and {len(ids) - corrected} acceptances led to the version {sorted(new)} after "
               f"{time.monotonic() - started:.0f} s ({states[:2]})")


# --- kills, restarts, scaling -----------------------------------------------------------------------------------

def settled(posted, load, what, deadline=180):
    left = unanalysed(client(), posted, deadline)
    claim(not left, f"{what}: {len(posted)} accepted, {len(posted) - len(left)} analysed; {len(load.failed)} tries were sent "
                    f"again, the slowest answer took {load.slowest:.1f} s")
    claim(len(set(posted)) == len(posted), f"{what}: no key made two tasks or got another's")
    claim(not load.refused, f"{what}: nothing was refused {load.refused[:2]}")


def kills(seconds):
    """kill -9 of each in turn, under load: nothing that was accepted is lost."""
    for service in (*OURS, "gateway", *SERVERS):
        with Load(HOST, PORT, 40) as load:
            time.sleep(seconds)
            engine.compose("kill", "-s", "KILL", service)
            time.sleep(2)
            engine.compose("start", service)
            engine.wait_healthy(service, timeout=180)
            time.sleep(seconds)
        settled(load.posted, load, f"kill -9 of {service}")


def scale(seconds):
    for service in OURS:
        engine.compose("restart", service)
        engine.wait_healthy(service)
        claim(True, f"{service} is healthy again after `restart`")
    with Load(HOST, PORT, 40) as load:
        engine.compose("up", "-d", "--no-build", "--no-recreate", "--wait", "--scale", "ai-analyzer=3", "--scale", "task-api=2", timeout=600)
        engine.wait_healthy("ai-analyzer", 3)
        engine.wait_healthy("task-api", 2)
        time.sleep(seconds)
    claim(True, "--scale ai-analyzer=3 task-api=2 is healthy")
    settled(load.posted, load, "while it was scaled")
    for index in (1, 2):
        said = engine.inside("task-api", "/opt/triageloop/task-api", "healthcheck", index=index, check=False)
        claim(said.returncode == 0, f"replica {index} of task-api says that it is ready")


def rolling(seconds):
    """SIGTERM to one replica after the other, two of each: nobody notices."""
    engine.compose(
        "up", "-d", "--no-build", "--no-recreate", "--wait", "--scale", "task-api=2", "--scale", "ai-analyzer=2", "--scale",
        "retraining-trigger=2", timeout=600)
    for service in OURS:
        engine.wait_healthy(service, 2)
    time.sleep(3)
    with Load(HOST, PORT, 60) as load:
        time.sleep(seconds)
        for service in OURS:
            for index in (1, 2):
                before = engine.inside(service, "sh", "-c", "stat -c %Y /proc/1", index=index).stdout.strip()
                # The process itself gets it, as from a `docker stop`; the restart policy brings a new one. The shell may go
                # with the container before it can say how it went.
                engine.inside(service, "sh", "-c", "kill -TERM 1", index=index, check=False)
                wait_restarted(service, index, before)
        time.sleep(seconds)
    claim(not load.failed, f"rolling restart of all: {len(load.failed)} failed requests of {len(load.posted)} {load.failed[:3]}")
    settled(load.posted, load, "rolling restart")


def wait_restarted(service, index, before, timeout=120):
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        now = engine.inside(service, "sh", "-c", "stat -c %Y /proc/1", index=index, check=False)
        if now.returncode == 0 and now.stdout.strip() != before:
            engine.wait_healthy(service, 2)
            # Until the gateway has asked it, too.
            time.sleep(2)
            return
        time.sleep(0.5)
    raise RuntimeError(f"{service} {index} did not come back within {timeout} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", action="store_true", help="leave it running")
    parser.add_argument("--no-up", action="store_true", help="use what runs")
    parser.add_argument("--fresh", action="store_true", help="take away what is there before")
    parser.add_argument("--only", default="readme,rights,learning,kills,scale,rolling")
    parser.add_argument("--seconds", type=int, default=5, help="of load before and after each blow")
    options = parser.parse_args()
    parts = options.only.split(",")
    if options.fresh:
        engine.down()
    try:
        if not options.no_up:
            took = engine.up()
            claim(True, f"built, up and healthy in {took:.0f} s")
            result("containers-up", seconds=round(took), images=engine.image_sizes())
        for name, part in (
                ("readme", readme), ("rights", rights), ("learning", learning), ("kills", lambda: kills(options.seconds)),
                ("scale", lambda: scale(options.seconds)), ("rolling", lambda: rolling(options.seconds))):
            if name in parts:
                started = time.monotonic()
                part()
                print(f"        {name}: {time.monotonic() - started:.0f} s", flush=True)
    finally:
        if not options.keep:
            engine.down()
    result("containers", passed=not failures, failures=failures)
    print(f"{'all hold' if not failures else f'{len(failures)} failed'}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
