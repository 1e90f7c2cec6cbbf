#!/usr/bin/env python3
"""A team's history, played in time order: what people say makes the model better, by itself, version by version.

The 1,500 training issues of NLBSE'24 come in, those of each project and label in the order in which they were written. The
groups are dealt like cards: the data set has a hundred of each whenever they were written, so that the calendar alone would
bring no bug for two years and then hardly anything else (`--calendar` plays that; the checks of the data refuse to train on
it, as they should). The system begins with a model that knows the first 150 only. Forty people create the tasks and say of each whether its category was right; nobody asks for a training
or a promotion: trainings fire by themselves, and each version goes through shadow and canary before it serves.
After each new champion the 1,500 test issues are posted, and the F1 of what the system answers is printed beside the offline
curve of the same data (the reference's table: every answer used, batches of 150), at the number of answers so far and at the
number that the version has learned from: a fifth is held out, and more comes in while a version is on trial.

A day is short here: people wait while a training runs (seconds; in real life nobody would notice), and a share of a rollout
lasts a second and its answers instead of an hour. Everything else is as it comes.

Brings up a system of its own (the build must be there: `swift build -c release`) on free loopback ports, and stops it at
the end. Needs the data set, which is not ours to ship; without it the script says so and ends with 77. Lines that begin
with RESULT hold JSON. 0 when every claim holds, 1 otherwise.

usage: Tests/Acceptance/history.py [--data FILE] [--people N] [--seed N] [--calendar]
"""

import argparse
import collections
import gzip
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time

from claims import claim, failures, result
from client import Client, in_parallel
from loop import DATA, by_project, draft
from system import ROOT, private_system

KNOWN = 150
DAY = 10
CONNECTIONS = 4
TRIALS = 20
# Answers and mean macro-F1 on the test issues: what an offline run reaches that trains on every answer.
OFFLINE = [(150, 0.637), (300, 0.703), (600, 0.751), (900, 0.780), (1_500, 0.794)]
WITHIN = 0.02
HELD_OUT = 0.2
AT_WORK = {"queued", "snapshotting", "validating", "training", "evaluating", "registering"}
ON_TRIAL = {"shadow", "canary"}
SETTINGS = {
    "TRIAGELOOP_TRAINING_MINIMUM_FEEDBACK": "150",
    "TRIAGELOOP_TRAINING_COOLDOWN": "0s",
    # The plan of a small team, in short days.
    "TRIAGELOOP_ROLLOUT_SHARES": "25,50,100",
    "TRIAGELOOP_ROLLOUT_GOAL": "no_harm",
    "TRIAGELOOP_ROLLOUT_SHADOW_ANALYSES": "20",
    "TRIAGELOOP_ROLLOUT_STEP_TIME": "1s",
    "TRIAGELOOP_ROLLOUT_STEP_ANSWERS": "10",
    "TRIAGELOOP_ROLLOUT_MINIMUM_TO_PROMOTE": "30",
    "TRIAGELOOP_ROLLOUT_HORIZON_ANSWERS": "40",
}


