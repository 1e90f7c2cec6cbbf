"""Builds and runs ModelBench, for the scripts beside this file."""

import gzip
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.normpath(os.path.join(HERE, "../.."))
SHARED = os.environ.get("TRIAGELOOP_SHARED", os.path.normpath(os.path.join(ROOT, "../shared")))
ROWS = os.path.join(SHARED, "data", "category_nlbse24.jsonl.gz")


def build():
    """The path of the program, built if TRIAGELOOP_MODEL_BENCH doesn't name one."""
    given = os.environ.get("TRIAGELOOP_MODEL_BENCH")
    if given:
        return given
    command = ["swift", "build", "-c", "release", "--product", "ModelBench"]
    subprocess.run(command, cwd=ROOT, check=True, stdout=sys.stderr)
    folder = subprocess.run(
        ["swift", "build", "-c", "release", "--show-bin-path"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return os.path.join(folder.stdout.strip(), "ModelBench")


def rows(folder):
    """The data of categories as plain JSON lines in `folder`; ends the script, loudly, where there is none."""
    if not os.path.isfile(ROWS):
        print(f"SKIPPED: {ROWS} is not here; nothing was measured", file=sys.stderr)
        sys.exit(0)
    path = os.path.join(folder, "rows.jsonl")
    with gzip.open(ROWS) as source, open(path, "wb") as target:
        target.write(source.read())
    return path


def run(program, *arguments):
    """The JSON object that a run prints."""
    done = subprocess.run([program, *arguments], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)
