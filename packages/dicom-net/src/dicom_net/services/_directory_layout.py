"""Where an instance goes below a folder: templates of keywords, each value made a name by `safe_name`."""

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import dicom_core as dc
from dicom_core.store import InstanceRefused, safe_name
from dicom_dict import UnknownEntry, element

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dicom_core.store import Expected

__all__ = ["Layout", "Template", "path_of", "values_of"]

_FIELD: Final = re.compile(r"\{(\w+)\}")
_INSTANCE: Final = "SOPInstanceUID"
_NONE: Final = "none"
# A component with each keyword as one digit: letters, digits, and what every file system takes inside a name
_PLAIN: Final = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9._ -]*[A-Za-z0-9_-])?", re.ASCII)


class Layout(StrEnum):
    """Common places."""

    FLAT = "{SOPInstanceUID}.dcm"
    """All in one folder. No data set is looked at."""
    STUDY = "{StudyInstanceUID}/{SeriesInstanceUID}/{SOPInstanceUID}.dcm"
    PATIENT = "{PatientID}/{StudyInstanceUID}/{SeriesInstanceUID}/{SOPInstanceUID}.dcm"
    """Patient IDs that are not digits and dots become a hash: file names are read by everybody."""

    @staticmethod
    def template(text: "Layout | str") -> "Template":
        """A layout, or a text of one's own, taken apart; ValueError where it is no template."""
        return Template(str(text))


class Template:
    """A path below the root: literal texts and keywords."""

    __slots__ = ("keywords", "parts", "stop")

    def __init__(self, text: str) -> None:
        parts = text.split("/")
        self.parts = tuple(tuple(_FIELD.split(part)) for part in parts)
        """For each component: literal, keyword, literal, ..., literal."""
        self.keywords = tuple(dict.fromkeys(_FIELD.findall(text)))
        tags = []
        for keyword in self.keywords:
            try:
                tags.append(int(element(keyword).tag))
            except UnknownEntry as unknown:
                raise ValueError(f"the layout {text!r} has no good keyword: {unknown}") from None
        if not all(_PLAIN.fullmatch(_FIELD.sub("1", part)) for part in parts):
            raise ValueError(f"the layout {text!r} has a component that is no plain name")
        if _INSTANCE not in _FIELD.findall(parts[-1]):
            raise ValueError(f"the layout {text!r} needs {{{_INSTANCE}}} in its last component")
        self.stop = max(tags) + 1

    def path(self, values: "Mapping[str, str]") -> tuple[str, ...]:
        """Folders and name for the values of its keywords; an empty one is called ``none``."""
        return tuple(
            "".join(
                safe_name(values[piece] or _NONE) if place % 2 else piece
                for place, piece in enumerate(part)
            )
            for part in self.parts
        )

    def __repr__(self) -> str:
        return f"Template({'/'.join(self.parts[0])!r} ...)"


def path_of(template: Template, written: str, expected: "Expected | None") -> tuple[str, ...]:
    """Folders and name of a file that stands at ``written`` now. `InstanceRefused` where its head lacks a UID that it needs."""
    known: dict[str, str] = {}
    if expected is not None and expected.sop_instance is not None:
        known[_INSTANCE] = expected.sop_instance
    missing = [keyword for keyword in template.keywords if keyword not in known]
    if missing:
        known |= _values(missing, written, template.stop)
    return template.path(known)


def _values(keywords: list[str], written: str, stop: int) -> dict[str, str]:
    try:
        dataset = dc.read_header(written, stop=stop).dataset
    except dc.DicomError as wrong:
        raise InstanceRefused("not-dicom", "the data set cannot be read") from wrong
    return values_of(keywords, dataset)


def values_of(keywords: "Iterable[str]", dataset: dc.Dataset) -> dict[str, str]:
    """What a data set says for keywords of a template; `InstanceRefused` where it lacks a UID."""
    found: dict[str, str] = {}
    for keyword in keywords:
        try:
            value = dataset.get(keyword)
        except dc.ValueDecodeError:
            value = None
        text = "" if value is None else str(value)
        if not text and keyword.endswith("InstanceUID"):
            raise InstanceRefused("missing-uid", f"there is no {keyword}")
        found[keyword] = text
    return found


# Tracebacks, reprs and pickles name the place that users import from
Layout.__module__ = "dicom_net"
