"""Runs the program, and tells what a run cost."""

import json
import os
import resource
import subprocess
import sys
import time
import urllib.request

DRAFTKEEP = os.environ["DRAFTKEEP"]
NO_LIMIT = 100_000_000


class Cost:
    def __init__(self, elapsed, usage):
        self.elapsed, self.cpu, self.memory = elapsed, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000

    def __str__(self):
        # Before the program runs in it, the process is a copy of this one.
        least = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000 + 2
        memory = f"{self.memory:.0f} MB at most" if self.memory > least else f"under {least:.0f} MB"
        return f"{self.elapsed:8.2f} s, {self.cpu:8.2f} s of CPU, {memory}"


def run(*arguments, codes=(0,)):
    """Runs a command to its end; returns what it printed and what it cost."""
    began = time.monotonic()
    process = subprocess.Popen([DRAFTKEEP, *arguments, "--config", "config.toml"], stdout=subprocess.PIPE, stderr=open("stderr", "w"))
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in codes:
        sys.exit(f"{arguments} ended with {process.returncode}: {open('stderr').read()[-2000:]}")
    return printed, Cost(time.monotonic() - began, usage)


def tell(what, cost):
    print(f"{what:44} {cost}", flush=True)


def told(what, *arguments, codes=(0,)):
    """As `run`, and prints the cost."""
    printed, cost = run(*arguments, codes=codes)
    tell(what, cost)
    return printed


def size():
    """Returns how many bytes the archive has, with its journal."""
    return sum(os.path.getsize(name) for name in ("archive.db", "archive.db-wal") if os.path.exists(name))


class Platform:
    """A simulator. Its limits are so high that they play no part."""

    def __init__(self, *options):
        self.process = subprocess.Popen([DRAFTKEEP, "simulate", *options], stdout=subprocess.PIPE, text=True)
        said = json.loads(self.process.stdout.readline())
        self.base, self.appid, self.secret = said["base_url"], said["appid"], said["secret"]
        for interface in ("draft/get", "draft/batchget", "draft/count"):
            self.ask("quota", interface=interface, daily=NO_LIMIT, minutely=NO_LIMIT)

    def ask(self, what, **body):
        data = None if what == "state" else json.dumps(body).encode()
        return json.loads(urllib.request.urlopen(f"{self.base}/simulator/{what}", data, timeout=60).read() or b"null")

    def account(self, name, appid, secret, more=""):
        with open(f"{name}.secret", "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(secret)
        lines = [f'name = "{name}"', f'appid = "{appid}"', f'secret = {{ file = "{name}.secret" }}', f'api_base = "{self.base}"', more]
        return "[[account]]\n" + "\n".join(lines) + "\n"

    def configure(self, more=""):
        with open("config.toml", "w") as file:
            file.write('archive = "archive.db"\n' + self.account("mag", self.appid, self.secret, more))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
