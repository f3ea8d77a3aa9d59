"""What small elements become in JSON, from their bytes alone, and remembered by them.

It stands apart from `Encoder` because it is compiled where the kernel is: what is new in each instance of a
series goes through here, and nothing of it becomes an object of the data set.
"""

from typing import TYPE_CHECKING, Final, final

from .._charset import Charset
from .._kernels import kernel as plain
from ._values import ValueText, inline

if TYPE_CHECKING:
    from .._kernel_native import Index, Run

__all__ = ["Small", "tag_at", "unknown"]

_EXPLICIT: Final = 1
_UNDEFINED: Final = 0xFFFFFFFF
_CHARACTER_SET: Final = 0x00080005
_REMEMBERED: Final = 20_000  # entries of a memo; it begins anew when it is full
_LONG: Final = frozenset("OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())  # noqa: SIM905


@final
class Small:
    """The small elements of one encoding (explicit or implicit VR little endian) and character set."""

    __slots__ = ("_charset", "_encoding", "_heads", "_memo", "_most", "_runs")

    def __init__(
        self,
        heads: dict[bytes, tuple[str, ValueText | None]],
        encoding: int,
        charset: Charset,
        most: int,
    ) -> None:
        self._heads = heads
        self._encoding = encoding
        self._charset = charset
        self._most = most  # bytes of an element that is remembered
        self._memo: dict[bytes, str] = {}
        self._runs: dict[int, Run] = {}

    def level(
        self, buf: bytes, index: "Index", end: int, runs: bool, depth: int
    ) -> tuple[list[str], list[int]]:
        """The pieces of a level as `recalled` of the kernel gives them, with ``runs`` or one for each
        element; what it was not known to hold is learnt, and only what cannot be is missing.
        """
        most = self._most
        pieces, missing = plain.recalled(
            buf, index, end, self._memo, most, self._runs if runs else None
        )
        left: list[int] = []
        for number in range(0, len(missing), 3):
            place, at, after = missing[number], missing[number + 1], missing[number + 2]
            piece = self.learn(buf[at:after], depth) if 8 <= after - at <= most else None
            if piece is None:
                left += (place, at, after)
            else:
                pieces[place] = piece
        return pieces, left

    def keep(self, key: bytes, piece: str) -> None:
        """Remember a piece that depends on nothing but the bytes of the element."""
        memo = self._memo
        if len(memo) >= _REMEMBERED:
            memo.clear()
        memo[key] = piece

    def learn(self, key: bytes, depth: int) -> str | None:
        """An element that was not met before, and what it becomes from now on; None where its bytes
        alone do not tell. ``depth`` is how many levels of sequences may be in it.
        """
        explicit = self._encoding == _EXPLICIT
        if explicit:
            head = key[:6]
            length = key[6] | key[7] << 8
        else:
            head = key[:4]
            length = key[4] | key[5] << 8 | key[6] << 16 | key[7] << 24
        prefix, value_text = self._heads[head]
        if value_text is None:
            if not prefix.endswith('"SQ"'):
                return None
            content = self._items(key, 12 if explicit else 8, depth)
            if content is None:
                return None
            piece = prefix + content
        else:
            if length > len(key) - 8:
                return None
            raw = key[8 : 8 + length]
            suffix = value_text(raw, self._charset)
            piece = unknown(tag_at(key, 0), raw) if suffix is None else prefix + suffix
        self.keep(key, piece)
        return piece

    def _items(self, key: bytes, start: int, depth: int) -> str | None:
        """A sequence from where its content begins, when all in it is plain."""
        if depth <= 0 or len(key) < start:
            return None
        length = key[start - 4] | key[start - 3] << 8 | key[start - 2] << 16 | key[start - 1] << 24
        stop = len(key) if length == _UNDEFINED else start + length
        if stop > len(key):
            return None
        spans = plain.items(key, start, stop, self._encoding, {})
        if spans is None:
            return None
        if not spans:
            return "}"
        items: list[str] = []
        for number in range(0, len(spans), 2):
            item = self._item(key, spans[number], spans[number + 1], depth - 1)
            if item is None:
                return None
            items.append(item)
        return ',"Value":[' + ",".join(items) + "]}"

    def _item(self, key: bytes, begin: int, end: int, depth: int) -> str | None:
        rows = plain.rows(key, begin, end, self._encoding, {})
        if rows is None:
            return None
        explicit = self._encoding == _EXPLICIT
        memo = self._memo
        pieces: list[str] = []
        after = end
        for tag, vr, start, _ in reversed(rows):
            if tag == _CHARACTER_SET:  # another one holds here (PS3.5 6.1.2.3)
                return None
            at = start - (12 if explicit and vr in _LONG else 8)
            element = key[at:after]
            piece = memo.get(element)
            if piece is None:
                piece = self.learn(element, depth)
                if piece is None:
                    return None
            if piece:
                pieces.append(piece)
            after = at
        pieces.reverse()
        return "{" + ",".join(pieces) + "}"


def tag_at(buf: bytes, at: int) -> int:
    """The tag of a little endian header."""
    return buf[at + 1] << 24 | buf[at] << 16 | buf[at + 3] << 8 | buf[at + 2]


def unknown(tag: int, raw: bytes) -> str:
    """Bytes that are no values of their VR, as what they are."""
    return f'"{tag:08X}":{{"vr":"UN"{inline(raw)}'
