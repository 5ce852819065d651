"""5,000 accounts of 50 drafts each in one daemon that plans its polls by itself, for ten minutes."""

import os
import sqlite3
import subprocess
import time

from measure import DRAFTKEEP, Platform, size
from text import article, body

MINUTES = 10

# What the unit sets, above all for glibc's memory.
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../systemd/draftkeep.service")) as unit:
    UNIT = dict(line.strip().removeprefix("Environment=").split("=", 1) for line in unit if line.startswith("Environment="))


def story(scale):
    accounts = int(5_000 * scale)
    os.mkdir("drafts")
    with Platform("--load", "drafts") as platform:
        with open("config.toml", "w") as file:
            file.write('archive = "archive.db"\n')
            for number in range(accounts):
                appid = f"wx{number:016}"
                platform.ask("new_account", appid=appid, secret=platform.secret, profile="verified")
                for draft in range(50):
                    articles = [article(f"第 {number}-{draft} 篇", body(draft, 1_000))]
                    platform.ask("create", appid=appid, articles=articles)
                file.write(platform.account(f"account-{number}", appid, platform.secret, 'assets = "none"'))
        print(f"{accounts} accounts are there", flush=True)
        command = [DRAFTKEEP, "--quiet", "run", "--config", "config.toml"]
        daemon = subprocess.Popen(command, stderr=open("stderr", "w"), env=os.environ | UNIT)
        try:
            watch(daemon)
        finally:
            daemon.terminate()
            daemon.wait()


def watch(daemon):
    before, reached = cost(daemon)[0], 0
    for minute in range(1, MINUTES + 1):
        time.sleep(60)
        cpu, memory, peak = cost(daemon)
        polls, drafts = count()
        print(
            f"minute {minute:2}: {memory:4.0f} MB resident, {peak:4.0f} at most; {cpu - before:5.1f} s of CPU; "
            f"{polls - reached:7,} polls; {drafts:7,} drafts, {size():,} bytes",
            flush=True,
        )
        before, reached = cpu, polls


def cost(process):
    fields = open(f"/proc/{process.pid}/stat").read().rsplit(")", 1)[1].split()
    status = dict(line.split(":", 1) for line in open(f"/proc/{process.pid}/status"))
    memory = [int(status[name].split()[0]) / 1000 for name in ("VmRSS", "VmHWM")]
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), *memory


def count():
    archive = sqlite3.connect("file:archive.db?mode=ro", uri=True, timeout=60)
    try:
        return [archive.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("poll", "draft")]
    finally:
        archive.close()
