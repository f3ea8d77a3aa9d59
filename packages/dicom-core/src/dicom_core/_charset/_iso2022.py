"""Code extensions: escape sequences that switch the lower and upper half of the code table (PS3.5 6.1.2.5).

The first declared set is active at the beginning of every value, line, page and, in person
names, component and group; it is active again before each of their ends. Escape sequences that
were not declared are obeyed and reported; what is no escape sequence of the standard is replaced.
"""

import re
from functools import cache
from typing import Final

from ._single import REPLACEMENT, decode_all, encode_one, jisx0201
from ._terms import EXTENSIBLE, CodeSet, Problem

__all__ = ["decode", "encode"]

# A run of escape sequences is one match, so that a storm of them is cheap; bounded, so that its memory is too.
_ESCAPES: Final = re.compile(
    rb"(?:\x1b(?:[(][BJ]|[$]B|[$][(]D|[)]I|-[A-DF-HLMTb]|[$][)][AC])){1,64}"
)
_HALVES: Final = re.compile(rb"[\x00-\x7f]++|[\x80-\xff]++")
_PRINTABLE: Final = re.compile(rb"[\x21-\x7e]+").fullmatch
_PAIRS: Final = re.compile(rb"[\x21-\x7e]++|[^\x21-\x7e]++")
# What makes the first set active again, by kind of text. Of two-byte sets in G0 only controls can be told
# from halves of a character; the standard has the writer switch back before a delimiter.
_RESETS: Final = {
    "undivided": re.compile(rb"[\x00-\x1a\x1c-\x1f]"),
    "divided": re.compile(rb"[\x00-\x1a\x1c-\x1f\\]"),
    "name": re.compile(rb"[\x00-\x1a\x1c-\x1f\\^=]"),
}
_CONTROLS: Final = _RESETS["undivided"]

_UNDECLARED: Final = Problem(
    "charset-undeclared", "an escape sequence switches to a set that is not declared"
)
_BYTES: Final = Problem(
    "charset-bytes", "some bytes are not in the character set that is active there"
)


def _kind(vr: str) -> str:
    if vr == "PN":
        return "name"
    return "undivided" if vr in {"LT", "ST", "UT", "UR"} else "divided"


@cache
def _by_escape() -> dict[bytes, CodeSet]:
    """The code set that each escape sequence designates."""
    found: dict[bytes, CodeSet] = {}
    for entry in EXTENSIBLE.values():
        if entry.g1:
            found[entry.g1.encode()] = entry
        if entry.g0.startswith("$"):
            found[entry.g0.encode()] = entry
    return found


def _initial(sets: tuple[CodeSet, ...]) -> tuple[bytes, bytes]:
    """The escape sequences of what is active first; empty for no G1 set."""
    first = sets[0]
    return (b"(B" if first.g0.startswith("$") else first.g0.encode()), first.g1.encode()


def decode(raw: bytes, vr: str, sets: tuple[CodeSet, ...]) -> tuple[str, tuple[Problem, ...]]:
    """The text of a value field with escape sequences, and what was wrong with it. One pass."""
    kind = _kind(vr)
    declared = {
        b"(B",
        *(entry.g0.encode() for entry in sets),
        *(entry.g1.encode() for entry in sets),
    }
    first = state = _initial(sets)
    out: list[str] = []
    problems: dict[Problem, None] = {}
    place = 0
    for match in _ESCAPES.finditer(raw):
        state = _piece(raw[place : match.start()], state, first, kind, out)
        designated = match.group().split(b"\x1b")[1:]
        for escape in designated:
            # A hyphen or a closing bracket designates to G1.
            state = (state[0], escape) if escape[-2] in b"-)" else (escape, state[1])
        if not declared.issuperset(designated):
            problems[_UNDECLARED] = None
        place = match.end()
    _piece(raw[place:], state, first, kind, out)
    text = "".join(out)
    if REPLACEMENT in text:
        problems[_BYTES] = None
    return text, tuple(problems)


def _piece(
    piece: bytes, state: tuple[bytes, bytes], first: tuple[bytes, bytes], kind: str, out: list[str]
) -> tuple[bytes, bytes]:
    """Decode what lies between two escape sequences; after a delimiter the first set is active.

    The result is what is active at its end.
    """
    if piece and state != first:
        reset = (_CONTROLS if state[0].startswith(b"$") else _RESETS[kind]).search(piece)
        if reset is not None:
            _halves(piece[: reset.start()], state, kind, out)
            piece = piece[reset.start() :]
            state = first
    _halves(piece, state, kind, out)
    return state


