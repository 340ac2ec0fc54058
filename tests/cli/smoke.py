#!/usr/bin/env python3
"""The command line from outside: each command once on a real server, exit codes, and what audit finds.

    smoke.py MERGEQ      the executable
"""
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

MERGEQ = pathlib.Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 else None
QUIET = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null",
         "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.com",
         "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.com"}


def git(directory, *arguments):
    return subprocess.run(["git", "-C", directory, *arguments], check=True, capture_output=True, text=True,
                          env={**os.environ, **QUIET}).stdout.strip()


class Place:
    """A folder with a repository (its check: no file named `bad`), and mergeq in it."""

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="mergeq-cli-"))
        self.repository = self.directory / "repo"
        subprocess.run(["git", "init", "-q", "-b", "main", self.repository], check=True)
        self.commit("main", "README", "hello")
        git(self.repository, "checkout", "-q", "--detach")
        self.server = None

    def commit(self, branch, name, text):
        heads = git(self.repository, "branch", "--list", branch, "main")
        if heads:
            git(self.repository, "checkout", "-q", *(["-B", branch, "main"] if branch != "main" else ["main"]))
        (self.repository / name).write_text(text)
        git(self.repository, "add", "-A")
        git(self.repository, "commit", "-q", "-m", f"add {name}")
        git(self.repository, "checkout", "-q", "--detach")

    def configure(self, more=""):
        (self.directory / "mergeq.toml").write_text(
            '[server]\nlisten = "127.0.0.1:0"\n[auth]\nanonymous = "admin"\n' + more +
            '[[queue]]\nname = "main"\nrepository = "repo"\nslots = 2\n'
            '[[queue.check]]\nname = "sound"\ncommand = ["test", "!", "-e", "bad"]\n')

    def run(self, *arguments, timeout=60):
        if self.server and arguments[0] in ("enqueue", "status", "explain", "conflicts", "cancel"):
            arguments = (*arguments, "--server", self.url)
        return subprocess.run([MERGEQ, *arguments], cwd=self.directory, capture_output=True, text=True,
                              timeout=timeout)

    def serve(self):
        with open(self.directory / "serve.log", "ab") as log:
            self.server = subprocess.Popen([MERGEQ, "serve", "--json"], cwd=self.directory, text=True,
                                           stdout=subprocess.PIPE, stderr=log)
        line = self.server.stdout.readline()
        if not line:
            raise AssertionError((self.directory / "serve.log").read_text())
        self.url = json.loads(line)["url"].rstrip("/")

    def stop(self):
        """Seconds that a graceful stop took, and the exit code."""
        began = time.monotonic()
        self.server.send_signal(signal.SIGTERM)
        code = self.server.wait(timeout=30)
        self.server.stdout.close()
        self.server = None
        return time.monotonic() - began, code

    def close(self):
        if self.server:
            self.server.kill()
            self.server.wait()
            self.server.stdout.close()
        shutil.rmtree(self.directory, ignore_errors=True)


class Case(unittest.TestCase):
    def setUp(self):
        self.place = Place()
        self.addCleanup(self.place.close)

    def expect(self, code, run):
        self.assertEqual(run.returncode, code, f"{run.args}\n{run.stdout}\n{run.stderr}")
        return run


