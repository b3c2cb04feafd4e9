"""As much of JSON Schema 2020-12 as the API's description uses."""
import re


class Wrong(Exception):
    pass


TYPES = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None)}


def is_type(value, name):
    if name == "integer" and isinstance(value, bool):
        return False
    return isinstance(value, TYPES[name])


def resolve(document, schema):
    while "$ref" in schema:
        found = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    return schema


def check(document, schema, value, path="$"):
    """Raises Wrong where the value does not fit."""
    schema = resolve(document, schema)
    if "anyOf" in schema:
        why = []
        for option in schema["anyOf"]:
            try:
                return check(document, option, value, path)
            except Wrong as wrong:
                why.append(str(wrong))
        raise Wrong(" or ".join(why))
    if "type" in schema:
        names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if not any(is_type(value, name) for name in names):
            raise Wrong(f"{path} is {str(value)[:60]!r}, no {'/'.join(names)}")
    if "enum" in schema and value not in schema["enum"]:
        raise Wrong(f"{path} is {value!r}, none of {schema['enum']}")
    if isinstance(value, str):
        if len(value) > schema.get("maxLength", len(value)) or len(value) < schema.get("minLength", 0):
            raise Wrong(f"{path} has {len(value)} characters")
        if "pattern" in schema and not re.search(schema["pattern"], value):
            raise Wrong(f"{path} is {value!r}, not {schema['pattern']}")
    if isinstance(value, dict):
        properties, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        for name in schema.get("required", []):
            if name not in value:
                raise Wrong(f"{path} lacks {name}")
        for name, inner in value.items():
            if name in properties:
                check(document, properties[name], inner, f"{path}.{name}")
            elif others is False:
                raise Wrong(f"{path}.{name} is not described")
            elif isinstance(others, dict):
                check(document, others, inner, f"{path}.{name}")
    if isinstance(value, list):
        for i, inner in enumerate(value):
            check(document, schema.get("items", {}), inner, f"{path}[{i}]")
