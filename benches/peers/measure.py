"""What whole programs cost, side by side.

The machine may be busy: so contenders take turns, and a ratio is taken within a round, of CPU time.
"""

import atexit
import os
import signal
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Cost:
    """CPU and elapsed time in seconds, resident memory in bytes of those that still run, and what the program printed."""

    cpu: float
    elapsed: float
    memory: int = 0
    output: str = ""


def run(command, directory=None, environment=None, successes=(0,)):
    """Runs a program to its end. Processes that it waited for count too."""
    with tempfile.TemporaryFile() as output:
        began = time.monotonic()
        process = subprocess.Popen(
            command, cwd=directory, env=with_changes(environment), stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        _, status, usage = os.wait4(process.pid, 0)
        elapsed = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode(errors="replace")
    if process.returncode not in successes:
        raise SystemExit(f"{' '.join(map(str, command))} ended with {process.returncode}:\n{text[-2000:]}")
    return Cost(usage.ru_utime + usage.ru_stime, elapsed, output=text)


def with_changes(environment):
    return {**os.environ, **(environment or {})}


class Daemon:
    """A program that goes on running, with the processes that it starts: they share a process group."""

    def __init__(self, command, environment=None):
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            command, env=with_changes(environment), preexec_fn=os.setpgrp,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        atexit.register(self.stop)

    def fields(self):
        """For each process, the fields of /proc/PID/stat from the state on."""
        for file in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = file.read_text().rsplit(")", 1)[1].split()
            except OSError:  # It has ended meanwhile.
                continue
            if int(fields[2]) == self.process.pid:
                yield fields

    def cpu(self):
        """CPU seconds so far, with those of children that have ended."""
        return sum(sum(map(int, fields[11:15])) for fields in self.fields()) / TICKS

    def memory(self):
        """Resident bytes now."""
        return sum(int(fields[21]) for fields in self.fields()) * PAGE

    def wait_until(self, is_so, what, pause=0.1, patience=900):
        end = time.monotonic() + patience
        while not is_so():
            if self.process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"{self.process.args[0]}: {what} does not happen")
            time.sleep(pause)

    def stop(self):
        """Ends it, and returns what it cost to the microsecond. Does nothing if it has ended."""
        if self.process.returncode is not None:
            return None
        os.killpg(self.process.pid, signal.SIGKILL)
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        return Cost(usage.ru_utime + usage.ru_stime, time.monotonic() - self.began)


def in_turn(contenders, rounds):
    """Lets each contender, a function that returns a Cost, work once a round. Returns the costs of each, by name."""
    costs = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, work in contenders.items():
            costs[name].append(work())
    return costs


def median(costs, part):
    return statistics.median(getattr(cost, part) for cost in costs)


def ratio(costs, ours):
    """The median of the ratios of CPU time within a round."""
    return f"{statistics.median(one.cpu / max(our.cpu, 1e-6) for one, our in zip(costs, ours)):.2f}"


def seconds(value):
    return f"{value * 1000:.1f} ms" if value < 0.1 else f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"


def megabytes(value):
    return f"{value / 1e6:.1f} MB"


def table(title, head, rows):
    """Prints a table in Markdown."""
    print(f"\n### {title}\n")
    for row in [head, ["---"] * len(head), *rows]:
        print("|", " | ".join(map(str, row)), "|", flush=True)
