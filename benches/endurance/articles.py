"""A draft of eight articles of 1 MB each."""

import os
import random

from measure import Platform, run, size, told
from text import article, body, paragraph, write


def story(scale):
    length = int(1_000_000 * scale)
    bodies = [body(number, length) for number in range(8)]
    os.mkdir("drafts")
    write("drafts/one.json", [article(f"第 {number} 篇", content) for number, content in enumerate(bodies)])
    with Platform("--load", "drafts") as platform:
        platform.configure('schedule = "*/5 * * * *"')
        [account] = platform.ask("state")["accounts"]
        media_id = account["drafts"][0]["media_id"]
        told("the first poll", "poll", "--all", "--no-pictures")
        told("a poll without a change", "poll", "--all", "--no-pictures")
        chance = random.Random(3)
        for index, content in enumerate(bodies):
            paragraphs = content.split("</p>")
            for _ in range(len(paragraphs) // 20):
                paragraphs[chance.randrange(len(paragraphs) - 1)] = paragraph(chance).removesuffix("</p>")
            platform.ask("edit", media_id=media_id, index=index, fields={"content": "</p>".join(paragraphs)})
        told("the poll after a twentieth of all has changed", "poll", "--all", "--no-pictures")
        print(f"the archive has {size():,} bytes")
        for what, arguments in [
            ("log", ["log", "#1"]),
            ("show the newest", ["show", "#1"]),
            ("show the one before, as HTML", ["show", "#1@1", "--format", "html"]),
            ("show the one before, as Markdown", ["show", "#1@1", "--format", "markdown"]),
            ("diff", ["diff", "#1"]),
            ("the plan of a restore as a new draft", ["restore", "#1@1", "--as-new"]),
            ("a restore to files", ["restore", "#1@1", "--to", "found", "--apply"]),
            ("search, the index made", ["search", "石板路"]),
            ("export", ["export", "tree"]),
            ("verify", ["verify"]),
        ]:
            told(what, *arguments, codes=(0, 3))
