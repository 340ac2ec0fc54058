#!/usr/bin/env python3
"""The ready scripts for `targets_command` in docs/scripts, on output as the tools write it."""
import json
import pathlib
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
SCRIPTS = HERE.parents[1] / "docs" / "scripts"


def graph(script, recorded):
    answer = subprocess.run([sys.executable, SCRIPTS / script, HERE / "target_scripts" / recorded], check=True,
                            capture_output=True, text=True)
    return {one["name"]: (one["paths"], one["depends_on"]) for one in json.loads(answer.stdout)["targets"]}


class Scripts(unittest.TestCase):
    def test_nx_gives_a_target_for_each_project_without_packages_from_outside(self):
        self.assertEqual(graph("targets-nx", "nx.json"), {
            "shop": (["apps/shop/**"], ["ui"]),
            "ui": (["libs/ui/**"], ["util"]),
            "util": (["libs/util/**"], []),
        })

    def test_bazel_gives_a_target_for_each_package_and_one_for_what_macros_may_do(self):
        self.assertEqual(graph("targets-bazel", "bazel.xml"), {
            "//:bzl": (["**/*.bzl"], []),
            "//app/test": (["app/test/**"], ["//:bzl", "//lib"]),
            "//data": (["data/**"], ["//:bzl"]),
            "//lib": (["lib/**"], ["//:bzl", "//data"]),
        })


if __name__ == "__main__":
    unittest.main()
