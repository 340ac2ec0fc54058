#!/usr/bin/env python3
"""Sends GitHub's own example payloads, signed, to the running service; then takes one change from its opened
pull request to landed by webhooks alone.

    tests/webhooks/webhooks.py --mergeq build/dev/mergeq --examples web/node_modules/@octokit/webhooks-examples

The payloads are those of the npm package @octokit/webhooks-examples (web/package.json pins it). None may give
a 5xx; a wrong signature gets 401; what is delivered twice counts once.
"""

import argparse
import copy
import hashlib
import hmac
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "demo"))

from server import Server, free_port  # noqa: E402

SECRET = "a secret of this test"
PROJECT = "Codertocat/Hello-World"  # whose payloads the examples are
OPTIONS = argparse.Namespace()


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


def make_repository(directory):
    """A trunk and one change on it; the change's commit."""
    work = directory / "work"
    work.mkdir()
    git(work, "init", "-q", "-b", "main")
    (work / "file").write_text("one\n")
    git(work, "add", "-A")
    git(work, "commit", "-q", "-m", "begin")
    git(work, "checkout", "-q", "-b", "change")
    (work / "file").write_text("two\n")
    git(work, "commit", "-q", "-a", "-m", "a change \N{ROCKET}")
    head = git(work, "rev-parse", "HEAD")
    git(work, "checkout", "-q", "main")
    git(work, "clone", "-q", "--bare", ".", str(directory / "repository.git"))
    return head


def write_configuration(directory):
    path = directory / "mergeq.toml"
    path.write_text(
        f"""[server]
listen = "127.0.0.1:{free_port()}"
database = "sqlite:mergeq.db"
data_directory = "data"

[[queue]]
name = "main"
repository = "{directory / 'repository.git'}"
branch = "main"
slots = 2

[[queue.check]]
name = "unit"
timeout = "5m"

[[queue.check]]
name = "lint"
timeout = "5m"

[queue.runner]
kind = "external"

[queue.forge]
kind = "github"
project = "{PROJECT}"
label = "merge"
webhook_secret_env = "MERGEQ_TEST_SECRET"
"""
    )
    return path


def examples():
    """Every payload as (event, body)."""
    index = json.loads((OPTIONS.examples / "api.github.com" / "index.json").read_text())
    return [(event["name"], example) for event in index for example in event["examples"]]


class WebhooksTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="mergeq-webhooks-")
        cls.directory = Path(cls.folder.name)
        cls.head = make_repository(cls.directory)
        os.environ["MERGEQ_TEST_SECRET"] = SECRET
        cls.server = Server(OPTIONS.mergeq, cls.directory, write_configuration(cls.directory), 0)
        cls.server.start()
        cls.deliveries = 0

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        cls.folder.cleanup()

    def deliver(self, event, body, signature=None, delivery=None):
        """Status and parsed answer."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        type(self).deliveries += 1
        digest = "sha256=" + hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": delivery or f"delivery-{self.deliveries}",
            "X-Hub-Signature-256": digest if signature is None else signature,
        }
        request = urllib.request.Request(f"{self.server.url}/webhooks/github", data=raw, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def pull(self, action, **changes):
        """The examples' pull request, opened for our change."""
        body = copy.deepcopy(next(b for e, b in examples() if e == "pull_request" and b["action"] == "opened"))
        body["action"] = action
        pull = body["pull_request"]
        pull["head"]["sha"] = self.head
        pull["base"]["ref"] = "main"
        pull["draft"] = False
        pull["updated_at"] = f"2026-01-01T00:00:{len(changes):02d}Z"
        pull.update(changes)
        return body

    def check_run(self, build, name, conclusion):
        body = copy.deepcopy(next(b for e, b in examples() if e == "check_run"))
        body["action"] = "completed"
        run = body["check_run"]
        run.update(head_sha=build["commit"], name=name, status="completed", conclusion=conclusion)
        run["id"] += self.deliveries
        return body

    def wait_for(self, what, ask):
        end = time.monotonic() + 20
        while time.monotonic() < end:
            answer = ask()
            if answer:
                return answer
            time.sleep(0.05)
        self.fail(f"{what} did not come about within 20 s")

    def test_1_no_example_gives_a_fault_of_the_server(self):
        count = 0
        for event, body in examples():
            status, answer = self.deliver(event, body)
            self.assertLess(status, 500, f"{event}: {answer}")
            self.assertIn(status, (200, 202, 401, 422), f"{event}: {answer}")
            count += 1
        self.assertGreater(count, 150)

    def test_2_pull_requests_and_check_runs_of_the_project_are_taken(self):
        for event, body in examples():
            if event in ("pull_request", "check_run", "status"):
                if body["repository"]["full_name"] == PROJECT:
                    self.assertEqual(self.deliver(event, body)[0], 200, event)

    def test_3_a_wrong_signature_gets_401_and_changes_nothing(self):
        body = self.pull("labeled", labels=[{"name": "merge"}])
        empty = "sha256=" + hmac.new(b"", json.dumps(body).encode(), hashlib.sha256).hexdigest()
        for signature in ("", "sha256=", "sha256=" + "0" * 64, "sha1=" + "0" * 40, empty, "nonsense"):
            self.assertEqual(self.deliver("pull_request", body, signature)[0], 401, signature)
        self.assertEqual(self.server.call("GET", "/queues/main/changes")["items"], [])

    def test_4_one_change_goes_from_opened_to_landed_by_webhooks_alone(self):
        status, answer = self.deliver("pull_request", self.pull("opened", labels=[]))
        self.assertEqual((status, answer["outcome"]), (200, "ignored"))
        labelled = self.pull("labeled", labels=[{"name": "merge"}])
        status, answer = self.deliver("pull_request", labelled, delivery="same")
        self.assertEqual((status, answer["outcome"]), (200, "enqueued"))
        again = self.deliver("pull_request", labelled, delivery="same")
        self.assertEqual(again, (status, answer))
        change = answer["change"]

        def requested():
            builds = self.server.call("GET", "/queues/main/builds")["items"]
            return next((b for b in builds if b["state"] in ("requested", "running")), None)

        build = self.wait_for("a build", requested)
        ref = git(self.directory / "repository.git", "rev-parse", build["ref"])
        self.assertEqual(ref, build["commit"])
        self.deliver("check_run", self.check_run({"commit": self.head}, "unit", "success"))  # not a build of ours
        self.deliver("check_run", self.check_run(build, "unit", "success"))
        self.deliver("check_run", self.check_run(build, "elsewhere", "success"))
        self.assertNotEqual(self.server.call("GET", f"/changes/{change}")["state"], "landed")
        status, answer = self.deliver("check_run", self.check_run(build, "lint", "success"))
        self.assertEqual((status, answer["outcome"]), (200, "reported"))
        landed = lambda: self.server.call("GET", f"/changes/{change}")["state"] == "landed"
        self.wait_for("the landing", landed)
        trunk = git(self.directory / "repository.git", "show", "main:file")
        self.assertEqual(trunk, "two")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mergeq", required=True, type=Path)
    parser.add_argument("--examples", required=True, type=Path)
    parser.parse_args(namespace=OPTIONS)
    if not (OPTIONS.examples / "api.github.com" / "index.json").exists():
        raise SystemExit(f"{OPTIONS.examples}: expected the npm package; run npm ci in web/ first")
    unittest.main(argv=[sys.argv[0]])


if __name__ == "__main__":
    main()
