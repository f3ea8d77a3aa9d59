"""What stands between the VOI stage and the screen: inversion and Presentation LUT (PS3.3 C.11.4, C.11.6)."""

from typing import TYPE_CHECKING, NamedTuple

from ._attributes import first_item, text
from ._descriptor import PhotometricInterpretation
from ._lookup import LookupTable, has_table, lookup_table

if TYPE_CHECKING:
    from ._frame_source import FrameSource

__all__ = ["Presentation", "presentation"]


class Presentation(NamedTuple):
    """How 0 (dark) to 1 (bright) of the VOI stage gets to the screen."""

    invert: bool = False
    table: LookupTable | None = None


def presentation(source: "FrameSource", invert: bool | None = None) -> Presentation:
    """What the file asks for. ``invert`` overrules it: True draws low values white, False draws them black.

    MONOCHROME1 means that the lowest value is drawn white (C.7.6.3.1.2). A Presentation LUT Shape of INVERSE says the same
    once more where both are there (C.8.11.3.1.2), and does not undo it.
    """
    ds = source.dataset
    item = first_item(ds, "PresentationLUTSequence")
    table = lookup_table(item, signed=False) if item is not None and has_table(item) else None
    if invert is None:
        mono1 = source.descriptor.photometric is PhotometricInterpretation.MONOCHROME1
        invert = mono1 or text(ds, "PresentationLUTShape") == "INVERSE"
    return Presentation(invert, table)
