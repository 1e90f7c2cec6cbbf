"""A small client of task-api on the standard library: keep-alive connections, work in parallel, one event stream."""

import http.client
import json
import os
import queue
import socket
import threading
import time
import urllib.parse

TIMEOUT_SECONDS = 60


class Refused(Exception):
    """An answer with another status than the expected one."""


class Client:
    """Where the API is and who is calling."""

    def __init__(self, url, user="acceptance", tenant="default"):
        parts = urllib.parse.urlsplit(url)
        self.host, self.port, self.path = parts.hostname, parts.port or 80, parts.path.rstrip("/")
        self.headers = {"X-Tenant-ID": tenant, "X-User-ID": user}
        # Of a key that acts for users of that tenant, where the system asks who calls.
        if os.environ.get("TRIAGELOOP_API_KEY"):
            self.headers["Authorization"] = "Bearer " + os.environ["TRIAGELOOP_API_KEY"]

    def connection(self):
        return Connection(self)


class Connection:
    """One keep-alive connection; not for several threads."""

    def __init__(self, client):
        self.client = client
        self.http = http.client.HTTPConnection(client.host, client.port, timeout=TIMEOUT_SECONDS)

    def call(self, method, path, body=None, expect=200):
        """The decoded answer. A refusal that asks for patience (429, 503) is tried again; nothing else is."""
        data = None if body is None else json.dumps(body).encode()
        headers = dict(self.client.headers)
        if data is not None:
            headers["Content-Type"] = "application/json"
        for _ in range(20):
            self.http.request(method, self.client.path + path, data, headers)
            answer = self.http.getresponse()
            text = answer.read()
            if answer.status == expect:
                return json.loads(text)
            if answer.status not in (429, 503):
                break
            time.sleep(min(5.0, float(answer.getheader("Retry-After") or 1)))
        raise Refused(f"{method} {path}: {answer.status} instead of {expect}: {text[:500].decode(errors='replace')}")


def in_parallel(client, threads, work, items):
    """Calls work(connection, item) for each item on several connections; raises the first error."""
    todo = queue.SimpleQueue()
    for item in items:
        todo.put(item)
    errors = []

    def worker():
        connection = client.connection()
        while not errors:
            try:
                item = todo.get_nowait()
            except queue.Empty:
                return
            try:
                work(connection, item)
            except Exception as error:  # handed to the caller below
                errors.append(error)

    workers = [threading.Thread(target=worker) for _ in range(min(threads, len(items)))]
    for thread in workers:
        thread.start()
    for thread in workers:
        thread.join()
    if errors:
        raise errors[0]


class EventStream:
    """Server-sent events on one connection, read by a thread; reconnects with Last-Event-ID."""

    def __init__(self, client, path):
        self.client, self.path = client, path
        self.seen = {}
        self.reconnects = 0
        self.last_id = None
        self.closed = False
        self.changed = threading.Condition()
        self.opened = threading.Event()
        self.socket = None
        self.error = None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        if not self.opened.wait(TIMEOUT_SECONDS):
            raise Refused(f"GET {path}: no event stream within {TIMEOUT_SECONDS} s: {self.error}")

    def _run(self):
        while not self.closed:
            try:
                self._read()
            except (OSError, http.client.HTTPException, Refused) as error:
                self.error = error
            if not self.closed:
                self.reconnects += 1
                time.sleep(0.5)

    def _read(self):
        connection = http.client.HTTPConnection(self.client.host, self.client.port, timeout=TIMEOUT_SECONDS)
        headers = {**self.client.headers, "Accept": "text/event-stream"}
        if self.last_id:
            headers["Last-Event-ID"] = self.last_id
        connection.request("GET", self.client.path + self.path, headers=headers)
        self.socket = connection.sock  # the response takes it over
        answer = connection.getresponse()
        if answer.status != 200:
            raise Refused(f"GET {self.path}: {answer.status}: {answer.read()[:300]!r}")
        self.opened.set()
        fields = {}
        while not self.closed:
            line = answer.readline()
            if not line:
                return
            line = line.rstrip(b"\r\n").decode()
            if line:
                name, _, value = line.partition(":")
                if name:
                    fields[name] = value.removeprefix(" ")
            elif fields:
                self._event(fields)
                fields = {}

    def _event(self, fields):
        self.last_id = fields.get("id", self.last_id)
        if "data" not in fields:
            return
        data = json.loads(fields["data"])
        with self.changed:
            kind = self.seen.setdefault(fields.get("event", "message"), {})
            kind.setdefault(data.get("task_id"), set()).add(fields.get("id"))
            self.changed.notify_all()

    def wait_for(self, event, task_ids, deadline):
        """The subset of task_ids for which the event has come, at the latest after `deadline` seconds."""
        end = time.monotonic() + deadline
        with self.changed:
            while True:
                come = task_ids & self.seen.get(event, {}).keys()
                left = end - time.monotonic()
                if len(come) == len(task_ids) or left <= 0:
                    return come
                self.changed.wait(left)

    def close(self):
        self.closed = True
        if self.socket is not None:
            try:
                self.socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # closed by the other side already
        self.thread.join(5)
