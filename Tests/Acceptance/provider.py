#!/usr/bin/env python3
"""The whole system with a real model server: it answers, streams, is stopped under load, and comes back.

1. Starts the model server (`deploy/local/llm`) and a system of its own with it as the provider, and measures how long a
   call takes on this machine now: the deadline and the other limits follow from that, within bounds. A machine that is
   too slow for the model ends the run here, and says so.
2. Posts a task while `curl -N` reads the caller's event stream, and shows what came: the model's text as it was written,
   then the analysis with rung, model and version.
3. Posts tasks all the time, no faster than the server can answer, until the circuit breaker is closed and answers come;
   then it stops the model server with SIGSTOP and posts faster: no analysis takes longer than its deadline, the breaker
   opens, the calls that reach the server (counted in front of it) stay within the probes, all tasks are answered from a
   lower rung and say so. A person corrects one of them. Then SIGCONT: the breaker closes, all degraded analyses are made
   again, and the correction stands.

Needs the programs (`swift build -c release`) and, the first time, minutes to build the model server. Everything runs on
free loopback ports and is stopped at the end. Lines that begin with RESULT hold JSON. 0 when every claim holds, 1 if not.

usage: Tests/Acceptance/provider.py [--load TASKS_PER_SECOND] [--stopped SECONDS]
"""

import argparse
import calendar
import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from claims import claim, failures, result
from client import Client, EventStream
from counting_proxy import CountingProxy

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
LLM = os.path.join(ROOT, "deploy/local/llm")
OPEN = 3.0
# Of one call, in seconds: a machine that takes longer is too slow for the model.
SLOWEST_CALL = 20.0
# Most tasks while the server is stopped: each is made again afterwards, one after the other.
MOST_STOPPED = 60
# While the first calls are measured.
PATIENCE = 120.0


class Limits:
    """What follows from the seconds that one call takes; the server answers one call after the other."""

    def __init__(self, call):
        self.call = call
        # A call behind another one, both on a machine that has become slower meanwhile.
        self.deadline = float(max(20, math.ceil(4 * call)))
        self.first_byte = self.deadline / 2

    def settings(self):
        return {
            "TRIAGELOOP_ANALYSIS_DEADLINE": f"{self.deadline:g}s",
            "TRIAGELOOP_PROVIDER_ATTEMPTS": "2",
            "TRIAGELOOP_PROVIDER_CONCURRENCY": "2",
            "TRIAGELOOP_BREAKER_MINIMUM_CALLS": "2",
            # Slow it always is; what is judged here is whether it answers.
            "TRIAGELOOP_BREAKER_SLOW_CALL": f"{self.deadline:g}s",
            "TRIAGELOOP_BREAKER_OPEN": f"{OPEN:g}s",
            "TRIAGELOOP_HEALING_RATE": "0.5",
        }


REPORTS = [
    "The page stays white after the login on a small screen",
    "Please add an export of the list as CSV",
    "How do I change the address of my account?",
    "Search is slow with more than a thousand entries",
    "Dark mode for the settings page",
    "The build fails on Windows with a missing header",
]


def draft(number):
    return {"title": f"{REPORTS[number % len(REPORTS)]} ({number})", "body": "", "project": "default"}


