"""The scenarios of `benches/endurance/run`, each in a directory of its own."""

import os
import sys
import tempfile

import accounts
import articles
import box
import versions

SCENARIOS = {"box": box.story, "versions": versions.story, "articles": articles.story, "accounts": accounts.story}


def main():
    names = sys.argv[1:] or list(SCENARIOS)
    unknown = [name for name in names if name not in SCENARIOS]
    if unknown:
        sys.exit(f"no scenario {unknown[0]}: {', '.join(SCENARIOS)}")
    for name in names:
        print(f"\n== {name}", flush=True)
        with tempfile.TemporaryDirectory(prefix="draftkeep-endurance-") as directory:
            os.chdir(directory)
            SCENARIOS[name](float(os.environ.get("DRAFTKEEP_ENDURANCE", "1")))


main()
