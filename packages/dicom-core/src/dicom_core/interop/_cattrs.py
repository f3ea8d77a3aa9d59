"""Hooks for cattrs: data sets and values inside of anybody's attrs classes, to plain dicts and back."""

from typing import TYPE_CHECKING

from dicom_dict import Tag

from .._dataset import Dataset
from ..json import from_dict, to_dict
from ..values import (
    UID,
    AETitle,
    Age,
    CodeString,
    DecimalString,
    DicomDate,
    DicomDateTime,
    DicomTime,
    IntegerString,
    PersonName,
    UniversalResource,
)
from ._missing import need

if TYPE_CHECKING:
    from cattrs import Converter

__all__ = ["cattrs_hooks"]

_TEXTS = (
    UID, AETitle, Age, CodeString, DecimalString, DicomDate, DicomDateTime, DicomTime, IntegerString, PersonName,
    UniversalResource,
)  # fmt: skip


def cattrs_hooks(converter: "Converter | None" = None) -> "Converter":
    """Teach a converter of cattrs, or a new one, what is here; it is given back.

    A `Dataset` becomes a dict of the DICOM JSON Model (PS3.18 F), a `Tag` and the value types their
    text. `MissingExtra` where cattrs is not installed.
    """
    need(cattrs="dicom-core[settings]")
    if converter is None:
        from cattrs import Converter

        converter = Converter()
    converter.register_unstructure_hook(Dataset, to_dict)
    converter.register_structure_hook(Dataset, lambda value, _: from_dict(value))
    converter.register_unstructure_hook(Tag, str)
    converter.register_structure_hook(Tag, lambda value, _: Tag(value))
    for kind in _TEXTS:
        converter.register_unstructure_hook(kind, str)
        converter.register_structure_hook(kind, lambda value, kind: kind(value))
    return converter


# Tracebacks, reprs and pickles name the place that users import from
cattrs_hooks.__module__ = "dicom_core.interop"
