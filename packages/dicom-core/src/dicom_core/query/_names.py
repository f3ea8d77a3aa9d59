"""How person names are compared (PS3.4 C.2.2.2.1.1, where the standard leaves the choice to us).

Literal matching: case and width (half-width kana, full-width Latin, presentation forms) do not matter, accents do.
Delimiters that nothing follows and spaces around components do not count. A key of one component group
is compared with each group of the name; a key with ``=`` group by group, where an empty group matches anything.
"""

import unicodedata
from bisect import bisect_left
from typing import Final

from .._errors import LimitExceeded
from ._wildcard import WildcardPattern, has_wildcard

__all__ = [
    "WORDS",
    "FuzzyWords",
    "NamePattern",
    "fold_name",
    "name_groups",
    "name_words",
    "soundex",
]

WORDS: Final = 64
"""The most words of a fuzzy key."""
_SEPARATORS: Final = str.maketrans("^=,.-'\\", "       ")
_CODES: Final = {
    letter: str(code)
    for code, letters in enumerate(("BFPV", "CGJKQSXZ", "DT", "L", "MN", "R"), 1)
    for letter in letters
}


def fold_name(text: str, *, accents: bool = True) -> str:
    """A name without what does not matter when names are compared; ``accents=False`` takes them away too."""
    if text.isascii():
        return text.lower()
    if accents:
        return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    parts = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize(
        "NFKC", "".join(part for part in parts if not _is_accent(part))
    ).casefold()


def _is_accent(character: str) -> bool:
    # The voiced sound marks of kana are combining, and no accents
    return unicodedata.combining(character) != 0 and character not in "\u3099\u309a"


def name_groups(text: str) -> tuple[str, ...]:
    """The component groups in one form: no spaces around components, no delimiters at the end."""
    return tuple(
        "^".join(part.strip(" ") for part in group.split("^")).rstrip("^")
        for group in text.split("=")
    )


class NamePattern:
    """A key of a literal match, with or without wild cards."""

    __slots__ = ("_any", "_exact", "_groups", "_sensitive")

    def __init__(self, text: str, *, case_sensitive: bool) -> None:
        self._sensitive = case_sensitive
        groups = name_groups(self._folded(text))
        self._any = len(groups) == 1
        self._groups = tuple(
            WildcardPattern(group) if has_wildcard(group) else None for group in groups
        )
        self._exact = groups

    def _folded(self, text: str) -> str:
        return text if self._sensitive else fold_name(text)

    def matches(self, name: str) -> bool:
        """Whether a name is meant."""
        groups = name_groups(self._folded(name))
        if self._any:
            return any(self._group(0, group) for group in groups if group)
        padded = groups + ("",) * (len(self._exact) - len(groups))
        return all(
            not want or self._group(index, padded[index]) for index, want in enumerate(self._exact)
        )

    def _group(self, index: int, group: str) -> bool:
        pattern = self._groups[index]
        if pattern is None:
            return group == self._exact[index]
        if pattern.matches(group):
            return True
        # DOE^* asks for all DOE, also for one without a given name: DOE is DOE^^^^ (PS3.5 6.2.1.2)
        return "^" in pattern.pattern and pattern.matches(
            group + "^" * max(4 - group.count("^"), 0)
        )


def name_words(text: str) -> tuple[str, ...]:
    """The words of a name, folded without accents: what fuzzy matching compares."""
    return tuple(fold_name(text, accents=False).translate(_SEPARATORS).split())


def soundex(word: str) -> str:
    """How a word sounds, as its first letter and three digits; empty for a word of another script.

    >>> soundex("Smith") == soundex("smyth") == "S530"
    True
    """
    letters = word.upper()
    if not letters.isascii() or not letters.isalpha():
        return ""
    code = letters[0]
    previous = _CODES.get(letters[0], "")
    for letter in letters[1:]:
        digit = _CODES.get(letter, "")
        if digit and digit != previous:
            code += digit
            if len(code) == 4:
                break
        if letter not in "HW":  # they do not separate equal sounds
            previous = digit
    return code.ljust(4, "0")


class FuzzyWords:
    """The words of a fuzzy key, ready to be looked for in names."""

    __slots__ = ("_wanted",)

    def __init__(self, words: tuple[str, ...]) -> None:
        if len(words) > WORDS:
            raise LimitExceeded("words", len(words), "in a fuzzy name")
        self._wanted = tuple(
            (word, soundex(word), WildcardPattern(word) if has_wildcard(word) else None)
            for word in words
        )

    def matches(self, name: str) -> bool:
        """Whether each word is found in the name."""
        words = sorted(set(name_words(name)))
        sounds: set[str] | None = None
        for word, sound, pattern in self._wanted:
            if pattern is not None:
                if not any(map(pattern.matches, words)):
                    return False
                continue
            at = bisect_left(words, word)
            if at < len(words) and words[at].startswith(word):
                continue
            if sounds is None:
                sounds = {soundex(other) for other in words}
            if not sound or sound not in sounds:
                return False
        return True


# Tracebacks, reprs and pickles name the place that users import from
fold_name.__module__ = name_groups.__module__ = name_words.__module__ = "dicom_core.query"
soundex.__module__ = "dicom_core.query"
