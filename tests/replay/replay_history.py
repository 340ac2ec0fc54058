#!/usr/bin/env python3
"""Replays the last merges of a real history through a running mergeq, over HTTP.

    tests/replay/replay_history.py --mergeq build/dev/mergeq --source REPOSITORY_OR_BUNDLE [--merges 200]

Makes a repository whose trunk stands before the last N merges of the source, starts the service on it
(local runner, a check that judges the tree), enqueues the heads of those merges in their order, waits
until every change is terminal, and prints what landed, what was rejected and why, how long it took, how
far the result is from the history's own, and what `mergeq audit` says. Exit code 1 if a change is left
over, the audit finds something, or the trunk's tree fails the check.
"""

import argparse
import collections
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from datetime import datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
TERMINAL = {"landed", "rejected", "cancelled", "superseded"}


def git(*args, cwd=None):
    environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
    return subprocess.run(
        ["git", *map(str, args)], cwd=cwd, env=environment, check=True, capture_output=True, text=True
    ).stdout.strip()


def make_repository(source, where, merges):
    """A bare repository with the trunk before the last merges; the heads of those, oldest first."""
    git("clone", "--quiet", "--bare", source, where)
    rows = git("rev-list", "--first-parent", "--merges", f"--max-count={merges}", "--parents", "main", cwd=where)
    lines = [line.split() for line in rows.splitlines()][::-1]
    two_parents = [line for line in lines if len(line) == 3]
    end = two_parents[-1][0]
    git("update-ref", "refs/heads/history", end, cwd=where)
    git("update-ref", "refs/heads/main", two_parents[0][1], cwd=where)
    for number, (_, _, head) in enumerate(two_parents, start=1):
        git("update-ref", f"refs/heads/change/{number}", head, cwd=where)
    return [head for _, _, head in two_parents]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def write_configuration(directory, repository, port, slots):
    path = directory / "mergeq.toml"
    path.write_text(
        f"""[server]
listen = "127.0.0.1:{port}"
database = "sqlite:mergeq.db"

[auth]
anonymous = "admin"

[[queue]]
name = "main"
repository = "{repository}"
branch = "main"
slots = {slots}

[[queue.check]]
name = "tree"
scope = "tree"
command = ["python3", "{HERE / 'check_tree.py'}"]
timeout = "2m"

[queue.runner]
kind = "local"
"""
    )
    return path


def call(url, body=None, attempts=50):
    for attempt in range(attempts):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code != 503:
                return {"error": error.code, "problem": json.load(error)}
        except (urllib.error.URLError, ConnectionError):
            pass
        time.sleep(0.2)
    raise SystemExit(f"{url}: no answer")


def all_changes(base):
    items, cursor = [], ""
    while True:
        page = call(f"{base}/changes?limit=100{cursor}")
        items += page["items"]
        if not page["next_cursor"]:
            return items
        cursor = f"&cursor={page['next_cursor']}"


def quantile(values, q):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))] if ordered else 0.0


def seconds_between(change):
    at = [datetime.fromisoformat(change[k].replace("Z", "+00:00")) for k in ("enqueued_at", "finished_at")]
    return (at[1] - at[0]).total_seconds()


def report(changes, refused, elapsed, builds):
    states = collections.Counter(c["state"] for c in changes)
    print(f"\n{len(changes)} changes in {elapsed:.1f} s: " + ", ".join(f"{n} {s}" for s, n in states.most_common()))
    for number, answer in refused:
        print(f"  not accepted: change/{number}: {answer['problem'].get('detail')}")
    reasons = collections.Counter(c["reason"] for c in changes if c["state"] == "rejected")
    for reason, count in reasons.most_common():
        print(f"  rejected, {reason}: {count}")
    for change in changes:
        if change["state"] == "rejected":
            print(f"    {change['id']} {change['title'][:40]}: {change['reason_text'][:150]}")
    waits = [seconds_between(c) for c in changes if c["state"] == "landed"]
    print(
        f"  turnaround of the landed: P50 {quantile(waits, 0.5):.1f} s, P95 {quantile(waits, 0.95):.1f} s; "
        f"builds: {builds}"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mergeq", required=True, help="the executable")
    parser.add_argument("--source", required=True, help="a repository or bundle with a branch main")
    parser.add_argument("--merges", type=int, default=200)
    parser.add_argument("--slots", type=int, default=2)
    parser.add_argument("--limit", type=float, default=1200.0, help="seconds after which it gives up")
    options = parser.parse_args()

    directory = Path(tempfile.mkdtemp(prefix="mergeq-replay-"))
    repository = directory / "repository.git"
    heads = make_repository(Path(options.source).resolve(), repository, options.merges)
    print(f"{len(heads)} merges; trunk at {git('rev-parse', '--short', 'main', cwd=repository)}")
    port = free_port()
    configuration = write_configuration(directory, repository, port, options.slots)
    log = open(directory / "serve.log", "wb")
    server = subprocess.Popen(
        [Path(options.mergeq).resolve(), "serve", "--config", configuration], stdout=log, stderr=log, cwd=directory
    )
    good = False
    try:
        base = f"http://127.0.0.1:{port}/api/v1/queues/main"
        call(base)
        began = time.monotonic()
        refused = []
        for number in range(1, len(heads) + 1):
            answer = call(f"{base}/changes", {"head": f"refs/heads/change/{number}", "author": f"a{number % 17}"})
            if "error" in answer:
                refused.append((number, answer))
        enqueued = time.monotonic() - began
        print(f"enqueued in {enqueued:.1f} s")
        while time.monotonic() - began < options.limit:
            changes = all_changes(base)
            done = sum(c["state"] in TERMINAL for c in changes)
            print(f"\r{done} of {len(changes)} are terminal", end="", flush=True)
            if done == len(changes):
                break
            time.sleep(1.0)
        elapsed = time.monotonic() - began
        builds = 0
        cursor = ""
        while True:
            page = call(f"{base}/builds?limit=100{cursor}")
            builds += len(page["items"])
            if not page["next_cursor"]:
                break
            cursor = f"&cursor={page['next_cursor']}"
        report(changes, refused, elapsed, builds)
        left = [c["id"] for c in changes if c["state"] not in TERMINAL]
        differing = git("diff", "--name-only", "history", "main", cwd=repository).splitlines()
        print(f"  paths that differ from the history's own tip: {len(differing)}")
        audit = subprocess.run(
            [Path(options.mergeq).resolve(), "audit", "--config", configuration], capture_output=True, text=True
        )
        print("audit: " + (audit.stdout + audit.stderr).strip())
        clone = directory / "clone"
        git("clone", "--quiet", "--branch", "main", repository, clone)
        tree = subprocess.run(["python3", HERE / "check_tree.py"], cwd=clone)
        good = not left and audit.returncode == 0 and tree.returncode == 0
        for change in left:
            print("left over:", json.dumps(call(f"http://127.0.0.1:{port}/api/v1/changes/{change}/explanation")))
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=20)
        if good:
            shutil.rmtree(directory)
        else:
            print(f"kept for a look: {directory}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