class System:
    """A system of its own, with the provider behind a proxy that counts."""

    def __init__(self, folder, upstream):
        self.folder = folder
        self.proxy = CountingProxy(upstream, b"POST /v1/chat/completions")
        self.providers = os.path.join(folder, "providers.json")
        self.limit(None)

    def limit(self, limits):
        """Takes these limits, or for the measurement none that could be in the way; `start` makes them hold."""
        self.limits = limits
        first_byte = limits.first_byte if limits else PATIENCE
        settings = limits.settings() if limits else {
            "TRIAGELOOP_ANALYSIS_DEADLINE": f"{PATIENCE:g}s", "TRIAGELOOP_BREAKER_SLOW_CALL": f"{PATIENCE:g}s",
        }
        version = {
            "name": "1", "model": "smollm2", "fields": ["category", "priority"],
            # What this server knows; else its first answer is the refusal of the better form.
            "output": "json_object_schema", "maximum_output_tokens": 160, "maximum_text_bytes": 600,
        }
        provider = {
            "name": "local", "kind": "openai", "base_url": f"http://127.0.0.1:{self.proxy.port}/v1",
            "transport": {"first_byte_timeout": f"{first_byte:g}s", "idle_timeout": f"{first_byte:g}s"},
            "versions": [version],
        }
        with open(self.providers, "w", encoding="utf-8") as file:
            json.dump({"providers": [provider]}, file)
        self.environment = {
            **os.environ, **settings, "TRIAGELOOP_LOCAL": self.folder, "TRIAGELOOP_PROVIDERS_FILE": self.providers,
        }

    def run(self, script, *arguments):
        subprocess.run([os.path.join(ROOT, "deploy/local", script), *arguments], env=self.environment, check=True)

    def start(self):
        self.run("up", "--no-build")
        with open(os.path.join(self.folder, "env"), encoding="utf-8") as file:
            self.urls = dict(re.findall(r"export (\w+)='([^']*)'", file.read()))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # The reset takes the logs along.
        shutil.copytree(os.path.join(self.folder, "log"), self.folder + ".log", dirs_exist_ok=True)
        subprocess.run(
            [os.path.join(ROOT, "deploy/local/reset"), "--yes"], env=self.environment, check=False,
            stdout=subprocess.DEVNULL)
        self.proxy.close()

    def breaker_state(self):
        changes = self.breaker_changes()
        return changes[-1][1].get("to") if changes else "closed"

    def given_up(self):
        """Repairs that were tried often enough, as the log tells them."""
        with open(os.path.join(self.folder, "log/ai-analyzer.log"), encoding="utf-8") as log:
            return sum('"message":"a degraded analysis stays as it is"' in line for line in log)

    def breaker_changes(self):
        """[(seconds since the epoch, from, to)] as the log tells them."""
        changes = []
        with open(os.path.join(self.folder, "log/ai-analyzer.log"), encoding="utf-8") as log:
            for line in log:
                if "circuit breaker changed" in line:
                    entry = json.loads(line)
                    changes.append((seconds(entry), entry))
        return changes


def seconds(entry):
    text = next(value for key, value in entry.items() if key in ("timestamp", "time", "ts"))
    whole, _, fraction = text.rstrip("Z").partition(".")
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) + float(f"0.{fraction or 0}")


def measure(system, client):
    """The seconds of one call, the slower of two; None when the model is too slow here or doesn't answer."""
    print("==> how long a call takes on this machine now", flush=True)
    connection, took = client.connection(), []
    # The first call takes longer: the server reads the part of the prompt that is always the same, and keeps it.
    for number in range(-3, 0):
        began = time.monotonic()
        task = connection.call("POST", "/v1/tasks", draft(number), expect=202)
        while (analysis := connection.call("GET", f"/v1/tasks/{task['id']}")["analysis"]) is None:
            time.sleep(0.2)
        took.append(time.monotonic() - began)
        if analysis["rung"] != "provider":
            claim(False, f"the model answers at all: {analysis.get('reason')} after {took[-1]:.0f} s; nothing was tried")
            return None
    call = max(took[1:])
    result("one_call", first_seconds=round(took[0], 2), seconds=[round(seconds, 2) for seconds in took[1:]])
    fast_enough = call <= SLOWEST_CALL
    if not claim(fast_enough, f"the machine is fast enough for the model: a call took {call:.1f} s, {SLOWEST_CALL:g} may be"):
        print("    Nothing more was tried. Run it again when the machine has less to do.", flush=True)
    return call if fast_enough else None


def watch_with_curl(system, client):
    """What `curl -N` prints of one task."""
    print("==> a task with `curl -N` on the event stream", flush=True)
    headers = [part for name, value in client.headers.items() for part in ("-H", f"{name}: {value}")]
    curl = subprocess.Popen(
        ["curl", "-sN", "--max-time", "120", *headers, system.urls["TRIAGELOOP_API_URL"] + "/v1/events"],
        stdout=subprocess.PIPE, text=True)
    # Its first bytes say that it is subscribed.
    first = curl.stdout.readline()
    connection = client.connection()
    task = connection.call("POST", "/v1/tasks", draft(1), expect=202)
    events, kind = [], None
    for line in curl.stdout:
        if line.startswith("event: "):
            kind = line[7:].strip()
        elif line.startswith("data: "):
            data = json.loads(line[6:])
            if data.get("task_id") == task["id"]:
                events.append((kind, data))
                if kind == "analysis.progressed.v1":
                    print(f"    event: {kind}  {data['summary'].get('text', '')[-60:]!r}", flush=True)
                else:
                    print(f"    event: {kind}", flush=True)
                if kind == "analysis.completed.v1":
                    break
    curl.terminate()
    curl.wait()
    progress = [data for kind, data in events if kind == "analysis.progressed.v1"]
    analysis = events[-1][1].get("analysis", {}) if events else {}
    told = {name: analysis.get(name) for name in ("rung", "degraded", "model", "model_version", "explanation")}
    told["category"] = (analysis.get("category") or {}).get("value")
    result("one_task", first_line=first.strip(), progress_events=len(progress), **told)
    claim(len(progress) >= 2, f"the model's text came as it was written, in {len(progress)} events")
    claim(events and events[-1][0] == "analysis.completed.v1", "the analysis came last")
    claim(told["rung"] == "provider" and told["degraded"] is False, "the provider answered")
    claim(told["model"] == "smollm2" and told["model_version"] == "local/1", "the analysis names model and version")


