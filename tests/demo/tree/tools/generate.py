#!/usr/bin/env python3
"""Generates the API types of every language from schema/*.json into generated/.

    tools/generate.py            writes the files
    tools/generate.py --check    exit code 1 if a generated file is missing, stale or left over
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TYPES = {
    "java": {"string": "String", "int": "long", "bool": "boolean"},
    "kotlin": {"string": "String", "int": "Long", "bool": "Boolean"},
    "swift": {"string": "String", "int": "Int", "bool": "Bool"},
    "python": {"string": "str", "int": "int", "bool": "bool"},
}
HEADER = "Generated from schema/{file} by tools/generate.py; change the schema, not this file."


def load(path):
    try:
        schema = json.loads(path.read_text())
        fields = [(f["name"], f["type"]) for f in schema["fields"]]
        assert schema["name"][0].isupper() and all(kind in TYPES["java"] for _, kind in fields)
    except (ValueError, KeyError, TypeError, AssertionError) as error:
        raise SystemExit(f"{path.relative_to(ROOT)}: not a schema: {error!r}") from error
    return schema["name"], fields


def java(name, fields, header):
    members = ", ".join(f"{TYPES['java'][kind]} {field}" for field, kind in fields)
    return f"// {header}\npackage generated;\n\npublic record {name}({members}) {{}}\n"


def kotlin(name, fields, header):
    members = ",\n".join(f"    val {field}: {TYPES['kotlin'][kind]}" for field, kind in fields)
    return f"// {header}\npackage generated\n\ndata class {name}(\n{members},\n)\n"


def swift(name, fields, header):
    members = "\n".join(f"    public let {field}: {TYPES['swift'][kind]}" for field, kind in fields)
    return f"// {header}\npublic struct {name} {{\n{members}\n}}\n"


def python(name, fields, header):
    members = "\n".join(f"    {field}: {TYPES['python'][kind]}" for field, kind in fields)
    return f'"""{header}"""\n\nfrom dataclasses import dataclass\n\n\n@dataclass(frozen=True)\nclass {name}:\n{members}\n'


def expected():
    files = {}
    for path in sorted((ROOT / "schema").glob("*.json")):
        name, fields = load(path)
        header = HEADER.format(file=path.name)
        out = ROOT / "generated"
        files[out / "java" / f"{name}.java"] = java(name, fields, header)
        files[out / "kotlin" / f"{name}.kt"] = kotlin(name, fields, header)
        files[out / "swift" / f"{name}.swift"] = swift(name, fields, header)
        files[out / "python" / f"{path.stem}.py"] = python(name, fields, header)
    return files


def main():
    files = expected()
    if "--check" not in sys.argv[1:]:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return 0
    bad = 0
    present = {p for p in (ROOT / "generated").rglob("*") if p.is_file() and p.suffix != ".pyc"}
    for path, text in files.items():
        if not path.exists() or path.read_text() != text:
            print(f"{path.relative_to(ROOT)}: stale; run tools/generate.py")
            bad += 1
    for path in sorted(present - set(files)):
        print(f"{path.relative_to(ROOT)}: has no schema")
        bad += 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
