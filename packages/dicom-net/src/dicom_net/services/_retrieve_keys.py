"""What is to be retrieved: unique keys of PS3.4 C.4.2.1.4 and C.4.3.1.3, on the queries of `dicom_core.query`."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, Self

from attrs import field, frozen

from dicom_core.query import (
    InformationModel,
    Query,
    QueryError,
    QueryLevel,
    SingleValue,
    UIDList,
    build,
    to_identifier,
)

if TYPE_CHECKING:
    from dicom_core import Dataset

__all__ = ["GET", "MOVE", "RetrieveKeys"]

GET: Final = {
    InformationModel.PATIENT_ROOT: "1.2.840.10008.5.1.4.1.2.1.3",
    InformationModel.STUDY_ROOT: "1.2.840.10008.5.1.4.1.2.2.3",
}
"""The SOP classes of C-GET (PS3.4 C.6.1.3, C.6.2.3)."""
MOVE: Final = {
    InformationModel.PATIENT_ROOT: "1.2.840.10008.5.1.4.1.2.1.2",
    InformationModel.STUDY_ROOT: "1.2.840.10008.5.1.4.1.2.2.2",
}
"""The SOP classes of C-MOVE."""

_KEYWORDS: Final = ("PatientID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")


def _uids(value: "str | Iterable[str]") -> tuple[str, ...]:
    found = (value,) if isinstance(value, str) else tuple(value)
    return tuple(uid for uid in found if uid)


@frozen(kw_only=True)
class RetrieveKeys:
    """Whole entities of one level, named by their unique keys and those of the levels above.

    Several UIDs are possible at the level itself; above it there is one of each. `study`, `series`, `instance`
    and `patient` make them.
    """

    level: QueryLevel = field(converter=QueryLevel)
    patients: tuple[str, ...] = field(default=(), converter=_uids, repr=False)
    """Patient ID: in the patient root model, needed at every level; never more than one."""
    studies: tuple[str, ...] = field(default=(), converter=_uids)
    series_uids: tuple[str, ...] = field(default=(), converter=_uids)
    instances: tuple[str, ...] = field(default=(), converter=_uids)

    @classmethod
    def patient(cls, patient: str) -> Self:
        """All studies of a patient, for the patient root model."""
        return cls(level=QueryLevel.PATIENT, patients=patient)

    @classmethod
    def study(cls, study: "str | Iterable[str]", *, patient: str = "") -> Self:
        """One or several studies."""
        return cls(level=QueryLevel.STUDY, patients=patient, studies=study)

    @classmethod
    def series(cls, study: str, series: "str | Iterable[str]", *, patient: str = "") -> Self:
        """One or several series of a study."""
        return cls(level=QueryLevel.SERIES, patients=patient, studies=study, series_uids=series)

    @classmethod
    def instance(
        cls, study: str, series: str, instance: "str | Iterable[str]", *, patient: str = ""
    ) -> Self:
        """One or several instances of a series."""
        return cls(
            level=QueryLevel.IMAGE,
            patients=patient,
            studies=study,
            series_uids=series,
            instances=instance,
        )

    @classmethod
    def of(cls, query: Query) -> Self:
        """What the identifier of a C-GET or C-MOVE asks for; `QueryError` names a key that cannot be followed.

        Keys of the levels above narrow the answer where they are there. UIDs mean the same without them, so
        nobody is refused who leaves them out.
        """
        if query.level is None:
            raise QueryError("level", "a retrieve request has a level", "QueryRetrieveLevel")
        wanted: list[tuple[str, ...]] = []
        for level, keyword in zip(QueryLevel, _KEYWORDS, strict=True):
            key = next((key for key in query.keys if key.keyword == keyword), None)
            match = None if key is None else key.match
            if isinstance(match, UIDList):
                wanted.append(match.uids)
            elif isinstance(match, SingleValue):
                wanted.append((str(match.value),))
            else:
                wanted.append(())
            if level.depth <= query.level.depth and key is not None and key.is_matching:
                _check(keyword, wanted[-1])
        patients, studies, series, instances = wanted
        found = cls(
            level=query.level,
            patients=patients,
            studies=studies,
            series_uids=series,
            instances=instances,
        )
        found._check_level(query.model)
        return found

    @property
    def _values(self) -> tuple[tuple[str, ...], ...]:
        return self.patients, self.studies, self.series_uids, self.instances

    def _check_level(self, model: InformationModel) -> None:
        if self.level not in model.levels:
            raise QueryError(
                "level", f"the {model} model has no level {self.level}", "QueryRetrieveLevel"
            )
        if not self._values[self.level.depth]:
            raise QueryError(
                "unique-key",
                f"what to retrieve at level {self.level} is not said",
                _KEYWORDS[self.level.depth],
            )
        if len(self.patients) > 1:
            raise QueryError("unique-key", "only one patient is retrieved at a time", "PatientID")

    def _check_above(self, model: InformationModel) -> None:
        for level in model.levels:
            if level.depth < self.level.depth and len(self._values[level.depth]) != 1:
                raise QueryError(
                    "unique-key",
                    f"retrieving at level {self.level} needs one value of the unique key of the {level} level",
                    _KEYWORDS[level.depth],
                )

    def query(self, model: InformationModel = InformationModel.STUDY_ROOT) -> Query:
        """The same as a query of a model; `QueryError` where a unique key is missing, before anything is sent."""
        self._check_level(model)
        self._check_above(model)
        keys = {
            keyword: list(values) if level is not QueryLevel.PATIENT else values[0]
            for level, keyword, values in zip(QueryLevel, _KEYWORDS, self._values, strict=True)
            if values and level.depth <= self.level.depth
        }
        return build(self.level, model=model, where=keys)

    def identifier(self, model: InformationModel = InformationModel.STUDY_ROOT) -> "Dataset":
        """The identifier that is sent (PS3.4 C.4.2.1.4.1)."""
        return to_identifier(self.query(model))


def _check(keyword: str, values: tuple[str, ...]) -> None:
    if not values:
        raise QueryError(
            "unique-key", "a retrieve request names entities by value, without wild cards", keyword
        )


# Tracebacks, reprs and pickles name the place that users import from
RetrieveKeys.__module__ = "dicom_net"
