#!/usr/bin/env python3
"""Makes the sample monorepo of the demo, with its changes as branches.

    make_monorepo.py DIRECTORY

writes DIRECTORY/monorepo.git (bare; the trunk is `main`, changes are `change/<n>`), changes.json (what each
change is and what must become of it), checks.json and targets.json (for the configuration). The same every
time: the commits' ids depend on nothing but these sources.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import changes as demo_changes  # noqa: E402
import sources  # noqa: E402

EPOCH = 1_767_225_600  # 2026-01-01
CHECKS = [
    {"name": "generated", "scope": "tree", "command": ["ci/check", "generated"], "retries": 0, "timeout": "2m"},
    {"name": "contracts", "scope": "tree", "command": ["ci/check", "contracts"], "retries": 0, "timeout": "2m"},
    {"name": "unit", "scope": "target", "command": ["ci/check", "unit", "{targets}"], "retries": 2, "timeout": "2m"},
]


class Repository:
    """A work tree that commits what it is told to."""

    def __init__(self, where):
        self.where = where
        where.mkdir(parents=True)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(where),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
        }
        self.seconds = EPOCH
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments):
        run = subprocess.run(
            ["git", *arguments], cwd=self.where, env=self.environment, capture_output=True, text=True
        )
        if run.returncode:
            raise SystemExit(f"git {' '.join(arguments)}: {run.stderr}")
        return run.stdout.strip()

    def tree(self):
        names = self.git("ls-files", "-z").split("\0")
        return {n: (self.where / n).read_text() for n in names if n}

    def apply(self, files):
        for name, text in files.items():
            path = self.where / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def generate(self):
        subprocess.run([sys.executable, "tools/generate.py"], cwd=self.where, check=True)

    def commit(self, title, author):
        self.seconds += 60
        for role in ("AUTHOR", "COMMITTER"):
            self.environment[f"GIT_{role}_NAME"] = author
            self.environment[f"GIT_{role}_EMAIL"] = f"{author}@example.invalid"
            self.environment[f"GIT_{role}_DATE"] = f"{self.seconds} +0000"
        self.git("add", "-A")
        self.git("commit", "-q", "-m", title)
        return self.git("rev-parse", "HEAD")


def make_branch(repository, name, base, edit, title, author, generate):
    repository.git("checkout", "-q", "-B", name, base)
    repository.apply(edit(repository.tree()))
    if generate:
        repository.generate()
    repository.commit(title, author)
    return f"refs/heads/{name}"


def make_changes(repository):
    listed, top = [], "main"
    for one in demo_changes.interleaved():
        edit, revised = one.pop("edit"), one.pop("revised", None)
        generate = one.pop("generate", False)
        name = f"change/{one['number']}"
        base = "main"
        if one.get("stack"):
            base = top if one["stack"] > 1 else "main"
            top = name
        one["ref"] = make_branch(repository, name, base, edit, one["title"], one["author"], generate)
        if revised:
            again = f"{name}-again"
            one["revise"] = make_branch(repository, again, "main", revised, one["title"], one["author"], False)
        listed.append(one)
    repository.git("checkout", "-q", "main")
    return listed


def make(directory):
    work = Repository(directory / "work")
    work.apply(sources.files())
    for folder in ("ci", "tools"):
        shutil.copytree(HERE / "tree" / folder, work.where / folder, ignore=shutil.ignore_patterns("__pycache__"))
    work.generate()
    work.commit("Begin the sample monorepo", "ana")
    listed = make_changes(work)
    work.git("clone", "-q", "--bare", ".", str(directory / "monorepo.git"))
    shutil.rmtree(work.where)
    for name, content in (("changes", listed), ("checks", CHECKS), ("targets", sources.targets())):
        (directory / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n")
    return listed


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    directory = Path(sys.argv[1]).resolve()
    directory.mkdir(parents=True, exist_ok=True)
    if (directory / "monorepo.git").exists():
        raise SystemExit(f"{directory}: expected a folder without a monorepo.git")
    listed = make(directory)
    print(f"{directory / 'monorepo.git'}: {len(listed)} changes")


if __name__ == "__main__":
    main()
