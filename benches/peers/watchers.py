"""Programs that watch web pages, told to watch drafts.

As installed, they call every draft changed at every look: the platform signs links anew and writes fields in any order. So they are told
to sort the fields and to leave out the links, or to take only the fields that an author writes.
"""

import json
import re
import socket
import time
import urllib.request

from measure import Cost, Daemon, run


def write_jobs(file, requests, filters):
    """Writes a list of jobs for urlwatch or webchanges: YAML, of which JSON is a part."""
    jobs = [
        {"name": f"draft {number}", "url": url, "method": "POST", "data": body, **({"filter": filters} if filters else {})}
        for number, (url, body) in enumerate(requests)
    ]
    file.write_text("\n---\n".join(map(json.dumps, jobs)))


def reported(output):
    """How many changes the report of urlwatch or webchanges lists."""
    return len(re.findall(r"^\d+\. CHANGED:", output, re.MULTILINE))


class Urlwatch:
    name, filters = "urlwatch", [{"format-json": 1}, {"grepi": '"url":'}]

    def __init__(self, venv, directory, requests, is_told):
        directory.mkdir()
        write_jobs(directory / "jobs.yaml", requests, self.filters if is_told else None)
        self.command = self.options(venv / "bin" / self.name, directory)
        self.environment = {"HOME": str(directory)}

    def options(self, program, directory):
        files = {"--urls": "jobs.yaml", "--config": "config.yaml", "--hooks": "hooks.py", "--cache": "cache.db"}
        return [program, *(word for option, file in files.items() for word in (option, directory / file))]

    def look(self):
        cost = run(self.command, environment=self.environment)
        if re.search(r"^\d+\. ERROR:", cost.output, re.MULTILINE):
            raise SystemExit(f"{self.name} reports errors:\n{cost.output[:2000]}")
        self.changes = reported(cost.output)
        return cost

    def stop(self):
        pass


class Webchanges(Urlwatch):
    name, filters = "webchanges", [{"format-json": {"indentation": 1, "sort_keys": True}}, {"delete_lines_containing": '"url":'}]

    def options(self, program, directory):
        files = {"--jobs": "jobs.yaml", "--config": "config.yaml", "--database": "snapshots.db"}
        return [program, *(word for option, file in files.items() for word in (option, directory / file))]


class Changedetection:
    """changedetection.io is a daemon: it is told over its API to look at once."""

    name = "changedetection.io"
    filters = {"include_filters": [f"json:$.news_item[*].{field}" for field in ("title", "author", "digest", "content")]}

    def __init__(self, venv, directory, requests=(), is_told=True):
        self.directory, self.number, self.port = directory, len(requests), free_port()
        self.command = [venv / "bin/changedetection.io", "-d", directory, "-p", str(self.port), "-C"]
        self.environment = {"ALLOW_IANA_RESTRICTED_ADDRESSES": "true", "DISABLE_VERSION_CHECK": "true"}
        self.start()
        if requests:
            for example in self.call("watch"):
                self.call(f"watch/{example}", method="DELETE")
            for url, body in requests:
                self.watch(url, body, self.filters if is_told else {})
            self.wait_for_look(1)

    def start(self):
        self.daemon = Daemon(self.command, self.environment)
        self.daemon.wait_until(self.answers, "an answer over HTTP")
        settings = json.loads((self.directory / "changedetection.json").read_text())
        self.key = settings["settings"]["application"]["api_access_token"]

    def answers(self):
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=60).status == 200
        except OSError:
            return False

    def call(self, path, body=None, method=None):
        data = None if body is None else json.dumps(body).encode()
        headers = {"x-api-key": self.key, "content-type": "application/json"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/api/v1/{path}", data, headers, method=method)
        answer = urllib.request.urlopen(request, timeout=120).read()
        return json.loads(answer) if answer else None

    def watch(self, url, body, filters):
        self.call("watch", {"url": url, "method": "POST", "body": body, "time_between_check": {"weeks": 50}, **filters})

    def wait_for_look(self, since):
        """Waits until each draft was looked at. Asking for that costs the daemon something too, so it is asked seldom."""
        self.daemon.wait_until(lambda: self.are_looked_at(since), "a look at all drafts", pause=2)

    def are_looked_at(self, since):
        watches = self.call("watch").values()
        failed = next((watch["last_error"] for watch in watches if watch["last_error"]), None)
        if failed:
            raise SystemExit(f"changedetection.io reports an error: {failed}")
        self.changes = sum(watch["last_changed"] >= since for watch in watches)
        return len(watches) == self.number and all(watch["last_checked"] >= since for watch in watches)

    def look(self):
        time.sleep(1)  # It counts in whole seconds.
        since, began, cpu = int(time.time()), time.monotonic(), self.daemon.cpu()
        self.call("watch?recheck_all=1")
        self.wait_for_look(since)
        return Cost(self.daemon.cpu() - cpu, time.monotonic() - began, self.daemon.memory())

    def stop(self):
        self.daemon.stop()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


ALL = [Urlwatch, Webchanges, Changedetection]
