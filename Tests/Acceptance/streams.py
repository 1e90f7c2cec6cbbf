"""Thousands of idle event streams at one replica of task-api: their memory, their events, and its death.

usage: make demo-streams      on a system of its own, built beforehand; 5,000 streams take 20,000 open files at most
Each stream follows one task. All tasks are edited at one replica while the other one, which holds the streams, is killed
and started again; each stream comes back with its Last-Event-ID. The exit code is 1 when a stream missed an event, had
one twice or one of another task, or takes more memory than claimed.
"""

import argparse
import asyncio
import json
import os
import resource
import signal
import subprocess
import sys
import time
import urllib.parse

from claims import claim, failures, result
from client import Client, in_parallel
from system import private_system

MEMORY_CLAIM_KIB = 80


class Stream:
    """One task's stream, read until `done`; comes back by itself."""

    def __init__(self, port, task, user):
        self.port, self.task, self.user = port, task, user
        self.events = []
        self.position = None
        self.connections = 0
        self.ready = asyncio.Event()
        self.changed = asyncio.Event()
        self.done = False

    async def run(self):
        while not self.done:
            try:
                await self.read()
            except (OSError, asyncio.IncompleteReadError, ValueError):
                pass  # the replica died, or isn't there yet
            if not self.done:
                await asyncio.sleep(0.2)

    async def read(self):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)
        try:
            lines = [
                f"GET /v1/tasks/{self.task}/events HTTP/1.1", "Host: 127.0.0.1", f"X-User-ID: {self.user}",
                "Accept: text/event-stream"]
            if self.position:
                lines.append(f"Last-Event-ID: {self.position}")
            writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
            status = await reader.readline()
            if b" 200 " not in status:
                raise ValueError(f"{status!r}")
            while (await reader.readline()).strip():
                pass
            self.connections += 1
            self.ready.set()
            rest = b""
            while True:
                size = int((await reader.readline()).strip() or b"0", 16)
                if size == 0:
                    return
                rest += await reader.readexactly(size)
                await reader.readexactly(2)
                while b"\n\n" in rest:
                    frame, rest = rest.split(b"\n\n", 1)
                    self.take(frame.decode())
        finally:
            writer.close()

    def take(self, frame):
        fields = dict(line.split(": ", 1) for line in frame.split("\n") if ": " in line and not line.startswith(":"))
        self.position = fields.get("id", self.position)
        if "data" in fields and fields["event"] != "analysis.progressed.v1":
            event = json.loads(fields["data"])
            self.events.append((fields["event"], event.get("event_id"), event.get("task_id")))
            self.changed.set()

    def count(self, kind):
        return sum(event[0] == kind for event in self.events)


