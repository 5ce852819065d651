"""Drafts that did not change, looked at once by everybody."""

import json
import random
import sys
from pathlib import Path

import watchers
from measure import Cost, in_turn, median, ratio, run, seconds, table
from simulated import Platform, configure

PLAIN = Path(__file__).parent / "plain.py"

# As many drafts are asked for when it is counted what watchers report as installed: each is a false change, which they compare at length.
FEW = 20

# draftkeep itself makes no more than 180 calls a minute, because the platform refuses the 201st. So a list of all drafts would take minutes.
LISTED = 100


def article(number, size):
    """An article of about `size` bytes, without sense, but with the letters of a real one."""
    dice = random.Random(number)
    letters = "凌晨四点的菜市场已经醒了卖豆腐的老人把第一板放上案头水汽里有黄豆的甜味"
    paragraphs = ("".join(dice.choices(letters, k=60)) for _ in range(size // 187))
    return {"title": f"第 {number} 篇", "author": "李编辑", "digest": "摘要", "content": "".join(f"<p>{text}</p>" for text in paragraphs)}


class Draftkeep:
    def __init__(self, draftkeep, directory, platform, drafts="all", times=1):
        config = configure(directory, platform, drafts)
        self.command = [draftkeep, "poll", "--all", "--no-pictures", "--json", "--config", config]
        self.times = times

    def look(self):
        cost = run(self.command)
        self.changes = json.loads(cost.output[cost.output.index("[{") :])[0]["new_versions"] * self.times
        return Cost(cost.cpu * self.times, cost.elapsed * self.times)


class Plain:
    def __init__(self, directory, platform, media_ids):
        (directory / "ids").write_text("\n".join(media_ids))
        self.command = [sys.executable, PLAIN, platform.base, platform.token, directory / "ids", directory / "plain.db"]

    def look(self):
        cost = run(self.command)
        self.changes = int(cost.output)
        return cost


class Wrk:
    """What it costs to ask and to throw the answer away: the limit."""

    changes = 0

    def __init__(self, directory, platform, media_id, documents):
        script = directory / "get.lua"
        body = json.dumps({"media_id": media_id})
        script.write_text(f"wrk.method = 'POST'\nwrk.body = '{body}'\ndone = function(sum) print('requests=' .. sum.requests) end\n")
        self.command = ["wrk", "-t1", "-c1", "-d2s", "-s", script, platform.draft_url()]
        self.documents = documents

    def look(self):
        cost = run(self.command)
        share = self.documents / int(cost.output.rsplit("requests=", 1)[1])
        return Cost(cost.cpu * share, cost.elapsed * share)


def compare(draftkeep, venv, directory, documents, size, rounds):
    """Prints the table. Leaves behind an archive in `box` and the data of changedetection.io, both with all drafts."""
    platform = Platform(draftkeep)
    media_ids = [platform.create([article(number, size)]) for number in range(documents)]
    requests = [(platform.draft_url(number), json.dumps({"media_id": media_id})) for number, media_id in enumerate(media_ids)]
    listed = min(LISTED, documents)
    false = [false_changes(kind, venv, directory, requests[:FEW]) for kind in watchers.ALL]
    told = [kind(venv, directory / kind.name, requests, True) for kind in watchers.ALL]
    contenders = {
        "draftkeep, the whole box": Draftkeep(draftkeep, directory / "box", platform),
        f"draftkeep, a list of drafts ({listed}, × {documents // listed})": Draftkeep(
            draftkeep, directory / "list", platform, media_ids[:listed], documents // listed
        ),
        "a plain Python script": Plain(directory, platform, media_ids),
        **{watcher.name: watcher for watcher in told},
        "wrk, one connection (the limit)": Wrk(directory, platform, media_ids[0], documents),
    }
    try:
        for contender in contenders.values():
            contender.look()  # Everything is new.
        calls = {}
        looks = {name: lambda name=name: counted(platform, contenders[name], calls, name) for name in contenders}
        costs = in_turn(looks, rounds)
    finally:
        for watcher in told:
            watcher.stop()
    print_table(f"A look at {documents:,} unchanged drafts of {size // 1000} KB", contenders, costs, calls, false)
    return platform


def false_changes(kind, venv, directory, requests):
    """The share of unchanged drafts that a watcher reports as changed, as installed."""
    watcher = kind(venv, directory / f"{kind.name}-as-installed", requests, False)
    try:
        watcher.look()
        watcher.look()
    finally:
        watcher.stop()
    return f"{kind.name} {watcher.changes * 100 // len(requests)} %"


def counted(platform, contender, calls, name):
    """Lets a contender look, and notes the calls of the day's quota that this takes."""
    before = platform.calls()
    cost = contender.look()
    times = getattr(contender, "times", 1)
    made = {interface: (count - before.get(interface, 0)) * times for interface, count in platform.calls().items()}
    calls[name] = ", ".join(f"{count:,} {interface}" for interface, count in made.items() if interface.startswith("draft/") and count)
    return cost


def print_table(title, contenders, costs, calls, false):
    ours = next(iter(costs.values()))
    rows = [
        [name, seconds(median(all, "cpu")), ratio(all, ours), seconds(median(all, "elapsed")),
         "" if isinstance(contenders[name], Wrk) else calls[name], contenders[name].changes]
        for name, all in costs.items()
    ]
    table(title, ["", "CPU", "draftkeep = 1", "elapsed", "calls", "false changes"], rows)
    print(f"\nUnchanged drafts reported as changed, as installed: {', '.join(false)}.", flush=True)
