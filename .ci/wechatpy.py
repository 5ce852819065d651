"""Drives a running simulator with wechatpy 2, an independent client.

usage: wechatpy.py BASE_URL APPID SECRET

Needs `wechatpy>=2.0.0a0` (a pre-release: version 1 has no drafts) and `cryptography`. Prints one line per step; the
first thing that is not as expected ends it with a traceback.
"""

import io
import struct
import sys
import zlib

# This file's directory comes first in the search path, and would hide the package of the same name.
sys.path.pop(0)

import requests
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException


def client_for(base_url, appid, secret):
    """Returns a wechatpy client that calls `base_url` instead of the platform."""

    class Client(WeChatClient):
        API_BASE_URL = f"{base_url}/cgi-bin/"

        def fetch_access_token(self):
            params = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret}
            return self._fetch_access_token(url=f"{self.API_BASE_URL}token", params=params)

    return Client(appid, secret)


def png():
    """Returns a picture of one red pixel."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0\xff\0\0")) + chunk(b"IEND", b"")


def code_of(call):
    """Returns the errcode of a refused call."""
    try:
        call()
    except WeChatClientException as refusal:
        return refusal.errcode
    raise AssertionError("the call was not refused")


def article(title, content, cover):
    return {"title": title, "author": "林晚", "digest": "", "content": content, "content_source_url": "",
            "thumb_media_id": cover, "need_open_comment": 0, "only_fans_can_comment": 0}


def step(text):
    print(f"wechatpy: {text}", flush=True)


def main(base_url, appid, secret):
    client = client_for(base_url, appid, secret)

    assert client.access_token == client.access_token
    stable = requests.post(f"{base_url}/cgi-bin/stable_token", timeout=10, json={
        "grant_type": "client_credential", "appid": appid, "secret": secret}).json()
    assert 300 <= stable["expires_in"] <= 7200, stable
    assert code_of(client_for(base_url, appid, "0" * 32).fetch_access_token) == 40125
    step("token and stable_token")

    name = "封面.png"
    cover = client.material.add("image", (name, io.BytesIO(png()), "image/png"))
    assert cover["url"].startswith("http://mmbiz.qpic.cn/mmbiz_png/"), cover
    assert client.material.get(cover["media_id"]).content == png()
    assert client.material.get_count()["image_count"] >= 1
    assert client.material.batchget("image")["item"][0]["media_id"] == cover["media_id"]
    picture = client.media.upload_image(("body.png", io.BytesIO(png()), "image/png"))
    assert picture.startswith("http://mmbiz.qpic.cn/sz_mmbiz_png/"), picture
    step("material upload, get, count, list; uploadimg")

    before = client.draft.count()["total_count"]
    body = f'<p>你好,世界 🙏</p><img src="{picture}"/><a href="https://example.com">link</a>'
    media_id = client.draft.add([article("秋季新品预告", body, cover["media_id"])])["media_id"]
    assert client.draft.count()["total_count"] == before + 1
    step(f"draft add: {media_id}, {before} -> {before + 1} drafts")

    [read] = client.draft.get(media_id)["news_item"]
    assert (read["title"], read["author"]) == ("秋季新品预告", "林晚"), read
    assert read["digest"] == "你好,世界 🙏link", read["digest"]
    assert "<img data-src=" in read["content"] and "</a>" not in read["content"], read["content"]
    assert read["thumb_url"] == cover["url"] and "tempkey=" in read["url"], read
    step("draft get: digest filled in, content rewritten, cover resolved")

    listed, offset = [], 0
    while offset == 0 or offset < page["total_count"]:
        page = client.draft.batchget(offset, 20, no_content=1)
        listed += page["item"]
        offset += 20
    assert len({entry["media_id"] for entry in listed}) == before + 1, listed
    assert listed[0]["media_id"] == media_id and "content" not in listed[0]["content"]["news_item"][0]
    step(f"draft batchget: {len(listed)} drafts, the new one first, without content")

    client.draft.update(media_id, 0, article("秋季新品,改", "<p>第二稿</p>", cover["media_id"]))
    assert client.draft.get(media_id)["news_item"][0]["title"] == "秋季新品,改"
    assert code_of(lambda: client.draft.update(media_id, 1, article("x", "<p>x</p>", cover["media_id"]))) == 40114
    assert code_of(lambda: client.draft.update(media_id, 0, {"title": "x"})) == 40007
    step("draft update: same media_id, other title; 40114 and 40007 where they belong")

    client.draft.delete(media_id)
    assert code_of(lambda: client.draft.get(media_id)) == 40007
    assert client.draft.count()["total_count"] == before
    client.material.delete(cover["media_id"])
    step("draft delete, material delete: gone")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
