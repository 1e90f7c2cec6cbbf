"""The scenarios, and what of them goes into docs. See Tests/Benchmarks/scale."""

import copy
import pathlib
import sys

import yaml

from autoscaler import Autoscaler, Rules
from loads import burst, day, noisy, waves
from plot import svg
from tasks import simulate

ROOT = pathlib.Path(__file__).resolve().parents[3]
PAGE, PLOTS = ROOT / "docs/scale.md", ROOT / "docs/scale"
BEGIN, END = "<!-- {}: written by Tests/Benchmarks/scale -->", "<!-- end of {} -->"

# Tasks a second that one replica of ai-analyzer analyses: half of what `make bench` found for everything on two shared cores
# (README, "highest rate analysed as it comes"), as a replica asks for one core. A replica alone on a core does more.
ANALYSED_PER_REPLICA = 1_567 / 2
# Scheduling, a pulled image's start, the model's loading (6 to 8 ms, docs/benchmarks/artifact.md), the first delivery.
START_SECONDS = 15
# A small model on one GPU, 32 answers at once of 1.6 s each: an assumption, not measured here.
ANSWERED_PER_GPU, ANSWERS_AT_ONCE, GPU_START_SECONDS = 20, 32, 180


def analyzer_metrics(waiting, served, ready, rate):
    # One analysis by the built-in model takes less than a millisecond: the latency trigger sleeps.
    return {"queue": waiting, "rate": rate, "latency": 0.001}


def gpu_metrics(waiting, served, ready, rate):
    busy = min(1.0, served / max(ready * ANSWERED_PER_GPU, 1))
    # What a call waits and takes: the bulkheads let so many in at once, the rest waits here.
    latency = ANSWERS_AT_ONCE / ANSWERED_PER_GPU * (1 + waiting / max(ready * ANSWERS_AT_ONCE, 1)) if served else 0
    return {"utilisation": 100 * busy, "waiting": waiting, "latency": min(latency, 20)}


ANALYZER = {"ai-analyzer.tasks QueueLength": "queue", "ai-analyzer.tasks MessageRate": "rate", "triageloop_analysis_duration": "latency"}
MODEL_SERVER = {"GPU_UTIL": "utilisation", "num_requests_waiting": "waiting", "gen_ai_client": "latency"}


class Scenario:
    def __init__(self, name, title, target, rates, seed, rate, start, names, metrics):
        self.name, self.title, self.target, self.names, self.metrics = name, title, target, names, metrics
        self.arrivals, self.rate, self.start = noisy(rates, seed), rate, start

    def play(self, resource):
        autoscaler = Autoscaler(Rules(resource, self.names))
        return simulate(self.arrivals, autoscaler, self.rate, self.start, self.metrics), autoscaler


def analyzer(name, title, rates, seed):
    return Scenario(name, title, "ai-analyzer", rates, seed, ANALYSED_PER_REPLICA, START_SECONDS, ANALYZER, analyzer_metrics)


def scenarios():
    return [
        analyzer("burst", "200 tasks/s, and 6,000/s for five minutes", burst(200, 6_000, 300, 300, 2_400), 1),
        analyzer("waves", "4,000 tasks/s for one minute of every three", waves(200, 4_000, 60, 180, 3_600), 2),
        analyzer("flood", "20,000 tasks/s for three minutes: more than all replicas can do", burst(
            100, 20_000, 120, 180, 1_500), 3),
        analyzer("day", "a day: 50 to 1,500 tasks/s, and twenty imports of four times as much", day(50, 1_500, 20, 4, 4), 5),
        Scenario("gpu", "a remote model on GPUs: 10 tasks/s, and 100/s for twenty minutes", "model-server", burst(
            10, 100, 900, 1_200, 6_000), 6, ANSWERED_PER_GPU, GPU_START_SECONDS, MODEL_SERVER, gpu_metrics),
    ]


