"""The errors of this package. Each has fields for programs and one sentence for people.

No sentence contains a value of a data set: values are patient data.
"""

from dicom_dict import DicomError, Tag

__all__ = [
    "DicomError",
    "LimitExceeded",
    "MissingElement",
    "NotDicom",
    "ParseError",
    "SourceChanged",
    "TruncatedElement",
    "ValidationError",
    "ValueDecodeError",
    "ValueEncodeError",
    "WriteError",
]


def _where(path: str, offset: int | None) -> str:
    """The place in words, beginning with a space, or nothing."""
    text = f" in {path}" if path else ""
    return text if offset is None else f"{text} at byte {offset}"


def _element(path: str) -> str:
    """The path of an element with the keyword of the dictionary, which is not loaded before."""
    last = path.rpartition(".")[2]
    if len(last) != 11:  # not (gggg,eeee)
        return path
    keyword = Tag(last).keyword
    return f"{path} {keyword}" if keyword else path


class ParseError(DicomError):
    """Bytes are not what PS3.5 or PS3.10 lets stand there.

    ``rule`` names the rule that was broken (the same names as in findings), ``path`` the element
    (``(0040,A730)[2].(0008,0100)``), ``offset`` the byte in the source, ``text`` what was found.
    """

    def __init__(
        self, rule: str, text: str, *, path: str = "", offset: int | None = None, vr: str = ""
    ) -> None:
        super().__init__(rule, text)
        self.rule = rule
        self.text = text
        self.path = path
        self.offset = offset
        self.vr = vr

    def __str__(self) -> str:
        return f"{self.text}{_where(self.path, self.offset)} (rule {self.rule})"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.args, self.__dict__)


class TruncatedElement(ParseError):
    """An element declares more bytes than there are.

    Tolerant reading gives what is there instead, with a finding.
    """

    def __init__(
        self,
        tag: Tag,
        declared: int,
        available: int,
        *,
        path: str = "",
        offset: int | None = None,
        vr: str = "",
    ) -> None:
        text = f"{tag} declares {declared} bytes, {available} are there"
        super().__init__("truncated", text, path=path, offset=offset, vr=vr)
        self.args = (tag, declared, available)
        self.tag = tag
        self.declared = declared
        self.available = available


class NotDicom(ParseError):
    """The bytes do not begin like a DICOM file (PS3.10 7.1).

    A bare data set without preamble and file meta information is read with ``force=True``.
    """

    def __init__(self, text: str, *, offset: int | None = 0, kind: str = "") -> None:
        super().__init__("not-dicom", text, offset=offset)
        self.args = (text,)
        self.kind = kind
        """What the bytes look like instead (``PE``, ``ELF``, ``ZIP`` ...), or empty."""


class ValueDecodeError(DicomError, ValueError):
    """A value breaks the rule of its VR. ``element.raw`` and ``element.text`` still work.

    ``path`` and ``offset`` are filled in by the data set. ``text`` is the offending text and stays
    out of the sentence, since it may be patient data.
    """

    def __init__(
        self, vr: str, text: str, rule: str, *, path: str = "", offset: int | None = None
    ) -> None:
        super().__init__(vr, text, rule)
        self.vr = vr
        self.text = text
        self.rule = rule
        self.path = path
        self.offset = offset

    def __str__(self) -> str:
        place = _where(_element(self.path), self.offset)
        return f"a value{place} is not a valid {self.vr}: {self.rule}; look at element.raw or .text"

    # Exception's own would show the text, and logs print the repr of errors
    def __repr__(self) -> str:
        return f"ValueDecodeError({str(self)!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.args, self.__dict__)


class ValueEncodeError(DicomError, ValueError):
    """A value cannot be written with this VR. ``rule`` says what the VR asks for."""

    def __init__(self, vr: str, rule: str, *, path: str = "") -> None:
        super().__init__(vr, rule)
        self.vr = vr
        self.rule = rule
        self.path = path

    def __str__(self) -> str:
        return f"the value{_where(_element(self.path), None)} cannot be {self.vr}: {self.rule}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.args, self.__dict__)


class MissingElement(DicomError, KeyError):
    """The data set has no such element; ``tag`` says which, ``path`` where the data set stands."""

    def __init__(self, tag: Tag, *, path: str = "") -> None:
        super().__init__(tag)
        self.tag = tag
        self.path = path

    # KeyError prints the repr of its argument; a sentence is wanted here.
    def __str__(self) -> str:
        name = self.tag.keyword
        what = f"{self.tag} {name}" if name else str(self.tag)
        return f"no element {what}{_where(self.path, None)}; `in` tells, .get() gives None"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.args, self.__dict__)


class LimitExceeded(DicomError):
    """A limit was reached: ``limit`` names its field in `Limits`, or in what ``holder`` names; ``value`` is what was met."""

    def __init__(self, limit: str, value: int, where: str = "", holder: str = "Limits") -> None:
        super().__init__(limit, value, where, holder)
        self.holder = holder
        self.limit = limit
        self.value = value
        self.where = where

    def __str__(self) -> str:
        place = f" {self.where}" if self.where else ""
        return f"the limit {self.limit!r} is exceeded by {self.value}{place}; raise it in {self.holder}(...)"


class SourceChanged(DicomError):
    """The file or object changed after it was read, so that deferred values are no longer there.

    Read it again.
    """

    def __init__(self, path: str, offset: int | None = None) -> None:
        super().__init__(path, offset)
        self.path = path
        self.offset = offset

    def __str__(self) -> str:
        place = "" if self.offset is None else f" (value at byte {self.offset})"
        return f"{self.path} changed since it was read{place}; read it again"


class WriteError(DicomError):
    """The data set or file cannot be written as asked; nothing was written."""

    def __init__(self, text: str, *, path: str = "", rule: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.path = path
        self.rule = rule

    def __str__(self) -> str:
        return f"{self.text}{_where(_element(self.path), None)}"


class ValidationError(DicomError):
    """A check was asked to raise and found something; ``findings`` holds all of it."""

    def __init__(self, text: str, findings: tuple[object, ...] = ()) -> None:
        super().__init__(text, findings)
        self.text = text
        self.findings = findings

    def __str__(self) -> str:
        return self.text


def _rebuild(
    kind: type[DicomError], args: tuple[object, ...], fields: dict[str, object]
) -> DicomError:
    """Unpickle an error whose fields are keyword arguments."""
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(fields)
    return error


# Tracebacks, reprs and pickles name the place that users import from
ParseError.__module__ = TruncatedElement.__module__ = NotDicom.__module__ = "dicom_core"
ValueDecodeError.__module__ = ValueEncodeError.__module__ = "dicom_core"
MissingElement.__module__ = LimitExceeded.__module__ = SourceChanged.__module__ = "dicom_core"
WriteError.__module__ = ValidationError.__module__ = "dicom_core"
