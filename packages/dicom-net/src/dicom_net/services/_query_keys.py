"""Queries from the names that programs use: each method is a level, each argument a key (PS3.4 C.6)."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, TypedDict, Unpack, cast

from dicom_core.query import InformationModel, KeyValue, MatchOptions, Query, QueryLevel, build

__all__ = ["InstanceKeys", "PatientKeys", "QueryKeys", "SeriesKeys", "StudyKeys", "usual_fields"]


class PatientKeys(TypedDict, total=False):
    """Keys of the patient level."""

    patient_name: KeyValue
    patient_id: KeyValue
    issuer_of_patient_id: KeyValue
    patient_birth_date: KeyValue
    patient_sex: KeyValue


class StudyKeys(PatientKeys, total=False):
    """Keys of the study level."""

    study_instance_uid: KeyValue
    study_id: KeyValue
    study_date: KeyValue
    study_time: KeyValue
    study_description: KeyValue
    accession_number: KeyValue
    referring_physician_name: KeyValue
    modality: KeyValue
    """Modalities in Study (0008,0061): studies with a series of it."""


class SeriesKeys(TypedDict, total=False):
    """Keys of the series level."""

    patient_id: KeyValue
    study_instance_uid: KeyValue
    series_instance_uid: KeyValue
    series_number: KeyValue
    series_description: KeyValue
    series_date: KeyValue
    modality: KeyValue
    body_part_examined: KeyValue
    protocol_name: KeyValue


class InstanceKeys(TypedDict, total=False):
    """Keys of the instance level."""

    patient_id: KeyValue
    study_instance_uid: KeyValue
    series_instance_uid: KeyValue
    sop_instance_uid: KeyValue
    sop_class_uid: KeyValue
    instance_number: KeyValue
    content_date: KeyValue


_KEYWORDS: Final = MappingProxyType(
    {
        "patient_name": "PatientName",
        "patient_id": "PatientID",
        "issuer_of_patient_id": "IssuerOfPatientID",
        "patient_birth_date": "PatientBirthDate",
        "patient_sex": "PatientSex",
        "study_instance_uid": "StudyInstanceUID",
        "study_id": "StudyID",
        "study_date": "StudyDate",
        "study_time": "StudyTime",
        "study_description": "StudyDescription",
        "accession_number": "AccessionNumber",
        "referring_physician_name": "ReferringPhysicianName",
        "series_instance_uid": "SeriesInstanceUID",
        "series_number": "SeriesNumber",
        "series_description": "SeriesDescription",
        "series_date": "SeriesDate",
        "modality": "Modality",
        "body_part_examined": "BodyPartExamined",
        "protocol_name": "ProtocolName",
        "sop_instance_uid": "SOPInstanceUID",
        "sop_class_uid": "SOPClassUID",
        "instance_number": "InstanceNumber",
        "content_date": "ContentDate",
    }
)

_OF_PATIENT: Final = "PatientName PatientID PatientBirthDate PatientSex"
_USUAL: Final = MappingProxyType(
    {
        QueryLevel.PATIENT: (
            f"{_OF_PATIENT} NumberOfPatientRelatedStudies NumberOfPatientRelatedSeries NumberOfPatientRelatedInstances"
        ),
        QueryLevel.STUDY: (
            f"{_OF_PATIENT} StudyDate StudyTime StudyDescription AccessionNumber StudyID ReferringPhysicianName "
            "ModalitiesInStudy NumberOfStudyRelatedSeries NumberOfStudyRelatedInstances"
        ),
        QueryLevel.SERIES: (
            "Modality SeriesNumber SeriesDescription SeriesDate SeriesTime BodyPartExamined ProtocolName "
            "NumberOfSeriesRelatedInstances"
        ),
        QueryLevel.IMAGE: (
            "SOPClassUID InstanceNumber ContentDate ContentTime Rows Columns NumberOfFrames"
        ),
    }
)


def usual_fields(level: QueryLevel) -> tuple[str, ...]:
    """What is wanted in the answers of a level where nobody says what: the attributes of its class of matches."""
    return tuple(_USUAL[level].split())


_USE_UTF8: Final = ("ISO_IR 192",)


class QueryKeys:
    """Makes queries (`dicom_core.query.Query`) for the levels of the hierarchical models.

    The identifier has exactly the keys that are given, what ``returning`` asks for, and the unique key of the
    level. A value may be a text with wild cards, a range such as ``"20240101-"``, a date or a pair of dates, a list of
    UIDs, and None for what is only wanted back. ``where`` takes any other attribute by keyword, also within
    sequences (``{"ProcedureCodeSequence.CodeValue": "P5-09051"}``).

    Text that is not ASCII is sent as UTF-8 unless ``charset`` names another set, such as ``"ISO 2022 IR 87"``.
    ``limit`` is the most answers that are wanted: the query is cancelled after these.
    """

    @staticmethod
    def patient(
        *,
        returning: Iterable[str | int] = (),
        where: Mapping[str, KeyValue] | None = None,
        options: MatchOptions = MatchOptions(),  # noqa: B008 - frozen
        charset: str | Iterable[str] = (),
        limit: int | None = None,
        **keys: Unpack[PatientKeys],
    ) -> Query:
        """A query for patients, in the patient root model."""
        model = InformationModel.PATIENT_ROOT
        return _make(QueryLevel.PATIENT, model, keys, returning, where, options, charset, limit)

    @staticmethod
    def study(
        *,
        model: InformationModel = InformationModel.STUDY_ROOT,
        returning: Iterable[str | int] = (),
        where: Mapping[str, KeyValue] | None = None,
        options: MatchOptions = MatchOptions(),  # noqa: B008 - frozen
        charset: str | Iterable[str] = (),
        limit: int | None = None,
        **keys: Unpack[StudyKeys],
    ) -> Query:
        """A query for studies, such as ``QueryKeys.study(patient_name="SMITH^*", modality="CT")``."""
        return _make(QueryLevel.STUDY, model, keys, returning, where, options, charset, limit)

    @staticmethod
    def series(
        *,
        model: InformationModel = InformationModel.STUDY_ROOT,
        returning: Iterable[str | int] = (),
        where: Mapping[str, KeyValue] | None = None,
        options: MatchOptions = MatchOptions(),  # noqa: B008 - frozen
        charset: str | Iterable[str] = (),
        limit: int | None = None,
        **keys: Unpack[SeriesKeys],
    ) -> Query:
        """A query for the series of one study."""
        return _make(QueryLevel.SERIES, model, keys, returning, where, options, charset, limit)

    @staticmethod
    def instance(
        *,
        model: InformationModel = InformationModel.STUDY_ROOT,
        returning: Iterable[str | int] = (),
        where: Mapping[str, KeyValue] | None = None,
        options: MatchOptions = MatchOptions(),  # noqa: B008 - frozen
        charset: str | Iterable[str] = (),
        limit: int | None = None,
        **keys: Unpack[InstanceKeys],
    ) -> Query:
        """A query for the instances of one series."""
        return _make(QueryLevel.IMAGE, model, keys, returning, where, options, charset, limit)


def _make(
    level: QueryLevel,
    model: InformationModel,
    keys: PatientKeys | StudyKeys | SeriesKeys | InstanceKeys,
    returning: Iterable[str | int],
    where: Mapping[str, KeyValue] | None,
    options: MatchOptions,
    charset: str | Iterable[str],
    limit: int | None,
) -> Query:
    from attrs import evolve

    wanted: dict[str, KeyValue] = {}
    for name, value in cast("Mapping[str, KeyValue]", keys).items():
        keyword = _KEYWORDS.get(name)
        if keyword is None:
            raise TypeError(
                f"{name!r} is no key of the {level} level; name others by keyword in `where`"
            )
        if keyword == "Modality" and level is QueryLevel.STUDY:
            keyword = "ModalitiesInStudy"  # studies have none of their own (PS3.4 C.6.2.1.2)
        wanted[keyword] = value
    wanted.update(where or {})
    query = build(level, model=model, options=options, fields=returning, limit=limit, where=wanted)
    sets = (charset,) if isinstance(charset, str) else tuple(charset)
    if not sets and not _is_ascii(wanted.values()):
        sets = _USE_UTF8
    return evolve(query, charset=sets) if sets else query


def _is_ascii(values: Iterable[object]) -> bool:
    for value in values:
        if isinstance(value, list):
            if not _is_ascii(value):
                return False
        elif isinstance(value, str) and not value.isascii():
            return False
    return True


# Tracebacks, reprs and pickles name the place that users import from
QueryKeys.__module__ = "dicom_net"
PatientKeys.__module__ = StudyKeys.__module__ = SeriesKeys.__module__ = "dicom_net.services"
InstanceKeys.__module__ = usual_fields.__module__ = "dicom_net.services"
