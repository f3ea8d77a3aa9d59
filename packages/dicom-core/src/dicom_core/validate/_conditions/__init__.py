"""Conditions by hand: where the words of PS3.3 need more than the grammar of `_sentences`.

`ROWS` by the number of the table and the keyword, `MODULES` and `GROUPS` by the IOD (empty: every IOD) and the name. What
is neither here nor readable is told as not evaluated.
"""

from typing import Final

from .._predicates import Condition
from ._common import COMMON, INCLUDES
from ._image import EVIDENCE, IMAGE, IMAGE_MODULES
from ._multi_frame import GROUPS, MULTI_FRAME, MULTI_FRAME_MODULES
from ._radiotherapy import RADIOTHERAPY, RADIOTHERAPY_MODULES
from ._reports import REPORTS

__all__ = ["EVIDENCE", "GROUPS", "INCLUDES", "MODULES", "OVERRIDDEN", "ROWS"]

ROWS: Final[dict[tuple[str, str], Condition]] = {
    **COMMON,
    **IMAGE,
    **MULTI_FRAME,
    **RADIOTHERAPY,
    **REPORTS,
}
MODULES: Final[dict[tuple[str, str], Condition]] = {
    **IMAGE_MODULES,
    **MULTI_FRAME_MODULES,
    **RADIOTHERAPY_MODULES,
}

# "This Type definition shall override the definition in ...": the table that yields to another, and the attribute.
OVERRIDDEN: Final[dict[tuple[str, str], str]] = {
    ("C.7-5a", "Modality"): "C.8-24",  # SC Equipment, C.8.6.1
}
