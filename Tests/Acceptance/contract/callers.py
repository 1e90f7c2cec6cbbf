"""As whom contract.py asks: a key made for the run, or none."""

import os
import subprocess

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.."))

ROLES = ("anonymous", "user", "operator")


def headers(role):
    """What goes with each request, as `role`; `None` for a system that asks nobody who they are."""
    if role in (None, "anonymous"):
        return {}
    done = subprocess.run(
        [os.path.join(ROOT, "deploy/local/triagectl"), "keys", "create", f"contract {role}", "--as", "contract", "--role",
         role, "--direct"], check=True, stdout=subprocess.PIPE, text=True)
    return {"Authorization": "Bearer " + done.stdout.strip()}
