"""Tasks in a steady stream, each under a key of its own, and what became of them."""

import http.client
import json
import threading
import time
import uuid


class Load:
    """Posts `rate` tasks a second until it is stopped. A request without an answer, or with one that asks for patience, is sent
    again under its key; each such try counts as failed."""

    def __init__(self, host, port, rate, threads=8):
        self.address, self.pause = (host, port), threads / rate
        self.lock, self.stopping = threading.Lock(), threading.Event()
        self.posted, self.failed, self.refused, self.slowest = [], [], [], 0.0
        self.threads = [threading.Thread(target=self._work, daemon=True) for _ in range(threads)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join(90)

    def _work(self):
        connection, number = None, 0
        while not self.stopping.is_set():
            began = time.monotonic()
            key, number = uuid.uuid4().hex, number + 1
            body = json.dumps({"title": f"Crash number {number} when saving {key[:6]}", "project": "load"}).encode()
            while True:
                try:
                    connection = connection or http.client.HTTPConnection(*self.address, timeout=60)
                    connection.request("POST", "/v1/tasks", body, {
                        "Content-Type": "application/json", "Idempotency-Key": f'"{key}"', "X-User-ID": "load"})
                    answer = connection.getresponse()
                    text = answer.read()
                    if answer.getheader("Connection", "").lower() == "close":
                        connection.close()
                        connection = None
                    if answer.status == 202:
                        with self.lock:
                            self.posted.append(json.loads(text)["id"])
                            self.slowest = max(self.slowest, time.monotonic() - began)
                        break
                    note = f"{answer.status} {text[:200]!r}"
                    if answer.status not in (429, 500, 502, 503, 504):
                        with self.lock:
                            self.refused.append(note)
                        break
                except (OSError, http.client.HTTPException) as error:
                    note = repr(error)
                    if connection:
                        connection.close()
                    connection = None
                with self.lock:
                    self.failed.append(note)
                if self.stopping.wait(0.2) and time.monotonic() - began > 60:
                    return
            time.sleep(max(0.0, self.pause - (time.monotonic() - began)))


def unanalysed(client, ids, deadline):
    """Those of the tasks that have no analysis at the end; each is asked for until it has."""
    connection, left, end = client.connection(), list(dict.fromkeys(ids)), time.monotonic() + deadline
    while left:
        still = []
        for one in left:
            try:
                if connection.call("GET", f"/v1/tasks/{one}")["status"] != "analysed":
                    still.append(one)
            except (OSError, http.client.HTTPException):
                connection = client.connection()
                still.append(one)
        left = still
        if time.monotonic() > end:
            break
        if left:
            time.sleep(1)
    return left
