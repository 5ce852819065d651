"""A draft box of 10,000 drafts."""

import os

from measure import Platform, size, told
from text import article, body, write


def story(scale):
    drafts = int(10_000 * scale)
    os.mkdir("drafts")
    for number in range(drafts):
        write(f"drafts/{number:05}.json", [article(f"第 {number} 篇", body(number, 3_000))])
    with Platform("--load", "drafts") as platform:
        platform.configure('schedule = "*/5 * * * *"')
        told(f"the first poll of {drafts} drafts", "poll", "--all", "--no-pictures")
        print(f"the archive has {size():,} bytes, {size() // drafts:,} a draft")
        told("a poll without a change", "poll", "--all", "--no-pictures")
        for what, arguments in [
            ("list", ["list", "--json"]),
            ("status", ["status"]),
            ("log of one", ["log", f"第 {drafts // 2} 篇"]),
            ("search, the index made", ["search", "石板路"]),
            ("search again", ["search", "石板路"]),
            ("export", ["export", "tree"]),
            ("verify", ["verify"]),
        ]:
            told(what, *arguments)
