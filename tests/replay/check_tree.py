#!/usr/bin/env python3
"""Judges the tree in the current directory by itself, whatever language it holds.

Fails, naming each finding, on: conflict markers, two paths that differ only in case, a symbolic link that
leads nowhere, a Java or Kotlin file beside another of the same name and the other language, and an empty
tree.
"""

import os
import re
import sys
from pathlib import Path

MARKER = re.compile(rb"^(<{7} |>{7} |={7}$)", re.MULTILINE)


def files():
    for directory, names, entries in os.walk("."):
        names[:] = [n for n in names if n != ".git"]
        for entry in entries:
            yield Path(directory, entry)


def findings():
    by_case = {}
    count = 0
    for path in sorted(files()):
        count += 1
        other = by_case.setdefault(str(path).casefold(), path)
        if other != path:
            yield f"{path}: differs from {other} only in case"
        if path.is_symlink():
            if not path.exists():
                yield f"{path}: a symbolic link that leads nowhere"
            continue
        content = path.read_bytes()
        opened = [m.group(1)[:7] for m in MARKER.finditer(content)]
        if b"<" * 7 in opened and b">" * 7 in opened:
            yield f"{path}: conflict markers"
    sources = [p for p in files() if p.suffix in {".java", ".kt"}]
    types = {}
    for path in sources:
        key = (path.parent, path.stem)
        other = types.setdefault(key, path)
        if other != path:
            yield f"{path}: the same type as {other}"
    if count == 0:
        yield "the tree is empty"


def main():
    bad = list(findings())
    for finding in bad:
        print(finding)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
