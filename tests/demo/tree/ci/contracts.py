#!/usr/bin/env python3
"""Checks what the Java, Kotlin, Swift and Python sources call: every function of a shared library and
every generated type must exist with that many arguments, and every field of one that is read.

A small reader, not a compiler: it knows the declarations of libs/ and generated/, calls of the form
`Library.function(...)`, constructions of generated types, and reads of a variable that is named after a
generated type (`order.total` is a field of Order).
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SUFFIX = {".java": "java", ".kt": "kotlin", ".swift": "swift", ".py": "python"}
FUNCTION = {
    "java": re.compile(r"public static \w+ (\w+)\(([^)]*)\)"),
    "kotlin": re.compile(r"fun (\w+)\(([^)]*)\)"),
    "swift": re.compile(r"static func (\w+)\(([^)]*)\)"),
    "python": re.compile(r"^def (\w+)\(([^)]*)\)", re.MULTILINE),
}
FIELD = {
    "java": re.compile(r"(?:String|long|boolean) (\w+)"),
    "kotlin": re.compile(r"val (\w+):"),
    "swift": re.compile(r"let (\w+):"),
    "python": re.compile(r"^    (\w+): ", re.MULTILINE),
}
MARKER = re.compile(r"^(<{7}|>{7}) ", re.MULTILINE)


def without_comments(text, language):
    if language == "python":
        blank = re.sub(r'""".*?"""', lambda m: "\n" * m.group().count("\n"), text, flags=re.DOTALL)
        return re.sub(r"#.*", "", blank)
    return re.sub(r"//.*", "", text)


def count_arguments(text, start):
    """How many arguments stand between the parenthesis at `start` and its partner; None if it has none."""
    depth, commas, empty = 0, 0, True
    for character in text[start:]:
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
            if depth == 0:
                return 0 if empty else commas + 1
        elif character == "," and depth == 1:
            commas += 1
        if depth >= 1 and not (depth == 1 and character == "(") and not character.isspace():
            empty = False
    return None


def declared(language):
    """Library functions as {(library, function): arity}, generated types as {type: fields}."""
    functions, types = {}, {}
    for path in sorted((ROOT / "libs" / language).rglob("*")):
        if SUFFIX.get(path.suffix) != language or "test" in path.name.lower():
            continue
        text = without_comments(path.read_text(), language)
        for name, parameters in FUNCTION[language].findall(text):
            arity = len([p for p in parameters.split(",") if p.strip()])
            functions[(path.stem, name)] = arity
    for path in sorted((ROOT / "generated" / language).rglob("*")):
        if SUFFIX.get(path.suffix) == language:
            name = path.stem if language != "python" else path.stem.title().replace("_", "")
            types[name] = FIELD[language].findall(path.read_text())
    return functions, types


def problems_of(path, language, functions, types):
    raw = path.read_text()
    if MARKER.search(raw):
        yield 1, "conflict markers"
    text = without_comments(raw, language)
    libraries = {library for library, _ in functions}
    line_of = lambda at: text.count("\n", 0, at) + 1
    for call in re.finditer(r"\b(\w+)\.(\w+)\(", text):
        library, function = call.groups()
        if library not in libraries:
            continue
        arity = functions.get((library, function))
        given = count_arguments(text, call.end() - 1)
        if arity is None:
            yield line_of(call.start()), f"{library} has no function {function}"
        elif given != arity:
            yield line_of(call.start()), f"{library}.{function} takes {arity} arguments, not {given}"
    for made in re.finditer(r"\b([A-Z]\w+)\(", text):
        fields = types.get(made.group(1))
        given = count_arguments(text, made.end() - 1)
        if fields is not None and given != len(fields):
            yield line_of(made.start()), f"{made.group(1)} has {len(fields)} fields, not {given}"
    for read in re.finditer(r"\b([a-z]\w*)\.([a-z]\w*)\b", text):
        variable, field = read.groups()
        name = variable[0].upper() + variable[1:]
        if name in types and field not in types[name]:
            yield line_of(read.start()), f"{name} has no field {field}"


def main():
    bad = 0
    for language in ("java", "kotlin", "swift", "python"):
        functions, types = declared(language)
        for path in sorted((ROOT / "services").rglob("*")):
            if SUFFIX.get(path.suffix) != language:
                continue
            for line, what in problems_of(path, language, functions, types):
                print(f"{path.relative_to(ROOT)}:{line}: {what}")
                bad += 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
