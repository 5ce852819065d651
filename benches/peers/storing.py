"""Real histories, kept version by version, one process a version, as a hook or a cron job would; then what was kept is used."""

import itertools
import json
import subprocess

import keepers
from measure import in_turn, median, megabytes, ratio, run, seconds, table
from simulated import Platform

HISTORIES = 10
PHRASE = "我们"


def histories(data, versions):
    """The newest states of some histories, each in the shape of a draft/get answer without repetitions."""
    files = sorted(data.glob("*.jsonl.zst"))
    for file in files[:: max(1, len(files) // HISTORIES)][:HISTORIES]:
        lines = subprocess.run(["zstd", "-dcq", file], stdout=subprocess.PIPE, check=True).stdout.splitlines()
        states = [state for state, _ in itertools.groupby(json.loads(line)["draft"]["news_item"] for line in lines)]
        yield states[-(versions // HISTORIES) :]


def saves(platform, data, versions):
    """Saves one state after another on the platform. Yields the media_id, and the document as the platform writes it."""
    for states in histories(data, versions):
        media_id = platform.create(states[0])
        for number, articles in enumerate(states):
            if number:
                platform.edit(media_id, articles)
            yield media_id, platform.document(media_id)


def compare(draftkeep, directory, data, versions, rounds):
    platform = Platform(draftkeep)
    contenders = {"draftkeep": keepers.Draftkeep(directory / "draftkeep", draftkeep, platform)}
    contenders |= {name: keeper(directory / name) for name, keeper in keepers.OTHERS.items()}
    keep(platform, contenders, data, versions)
    use(contenders, next(iter(contenders["draftkeep"].oldest)), directory, rounds)
    platform.stop()


def keep(platform, contenders, data, versions):
    costs, count, raw = {name: [] for name in contenders}, 0, 0
    for media_id, document in saves(platform, data, versions):
        count, raw = count + 1, raw + len(document)
        for name, keeper in contenders.items():
            costs[name].append(total(keeper.keep(media_id, document)))
    rows = []
    for name, keeper in contenders.items():
        upkeep = keeper.run(keeper.upkeep())
        kept = size(keeper.store)
        rows.append([
            name, seconds(median(costs[name], "cpu")), ratio(costs[name], costs["draftkeep"]), seconds(upkeep.cpu),
            megabytes(kept), f"{raw / kept:.0f} ×",
        ])  # fmt: skip
    head = ["", "CPU a version", "draftkeep = 1", "upkeep, CPU", "kept", "smaller than received"]
    table(f"{count} versions of {HISTORIES} articles, {megabytes(raw)}, one process a version", head, rows)


def total(costs):
    """The processes that keep one version, as one."""
    whole = costs[0]
    for cost in costs[1:]:
        whole.cpu, whole.elapsed = whole.cpu + cost.cpu, whole.elapsed + cost.elapsed
    return whole


def size(path):
    """Bytes of a store, a file or a directory."""
    return path.stat().st_size if path.is_file() else sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def use(contenders, media_id, directory, rounds):
    targets = (directory / f"restored-{number}" for number in itertools.count())
    deeds = {
        "read the oldest version": lambda keeper: keeper.read(media_id),
        f"search all versions for {PHRASE}": lambda keeper: keeper.search(PHRASE),
        "verify": lambda keeper: keeper.verify(),
        "restore the oldest version to a file": lambda keeper: keeper.restore(media_id, made(next(targets))),
    }
    rows = [row(deed, command_of, contenders, rounds) for deed, command_of in deeds.items()]
    table("Using what was kept: CPU, and the ratio to draftkeep", ["", *contenders], rows)


def made(directory):
    directory.mkdir()
    return directory


def row(deed, command_of, contenders, rounds):
    able = {name: keeper for name, keeper in contenders.items() if not isinstance(command_of(keeper), str)}
    costs = in_turn({name: lambda keeper=keeper: keeper.run(command_of(keeper)) for name, keeper in able.items()}, rounds)
    cell = lambda name: f"{seconds(median(costs[name], 'cpu'))} ({ratio(costs[name], costs['draftkeep'])})"
    return [deed, *(cell(name) if name in able else command_of(keeper) for name, keeper in contenders.items())]
