"""Both event streams carry what the document says, which random requests can't find out: a stream has no end."""

import http.client
import json
import threading
import urllib.parse

import jsonschema

from contract.http import document, send


def check(options):
    schema = document(options, "/schemas/StreamedEvent.json")
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    faults, events = [], []
    ready = threading.Event()
    reader = threading.Thread(target=read, args=(options, "/v1/events", ready, events), daemon=True)
    reader.start()
    ready.wait(15)
    status, _, text = send(options, "POST", "/v1/tasks", {"title": "Contract check of the event streams"})
    task = json.loads(text)
    reader.join(30)
    own = []
    one = threading.Thread(
        target=read, args=(options, f"/v1/tasks/{task['id']}/events", threading.Event(), own), daemon=True)
    one.start()
    one.join(30)
    for name, heard in (("/v1/events", events), ("/v1/tasks/{id}/events", own)):
        types = [event["type"] for event in heard if event.get("task_id") == task["id"]]
        if not {"task.created.v1", "analysis.completed.v1"} <= set(types):
            faults.append(f"{name} told of {types}")
        for event in heard:
            faults += [f"{name}: {fault.json_path} {fault.message[:200]}" for fault in validator.iter_errors(event)]
    return faults, f"{len(events)} and {len(own)} events"


def read(options, path, ready, events):
    """Gathers what a stream says until a task is analysed."""
    parts = urllib.parse.urlsplit(options.url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=20)
    connection.request("GET", path, headers={"X-User-ID": "contract", "Accept": "text/event-stream", **options.headers})
    answer = connection.getresponse()
    if answer.headers.get("Content-Type") != "text/event-stream":
        return
    kind = ""
    try:
        for line in answer:
            line = line.decode().rstrip("\n")
            if line.startswith(":"):
                ready.set()
            elif line.startswith("event: "):
                kind = line.removeprefix("event: ")
            elif line.startswith("data: ") and kind != "reset":
                event = json.loads(line.removeprefix("data: "))
                events.append(event)
                if event["type"] == "analysis.completed.v1":
                    return
    finally:
        connection.close()
