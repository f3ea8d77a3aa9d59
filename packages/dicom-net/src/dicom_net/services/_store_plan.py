"""Which associations with which presentation contexts a batch needs: a function from headers to a plan, without I/O.

An association has 128 presentation contexts at most (PS3.8 9.3.2.2). Each context proposes one transfer syntax, so
that what the peer accepts is known for each syntax alone, and no instance is converted without need.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from attrs import frozen

from ._store_types import Conversion

__all__ = ["EXPLICIT", "IMPLICIT", "UNCOMPRESSED", "Header", "Planned", "contexts_for", "plan"]

IMPLICIT: Final = "1.2.840.10008.1.2"
EXPLICIT: Final = "1.2.840.10008.1.2.1"
UNCOMPRESSED: Final = frozenset(
    {
        IMPLICIT,
        EXPLICIT,
        "1.2.840.10008.1.2.1.99",  # deflated explicit VR little endian
        "1.2.840.10008.1.2.2",  # explicit VR big endian
    }
)
MOST_CONTEXTS: Final = 128


class Header(NamedTuple):
    """What planning needs of an instance."""

    number: int
    sop_class: str
    transfer_syntax: str


@frozen
class Planned:
    """One association."""

    contexts: tuple[tuple[str, tuple[str, ...]], ...]
    """Abstract syntaxes, each with its transfer syntaxes, in the order of their first instance."""
    items: tuple[int, ...]
    """The instances that go over it, by number, in their order."""


def contexts_for(syntaxes: Iterable[str], conversion: Conversion) -> tuple[str, ...]:
    """The transfer syntaxes to propose for instances that are in these, one a context."""
    wanted = dict.fromkeys(syntaxes)
    if conversion is Conversion.NEVER:
        return tuple(wanted)
    if conversion is not Conversion.UNCOMPRESSED or any(uid in UNCOMPRESSED for uid in wanted):
        # Implicit VR little endian is what every peer has (PS3.5 10.1). Explicit VR goes before it, since it
        # says what private elements are.
        wanted |= {EXPLICIT: None, IMPLICIT: None}
    return tuple(wanted)


def plan(
    headers: Sequence[Header],
    *,
    conversion: Conversion = Conversion.UNCOMPRESSED,
    max_items: int | None = None,
    lanes: int = 1,
) -> tuple[Planned, ...]:
    """As few associations as the contexts need, then cut by ``max_items``, then dealt to ``lanes`` that run at once.

    All contexts of a SOP class stand in one association. Lanes get every n-th instance, so that they end together.
    """
    syntaxes: dict[str, dict[str, None]] = {}
    for header in headers:
        syntaxes.setdefault(header.sop_class, {})[header.transfer_syntax] = None
    bins: list[tuple[int, list[str]]] = []  # contexts used, classes
    for sop_class, found in syntaxes.items():
        needed = len(contexts_for(found, conversion))
        for number, (used, classes) in enumerate(bins):
            if used + needed <= MOST_CONTEXTS:
                classes.append(sop_class)
                bins[number] = used + needed, classes
                break
        else:
            bins.append((needed, [sop_class]))
    planned = []
    for _, classes in bins:
        members = frozenset(classes)
        mine = [header for header in headers if header.sop_class in members]
        for part in _parts(mine, max_items, lanes):
            planned.append(_planned(part, conversion))
    return tuple(planned)


def _parts(mine: list[Header], max_items: int | None, lanes: int) -> list[list[Header]]:
    dealt = [mine[lane::lanes] for lane in range(lanes)]
    most = max_items or len(mine)
    longest = max(len(part) for part in dealt)
    # first the first part of each lane, then the second ...: those stand beside each other that run at once
    return [
        part[start : start + most]
        for start in range(0, longest, most)
        for part in dealt
        if part[start : start + most]
    ]


def _planned(part: list[Header], conversion: Conversion) -> Planned:
    syntaxes: dict[str, dict[str, None]] = {}
    for header in part:
        syntaxes.setdefault(header.sop_class, {})[header.transfer_syntax] = None
    contexts = tuple(
        (sop_class, (syntax,))
        for sop_class, found in syntaxes.items()
        for syntax in contexts_for(found, conversion)
    )
    return Planned(contexts, tuple(header.number for header in part))


# Tracebacks, reprs and pickles name the place that users import from
Header.__module__ = Planned.__module__ = plan.__module__ = "dicom_net.services"
