#!/usr/bin/env python3
"""Make a large repository of a small one, for measuring: its tree many times over, and its newest merges in one of them.

usage: grow_repository.py SOURCE NEW.git [--files N] [--merges N]

NEW.git (bare) gets a tree of about N files: copies of SOURCE's tip, 20 to a directory, the last of them alive. Each of
SOURCE's newest merges of two parents becomes one of NEW.git: the same base, sides and result, below the living copy.
"""
import argparse
import os
import subprocess

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("source")
parser.add_argument("new")
parser.add_argument("--files", type=int, default=200_000)
parser.add_argument("--merges", type=int, default=500)
arguments = parser.parse_args()

IDENTITY = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", "A Tester"), ("EMAIL", "tester@example.invalid"), ("DATE", "1700000000 +0000"))}


def git(repository: str, *command: str, text: str = "") -> str:
    done = subprocess.run(["git", "--git-dir", repository, *command], input=text, capture_output=True, text=True,
                          check=True, env={**os.environ, **IDENTITY})
    return done.stdout.strip()


source = git(arguments.source, "rev-parse", "--absolute-git-dir")
subprocess.run(["git", "init", "-q", "--bare", "-b", "main", arguments.new], check=True)
with open(os.path.join(arguments.new, "objects/info/alternates"), "w", encoding="utf-8") as alternates:
    alternates.write(os.path.join(source, "objects") + "\n")

tip_tree = git(source, "rev-parse", "HEAD^{tree}")
files_in_one = len(git(source, "ls-tree", "-r", "--name-only", "HEAD").splitlines())
copies = max(1, arguments.files // files_in_one)
areas = []
for first in range(0, copies - 1, 20):
    copy_rows = "".join(f"040000 tree {tip_tree}\tcopy{n:04}\n" for n in range(first, min(first + 20, copies - 1)))
    areas.append(f"040000 tree {git(arguments.new, 'mktree', text=copy_rows)}\tarea{first // 20:03}\n")


def grown(tree: str) -> str:
    return git(arguments.new, "mktree", text="".join(areas) + f"040000 tree {tree}\tliving\n")


def commit(tree: str, *parents: str) -> str:
    return git(arguments.new, "commit-tree", grown(tree), "-m", "grown", *(f"-p{parent}" for parent in parents))


trunk = commit(tip_tree)
made = 0
rows = git(source, "log", "--min-parents=2", "--max-parents=2", "--format=%P %T", "HEAD").splitlines()
for row in rows:
    ours, theirs, result = row.split()
    bases = git(source, "merge-base", "--all", ours, theirs).split()
    trees = [git(source, "rev-parse", f"{each}^{{tree}}") for each in (*bases, ours, theirs)]
    if len(bases) != 1 or len(set(trees)) != 3:
        continue
    base_commit = commit(trees[0], trunk)
    trunk = commit(result, commit(trees[1], base_commit), commit(trees[2], base_commit))
    made += 1
    if made == arguments.merges:
        break
git(arguments.new, "update-ref", "refs/heads/main", trunk)
print(f"{arguments.new}: {copies * files_in_one} files, {made} merges")
