"""Segmented palettes: opcodes that stand for runs of entries (PS3.3 C.7.9.2)."""

from typing import TYPE_CHECKING, Final

import numpy as np

from ._errors import InvalidLookupTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["expand_segments"]

_DISCRETE: Final = 0
_LINEAR: Final = 1
_INDIRECT: Final = 2


def expand_segments(
    words: "Sequence[int]", entries: int, *, path: str = "", octets: bool = False
) -> "NDArray[np.uint16]":
    """The table that segments stand for; ``octets`` says that the words were stored as bytes.

    What segments give beyond ``entries`` is cut off, so that no file can ask for more work than that. An indirect
    segment may only name segments before it that are not indirect (C.7.9.2.3): no loops.
    """
    made = np.zeros(entries, np.uint16)
    filled, at = 0, 0
    starts: dict[int, int] = {}  # where segments begin, by word, so far
    order: list[int] = []
    while at < len(words) and filled < entries:
        opcode = words[at]
        if opcode == _INDIRECT:
            filled = _indirect(words, at, made, filled, (starts, order), path, octets=octets)
            at += 4
            continue
        starts[at] = len(order)
        order.append(at)
        at, filled = _direct(words, at, made, filled, path)
    return made[:filled]


def _direct(
    words: "Sequence[int]", at: int, made: "NDArray[np.uint16]", filled: int, path: str
) -> tuple[int, int]:
    """Expand a discrete or linear segment; gives the place after it and the number of entries so far."""
    opcode = words[at]
    if at + 2 > len(words):
        raise InvalidLookupTable(path, f"segment at word {at} is cut off")
    length = words[at + 1]
    count = min(length, len(made) - filled)
    if opcode == _DISCRETE:
        if at + 2 + length > len(words):
            raise InvalidLookupTable(path, f"the discrete segment at word {at} is cut off")
        made[filled : filled + count] = words[at + 2 : at + 2 + count]
        return at + 2 + length, filled + count
    if opcode != _LINEAR:
        raise InvalidLookupTable(path, f"segment at word {at} has the unknown opcode {opcode}")
    if at + 3 > len(words):
        raise InvalidLookupTable(path, f"the linear segment at word {at} is cut off")
    if not filled:
        raise InvalidLookupTable(path, "its first segment is linear, with nothing to begin at")
    start, stop = int(made[filled - 1]), words[at + 2]
    if count:
        steps = np.arange(1, count + 1, dtype=np.float64) / length
        made[filled : filled + count] = np.floor(start + (stop - start) * steps + 0.5)
    return at + 3, filled + count


def _indirect(
    words: "Sequence[int]",
    at: int,
    made: "NDArray[np.uint16]",
    filled: int,
    seen: tuple[dict[int, int], list[int]],
    path: str,
    *,
    octets: bool,
) -> int:
    """Expand segments that stood before once more; gives the number of entries so far."""
    if at + 4 > len(words):
        raise InvalidLookupTable(path, f"the indirect segment at word {at} is cut off")
    count = words[at + 1]
    # Where entries are bytes, the offset has four of them, and this reads two (all real ones are small)
    offset = words[at + 2] | words[at + 3] << (8 if octets else 16)
    first = offset if octets else offset // 2
    starts, order = seen
    if first not in starts or (not octets and offset % 2):
        raise InvalidLookupTable(
            path,
            f"the indirect segment at word {at} points to byte {offset}, where no earlier segment begins",
        )
    number = starts[first]
    if number + count > len(order):
        raise InvalidLookupTable(
            path, f"the indirect segment at word {at} copies more segments than stand before it"
        )
    for place in order[number : number + count]:
        if filled >= len(made):
            break
        _, filled = _direct(words, place, made, filled, path)
    return filled