class Watch(EventStream):
    """Keeps when the first analysis of each task came, and that analysis."""

    def __init__(self, client, path):
        self.first = {}
        super().__init__(client, path)

    def _event(self, fields):
        if fields.get("event") == "analysis.completed.v1":
            data = json.loads(fields["data"])
            self.first.setdefault(data["task_id"], (time.time(), data["analysis"]))
        super()._event(fields)


class Load:
    """Posts tasks at a steady rate, from a thread of its own."""

    def __init__(self, client, rate):
        self.client, self.rate = client, rate
        self.posted = []
        self.stopping = threading.Event()
        self.error = None
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self):
        connection, number = self.client.connection(), 2
        try:
            while not self.stopping.wait(1 / self.rate):
                task = connection.call("POST", "/v1/tasks", draft(number), expect=202)
                self.posted.append((task["id"], time.time()))
                number += 1
        except Exception as error:  # told at the end
            self.error = error

    def stop(self):
        self.stopping.set()
        self.thread.join()
        if self.error:
            raise self.error


def wait_until_well(system, stream, load):
    """Returns once the provider has answered three tasks of the load, the last one while its breaker was closed."""
    end = time.monotonic() + 3 * system.limits.deadline + 12 * system.limits.call
    while time.monotonic() < end:
        answers = [stream.first.get(task, (0, {}))[1].get("rung") for task, _ in load.posted]
        if answers.count("provider") >= 3 and system.breaker_state() == "closed":
            return True
        time.sleep(0.2)
    return False


def stop_the_server(system, client, pid, load_per_second, stopped_for):
    """SIGSTOP under load, and back."""
    limits = system.limits
    # Those that come in the last deadline may be answered by the server after it went on: they prove nothing.
    stopped_for = max(stopped_for, limits.deadline + 15)
    gently = min(load_per_second, 0.5 / limits.call)
    load_per_second = min(load_per_second, MOST_STOPPED / stopped_for)
    print(f"==> {gently:.2f} tasks a second; then the model server stopped for {stopped_for:g} s, with "
          f"{load_per_second:.2f} a second", flush=True)
    connection = client.connection()
    stream = Watch(client, "/v1/events")
    load = Load(client, gently)
    if not claim(wait_until_well(system, stream, load), "the provider answers under load, its breaker is closed"):
        load.stop()
        stream.close()
        return
    os.kill(pid, signal.SIGSTOP)
    stopped_at = time.time()
    load.rate = load_per_second
    corrected = None
    try:
        while time.time() < stopped_at + stopped_for:
            time.sleep(0.5)
            if corrected is None and time.time() > stopped_at + stopped_for / 2:
                corrected = correct_one_degraded(connection, load.posted, stopped_at)
    finally:
        continued_at = time.time()
        os.kill(pid, signal.SIGCONT)
    load.stop()
    ids = {task for task, _ in load.posted}
    come = stream.wait_for("analysis.completed.v1", ids, limits.deadline + 10)
    claim(come == ids, f"all {len(ids)} tasks were analysed")
    check_waiting(stream, load.posted, stopped_at, continued_at, limits.deadline)
    check_calls(system, stopped_at, continued_at)
    check_repairs(system, connection, ids, corrected, continued_at)
    stream.close()


def correct_one_degraded(connection, posted, since):
    for task, at in posted:
        if at < since:
            continue
        view = connection.call("GET", f"/v1/tasks/{task}")
        analysis = view.get("analysis")
        if analysis and analysis["degraded"]:
            value = "question" if analysis["category"]["value"] != "question" else "bug"
            body = {"fields": [{"field": "category", "verdict": "corrected", "value": value}]}
            connection.call("POST", f"/v1/tasks/{task}/feedback", body, expect=202)
            return task, value
    return None


