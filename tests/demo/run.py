#!/usr/bin/env python3
"""The demo: mergeq on a sample monorepo, with some 40 changes of six authors arriving at a lively rate.

    tests/demo/run.py --mergeq build/dev/mergeq            until Ctrl-C; more changes keep coming
    tests/demo/run.py --mergeq build/dev/mergeq --once     ends by itself

With --once the exit code is 0 only if every change became what it should, every state that the trunk was
moved to passes its checks again in a clean clone, and `mergeq audit` agrees.
"""

import argparse
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import endless  # noqa: E402
import judge  # noqa: E402
import make_monorepo  # noqa: E402
from server import TERMINAL, Server, write_configuration  # noqa: E402

INTERVAL_S = 0.6


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mergeq", required=True, type=Path, help="the executable")
    parser.add_argument("--once", action="store_true", help="end when every change is terminal")
    parser.add_argument("--port", type=int, default=0, help="of the dashboard; any free one by default")
    parser.add_argument("--slots", type=int, default=4)
    parser.add_argument("--changes", type=int, default=1000, help="only the first so many")
    parser.add_argument("--pace", type=float, default=1.0, help="seconds that each check takes beside its work")
    parser.add_argument("--limit", type=float, default=600.0, help="seconds after which --once gives up")
    parser.add_argument("--keep", type=Path, help="work here and leave it behind")
    return parser.parse_args()


class Watch:
    """Prints what happens to the changes, as it happens."""

    SIGNS = {"landed": "+", "rejected": "x", "cancelled": "o", "superseded": "o"}

    def __init__(self, server):
        self.server = server
        self.began = time.monotonic()
        self.states = {}

    def say(self, text):
        print(f"{time.monotonic() - self.began:6.1f} s  {text}", flush=True)

    def look(self):
        """Reads all changes; prints those whose state is new. Returns them."""
        changes = self.server.all("changes")
        for one in reversed(changes):
            if self.states.get(one["id"]) == one["state"]:
                continue
            self.states[one["id"]] = one["state"]
            if one["state"] in TERMINAL:
                why = f": {one['reason_text'][:100]}" if one["state"] != "landed" else ""
                sign = self.SIGNS[one["state"]]
                self.say(f"{sign} {one['state']:<9} {one['id']:<8} {one['author']:<5} {one['title']}{why}")
        return changes


def enqueue(server, watch, one, ids):
    body = {"head": one["ref"], "title": one["title"], "author": one["author"], "number": str(one["number"])}
    if "priority" in one:
        body["priority"] = one["priority"]
    answer = server.call("POST", "/queues/main/changes", body)
    ids[one["number"]] = answer["id"]
    watch.say(f"  enqueued  {answer['id']:<8} {one['author']:<5} {one['title']}")
    if one.get("action") == "cancel":
        server.call("DELETE", f"/changes/{answer['id']}")
    if one.get("action") == "revise":
        server.call("PATCH", f"/changes/{answer['id']}", {"head": one["revise"]})


def play(server, watch, listed, once, limit):
    """Sends the changes in, then waits until all are terminal. Returns ids by number, and the changes."""
    ids = {}
    for one in listed:
        enqueue(server, watch, one, ids)
        watch.look()
        time.sleep(INTERVAL_S)
    end = time.monotonic() + limit
    while not once or time.monotonic() < end:
        changes = watch.look()
        if all(c["state"] in TERMINAL for c in changes):
            return ids, changes
        time.sleep(0.5)
    return ids, changes


def run(options, directory):
    listed = make_monorepo.make(directory)[: options.changes]
    configuration = write_configuration(directory, options.port, options.slots)
    with Server(options.mergeq, directory, configuration, options.pace) as server:
        watch = Watch(server)
        print(f"\nThe dashboard: {server.url}\n", flush=True)
        ids, changes = play(server, watch, listed, options.once, options.limit)
        if not options.once:
            watch.say(f"all {len(changes)} are terminal; more keep coming. Ctrl-C ends the demo")
            return endless.keep_coming(server, watch, directory)
        findings = judge.outcomes(listed, ids, changes)
        for change in changes:
            if change["state"] not in TERMINAL:
                findings.append(json.dumps(server.call("GET", f"/changes/{change['id']}/explanation")))
        builds = server.all("builds")
    findings += judge.trunk_states(directory)
    findings += judge.audit(options.mergeq, configuration)
    judge.summary(changes, builds, time.monotonic() - watch.began)
    for finding in findings:
        print(f"WRONG: {finding}")
    print("the demo went as it should" if not findings else f"{len(findings)} findings")
    return 1 if findings else 0


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    directory = options.keep or Path(tempfile.mkdtemp(prefix="mergeq-demo-"))
    directory.mkdir(parents=True, exist_ok=True)
    code = 1
    try:
        code = run(options, directory.resolve())
    except KeyboardInterrupt:
        print("\nended")
        code = 0
    except subprocess.CalledProcessError as error:
        print(f"WRONG: {error}")
    finally:
        if options.keep or (code == 1 and options.once):
            print(f"left for a look: {directory} (serve.log, data/logs)")
        else:
            shutil.rmtree(directory, ignore_errors=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
