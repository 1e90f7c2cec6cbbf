"""Tokens of a real OpenID Connect provider (oidc-provider-mock): good ones get in, all others get the right answer.

usage: "$(deploy/local/api-tools install)" Tests/Acceptance/oidc.py
Brings up a system of its own from what is built. The exit code is 1 when an answer is wrong.
"""

import base64
import contextlib
import hashlib
import hmac
import http.client
import json
import os
import socket
import subprocess
import sys
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from claims import claim, failures  # noqa: E402
from system import private_system  # noqa: E402

AUDIENCE = "triageloop"
USERS = [
    {"sub": "ana", "tenant": "shop", "roles": ["user"]}, {"sub": "root", "tenant": "shop", "roles": ["operator"]},
    {"sub": "guest", "tenant": "shop", "roles": ["guest"]}, {"sub": "stray", "roles": ["user"]}]


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def request(port, method, path, body=None, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


class Provider:
    """A provider on a port, with keys of its own that no other one has."""

    def __init__(self, port, seconds=3600):
        self.port = port
        users = [word for user in USERS for word in ("--user-claims", json.dumps(user))]
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), "--token-max-age",
             str(seconds), *users], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError):
                request(port, "GET", "/.well-known/openid-configuration")
                return
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("the provider didn't start")
            time.sleep(0.1)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def end(self):
        self.process.terminate()
        self.process.wait(20)

    def token(self, user, audience=AUDIENCE):
        """By the authorization code flow, as a browser and a backend go it."""
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        query = urllib.parse.urlencode(
            {"client_id": audience, "redirect_uri": "http://127.0.0.1/back", "response_type": "code",
             "scope": "openid"})
        _, headers, _ = request(
            self.port, "POST", "/oauth2/authorize?" + query, urllib.parse.urlencode({"sub": user}), form)
        code = urllib.parse.parse_qs(urllib.parse.urlsplit(headers["Location"]).query)["code"][0]
        _, _, body = request(
            self.port, "POST", "/oauth2/token", urllib.parse.urlencode(
                {"grant_type": "authorization_code", "code": code, "redirect_uri": "http://127.0.0.1/back",
                 "client_id": audience, "client_secret": "any"}), form)
        return json.loads(body)["id_token"]

    def public_key(self):
        _, _, body = request(self.port, "GET", "/jwks")
        return json.loads(body)["keys"][0]


def part(value):
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def forged(token, algorithm, secret=None):
    """The claims of a token under another algorithm."""
    text = part({"alg": algorithm, "typ": "JWT"}) + "." + token.split(".")[1]
    signature = hmac.new(secret, text.encode(), hashlib.sha256).digest() if secret else b""
    return text + "." + (part(signature) if signature else "")


def pem(key):
    """The public key's PEM, as somebody who forges would have it."""
    from joserfc.jwk import RSAKey  # installed with the provider

    return RSAKey.import_key(key).as_pem(private=False)


class API:
    def __init__(self, url):
        self.port = urllib.parse.urlsplit(url).port

    def ask(self, token, path="/v1/caller"):
        headers = {"Authorization": "Bearer " + token} if token else {}
        status, _, body = request(self.port, "GET", path, headers=headers)
        return status, json.loads(body)

    def expect(self, what, token, status, code, path="/v1/caller"):
        found, body = self.ask(token, path)
        holds = (found, body.get("code")) == (status, code)
        claim(holds, f"{what}: {status} {code}" + ("" if holds else f", not {found} {body}"))


def main():
    port = free_port()
    provider = Provider(port)
    settings = {
        "TRIAGELOOP_IDENTITY": "both", "TRIAGELOOP_OIDC_ISSUER": provider.url, "TRIAGELOOP_OIDC_AUDIENCE": AUDIENCE,
        "TRIAGELOOP_OIDC_LEEWAY": "0", "TRIAGELOOP_OIDC_KEYS_PAUSE": "500ms"}
    try:
        with private_system("oidc", settings) as system:
            api = API(system.urls["TRIAGELOOP_API_URL"])
            token = provider.token("ana")
            answer = api.ask(token)
            claim(
                answer == (200, {"tenant": "shop", "user": "ana", "role": "user", "means": "token"}),
                f"a good token says who it is: {answer}")
            claim(api.ask(provider.token("root"), "/v1/keys")[0] == 200, "an operator's token is an operator's")
            api.expect("a user's token on an operator's route", token, 403, "ROLE_MISSING", "/v1/keys")
            api.expect("a token without a role of ours", provider.token("guest"), 403, "ROLE_MISSING")
            api.expect("a token without a tenant", provider.token("stray"), 401, "CREDENTIALS_INVALID")
            api.expect("no token", None, 401, "CREDENTIALS_MISSING")
            api.expect("another audience", provider.token("ana", "billing"), 401, "CREDENTIALS_INVALID")
            api.expect("alg: none", forged(token, "none"), 401, "CREDENTIALS_INVALID")
            for secret in (pem(provider.public_key()), json.dumps(provider.public_key()).encode()):
                api.expect("HS256 with the public key", forged(token, "HS256", secret), 401, "CREDENTIALS_INVALID")
            api.expect("another token's claims", ".".join(
                [token.split(".")[0], provider.token("root").split(".")[1], token.split(".")[2]]), 401,
                "CREDENTIALS_INVALID")

            other = Provider(free_port())
            api.expect("another issuer", other.token("ana"), 401, "CREDENTIALS_INVALID")
            other.end()

            provider.end()
            claim(api.ask(token)[0] == 200, "known keys go on while the provider is away")
            # The same issuer with new keys, whose tokens live for two seconds.
            provider = Provider(port, seconds=2)
            short = provider.token("ana")
            claim(api.ask(short)[0] == 200, "a token of a rotated key is good at once")
            api.expect("a token of the key before", token, 401, "CREDENTIALS_INVALID")
            deadline = time.monotonic() + 20
            while api.ask(short)[0] == 200 and time.monotonic() < deadline:
                time.sleep(0.2)
            api.expect("an expired token", short, 401, "CREDENTIALS_EXPIRED")

            key = system.triagectl("keys", "create", "beside tokens", "--direct").strip()
            claim(api.ask(key)[1].get("means") == "api_key", "an API key does beside tokens")
    finally:
        provider.end()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
