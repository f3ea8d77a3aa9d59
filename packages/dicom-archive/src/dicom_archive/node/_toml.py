"""A node's settings as TOML. The standard library reads it and does not write it; this much of it is a page."""

import json
from collections.abc import Iterable, Iterator

from attrs import AttrsInstance, fields, has

from ._reading import NAMES

__all__ = ["to_toml"]


def to_toml(settings: AttrsInstance) -> str:
    """Every setting that has a value, plain ones before tables, as TOML wants it."""
    return "\n".join(_lines(settings, "")) + "\n"


def _lines(settings: AttrsInstance, path: str) -> Iterator[str]:
    tables: list[tuple[str, object]] = []
    for attribute in fields(type(settings)):
        if not attribute.init:
            continue
        value: object = getattr(settings, attribute.name)
        name = NAMES.get(attribute.name, attribute.name)
        if value is None or attribute.name == "password":
            continue
        if has(type(value)) or (isinstance(value, tuple) and any(has(type(one)) for one in value)):
            tables.append((f"{path}{name}", value))
        elif value != () or name not in NAMES.values():
            yield f"{name} = {_value(value)}"
    for name, value in tables:
        several = isinstance(value, tuple)
        for one in value if isinstance(value, tuple) else (value,):
            yield ""
            yield f"[[{name}]]" if several else f"[{name}]"
            yield from _lines(one, f"{name}.")


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)  # inf is written alike
    if isinstance(value, str):
        # A basic string of TOML is one of JSON, but for DEL
        return json.dumps(str(value)).replace("\x7f", "\\u007f")
    assert isinstance(value, Iterable)
    texts = [_value(one) for one in value]
    return f"[{', '.join(sorted(texts) if isinstance(value, frozenset) else texts)}]"
