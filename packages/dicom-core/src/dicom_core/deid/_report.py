"""What was done and what may be left, without a single value of the data set."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import attrs

__all__ = ["Entry", "Remark", "Report"]


class Entry(NamedTuple):
    """What happened to one attribute wherever it stood at one kind of place."""

    path: str
    """The tags that lead to it, without item numbers: ``(0040,A730).(0040,A123)``. Elements of private
    blocks stand as ``(0029,xx10)``."""
    action: str
    """removed, emptied, replaced, cleaned, remapped, shifted, kept, added"""
    why: str
    """``E.1-1``, ``E.3.4-1``, ``beyond`` the table, ``rule`` of one's own, ``private``, ``unknown``,
    ``identifier`` (a kept text held one), ``stale`` (meaningless afterwards), ``profile``"""
    times: int


class Remark(NamedTuple):
    """Something that nobody looked at, or that an option let stay."""

    code: str
    text: str


@attrs.frozen
class Report:
    """What de-identifying one object did."""

    sop_class: str
    sop_instance: str
    """The new UID."""
    options: tuple[str, ...]
    entries: tuple[Entry, ...]
    remarks: tuple[Remark, ...]
    """What may be left."""
    placed: Literal["", "new", "same", "replaced"] = attrs.field(default="", eq=False)
    """Of a file: ``new`` in its place, the ``same`` bytes as were there, or ``replaced`` others."""

    def count(self, action: str) -> int:
        """How many elements an action was done to."""
        return sum(entry.times for entry in self.entries if entry.action == action)

    def actions(self, path: str) -> Iterator[str]:
        """What was done at a path."""
        return (entry.action for entry in self.entries if entry.path == path)

    def as_dict(self) -> dict[str, object]:
        """The report in the types of JSON."""
        return {
            "sop_class": self.sop_class,
            "sop_instance": self.sop_instance,
            "options": list(self.options),
            "entries": [entry._asdict() for entry in self.entries],
            "remarks": [remark._asdict() for remark in self.remarks],
        }

    def __str__(self) -> str:
        lines = [f"SOP Instance {self.sop_instance}, {', '.join(self.options) or 'basic profile'}"]
        lines += [f"  {e.action:9} {e.times:6} {e.path}  ({e.why})" for e in self.entries]
        lines += [f"  may be left: {remark.text} ({remark.code})" for remark in self.remarks]
        return "\n".join(lines)


class Recorder:
    """Counts what is done."""

    __slots__ = ("counts", "free_text", "remarks")

    def __init__(self) -> None:
        self.counts: dict[tuple[str, str, str], int] = {}
        self.remarks: dict[str, str] = {}
        self.free_text: set[str] = set()  # where text of people stayed

    def did(self, path: str, action: str, why: str) -> None:
        """Count one element."""
        key = path, action, why
        self.counts[key] = self.counts.get(key, 0) + 1

    def left(self, code: str, text: str) -> None:
        """Note what may be left, once."""
        self.remarks.setdefault(code, text)

    def report(self, sop_class: str, sop_instance: str, options: tuple[str, ...]) -> Report:
        """Everything that was noted, in the order of the paths."""
        return Report(
            sop_class,
            sop_instance,
            options,
            tuple(Entry(*key, count) for key, count in sorted(self.counts.items())),
            tuple(Remark(*item) for item in self.remarks.items()),
        )


# Tracebacks, reprs and pickles name the place that users import from
Entry.__module__ = Remark.__module__ = Report.__module__ = "dicom_core.deid"
