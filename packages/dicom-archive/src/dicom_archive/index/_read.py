"""What the index is asked for by UID, key or number."""

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from dicom_core.store import EventKind, StoredInstance, StoreEvent

from .._records import Counts, Kept
from ._columns import given_text

if TYPE_CHECKING:
    from ._engine import Database

__all__ = [
    "SELECT",
    "Old",
    "counts",
    "doomed",
    "events",
    "headers",
    "known",
    "old_of",
    "one_of",
    "select_instances",
]

Ask: TypeAlias = Callable[[str, Sequence[object]], Sequence[Sequence[Any]]]
"""Runs a statement and gives its rows."""

SELECT: Final = (
    "SELECT i.id, i.series, s.uid, e.uid, i.uid, i.sop_class, i.transfer_syntax, i.size, i.digest, p.label, i.key "
    "FROM instance i JOIN series e ON e.id = i.series JOIN study s ON s.id = i.study "
    "JOIN patient p ON p.id = s.patient WHERE "
)
_LOOKED_UP: Final = 500  # texts of one statement


class Old(NamedTuple):
    """An instance that is in the index."""

    id: int
    series: int
    kept: Kept


def old_of(row: Sequence[Any]) -> Old:
    """An instance from a row of `SELECT`."""
    number, series, study, series_uid, uid, sop_class, syntax, size, digest, label, key = row
    stored = StoredInstance(
        study, series_uid, uid, sop_class, given_text(syntax), size, digest, given_text(label)
    )
    return Old(number, series, Kept(instance=stored, key=key))


def one_of(
    database: "Database", column: str, texts: Sequence[str]
) -> tuple[str, tuple[object, ...]]:
    """A condition that a column has one of some texts, and its values; the statement is the same however many there are."""
    if len(texts) == 1:
        return f"{column} = ?", (texts[0],)
    if database.is_server:
        return f"{column} = ANY(?)", (list(texts),)
    condition = f"{column} IN (SELECT value FROM json_each(?))"
    return condition, (json.dumps(texts),)


def _in_parts(
    ask: Ask, database: "Database", select: str, column: str, texts: Sequence[str]
) -> list[Sequence[Any]]:
    rows: list[Sequence[Any]] = []
    for start in range(0, len(texts), _LOOKED_UP):
        condition, values = one_of(database, column, texts[start : start + _LOOKED_UP])
        rows += ask(select + condition, values)
    return rows


def instances_named(ask: Ask, database: "Database", uids: Sequence[str]) -> dict[str, Old]:
    """Those of some instances that are there, by their UIDs."""
    return {row[4]: old_of(row) for row in _in_parts(ask, database, SELECT, "i.uid", uids)}


def places(ask: Ask, database: "Database", uids: Sequence[str]) -> dict[str, tuple[str, int]]:
    """The keys and sizes of those of some instances that are there."""
    rows = _in_parts(ask, database, "SELECT uid, key, size FROM instance WHERE ", "uid", uids)
    return {uid: (key, size) for uid, key, size in rows}


def headers(ask: Ask, database: "Database", uids: Sequence[str]) -> dict[str, bytes]:
    """The headers of those of some instances that are there."""
    select = "SELECT i.uid, h.data FROM instance i JOIN header h ON h.instance = i.id WHERE "
    return {row[0]: bytes(row[1]) for row in _in_parts(ask, database, select, "i.uid", uids)}


def known(ask: Ask, database: "Database", keys: Sequence[str]) -> set[str]:
    """Those of some keys that a row names."""
    return {
        row[0] for row in _in_parts(ask, database, "SELECT key FROM instance WHERE ", "key", keys)
    }


def select_instances(
    ask: Ask,
    study: str | None,
    series: str | None,
    instance: str | None,
    after: int,
    most: int,
) -> list[Old]:
    """The next instances after a number that belong to all of the UIDs, in the order they came."""
    if instance is not None:
        found = [old_of(row) for row in ask(SELECT + "i.uid = ? AND i.id > ?", (instance, after))]
        return [
            old
            for old in found
            if study in {None, old.kept.instance.study}
            and series in {None, old.kept.instance.series}
        ]
    column, owners = _owners(ask, study, series)
    if owners is None:
        rows = ask(SELECT + "i.id > ? ORDER BY i.id LIMIT ?", (after, most))
        return [old_of(row) for row in rows]
    # One study, nearly always: a UID that two patients have gives two, whose instances mix
    found = []
    for owner in owners:
        rows = ask(
            SELECT + f"{column} = ? AND i.id > ? ORDER BY i.id LIMIT ?", (owner, after, most)
        )
        found += [old_of(row) for row in rows]
    return sorted(found)[:most] if len(owners) > 1 else found


def _owners(ask: Ask, study: str | None, series: str | None) -> tuple[str, list[int] | None]:
    """The series, or else the studies, that are meant; None for all there is."""
    rows: Sequence[Sequence[Any]]
    if series is not None and study is not None:
        joined = (
            "SELECT e.id FROM series e JOIN study s ON s.id = e.study WHERE e.uid = ? AND s.uid = ?"
        )
        rows = ask(joined, (series, study))
    elif series is not None:
        rows = ask("SELECT id FROM series WHERE uid = ?", (series,))
    elif study is not None:
        rows = ask("SELECT id FROM study WHERE uid = ?", (study,))
        return "i.study", [row[0] for row in rows]
    else:
        return "", None
    return "i.series", [row[0] for row in rows]


def doomed(ask: Ask, most: int) -> list[str]:
    """Keys of blobs that are to be removed."""
    return [row[0] for row in ask("SELECT key FROM doomed ORDER BY key LIMIT ?", (most,))]


def events(ask: Ask, after: int, most: int) -> list[StoreEvent]:
    """What happened after a number."""
    rows = ask(
        "SELECT number, kind, study, series, instance, sop_class, transfer_syntax, size, digest, patient_id, sender "
        "FROM event WHERE number > ? ORDER BY number LIMIT ?",
        (after, most),
    )
    return [_event_of(row) for row in rows]


def _event_of(row: Sequence[Any]) -> StoreEvent:
    number, kind, study, series, uid, sop_class, syntax, size, digest, patient, sender = row
    stored = StoredInstance(
        study, series, uid, sop_class, given_text(syntax), size, digest, given_text(patient)
    )
    return StoreEvent(number, EventKind(kind), stored, given_text(sender))


def counts(ask: Ask) -> Counts:
    """How many of everything there are."""
    ((patients,),) = ask("SELECT count(*) FROM patient", ())
    ((studies,),) = ask("SELECT count(*) FROM study", ())
    ((instances, size),) = ask("SELECT instances, size FROM total WHERE id = 1", ())
    rows = ask(
        "SELECT COALESCE(modality, ''), count(*), sum(instances) FROM series GROUP BY modality ORDER BY 1",
        (),
    )
    return Counts(
        patients=patients,
        studies=studies,
        series=sum(row[1] for row in rows),
        instances=instances,
        size=size,
        modalities={row[0]: int(row[2]) for row in rows},
    )