def check_waiting(stream, posted, stopped_at, continued_at, deadline):
    """What came first for each task, from the moment it was accepted to the moment a reader has it."""
    during = {task: at for task, at in posted if stopped_at <= at <= continued_at - deadline}
    took, rungs, reasons, degraded = [], {}, {}, 0
    for task, at in during.items():
        came_at, analysis = stream.first.get(task, (None, None))
        if analysis is None:
            continue
        took.append(came_at - at)
        degraded += analysis["degraded"]
        rungs[analysis["rung"]] = rungs.get(analysis["rung"], 0) + 1
        reasons[analysis.get("reason")] = reasons.get(analysis.get("reason"), 0) + 1
    slowest = max(took, default=0)
    result(
        "stopped", tasks=len(during), analysed=len(took), degraded=degraded, rungs=rungs, reasons=reasons,
        median_seconds=round(sorted(took)[len(took) // 2], 3) if took else None, slowest_seconds=round(slowest, 3))
    claim(took and len(took) == len(during), f"{len(during)} tasks came while it was stopped; each was answered")
    claim(slowest <= deadline, f"the slowest took {slowest:.2f} s of {deadline:g} s, from accepted to read")
    claim(took and degraded == len(took) and "provider" not in rungs, f"all of them say that they are degraded: {rungs}")


def check_calls(system, stopped_at, continued_at):
    changes = system.breaker_changes()
    # It was closed when the server was stopped; a probe that failed is no opening.
    opened = [
        at for at, entry in changes
        if entry.get("from") == "closed" and entry.get("to") == "open" and stopped_at <= at <= continued_at
    ]
    if not opened:
        return claim(False, "the breaker opened while the server was stopped")
    before = system.proxy.calls(stopped_at, opened[0])
    # From the moment it opened; the calls that were under way then had come before.
    while_open = system.proxy.calls(opened[0] + 0.05, continued_at)
    most = int((continued_at - opened[0]) / OPEN) + 1
    result(
        "breaker", opened_after_seconds=round(opened[0] - stopped_at, 2), calls_before=before,
        calls_while_open=while_open, probes_allowed=most)
    after = opened[0] - stopped_at
    claim(before >= 1, f"{before} calls reached the stopped server before the breaker opened")
    claim(after < 2 * system.limits.deadline, f"the breaker opened after {after:.1f} s, from closed")
    claim(while_open <= most, f"{while_open} calls reached the server while it was open, {most} probes were due")


def check_repairs(system, connection, ids, corrected, continued_at):
    left, end = set(ids), time.monotonic() + min(1_800, 300 + 3 * system.limits.call * len(ids))
    given_up = 0
    while len(left) > given_up and time.monotonic() < end:
        time.sleep(2)
        given_up = system.given_up()
        for task in list(left):
            analysis = connection.call("GET", f"/v1/tasks/{task}")["analysis"]
            if analysis["rung"] == "provider" and not analysis["degraded"]:
                left.discard(task)
    took = time.time() - continued_at
    closed = [at - continued_at for at, entry in system.breaker_changes() if entry["to"] == "closed"]
    closed = [round(after, 1) for after in closed if after >= 0]
    result(
        "repaired", tasks=len(ids), left=len(left), after_seconds=round(took, 1), breaker_closed_after_seconds=closed)
    claim(closed, "the breaker closed")
    # A small model writes without end about a text now and then, however often it is asked.
    claim(
        len(left) <= given_up <= len(ids) // 10,
        f"all degraded analyses were made again by the provider, {took:.0f} s after it went on; {given_up} of {len(ids)}"
        " texts were given up, for which it has no answer that can be used")
    if claim(corrected is not None, "a person corrected a degraded analysis meanwhile"):
        task, value = corrected
        view = connection.call("GET", f"/v1/tasks/{task}")
        claim(
            view["fields"]["category"]["value"] == value and view["analysis"]["rung"] == "provider",
            f"the person's {value!r} stands, beside the provider's {view['analysis']['category']['value']!r}")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--load", type=float, default=1)
    arguments.add_argument("--stopped", type=float, default=30)
    options = arguments.parse_args()
    ran_before = subprocess.run([LLM, "status"], stdout=subprocess.DEVNULL, check=False).returncode == 0
    address = subprocess.run([LLM, "start"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    local = os.environ.get("TRIAGELOOP_LOCAL", os.path.join(ROOT, ".local"))
    with open(os.path.join(local, "llm/pid"), encoding="utf-8") as file:
        pid = int(file.read().split()[0])
    folder = tempfile.mkdtemp(prefix="triageloop-provider.")
    os.chmod(folder, 0o711)
    try:
        with System(folder, address) as system:
            system.start()
            client = Client(system.urls["TRIAGELOOP_API_URL"], user="ana")
            call = measure(system, client)
            if call is not None:
                system.limit(Limits(call))
                system.start()
                watch_with_curl(system, client)
                stop_the_server(system, client, pid, options.load, options.stopped)
    finally:
        os.kill(pid, signal.SIGCONT)
        if not ran_before:
            subprocess.run([LLM, "stop"], check=False)
        shutil.rmtree(folder, ignore_errors=True)
        if failures:
            print(f"logs: {folder}.log")
        else:
            shutil.rmtree(folder + ".log", ignore_errors=True)
    print(f"{len(failures)} claims failed" if failures else "every claim holds", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
