"""What a value of Specific Character Set (0008,0005) means: from bytes to text and back."""

from functools import lru_cache
from typing import ClassVar, Final, Literal

from ..values._errors import InvalidValue
from ._single import decode_all, encode_one, undecodable
from ._terms import ALONE, EXTENSIBLE, CodeSet, Problem, normal_term

__all__ = ["Charset", "UnencodableText"]

# Texts of these VRs are never divided into values: byte 5C is a character (PS3.5 6.2).
UNDIVIDED: Final = frozenset({"LT", "ST", "UT", "UR"})

Policy = Literal["error", "replace"]


class UnencodableText(InvalidValue):
    """A text has a character that the declared character sets do not have.

    ``position`` is its index, ``terms`` the declaration. Declare another character set, choose
    one with ``choose``, encode with ``errors="replace"``, or write with ``WriteOptions(charset="utf-8")``.
    """

    def __init__(self, vr: str, text: str, position: int, terms: tuple[str, ...]) -> None:
        rule = (
            f"the character at index {position} is not in {_declared(terms)}; declare a set that has it, "
            'such as ds.SpecificCharacterSet = "ISO_IR 192" (UTF-8)'
        )
        super().__init__(vr, text, rule)
        self.args = (vr, text, position, terms)
        self.position = position
        self.terms = terms


def _declared(terms: tuple[str, ...]) -> str:
    """A declaration in words. What a file declares may be anything: only defined terms are repeated."""
    if not terms:
        return "the default repertoire"
    if all(not term or normal_term(term)[1] for term in terms):
        return "\\".join(terms)
    return "the declared character set"


class Charset:
    """The character sets that a data set declares.

    Reading with it never raises: what cannot be decoded becomes U+FFFD, and ``decode_checked``
    says so. What is wrong with the declaration itself is in ``problems``.
    """

    __slots__ = ("_codec", "_fallback", "_sets", "extended", "names", "plain", "problems", "terms")

    DEFAULT: "ClassVar[Charset]"
    """Nothing declared: the default repertoire, ASCII."""

    terms: tuple[str, ...]
    """The terms as they were given."""
    names: tuple[str, ...]
    """The terms as the standard spells them; empty for the default repertoire at its place."""
    problems: tuple[Problem, ...]
    """What is wrong with the declaration."""
    plain: bool
    """Whether bytes below 80, none of them ESC, are the ASCII characters they look like."""
    extended: bool
    """Whether escape sequences may switch among several sets (PS3.5 6.1.2.5)."""

    def __init__(self, terms: tuple[str, ...] = (), fallback: "Charset | None" = None) -> None:
        self.terms = terms
        self.names, self.extended, self.problems = _understand(terms)
        self._fallback = None if self.names and self.names[0] else fallback
        self._sets = tuple(_code_set(name) for name in self.names) if self.extended else ()
        self._codec = _first_codec(self.names)
        self.plain = self._codec != "jisx0201"

    @staticmethod
    def parse(
        terms: "tuple[str, ...] | list[str] | str | None", fallback: str | None = None
    ) -> "Charset":
        """The character sets of the terms; unknown ones are noted in ``problems``.

        ``fallback`` is the term to read bytes beyond ASCII with where nothing known is declared
        in first place; without it they become U+FFFD.
        """
        if isinstance(terms, str):  # as every file declares it
            return _of_text(terms, fallback)
        terms = () if terms is None else tuple(terms)
        while terms and not terms[-1].strip(" \0"):
            terms = terms[:-1]
        if not terms and fallback is None:
            return Charset.DEFAULT
        return _remembered(terms, fallback)

    def decode(self, raw: bytes, vr: str) -> str:
        """The text of a value field, padding and separators of values included; never raises.

        A backslash in the result of a VR with several values is always a separator.
        """
        if self.extended and b"\x1b" in raw:
            from ._iso2022 import decode

            return decode(raw, vr, self._sets)[0]
        if self._fallback is not None and not raw.isascii():
            return self._fallback.decode(raw, vr)
        return decode_all(raw, self._codec, undivided=vr in UNDIVIDED)

    def decode_checked(self, raw: bytes, vr: str) -> tuple[str, tuple[Problem, ...]]:
        """The same text as ``decode``, and what was wrong with the bytes."""
        if self.extended and b"\x1b" in raw:
            from ._iso2022 import decode

            text, problems = decode(raw, vr, self._sets)
            return text, problems
        text = self.decode(raw, vr)
        if self._fallback is not None and not raw.isascii():
            declared = "\\".join(self._fallback.terms)
            found = Problem(
                "charset-undeclared",
                f"bytes beyond ASCII without a declared set were read as {declared}",
            )
            return text, (found, *self._fallback.decode_checked(raw, vr)[1])
        if undecodable(raw, self._codec):
            # not the terms themselves: where they are no defined ones they could say anything
            declared = "declared character set" if self.terms else "default repertoire"
            return text, (Problem("charset-bytes", f"some bytes are not in the {declared}"),)
        return text, ()

    def encode(self, text: str, vr: str, errors: Policy = "error") -> bytes:
        """The bytes of one value, without padding.

        A character that no declared set has raises UnencodableText, or becomes a question mark
        with ``errors="replace"``.
        """
        # ASCII is the initial G0 set; ESC is no character where escape sequences are.
        if self.plain and text.isascii() and not (self.extended and "\x1b" in text):
            return text.encode("ascii")
        if self.extended:
            from ._iso2022 import encode

            data, position = encode(text, vr, self._sets, replace=errors == "replace")
            if position >= 0:
                raise UnencodableText(vr, text, position, self.terms)
            return data
        try:
            return encode_one(text, self._codec, undivided=vr in UNDIVIDED)
        except UnicodeEncodeError as error:
            if errors == "replace":
                return encode_one(text, self._codec, undivided=vr in UNDIVIDED, errors="replace")
            raise UnencodableText(vr, text, error.start, self.terms) from None

    def can_encode(self, text: str, vr: str = "LO") -> bool:
        """Whether every character of the text is in one of the sets."""
        try:
            self.encode(text, vr)
        except UnencodableText:
            return False
        return True

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Charset):
            return NotImplemented
        return (self.terms, self._fallback) == (other.terms, other._fallback)

    def __hash__(self) -> int:
        return hash(self.terms)

    def __repr__(self) -> str:
        return f"Charset.parse({self.terms!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return (Charset, (self.terms, self._fallback))


