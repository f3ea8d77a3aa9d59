"""The words that identify the patient somewhere in an object, and taking them out of texts that stay."""

import re
from typing import TYPE_CHECKING, Final

from .._errors import DicomError
from ._errors import NotUnderstood

if TYPE_CHECKING:
    from .._dataset import Dataset
    from .._element import DataElement

__all__ = ["Survey", "survey"]

# Identifiers that are not names: of the patient, of the order, of the visit, of the sample
_NUMBERS: Final = frozenset(
    (
        0x00080050, 0x00100020, 0x00101000, 0x00101090, 0x00102154, 0x00120040, 0x00120042, 0x00200010,
        0x00380010, 0x00380060, 0x00401001, 0x00402016, 0x00402017, 0x0040050A, 0x00400551,
    )
)  # fmt: skip
_REFERENCE: Final = 0x0040DB73  # Referenced Content Item Identifier
_MOST_WORDS: Final = 400
# What stands in names and is no name
_NOBODY: Final = frozenset(
    (
        "and", "anon", "anonymized", "anonymous", "case", "das", "default", "deidentified", "del", "den", "der",
        "des", "doctor", "female", "male", "med", "mrs", "name", "none", "null", "other", "patient", "phantom",
        "prof", "removed", "research", "subject", "test", "the", "unknown", "van", "von", "volunteer",
    )
)  # fmt: skip
_WORDS: Final = re.compile(r"[^\W\d_]+").findall


class Survey:
    """What one look over a whole object shows."""

    __slots__ = ("_pattern", "refers", "words")

    def __init__(self) -> None:
        self.words: set[str] = set()
        self.refers = False
        """Whether content items refer to others by their position."""
        self._pattern: re.Pattern[str] | None = None

    def note(self, element: "DataElement") -> None:
        """Take in one element."""
        tag = element.tag
        if element.vr == "PN":
            self._name(element.text)
        elif tag in _NUMBERS:
            for number in element.text.split("\\"):
                # Short numbers are everywhere and identify nobody
                if len(number.strip()) >= 4 and any(map(str.isdigit, number)):
                    self.words.add(number.strip().lower())
        elif tag == _REFERENCE:
            self.refers = True

    def _name(self, text: str) -> None:
        for name in re.split(r"[\\=]", text):
            parts = _WORDS(name)
            if len(parts) > 1:
                self.words.add(" ".join(parts).lower())
            for part in parts:
                # Two letters of Latin script are no word to look for; two ideographs may be a name
                if len(part) >= 3 or (
                    len(part) == 2 and not part.isascii() and ord(part[0]) > 0x2E80
                ):
                    self.words.add(part.lower())

    def clean(self, text: str) -> str:
        """The text without the words that identify; the same object where there are none."""
        if not self.words or not text:
            return text
        if self._pattern is None:
            from ._clean import harmless

            words = sorted(self.words - harmless() - _NOBODY, key=lambda word: (-len(word), word))
            some = "|".join(
                re.escape(word).replace(r"\ ", r"[\W_]+") for word in words[:_MOST_WORDS]
            )
            self._pattern = re.compile(
                rf"(?<![^\W_])(?:{some})(?![^\W_])" if some else r"(?!)", re.IGNORECASE
            )
        cleaned, count = self._pattern.subn("", text)
        return re.sub(r" {2,}", " ", cleaned).strip(" ") if count else text


def survey(dataset: "Dataset") -> Survey:
    """Look at every element once; what cannot be read raises `NotUnderstood`."""
    found = Survey()
    element = None
    try:
        for element in dataset.walk():
            found.note(element)
    except NotUnderstood:
        raise
    except DicomError as error:
        path = getattr(error, "path", "") or (element.path if element is not None else "")
        raise NotUnderstood(
            "unreadable",
            "the structure cannot be read",
            path=path,
            offset=getattr(error, "offset", None),
        ) from None
    return found
