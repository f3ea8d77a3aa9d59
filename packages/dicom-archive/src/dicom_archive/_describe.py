"""What the index is told of a file: checked, and its header read; pixel data stays where it is."""

from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from dicom_core import WriteError
from dicom_core.store import Expected, InstanceRefused, StoredInstance
from dicom_core.store.checking import check_source

from ._headers import pack_header, pack_raw
from ._records import Record

if TYPE_CHECKING:
    from dicom_core import ByteSource, Dataset

__all__ = ["Described", "describe"]

_UNANNOUNCED: Final = Expected()
_DEFLATED: Final = "1.2.840.10008.1.2.1.99"
_BULKY: Final = 64 << 10


@frozen(kw_only=True)
class Described:
    """An instance that may be kept, and what its header says."""

    instance: StoredInstance
    dataset: "Dataset" = field(repr=False)
    header: bytes = field(repr=False)

    def record(self, key: str, sender: str = "") -> Record:
        """What the index is told when its bytes are kept under a key."""
        return Record(
            instance=self.instance,
            key=key,
            dataset=self.dataset,
            header=self.header,
            sender=sender,
        )


def describe(
    source: "ByteSource", expected: Expected = _UNANNOUNCED, *, digest: str = ""
) -> Described:
    """Look at a file; it is read whole only where its ``digest``, the SHA-256 of all bytes, is not known.

    Raises `InstanceRefused` for what is not one whole instance, or not the one that was announced.
    """
    found = check_source(source, expected, digest)
    whole, dataset = found.whole, found.dataset
    if whole.header and len(whole.header) <= _BULKY:
        header = pack_raw(whole.header, whole.encoding)
    else:
        in_file = whole.file.transfer_syntax != _DEFLATED
        try:
            header = pack_header(dataset, in_file=in_file)
        except WriteError as bad:
            raise InstanceRefused("not-dicom", f"its header cannot be kept: {bad}") from bad
    return Described(instance=found.instance, dataset=dataset, header=header)


# Tracebacks, reprs and pickles name the place that users import from
Described.__module__ = describe.__module__ = "dicom_archive"
