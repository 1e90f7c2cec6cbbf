"""Random requests made from the OpenAPI document, single and in sequences, by schemathesis with all of its checks."""

import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))

RUNS = [
    ("single requests", ["--phases", "examples,coverage,fuzzing"]),
    # Without the documents: from the list of schemas to a schema is all that it would ever do.
    ("sequences", ["--phases", "stateful", "--exclude-tag", "Documents"]),
]


def headers(options, name):
    """What goes with each request of a run."""
    if options.headers:
        return options.headers
    # As one tenant: what one request made the next one finds.
    return {"X-Tenant-ID": "fuzz"} if name == "sequences" and not options.role else {}


def check(options):
    faults = []
    # One worker: in two threads `ast.parse` of Python 3.11 mixes up its depths and raises SystemError (cpython gh-106905).
    examples = "1000" if options.long else "10" if options.short else "30"
    for name, more in RUNS:
        if options.role == "anonymous" and name == "sequences":
            continue  # There is no second step for whoever isn't let in.
        more = more + [word for one in headers(options, name).items() for word in ("--header", ": ".join(one))]
        if options.headers:
            # The header goes with each request, also with those that the check believes to be without it; whether they
            # are refused without it the check `ignored_auth` finds out. No other header is required anywhere.
            more += ["--exclude-checks", "missing_required_header"]
        command = [
            sys.executable, "-m", "schemathesis.cli", "--config-file", os.path.join(HERE, "schemathesis.toml"), "run",
            options.url + "/openapi.json", "--url", options.url, "--seed", str(options.seed),
            "--max-examples", examples, "--workers", "1", "--no-color", *more,
        ]
        # It keeps what it found where it runs.
        with tempfile.TemporaryDirectory() as folder:
            environment = os.environ | {"SCHEMATHESIS_HOOKS": os.path.join(HERE, "hooks.py")}
            environment |= {"TRIAGELOOP_FUZZ_AS": options.role} if options.role else {}
            result = subprocess.run(command, check=False, cwd=folder, env=environment)
        if result.returncode:
            faults.append(f"{name}: schemathesis ended with {result.returncode}")
    return faults, f"seed {options.seed}"
