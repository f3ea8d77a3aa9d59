"""`DicomFile`: a Part 10 file as a value: preamble, file meta information, data set, and where it came from."""

from _thread import allocate_lock
from typing import TYPE_CHECKING, Final, Self

from ._dataset import Dataset
from ._file_parts import PARTS, part
from ._findings import Collector, Finding
from ._index import Reading
from ._meta import EXPLICIT_LITTLE, uid_of

if TYPE_CHECKING:
    from dicom_dict import TransferSyntax

    from ._options import ReadOptions
    from ._source import ByteSource, ValueHandle
    from ._survey import Survey

__all__ = ["DicomFile"]

# What a preamble may begin like; a TIFF header is what PS3.10 7.1 has in mind
_KINDS: Final[dict[str, tuple[bytes, ...]]] = {
    "PE": (b"MZ",),
    "ELF": (b"\x7fELF",),
    "Mach-O": (b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe"),
    "script": (b"#!",),
    "TIFF": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
}


_making: Final = allocate_lock()  # two threads must not make two data sets of one file


class DicomFile:
    """A DICOM file (PS3.10 7.1)."""

    __slots__ = (
        "_collector", "_converted", "_findings", "_head", "_reading", "_survey", "_syntax", "dataset",
        "is_partial", "meta", "preamble",
    )  # fmt: skip

    preamble: bytes
    """The 128 bytes before ``DICM``; empty where there were none."""
    meta: Dataset
    """The file meta information, group 0002."""
    dataset: Dataset
    """The data set."""
    is_partial: bool
    """Whether only the header was read: such a file cannot be written."""

    def __init__(
        self,
        dataset: Dataset,
        meta: Dataset,
        transfer_syntax: "str | TransferSyntax" = EXPLICIT_LITTLE,
    ) -> None:
        self._survey: Survey | None = None
        self.preamble = bytes(128)
        self.meta = meta
        self.dataset = dataset
        self.is_partial = False
        self._syntax = uid_of(transfer_syntax)
        self._reading: Reading | None = None
        self._collector = Collector()
        self._findings: tuple[Finding, ...] | None = None
        self._head = (0, 0)
        self._converted = False

    @classmethod
    def _surveyed(cls, survey: "Survey") -> Self:
        """An ordinary file. Its parts are made when they are first asked for."""
        self = cls.__new__(cls)
        self._survey = survey
        return self

    if not TYPE_CHECKING:  # a checker knows the attributes from above

        def __getattr__(self, name: str) -> object:
            """Make a part of a surveyed file; threads that ask at once get the same one."""
            survey = self._survey if name in PARTS else None
            if survey is None:
                text = f"{type(self).__name__!r} object has no attribute {name!r}"
                if name[:1].isupper():  # what pydicom's users try first
                    text += f"; elements are in its data set: file.dataset.{name}"
                raise AttributeError(text, name=name, obj=self)
            with _making:
                value = part(survey, name)
            setattr(self, name, value)
            return value

    def _finish(self) -> None:
        """Read what was put off, so that the collector holds everything that reading notices."""
        if self._survey is not None and self._survey.begun:
            with _making:
                dataset = part(self._survey, "dataset")
            assert isinstance(dataset, Dataset)
            len(dataset)  # whoever looks at a data set has all of it read

    def __getstate__(self) -> object:
        self._finish()
        state: dict[str, object] = {name: getattr(self, name) for name in self.__slots__}
        return None, {**state, "_survey": None}

    @classmethod
    def new(
        cls, dataset: Dataset, transfer_syntax: "str | TransferSyntax" = EXPLICIT_LITTLE
    ) -> Self:
        """A file around a data set. Its file meta information is made now, and made true on writing.

        A missing SOP Instance UID is generated; a missing SOP Class UID cannot be: `WriteError`.
        """
        from ._convert import check_syntax
        from ._meta import complete_meta

        if "SOPInstanceUID" not in dataset:
            from ._uid import generate_uid

            dataset.SOPInstanceUID = generate_uid()
        self = cls(dataset, Dataset(), transfer_syntax)
        check_syntax(self)
        self.meta = complete_meta(self)
        return self

    def to_bytes(self) -> bytes:
        """The file in memory, as `write` would write it."""
        from ._writer import to_bytes

        return to_bytes(self)

    @property
    def preamble_kind(self) -> str:
        """What the preamble begins like: ``PE``, ``ELF``, ``Mach-O``, ``script``, ``TIFF``, or empty.

        Nothing ever acts on it. Whoever passes files on decides about those that are programs too;
        ``file.preamble = bytes(128)`` makes them DICM files alone.
        """
        for kind, beginnings in _KINDS.items():
            if self.preamble.startswith(beginnings):
                return kind
        return ""

    @property
    def transfer_syntax(self) -> str:
        """The UID of the transfer syntax, as the file says, or as it was guessed or chosen."""
        return self._syntax

    @property
    def source(self) -> "ByteSource | None":
        """Where it was read from; None for a file made in memory."""
        return None if self._reading is None else self._reading.source

    @property
    def body(self) -> "ValueHandle | None":
        """The data set as it stands encoded in the source, in the transfer syntax of the file.

        Senders pass it on without reading it. None where there is no such thing: the file was made in memory,
        edited or converted.
        """
        source = self.source
        if source is None or self._converted or self._is_touched():
            return None
        from ._source import ValueHandle

        start = self._head[1]
        return ValueHandle(source, start, source.size - start)

    def _is_touched(self) -> bool:
        """Whether it is edited, without making the data set of a surveyed file only to find that it is not."""
        try:
            _dataset_slot.__get__(self, DicomFile)
        except AttributeError:
            return self.meta.is_edited
        return self.is_edited

    @property
    def options(self) -> "ReadOptions | None":
        """How it was read."""
        return None if self._reading is None else self._reading.options

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything about the structure that is not as the standard wants it, in all sequences too.

        The whole structure is gone over when this is first asked for. What single values hold is the
        matter of `check`.
        """
        if self._findings is None:
            if self._reading is None:
                self._findings = ()
            else:
                from ._inspect import inspect

                self._finish()
                # into a collector of its own: other threads and copies of the file may look, too
                self._findings = inspect(self, self._collector.copy())
        return self._findings

    @property
    def is_edited(self) -> bool:
        """Whether the data set or the file meta information was changed since it was read."""
        return self._reading is None or self.dataset.is_edited or self.meta.is_edited

    def __str__(self) -> str:
        from ._display_rows import text_of

        return text_of(self)

    def _repr_html_(self) -> str:
        from ._html import html_of

        return html_of(self)

    def __repr__(self) -> str:
        from ._display import clean

        return f"<DicomFile {clean(self._syntax)}: {len(self.dataset)} elements>"


_dataset_slot: Final = DicomFile.__dict__["dataset"]  # a descriptor that knows no __getattr__

# Tracebacks, reprs and pickles name the place that users import from
DicomFile.__module__ = "dicom_core"
