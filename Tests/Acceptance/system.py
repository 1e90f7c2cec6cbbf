"""A system of its own for an acceptance script: brought up from what is built, on free loopback ports, and removed."""

import contextlib
import os
import re
import shutil
import subprocess
import tempfile

from claims import failures

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))


class System:
    """What `deploy/local/up` runs in `folder`, with these settings; use it in a `with` statement."""

    def __init__(self, folder, settings):
        self.folder = folder
        self.environment = {**os.environ, **settings, "TRIAGELOOP_LOCAL": folder}
        self.urls = {}

    def run(self, script, *arguments):
        subprocess.run([os.path.join(ROOT, "deploy/local", script), *arguments], env=self.environment, check=True)

    def triagectl(self, *arguments):
        print("  $ triagectl " + " ".join(arguments), flush=True)
        done = subprocess.run(
            [os.path.join(ROOT, "deploy/local/triagectl"), *arguments], env={**self.environment, **self.urls},
            check=True, stdout=subprocess.PIPE, text=True)
        return done.stdout

    def __enter__(self):
        try:
            self.run("up", "--no-build")
        except subprocess.CalledProcessError:
            self.__exit__()
            raise
        with open(os.path.join(self.folder, "env"), encoding="utf-8") as file:
            self.urls = dict(re.findall(r"export (\w+)='([^']*)'", file.read()))
        return self

    def __exit__(self, *_):
        # The reset takes the logs along.
        shutil.copytree(os.path.join(self.folder, "log"), self.folder + ".log", dirs_exist_ok=True)
        subprocess.run(
            [os.path.join(ROOT, "deploy/local/reset"), "--yes"], env=self.environment, check=False,
            stdout=subprocess.DEVNULL)


@contextlib.contextmanager
def private_system(name, settings):
    """A running System; its logs stay when a claim failed."""
    folder = tempfile.mkdtemp(prefix=f"triageloop-{name}.")
    os.chmod(folder, 0o711)
    try:
        with System(folder, settings) as system:
            yield system
    except BaseException:
        print(f"logs: {folder}.log")
        raise
    else:
        if failures:
            print(f"logs: {folder}.log")
        else:
            shutil.rmtree(folder + ".log", ignore_errors=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
