#!/usr/bin/env python3
"""A trainer for TRAINER=command (and ray, vertex): reads the snapshot, says how far it is, and writes a candidate.

usage: trainer.py --trainer PROGRAM --snapshot FOLDER --base FILE --version NAME --created-at TIME --out FILE
                  [--vectors FILE --embedding-model NAME]

All but --trainer is what retraining-trigger appends to TRAINER_COMMAND; docs/training.md describes it. Here PROGRAM is
retraining-trigger itself, whose `train-child` takes the same arguments and trains as the embedded trainer does. Put your
own training in its place: whatever it does, the file at --out must be an artifact of the version asked for.
"""

import argparse
import json
import os
import sys

EX_DATAERR = 65  # the data are to blame: not tried again


def main() -> int:
    # What stands before the order is the command's own.
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--trainer", required=True)
    parser.add_argument("--snapshot", required=True)
    options, order = parser.parse_known_args()
    order = order[next((i for i, word in enumerate(order) if word.startswith("--")), 0):]

    with open(os.path.join(options.snapshot, "examples.jsonl"), encoding="utf-8") as lines:
        examples = [json.loads(line) for line in lines]
    # Held-out examples judge the candidate afterwards: never train on them.
    mine = [example for example in examples if not example["held_out"]]
    if not mine:
        print("nothing to train on", file=sys.stderr)
        return EX_DATAERR
    print(json.dumps({"progress": 0.5, "stage": "examples read"}), flush=True)
    command = [options.trainer, "train-child", "--snapshot", options.snapshot, *order]
    os.execv(options.trainer, command)


if __name__ == "__main__":
    sys.exit(main())
