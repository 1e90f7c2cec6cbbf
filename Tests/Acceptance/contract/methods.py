"""What is answered to methods, media types and parameters that aren't there is as documented."""

import json
import uuid

from contract.http import document, send

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"]


def check(options):
    faults, count = [], 0
    paths = document(options, "/openapi.json")["paths"]
    for template, operations in paths.items():
        path = template.replace("{id}", str(uuid.uuid4())).replace("{name}", "TaskView.json").replace("{kind}", "tasks")
        documented = {name.upper() for name in operations}
        is_stream = any("text/event-stream" in answer.get("content", {})
                        for operation in operations.values() for answer in operation["responses"].values())
        for method in METHODS:
            if method in documented:
                continue
            count += 1
            status, headers, text = send(options, method, path)
            allowed = set((headers.get("Allow") or "").split(", ")) - {"HEAD", "OPTIONS"}
            expected = 204 if method == "OPTIONS" else 405
            if method == "HEAD" and "GET" in documented and not is_stream:
                if status not in (200, 404) or text:
                    faults.append(f"HEAD {template}: {status}, {len(text)} bytes")
            elif status != expected or allowed != documented:
                faults.append(f"{method} {template}: {status}, Allow {headers.get('Allow')}")
        for method, operation in operations.items():
            faults += refusals(options, method.upper(), path, operation)
            count += 2
    return faults, f"{count} requests"


def refusals(options, method, path, operation):
    """An unknown query parameter, and an Accept that can't be met."""
    faults = []
    for status, code, suffix, headers in (
            (400, "INVALID_PARAMETER", "?no_such_parameter=1", {}), (406, "NOT_ACCEPTABLE", "", {"Accept": "image/png"})):
        body = {} if "requestBody" in operation else None
        answer, answer_headers, text = send(options, method, path + suffix, body, headers)
        problem = json.loads(text) if answer_headers.get("Content-Type") == "application/problem+json" else {}
        if (answer, problem.get("code")) != (status, code) or str(status) not in operation["responses"]:
            faults.append(f"{method} {path}{suffix} {headers}: {answer} {problem.get('code')}")
    return faults