class WithoutServer(Case):
    def test_help_teaches_and_wrong_usage_is_2(self):
        self.assertIn("mergeq enqueue my-branch", self.expect(0, self.place.run("--help")).stdout)
        for command in ("init", "check-config", "serve", "token", "enqueue", "status", "explain", "cancel",
                        "conflicts",
                        "audit", "simulate", "footprint", "targets"):
            help_text = self.expect(0, self.place.run(command, "--help")).stdout
            self.assertIn("Examples:", help_text)
            self.assertIn("Exit codes:", help_text)
        self.expect(2, self.place.run("enqeue", "x"))
        self.expect(2, self.place.run("enqueue"))
        self.expect(2, self.place.run("status", "--no-such-option"))
        self.expect(2, self.place.run("enqueue", "x", "--priority", "highest"))

    def test_init_writes_what_check_config_accepts_and_never_overwrites(self):
        self.expect(0, self.place.run("init", "--repository", "repo"))
        self.expect(0, self.place.run("check-config"))
        before = (self.place.directory / "mergeq.toml").read_bytes()
        run = self.expect(2, self.place.run("init", "--repository", "repo"))
        self.assertIn("exists already", run.stderr)
        self.assertEqual((self.place.directory / "mergeq.toml").read_bytes(), before)

    def test_init_outside_of_a_repository_says_so(self):
        run = self.expect(2, self.place.run("init"))
        self.assertIn("expected a git repository", run.stderr)

    def test_a_wrong_configuration_starts_nothing(self):
        (self.place.directory / "mergeq.toml").write_text('[[queue]]\nname = "main"\nrepository = "nowhere"\n')
        run = self.expect(2, self.place.run("serve"))
        self.assertIn("mergeq.toml:3: queue.repository: expected a git repository", run.stderr)
        self.assertIn("mergeq.toml:1: queue.check: expected at least one", run.stderr)
        self.assertFalse((self.place.directory / "mergeq.db").exists())
        answer = json.loads(self.expect(2, self.place.run("check-config", "--json")).stdout)
        self.assertEqual((answer["ok"], len(answer["errors"])), (False, 2))
        self.expect(2, self.place.run("serve", "--config", "missing.toml"))

    def test_without_a_server_clients_say_3_and_what_to_do(self):
        run = self.expect(3, self.place.run("status", "--server", "http://127.0.0.1:9"))
        self.assertIn("mergeq serve", run.stderr)
        self.expect(2, self.place.run("status", "--server", "ftp://x"))
        self.expect(2, self.place.run("status", "--token-file", "missing"))

    def test_targets_and_footprint_need_no_server(self):
        self.place.configure()
        self.place.commit("main", "Cargo.toml", '[package]\nname = "thing"\n')
        self.place.commit("change", "lib.rs", "fn main() {}\n")
        answer = json.loads(self.expect(0, self.place.run("targets", "--json")).stdout)
        self.assertEqual([(one["name"], one["files"]) for one in answer["targets"]], [("cargo:thing", 2)])
        self.assertIn("cargo:thing", self.expect(0, self.place.run("targets", answer["tree"])).stdout)
        answer = json.loads(self.expect(0, self.place.run("footprint", "change", "--json")).stdout)
        self.assertEqual(answer["targets"], [{"name": "cargo:thing", "reason": "owns_path", "text": "owns lib.rs"}])
        self.assertIn("owns lib.rs", self.expect(0, self.place.run("footprint", "change")).stdout)
        self.expect(2, self.place.run("footprint", "no-such-branch"))
        self.expect(2, self.place.run("targets", "--queue", "other"))

    def test_a_graph_from_a_program(self):
        self.place.configure()
        (self.place.directory / "graph.json").write_text('{"targets": [{"name": "all", "paths": ["**"]}]}')
        text = (self.place.directory / "mergeq.toml").read_text()
        graph = self.place.directory / "graph.json"
        (self.place.directory / "mergeq.toml").write_text(
            text.replace("slots = 2\n", f'slots = 2\ntargets_command = ["cat", "{graph}"]\n'))
        answer = json.loads(self.expect(0, self.place.run("targets", "--json")).stdout)
        self.assertEqual([one["name"] for one in answer["targets"]], ["all"])
        graph.write_text("[]")
        self.assertIn("expected an object", self.expect(0, self.place.run("targets")).stdout)

    def test_conflicts_of_two_heads_need_no_server(self):
        self.place.configure()
        self.place.commit("one", "README", "one")
        self.place.commit("two", "README", "two")
        self.place.commit("three", "other", "three")
        said = self.expect(0, self.place.run("conflicts", "one", "two")).stdout
        self.assertIn("their texts do not merge: README", said)
        self.assertIn("README (one: lines 1; two: lines 1)", said)
        found = json.loads(self.expect(0, self.place.run("conflicts", "one", "two", "--json")).stdout)
        self.assertEqual((found["kind"], found["textual_paths"], found["probability"]), ("textual", ["README"], None))
        self.assertEqual(found["paths"][0]["a_lines"], [{"first": 1, "count": 1}])
        apart = json.loads(self.expect(0, self.place.run("conflicts", "one", "three", "--json")).stdout)
        self.assertEqual(apart["textual_paths"], [])
        self.expect(2, self.place.run("conflicts", "one", "no-such-branch"))
        self.expect(2, self.place.run("conflicts", "one", "two", "--queue", "other"))

    def test_a_token_is_shown_once_and_its_hash_is_accepted(self):
        run = self.expect(0, self.place.run("token", "--name", "alice", "--queue", "main"))
        self.assertTrue(run.stdout.startswith("mq_"))
        self.assertNotIn(run.stdout.strip(), run.stderr)
        begin, end = run.stderr.index("[[token]]"), run.stderr.index("\n\nThe token")
        (self.place.directory / "tokens.toml").write_text(run.stderr[begin:end] + "\n")
        self.place.configure('tokens_file = "tokens.toml"\n')
        self.expect(0, self.place.run("check-config"))

    def test_audit_without_a_database_is_2(self):
        self.place.configure()
        self.expect(2, self.place.run("audit"))


