#!/usr/bin/env python3
"""Kills the service (SIGKILL) at random moments while changes are in flight, and starts it again each time.

    tests/end_to_end/recovery.py --mergeq build/dev/mergeq [--kills 50] [--changes 30]

Ends with exit code 0 only if every acknowledged change is terminal, none landed twice, everything that was
to land has landed, no process of a build is left, and `mergeq audit` is clean. The seed is MERGEQ_SEED, or 1.
"""

import argparse
import collections
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "demo"))

from server import TERMINAL, Server, free_port  # noqa: E402

MARK = f"mergeq-recovery-check-{os.getpid()}"  # in the command line of every check, to find what is left of it


def git(cwd, *arguments):
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(cwd),
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_AUTHOR_NAME": "t",
        "GIT_AUTHOR_EMAIL": "t@example.invalid",
        "GIT_COMMITTER_NAME": "t",
        "GIT_COMMITTER_EMAIL": "t@example.invalid",
    }
    run = subprocess.run(["git", *arguments], cwd=cwd, env=environment, check=True, capture_output=True, text=True)
    return run.stdout.strip()


def make_repository(directory, changes):
    """Ten folders of which each change edits one; every seventh change is bad and says so in its tree."""
    work = directory / "work"
    work.mkdir()
    git(work, "init", "-q", "-b", "main")
    for number in range(10):
        folder = work / f"part{number}"
        folder.mkdir()
        (folder / "file").write_text("\n" * 40)
    git(work, "add", "-A")
    git(work, "commit", "-q", "-m", "begin")
    for number in range(changes):
        git(work, "checkout", "-q", "-b", f"change/{number}", "main")
        name = "bad" if number % 7 == 3 else f"file-{number}"
        (work / f"part{number % 10}" / name).write_text(f"{number}\n")
        git(work, "add", "-A")
        git(work, "commit", "-q", "-m", f"change {number}")
    git(work, "checkout", "-q", "main")
    git(work, "clone", "-q", "--bare", ".", str(directory / "repository.git"))


def write_configuration(directory):
    check = "sleep 0.$((RANDOM % 5 + 2)); test -z \"$(ls -d */bad 2>/dev/null)\""
    path = directory / "mergeq.toml"
    path.write_text(
        f"""[server]
listen = "127.0.0.1:{free_port()}"
database = "sqlite:mergeq.db"
data_directory = "data"

[auth]
anonymous = "admin"

[[queue]]
name = "main"
repository = "{directory / 'repository.git'}"
branch = "main"
slots = 4

[[queue.check]]
name = "tree"
scope = "tree"
command = ["bash", "-c", '''{check}''', "{MARK}"]
timeout = "30s"

[queue.runner]
kind = "local"
"""
    )
    return path


def left_over():
    """Pids of checks that still run."""
    found = subprocess.run(["pgrep", "-f", f"{MARK}$"], capture_output=True, text=True)
    return found.stdout.split()


def enqueue(server, number):
    """Tries until it is acknowledged: a request that was cut off may or may not have counted."""
    while True:
        try:
            return server.call("POST", "/queues/main/changes", {"head": f"refs/heads/change/{number}"})["id"]
        except (OSError, urllib.error.URLError):
            if server.process.poll() is not None:
                server.start()


def run(options, directory, dice):
    make_repository(directory, options.changes)
    configuration = write_configuration(directory)
    ids, kills = {}, 0
    with Server(options.mergeq, directory, configuration, 0) as server:
        for number in range(options.changes):
            ids[number] = enqueue(server, number)
        while kills < options.kills:
            time.sleep(dice.uniform(0.0, 0.5))
            server.kill()
            kills += 1
            server.start()
            if all(c["state"] in TERMINAL for c in server.all("changes")):
                # All settled early: more of them keep the rest of the kills honest.
                for number in range(len(ids), len(ids) + 10):
                    add_change(directory, number)
                    ids[number] = enqueue(server, number)
        print(f"{kills} kills while {len(ids)} changes were in flight", flush=True)
        changes = settle(server, options.limit)
    return judge(options, directory, configuration, ids, changes)


def add_change(directory, number):
    work = directory / "work"
    git(work, "checkout", "-q", "-b", f"change/{number}", "main")
    (work / f"part{number % 10}" / f"file-{number}").write_text(f"{number}\n")
    git(work, "add", "-A")
    git(work, "commit", "-q", "-m", f"change {number}")
    git(work, "push", "-q", str(directory / "repository.git"), f"change/{number}")


def settle(server, limit):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        changes = server.all("changes")
        if all(c["state"] in TERMINAL for c in changes):
            break
        time.sleep(0.2)
    return changes


def judge(options, directory, configuration, ids, changes):
    wrong = []
    by_id = {c["id"]: c for c in changes}
    for number, change_id in sorted(ids.items()):
        change = by_id.get(change_id)
        if change is None:
            wrong.append(f"{change_id}: acknowledged and lost")
            continue
        bad = number % 7 == 3 and number < options.changes
        expected = "rejected" if bad else "landed"
        if change["state"] != expected:
            wrong.append(f"{change_id}: expected {expected}, is {change['state']}: {change['reason_text']}")
    log = git(directory / "repository.git", "log", "--first-parent", "--format=%B", "main")
    landed = collections.Counter(line.split()[1] for line in log.splitlines() if line.startswith("Mergeq-Change:"))
    wrong += [f"{one} landed {times} times" for one, times in landed.items() if times > 1]
    for pid in left_over():
        wrong.append(f"process {pid} of a build is left")
    audit = subprocess.run([options.mergeq, "audit", "--config", configuration], capture_output=True, text=True)
    print((audit.stdout + audit.stderr).strip())
    if audit.returncode:
        wrong.append(f"audit: exit code {audit.returncode}")
    states = collections.Counter(c["state"] for c in changes)
    print(", ".join(f"{n} {s}" for s, n in states.items()))
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mergeq", required=True, type=Path)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--changes", type=int, default=30)
    parser.add_argument("--limit", type=float, default=120.0, help="seconds to settle in after the last kill")
    options = parser.parse_args()
    options.mergeq = options.mergeq.resolve()
    seed = os.environ.get("MERGEQ_SEED", "1")
    print(f"seed {seed}", flush=True)
    directory = Path(tempfile.mkdtemp(prefix="mergeq-recovery-"))
    wrong = run(options, directory, random.Random(seed))
    for finding in wrong:
        print(f"WRONG: {finding}")
    if wrong:
        print(f"left for a look: {directory}")
        return 1
    shutil.rmtree(directory)
    print("nothing lost, nothing twice, nothing left")
    return 0


if __name__ == "__main__":
    sys.exit(main())
