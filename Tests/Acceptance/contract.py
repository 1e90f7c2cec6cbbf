"""Holds a running system against what it says of itself: OpenAPI, AsyncAPI, JSON Schemas, error list, streams, events.

usage: . .local/env; "$(deploy/local/api-tools install)" Tests/Acceptance/contract.py [--long] [--only NAME] [--as ROLE]
Its requests come from contract/, its random ones from schemathesis with the seed that is printed. --long takes a
thousand of them for each operation instead of a few dozen; --short ten. Where the system asks who calls (IDENTITY), --as
says as whom: with a key of that role, made for the run, or anonymously with none. The exit code is 1 when a promise isn't kept.
"""

import argparse
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from contract import callers, documents, events, fuzz, methods, streams, webhooks  # noqa: E402

CHECKS = [
    ("documents", documents.check), ("methods", methods.check), ("streams", streams.check),
    ("events", events.check), ("webhooks", webhooks.check), ("fuzz", fuzz.check)]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--url", default=os.environ.get("TRIAGELOOP_API_URL", "http://127.0.0.1:8080"))
    size = arguments.add_mutually_exclusive_group()
    size.add_argument("--long", action="store_true")
    size.add_argument("--short", action="store_true")
    arguments.add_argument("--as", dest="role", choices=callers.ROLES)
    arguments.add_argument("--seed", type=int, default=int(time.time()) % 1_000_000)
    arguments.add_argument("--only", choices=[name for name, _ in CHECKS])
    options = arguments.parse_args()
    options.headers = callers.headers(options.role)
    faults = []
    for name, check in CHECKS:
        if options.only not in (None, name):
            continue
        started = time.monotonic()
        found, what = check(options)
        print(f"{name}: {what}; {len(found)} faults; {time.monotonic() - started:.1f} s", flush=True)
        faults += [f"{name}: {fault}" for fault in found]
    for fault in faults[:50]:
        print(f"FAULT {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(f"{error}")