def load(path, seed, by_calendar):
    """The training issues in the order of the play, and the test issues."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        issues = [json.loads(line) for line in lines]
    training = sorted((issue for issue in issues if issue["split"] == "train"), key=lambda issue: issue["created"])
    if not by_calendar:
        dealer, ranks = random.Random(seed), collections.Counter()
        for issue in training:
            group = issue["project"], issue["label"]
            issue["turn"] = ranks[group] + dealer.random()
            ranks[group] += 1
        training.sort(key=lambda issue: issue["turn"])
    return training, [issue for issue in issues if issue["split"] == "test"]


def offline(answers):
    """The offline curve at so many answers, straight between its points."""
    for (low, below), (high, above) in zip(OFFLINE, OFFLINE[1:]):
        if answers <= high:
            return below + (above - below) * max(0, answers - low) / (high - low)
    return OFFLINE[-1][1]


def first_model(folder, issues):
    """The artifact of a model that knows these issues and nothing else."""
    data, out = os.path.join(folder, "known.jsonl"), os.path.join(folder, "known.tlm")
    with open(data, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(issue) + "\n" for issue in issues)
    subprocess.run(
        [os.path.join(ROOT, ".build/release/triagectl"), "model", "train", "--data", data, "--out", out, "--everything",
         "--version", "first"], check=True, stdout=subprocess.DEVNULL)
    os.chmod(folder, 0o755)
    os.chmod(out, 0o644)
    return out


class Team:
    """They create tasks and say what is true, a day's work at a time."""

    def __init__(self, api, people):
        self.people = [Client(api, user=f"person-{number}") for number in range(people)]
        self.counts = collections.Counter()
        self.versions = set()
        self.lock = threading.Lock()

    def work(self, day):
        in_parallel(self.people[0], CONNECTIONS, self._judge, list(day))

    def _judge(self, _, item):
        number, issue = item
        connection = self.people[number % len(self.people)].connection()
        task = connection.call("POST", "/v1/tasks", draft(issue), expect=202)
        while (view := connection.call("GET", f"/v1/tasks/{task['id']}")).get("analysis") is None:
            time.sleep(0.02)
        analysis = view["analysis"]
        is_right = (analysis.get("category") or {}).get("value") == issue["label"]
        field = {"field": "category", "verdict": "accepted" if is_right else "corrected", "value": issue["label"]}
        connection.call("POST", f"/v1/tasks/{task['id']}/feedback", {"fields": [field]}, expect=202)
        with self.lock:
            self.counts[is_right] += 1
            self.versions.add(analysis["model_version"])

    @property
    def answers(self):
        return sum(self.counts.values())


class Operator:
    """Looks on: asks for nothing to happen."""

    def __init__(self, api):
        self.api = api
        self.connection = Client(api, user="operator").connection()
        self.told = {}

    def champion(self):
        # Until the registry has said so nobody is.
        while (serving := self.connection.call("GET", "/v1/models").get("serving")) is None:
            time.sleep(0.1)
        return serving["champion"]

    def trained_on(self, version):
        """How many answers this version has learned from: all but the held-out ones."""
        for item in self.connection.call("GET", "/v1/trainings")["items"]:
            if item.get("candidate_version") == version:
                return item["examples"] - round(item["examples"] * HELD_OUT)
        return 0

    def trainings(self):
        """All of them, and prints what is new."""
        items = self.connection.call("GET", "/v1/trainings")["items"]
        for item in reversed(items):
            told = item["state"], item.get("reason")
            if self.told.get(item["training_id"]) != told and item["state"] not in AT_WORK:
                print(f"    training {item['training_id'][-6:]} {item['state']}: {(item.get('reason') or '')[:160]}", flush=True)
            self.told[item["training_id"]] = told
        return items

    def rest(self, answers):
        """Until the answers are counted and nobody trains; what the team's day begins with."""
        end = time.monotonic() + 300
        while time.monotonic() < end:
            items = self.trainings()
            states = {item["state"] for item in items}
            if not states & AT_WORK:
                return states & ON_TRIAL
            time.sleep(0.1)
        raise TimeoutError(f"a training has not ended within 300 s: {items[0]}")


def judge_version(api, version, test, name):
    """The F1 on the test issues as everybody gets it: {project: F1}, their mean; tried until one version answered all."""
    for trial in range(TRIALS):
        client = Client(api, user=f"{name}-{trial}")
        posted, tasks = {}, {}

        def ask(connection, issue):
            task = connection.call("POST", "/v1/tasks", draft(issue), expect=202)
            posted[task["id"]] = issue

        def read(connection, task):
            while (view := connection.call("GET", f"/v1/tasks/{task}")).get("analysis") is None:
                time.sleep(0.05)
            tasks[task] = view

        # Whether this user has the champion; the next version may be on trial already.
        for issues in (test[:1], test):
            posted.clear()
            tasks.clear()
            in_parallel(client, 8, ask, issues)
            in_parallel(client, 8, read, list(posted))
            used = {view["analysis"]["model_version"] for view in tasks.values()}
            if used != {version}:
                break
        else:
            return by_project(posted, tasks)
    raise RuntimeError(f"no user of {TRIALS} was answered by {version} alone: {used}")


