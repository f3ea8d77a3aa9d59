"""Whether what is on disk is what the generator makes, and if not, which rows differ."""

import ast
from collections.abc import Iterator
from itertools import islice

__all__ = ["changed_rows"]


def changed_rows(file: str, old: str, new: str, most: int = 20) -> list[str]:
    """Sentences that name each row that differs between two texts of a generated file."""
    found = list(islice(_changes(old, new), most + 1))
    lines = [f"{file}: {line}" for line in found[:most]]
    return [*lines, f"{file}: ... and more"] if len(found) > most else lines


def _changes(old: str, new: str) -> Iterator[str]:
    try:
        before, after = _constants(old), _constants(new)
    except SyntaxError:
        yield from _line_changes("", old, new)
        return
    if not before and not after:  # a stub or another text without constants
        yield from _line_changes("", old, new)
        return
    silent = True
    for name in dict.fromkeys([*before, *after]):
        for change in _value_changes(name, before.get(name), after.get(name)):
            silent = False
            yield change
    if silent and old != new:
        yield "only the header or the layout differs"


def _constants(text: str) -> dict[str, object]:
    return {
        node.target.id: ast.literal_eval(node.value)
        for node in ast.parse(text).body
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and node.value is not None
    }


def _value_changes(name: str, old: object, new: object) -> Iterator[str]:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys([*old, *new]):
            yield from _value_changes(f"{name}[{key!r}]", old.get(key), new.get(key))
    elif isinstance(old, str | None) and isinstance(new, str | None) and "\n" in f"{old}{new}":
        yield from _line_changes(f"{name} ", old or "", new or "")
    else:
        yield f"{name} is {old!r} on disk, {new!r} from the sources"


def _line_changes(name: str, old: str, new: str) -> Iterator[str]:
    """Rows are matched by their first field, so that a changed row is named once with both texts."""
    before = dict.fromkeys(old.splitlines())
    after = dict.fromkeys(new.splitlines())
    gone = [line for line in before if line not in after]
    come = [line for line in after if line not in before]
    by_key = {_key(line): line for line in come}
    for line in gone:
        other = by_key.pop(_key(line), None)
        yield f"{name}row {_key(line)!r}: {_show(line)} on disk, {_show(other)} from the sources"
    for key, line in by_key.items():
        yield f"{name}row {key!r}: nothing on disk, {_show(line)} from the sources"


def _key(line: str) -> str:
    return line.split("\t", 1)[0]


def _show(line: str | None) -> str:
    return "nothing" if line is None else repr(line.replace("\t", " | "))
