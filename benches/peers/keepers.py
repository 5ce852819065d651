"""Programs that keep versions of files, each with the commands for what people want of it.

A command that a program does not have is a text that says so.
"""

import json

from measure import run
from simulated import configure


class Keeper:
    def __init__(self, directory):
        self.directory, self.tree, self.store = directory, directory / "tree", directory / "store"
        self.tree.mkdir(parents=True)
        self.environment = {"HOME": str(directory), "USER": "a", **self.variables()}
        self.oldest = {}
        for command in self.preparations():
            self.run(command)

    def variables(self):
        return {}

    def run(self, command):
        return run(command, self.tree, self.environment)

    def keep(self, name, document):
        """Keeps one more version of a document and returns what each process cost."""
        (self.tree / name).write_bytes(document)
        costs = [self.run(command) for command in self.commands(name)]
        if name not in self.oldest:
            self.oldest[name] = self.newest(costs[-1].output)
        return costs


class Git(Keeper):
    def variables(self):
        someone = {f"GIT_{role}_{field}": "a" for role in ("AUTHOR", "COMMITTER") for field in ("NAME", "EMAIL")}
        return {**someone, "GIT_CONFIG_NOSYSTEM": "1", "GIT_DIR": str(self.store), "GIT_WORK_TREE": str(self.tree)}

    def preparations(self):
        return [["git", "init", "-q"]]

    def commands(self, name):
        return [["git", "add", name], ["git", "commit", "-qm", name]]

    def newest(self, output):
        return self.run(["git", "rev-parse", "HEAD"]).output.strip()

    def upkeep(self):
        return ["git", "gc", "-q", "--aggressive", "--prune=now"]

    def read(self, name):
        return ["git", "show", f"{self.oldest[name]}:{name}"]

    def search(self, phrase):
        return ["git", "log", "--format=%h", "-S", phrase]

    def verify(self):
        return ["git", "fsck", "--full", "--no-progress"]

    def restore(self, name, target):
        return ["git", f"--work-tree={target}", "restore", "-s", self.oldest[name], "--", name]


class Fossil(Keeper):
    def preparations(self):
        return [["fossil", "init", "-A", "a", self.store], ["fossil", "open", "-f", self.store]]

    def commands(self, name):
        add = [] if name in self.oldest else [["fossil", "add", name]]
        return [*add, ["fossil", "commit", "--no-warnings", "--allow-older", "-m", name, name]]

    def newest(self, output):
        return output.rsplit("New_Version:", 1)[1].split()[0]

    def upkeep(self):
        return ["fossil", "rebuild", "--compress", "--vacuum", self.store]

    def read(self, name):
        return ["fossil", "cat", "-r", self.oldest[name], name]

    def search(self, phrase):
        return "finds no Chinese"

    def verify(self):
        return ["fossil", "test-integrity", "-R", self.store]

    def restore(self, name, target):
        return ["sh", "-c", 'fossil cat -r "$1" "$2" >"$3"', "sh", self.oldest[name], name, target / name]


class Restic(Keeper):
    def variables(self):
        return {"RESTIC_PASSWORD": "a", "RESTIC_REPOSITORY": str(self.store)}

    def preparations(self):
        return [["restic", "init"]]

    def commands(self, name):
        return [["restic", "backup", "--json", "--compression", "max", name]]

    def newest(self, output):
        return json.loads(output.splitlines()[-1])["snapshot_id"]

    def upkeep(self):
        return ["restic", "prune"]

    def read(self, name):
        return ["restic", "dump", self.oldest[name], f"/{name}"]

    def search(self, phrase):
        return "only by file names"

    def verify(self):
        return ["restic", "check", "--read-data"]

    def restore(self, name, target):
        return ["restic", "restore", self.oldest[name], "--target", target]


class Borg(Keeper):
    def variables(self):
        return {"BORG_REPO": str(self.store), "BORG_BASE_DIR": str(self.directory)}

    def preparations(self):
        self.count = 0
        return [["borg", "init", "-e", "none"]]

    def commands(self, name):
        self.count += 1
        return [["borg", "create", "-C", "zstd,19", f"::{self.count}", name]]

    def newest(self, output):
        return str(self.count)

    def upkeep(self):
        return ["borg", "compact"]

    def read(self, name):
        return ["borg", "extract", "--stdout", f"::{self.oldest[name]}", name]

    def search(self, phrase):
        return "no command"

    def verify(self):
        return ["borg", "check", "--verify-data"]

    def restore(self, name, target):
        return ["env", "-C", target, "borg", "extract", f"::{self.oldest[name]}", name]


class Draftkeep(Keeper):
    """The others are handed a file; draftkeep asks the platform for the draft that changed."""

    def __init__(self, directory, draftkeep, platform):
        self.draftkeep, self.platform = draftkeep, platform
        super().__init__(directory)

    def preparations(self):
        return []

    def commands(self, media_id):
        self.config = configure(self.store, self.platform, [media_id])
        return [[self.draftkeep, "poll", "--all", "--no-pictures", "--config", self.config]]

    def newest(self, output):
        return 1

    def with_archive(self, *words):
        return [self.draftkeep, *words, "--config", self.config]

    def upkeep(self):
        return self.with_archive("compact")

    def read(self, media_id):
        return self.with_archive("show", f"{media_id}@1", "--format", "json")

    def search(self, phrase):
        return self.with_archive("search", "--limit", "0", phrase)

    def verify(self):
        return self.with_archive("verify")

    def restore(self, media_id, target):
        return self.with_archive("restore", f"{media_id}@1", "--apply", "--to", target / "draft")


OTHERS = {"git": Git, "fossil": Fossil, "restic": Restic, "borg": Borg}
