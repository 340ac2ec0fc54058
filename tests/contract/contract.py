#!/usr/bin/env python3
"""Holds api/openapi.yaml against the running server: every call is made, every answer is what it says.

    tests/contract/contract.py --mergeq build/dev/mergeq

The document is taken from the server itself (/api/v1/openapi.json). A status that a call does not document, an
answer that does not fit its schema or has a member that is not described, and a documented call that this test
never makes are all failures.
"""

import argparse
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from urllib.parse import urlsplit

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "demo"))

from schema import Schemas  # noqa: E402
from server import Server, free_port  # noqa: E402

OPTIONS = argparse.Namespace()
GENERIC_SECRET = "another secret of this test"


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
    work = directory / "work"
    work.mkdir()
    git(work, "init", "-q", "-b", "main")
    for number in range(changes):
        (work / f"f{number}").write_text("one\n")
    git(work, "add", "-A")
    git(work, "commit", "-q", "-m", "begin")
    for number in range(changes):
        git(work, "checkout", "-q", "-b", f"c{number}", "main")
        (work / f"f{number}").write_text("two\n")
        git(work, "commit", "-q", "-a", "-m", f"change {number}")
    git(work, "clone", "-q", "--bare", ".", str(directory / "repository.git"))


def write_configuration(directory):
    queue = """
[[queue]]
name = "{name}"
repository = "{repository}"
branch = "{branch}"
slots = 3

[[queue.check]]
name = "unit"
{command}timeout = "5m"

[queue.runner]
kind = "{runner}"
"""
    repository = directory / "repository.git"
    git(repository, "branch", "other", "main")
    path = directory / "mergeq.toml"
    path.write_text(
        f"""[server]
listen = "127.0.0.1:{free_port()}"
database = "sqlite:mergeq.db"
data_directory = "data"

[auth]
anonymous = "admin"

[webhooks]
generic_secret_env = "MERGEQ_TEST_GENERIC"
"""
        + queue.format(name="main", repository=repository, branch="main", command="", runner="external")
        + queue.format(
            name="own", repository=repository, branch="other", runner="local", command='command = ["echo", "hi"]\n'
        )
    )
    return path


class ContractTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="mergeq-contract-")
        directory = Path(cls.folder.name)
        make_repository(directory, 12)
        os.environ["MERGEQ_TEST_GENERIC"] = GENERIC_SECRET
        cls.server = Server(OPTIONS.mergeq, directory, write_configuration(directory), 0)
        cls.server.start()
        cls.document = json.loads(cls.raw("GET", "/api/v1/openapi.json")[2])
        cls.schemas = Schemas(cls.document)
        cls.made = set()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        cls.folder.cleanup()

    @classmethod
    def raw(cls, method, path, body=None, headers=None):
        """Status, content type, bytes."""
        connection = http.client.HTTPConnection(urlsplit(cls.server.url).netloc, timeout=20)
        connection.request(method, path, body=body, headers=headers or {})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, answer.headers.get_content_type(), content

    def operation(self, method, path):
        """The documented template and operation of a path."""
        path = path.split("?")[0]
        for template, item in self.document["paths"].items():
            pattern = re.sub(r"\{\w+\}", "[^/]+", template)
            if re.fullmatch(pattern, path) and method.lower() in item:
                return template, item[method.lower()]
        self.fail(f"{method} {path} is not documented")

    def check(self, method, path, status, content_type, content):
        template, operation = self.operation(method, path)
        self.made.add((method.lower(), template))
        responses = operation["responses"]
        self.assertTrue(str(status) in responses or (status >= 400 and "default" in responses),
                        f"{method} {path}: status {status} is not documented: {content[:300]}")
        response = self.schemas.resolve(responses.get(str(status), responses.get("default")))
        described = response.get("content", {})
        if not described:
            return None
        self.assertIn(content_type, described, f"{method} {path}: {status}")
        if not content_type.endswith("json"):
            return content.decode()
        value = json.loads(content)
        problems = list(self.schemas.problems(described[content_type]["schema"], value))
        self.assertEqual(problems, [], f"{method} {path}: {status}")
        names = self.schemas.described(described[content_type]["schema"])
        if names:
            self.assertEqual(set(value) - names, set(), f"{method} {path}: members that are not described")
        return value

    def call(self, method, path, body=None, expect=None, **headers):
        """Makes a call, holds its answer against the document, and gives it back."""
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        sent = {"Content-Type": "application/json"} if data is not None else {}
        sent.update({k.replace("_", "-"): v for k, v in headers.items()})
        status, content_type, content = self.raw(method, path, data, sent)
        if expect:
            self.assertEqual(status, expect, f"{method} {path}: {content[:300]}")
        return self.check(method, path, status, content_type, content)

    def enqueue(self, branch, queue="main", **more):
        return self.call("POST", f"/api/v1/queues/{queue}/changes", {"head": f"refs/heads/c{branch}", **more}, 201)

    def wait_for(self, ask):
        end = time.monotonic() + 20
        while time.monotonic() < end:
            answer = ask()
            if answer:
                return answer
            time.sleep(0.05)
        self.fail("did not come about within 20 s")

    def requested(self, change):
        builds = self.call("GET", "/api/v1/queues/main/builds?limit=100", expect=200)["items"]
        return next((b for b in builds if b["change"] == change["id"] and b["state"] == "requested"), None)

    def test_1_a_change_from_its_enqueueing_to_its_landing(self):
        change = self.enqueue(0, title="caf\u00e9", author="ana", number=7, priority="high", url="https://example.invalid/7")
        build = self.wait_for(lambda: self.requested(change))
        for what in ("", "/timeline", "/explanation", "/footprint"):
            self.call("GET", f"/api/v1/changes/{change['id']}{what}", expect=200)
        for what in ("", "/graph", "/plan", "/builds?state=requested", "/changes?author=ana&state=building"):
            self.call("GET", f"/api/v1/queues/main{what}", expect=200)
        between = "/api/v1/queues/main/conflicts?a=" + change["id"]
        self.call("GET", between, expect=422)
        self.call("GET", between + "&b=main-999", expect=404)
        self.call("POST", f"/api/v1/builds/{build['id']}/start", {}, 200)
        self.call("GET", f"/api/v1/builds/{build['id']}", expect=200)
        passed = {"verdict": "passed", "url": None, "duration_s": 1.5, "more": [1]}
        self.call("POST", f"/api/v1/builds/{build['id']}/result", passed, 200)
        landed = lambda: self.call("GET", f"/api/v1/changes/{change['id']}", expect=200)["state"] == "landed"
        self.wait_for(landed)
        self.call("POST", f"/api/v1/builds/{build['id']}/result", {"verdict": "passed"}, 200)
        self.call("POST", f"/api/v1/builds/{build['id']}/result", {"verdict": "failed"}, 409)
        self.call("GET", f"/api/v1/changes/{change['id']}/explanation", expect=200)
        self.call("DELETE", f"/api/v1/changes/{change['id']}", expect=200)
        self.call("PATCH", f"/api/v1/changes/{change['id']}", {"head": "refs/heads/c1"}, 409)

    def test_2_cancel_revise_pause_and_patch(self):
        change = self.enqueue(1)
        self.call("PATCH", f"/api/v1/changes/{change['id']}", {"head": "refs/heads/c2"}, 200)
        answer = self.call("DELETE", f"/api/v1/changes/{change['id']}", expect=200)
        self.assertEqual(answer["state"], "cancelled")
        self.call("POST", "/api/v1/queues/main/pause", {"reason": "lunch"}, 200)
        self.call("POST", "/api/v1/queues/main/resume", {}, 200)
        self.call("PATCH", "/api/v1/queues/main", {"slots": 2, "order": "strict", "guarantee": "exact"}, 200)
        self.call("PATCH", "/api/v1/queues/main", {"checks": []}, 422)
        self.call("PATCH", "/api/v1/queues/main", {"slots": "8"}, 422)
        self.call("PATCH", "/api/v1/queues/main", {"slots": 3, "order": "soft", "guarantee": "independent"}, 200)

    def test_3_a_local_build_has_a_log(self):
        change = self.enqueue(3, "own")
        landed = lambda: self.call("GET", f"/api/v1/changes/{change['id']}", expect=200)["state"] == "landed"
        self.wait_for(landed)
        build = self.call("GET", "/api/v1/queues/own/builds", expect=200)["items"][0]
        self.assertIn("hi", self.call("GET", f"/api/v1/builds/{build['id']}/log", expect=200))
        self.call("POST", f"/api/v1/builds/{build['id']}/result", {"verdict": "failed"}, 409)

    def test_4_bad_input_is_a_problem_document_and_changes_nothing(self):
        changes = "/api/v1/queues/main/changes"
        before = len(self.call("GET", changes + "?limit=100", expect=200)["items"])
        self.call("POST", changes, b"{", 400)
        self.call("POST", changes, b'{"head": "\xff"}', 400)
        self.call("POST", changes, b"[" * 100_000, 400)
        self.call("POST", changes, b"", 413, Content_Length=str(2 << 20))  # told before it is sent
        self.call("POST", changes, {"head": "refs/heads/c4"}, 415, Content_Type="text/plain")
        self.call("POST", changes, {"head": "refs/heads/c4"}, 403, Origin="http://evil.example")
        heads = ["", "--upload-pack=x", "a b", "a;id", "$(id)", "../../x", "main..a", "main@{1}", ":/fix", "x" * 10_000]
        for head in [*heads, "a\u0000b", "no-such-branch", 7, None, "f" * 40]:
            self.call("POST", changes, {"head": head}, 422)
        for more in ({"priority": "max"}, {"number": -1}, {"number": 1.5}, {"url": "javascript:x"}, {"depends_on": ["main-99"]}):
            self.call("POST", changes, {"head": "refs/heads/c4", **more}, 422)
        for query in ("limit=0", "limit=-1", "limit=1000000000", "limit=abc", "cursor=abc", "state=asleep"):
            self.call("GET", f"{changes}?{query}", expect=422)
        for path in ("/queues/none", "/changes/main-999", "/changes/x", "/builds/main-b999", "/builds/x/log"):
            self.call("GET", "/api/v1" + path, expect=404)
        self.call("GET", "/api/v1/queues", expect=421, Host="evil.example:8080")
        self.assertEqual(len(self.call("GET", changes + "?limit=100", expect=200)["items"]), before)

    def test_5_one_key_makes_one_change(self):
        path = "/api/v1/queues/main/changes"
        first = self.call("POST", path, {"head": "refs/heads/c5"}, 201, Idempotency_Key="k1")
        again = self.call("POST", path, {"head": "refs/heads/c5"}, Idempotency_Key="k1")
        self.assertEqual(again["id"], first["id"])
        self.call("POST", path, {"head": "refs/heads/c6"}, 409, Idempotency_Key="k1")
        twin = self.call("POST", path, {"head": "refs/heads/c5"})
        self.assertEqual(twin["id"], first["id"])

    def test_6_pages_hold_each_change_once(self):
        for number in (7, 8, 9):
            self.enqueue(number)
        seen, cursor = [], ""
        while True:
            page = self.call("GET", f"/api/v1/queues/main/changes?limit=2{cursor}", expect=200)
            seen += [c["id"] for c in page["items"]]
            if not page["next_cursor"]:
                break
            cursor = f"&cursor={page['next_cursor']}"
        self.assertEqual(len(seen), len(set(seen)))
        whole = self.call("GET", "/api/v1/queues/main/changes?limit=100", expect=200)["items"]
        self.assertEqual(seen, [c["id"] for c in whole])

    def test_7_the_event_stream_begins_and_resets(self):
        for last in ("999999999", "nonsense"):
            event = self.first_event({"Last-Event-ID": last})
            self.assertIn("event: reset", event)
        self.assertIn("id: ", self.first_event({"Last-Event-ID": "1"}))
        self.made.add(("get", "/api/v1/events"))

    def first_event(self, headers):
        connection = http.client.HTTPConnection(urlsplit(self.server.url).netloc, timeout=10)
        connection.request("GET", "/api/v1/events", headers=headers)
        answer = connection.getresponse()
        self.assertEqual((answer.status, answer.headers.get_content_type()), (200, "text/event-stream"))
        text = b""
        while b"data:" not in text:
            text += answer.readline()
        connection.close()
        return text.decode()

    def test_8_webhooks_and_operation(self):
        import hashlib
        import hmac

        body = json.dumps({"action": "enqueue", "queue": "main", "head": "refs/heads/c10"}).encode()
        digest = "sha256=" + hmac.new(GENERIC_SECRET.encode(), body, hashlib.sha256).hexdigest()
        signed = {"X_Mergeq_Signature_256": digest, "X_Mergeq_Delivery": "d1"}
        answer = self.call("POST", "/webhooks/generic", body, 200, **signed)
        self.assertEqual(answer["outcome"], "enqueued")
        self.call("POST", "/webhooks/generic", body, 200, **signed)
        self.call("POST", "/webhooks/generic", body + b" ", 401, **signed)
        self.call("POST", "/webhooks/github", body, 401, X_GitHub_Event="ping", X_GitHub_Delivery="d2")
        for path in ("/healthz", "/readyz", "/metrics", "/api/v1/queues", "/api/v1/openapi.json"):
            self.call("GET", path, expect=200)

    def test_9_no_documented_call_was_left_out(self):
        verbs = ("get", "put", "post", "patch", "delete")
        documented = {(v, t) for t, item in self.document["paths"].items() for v in verbs if v in item}
        self.assertEqual(documented - self.made, set())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mergeq", required=True, type=Path)
    parser.parse_args(namespace=OPTIONS)
    unittest.main(argv=[sys.argv[0]])
