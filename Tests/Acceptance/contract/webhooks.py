"""What comes at an endpoint is verified by the library of others, a signed webhook of GitHub becomes a task, and so do the
events that CloudEvents' own SDK writes, in each mode."""

import hashlib
import hmac
import http.server
import json
import queue
import threading
import uuid

from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent
from standardwebhooks import Webhook, WebhookVerificationError

from contract.http import send


class Endpoint(http.server.BaseHTTPRequestHandler):
    """Remembers what comes."""

    came = queue.Queue()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.came.put((dict(self.headers.items()), body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def check(options):
    faults = intake_faults(options) + event_faults(options)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        return faults + webhook_faults(options, server.server_port), "1 issue, 1 forged issue, 1 event in 3 modes, 2 deliveries"
    finally:
        server.shutdown()


def webhook_faults(options, port):
    draft = {"url": f"http://127.0.0.1:{port}/hook", "types": ["task.created.v1"]}
    status, _, text = send(options, "POST", "/v1/webhooks", draft)
    if status == 403:
        # As it should be by default: TRIAGELOOP_WEBHOOK_ALLOW_HTTP=true TRIAGELOOP_WEBHOOK_ALLOW_PRIVATE=true allow it.
        print("    webhooks may not go to 127.0.0.1 here: deliveries are not looked at", flush=True)
        return []
    if status != 201:
        return [f"making a webhook: {status} {text[:200]}"]
    hook = json.loads(text)
    path = f"/v1/webhooks/{hook['id']}"
    faults = []
    try:
        send(options, "POST", path + "/test")
        send(options, "POST", "/v1/tasks", {"title": "Checkout crashes"})
        types = set()
        while types != {"webhook.test.v1", "task.created.v1"}:
            headers, body = Endpoint.came.get(timeout=20)
            event = Webhook(hook["secret"]).verify(body, headers)
            types.add(event["type"])
            if event["id"] != {name.lower(): value for name, value in headers.items()}["webhook-id"]:
                faults.append("webhook-id isn't the event's id")
            try:
                Webhook(hook["secret"]).verify(body + b" ", headers)
                faults.append("a changed body is verified")
            except WebhookVerificationError:
                pass
    except queue.Empty:
        faults.append("an event doesn't come within 20 s")
    finally:
        send(options, "DELETE", path)
    return faults


def intake_faults(options):
    status, _, text = send(options, "POST", "/v1/intake/sources", {"kind": "github", "name": "contract"})
    if status != 201:
        return [f"making a source: {status} {text[:200]}"]
    source = json.loads(text)
    body = json.dumps({
        "action": "opened", "repository": {"full_name": "acme/shop"}, "sender": {"login": "octocat", "type": "User"},
        "issue": {"id": 1, "number": 1, "title": "Checkout crashes", "body": None, "updated_at": "2026-11-23T08:30:00Z",
                  "html_url": "https://github.com/acme/shop/issues/1", "user": {"login": "octocat"}, "labels": []},
    }).encode()
    faults = []
    try:
        for secret, wanted in [("x" * 20, 401), (source["secret"], 202)]:
            signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
            status, _, text = send(options, "POST", source["path"], body, {
                "X-GitHub-Event": "issues", "X-GitHub-Delivery": "1", "X-Hub-Signature-256": signature})
            if status != wanted:
                faults.append(f"an issue signed with {secret[:4]}…: {status} {text[:200]}")
        if not faults and json.loads(text)["outcome"] != "created":
            faults.append(f"the issue: {text[:200]}")
    finally:
        send(options, "DELETE", f"/v1/intake/sources/{source['id']}")
    return faults


def event_faults(options):
    """One event of the SDK in each mode is one task."""
    event = CloudEvent(
        {"type": "task.submitted.v1", "source": "/helpdesk/é", "id": str(uuid.uuid4()),
         "datacontenttype": "application/json"}, {"title": "Checkout crashes"})
    structured, binary = to_structured_event(event), to_binary_event(event)
    batch = b"[" + structured.body + b"]"
    requests = [
        (202, structured.body, structured.headers), (200, binary.body, binary.headers),
        (200, batch, {"content-type": "application/cloudevents-batch+json"})]
    faults, tasks = [], set()
    for wanted, body, headers in requests:
        headers = {name.replace("content-type", "Content-Type"): value for name, value in headers.items()}
        status, _, text = send(options, "POST", "/v1/intake/events", body, headers)
        items = json.loads(text).get("items", [{}])
        if status != 202 or items[0].get("status") != wanted:
            faults.append(f"an event as {headers['Content-Type']}: {status} {text[:200]}")
        tasks.add(items[0].get("id"))
    return faults + ([] if len(tasks) == 1 else [f"one event made the tasks {tasks}"])
