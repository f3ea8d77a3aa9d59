"""Looking for whoever transcodes."""

from typing import Final

from dicom_dict import DicomError

from ._protocol import Transcoder

__all__ = ["NoTranscoder", "find_transcoder"]

_GROUP: Final = "dicom.transcoders"


class NoTranscoder(DicomError):
    """Nothing that transcodes is installed."""

    def __str__(self) -> str:
        return "changing compressed pixel data needs dicom-imaging: pip install dicom-imaging"


def find_transcoder() -> Transcoder:
    """The first transcoder that is installed, in the order of names; `NoTranscoder` where there is none.

    It is loaded anew each time; keep what you get.
    """
    from importlib.metadata import entry_points

    for point in sorted(entry_points(group=_GROUP), key=lambda point: point.name):
        made = point.load()()
        if not isinstance(made, Transcoder):
            raise TypeError(f"the entry point {point.name} of {_GROUP} gives no Transcoder")
        return made
    raise NoTranscoder


# Tracebacks, reprs and pickles name the place that users import from
NoTranscoder.__module__ = find_transcoder.__module__ = "dicom_core.transcoding"
