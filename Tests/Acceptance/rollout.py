#!/usr/bin/env python3
"""A worse version is stopped at each of three places, and serving has no gap: on public issues, with simulated people.

1. Ten people correct 400 training issues of NLBSE'24; the labels of those that are trained on are shuffled among them. The
   checks of the data reject the training.
2. A person takes the data for right (`--accept`): the gate finds the version worse and rejects it.
3. A person wants it all the same (`--past-gate`): it goes through shadow into the canary. Forty people create tasks from
   the test issues and say for each whether its category was right; nobody shuffles any more. The rollout rolls back by
   itself.

All the while a probe creates five tasks a second and waits for the analysis of each: the longest wait is printed.

Brings up a system of its own (the build must be there: `swift build -c release`) on free loopback ports, and stops it at
the end. Needs the data set, which is not ours to ship; without it the script says so and ends with 77. Lines that begin
with RESULT hold JSON. 0 when every claim holds, 1 otherwise.

usage: Tests/Acceptance/rollout.py [--data FILE] [--seed N] [--deadline SECONDS]
"""

import argparse
import collections
import gzip
import itertools
import json
import os
import random
import re
import sys
import threading
import time

from claims import claim, failures, result
from client import Client, in_parallel
from system import private_system

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.normpath(os.path.join(HERE, "../../../shared/data/category_nlbse24.jsonl.gz"))
ISSUES = 400
PEOPLE = 40
TRAINERS = 10
CONNECTIONS = 8
PROBES_PER_SECOND = 5
# Nobody may wait longer for an analysis, with a training and a rollout beside it.
LONGEST_WAIT = 10.0
SETTINGS = {
    "TRIAGELOOP_TRAINING_MINIMUM_FEEDBACK": "1000000",
    "TRIAGELOOP_TRAINING_COOLDOWN": "0s",
    # The default plan's, but for the time that a step must last.
    "TRIAGELOOP_ROLLOUT_SHARES": "25,50,100",
    "TRIAGELOOP_ROLLOUT_GOAL": "no_harm",
    "TRIAGELOOP_ROLLOUT_SHADOW_ANALYSES": "100",
    "TRIAGELOOP_ROLLOUT_STEP_TIME": "5s",
}


def load(path):
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        issues = [json.loads(line) for line in lines]
    groups = collections.defaultdict(list)
    for issue in issues:
        if issue["split"] == "train":
            groups[issue["project"], issue["label"]].append(issue)
    # As many of each project and label; the same ones each time.
    each = ISSUES // len(groups) + 1
    training = [issue for group in groups.values() for issue in group[-each:]][:ISSUES]
    return training, [issue for issue in issues if issue["split"] == "test"]


def is_held_out(issue):
    """As `HeldOutSplit`, but for letters that Python and Swift take differently."""
    def words(text):
        return " ".join(re.findall(r"[^\W_]+", text.lower()))

    value = 0xCBF29CE484222325
    for byte in f"{words(issue['title'])}\n{words(draft(issue)['body'])}".encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    value = (value ^ value >> 33) * 0xFF51AFD7ED558CCD % 2**64
    value = (value ^ value >> 33) * 0xC4CEB9FE1A85EC53 % 2**64
    return (value ^ value >> 33) % 5 == 0


def draft(issue):
    body = (issue["body"] or "").encode()[:20_000].decode(errors="ignore")
    return {"title": issue["title"], "body": body, "project": issue["project"]}


class Probe:
    """Creates tasks at a steady rate and waits for the analysis of each."""

    def __init__(self, api):
        self.api = api
        self.waits, self.faults, self.unmodelled = [], [], 0
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.threads = []
        self.main = threading.Thread(target=self._run)
        self.main.start()

    def _run(self):
        number, due = 0, time.monotonic()
        while not self.stopping.wait(max(0.0, due - time.monotonic())):
            due += 1 / PROBES_PER_SECOND
            thread = threading.Thread(target=self._one, args=(number,))
            thread.start()
            self.threads = [other for other in self.threads if other.is_alive()] + [thread]
            number += 1

    def _one(self, number):
        started = time.monotonic()
        try:
            connection = Client(self.api, user=f"probe-{number % PEOPLE}").connection()
            task = connection.call(
                "POST", "/v1/tasks", {"title": f"The probe finds nothing wrong ({number})", "body": ""}, expect=202)
            while time.monotonic() - started < 60:
                view = connection.call("GET", f"/v1/tasks/{task['id']}")
                if view.get("analysis"):
                    with self.lock:
                        self.waits.append(time.monotonic() - started)
                        self.unmodelled += view["analysis"]["rung"] != "embedded" or view["analysis"]["degraded"]
                    return
                time.sleep(0.02)
            raise TimeoutError("no analysis within 60 s")
        except Exception as error:  # each is told at the end
            with self.lock:
                self.faults.append(repr(error))

    def stop(self):
        self.stopping.set()
        self.main.join()
        for thread in self.threads:
            thread.join(90)


