"""Measures one system: create latency, the highest rate that is analysed as it comes, CPU per task. See bench."""

import json
import os
import re
import subprocess
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TICKS = os.sysconf("SC_CLK_TCK")
CONNECTIONS = 32
SAMPLE_SECONDS = 2
DRAIN_SECONDS = 180


class System:
    """What is measured: where it listens, whom it consists of, how its progress is counted."""

    def __init__(self, name, url, style, database_url, roots, progress_sql):
        self.name, self.url, self.style, self.database_url = name, url, style, database_url
        self.roots = roots  # component: pids whose whole trees count
        self.progress_sql = progress_sql  # one row: created, analysed, outbox rows

    def progress(self):
        row = subprocess.run(
            ["psql", "-qAtX", "-F", " ", self.database_url, "-c", self.progress_sql], check=True, capture_output=True,
            text=True).stdout
        return tuple(int(value) for value in row.split())


def processes():
    """{pid: (parent, own seconds, seconds of ended children)}"""
    table = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat") as stat:
                    fields = stat.read().rsplit(")", 1)[1].split()
            except OSError:
                continue  # ended meanwhile
            user, system, children_user, children_system = (int(value) / TICKS for value in fields[11:15])
            table[int(name)] = int(fields[1]), user + system, children_user + children_system
    return table


def cpu_seconds(roots):
    """{component: CPU seconds so far of its processes, ended ones included}"""
    table = processes()
    children = {}
    for pid, (parent, _, _) in table.items():
        children.setdefault(parent, []).append(pid)
    seconds = {}
    for component, pids in roots.items():
        todo, total = list(pids), 0.0
        while todo:
            pid = todo.pop()
            if pid in table:
                total += table[pid][1] + table[pid][2]
                todo += children.get(pid, [])
        seconds[component] = total
    return seconds


def machine_seconds():
    with open("/proc/stat") as stat:
        values = [int(value) / TICKS for value in stat.readline().split()[1:]]
    return sum(values[:8]) - values[3] - values[4] - values[7]


def wrk(system, seconds, rate):
    environment = {**os.environ, "STYLE": system.style, "RATE": str(rate)}
    before = os.times()
    output = subprocess.run(
        ["wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{seconds}s", "--timeout", "10s", "-s", f"{HERE}/post.lua",
         system.url], check=True, capture_output=True, text=True, env=environment).stdout
    after = os.times()
    answer = json.loads(re.search(r"^JSON(.*)$", output, re.M).group(1))
    answer["cpu"] = after.children_user + after.children_system - before.children_user - before.children_system
    return answer


def run(system, seconds, rate=0):
    """One load of `seconds` at `rate` a second (0: as fast as answers come) and the wait until all is analysed."""
    created0, analysed0, _ = system.progress()
    samples, stop = [], threading.Event()

    def sample():
        while not stop.wait(SAMPLE_SECONDS):
            created, analysed, outbox = system.progress()
            samples.append((round(time.monotonic() - started, 1), created - created0 - (analysed - analysed0), outbox))

    cpu, machine, started = cpu_seconds(system.roots), machine_seconds(), time.monotonic()
    sampler = threading.Thread(target=sample)
    sampler.start()
    load = wrk(system, seconds, rate)
    loaded = time.monotonic()
    created, analysed, outbox = system.progress()
    stop.set()
    sampler.join()
    backlog = created - created0 - (analysed - analysed0)
    analysed_in_load = analysed - analysed0
    while time.monotonic() - loaded < DRAIN_SECONDS:
        created, analysed, left = system.progress()
        if created - created0 == analysed - analysed0 and left == 0:
            break
        time.sleep(0.5)
    drained = time.monotonic()
    tasks = analysed - analysed0
    used = {key: value - cpu[key] for key, value in cpu_seconds(system.roots).items()}
    foreign = machine_seconds() - machine - sum(used.values()) - load["cpu"]
    create_rate = (load["requests"] - load["refused"]) / load["seconds"]
    return {
        "system": system.name, "asked_per_s": rate or None, "created_per_s": round(create_rate, 1),
        "p50_ms": load["p50_ms"], "p99_ms": load["p99_ms"], "max_ms": load["max_ms"], "refused": load["refused"],
        "broken": load["broken"], "analysed_per_s": round(analysed_in_load / (loaded - started), 1),
        "backlog": backlog, "outbox": outbox, "samples": samples, "drain_s": round(drained - loaded, 1),
        "created": created - created0, "analysed": tasks,
        "all_per_s": round(tasks / (drained - started), 1),
        "cpu_ms_per_task": round(sum(used.values()) * 1e3 / max(tasks, 1), 3),
        "cpu_ms": {key: round(value * 1e3 / max(tasks, 1), 3) for key, value in used.items()},
        "foreign_cpu_percent": round(100 * max(0, foreign) / (drained - started) / os.cpu_count(), 1),
    }


def bounded(row):
    """Whether everything was created at the asked rate and analysed as it came: at most a second's worth is waiting."""
    return (row["created_per_s"] >= 0.97 * row["asked_per_s"] and row["refused"] == row["broken"] == 0
            and row["created"] == row["analysed"] and row["backlog"] + row["outbox"] <= row["created_per_s"])


def describe(row):
    asked = f"{row['asked_per_s']:.0f}/s asked" if row["asked_per_s"] else "closed loop"
    parts = ", ".join(f"{key} {value}" for key, value in row["cpu_ms"].items())
    print(f"  {row['system']:20} {asked:14} created {row['created_per_s']:7.1f}/s p50 {row['p50_ms']:.2f} p99"
          f" {row['p99_ms']:.2f} ms | analysed {row['analysed_per_s']:7.1f}/s, waiting {row['backlog']}"
          f" (outbox {row['outbox']}), drained in {row['drain_s']} s | CPU {row['cpu_ms_per_task']} ms/task ({parts})"
          f" | foreign {row['foreign_cpu_percent']} %", flush=True)


def measure(system, seconds):
    """Answers {"closed": row, "sustained": row or None, "steps": [row]}."""
    run(system, max(2, seconds // 4))  # warm: caches, pools, plans
    closed = run(system, seconds)
    describe(closed)
    steps, best, rate = [], None, closed["all_per_s"]
    for _ in range(8):
        row = run(system, seconds, round(rate))
        describe(row)
        steps.append(row)
        if bounded(row):
            if best is None or row["asked_per_s"] > best["asked_per_s"]:
                best = row
            if any(not bounded(other) for other in steps):
                break
            rate *= 1.1
        elif best is not None:
            break
        else:
            rate *= 0.88
    return {"closed": closed, "sustained": best, "steps": steps}