# Declarations repeat in every file and item of a collection; what is remembered is a function of the terms alone.
@lru_cache(maxsize=64)
def _of_text(text: str, fallback: str | None) -> Charset:
    return Charset.parse(text.split("\\"), fallback)


@lru_cache(maxsize=64)
def _remembered(terms: tuple[str, ...], fallback: str | None) -> Charset:
    return Charset(terms, None if fallback is None else Charset(tuple(fallback.split("\\"))))


def _understand(terms: tuple[str, ...]) -> tuple[tuple[str, ...], bool, tuple[Problem, ...]]:
    """The standard's names, whether code extensions are in use, and what is wrong (PS3.3 C.12.1.1.2)."""
    names: list[str] = []
    problems: list[Problem] = []
    for place, term in enumerate(terms[:64]):
        if not term.strip(" \0"):
            names.append("")
            continue
        name, exact = normal_term(term)
        if not name:
            problems.append(Problem("unknown-charset", f"value {place + 1} is no defined term"))
            names.append("")
            continue
        if not exact:
            problems.append(Problem("charset-spelling", f"value {place + 1} means {name}"))
        names.append(name)
    if len(terms) > 64:
        problems.append(Problem("charset-combination", "values after the 64th are not looked at"))
    return _combined(names, problems)


def _combined(
    names: list[str], problems: list[Problem]
) -> tuple[tuple[str, ...], bool, tuple[Problem, ...]]:
    if names and names[0] in ALONE:
        if len(names) > 1:
            problems.append(
                Problem("charset-combination", f"{names[0]} allows no other value beside it")
            )
        return (names[0],), False, tuple(problems)
    kept: list[str] = names[:1]
    for name in names[1:]:
        if name in ALONE:
            problems.append(
                Problem(
                    "charset-combination", f"{name} allows no other value beside it and is left out"
                )
            )
        elif name.startswith("ISO_IR"):
            problems.append(
                Problem("charset-combination", f"{name} among several values means ISO 2022")
            )
            kept.append(name.replace("ISO_IR", "ISO 2022 IR"))
        elif name:
            kept.append(name)
    extended = len(kept) > 1 or bool(kept and kept[0].startswith("ISO 2022"))
    if len(names) > 1 and kept and kept[0].startswith("ISO_IR"):
        problems.append(
            Problem("charset-combination", f"{kept[0]} among several values means ISO 2022")
        )
        kept[0] = kept[0].replace("ISO_IR", "ISO 2022 IR")
        extended = True
    elif len(names) == 1 and extended and kept[0] != "ISO 2022 IR 6":
        problems.append(
            Problem("charset-combination", f"{kept[0]} is a term for one of several values")
        )
    return tuple(kept), extended, tuple(problems)


def _code_set(name: str) -> CodeSet:
    return EXTENSIBLE[int(name.rpartition(" ")[2])] if name else EXTENSIBLE[6]


def _first_codec(names: tuple[str, ...]) -> str:
    """The codec of what is active where a value begins."""
    if not names or not names[0]:
        return "ascii"
    if names[0] in ALONE:
        return ALONE[names[0]]
    first = _code_set(names[0])
    # Of a declaration that begins with a two-byte G0 set, which it must not, ASCII is what begins.
    return "ascii" if first.g0.startswith("$") else first.codec


Charset.DEFAULT = Charset()


# Tracebacks, reprs and pickles name the place that users import from
Charset.__module__ = "dicom_core"
UnencodableText.__module__ = "dicom_core.values"
