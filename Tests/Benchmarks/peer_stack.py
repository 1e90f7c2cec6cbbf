"""Starts a stack of ../shared/peer (its venv's Python, its folder in PYTHONPATH) and says where it is, as a JSON line.

Ends the stack when standard input closes.
"""

import json
import os
import subprocess
import sys

import bench as peer  # the peer's bench.py, not ours


def main():
    # The peer's schema has to be there before its stack starts; its run.sh does the same.
    server = peer.DSN.rsplit("/", 1)[0] + "/postgres"
    found = subprocess.check_output(["psql", "-qAt", server, "-c", "select 1 from pg_database where datname='peer'"])
    if not found.strip():
        subprocess.check_call(["psql", "-q", server, "-c", "create database peer"])
    subprocess.check_call(["psql", "-q", peer.DSN, "-f", os.path.join(peer.HERE, "common/schema.sql")])
    stack = peer.Stack(sys.argv[1])
    stack.reset()
    try:
        stack.start_api()
        stack.post()
        stack.start_worker()
        roots = {"api": [stack.api.p.pid], "worker": [stack.worker.p.pid], "postgresql": [peer.pgpid()],
                 "rabbitmq": [peer.mqpid()]}
        if stack.relay:
            roots["relay"] = [stack.relay.p.pid]
        print(json.dumps({"url": peer.URL, "database_url": peer.DSN, "roots": roots}), flush=True)
        sys.stdin.read()
    finally:
        stack.stop()


if __name__ == "__main__":
    main()
