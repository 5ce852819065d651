"""Articles that read as articles do, the same in every run."""

import json
import random

WORDS = "春天 雨后 石板路 早餐 编辑部 我们 他们 写下 一封信 灯光 窗外 很久 以前 河边 旧书 茶馆 故事 昨天 明天 慢慢 走过 记得 声音 孩子 城市".split()


def paragraph(chance, words=40):
    return "<p>" + "，".join("".join(chance.choices(WORDS, k=5)) for _ in range(words // 5)) + "。</p>"


def body(seed, length):
    """A body of about so many bytes."""
    chance, parts, made = random.Random(seed), [], 0
    while made < length:
        parts.append(paragraph(chance))
        made += len(parts[-1].encode())
    return "".join(parts)


def article(title, content):
    return {"title": title, "author": "编辑部", "content": content, "need_open_comment": 0, "only_fans_can_comment": 0}


def write(path, articles):
    with open(path, "w") as file:
        json.dump({"news_item": articles}, file, ensure_ascii=False)
