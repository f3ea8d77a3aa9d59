"""From rows to entities and answers: what `dicom_core.store` calls an entity, made of what the index keeps of it."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from sqlalchemy import text

from dicom_core import read_dataset
from dicom_core.values import UID, CodeString

from ._dialect import Dialect
from ._levels import IMAGE, PATIENT, SERIES, STUDY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from dicom_core import Dataset

__all__ = ["Answers", "Unpack"]

Unpack: TypeAlias = "Callable[[bytes], Dataset]"
"""Makes the data set of a header as it is kept (`dicom_archive.unpack_header`)."""

_AVAILABILITY: Final = 0x00080056
_MODALITIES: Final = 0x00080061
_SOP_CLASSES: Final = 0x00080062
# What is counted (PS3.4 table C.3-1), at which level, and where it stands
_COUNTED: Final = (
    (0x00201200, PATIENT, "p.studies"), (0x00201202, PATIENT, "p.series"), (0x00201204, PATIENT, "p.instances"),
    (0x00201206, STUDY, "s.series"), (0x00201208, STUDY, "s.instances"),
    (_MODALITIES, STUDY, "s.modalities"), (_SOP_CLASSES, STUDY, "s.sop_classes"),
    (0x00201209, SERIES, "e.instances"),
)  # fmt: skip
_FROM: Final = {
    PATIENT: ("p.id, p.attributes", "patient p", "p.id"),
    STUDY: ("s.id, s.attributes", "study s", "s.id"),
    SERIES: ("e.id, e.attributes", "series e", "e.id"),
    IMAGE: ("h.instance, h.data", "header h JOIN instance i ON i.id = h.instance", "h.instance"),
}
_JOINS: Final = {
    (STUDY, PATIENT): (" JOIN patient p ON p.id = s.patient",),
    (SERIES, STUDY): (" JOIN study s ON s.id = e.study",),
    (SERIES, PATIENT): (" JOIN study s ON s.id = e.study", " JOIN patient p ON p.id = s.patient"),
    (IMAGE, SERIES): (" JOIN series e ON e.id = i.series",),
    (IMAGE, STUDY): (" JOIN study s ON s.id = i.study",),
    (IMAGE, PATIENT): (" JOIN study s ON s.id = i.study", " JOIN patient p ON p.id = s.patient"),
}


class Answers:
    """Reads entities of one level, with those of the counted attributes that somebody looks at."""

    def __init__(
        self,
        connection: "Connection",
        dialect: Dialect,
        depth: int,
        wanted: "frozenset[int] | None",
        unpack: Unpack,
    ) -> None:
        self._connection = connection
        self._dialect = dialect
        self._unpack = unpack if depth == IMAGE else read_dataset
        counted = [
            (tag, home, column)
            for tag, home, column in _COUNTED
            if home <= depth and (wanted is None or tag in wanted)
        ]
        self._tags = tuple(tag for tag, _, _ in counted)
        self._is_shown = wanted is None or _AVAILABILITY in wanted
        columns, tables, key = _FROM[depth]
        joins: dict[str, None] = {}
        for _, home, _ in counted:
            joins.update(dict.fromkeys(_JOINS.get((depth, home), ())))
        self._sql = text(
            f"SELECT {', '.join([columns, *(column for _, _, column in counted)])} FROM {tables}"
            f"{''.join(joins)} WHERE {dialect.among(key, 'ids', texts=False)}"
        )

    def read(self, ids: Sequence[int]) -> "dict[int, Dataset]":
        """The entities that are still there."""
        rows = self._connection.execute(self._sql, {"ids": self._dialect.several(ids)})
        return {row[0]: self._entity(row) for row in rows.all()}

    def _entity(self, row: Sequence[object]) -> "Dataset":
        data = row[1]
        assert isinstance(data, bytes)
        found = self._unpack(data)
        for tag, value in zip(self._tags, row[2:], strict=True):
            if isinstance(value, int):
                found.set(tag, "IS", value)
            elif tag == _MODALITIES:
                found.set(tag, "CS", [CodeString.unchecked(one) for one in _parts(value)])
            else:
                found.set(tag, "UI", [UID.unchecked(one) for one in _parts(value)])
        if self._is_shown:
            found.set(_AVAILABILITY, "CS", "ONLINE")
        return found


def _parts(value: object) -> list[str]:
    return [one for one in str(value).split("\\") if one]
