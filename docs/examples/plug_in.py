"""A task goes in, its suggestion comes back, a person's answer follows: the whole round trip on the standard library.

usage: python3 docs/examples/plug_in.py [http://127.0.0.1:8080]
Where callers are asked who they are, TRIAGELOOP_API_KEY has a key that acts for users (docs/identity.md).
"""

import json
import os
import sys
import urllib.error
import urllib.request

API = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
WHO = {"X-User-ID": "ana"}
if "TRIAGELOOP_API_KEY" in os.environ:
    WHO["Authorization"] = "Bearer " + os.environ["TRIAGELOOP_API_KEY"]


def call(method, path, body=None):
    """The answer, or the problem that was sent instead of one: its code is for programs, its detail for people."""
    data = None if body is None else json.dumps(body).encode()
    headers = WHO if data is None else WHO | {"Content-Type": "application/json"}
    try:
        with urllib.request.urlopen(urllib.request.Request(API + path, data, headers, method=method)) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        problem = json.load(error)
        raise SystemExit(f"{problem['code']}: {problem['detail']} (correlation id {problem['correlation_id']})")


def events(path):
    """What a stream tells, one event after the other. After a break go on with the last `id:` as Last-Event-ID."""
    with urllib.request.urlopen(urllib.request.Request(API + path, headers=WHO), timeout=60) as stream:
        for line in stream:
            if line.startswith(b"data: "):
                yield json.loads(line[6:])


task = call("POST", "/v1/tasks", {"title": "Checkout crashes on an empty cart", "project": "shop"})
print("created", task["id"])

for event in events(f"/v1/tasks/{task['id']}/events"):
    if event.get("type") == "analysis.completed.v1":
        break

# The stream may be a moment ahead of the task itself, which shows the same soon after.
category = event["analysis"]["category"]
print("suggested", category["value"], f"{category['confidence']:.2f}", category["zone"])

answer = {"field": "priority", "verdict": "corrected", "value": "high"}
task = call("POST", f"/v1/tasks/{task['id']}/feedback", {"fields": [answer]})["task"]
print("priority is", task["fields"]["priority"]["value"])
