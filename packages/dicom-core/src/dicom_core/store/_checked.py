"""What every store looks at before it keeps an instance."""

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

from dicom_dict import Tag

from .._errors import ValueDecodeError
from .._source import BytesSource
from ._errors import InstanceRefused
from ._types import Expected, StoredInstance
from ._whole import Whole, look

if TYPE_CHECKING:
    from .._dataset import Dataset
    from .._source import ByteSource

__all__ = ["Checked", "check", "check_source"]

_ALLOWED: Final = frozenset("0123456789.")
_CHUNK: Final = 1 << 20
# By number: every instance is asked for them
_CLASS: Final = 0x00080016
_INSTANCE: Final = 0x00080018
_PATIENT: Final = 0x00100020
_STUDY: Final = 0x0020000D
_SERIES: Final = 0x0020000E


class Checked(NamedTuple):
    """An instance that may be kept."""

    instance: StoredInstance
    whole: Whole

    @property
    def dataset(self) -> "Dataset":
        """Its data set, perhaps without pixel data."""
        return self.whole.file.dataset


def check(data: bytes, expected: Expected) -> Checked:
    """Whether the bytes are one whole instance, and the one that was announced.

    Raises `InstanceRefused`. Other findings do not matter here: archives take what modalities make.
    """
    return check_source(BytesSource(data), expected)


def check_source(source: "ByteSource", expected: Expected, digest: str = "") -> Checked:
    """The same for bytes that are somewhere; pixel data is read only where the ``digest`` of all must be made."""
    size = source.size
    if expected.size is not None and expected.size != size:
        raise InstanceRefused("incomplete", f"{expected.size} bytes were announced, {size} came")
    whole = look(source)
    dataset = whole.file.dataset
    study, series = _uid(dataset, _STUDY), _uid(dataset, _SERIES)
    sop_class, instance = _uid(dataset, _CLASS), _uid(dataset, _INSTANCE)
    transfer_syntax = whole.file.transfer_syntax
    for what, want, have in (
        ("SOP Class UID", expected.sop_class, sop_class),
        ("SOP Instance UID", expected.sop_instance, instance),
        ("Study Instance UID", expected.study, study),
        ("transfer syntax", expected.transfer_syntax, transfer_syntax),
    ):
        if want is not None and want != have:
            raise InstanceRefused("mismatch", f"the {what} is not the one that was announced")
    found = StoredInstance(
        study,
        series,
        instance,
        sop_class,
        transfer_syntax,
        size,
        digest or _digest(source),
        _patient(dataset),
    )
    return Checked(found, whole)


def _digest(source: "ByteSource") -> str:
    made = hashlib.sha256(usedforsecurity=False)
    for at in range(0, source.size, _CHUNK):
        made.update(source.read_range(at, _CHUNK))
    return made.hexdigest()


def _uid(dataset: "Dataset", tag: int) -> str:
    try:
        value = dataset.get(tag)
    except ValueDecodeError as bad:
        raise InstanceRefused("invalid-uid", f"the {Tag(tag).keyword} is no UID") from bad
    if not isinstance(value, str) or not value:
        raise InstanceRefused("missing-uid", f"there is no {Tag(tag).keyword}")
    # Leading zeros and empty components are met in real files and harm nobody; anything else is no UID (P02)
    if len(value) > 64 or not _ALLOWED.issuperset(value):
        raise InstanceRefused("invalid-uid", f"the {Tag(tag).keyword} is no UID")
    return str(value)


def _patient(dataset: "Dataset") -> str:
    try:
        value = dataset.get(_PATIENT)
    except ValueDecodeError:
        return ""
    return value if isinstance(value, str) else ""