def play(system, options, training, test):
    api = system.urls["TRIAGELOOP_API_URL"]
    operator, team = Operator(api), Team(api, options.people)
    serving = operator.champion()
    curve = []

    def measure(version, answers):
        _, mean = judge_version(api, version, test, f"judge-{len(curve)}")
        right = team.counts[True] / team.answers if team.answers else None
        trained = KNOWN + operator.trained_on(version)
        curve.append({
            "answers": answers, "trained_on": trained, "version": version, "f1": round(mean, 4),
            "offline": round(offline(answers), 4), "offline_trained_on": round(offline(trained), 4),
            "right_before": right and round(right, 3)})
        print(f"  {answers:5} answers  serving {version:20} F1 {mean:.3f}   offline {offline(answers):.3f}"
              f" ({mean - offline(answers):+.3f})   trained on {trained:4}: offline {offline(trained):.3f}"
              f" ({mean - offline(trained):+.3f})", flush=True)

    measure(serving, KNOWN)
    seen = KNOWN
    while seen < len(training):
        team.work(list(enumerate(training))[seen:seen + DAY])
        seen = min(len(training), seen + DAY)
        operator.rest(team.answers)
        now = operator.champion()
        if now != serving:
            serving = now
            measure(serving, seen)
    return operator, team, curve


def judge(curve, trainings, states):
    claim(len(curve) >= 5, f"{len(curve) - 1} versions were promoted, of {len(trainings)} trainings that fired by themselves: {dict(states)}")
    claim(curve[-1]["f1"] >= curve[0]["f1"] + 0.10, f"served F1 rose from {curve[0]['f1']:.3f} to {curve[-1]['f1']:.3f}")
    last = curve[-1]
    claim(last["f1"] >= last["offline"] - WITHIN,
          f"it meets the offline curve: after {last['answers']} answers {last['f1']:.3f}, offline {last['offline']:.3f}")
    for point in curve:
        claim(point["f1"] >= point["offline_trained_on"] - WITHIN,
              f"{point['version']} has learned from {point['trained_on']} answers: {point['f1']:.3f}, offline"
              f" {point['offline_trained_on']:.3f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=DATA)
    parser.add_argument("--people", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1, help="of the order of groups")
    parser.add_argument("--calendar", action="store_true", help="in the order of the calendar alone")
    options = parser.parse_args()
    if not os.path.exists(options.data):
        print(f"SKIPPED: the data set is not here ({options.data}); nothing was checked", file=sys.stderr)
        return 77
    training, test = load(options.data, options.seed, options.calendar)
    print(f"{len(training)} issues; the model knows {KNOWN}")
    with tempfile.TemporaryDirectory(prefix="triageloop-history.") as folder:
        settings = {**SETTINGS, "TRIAGELOOP_BASE_MODEL": first_model(folder, training[:KNOWN])}
        with private_system("history", settings) as system:
            operator, team, curve = play(system, options, training, test)
            trainings = operator.trainings()
            rollouts = operator.connection.call("GET", "/v1/rollouts")["items"]
    states = collections.Counter(item["state"] for item in trainings)
    result("history", answers=team.answers, curve=curve, trainings=dict(states), rollouts=len(rollouts))
    if options.calendar:
        refused = [item for item in trainings if "label-drift" in (item.get("reason") or "")]
        claim(refused, f"the checks of the data found the labels to drift, {len(refused)} times")
    else:
        judge(curve, trainings, states)
    print(f"{len(failures)} claims failed" if failures else "every claim holds", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
