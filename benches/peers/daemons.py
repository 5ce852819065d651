"""Those that run all the time: from the start until they are ready, and while nothing is due."""

import socket
import time

from measure import Cost, Daemon, in_turn, median, megabytes, ratio, seconds, table
from simulated import configure
from watchers import Changedetection

IDLE_SECONDS = 60

# As in systemd/draftkeep.service.
UNIT = {"MALLOC_TRIM_THRESHOLD_": "131072", "MALLOC_ARENA_MAX": "2"}


def compare(draftkeep, venv, directory, platform, rounds):
    """Starts each with the drafts that it already has from the polls."""
    starts = {
        "draftkeep": lambda: start_draftkeep(draftkeep, directory, platform),
        "changedetection.io": lambda: start_changedetection(venv, directory),
    }
    for start in starts.values():
        while_idle(start(), 0)  # The first start makes what later ones find: draftkeep, the index of the search.
    ready = in_turn({name: lambda start=start: start().stop() for name, start in starts.items()}, rounds)
    idle = {name: while_idle(start(), IDLE_SECONDS) for name, start in starts.items()}
    rows = [
        [name, seconds(median(costs, "cpu")), ratio(costs, ready["draftkeep"]), seconds(median(costs, "elapsed")),
         megabytes(idle[name].memory), f"{100 * idle[name].cpu / idle[name].elapsed:.2f} %"]
        for name, costs in ready.items()
    ]
    head = ["", "CPU until ready", "draftkeep = 1", "elapsed until ready", "resident", "CPU while nothing is due"]
    table("Daemons with these drafts", head, rows)


def while_idle(daemon, how_long):
    """What a daemon costs while nothing is due, and its memory then."""
    time.sleep(10)  # What begins with the start ends first.
    before = daemon.cpu()
    time.sleep(how_long)
    cost = Cost(daemon.cpu() - before, how_long, daemon.memory())
    daemon.stop()
    return cost


def start_draftkeep(draftkeep, directory, platform):
    """Starts the service as systemd does. It polls once a day, as seldom as the others look."""
    path = directory / "notify"
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(path))
        notify.settimeout(60)
        config = configure(directory / "box", platform, schedule="0 4 * * *")
        daemon = Daemon([draftkeep, "run", "--config", config], {"NOTIFY_SOCKET": str(path), **UNIT})
        while b"READY=1" not in notify.recv(4096):
            pass
    return daemon


def start_changedetection(venv, directory):
    return Changedetection(venv, directory / Changedetection.name).daemon
