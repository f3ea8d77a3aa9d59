"""Presentation context items (PS3.8 9.3.2.2, 9.3.3.2): an association has up to 128, and asks for the same each time."""

from collections.abc import Iterator
from functools import lru_cache
from struct import Struct
from typing import Final, TypeAlias

from .._errors import LocalProtocolError, RemoteProtocolError
from ._events import AnsweredContext, ProposedContext
from ._items_common import Part, encode_uid, item, split, text_of
from ._reader import broken

__all__ = ["Contexts", "context_items", "contexts_in", "run"]

_PROPOSED = Struct(">BxHB3xBxH")

REMEMBERED: Final = 32 << 10
"""Bytes of contexts that are remembered, where the same peer comes again: 128 of them with all usual transfer syntaxes."""


Contexts: TypeAlias = tuple[tuple[ProposedContext, ...], tuple[AnsweredContext, ...]]
_Syntaxes: TypeAlias = tuple[tuple[str, ...], tuple[str, ...]]


def _syntaxes(value: bytes, offset: int, known: dict[bytes, _Syntaxes]) -> _Syntaxes:
    """The abstract and the transfer syntaxes in the sub-items of a context.

    Up to 128 contexts of a PDU mostly repeat the same transfer syntaxes: what stands in ``known`` is not read again,
    which halves what an association costs.
    """
    after = 4 + int.from_bytes(value[2:4], "big") if value[:1] == b"\x30" else 0
    rest = value[after:]
    found = known.get(rest) if rest else None
    if found is not None:
        return ((text_of(value[4:after]), *found[0]) if after else found[0]), found[1]
    abstract, transfer = [], []
    for sub in split(value, offset):
        if sub.kind == 0x30:
            abstract.append(text_of(sub.value))
        elif sub.kind == 0x40:
            transfer.append(text_of(sub.value))
    if rest:
        known[rest] = tuple(abstract[1:] if after else abstract), tuple(transfer)
    return tuple(abstract), tuple(transfer)


def _context(part: Part) -> tuple[int, int]:
    """The ID of a presentation context, and its result where it has one."""
    if len(part.value) < 4:
        text = f"a presentation context item of {len(part.value)} bytes"
        raise broken(text, "context-item", part.offset)
    number = part.value[0]
    if not number & 1:
        text = f"presentation context ID {number}; it is odd"
        raise broken(text, "context-id", part.offset)
    return number, part.value[2]


def _proposed(part: Part, known: dict[bytes, _Syntaxes]) -> ProposedContext:
    number, _ = _context(part)
    abstract, transfer = _syntaxes(part.value[4:], part.offset + 4, known)
    if len(abstract) != 1 or not transfer:
        text = (
            f"presentation context {number} with {len(abstract)} abstract syntaxes "
            f"and {len(transfer)} transfer syntaxes"
        )
        raise broken(text, "context-item", part.offset)
    return ProposedContext(number, abstract[0], transfer)


def _answered(part: Part, known: dict[bytes, _Syntaxes]) -> AnsweredContext:
    number, result = _context(part)
    transfer = _syntaxes(part.value[4:], part.offset + 4, known)[1]
    if result == 0 and len(transfer) != 1:
        text = f"presentation context {number} accepted with {len(transfer)} transfer syntaxes"
        raise broken(text, "context-item", part.offset)
    return AnsweredContext(number, result, transfer[0] if transfer else "")


def run(data: bytes, pos: int, most: int) -> tuple[int, int]:
    """Where the items of the type that stands here end, at most so many and one, and how many they are."""
    kind, end, count = data[pos], len(data), 0
    while pos < end and data[pos] == kind and count <= most:
        pos += 4 + (data[pos + 2] << 8 | data[pos + 3]) if end - pos >= 4 else 4
        count += 1
    return pos, count


def _contexts(block: bytes, request: bool, offset: int = 0) -> Contexts:
    known: dict[bytes, _Syntaxes] = {}
    seen = set()
    proposed: list[ProposedContext] = []
    answered: list[AnsweredContext] = []
    for part in split(block, offset):
        context = _proposed(part, known) if request else _answered(part, known)
        if context.id in seen:
            text = f"presentation context {context.id} twice"
            raise broken(text, "context-id", part.offset)
        seen.add(context.id)
        if isinstance(context, ProposedContext):
            proposed.append(context)
        else:
            answered.append(context)
    return tuple(proposed), tuple(answered)


_remembered = lru_cache(maxsize=16)(_contexts)


def contexts_in(block: bytes, offset: int, *, request: bool) -> Contexts:
    """Contexts that stand one after the other, as nearly always all that there are do.

    Peers ask for the same again and again: what stands in few bytes is not read a second time.
    """
    if len(block) > REMEMBERED:
        return _contexts(block, request, offset)
    try:
        return _remembered(block, request)
    except RemoteProtocolError:
        return _contexts(block, request, offset)  # which says where it stands


@lru_cache(maxsize=16)  # an association is often asked for, and answered, as the last one was
def context_items(contexts: tuple[ProposedContext | AnsweredContext, ...]) -> bytes:
    """The presentation context items."""
    return b"".join(_context_items(contexts))


def _context_items(contexts: tuple[ProposedContext | AnsweredContext, ...]) -> Iterator[bytes]:
    """Most have the same transfer syntaxes, which are encoded once."""
    known: dict[tuple[str, ...], bytes] = {}

    def encoded(syntaxes: tuple[str, ...]) -> bytes:
        found = known.get(syntaxes)
        if found is None:
            found = known[syntaxes] = b"".join(
                item(0x40, encode_uid(syntax)) for syntax in syntaxes
            )
        return found

    for context in contexts:
        if isinstance(context, ProposedContext):
            abstract, rest = encode_uid(context.abstract_syntax), encoded(context.transfer_syntaxes)
            whole = len(abstract) + len(rest) + 8
            if whole > 0xFFFF:
                raise LocalProtocolError(
                    f"presentation context {context.id} of {whole} bytes; its length has 16 bits"
                )
            # Context and abstract syntax in one: there are up to 128 of them
            yield _PROPOSED.pack(0x20, whole, context.id, 0x30, len(abstract)) + abstract + rest
        else:
            syntax = encoded((context.transfer_syntax,))
            yield item(0x21, bytes((context.id, 0, context.result, 0)) + syntax)
