#!/usr/bin/env python3
"""The rules of the sources that no compiler knows (README.md). Prints FILE:LINE: what was expected.

    tests/tidy/tidy.py [ROOT]       all rules over all files that git knows, or would
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Whose headers each folder may see (docs/decisions/0001-the-house.md). tests may see all.
CORE = {"scheduler"}
MAY_SEE = {
    "scheduler": CORE,
    "vcs": CORE | {"vcs"},
    "storage": CORE | {"storage"},
    "forges": CORE | {"forges"},
    "runners": CORE | {"vcs", "storage", "forges", "runners"},
    "service": CORE | {"vcs", "storage", "forges", "runners", "service"},
    "api": CORE | {"vcs", "storage", "forges", "runners", "service", "api", "web"},
    "web": {"web"},
    "sim": CORE | {"sim"},
    "cli": CORE | {"vcs", "storage", "forges", "runners", "service", "api", "sim", "web", "cli"},
}
# Third-party headers that stay in one folder (tests may use what they test with).
STAYS_IN = {
    r"git2(\.h|/)": {"vcs", "tests"},
    r"soci/": {"storage"},
    r"sqlite3\.h": {"storage"},
    r"httplib\.h": {"api", "cli", "tests"},
    r"xgboost/": {"scheduler/prediction"},
}
FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 70
LINE_COLUMNS_MAX = 100
README_LINES_MAX = 30
DECISION_LINES_MAX = 40

SOURCE = {".h", ".cpp"}
WEB = {".ts", ".tsx", ".mjs", ".css"}
TEXT = SOURCE | WEB | {".py", ".sh", ".cmake", ".md", ".yaml", ".toml", ".txt", ".html", ""}
# Made by tools, or by others.
NOT_OURS = re.compile(r"(^|/)(package-lock\.json|LICENSE|schema\.d\.ts|.*\.generated\..*)$|^web/src/api/schema\.ts$")
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}
# Written in halves, so that this file keeps its own rules.
FORBIDDEN = [
    (re.compile(r"\bTO" r"DO\b(?!\s*\(#\d+\))"), "no to-do without the number of its issue: TO" "DO(#12)"),
    (re.compile(r"\b(FIX" r"ME|X" r"XX)\b"), "no notes to oneself"),
    (re.compile(r"(?<![\w.<>{}*-])/(wo" r"rk|ro" r"ot|ho" r"me)/\w"), "no path of one machine"),
]
SLEEPS = re.compile(r"\bsleep_(for|until)\b|\busleep\(|\bsleep\(\d")


def include_findings(name, text):
    folder = name.split("/")[0]
    for number, line in enumerate(text.splitlines(), 1):
        ours = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if ours and folder in MAY_SEE:
            target = ours[1].split("/")[0]
            if "/" not in ours[1]:
                yield number, f'an include from the root of the repository ("{folder}/{ours[1]}")'
            elif target not in MAY_SEE[folder]:
                yield number, f"{folder}/ sees only {', '.join(sorted(MAY_SEE[folder]))}; not {target}/"
        third = re.match(r"\s*#\s*include\s+<([^>]+)>", line)
        if third:
            for pattern, homes in STAYS_IN.items():
                if re.match(pattern, third[1]) and not any(
                    name.startswith((f"{home}/", f"tests/{home}/")) for home in homes
                ):
                    yield number, f"<{third[1]}> stays in {', '.join(sorted(homes))}"
                if re.match(pattern, third[1]) and name.endswith(".h") and folder not in ("vcs", "storage", "api"):
                    yield number, f"<{third[1]}> stays in sources, out of headers"


def blanked(text):
    """The text with strings, characters and comments blanked, so that braces can be counted."""
    token = re.compile(
        r'R"(?P<d>[^()\\ ]*)\(.*?\)(?P=d)"|//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\'',
        re.S,
    )
    return token.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)


def function_findings(text):
    """Bodies outside of any other body: what opens behind `)` and is no namespace, class or initialiser."""
    clean = blanked(text)
    number, stack, inside = 1, [], False
    statement = ""
    for char in clean:
        if char == "\n":
            number += 1
        if char == "{":
            head = statement.strip()
            is_scope = re.search(r"(^|[\s;}])(namespace|class|struct|union|enum|extern)\b", head) and not re.search(
                r"\)\s*(const|noexcept|override|final|->[^;{]*|\s)*$", head)
            is_function = not inside and not is_scope and re.search(r"\)[^;=]*$", head) and head[-1:] != "="
            # TEST_SUITE holds cases, as a namespace holds functions.
            if head.startswith("TEST_SUITE"):
                is_function = False
            stack.append((is_function, number))
            inside = inside or bool(is_function)
            statement = ""
        elif char == "}":
            if stack:
                is_function, begin = stack.pop()
                if is_function:
                    inside = False
                    if number - begin + 1 > FUNCTION_LINES_MAX:
                        yield begin, f"functions of at most {FUNCTION_LINES_MAX} lines, this one has {number - begin + 1}"
            statement = ""
        elif char == ";":
            statement = ""
        else:
            statement += char


def findings_of(name, text):
    """(line, what was expected) for one file."""
    path = pathlib.PurePosixPath(name)
    lines = text.splitlines()
    for part in [*path.parts[:-1], path.stem]:
        if part.lower() in VAGUE_NAMES:
            yield 1, f'a name that says what it is for, not "{part}"'
    if path.suffix in SOURCE | WEB | {".py"}:
        if len(lines) > FILE_LINES_MAX:
            yield FILE_LINES_MAX + 1, f"files of at most {FILE_LINES_MAX} lines, this one has {len(lines)}"
    if path.suffix in SOURCE:
        for number, line in enumerate(lines, 1):
            if len(line) > LINE_COLUMNS_MAX:
                yield number, f"lines of at most {LINE_COLUMNS_MAX} columns, this one has {len(line)}"
        yield from include_findings(name, text)
        yield from function_findings(text)
        if path.suffix == ".h" and not re.search(r"^#pragma once$", text, re.M):
            yield 1, "#pragma once"
        if name.startswith("tests/"):
            for number, line in enumerate(lines, 1):
                # Between two looks at a condition one may rest.
                polls = any(re.search(r"\b(while|for) \(", near) for near in lines[max(0, number - 10):number])
                if SLEEPS.search(line) and not polls:
                    yield number, "no sleep as synchronisation: wait for a condition with a deadline"
    for number, line in enumerate(lines, 1):
        for pattern, expected in FORBIDDEN:
            if pattern.search(line):
                yield number, expected
    if path.name == "README.md" and len(path.parts) > 1 and len(lines) > README_LINES_MAX:
        yield README_LINES_MAX + 1, f"a README of at most {README_LINES_MAX} lines, this one has {len(lines)}"
    if name.startswith("docs/decisions/") and len(lines) > DECISION_LINES_MAX:
        yield DECISION_LINES_MAX + 1, f"decisions of at most {DECISION_LINES_MAX} lines, this one has {len(lines)}"


def folder_findings(names):
    """Each folder of the house has its README."""
    for folder in sorted({n.split("/")[0] for n in names if "/" in n} & set(MAY_SEE)):
        if f"{folder}/README.md" not in names:
            yield f"{folder}/README.md", 1, "a README that says what the folder is for and what it may see"


def main():
    root = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT
    listed = subprocess.run(["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            capture_output=True, check=True).stdout.decode().split("\0")
    names = sorted(n for n in listed if n and (root / n).is_file() and not (root / n).is_symlink())
    found = list(folder_findings(set(names)))
    for name in names:
        if NOT_OURS.search(name) or pathlib.PurePosixPath(name).suffix not in TEXT:
            continue
        text = (root / name).read_bytes().decode("utf-8", "replace")
        found += [(name, line, expected) for line, expected in findings_of(name, text)]
    for name, line, expected in found:
        print(f"{name}:{line}: expected {expected}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
