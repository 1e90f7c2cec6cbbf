#!/usr/bin/env python3
"""Whether migrations only add: the services of before go on while, and after, they run (expand, then contract).

A statement that takes something away needs, on the line above it, `-- contract: WHY`: since which release nobody uses it.
"""

import pathlib
import re
import sys

FOLDER = pathlib.Path(__file__).resolve().parents[3] / "Shared/Migrations/SQL"
FORBIDDEN = {
    r"\bDROP\s+(TABLE|SCHEMA|COLUMN|VIEW|FUNCTION)\b": "takes something away",
    r"\bRENAME\b": "renames",
    r"\bALTER\s+COLUMN\s+\w+\s+(SET\s+DATA\s+)?TYPE\b": "changes a type",
    r"\bSET\s+NOT\s+NULL\b": "refuses what the version before writes",
    r"\bADD\s+COLUMN\s+(IF\s+NOT\s+EXISTS\s+)?\w+(?![^,;]*\bDEFAULT\b)[^,;]*\bNOT\s+NULL\b":
        "asks the version before for a value that it doesn't know",
    r"\bTRUNCATE\b": "deletes what is there",
    r"\bREVOKE\b": "takes a right away",
}


def faults(name, text):
    allowed = {
        text[:match.end()].count("\n") + 1 for match in re.finditer(r"^\s*-- contract: \S.*$", text, re.M)}
    # Comments go, lines stay.
    bare = re.sub(r"--[^\n]*", "", text)
    for pattern, why in FORBIDDEN.items():
        for match in re.finditer(pattern, bare, re.I):
            line = bare[:match.start()].count("\n") + 1
            start = bare[:match.start()].rfind(";") + 1
            first = line - bare[start:match.start()].lstrip().count("\n")
            if not {line - 1, first - 1} & allowed:
                yield f"{name}:{line}: {why}: {' '.join(match.group(0).split())}"


def main():
    files = sorted(FOLDER.glob("*.sql"))
    found = [fault for path in files for fault in faults(path.name, path.read_text())]
    probe = list(faults("probe", "ALTER TABLE a.b\n    DROP COLUMN c;\n-- contract: unused since 0.2.0\nDROP TABLE a.d;\n"
                                 "ALTER TABLE a.e ADD COLUMN f text NOT NULL, ADD COLUMN g text NOT NULL DEFAULT '';\n"))
    if len(probe) != 2:
        sys.exit(f"this check is broken: {probe}")
    for fault in found:
        print(fault, file=sys.stderr)
    if found:
        sys.exit(1)
    print(f"{len(files)} migrations add, and take nothing away")


if __name__ == "__main__":
    main()
