"""What a query finds: one class for each level, which decode an attribute when it is asked for."""

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Generic, Self, TypeVar, overload

from dicom_core.query import QueryLevel

if TYPE_CHECKING:
    from dicom_core import Dataset
    from dicom_core.values import (
        UID,
        AETitle,
        CodeString,
        DicomDate,
        DicomTime,
        IntegerString,
        PersonName,
    )

__all__ = ["MATCHES", "InstanceMatch", "Match", "PatientMatch", "SeriesMatch", "StudyMatch"]

T = TypeVar("T")


class _One(Generic[T]):
    """An attribute with one value; None where the answer has none."""

    __slots__ = ("keyword",)

    def __init__(self, keyword: str) -> None:
        self.keyword = keyword

    @overload
    def __get__(self, match: None, owner: type) -> Self: ...
    @overload
    def __get__(self, match: "Match", owner: type) -> T | None: ...
    def __get__(self, match: "Match | None", owner: type) -> "Self | T | None":
        if match is None:
            return self
        value: T | None = getattr(match.dataset, self.keyword)
        return value


class _Several(_One[T]):
    """An attribute with several values; an empty tuple where the answer has none."""

    __slots__ = ()

    @overload  # type: ignore[override]
    def __get__(self, match: None, owner: type) -> Self: ...
    @overload
    def __get__(self, match: "Match", owner: type) -> tuple[T, ...]: ...
    def __get__(self, match: "Match | None", owner: type) -> "Self | tuple[T, ...]":
        if match is None:
            return self
        values: tuple[T, ...] | None = getattr(match.dataset, self.keyword)
        return values or ()


class Match:
    """One answer to a query: what the peer says about one entity.

    An attribute that is absent or empty is None, or an empty tuple where it may have several values. One that
    cannot be decoded raises `ValueDecodeError`; `dataset` still has its text and bytes.
    """

    __slots__ = ("_all_keys", "_data", "_dataset", "_syntax")

    retrieve_ae_titles: "_Several[AETitle]" = _Several("RetrieveAETitle")
    instance_availability: "_One[CodeString]" = _One("InstanceAvailability")

    def __init__(
        self, data: bytes, transfer_syntax: str, *, all_keys_supported: bool = True
    ) -> None:
        self._data = data
        self._syntax = transfer_syntax
        self._dataset: Dataset | None = None
        self._all_keys = all_keys_supported

    @property
    def dataset(self) -> "Dataset":
        """All that came, read when it is first asked for."""
        found = self._dataset
        if found is None:
            from dicom_core import read_dataset

            found = self._dataset = read_dataset(self._data, self._syntax)
        return found

    @property
    def all_keys_supported(self) -> bool:
        """False where the peer says that it did not look at some optional keys (status FF01H)."""
        return self._all_keys

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Match):
            return NotImplemented
        return (
            type(self) is type(other)
            and self._all_keys is other._all_keys
            and self.dataset == other.dataset
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """No value is shown: they are patients' data."""
        return f"{type(self).__name__}({len(self._data)} bytes)"


class _OfPatient(Match):
    __slots__ = ()

    patient_name: "_One[PersonName]" = _One("PatientName")
    patient_id: "_One[str]" = _One("PatientID")
    issuer_of_patient_id: "_One[str]" = _One("IssuerOfPatientID")
    patient_birth_date: "_One[DicomDate]" = _One("PatientBirthDate")
    patient_sex: "_One[CodeString]" = _One("PatientSex")


class _OfStudy(_OfPatient):
    __slots__ = ()

    study_instance_uid: "_One[UID]" = _One("StudyInstanceUID")
    study_id: "_One[str]" = _One("StudyID")
    study_date: "_One[DicomDate]" = _One("StudyDate")
    study_time: "_One[DicomTime]" = _One("StudyTime")
    study_description: "_One[str]" = _One("StudyDescription")
    accession_number: "_One[str]" = _One("AccessionNumber")
    referring_physician_name: "_One[PersonName]" = _One("ReferringPhysicianName")


class _OfSeries(_OfStudy):
    __slots__ = ()

    series_instance_uid: "_One[UID]" = _One("SeriesInstanceUID")
    series_number: "_One[IntegerString]" = _One("SeriesNumber")
    series_description: "_One[str]" = _One("SeriesDescription")
    series_date: "_One[DicomDate]" = _One("SeriesDate")
    series_time: "_One[DicomTime]" = _One("SeriesTime")
    modality: "_One[CodeString]" = _One("Modality")
    body_part_examined: "_One[CodeString]" = _One("BodyPartExamined")
    protocol_name: "_One[str]" = _One("ProtocolName")


class PatientMatch(_OfPatient):
    """A patient."""

    __slots__ = ()

    number_of_studies: "_One[IntegerString]" = _One("NumberOfPatientRelatedStudies")
    number_of_series: "_One[IntegerString]" = _One("NumberOfPatientRelatedSeries")
    number_of_instances: "_One[IntegerString]" = _One("NumberOfPatientRelatedInstances")


class StudyMatch(_OfStudy):
    """A study, with what the peer says about its patient."""

    __slots__ = ()

    modalities: "_Several[CodeString]" = _Several("ModalitiesInStudy")
    sop_classes: "_Several[UID]" = _Several("SOPClassesInStudy")
    number_of_series: "_One[IntegerString]" = _One("NumberOfStudyRelatedSeries")
    number_of_instances: "_One[IntegerString]" = _One("NumberOfStudyRelatedInstances")


class SeriesMatch(_OfSeries):
    """A series."""

    __slots__ = ()

    number_of_instances: "_One[IntegerString]" = _One("NumberOfSeriesRelatedInstances")


class InstanceMatch(_OfSeries):
    """An instance: an image or another composite object."""

    __slots__ = ()

    sop_instance_uid: "_One[UID]" = _One("SOPInstanceUID")
    sop_class_uid: "_One[UID]" = _One("SOPClassUID")
    instance_number: "_One[IntegerString]" = _One("InstanceNumber")
    content_date: "_One[DicomDate]" = _One("ContentDate")
    content_time: "_One[DicomTime]" = _One("ContentTime")
    rows: "_One[int]" = _One("Rows")
    columns: "_One[int]" = _One("Columns")
    number_of_frames: "_One[IntegerString]" = _One("NumberOfFrames")


MATCHES: Final = MappingProxyType(
    {
        QueryLevel.PATIENT: PatientMatch,
        QueryLevel.STUDY: StudyMatch,
        QueryLevel.SERIES: SeriesMatch,
        QueryLevel.IMAGE: InstanceMatch,
    }
)
"""The class of the answers at each level."""

# Tracebacks, reprs and pickles name the place that users import from
Match.__module__ = PatientMatch.__module__ = StudyMatch.__module__ = "dicom_net.services"
SeriesMatch.__module__ = InstanceMatch.__module__ = "dicom_net.services"
