"""What one transaction changes: the patients, studies and series that it touches, held until they are written at once."""

from typing import TYPE_CHECKING, Any

from ._columns import kept_text
from ._entity import Entity
from ._rows import Patient, Row, Series, Study
from ._statements import INSERT, PATIENT_PATH, REMADE, SERIES_PATH, STUDY_PATH, Statements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine.interfaces import DBAPICursor

    from dicom_core.store import EventKind, StoredInstance

    from .._records import Record
    from ._engine import Database

__all__ = ["Unit"]


class Unit(Statements):
    """Rows that are read once, changed here, and written by `flush`; `finish` is the last of a transaction."""

    def __init__(self, database: "Database", cursor: "DBAPICursor") -> None:
        super().__init__(database, cursor)
        found = self.one("SELECT instances, size, last_id, last_event FROM total WHERE id = 1")
        assert found is not None
        self.instances: int
        self.size: int
        self._last_id: int
        self._last_event: int
        self.instances, self.size, self._last_id, self._last_event = found
        self._patients: dict[str, Patient] = {}
        self._studies: dict[tuple[str, str], Study] = {}
        self._series: dict[tuple[str, str, str], Series] = {}
        self._by_id: dict[int, Series] = {}
        self._by_uid: dict[str, list[Series]] = {}
        self._changed: dict[Row, None] = {}
        self._instances: list[tuple[object, ...]] = []
        self._headers: list[tuple[object, ...]] = []
        self._events: list[tuple[object, ...]] = []
        self._doomed: list[tuple[str]] = []

    def new_id(self) -> int:
        """A number that no row ever had."""
        self._last_id += 1
        return self._last_id

    # --- patients, studies, series --------------------------------------------------------------

    def series_of(self, identity: str, label: str, study_uid: str, uid: str) -> Series:
        """The series of a path; a new one where there is none."""
        found = self._series.get((identity, study_uid, uid))
        if found is not None:
            return found
        row = self.one(
            SERIES_PATH + "e.uid = ? AND s.uid = ? AND p.identity = ?", (uid, study_uid, identity)
        )
        if row is not None:
            return self._found_series(row)
        above = self._study_of(identity, label, study_uid)
        made = Series(self.new_id(), above, uid)
        above.series += 1
        if not self.has_twin(made):
            above.patient.series += 1
        return self._remember(made)

    def series_by_id(self, number: int) -> Series:
        """A series that is there."""
        found = self._by_id.get(number)
        if found is None:
            row = self.one(SERIES_PATH + "e.id = ?", (number,))
            assert row is not None
            found = self._found_series(row)
        return found

    def has_twin(self, one: Series) -> bool:
        """Whether another study of the patient has a series with the same UID: the patient's count takes them as one."""
        owner = one.study.patient
        if any(
            other is not one and other.study.patient is owner
            for other in self._by_uid.get(one.uid, ())
        ):
            return True
        return not owner.fresh and None is not self.one(
            "SELECT e.id FROM series e JOIN study s ON s.id = e.study WHERE e.uid = ? AND s.patient = ? AND e.id <> ?",
            (one.uid, owner.id, one.id),
        )

    def _study_of(self, identity: str, label: str, uid: str) -> Study:
        found = self._studies.get((identity, uid))
        if found is not None:
            return found
        row = self.one(STUDY_PATH, (uid, identity))
        if row is not None:
            return self._found_study(row)
        above = self._patient_of(identity, label)
        above.studies += 1
        made = self._studies[identity, uid] = Study(self.new_id(), above, uid)
        return made

    def _patient_of(self, identity: str, label: str) -> Patient:
        found = self._patients.get(identity)
        if found is not None:
            return found
        row = self.one(PATIENT_PATH, (identity,))
        if row is not None:
            return self._found_patient(row)
        made = self._patients[identity] = Patient(self.new_id(), identity, label)
        return made

    def _found_patient(self, row: "Sequence[Any]") -> Patient:
        found = self._patients.get(row[1])
        if found is None:
            found = self._patients[row[1]] = Patient(row[0], row[1], row[2])
            found.head, found.studies, found.series, found.instances = row[3:7]
            found.fresh = False
        return found

    def _found_study(self, row: "Sequence[Any]") -> Study:
        above = self._found_patient(row)
        path = above.identity, row[8]
        found = self._studies.get(path)
        if found is None:
            found = self._studies[path] = Study(row[7], above, row[8])
            found.modalities, found.sop_classes = (
                row[9].split("\\")[1:-1],
                row[10].split("\\")[1:-1],
            )
            found.head, found.series, found.instances = row[11:14]
            found.fresh = False
        return found

    def _found_series(self, row: "Sequence[Any]") -> Series:
        above = self._found_study(row)
        found = self._series.get((above.patient.identity, above.uid, row[15]))
        if found is None:
            found = Series(row[14], above, row[15])
            found.head, found.instances = row[16:18]
            found.fresh = False
            self._remember(found)
        return found

    def _remember(self, one: Series) -> Series:
        self._series[one.study.patient.identity, one.study.uid, one.uid] = one
        self._by_id[one.id] = one
        self._by_uid.setdefault(one.uid, []).append(one)
        return one

    def forget(self, one: Row) -> None:
        """A row that was deleted."""
        self._changed.pop(one, None)
        if isinstance(one, Series):
            del self._series[one.study.patient.identity, one.study.uid, one.uid]
            del self._by_id[one.id]
            self._by_uid[one.uid].remove(one)
        elif isinstance(one, Study):
            del self._studies[one.patient.identity, one.uid]
        else:
            del self._patients[one.identity]

    def touch(self, one: Series) -> None:
        """A series and those above it are written by the next `flush`."""
        self._changed[one.study.patient] = None
        self._changed[one.study] = None
        self._changed[one] = None

    def mark(self, one: Row) -> None:
        """A row is written by the next `flush`."""
        self._changed[one] = None

    # --- what is new ----------------------------------------------------------------------------

    def put(self, number: int, record: "Record", one: Series, columns: "Sequence[object]") -> None:
        """An instance and its header."""
        kept = record.instance
        modality, numbered, odd = columns
        self._instances.append(
            (
                number, one.study.id, one.id, kept.instance, kept.sop_class, kept_text(kept.transfer_syntax),
                modality, numbered, odd, kept.size, kept.digest, record.key,
            )
        )  # fmt: skip
        self._headers.append((number, record.header))

    def note(self, kind: "EventKind", kept: "StoredInstance", sender: str) -> None:
        """Something happened."""
        self._last_event += 1
        self._events.append(
            (
                self._last_event, str(kind), kept.study, kept.series, kept.instance, kept.sop_class,
                kept_text(kept.transfer_syntax), kept.size, kept.digest, kept_text(kept.patient), kept_text(sender),
            )
        )  # fmt: skip

    def doom(self, key: str) -> None:
        """A blob is to be removed when this is committed."""
        self._doomed.append((key,))

    # --- writing --------------------------------------------------------------------------------

    def flush(self) -> None:
        """Write the rows so far, in the order in which they need each other."""
        changed = sorted(self._changed, key=_by_depth)
        self._changed = {}
        for one in changed:
            if one.fresh:
                self._insert_row(one)
            else:
                self._update_row(one)
        self.many(INSERT["instance"], self._instances)
        self.many(INSERT["header"], self._headers)
        self._instances, self._headers = [], []

    def finish(self, events: int) -> None:
        """Write the rest; ``events`` are remembered of all that happened, 0 for all."""
        self.flush()
        self.many(INSERT["event"], self._events)
        if self._events and self._last_event > events > 0:
            self.run("DELETE FROM event WHERE number <= ?", (self._last_event - events,))
        self.many(INSERT["doomed"], self._doomed)
        self.run(
            "UPDATE total SET instances = ?, size = ?, last_id = ?, last_event = ? WHERE id = 1",
            (self.instances, self.size, self._last_id, self._last_event),
        )

    def _insert_row(self, one: Row) -> None:
        assert one.source is not None
        made = one.source.entity(one.depth)
        columns, odd = made.columns, made.odd
        if isinstance(one, Patient):
            self.run(
                INSERT["patient"],
                (
                    one.id, one.identity, one.label, *columns, odd, one.head,
                    one.studies, one.series, one.instances, made.attributes,
                ),
            )  # fmt: skip
        elif isinstance(one, Study):
            self.run(
                INSERT["study"],
                (
                    one.id, one.patient.id, one.uid, *columns, odd, _codes(one.modalities), _codes(one.sop_classes),
                    one.head, one.series, one.instances, made.attributes,
                ),
            )  # fmt: skip
        else:
            self.run(
                INSERT["series"],
                (
                    one.id,
                    one.study.id,
                    one.uid,
                    *columns,
                    odd,
                    one.head,
                    one.instances,
                    made.attributes,
                ),
            )
        self._write_names(one, made)
        one.fresh = False
        one.source = None

    def _update_row(self, one: Row) -> None:
        if isinstance(one, Patient):
            self.run(
                "UPDATE patient SET head = ?, studies = ?, series = ?, instances = ? WHERE id = ?",
                (one.head, one.studies, one.series, one.instances, one.id),
            )
        elif isinstance(one, Study):
            self.run(
                "UPDATE study SET head = ?, series = ?, instances = ?, modalities = ?, sop_classes = ? WHERE id = ?",
                (
                    one.head,
                    one.series,
                    one.instances,
                    _codes(one.modalities),
                    _codes(one.sop_classes),
                    one.id,
                ),
            )
        else:
            self.run(
                "UPDATE series SET head = ?, instances = ? WHERE id = ?",
                (one.head, one.instances, one.id),
            )
        if one.source is not None:  # another instance is the first now
            made = one.source.entity(one.depth)
            self.run(REMADE[one.depth], (*made.columns, made.odd, made.attributes, one.id))
            self.remove_names(one)
            self._write_names(one, made)
            one.source = None

    def _write_names(self, one: Row, made: Entity) -> None:
        depth, number = one.depth, one.id
        groups, words = made.names
        self.many(INSERT["person"], [(depth, number, *group) for group in groups])
        self.many(INSERT["word"], [(depth, number, *word) for word in words])

    def remove_names(self, one: Row) -> None:
        """What is searched of the names of a row."""
        self.run("DELETE FROM person WHERE level = ? AND owner = ?", (one.depth, one.id))
        self.run("DELETE FROM word WHERE level = ? AND owner = ?", (one.depth, one.id))


def _by_depth(one: Row) -> int:
    return one.depth


def _codes(found: list[str]) -> str:
    """Between backslashes on both sides, which no code has inside."""
    return "\\" + "\\".join(found) + "\\" if found else ""
