"""An instance in another transfer syntax, where its sender allows that and the peer does not take its own."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import dicom_core as dc
from dicom_core import BytesSource, DicomFile, ValueHandle
from dicom_core.transcoding import NoTranscoder, TranscodeOptions, find_transcoder

from ._store_plan import UNCOMPRESSED
from ._store_types import Conversion, StoreConfig

if TYPE_CHECKING:
    from ._store_source import Outgoing

__all__ = ["best_of", "converted"]


def _options(config: StoreConfig) -> TranscodeOptions:
    options = config.transcoding or TranscodeOptions()
    return options._replace(lossy=config.conversion is Conversion.LOSSY)


def best_of(instance: "Outgoing", there: Iterable[str], config: StoreConfig) -> str | None:
    """The transfer syntax out of ``there`` to bring an instance into; None where none is possible."""
    there = tuple(there)
    if instance.transfer_syntax in UNCOMPRESSED:
        uncompressed = [uid for uid in there if uid in UNCOMPRESSED]
        if uncompressed:
            return uncompressed[0]
    try:
        return find_transcoder().choose(instance.file(), there, _options(config))
    except NoTranscoder:
        return None


def converted(instance: "Outgoing", syntax: str, config: StoreConfig) -> ValueHandle:
    """The data set of an instance in a transfer syntax that `best_of` or its owner chose. It is made in memory."""
    if syntax == instance.transfer_syntax:
        return instance.encoded()
    file = instance.file()
    if syntax in UNCOMPRESSED and instance.transfer_syntax in UNCOMPRESSED:
        made: DicomFile = dc.convert(file, syntax)
    else:
        made = find_transcoder().transcode(file, syntax, _options(config)).file
    data = dc.write_dataset(made.dataset, syntax)
    return ValueHandle(BytesSource(data), 0, len(data))
