"""The defined terms of Specific Character Set (0008,0005), and the code tables behind them (PS3.3 C.12.1.1.2)."""

from typing import Final

__all__ = ["ALONE", "EXTENSIBLE", "CodeSet", "Problem", "normal_term"]


class Problem:
    """What is wrong with a declaration or with the bytes of a text, without any of the text.

    ``rule`` is a stable name (unknown-charset, charset-spelling, charset-combination, charset-undeclared,
    charset-bytes), ``text`` one sentence.
    """

    __slots__ = ("rule", "text")
    __match_args__ = ("rule", "text")

    def __init__(self, rule: str, text: str) -> None:
        self.rule = rule
        self.text = text

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Problem):
            return NotImplemented
        return (self.rule, self.text) == (other.rule, other.text)

    def __hash__(self) -> int:
        return hash((self.rule, self.text))

    def __repr__(self) -> str:
        return f"Problem({self.rule!r}, {self.text!r})"


class CodeSet:
    """What one term designates, to the lower half (G0) or the upper half (G1) of the code table, and how.

    ``number`` is the ISO registration number in the term. ``g0`` and ``g1`` are the escape sequences, without
    ESC, that designate its sets; empty where it has none. ``codec`` is Python's name for ASCII below and this
    set above or, of a G0 set of two bytes, for what follows its escape. ``double``: a character is two bytes.
    """

    __slots__ = ("codec", "double", "g0", "g1", "number")

    def __init__(self, number: int, g0: str, g1: str, codec: str, *, double: bool = False) -> None:
        self.number = number
        self.g0 = g0
        self.g1 = g1
        self.codec = codec
        self.double = double


# PS3.3 tables C.12-3 and C.12-4 by registration number. ISO-IR 203 came in after 2016 (Latin alphabet No. 9).
EXTENSIBLE: Final[dict[int, CodeSet]] = {
    entry.number: entry
    for entry in (
        CodeSet(6, "(B", "", "ascii"),
        CodeSet(100, "(B", "-A", "iso8859_1"),
        CodeSet(101, "(B", "-B", "iso8859_2"),
        CodeSet(109, "(B", "-C", "iso8859_3"),
        CodeSet(110, "(B", "-D", "iso8859_4"),
        CodeSet(144, "(B", "-L", "iso8859_5"),
        CodeSet(127, "(B", "-G", "iso8859_6"),
        CodeSet(126, "(B", "-F", "iso8859_7"),
        CodeSet(138, "(B", "-H", "iso8859_8"),
        CodeSet(148, "(B", "-M", "iso8859_9"),
        CodeSet(203, "(B", "-b", "iso8859_15"),
        CodeSet(166, "(B", "-T", "iso8859_11"),
        CodeSet(13, "(J", ")I", "jisx0201"),
        CodeSet(87, "$B", "", "iso2022_jp", double=True),
        CodeSet(159, "$(D", "", "iso2022_jp_1", double=True),
        CodeSet(149, "(B", "$)C", "euc_kr", double=True),
        CodeSet(58, "(B", "$)A", "gb2312", double=True),
    )
}

# PS3.3 table C.12-5: these allow no code extension.
ALONE: Final[dict[str, str]] = {"ISO_IR 192": "utf_8", "GB18030": "gb18030", "GBK": "gbk"}

_SEPARATORS: Final = str.maketrans("", "", " _-")


def normal_term(term: str) -> tuple[str, bool]:
    """The term as the standard spells it, and whether it was spelled so; an empty text where it is unknown.

    Spellings of the same term with other separators or small letters are recognised: they are
    common and leave no doubt.
    """
    body = term.strip(" \0")
    bare = body.upper().translate(_SEPARATORS)
    name = ""
    if bare.startswith("ISO2022IR"):
        number = _number(bare[9:])
        name = f"ISO 2022 IR {number}" if number in EXTENSIBLE else ""
    elif bare.startswith("ISOIR"):
        number = _number(bare[5:])
        # ISO_IR 87, 58 and so on do not exist as terms; what is meant is plain.
        if number in EXTENSIBLE:
            name = f"ISO 2022 IR {number}" if EXTENSIBLE[number].double else f"ISO_IR {number}"
        elif number == 192:
            name = "ISO_IR 192"
    elif bare in {"GB18030", "GBK"}:
        name = bare
    elif bare == "UTF8":
        name = "ISO_IR 192"
    return name, name == body


def _number(digits: str) -> int:
    return int(digits) if len(digits) <= 3 and digits.isascii() and digits.isdigit() else -1
