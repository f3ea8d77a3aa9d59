"""What can go wrong with a file-set."""

from dicom_dict import DicomError

__all__ = ["DirectoryError", "UnsafeReference"]


class DirectoryError(DicomError):
    """A file-set cannot be read or changed as asked. ``rule`` names why, ``offset`` the directory record."""

    def __init__(self, rule: str, text: str, *, offset: int | None = None) -> None:
        super().__init__(rule, text)
        self.rule = rule
        self.text = text
        self.offset = offset

    def __str__(self) -> str:
        place = "" if self.offset is None else f" in the directory record at byte {self.offset}"
        return f"{self.text}{place} (rule {self.rule})"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.rule, self.text, self.offset)


class UnsafeReference(DirectoryError):
    """A Referenced File ID does not name a file below the root of the file-set. Nothing was opened."""


def _rebuild(
    kind: type[DirectoryError], rule: str, text: str, offset: int | None
) -> DirectoryError:
    return kind(rule, text, offset=offset)


# Tracebacks, reprs and pickles name the place that users import from
DirectoryError.__module__ = UnsafeReference.__module__ = "dicom_core.dicomdir"
