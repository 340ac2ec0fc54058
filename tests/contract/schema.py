"""The part of JSON Schema that api/openapi.yaml uses, strictly: a key that is not known here is an error."""

import re

KNOWN = {
    "$ref", "type", "properties", "required", "items", "enum", "const", "pattern", "minimum", "maximum",
    "minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "minProperties", "additionalProperties",
    "oneOf", "allOf", "format", "description", "default", "discriminator", "example", "examples", "title",
}
TYPES = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
}


class Schemas:
    def __init__(self, document):
        self.document = document

    def resolve(self, node):
        """Follows a reference inside the document."""
        while "$ref" in node:
            target = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node

    def problems(self, schema, value, where="$"):
        """Sentences about where `value` is not what `schema` says."""
        unknown = set(schema) - KNOWN
        if unknown:
            yield f"{where}: the schema uses {unknown}, which this reader does not know"
        if "$ref" in schema:
            yield from self.problems(self.resolve(schema), value, where)
        for part in schema.get("allOf", []):
            yield from self.problems(part, value, where)
        if "oneOf" in schema:
            fits = [s for s in schema["oneOf"] if not list(self.problems(s, value, where))]
            if len(fits) != 1:
                yield f"{where}: fits {len(fits)} of {len(schema['oneOf'])} alternatives: {value!r}"
        kinds = schema.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if kinds and not any(TYPES[k](value) for k in kinds):
            yield f"{where}: expected {' or '.join(kinds)}, got {value!r}"
            return
        yield from self.plain(schema, value, where)
        if isinstance(value, dict):
            yield from self.members(schema, value, where)
        if isinstance(value, list) and "items" in schema:
            for number, item in enumerate(value):
                yield from self.problems(schema["items"], item, f"{where}[{number}]")

    def plain(self, schema, value, where):
        if "enum" in schema and value not in schema["enum"]:
            yield f"{where}: expected one of {schema['enum']}, got {value!r}"
        if "const" in schema and value != schema["const"]:
            yield f"{where}: expected {schema['const']!r}, got {value!r}"
        if isinstance(value, str):
            if "pattern" in schema and not re.search(schema["pattern"], value):
                yield f"{where}: {value!r} does not match {schema['pattern']}"
            if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
                yield f"{where}: {value!r} has the wrong length"
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
                yield f"{where}: {value!r} is out of bounds"
        if isinstance(value, list):
            if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
                yield f"{where}: {len(value)} items are too few or too many"

    def members(self, schema, value, where):
        for name in schema.get("required", []):
            if name not in value:
                yield f"{where}: lacks {name}"
        known = schema.get("properties", {})
        for name, item in value.items():
            if name in known:
                yield from self.problems(known[name], item, f"{where}.{name}")
            elif schema.get("additionalProperties") is False:
                yield f"{where}: has {name}, which is not described"

    def described(self, schema):
        """Names of all members that an object of this schema may have, by its description."""
        schema = self.resolve(schema)
        names = set(schema.get("properties", {}))
        for part in schema.get("allOf", []):
            names |= self.described(part)
        return names