class Replica:
    """A second task-api beside the system's own, with the same settings."""

    def __init__(self, system):
        port = urllib.parse.urlsplit(system.urls["TRIAGELOOP_API_URL"]).port
        self.environment, self.program = own_environment(f"TRIAGELOOP_HTTP_PORT={port}")
        self.port = free_port()
        self.environment |= {"TRIAGELOOP_HTTP_PORT": str(self.port), "TRIAGELOOP_ADMIN_PORT": "0"}
        self.log = system.folder + "/log/replica.log"
        self.start()

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([self.program], env=self.environment, stdout=log, stderr=log)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                Client(f"http://127.0.0.1:{self.port}").connection().call("GET", "/v1/tasks?limit=1")
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit("the second replica doesn't answer")

    def memory_kib(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS:"))

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def own_environment(mark):
    """Environment and program of the process that was started with this variable."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                pairs = file.read().decode(errors="replace").split("\0")
            program = os.readlink(f"/proc/{pid}/exe")
        except OSError:
            continue  # it ended, or isn't ours
        if mark in pairs and program.endswith("task-api"):
            return dict(pair.split("=", 1) for pair in pairs if "=" in pair), program
    raise SystemExit("no task-api runs")


def free_port():
    import socket
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def create(url, count, users):
    """Ids of new tasks, with their authors; all analysed."""
    tasks = []
    for start in range(0, count, 100):
        user = f"reader{start // 100 % users}"
        drafts = [{"title": f"Idle stream {number}"} for number in range(start, min(start + 100, count))]
        answer = Client(url, user=user).connection().call("POST", "/v1/tasks/batch", drafts, expect=202)
        tasks += [(item["id"], user) for item in answer["items"]]
    connection = Client(url).connection()
    deadline = time.monotonic() + 120
    while connection.call("GET", "/v1/tasks?status=analysing&limit=1")["items"]:
        if time.monotonic() > deadline:
            raise SystemExit("the tasks aren't analysed")
        time.sleep(0.2)
    return tasks


async def until(streams, holds, seconds):
    """Whether it holds of all streams in time; the streams it doesn't hold of."""
    deadline = time.monotonic() + seconds
    while True:
        missing = [stream for stream in streams if not holds(stream)]
        if not missing or time.monotonic() > deadline:
            return missing
        await asyncio.sleep(0.2)


async def play(system, count):
    url = system.urls["TRIAGELOOP_API_URL"]
    tasks = await asyncio.to_thread(create, url, count, 50)
    replica = await asyncio.to_thread(Replica, system)
    try:
        empty = replica.memory_kib()
        streams = [Stream(replica.port, task, user) for task, user in tasks]
        began = time.monotonic()
        running = []
        for start in range(0, count, 250):
            running += [asyncio.create_task(stream.run()) for stream in streams[start:start + 250]]
            await asyncio.gather(*(stream.ready.wait() for stream in streams[start:start + 250]))
        told = lambda kind, times: lambda stream: stream.count(kind) >= times
        missing = await until(streams, told("analysis.completed.v1", 1), 60)
        claim(not missing, f"{count} streams are told their task's story so far ({len(missing)} not)")
        opened = time.monotonic() - began
        cpu = replica.cpu_seconds()
        await asyncio.sleep(20)
        idle = (replica.cpu_seconds() - cpu) / 20
        kib = (replica.memory_kib() - empty) / count
        result("streams", streams=count, seconds_to_open=round(opened, 2), kib_each=round(kib, 1),
               cpu_share_idle=round(idle, 4))
        claim(kib <= MEMORY_CLAIM_KIB, f"an idle stream takes {kib:.1f} KiB, at most {MEMORY_CLAIM_KIB}")

        edited = 0

        def edit(connection, item):
            nonlocal edited
            connection.client.headers["X-User-ID"] = item[1]
            connection.call("PATCH", f"/v1/tasks/{item[0]}", {"body": "Edited while its readers are away."}, expect=202)
            edited += 1

        edits = asyncio.create_task(asyncio.to_thread(in_parallel, Client(url), 4, edit, tasks))
        while edited < count // 3:
            await asyncio.sleep(0.01)
        replica.kill()
        await asyncio.sleep(0.5)
        await asyncio.to_thread(replica.start)
        await edits
        missing = await until(streams, told("analysis.completed.v1", 2), 120)
        claim(not missing, f"each stream was told of its task's second analysis ({len(missing)} not)")
        came_back = sum(stream.connections > 1 for stream in streams)
        claim(came_back == count, f"all {count} streams came back after kill -9 ({came_back})")

        wrong, twice, missed = 0, 0, 0
        connection = Client(url).connection()
        for stream in streams:
            stream.done = True
            timeline = await asyncio.to_thread(connection.call, "GET", f"/v1/tasks/{stream.task}/timeline")
            story = [item["event_id"] for item in timeline["items"]]
            seen = [event for kind, event, _ in stream.events if kind not in ("reset", "rollout.changed.v1")]
            wrong += sum(task not in (None, stream.task) for _, _, task in stream.events)
            twice += len(seen) - len(set(seen))
            missed += len(set(story) - set(seen))
        result("told", events=sum(len(stream.events) for stream in streams), missed=missed, twice=twice, foreign=wrong)
        claim(missed == 0 and twice == 0 and wrong == 0, f"missed {missed}, twice {twice}, of others {wrong}")
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    finally:
        replica.kill()


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--streams", type=int, default=5_000)
    options = arguments.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < options.streams + 1_000:
        raise SystemExit(f"{options.streams} streams need more open files than the {hard} that may be (ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with private_system("streams", {"TRIAGELOOP_STREAM_CALLER_LIMIT": "1000"}) as system:
        asyncio.run(play(system, options.streams))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