def without_stabilization(resource):
    changed = copy.deepcopy(resource)
    behavior = changed["spec"]["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    behavior["scaleDown"] = {
        "stabilizationWindowSeconds": 0, "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}]}
    return changed


def learning(resource):
    """retraining-trigger over a working day: feedback at random, a training after each fifty of it that takes two minutes."""
    feedback = noisy([0.02 if 8 * 3_600 <= second < 18 * 3_600 else 0.0 for second in range(86_400)], 7)
    rules = Rules(resource, {"retraining-trigger.feedback QueueLength": "feedback", "training.trainings": "trainings"})
    autoscaler = Autoscaler(rules)
    replicas, waiting, ready_at, given, training_until, latest = [], 0, None, 0, -1, 0
    late = []
    for second in range(86_400):
        waiting += feedback[second]
        there = autoscaler.replicas > 0
        ready_at = None if not there else ready_at if ready_at is not None else second + START_SECONDS
        if there and second >= ready_at and waiting:
            late.append(second - latest if waiting else 0)
            given, waiting = given + waiting, 0
            if given >= 50 and second > training_until:
                given, training_until = 0, second + 120
        if not waiting:
            latest = second
        autoscaler.tick(second, {"feedback": waiting, "trainings": 1 if second < training_until else 0})
        replicas.append(1 if autoscaler.replicas else 0)
    return replicas, autoscaler, max(late, default=0)


def number(value):
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def rows(resources):
    lines = [
        "| load | tasks | most that wait | wait p50, p95, p99, longest | replicas, most | replica hours | changes; turns | "
        "turns without stabilization |",
        "|---|---|---|---|---|---|---|---|"]
    plots, over = {}, []
    for scenario in scenarios():
        resource = resources[scenario.target]
        run, autoscaler = scenario.play(resource)
        _, bare = scenario.play(without_stabilization(resource))
        waits = ", ".join(f"{run.quantile(share):,}" for share in (0.5, 0.95, 0.99, 1))
        lines.append(
            f"| [{scenario.title}](scale/{scenario.name}.svg) | {sum(run.arrived):,} | {max(run.waiting):,} | {waits} s | "
            f"{max(run.replicas)} | {number(sum(run.replicas) / 3_600)} | {autoscaler.count}; {autoscaler.reversals} | "
            f"{bare.reversals} |")
        if run.refused > 0:
            over.append(f"{scenario.name}: {run.refused:,}")
        last = len(run.arrived)
        plots[scenario.name] = svg(f"{scenario.target}: {scenario.title}", [
            ("tasks a second", {"arrived": run.arrived, "done": run.served}),
            ("tasks that wait", {"waiting": run.waiting}),
            ("replicas at work", {"replicas": run.replicas}),
            ("wait of the task that is taken, seconds", {"wait": run.delay})], last)
    replicas, autoscaler, late = learning(resources["retraining-trigger"])
    share = sum(replicas) / len(replicas)
    lines += ["", f"retraining-trigger over a working day with {0.02:g} answers a second: {share:.0%} of the day it is there, "
              f"{autoscaler.count} changes; an answer waits {late} s at most until somebody learns from it."]
    lines += ["", "Beyond the queue's 1,000,000, which stay in task-api's outbox meanwhile: " + (", ".join(over) or "none") + "."]
    return "\n".join(lines), plots


def described(resources):
    """The rules' parameters, as they are in the manifests."""
    lines = ["| who | replicas | metric | target | asked every | up | down |", "|---|---|---|---|---|---|---|"]

    def policies(behavior, sign):
        words = [
            f"{sign}{one['value']}{' %' if one['type'] == 'Percent' else ''} in {one['periodSeconds']} s"
            for one in behavior["policies"]]
        chosen = {"Max": "the more of ", "Min": "the less of "}[behavior.get("selectPolicy", "Max")] if len(words) > 1 else ""
        return f"{chosen}{' and '.join(words)}, looking back {behavior.get('stabilizationWindowSeconds', 0)} s"

    for name in ("task-api", "ai-analyzer", "retraining-trigger", "model-server"):
        spec = resources[name]["spec"]
        behavior = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
        for index, trigger in enumerate(spec["triggers"]):
            data = trigger["metadata"]
            if trigger["type"] == "cron":
                what, target = f"{data['start']} to {data['end']} {data['timezone']}", f"{data['desiredReplicas']} replica"
            else:
                what = f"{data['mode']} of `{data['queueName']}`" if "queueName" in data else f"`{data['query'].strip()}`" \
                    if "query" in data else "CPU of what it requests"
                target = data.get("value") or data.get("threshold") or data.get("targetQueryValue")
                kind = trigger.get("metricType", "AverageValue")
                target = f"{target} {'%' if kind == 'Utilization' else 'a replica' if kind == 'AverageValue' else 'in all'}"
            first = index == 0
            lines.append("| " + " | ".join([
                name if first else "", f"{spec['minReplicaCount']} to {spec['maxReplicaCount']}" if first else "",
                what.replace("|", "\\|"), target, f"{spec['pollingInterval']} s" if first else "",
                policies(behavior["scaleUp"], "+") if first else "",
                policies(behavior["scaleDown"], "-") if first else ""]) + " |")
    return "\n".join(lines)


def with_section(text, name, body):
    begin, end = BEGIN.format(name), END.format(name)
    if begin not in text or end not in text:
        sys.exit(f"{PAGE.relative_to(ROOT)} has no section {name}")
    head, rest = text.split(begin, 1)
    return f"{head}{begin}\n{body}\n{end}{rest.split(end, 1)[1]}"


def main():
    resources = {
        one["metadata"]["name"]: one
        for one in yaml.safe_load_all(pathlib.Path(sys.argv[1]).read_text()) if one and one["kind"] == "ScaledObject"}
    table, plots = rows(resources)
    text = with_section(with_section(PAGE.read_text(), "rules", described(resources)), "simulation", table)
    written = {PAGE: text, **{PLOTS / f"{name}.svg": content for name, content in plots.items()}}
    if "--check" in sys.argv:
        different = [str(path.relative_to(ROOT)) for path, content in written.items()
                     if not path.exists() or path.read_text() != content]
        if different:
            sys.exit(f"not what the rules give: {', '.join(different)}; Tests/Benchmarks/scale writes them anew")
        print(f"{len(plots)} plots and the tables are what the rules give")
        return
    for path, content in written.items():
        path.write_text(content)
    print(table)


if __name__ == "__main__":
    main()
