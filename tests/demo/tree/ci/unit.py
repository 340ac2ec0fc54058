#!/usr/bin/env python3
"""Runs the unit tests of the Python code: of the targets given, or of all.

A target is named after its folder: `py-billing` is services/py-billing, `lib-python` is libs/python. Targets
without Python tests have nothing to run here.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def folder_of(target):
    if target == "lib-python":
        return ROOT / "libs" / "python"
    return ROOT / "services" / target


def main():
    targets = sys.argv[1:]
    folders = [folder_of(t) for t in targets] or [ROOT / "libs" / "python", *sorted((ROOT / "services").glob("py-*"))]
    environment = dict(os.environ, PYTHONDONTWRITEBYTECODE="1")
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT / "libs" / "python"), str(ROOT / "generated" / "python")])
    bad = 0
    for folder in folders:
        if not (folder / "tests").is_dir():
            continue
        print(f"== {folder.relative_to(ROOT)}", flush=True)
        run = [sys.executable, "-m", "unittest", "discover", "-q", "-s", "tests", "-t", "."]
        bad += subprocess.run(run, cwd=folder, env=environment).returncode != 0
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
