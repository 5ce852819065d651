"""wechatpy 2 makes, reads, changes and deletes a draft through the gate.

usage: gate_wechatpy.py BASE_URL APPID GATE_TOKEN SEEN PIN…

The token of the gate is given as the AppSecret. Each answer is written to the file SEEN. PIN… is the command that pins a draft.
"""

import importlib.util
import io
import subprocess
import sys

# This file's directory comes first in the search path, and would hide the package of the same name.
path = sys.path.pop(0)

import requests
from wechatpy.exceptions import WeChatClientException

spec = importlib.util.spec_from_file_location("sample", f"{path}/wechatpy.py")
sample = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sample)

base_url, appid, token, seen, *pin = sys.argv[1:]
seen = open(seen, "ab")


def keep(response, *_, **__):
    seen.write(repr(dict(response.headers)).encode() + response.content + b"\n")


client = sample.client_for(base_url, appid, token)
client._http.hooks["response"].append(keep)


def step(text):
    print(f"gate: wechatpy {text}", flush=True)


cover = client.material.add("image", ("cover.png", io.BytesIO(sample.png()), "image/png"))
picture = client.media.upload_image(("picture.png", io.BytesIO(sample.png()), "image/png"))
step("uploaded a cover and a picture")

article = sample.article("秋季新品预告", f'<p>三款新品</p><img src="{picture}">', cover["media_id"])
made = client.draft.add([article])
media_id = made["media_id"]
assert made["undo"], made
step(f"made a draft, which undo {made['undo']} takes back")

read = client.draft.get(media_id)["news_item"][0]
assert read["title"] == article["title"], read
assert client.draft.count()["total_count"] >= 1
assert any(item["media_id"] == media_id for item in client.draft.batchget(0, 20, 1)["item"])
step("read it, alone and in the list")

changed = client.draft.update(media_id, 0, {**article, "title": "冬季新品预告"})
assert changed["undo"] > made["undo"], changed
assert client.draft.get(media_id)["news_item"][0]["title"] == "冬季新品预告"
step("changed it")



def refusal_of(call):
    """Returns why a call was refused: by the platform with status 200, by the gate with a status of its own."""
    try:
        call()
    except (WeChatClientException, requests.RequestException) as refusal:
        return refusal.response.json()["errmsg"]
    raise AssertionError("the call was not refused")


refusal = refusal_of(lambda: client.draft.update(media_id, 7, article))
step(f"was refused an article that is not there: {refusal}")
refusal = refusal_of(lambda: client.draft.delete(media_id))
step(f"was refused a deletion that nobody could take back: {refusal}")
subprocess.run([*pin, media_id, "--note", "deleted on purpose"], check=True)
client.draft.delete(media_id)
assert not any(item["media_id"] == media_id for item in client.draft.batchget(0, 20, 1)["item"])
step("deleted it, pinned")
