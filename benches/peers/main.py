"""draftkeep beside what people would use instead. usage: main.py BINARY VENV [DATA]"""

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path

import daemons
import polling
import storing

parser = argparse.ArgumentParser()
parser.add_argument("binary", type=Path)
parser.add_argument("venv", type=Path)
parser.add_argument("data", type=Path, nargs="?")
parser.add_argument("--documents", type=int, default=300)
parser.add_argument("--versions", type=int, default=120)
parser.add_argument("--rounds", type=int, default=3)
given = parser.parse_args()
binary = given.binary.resolve()

# Whatever was started ends with this process.
signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a signal"))
began = time.monotonic()
with tempfile.TemporaryDirectory() as scratch:
    scratch = Path(scratch)
    if given.data:
        storing.compare(binary, scratch, given.data, given.versions, given.rounds)
    else:
        print("Without DATA, nothing is stored, read, searched or restored.")
    platform = polling.compare(binary, given.venv, scratch, given.documents, 30_000, given.rounds)
    try:
        daemons.compare(binary, given.venv, scratch, platform, given.rounds)
    finally:
        platform.stop()
print(f"\nMeasured in {(time.monotonic() - began) / 60:.0f} minutes.")
