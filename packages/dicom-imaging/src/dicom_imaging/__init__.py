"""Every frame of a DICOM file, right the first time.

Everything here loads when it is first used; codecs load with the first frame that needs them.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import codecs
    from ._describe import describe
    from ._descriptor import PhotometricInterpretation, PixelDescriptor, SampleKind
    from ._encapsulate import Encapsulated, encapsulate
    from ._errors import (
        DecodeError,
        EncodeError,
        FrameDecodeError,
        FrameExtractionError,
        InvalidPixelDescriptor,
        MissingPixelData,
        MissingPixelDescriptor,
        MissingTransferSyntax,
        PixelDataError,
        UnsupportedTransferSyntax,
    )
    from ._functional import FunctionalGroups
    from ._image import Image
    from ._index import FrameIndex
    from ._limits import PixelLimits
    from ._open import open, try_open  # noqa: A004
    from ._options import PixelOptions
    from ._parallel import DecodeBudget
    from ._set_pixels import set_pixels
    from ._tiles import TileGrid, TilePosition

# The door: which private module holds which public name. A name is loaded when it is first used.
_DOOR = {
    "_describe": "describe",
    "_descriptor": "PhotometricInterpretation PixelDescriptor SampleKind",
    "_encapsulate": "Encapsulated encapsulate",
    "_errors": (
        "DecodeError EncodeError FrameDecodeError FrameExtractionError InvalidPixelDescriptor MissingPixelData "
        "MissingPixelDescriptor MissingTransferSyntax PixelDataError UnsupportedTransferSyntax"
    ),
    "_functional": "FunctionalGroups",
    "_image": "Image",
    "_index": "FrameIndex",
    "_limits": "PixelLimits",
    "_open": "open try_open",
    "_options": "PixelOptions",
    "_parallel": "DecodeBudget",
    "_set_pixels": "set_pixels",
    "_tiles": "TileGrid TilePosition",
}
_MODULES = ("codecs",)
_WHERE = {name: module for module, names in _DOOR.items() for name in names.split()}

__all__ = [
    "DecodeBudget",
    "DecodeError",
    "Encapsulated",
    "EncodeError",
    "FrameDecodeError",
    "FrameExtractionError",
    "FrameIndex",
    "FunctionalGroups",
    "Image",
    "InvalidPixelDescriptor",
    "MissingPixelData",
    "MissingPixelDescriptor",
    "MissingTransferSyntax",
    "PhotometricInterpretation",
    "PixelDataError",
    "PixelDescriptor",
    "PixelLimits",
    "PixelOptions",
    "SampleKind",
    "TileGrid",
    "TilePosition",
    "UnsupportedTransferSyntax",
    "codecs",
    "describe",
    "encapsulate",
    "open",
    "set_pixels",
    "try_open",
]


if not TYPE_CHECKING:  # a checker reads the imports above, and then knows a misspelt name

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name in _WHERE:
            value: object = getattr(import_module(f".{_WHERE[name]}", __name__), name)
        elif name in _MODULES:
            return import_module(f".{name}", __name__)
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
        globals()[name] = value  # the next access finds it without coming here
        return value


def __dir__() -> list[str]:
    return sorted({*__all__, *_MODULES})
