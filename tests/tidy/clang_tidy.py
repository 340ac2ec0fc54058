#!/usr/bin/env python3
"""Runs clang-tidy over our sources, several at once, skipping what passed before.

A source is skipped when everything that its result depends on is as it was: its own text, every header
of ours that it reaches, its compile command, .clang-tidy, and the versions of clang-tidy and of the
installed packages (the system's headers). What passed is kept as empty files named by that hash.
"""
import argparse
import concurrent.futures
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Warnings are g++'s business: clang warns of other things, of parts of g++'s own headers among them.
NOT_CLANGS = ["--extra-arg=-Wno-error", "--extra-arg=-Wno-deprecated-declarations"]
OURS = re.compile(rb'^\s*#include "([^"]+)"', re.M)


def reached(source, seen):
    """The files of ours that `source` includes, itself too."""
    if source in seen or not source.is_file():
        return
    seen.add(source)
    for name in OURS.findall(source.read_bytes()):
        reached(ROOT / name.decode(), seen)


def key_of(entry, environment):
    files = set()
    reached(pathlib.Path(entry["file"]), files)
    digest = hashlib.sha256(environment)
    # The repository's place on the disk is no part of the key.
    digest.update(entry["command"].replace(str(ROOT), "").encode())
    for file in sorted(files):
        digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def environment_of(tool):
    packages = subprocess.run(["dpkg-query", "-W"], capture_output=True, check=False).stdout
    version = subprocess.run([tool, "--version"], capture_output=True, check=True).stdout
    return hashlib.sha256(version + packages + (ROOT / ".clang-tidy").read_bytes()).digest()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, type=pathlib.Path, help="folder with compile_commands.json")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--tool", default="clang-tidy-19")
    parser.add_argument("only", nargs="*", help="only sources whose path contains one of these")
    arguments = parser.parse_args()

    entries = [e for e in json.loads((arguments.build / "compile_commands.json").read_text())
               if e["file"].endswith(".cpp") and "/build/" not in e["file"]]
    entries = list({e["file"]: e for e in entries}.values())
    if arguments.only:
        entries = [e for e in entries if any(part in e["file"] for part in arguments.only)]
    passed = ROOT / "build" / "clang-tidy-passed"
    passed.mkdir(parents=True, exist_ok=True)
    environment = environment_of(arguments.tool)
    work = [(e, key_of(e, environment)) for e in entries]
    work = [(e, key) for e, key in work if not (passed / key).exists()]
    print(f"{len(entries)} sources, {len(work)} to look at", flush=True)

    lock, bad, done = threading.Lock(), [], 0

    def look_at(entry, key):
        nonlocal done
        result = subprocess.run([arguments.tool, "--quiet", "-p", str(arguments.build), *NOT_CLANGS, entry["file"]],
                                capture_output=True, text=True, check=False)
        name = str(pathlib.Path(entry["file"]).relative_to(ROOT))
        with lock:
            done += 1
            if result.returncode == 0:
                (passed / key).touch()
            else:
                bad.append(name)
                print(f"[{done}/{len(work)}] {name}\n{result.stdout}", flush=True)
                if not result.stdout.strip():
                    print(result.stderr, flush=True)

    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for future in [pool.submit(look_at, *item) for item in work]:
            future.result()
    if bad:
        print(f"clang-tidy: {len(bad)} of {len(work)} sources need work: {' '.join(sorted(bad))}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
