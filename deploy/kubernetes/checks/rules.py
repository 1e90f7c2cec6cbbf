#!/usr/bin/env python3
"""Writes the Prometheus rules as the Prometheus Operator's resource, or checks that it is what they are.

usage: rules.py [--check]
"""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
RULES = ROOT / "deploy/observability/prometheus/rules.yml"
RESOURCE = ROOT / "deploy/kubernetes/monitoring/rules.yaml"
HEAD = """# Written by deploy/kubernetes/checks/rules.py from deploy/observability/prometheus/rules.yml: change that.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: triageloop
  labels: { app.kubernetes.io/part-of: triageloop }
spec:
"""


def main():
    lines = [line for line in RULES.read_text().splitlines() if not line.startswith("#")]
    text = HEAD + "".join(f"  {line}\n" if line else "\n" for line in lines)
    if sys.argv[1:] != ["--check"]:
        RESOURCE.write_text(text)
    elif not RESOURCE.exists() or RESOURCE.read_text() != text:
        sys.exit(f"{RESOURCE.relative_to(ROOT)} is not what rules.py writes")


if __name__ == "__main__":
    main()
