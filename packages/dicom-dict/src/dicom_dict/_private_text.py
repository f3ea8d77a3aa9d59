"""The text form of private dictionaries that DCMTK reads: a line an element, fields between tabs."""

import re
from collections.abc import Iterator

from ._private import PrivateDictionaryError, PrivateElement

__all__ = ["parse_text"]

# (gggg,"CREATOR",ee), (gggg,"CREATOR",eeee); either number may be a range, a-o-b meaning its odd members.
_TAG = re.compile(
    r'\(\s*([0-9A-Fa-f]{4})(?:-(?:[ou]-)?([0-9A-Fa-f]{4}))?\s*,\s*"([^"]*)"\s*,'
    r"\s*([0-9A-Fa-f]{2}(?:[0-9A-Fa-f]{2})?)(?:-(?:([ou])-)?([0-9A-Fa-f]{2}(?:[0-9A-Fa-f]{2})?))?\s*\)"
)
_PUBLIC = re.compile(r"\(\s*[0-9A-Fa-f]{4}[^\"]*\)")
# VRs that stand for a choice that the data set makes.
_CHOICES = {
    "ox": "OB OW",
    "px": "OB OW",
    "xs": "US SS",
    "lt": "US SS OW",
    "up": "UL",
    "na": "",
    "??": "UN",
}
# A line makes at most so many entries, whatever range it announces.
_MOST = 4096


def parse_text(text: str, where: str) -> Iterator[PrivateElement]:
    """The private elements of a text; an error names the line."""
    for number, line in enumerate(text.splitlines(), 1):
        # A creator may hold #: a comment is a line that begins with it.
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        yield from _line(line, f"{where} {number}")


def _line(line: str, where: str) -> Iterator[PrivateElement]:
    tag, *rest = (field.strip() for field in line.split("\t") if field.strip())
    match = _TAG.fullmatch(tag)
    if match is None:
        if _PUBLIC.fullmatch(tag):
            return
        raise PrivateDictionaryError(where, f'{tag!r} is no tag; write (gggg,"CREATOR",ee)')
    if not rest:
        raise PrivateDictionaryError(where, "the VR is missing; the fields stand between tabs")
    vr, name, vm = (
        rest[at] if at < len(rest) else default for at, default in enumerate(("", "", "1"))
    )
    first, last, creator, low, step, high = match.groups()
    for element in _numbers(low, step, high, where):
        place = f"xx{element:02X}" if len(low) == 2 else f"{element:04X}"
        try:
            yield PrivateElement.make(
                creator, f"({first}-{last or first},{place})", _CHOICES.get(vr, vr), vm, name
            )
        except PrivateDictionaryError as error:
            raise PrivateDictionaryError(where, str(error)) from error


def _numbers(low: str, step: str | None, high: str | None, where: str) -> range:
    """The element numbers of a range; without a letter between, DCMTK means the even ones."""
    first = int(low, 16)
    if high is None:
        return range(first, first + 1)
    last = int(high, 16)
    if len(high) != len(low) or last < first:
        raise PrivateDictionaryError(where, f"{low}-{high} is no range")
    if last - first >= _MOST:
        raise PrivateDictionaryError(
            where, f"{low}-{high} is a range of more than {_MOST} elements"
        )
    by = 1 if step == "u" else 2
    if by == 2 and (first & 1) != (step == "o"):
        first += 1
    return range(first, last + 1, by)