def judge(connection, task, label):
    """Says whether the category is right; answers the analysis."""
    while (view := connection.call("GET", f"/v1/tasks/{task}")).get("analysis") is None:
        time.sleep(0.02)
    category = (view["analysis"].get("category") or {}).get("value")
    verdict = "accepted" if category == label else "corrected"
    field = {"field": "category", "verdict": verdict, "value": label}
    connection.call("POST", f"/v1/tasks/{task}/feedback", {"fields": [field]}, expect=202)
    return view["analysis"], verdict == "accepted"


def shuffled(issues, seed):
    """[(issue, what is said of it)]: labels of those to train on are dealt anew."""
    trained = [issue for issue in issues if not is_held_out(issue)]
    labels = [issue["label"] for issue in trained]
    random.Random(seed).shuffle(labels)
    wrong = sum(issue["label"] != label for issue, label in zip(trained, labels))
    said = list(zip(trained, labels)) + [(issue, issue["label"]) for issue in issues if is_held_out(issue)]
    print(f"  {len(trained)} labels are shuffled, {wrong} of them are wrong now; {len(issues) - len(trained)} are held out")
    return said


def train(system, connection, *options):
    """Asks for a training and answers how it ended, or began to be rolled out."""
    known = {item["training_id"] for item in connection.call("GET", "/v1/trainings")["items"]}
    system.triagectl("trainings", "start", *options)
    end = time.monotonic() + 300
    while time.monotonic() < end:
        new = [item for item in connection.call("GET", "/v1/trainings")["items"] if item["training_id"] not in known]
        if new and new[0]["state"] in ("champion", "rejected", "failed", "rolled_back", "shadow", "canary"):
            return connection.call("GET", f"/v1/trainings/{new[0]['training_id']}")
        time.sleep(0.2)
    raise TimeoutError("no end of a training within 300 s")


class People:
    """They create tasks and say what is true, until they are stopped."""

    def __init__(self, api, issues):
        self.api, self.issues = api, issues
        self.counts = collections.Counter()
        self.sides = collections.defaultdict(set)
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.error = None
        self.threads = [threading.Thread(target=self._work, args=(number,)) for number in range(CONNECTIONS)]
        for thread in self.threads:
            thread.start()

    def _work(self, number):
        try:
            for index in itertools.count(number, CONNECTIONS):
                if self.stopping.is_set():
                    return
                user = f"person-{index % PEOPLE}"
                # As often as it takes: the same words are a new task.
                issue = self.issues[index % len(self.issues)]
                connection = Client(self.api, user=user).connection()
                task = connection.call("POST", "/v1/tasks", draft(issue), expect=202)
                analysis, is_accepted = judge(connection, task["id"], issue["label"])
                variant = analysis.get("variant") or "nobody on trial"
                with self.lock:
                    self.counts[variant, is_accepted] += 1
                    self.sides[variant].add(user)
        except Exception as error:  # handed to the caller
            self.error = error

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()
        if self.error:
            raise self.error

    def rate(self, variant):
        right, wrong = self.counts[variant, True], self.counts[variant, False]
        return right, right + wrong


def roll_out(system, connection, test, deadline):
    people = People(system.urls["TRIAGELOOP_API_URL"], test)
    started, told = time.monotonic(), None
    try:
        while time.monotonic() - started < deadline and people.error is None:
            rollout = connection.call("GET", "/v1/rollouts")["items"][0]
            if rollout["generation"] != told:
                told = rollout["generation"]
                print(f"  {time.monotonic() - started:5.1f} s  {rollout['reason']}", flush=True)
            if rollout["standing"]["status"] in ("promoted", "rolled_back"):
                break
            time.sleep(0.2)
        # Whoever has been rolled back is nobody's any more.
        time.sleep(3)
    finally:
        people.stop()
    return people, connection.call("GET", f"/v1/rollouts/{rollout['standing']['rollout_id']}")


def after(client, issues):
    """The versions that answer these people now."""
    versions = collections.Counter()

    def one(connection, issue):
        task = connection.call("POST", "/v1/tasks", draft(issue), expect=202)
        while (view := connection.call("GET", f"/v1/tasks/{task['id']}")).get("analysis") is None:
            time.sleep(0.02)
        versions[view["analysis"]["model_version"]] += 1

    in_parallel(client, CONNECTIONS, one, issues)
    return versions


