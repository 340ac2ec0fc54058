#!/usr/bin/env python3
"""The sample monorepo keeps its promises: what should pass passes, what should fail really fails."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import make_monorepo


class MonorepoTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="mergeq-monorepo-")
        root = Path(cls.folder.name)
        cls.changes = make_monorepo.make(root)
        cls.clone = root / "clone"
        cls.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(root),
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_AUTHOR_NAME": "t",
            "GIT_AUTHOR_EMAIL": "t@example.invalid",
            "GIT_COMMITTER_NAME": "t",
            "GIT_COMMITTER_EMAIL": "t@example.invalid",
            "MONOREPO_CACHE": str(root / "cache"),
        }
        cls.run_in(root, "git", "clone", "-q", "monorepo.git", "clone")

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def run_in(cls, folder, *command):
        return subprocess.run(command, cwd=folder, env=cls.environment, capture_output=True, text=True)

    def merged(self, *refs):
        """Checks out the trunk with these changes merged; whether they merge."""
        self.run_in(self.clone, "git", "checkout", "-q", "--detach", "-f", "origin/main")
        for ref in refs:
            name = ref.replace("refs/heads/", "origin/")
            if self.run_in(self.clone, "git", "merge", "-q", "--no-edit", name).returncode:
                self.run_in(self.clone, "git", "merge", "--abort")
                return False
        return True

    def failures(self):
        """Names of the checks that fail on what is checked out, after their retries."""
        failed = []
        for check in make_monorepo.CHECKS:
            command = [c for c in check["command"] if c != "{targets}"]
            runs = (self.run_in(self.clone, *command) for _ in range(1 + check["retries"]))
            if all(run.returncode for run in runs):
                failed.append(check["name"])
        return failed

    def chosen(self, **wanted):
        return [c for c in self.changes if all(c.get(k) == v for k, v in wanted.items())]

    def test_everything_that_should_land_passes_together(self):
        refs = [c.get("revise", c["ref"]) for c in self.chosen(expect="landed")]
        self.assertGreater(len(refs), 25)
        self.assertTrue(self.merged(*refs))
        self.assertEqual(self.failures(), [])

    def test_each_broken_change_fails_alone(self):
        for one in self.chosen(expect="rejected"):
            with self.subTest(one["title"]):
                self.assertTrue(self.merged(one["ref"]))
                self.assertNotEqual(self.failures(), [])

    def test_a_change_that_will_be_revised_fails_before(self):
        for one in self.chosen(action="revise"):
            self.assertTrue(self.merged(one["ref"]))
            self.assertNotEqual(self.failures(), [])

    def test_changes_at_odds_pass_alone_and_never_together(self):
        groups = sorted({c["group"] for c in self.changes if c.get("group")})
        self.assertEqual(groups, ["note", "owner", "rename"])
        for group in groups:
            first, second = self.chosen(group=group)
            with self.subTest(group):
                for one in (first, second):
                    self.assertTrue(self.merged(one["ref"]))
                    self.assertEqual(self.failures(), [])
                clean = self.merged(first["ref"], second["ref"])
                self.assertEqual(clean, group != "owner")
                if clean:
                    self.assertNotEqual(self.failures(), [])

    def test_the_flaky_change_fails_first_and_passes_then(self):
        (one,) = self.chosen(flaky=True)
        Path(self.environment["MONOREPO_CACHE"]).unlink(missing_ok=True)
        self.assertTrue(self.merged(one["ref"]))
        command = ["ci/check", "unit", "py-labels"]
        self.assertNotEqual(self.run_in(self.clone, *command).returncode, 0)
        self.assertEqual(self.run_in(self.clone, *command).returncode, 0)


if __name__ == "__main__":
    unittest.main()
