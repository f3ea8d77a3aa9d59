"""What every store looks at before it keeps an instance."""

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

from .._errors import DicomError, ParseError, ValueDecodeError
from .._reader import read
from ._errors import InstanceRefused
from ._types import Expected, StoredInstance

if TYPE_CHECKING:
    from .._dataset import Dataset
    from .._file import DicomFile

__all__ = ["Checked", "check"]

_ALLOWED: Final = frozenset("0123456789.")


class Checked(NamedTuple):
    """An instance that may be kept."""

    instance: StoredInstance
    dataset: "Dataset"


def check(data: bytes, expected: Expected) -> Checked:
    """Whether the bytes are one whole instance, and the one that was announced.

    Raises `InstanceRefused`. Other findings do not matter here: archives take what modalities make.
    """
    if expected.size is not None and expected.size != len(data):
        raise InstanceRefused(
            "incomplete", f"{expected.size} bytes were announced, {len(data)} came"
        )
    file = _read(data)
    dataset = file.dataset
    study, series = _uid(dataset, "StudyInstanceUID"), _uid(dataset, "SeriesInstanceUID")
    sop_class, instance = _uid(dataset, "SOPClassUID"), _uid(dataset, "SOPInstanceUID")
    for what, want, have in (
        ("SOP Class UID", expected.sop_class, sop_class),
        ("SOP Instance UID", expected.sop_instance, instance),
        ("Study Instance UID", expected.study, study),
        ("transfer syntax", expected.transfer_syntax, file.transfer_syntax),
    ):
        if want is not None and want != have:
            raise InstanceRefused("mismatch", f"the {what} is not the one that was announced")
    found = StoredInstance(
        study,
        series,
        instance,
        sop_class,
        file.transfer_syntax,
        len(data),
        hashlib.sha256(data).hexdigest(),
        _patient(dataset),
    )
    return Checked(found, dataset)


def _read(data: bytes) -> "DicomFile":
    try:
        file = read(data)
        rules = {finding.rule for finding in file.findings}
    except ParseError as bad:
        raise InstanceRefused("not-dicom", str(bad)) from bad
    except DicomError as bad:
        raise InstanceRefused("limit", str(bad)) from bad
    if "truncated" in rules:
        raise InstanceRefused("incomplete", "the data set ends too early")
    return file


def _uid(dataset: "Dataset", keyword: str) -> str:
    value = dataset.get(keyword)
    if not isinstance(value, str) or not value:
        raise InstanceRefused("missing-uid", f"there is no {keyword}")
    # Leading zeros and empty components are met in real files and harm nobody; anything else is no UID (P02)
    if len(value) > 64 or not _ALLOWED.issuperset(value):
        raise InstanceRefused("invalid-uid", f"the {keyword} is no UID")
    return str(value)


def _patient(dataset: "Dataset") -> str:
    try:
        value = dataset.get("PatientID")
    except ValueDecodeError:
        return ""
    return value if isinstance(value, str) else ""
