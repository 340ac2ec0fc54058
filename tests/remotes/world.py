"""A remote repository, a queue that works on it, and an outside CI that reports: with the verbs of the cases."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "demo"))

from server import Server, free_port  # noqa: E402

LINES = "".join(f"line {number}\n" for number in range(1, 21))
SECRET = "s3cr3t-of-this-test"


class Failed(Exception):
    pass


def check(condition, words):
    if not condition:
        raise Failed(words)


class World:
    """The repository has f1 to f9 of 20 lines on main; the branches a, b, c edit f1, f2, f3 in their first line."""

    def __init__(self, mergeq, name):
        self.mergeq = mergeq
        self.directory = Path(tempfile.mkdtemp(prefix=f"mergeq-{name}-"))
        self.repository = self.directory / "remote.git"
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.directory), "GIT_CONFIG_NOSYSTEM": "1"}
        self.git("init", "-q", "-b", "main", "--bare", str(self.repository), at=self.directory)
        self.before = self.commit("main", {"f0": "begin\n"})
        self.start_tip = self.commit("main", {f"f{i}": LINES for i in range(1, 10)})
        for number, branch in enumerate("abc", 1):
            self.commit(branch, {f"f{number}": f"{branch}\n" + LINES.split("\n", 1)[1]})
        self.server = None
        self.ended = []  # what is to be stopped

    def git(self, *arguments, at=None, stdin=None, may_fail=False):
        run = subprocess.run(["git", *arguments], cwd=at or self.repository, env=self.environment, input=stdin,
                             capture_output=True, text=True)
        if run.returncode and not may_fail:
            raise Failed(f"git {' '.join(arguments)}: {run.stderr}")
        return run.stdout.strip()

    def commit(self, branch, files, base="main"):
        """One commit more on the branch, made off `base` if it is new. Goes past hooks, as somebody else's."""
        exists = self.git("rev-parse", "-q", "--verify", f"refs/heads/{branch}", may_fail=True)
        parent = exists or self.git("rev-parse", "-q", "--verify", f"refs/heads/{base}", may_fail=True)
        text = f"commit refs/heads/{branch}\nmark :1\ncommitter T <t@example.invalid> {int(time.time())} +0000\n"
        text += f"data {len(branch)}\n{branch}\n" + (f"from {parent}\n" if parent else "")
        for path, content in files.items():
            text += f"M 100644 inline {path}\ndata {len(content)}\n{content}\n"
        return self.git("fast-import", "--quiet", "--force", stdin=text + "\nget-mark :1\n")

    def tip(self, ref="refs/heads/main"):
        return self.git("rev-parse", "-q", "--verify", ref, may_fail=True)

    def build_refs(self):
        return self.git("for-each-ref", "--format=%(refname)", "refs/mergeq/builds/").split()

    def hook(self, name, script):
        path = self.repository / "hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def unhook(self, name):
        (self.repository / "hooks" / name).unlink()

    def serve(self, url=None, remote="", slots=2, guarantee="exact"):
        """`mergeq serve` for this remote; `remote` are lines of [queue.remote]."""
        path = self.directory / "mergeq.toml"
        path.write_text(
            f"""[server]
listen = "127.0.0.1:{free_port()}"
database = "sqlite:mergeq.db"
data_directory = "data"
[auth]
anonymous = "admin"
[[queue]]
name = "main"
repository = "{url or f'file://{self.repository}'}"
slots = {slots}
guarantee = "{guarantee}"
[queue.remote]
poll = "1s"
{remote}
[[queue.check]]
name = "unit"
[queue.runner]
kind = "external"
"""
        )
        self.server = Server(self.mergeq, self.directory, path, 0)
        self.server.environment["MERGEQ_TEST_TOKEN"] = SECRET
        self.server.start()

    def api(self, method, path, body=None):
        """Status and document."""
        data = json.dumps(body).encode() if body is not None else None
        headers = {"Content-Type": "application/json"} if data else {}
        request = urllib.request.Request(f"{self.server.url}/api/v1{path}", data=data, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def enqueue(self, head):
        """Again where the remote was too slow, as the answer says: a busy machine is no fault."""
        for _ in range(5):
            status, change = self.api("POST", "/queues/main/changes", {"head": head})
            if status != 503:
                break
        check(status in (200, 201), f"enqueue {head}: {status} {change}")
        return change["id"]

    def queue(self):
        return self.api("GET", "/queues/main")[1]

    def change(self, change):
        return self.api("GET", f"/changes/{change}")[1]

    def text_of(self, change, what):
        return json.dumps(self.api("GET", f"/changes/{change}/{what}")[1])

    def problem(self, kind):
        return next((p for p in self.queue()["problems"] if p["kind"] == kind), None)

    def builds(self, *states):
        items = self.api("GET", "/queues/main/builds?limit=100")[1]["items"]
        return [b for b in items if not states or b["state"] in states]

    def wait(self, what, condition, limit=60.0):
        """What the condition gives, as soon as that is something."""
        end = time.monotonic() + limit
        while time.monotonic() < end:
            if found := condition():
                return found
            time.sleep(0.05)
        raise Failed(f"waited {limit} s for: {what}\nqueue: {json.dumps(self.queue())[:3000]}")

    def build_of(self, change, but=()):
        """Its build that can be reported, whose ref the remote has."""
        def open_build():
            for build in self.builds("requested", "running"):
                if build["change"] == change and build["id"] not in but:
                    return build
            return None
        build = self.wait(f"a build of {change}", open_build)
        at = self.tip(build["ref"])
        check(at == build["commit"], f"{build['id']} is requested, and {build['ref']} is at {at or 'nothing'}")
        return build

    def report(self, build, verdict="passed"):
        status, answer = self.api("POST", f"/builds/{build['id']}/result", {"verdict": verdict})
        check(status == 200, f"result of {build['id']}: {status} {answer}")

    def becomes(self, change, state):
        self.wait(f"{change} to be {state}", lambda: self.change(change)["state"] == state)
        return self.change(change)

    def audit(self):
        run = subprocess.run([self.mergeq, "audit", "--config", self.server.configuration], capture_output=True,
                             text=True, env=self.server.environment)
        check(run.returncode == 0, f"audit: {run.returncode}: {run.stdout}{run.stderr}")

    def has_no_secret(self):
        """Nothing on disk but the credentials' own files, nothing on a page."""
        for folder in ("data", "serve.log", "mergeq.db", "mergeq.db-wal", "mergeq.toml"):
            found = subprocess.run(["grep", "-rlF", SECRET, self.directory / folder], capture_output=True, text=True)
            check(not found.stdout, f"the secret stands in {found.stdout}")
        check(SECRET not in json.dumps(self.queue()), "the secret is in the queue's document")

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if self.server and self.server.process:
            self.server.stop()
        for one in self.ended:
            one.stop()
        if kind is None:
            shutil.rmtree(self.directory)
        else:
            print(f"left for a look: {self.directory}")
