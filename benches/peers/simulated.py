"""The simulated platform that all contenders ask, and a configuration of draftkeep for it."""

import atexit
import json
import subprocess
import urllib.request

# No contender may meet a limit: how many calls each one needs is counted instead.
NO_LIMIT = 100_000_000


class Platform:
    """An account with an empty draft box."""

    def __init__(self, draftkeep):
        self.process = subprocess.Popen([draftkeep, "simulate"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        atexit.register(self.stop)
        printed = json.loads(self.process.stdout.readline())
        self.base, self.secret, self.appid = printed["base_url"], printed["secret"], "wx0000000000000000"
        self.control("new_account", {"appid": self.appid, "secret": self.secret, "profile": "verified"})
        for interface in ["draft/get", "draft/batchget", "draft/count", "stable_token"]:
            self.control("quota", {"interface": interface, "daily": NO_LIMIT, "minutely": NO_LIMIT})
        self.token = self.post("stable_token", {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret})["access_token"]

    def ask(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(f"{self.base}/{path}", data, timeout=60) as answer:
            return answer.read()

    def control(self, order, body=None):
        return json.loads(self.ask(f"simulator/{order}", body if body is None else {"appid": self.appid, **body}))

    def post(self, interface, body):
        return json.loads(self.ask(f"cgi-bin/{interface}", body))

    def create(self, articles):
        """Saves a new draft and returns its media_id."""
        return self.control("create", {"articles": articles})["media_id"]

    def edit(self, media_id, articles):
        for index, fields in enumerate(articles):
            self.control("edit", {"media_id": media_id, "index": index, "fields": fields})

    def draft_url(self, number=0):
        """Where a draft is asked for. Watchers tell pages apart by address: the platform ignores the number."""
        return f"{self.base}/cgi-bin/draft/get?access_token={self.token}&number={number}"

    def document(self, media_id):
        """The bytes of a draft, as the platform writes them this time."""
        return self.ask(self.draft_url().removeprefix(f"{self.base}/"), {"media_id": media_id})

    def calls(self):
        """Calls so far, by interface."""
        return self.control("state")["calls"]

    def stop(self):
        self.process.kill()
        self.process.wait()


def configure(directory, platform, drafts="all", schedule="auto"):
    """Writes a configuration into a directory and returns its path."""
    directory.mkdir(exist_ok=True)
    secret = directory / "secret"
    secret.write_text(platform.secret)
    secret.chmod(0o600)
    path = directory / "config.toml"
    path.write_text(
        f"archive = 'archive.db'\n[[account]]\nname = 'mag'\nappid = '{platform.appid}'\nsecret = {{ file = 'secret' }}\n"
        f"api_base = '{platform.base}'\ndrafts = {json.dumps(drafts)}\nschedule = '{schedule}'\nassets = 'none'\n"
    )
    return path
