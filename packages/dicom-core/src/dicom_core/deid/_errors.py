"""Why something was not de-identified. Nothing is written in any of these cases, and no text holds a value."""

from .._errors import DicomError

__all__ = [
    "DeidentificationError",
    "NotUnderstood",
    "OutputConflict",
    "Quarantined",
    "UnsupportedObject",
]


class DeidentificationError(DicomError):
    """The object was not de-identified and nothing was written.

    ``rule`` is a stable name of the reason, ``path`` the element and ``offset`` the byte in the source,
    where there are such.
    """

    def __init__(self, rule: str, text: str, *, path: str = "", offset: int | None = None) -> None:
        super().__init__(rule, text)
        self.rule = rule
        self.text = text
        self.path = path
        self.offset = offset

    def __str__(self) -> str:
        place = f" in {self.path}" if self.path else ""
        at = "" if self.offset is None else f" at byte {self.offset}"
        return f"not de-identified: {self.text}{place}{at} (rule {self.rule})"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.rule, self.text, self.path, self.offset)


class NotUnderstood(DeidentificationError):
    """Some of the bytes could not be read for certain, so that nobody knows what they hold."""


class UnsupportedObject(DeidentificationError):
    """The profile does not say how to treat this kind of object (PS3.15 E.1: private SOP classes, for one)."""


class Quarantined(DeidentificationError):
    """Somebody must look at the object first: its pixels or sounds may identify the patient."""


class OutputConflict(DeidentificationError):
    """The folder holds another object with this SOP Instance UID; it stays, and nothing was written.

    ``sop_instance`` is the new UID.
    """

    def __init__(self, sop_instance: str) -> None:
        super().__init__(
            "instance-conflict",
            "a different object with the same SOP Instance UID is in the folder already; "
            "give them UIDs of their own, use another folder, or replace it",
        )
        self.sop_instance = sop_instance

    def __reduce__(self) -> tuple[object, ...]:
        return OutputConflict, (self.sop_instance,)


def _rebuild(
    kind: type[DeidentificationError], rule: str, text: str, path: str, offset: int | None
) -> DeidentificationError:
    return kind(rule, text, path=path, offset=offset)


# Tracebacks, reprs and pickles name the place that users import from
DeidentificationError.__module__ = NotUnderstood.__module__ = "dicom_core.deid"
UnsupportedObject.__module__ = Quarantined.__module__ = "dicom_core.deid"
OutputConflict.__module__ = "dicom_core.deid"
