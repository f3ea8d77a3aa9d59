"""Every frame of a DICOM file, right the first time.

Everything here loads when it is first used; codecs load with the first frame that needs them.
"""

from typing import TYPE_CHECKING

from dicom_dict.lazy import door

if TYPE_CHECKING:
    from . import codecs, testing, transcode
    from ._array_source import ArraySource
    from ._describe import describe
    from ._descriptor import PhotometricInterpretation, PixelDescriptor, SampleKind
    from ._display import Display, display_frame
    from ._encapsulate import Encapsulated, encapsulate
    from ._errors import (
        DecodeError,
        EncodeError,
        FrameDecodeError,
        FrameExtractionError,
        InvalidLookupTable,
        InvalidOverlay,
        InvalidPixelDescriptor,
        InvalidWindow,
        MissingPixelData,
        MissingPixelDescriptor,
        MissingTransferSyntax,
        PixelDataError,
        RenderError,
        UnknownUnits,
        UnsupportedPhotometric,
        UnsupportedTransferSyntax,
    )
    from ._functional import FunctionalGroups
    from ._image import Image
    from ._index import FrameIndex
    from ._limits import PixelLimits
    from ._lookup import LookupTable
    from ._modality import Measured, UnitsKind, units
    from ._open import open, try_open  # noqa: A004
    from ._options import PixelOptions
    from ._overlay import Overlay, overlays
    from ._padding import padding_mask
    from ._palette import Palette
    from ._parallel import DecodeBudget
    from ._real_world import RealWorldMapping, real_world
    from ._render import FrameRenderer, encode_picture, render
    from ._set_pixels import set_pixels
    from ._tiles import TileGrid, TilePosition
    from ._voi import VoiFunction, Window, windows

# The door: which private module holds which public name. A name is loaded when it is first used.
_DOOR = {
    "._array_source": "ArraySource",
    "._describe": "describe",
    "._descriptor": "PhotometricInterpretation PixelDescriptor SampleKind",
    "._display": "Display display_frame",
    "._encapsulate": "Encapsulated encapsulate",
    "._errors": (
        "DecodeError EncodeError FrameDecodeError FrameExtractionError InvalidLookupTable InvalidOverlay "
        "InvalidPixelDescriptor InvalidWindow MissingPixelData MissingPixelDescriptor MissingTransferSyntax "
        "PixelDataError RenderError UnknownUnits UnsupportedPhotometric UnsupportedTransferSyntax"
    ),
    "._functional": "FunctionalGroups",
    "._image": "Image",
    "._index": "FrameIndex",
    "._limits": "PixelLimits",
    "._lookup": "LookupTable",
    "._modality": "Measured UnitsKind units",
    "._open": "open try_open",
    "._options": "PixelOptions",
    "._overlay": "Overlay overlays",
    "._padding": "padding_mask",
    "._palette": "Palette",
    "._parallel": "DecodeBudget",
    "._real_world": "RealWorldMapping real_world",
    "._render": "FrameRenderer encode_picture render",
    "._set_pixels": "set_pixels",
    "._tiles": "TileGrid TilePosition",
    "._voi": "VoiFunction Window windows",
    ".": "codecs testing transcode",  # modules, doors of their own
}

__all__ = [
    "ArraySource",
    "DecodeBudget",
    "DecodeError",
    "Display",
    "Encapsulated",
    "EncodeError",
    "FrameDecodeError",
    "FrameExtractionError",
    "FrameIndex",
    "FrameRenderer",
    "FunctionalGroups",
    "Image",
    "InvalidLookupTable",
    "InvalidOverlay",
    "InvalidPixelDescriptor",
    "InvalidWindow",
    "LookupTable",
    "Measured",
    "MissingPixelData",
    "MissingPixelDescriptor",
    "MissingTransferSyntax",
    "Overlay",
    "Palette",
    "PhotometricInterpretation",
    "PixelDataError",
    "PixelDescriptor",
    "PixelLimits",
    "PixelOptions",
    "RealWorldMapping",
    "RenderError",
    "SampleKind",
    "TileGrid",
    "TilePosition",
    "UnitsKind",
    "UnknownUnits",
    "UnsupportedPhotometric",
    "UnsupportedTransferSyntax",
    "VoiFunction",
    "Window",
    "codecs",
    "describe",
    "display_frame",
    "encapsulate",
    "encode_picture",
    "open",
    "overlays",
    "padding_mask",
    "real_world",
    "render",
    "set_pixels",
    "testing",
    "transcode",
    "try_open",
    "units",
    "windows",
]

if not TYPE_CHECKING:  # a checker reads the imports above, and then knows a misspelt name
    __getattr__, __dir__ = door(globals(), _DOOR)
