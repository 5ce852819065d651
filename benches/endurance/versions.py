"""A draft of 5,000 versions."""

import os
import random

from measure import Platform, run, size, tell, told
from text import article, body, paragraph, write


def story(scale):
    versions = int(5_000 * scale)
    os.mkdir("drafts")
    write("drafts/one.json", [article("长久改动的一篇", body(1, 20_000))])
    with Platform("--load", "drafts") as platform:
        platform.configure('schedule = "*/5 * * * *"')
        [account] = platform.ask("state")["accounts"]
        media_id = account["drafts"][0]["media_id"]
        content, chance = body(1, 20_000).split("</p>"), random.Random(2)
        run("poll", "--all", "--no-pictures")
        before = size()
        for number in range(2, versions + 1):
            content[chance.randrange(len(content) - 1)] = paragraph(chance).removesuffix("</p>")
            platform.ask("edit", media_id=media_id, index=0, fields={"content": "</p>".join(content)})
            _, cost = run("poll", "--all", "--no-pictures")
            if number == 10 or number % (versions // 5) == 0:
                tell(f"the poll that keeps version {number}", cost)
                print(f"the archive has {size():,} bytes, {(size() - before) // (number - 1):,} a version")
        for what, arguments in [
            ("log, the newest 100", ["log", "#1"]),
            ("log of all", ["log", "#1", "--limit", "0"]),
            ("show the newest", ["show", "#1"]),
            ("show the first", ["show", "#1@1"]),
            ("diff of the first and the newest", ["diff", "#1@1", f"@{versions}"]),
            ("when a sentence came and went", ["when", "#1", "雨后"]),
            ("search, the index made", ["search", "石板路"]),
            ("search again", ["search", "石板路"]),
            ("export", ["export", "tree"]),
            ("verify", ["verify"]),
        ]:
            told(what, *arguments)
