"""What one would write in an afternoon: each draft is read over one connection, hashed, and kept if it is new.

usage: plain.py BASE_URL TOKEN FILE_OF_MEDIA_IDS DATABASE
"""

import hashlib
import http.client
import json
import sqlite3
import sys
from urllib.parse import urlsplit

base, token, media_ids, database = sys.argv[1:]
connection = http.client.HTTPConnection(urlsplit(base).netloc)
store = sqlite3.connect(database)
store.execute("CREATE TABLE IF NOT EXISTS version (media_id TEXT, hash TEXT, document BLOB, PRIMARY KEY (media_id, hash))")
new = 0
for media_id in open(media_ids).read().split():
    connection.request("POST", f"/cgi-bin/draft/get?access_token={token}", json.dumps({"media_id": media_id}))
    document = connection.getresponse().read()
    articles = json.loads(document)["news_item"]
    # Links are signed anew in each answer, and fields come in any order.
    content = [[article[field] for field in ("title", "author", "digest", "content")] for article in articles]
    digest = hashlib.sha256(json.dumps(content).encode()).hexdigest()
    new += store.execute("INSERT OR IGNORE INTO version VALUES (?, ?, ?)", (media_id, digest, document)).rowcount
store.commit()
print(new)
