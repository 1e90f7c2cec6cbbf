"""Plain requests: any method, any header, nothing followed or repaired."""

import http.client
import json
import urllib.parse


def send(options, method, path, body=None, headers=None):
    """Status, headers and bytes of one answer."""
    parts = urllib.parse.urlsplit(options.url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=30)
    try:
        all_headers = {"X-User-ID": "contract", **options.headers, **(headers or {})}
        if body is not None:
            all_headers.setdefault("Content-Type", "application/json")
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        connection.request(method, path, body, all_headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def document(options, path):
    """A JSON document that must be there."""
    status, _, text = send(options, "GET", path)
    if status != 200:
        raise SystemExit(f"{path}: {status}")
    return json.loads(text)
