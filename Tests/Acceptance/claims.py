"""What an acceptance script says of itself: claims that hold or don't, and figures as JSON."""

import json

failures = []


def claim(holds, text):
    """Prints the claim with its verdict and notes a failed one; returns the verdict."""
    print(("ok      " if holds else "FAILED  ") + text, flush=True)
    if not holds:
        failures.append(text)
    return bool(holds)


def result(name, **values):
    print("RESULT " + json.dumps({"name": name, **values}), flush=True)
