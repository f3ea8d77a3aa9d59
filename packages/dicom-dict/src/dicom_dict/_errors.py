"""The root of the error hierarchy of all packages, and the two errors of this one."""

from collections.abc import Iterable

__all__ = ["DicomError", "TagFormatError", "UnknownEntry"]

_LONGEST = 64  # characters of what was asked for that a sentence repeats: files ask for anything
_PUBLIC = "dicom_dict"  # the path that a traceback shows is the one that users import from


class DicomError(Exception):
    """The base of every error that a package of this project raises on purpose.

    Catch it to catch them all. Each subclass has machine-readable fields beside its sentence.
    """

    __module__ = _PUBLIC


class UnknownEntry(DicomError, KeyError):
    """A table of the standard has no such entry.

    ``table`` names the table that was asked, ``asked`` what was asked for, and ``suggestions``
    the nearest entries there are, best first.
    """

    __module__ = _PUBLIC

    def __init__(self, table: str, asked: object, suggestions: Iterable[str] = ()) -> None:
        self.table = table
        self.asked = asked
        self._near = suggestions
        super().__init__(table, asked)

    @property
    def suggestions(self) -> tuple[str, ...]:
        """The nearest entries, looked for when they are first asked for: files ask for much that nobody knows."""
        if not isinstance(self._near, tuple):
            self._near = tuple(self._near)
        return self._near

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.table, self.asked, self.suggestions)

    # KeyError prints the repr of its argument; a sentence is wanted here.
    def __str__(self) -> str:
        asked = self.asked if isinstance(self.asked, str) else str(self.asked)
        if len(asked) > _LONGEST:
            asked = f"{asked[:_LONGEST]}..."
        sentence = f"no {self.table} {asked!r}"
        if self.suggestions:
            sentence += f"; did you mean {_one_of(self.suggestions)}?"
        return sentence


class TagFormatError(DicomError, ValueError):
    """A text or number is not a data element tag."""

    __module__ = _PUBLIC

    FORMS = "'(0010,0010)', '0010,0010', '00100010', a keyword such as 'PatientName', 0x00100010 or (0x0010, 0x0010)"

    def __init__(self, given: object) -> None:
        self.given = given
        super().__init__(given)

    def __str__(self) -> str:
        return f"{self.given!r} is not a tag; write {self.FORMS}"


def _one_of(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