def _halves(piece: bytes, state: tuple[bytes, bytes], kind: str, out: list[str]) -> None:
    g0, g1 = state
    # Most pieces are of one kind, and each saves the general way.
    if g0 == b"(B":
        if piece.isascii() and b"\x1b" not in piece:
            out.append(piece.decode("ascii"))
            return
    elif g0 != b"(J" and _PRINTABLE(piece):
        out.append((b"\x1b" + g0 + piece).decode(_by_escape()[g0].codec, "replace"))
        return
    for run in _HALVES.findall(piece):
        if run[0] >= 0x80:
            out.append(_upper(run, g1))
        elif g0 == b"(B":
            out.append(run.decode("ascii").replace("\x1b", REPLACEMENT))
        elif g0 == b"(J":
            table = jisx0201("\N{YEN SIGN}" if kind == "undivided" else "\\")
            out.append("".join([table[code] for code in run]).replace("\x1b", REPLACEMENT))
        else:
            codec = _by_escape()[g0].codec
            for part in _PAIRS.findall(run):
                if 0x21 <= part[0] <= 0x7E:
                    out.append((b"\x1b" + g0 + part).decode(codec, "replace"))
                else:
                    out.append(part.decode("ascii").replace("\x1b", REPLACEMENT))


def _upper(run: bytes, g1: bytes) -> str:
    entry = _by_escape().get(g1)
    if entry is None:
        return REPLACEMENT * len(run)
    return decode_all(run, entry.codec, undivided=True)


def encode(text: str, vr: str, sets: tuple[CodeSet, ...], *, replace: bool) -> tuple[bytes, int]:
    """The bytes of one value, and the index of the first character that no set has, or -1.

    With ``replace`` such a character becomes a question mark.
    """
    first = _initial(sets)
    kind = _kind(vr)
    known: dict[str, tuple[int, bytes, bytes]] = {}
    out: list[bytes] = []
    state = first
    for place, character in enumerate(text):
        if _is_reset(character, kind):
            out.append(_back(state, first))
            state = first
            out.append(character.encode("ascii"))
            continue
        found = known.get(character)
        # A set that is active already is taken before any other: fewer escapes.
        if found is None or state[found[0]] != found[1]:
            found = known[character] = _designation(character, state, sets, kind)
        half, escape, data = found
        if half < 0:
            if not replace:
                return b"", place
            half, escape, data = _designation("?", state, sets, kind)
        if state[half] != escape:
            out.append(b"\x1b" + escape)
            state = (escape, state[1]) if half == 0 else (state[0], escape)
        out.append(data)
    out.append(_back(state, first))
    return b"".join(out), -1


def _is_reset(character: str, kind: str) -> bool:
    if character < " ":
        return character != "\x1b"
    return (character in "^=" and kind == "name") or (character == "\\" and kind != "undivided")


def _back(state: tuple[bytes, bytes], first: tuple[bytes, bytes]) -> bytes:
    """The escape sequences that make the first set active again."""
    out = b"\x1b" + first[0] if state[0] != first[0] else b""
    # Where the first set has no G1, none is to be restored (PS3.5 6.1.2.5.3).
    return out + b"\x1b" + first[1] if first[1] and state[1] != first[1] else out


def _designation(
    character: str, state: tuple[bytes, bytes], sets: tuple[CodeSet, ...], kind: str
) -> tuple[int, bytes, bytes]:
    """Which half must hold which set for a character, and its bytes there; half -1 where no set has it."""
    options = [(0, state[0]), (1, state[1])]
    for entry in sets:
        options += [(0, entry.g0.encode()), (1, entry.g1.encode())]
    for half, escape in options:
        data = _bytes_in(character, half, escape, kind) if escape else b""
        if data:
            return half, escape, data
    return -1, b"", b""


def _bytes_in(character: str, half: int, escape: bytes, kind: str) -> bytes:
    """The bytes of a character in the set that an escape sequence designates, empty where it is not there."""
    if character == "\x1b":  # would be read as the beginning of an escape sequence
        return b""
    try:
        if escape == b"(B":
            data = character.encode("ascii")
        elif escape == b"(J":
            data = encode_one(character, "jisx0201", undivided=kind == "undivided")
        elif escape.startswith(b"$") and half == 0:
            data = character.encode(_by_escape()[escape].codec)
            # Python's codec chooses among its own sets; only this one was asked for.
            prefix = b"\x1b" + escape
            return data[len(prefix) : -3] if data.startswith(prefix) else b""
        else:
            data = encode_one(character, _by_escape()[escape].codec, undivided=True)
    except UnicodeEncodeError:
        return b""
    return data if (data[0] >= 0x80) == bool(half) else b""
