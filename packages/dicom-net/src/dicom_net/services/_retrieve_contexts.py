"""Which presentation contexts a C-GET proposes: its own, and the storage classes that may come back (PS3.4 C.4.3)."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from dicom_core.query import InformationModel

from ._retrieve_keys import GET

if TYPE_CHECKING:
    from ..ul import RoleSelection

__all__ = ["COMMON_STORAGE", "GetContexts", "get_contexts"]

UNCOMPRESSED: Final = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2")
COMPRESSED: Final = (
    "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90",
    "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51",
    "1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.91",
)  # fmt: skip
"""What archives keep: lossless JPEG, JPEG-LS, JPEG 2000, HTJ2K, RLE, then the lossy ones."""
_MOST: Final = 128  # contexts of an association: odd identifiers up to 255 (PS3.8 9.3.2.2)

# What archives are full of comes first, so that it is there when the list is cut
COMMON_STORAGE: Final = tuple(
    f"1.2.840.10008.5.1.4.1.1.{one}"
    for one in (
        "2", "2.1", "4", "4.1", "7", "7.1", "7.2", "7.3", "7.4", "1", "1.1", "1.1.1", "1.2", "1.2.1", "1.3", "3.1",
        "6.1", "6.2", "12.1", "12.1.1", "12.2", "12.2.1", "20", "128", "130", "2.2", "4.2", "4.3", "4.4", "128.1",
        "13.1.1", "13.1.2", "13.1.3", "66", "66.1", "66.2", "66.3", "66.4", "66.5", "67", "30",
        "11.1", "11.2", "11.3", "11.4", "11.5", "88.11", "88.22", "88.33", "88.34", "88.35", "88.40", "88.50", "88.59",
        "88.65", "88.67", "88.68", "88.70", "88.71", "88.72", "88.73", "104.1", "104.2", "104.3", "481.1", "481.2",
        "481.3", "481.4", "481.5", "481.6", "481.7", "481.8", "481.9", "77.1.1", "77.1.1.1", "77.1.2", "77.1.2.1",
        "77.1.3", "77.1.4", "77.1.4.1", "77.1.5.1", "77.1.5.2", "77.1.5.3", "77.1.5.4", "77.1.6", "9.1.1", "9.1.2",
        "9.1.3", "9.2.1", "9.3.1", "9.4.1", "9.5.1", "9.6.1", "78.1", "78.2", "78.3", "78.4", "78.6", "78.7", "78.8",
        "79.1", "80.1", "81.1", "82.1", "14.1", "14.2", "90.1", "91.1", "200.2", "131", "68.1", "68.2",
        "3", "5", "6", "8", "9", "10", "11", "66.6", "66.7", "77.1.7", "88.76", "11.8", "77.1", "77.2",
    )
)  # fmt: skip
"""The storage classes that a C-GET proposes unless it is told others: the usual ones first."""


@frozen
class GetContexts:
    """What to propose for a C-GET."""

    contexts: tuple[tuple[str, tuple[str, ...]], ...]
    """Abstract syntax and transfer syntaxes of each context."""
    roles: "tuple[RoleSelection, ...]"
    """We are SCP of the storage classes, which the requestor of an association otherwise is not (PS3.7 D.3.3.4)."""
    left_out: tuple[str, ...] = field(default=())
    """Storage classes that found no place among the 128 contexts; their instances cannot come."""


def get_contexts(
    storage: Iterable[str] = COMMON_STORAGE,
    transfer_syntaxes: Sequence[str] = UNCOMPRESSED,
    *,
    models: Iterable[InformationModel] = (InformationModel.STUDY_ROOT,),
    apart: bool = False,
) -> GetContexts:
    """What to propose so that instances of the storage classes can come in one of the transfer syntaxes.

    A peer chooses one syntax a context. With ``apart`` each syntax has a context of its own, so that the peer can send
    every instance as it is kept; so many fewer classes fit then.
    """
    from ..ul import RoleSelection

    found: list[tuple[str, tuple[str, ...]]] = [
        (GET[model], UNCOMPRESSED) for model in dict.fromkeys(models)
    ]
    syntaxes = tuple(dict.fromkeys(transfer_syntaxes))
    groups = [(one,) for one in syntaxes] if apart else [syntaxes]
    taken: list[str] = []
    left_out: list[str] = []
    for sop_class in dict.fromkeys(storage):
        if left_out or len(found) + len(groups) > _MOST:
            left_out.append(sop_class)
            continue
        taken.append(sop_class)
        found += [(sop_class, group) for group in groups]
    roles = tuple(RoleSelection(sop_class, scu=False, scp=True) for sop_class in taken)
    return GetContexts(tuple(found), roles, tuple(left_out))


# Tracebacks, reprs and pickles name the place that users import from
GetContexts.__module__ = get_contexts.__module__ = "dicom_net.services"
