"""Wild card matching (PS3.4 C.2.2.2.4) in linear time, without a regular expression engine.

A pattern is cut at its asterisks; the pieces must follow each other in the text, and the leftmost place
of each is always right, so nothing is tried twice. A piece without question marks is found by
``str.find``, which is linear. One with question marks is compared with all places at once, as bits of one
integer; its length is limited, so that this stays linear in the text.
"""

from .._errors import LimitExceeded

__all__ = ["PIECE", "WildcardPattern", "has_wildcard"]

PIECE = 1024
"""The most characters between two asterisks, where question marks are among them."""
_WINDOW = 32


def has_wildcard(text: str) -> bool:
    """Whether a text has ``*`` or ``?``."""
    return "*" in text or "?" in text


class WildcardPattern:
    """A pattern that is ready to be compared with texts, in the very characters.

    >>> WildcardPattern("DOE^J*").matches("DOE^JANE")
    True
    """

    __slots__ = ("_first", "_last", "_least", "_middle", "pattern")

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        pieces = pattern.split("*")
        for piece in pieces:
            if "?" in piece and len(piece) > PIECE:
                raise LimitExceeded("wildcard", len(piece), "characters between two asterisks")
        self._first = pieces[0]
        self._last: str | None = pieces[-1] if len(pieces) > 1 else None
        self._middle = tuple(piece for piece in pieces[1:-1] if piece)
        self._least = sum(map(len, pieces))

    def matches(self, text: str) -> bool:
        """Whether the whole text is as the pattern says."""
        if len(text) < self._least:
            return False
        first, last = self._first, self._last
        if last is None:
            return len(text) == len(first) and _same(text, 0, first)
        end = len(text) - len(last)
        if not _same(text, 0, first) or not _same(text, end, last):
            return False
        at = len(first)
        for piece in self._middle:
            at = _find(text, piece, at, end)
            if at < 0:
                return False
            at += len(piece)
        return True

    def __reduce__(self) -> tuple[object, ...]:
        return WildcardPattern, (self.pattern,)

    def __repr__(self) -> str:
        return f"WildcardPattern({self.pattern!r})"


def _same(text: str, at: int, piece: str) -> bool:
    """Whether a piece stands at a place; the text is long enough."""
    if "?" not in piece:
        return text.startswith(piece, at)
    return all(
        want in ("?", have) for want, have in zip(piece, text[at : at + len(piece)], strict=True)
    )


def _find(text: str, piece: str, start: int, end: int) -> int:
    """The leftmost place of a piece in ``text[start:end]``, or -1."""
    if "?" not in piece:
        return text.find(piece, start, end)
    last = end - len(piece)
    if last < start:
        return -1
    if not piece.strip("?"):
        return start
    # Windows that double: the work is in proportion to how far the search gets, also where thousands of pieces
    # are each found at once.
    size = max(_WINDOW, 4 * len(piece))
    while start <= last:
        stop = min(start + size, last + 1)
        at = _find_bits(text[start : stop + len(piece) - 1], piece)
        if at >= 0:
            return start + at
        start = stop
        size *= 2
    return -1


def _find_bits(text: str, piece: str) -> int:
    """Bit k of the result of all comparisons says whether the piece stands at place k."""
    places = (1 << (len(text) - len(piece) + 1)) - 1
    where: dict[str, int] = {}
    for offset, want in enumerate(piece):
        if want == "?":
            continue
        bits = where.get(want)
        if bits is None:
            # The text backwards, so that its first character is bit 0
            bits = where[want] = int("1".join("0" * len(gap) for gap in text[::-1].split(want)), 2)
        places &= bits >> offset
        if not places:
            return -1
    return (places & -places).bit_length() - 1


# Tracebacks, reprs and pickles name the place that users import from
WildcardPattern.__module__ = "dicom_core.query"
