#!/usr/bin/env python3
"""Whether two builds of an overlay are the same resources. Left out: the hashes in the names of generated ConfigMaps, empty
maps, and a colour in what a topology spread counts, which only newer versions write there.

usage: same.py ONE.yaml OTHER.yaml
"""

import json
import pathlib
import re
import sys

import yaml


def plain(value, within=""):
    if isinstance(value, dict):
        kept = {key: plain(one, key) for key, one in value.items() if one not in ({}, None)}
        if within == "matchLabels" and "app.kubernetes.io/name" in kept:
            kept.pop("triageloop.io/color", None)
        return kept
    return [plain(one, within) for one in value] if isinstance(value, list) else value


def resources(path):
    text = re.sub(r"-[a-z0-9]{10}\b(?=\n|$)", "-HASH", pathlib.Path(path).read_text())
    return {
        (one["kind"], one["metadata"].get("namespace"), one["metadata"]["name"]): json.dumps(plain(one), sort_keys=True)
        for one in yaml.safe_load_all(text) if one}


def main():
    one, other = resources(sys.argv[1]), resources(sys.argv[2])
    different = sorted(str(name) for name in set(one) | set(other) if one.get(name) != other.get(name))
    if different:
        sys.exit("\n".join(different))
    print(f"{len(one)} resources")


if __name__ == "__main__":
    main()