class WithServer(Case):
    def setUp(self):
        super().setUp()
        self.place.commit("good", "good", "1")
        self.place.commit("worse", "bad", "1")
        self.place.configure()
        self.place.serve()

    def land(self, branch="good"):
        return json.loads(self.expect(0, self.place.run("enqueue", branch, "--wait", "--json")).stdout)

    def test_a_change_goes_through_and_each_command_tells(self):
        change = self.land()
        self.assertEqual(change["state"], "landed")
        rejected = self.expect(1, self.place.run("enqueue", "worse", "--wait"))
        self.assertIn("build_failed", rejected.stdout)
        self.assertIn("queue main: branch main", self.expect(0, self.place.run("status")).stdout)
        self.assertIn("landed", self.expect(0, self.place.run("status", change["id"])).stdout)
        self.assertIn("landed", self.expect(0, self.place.run("explain", change["id"])).stdout)
        self.assertIn("too late", self.expect(1, self.place.run("cancel", change["id"])).stderr)
        self.expect(3, self.place.run("explain", "main-999"))
        self.assertIn("main-998", self.expect(3, self.place.run("conflicts", "main-998", "main-999")).stderr)
        self.expect(3, self.place.run("enqueue", "no-such-branch"))
        self.assertIn("all is well", self.expect(0, self.place.run("audit")).stdout)

    def test_a_second_server_on_the_database_is_refused_by_the_holders_name(self):
        run = self.expect(2, self.place.run("serve"))
        self.assertIn(str(self.place.server.pid), run.stderr)

    def test_sigterm_stops_within_5_seconds_and_audit_needs_no_server(self):
        self.land()
        seconds, code = self.place.stop()
        self.assertEqual(code, 0)
        self.assertLess(seconds, 6)
        self.expect(0, self.place.run("audit"))


class Tampered(WithServer):
    """audit finds what somebody changed behind mergeq's back."""

    def setUp(self):
        super().setUp()
        self.change = self.land()
        self.place.stop()

    def finds(self, text):
        answer = json.loads(self.expect(1, self.place.run("audit", "--json")).stdout)
        findings = answer["queues"][0]["findings"]
        self.assertTrue(any(text in finding for finding in findings), findings)

    def test_a_certificate_that_is_gone(self):
        git(self.place.repository, "notes", "--ref=mergeq", "remove", self.change["landed_commit"])
        self.finds("has no certificate")

    def test_a_certificate_of_another_tree(self):
        commit = self.change["landed_commit"]
        note = json.loads(git(self.place.repository, "notes", "--ref=mergeq", "show", commit))
        note["tree"] = "0" * 40
        git(self.place.repository, "notes", "--ref=mergeq", "add", "-f", "-m", json.dumps(note), commit)
        self.finds("certified was the tree 0000")

    def test_a_commit_that_nobody_certified(self):
        self.place.commit("main", "sneaked", "in")
        self.finds("pushed by somebody else")

    def test_a_landed_change_that_the_read_model_forgot(self):
        with sqlite3.connect(self.place.directory / "mergeq.db") as database:
            table = next(name for (name,) in database.execute("select name from sqlite_master where type = 'table'")
                         if "change" in name)
            database.execute(f"update {table} set state = 'rejected' where id = ?", (self.change["id"],))
        self.finds("the read model calls it rejected")

    # The cases of a healthy server are WithServer's alone.
    test_a_change_goes_through_and_each_command_tells = None
    test_a_second_server_on_the_database_is_refused_by_the_holders_name = None
    test_sigterm_stops_within_5_seconds_and_audit_needs_no_server = None


if __name__ == "__main__":
    unittest.main(verbosity=2)