def play(system, options):
    training, test = load(options.data)
    random.Random(options.seed).shuffle(test)
    api = system.urls["TRIAGELOOP_API_URL"]
    connection = Client(api, user="operator").connection()
    while "serving" not in (models := connection.call("GET", "/v1/models")):
        time.sleep(0.1)
    before = models["serving"]["champion"]
    probe = Probe(api)
    try:
        print("==> ten people correct issues, with shuffled labels", flush=True)
        said = shuffled(training, options.seed)

        def one(_, item):
            index, (issue, label) = item
            own = Client(api, user=f"trainer-{index % TRAINERS}").connection()
            task = own.call("POST", "/v1/tasks", draft(issue), expect=202)
            judge(own, task["id"], label)

        in_parallel(Client(api), CONNECTIONS, one, list(enumerate(said)))

        print("==> a training", flush=True)
        first = train(system, connection, "--reason", "shuffled labels")
        failed = [check["name"] for check in first.get("checks") or [] if check["level"] == "failure"]
        print(f"  {first['state']}: {first['reason'][:300]}")
        claim(first["state"] == "rejected" and failed, f"the checks of the data reject it: {', '.join(failed)}")

        print("==> again, though the checks fail", flush=True)
        accept = [part for name in failed for part in ("--accept", name)]
        second = train(system, connection, "--reason", "the data are right, I say", *accept)
        print(f"  {second['state']}: {second['reason'][:300]}")
        claim(second["state"] == "rejected" and "worse" in second["reason"], "the gate rejects it: it is worse")

        print("==> past the gate", flush=True)
        third = train(system, connection, "--reason", "I want it", "--past-gate", *accept)
        print(f"  {third['state']}: {third['reason'][:300]}")
        claim(third["state"] == "shadow", "a person's word takes it past the gate, into shadow")
        people, rollout = roll_out(system, connection, test, options.deadline)

        statuses = [change["rollout"]["status"] for change in rollout["changes"]]
        right, of = people.rate("challenger")
        old_right, old_of = people.rate("champion")
        last = rollout["changes"][-1]
        result(
            "rollout", statuses=statuses, shares=[change["rollout"]["share_percent"] for change in rollout["changes"]],
            cause=rollout["standing"]["cause"], challenger_accepted=right, challenger_judged=of,
            champion_accepted=old_right, champion_judged=old_of, people=PEOPLE,
            people_with_challenger=len(people.sides["challenger"]), counted=last["rollout"]["answers"])
        claim(statuses[:2] == ["shadow", "canary"], f"it came into the canary: {statuses}")
        claim(
            rollout["standing"]["status"] == "rolled_back" and rollout["standing"]["cause"] == "harmful",
            f"it was rolled back by what people said: {rollout['reason']}")
        counted = last["rollout"]["answers"]
        # In the moment in which the first share begins the champion answers a few without naming a variant.
        unnamed = people.rate("nobody on trial")[1]
        claim(
            counted["challenger"] <= of and counted["champion"] <= old_of + unnamed
            and counted["challenger"] + counted["champion"] <= of + old_of + 5,
            f"it counted {counted}, of {of} and {old_of} that were given until it ended")
        print(system.triagectl("rollouts", "show"), end="")

        versions = after(Client(api, user="person-0"), test[:40])
        serving = connection.call("GET", "/v1/models")["serving"]["champion"]
        claim(serving == before and set(versions) == {before}, f"everybody has the champion {before}: {dict(versions)}")
    finally:
        probe.stop()
    waits = sorted(probe.waits)
    result(
        "probe", tasks=len(waits) + len(probe.faults), analysed=len(waits), faults=probe.faults[:5],
        median_seconds=round(waits[len(waits) // 2], 3), longest_seconds=round(waits[-1], 3))
    claim(not probe.faults, f"the probe had an analysis for each of {len(waits)} tasks")
    claim(probe.unmodelled == 0, "each by a model, none degraded")
    claim(waits[-1] < LONGEST_WAIT, f"the longest wait was {waits[-1]:.2f} s, {LONGEST_WAIT:g} s are allowed")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=DATA)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--deadline", type=float, default=300, help="seconds for the rollout")
    options = parser.parse_args()
    if not os.path.exists(options.data):
        print(f"SKIPPED: the data set is not here ({options.data}); nothing was checked", file=sys.stderr)
        return 77
    with private_system("rollout", SETTINGS) as system:
        play(system, options)
    print(f"{len(failures)} claims failed" if failures else "every claim holds", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
