"""Patients, studies and series from the data sets of their instances (PS3.4 C.3, C.6)."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from .._errors import ValueDecodeError
from ..query import QueryLevel, level_of

if TYPE_CHECKING:
    from .._dataset import Dataset

__all__ = ["entities"]


def entities(datasets: "Iterable[Dataset]", level: QueryLevel) -> "Iterator[Dataset]":
    """The entities of a level that the data sets of instances belong to, in the order of their first instance.

    An entity has the attributes of its own level and of those above, as its first instance says them, and
    those that are counted: numbers of related entities, modalities and SOP classes in the study (PS3.4 table C.3-1).
    """
    known = list(datasets)
    tree = _Tree(known)
    seen: set[tuple[str, ...]] = set()
    for dataset in known:
        path = _path(dataset)
        identity = path[: level.depth + 1]
        if identity not in seen:
            seen.add(identity)
            yield tree.entity(dataset, path, level)


def _text(dataset: "Dataset", keyword: str) -> str:
    try:
        value = dataset.get(keyword)
    except ValueDecodeError:
        return ""
    return value if isinstance(value, str) else ""


def _path(dataset: "Dataset") -> tuple[str, str, str, str]:
    """What identifies patient, study, series and instance."""
    study = _text(dataset, "StudyInstanceUID")
    patient = _text(dataset, "PatientID")
    # Studies without a Patient ID have nothing that makes them one patient's
    owner = f"{_text(dataset, 'IssuerOfPatientID')}\\{patient}" if patient else f"\\\\{study}"
    return owner, study, _text(dataset, "SeriesInstanceUID"), _text(dataset, "SOPInstanceUID")


class _Group:
    """What is counted of one patient, study or series."""

    __slots__ = ("classes", "instances", "modalities", "series", "studies")

    def __init__(self) -> None:
        self.studies: set[str] = set()
        self.series: set[str] = set()
        self.instances = 0
        self.modalities: dict[str, None] = {}
        self.classes: dict[str, None] = {}


class _Tree:
    """Counts over all instances."""

    def __init__(self, datasets: "list[Dataset]") -> None:
        self.groups: dict[tuple[str, ...], _Group] = {}
        for dataset in datasets:
            path = _path(dataset)
            modality, sop_class = _text(dataset, "Modality"), _text(dataset, "SOPClassUID")
            for depth in range(1, 4):
                group = self.groups.setdefault(path[:depth], _Group())
                group.studies.add(path[1])
                group.series.add(path[2])
                group.instances += 1
                if modality:
                    group.modalities[modality] = None
                if sop_class:
                    group.classes[sop_class] = None

    def entity(
        self, dataset: "Dataset", path: tuple[str, str, str, str], level: QueryLevel
    ) -> "Dataset":
        found = dataset.copy()
        if level is not QueryLevel.IMAGE:
            for tag in list(found):
                if level_of(tag).depth > level.depth and tag not in _KEPT:
                    del found[tag]
        patient = self.groups[path[:1]]
        found.set("NumberOfPatientRelatedStudies", "IS", len(patient.studies))
        found.set("NumberOfPatientRelatedSeries", "IS", len(patient.series))
        found.set("NumberOfPatientRelatedInstances", "IS", patient.instances)
        if level.depth >= QueryLevel.STUDY.depth:
            study = self.groups[path[:2]]
            found.set("NumberOfStudyRelatedSeries", "IS", len(study.series))
            found.set("NumberOfStudyRelatedInstances", "IS", study.instances)
            found.set("ModalitiesInStudy", "CS", _codes(study.modalities))
            found.set("SOPClassesInStudy", "UI", _uids(study.classes))
        if level.depth >= QueryLevel.SERIES.depth:
            found.set("NumberOfSeriesRelatedInstances", "IS", self.groups[path[:3]].instances)
        found.set("InstanceAvailability", "CS", "ONLINE")
        return found


# Character set and zone say how to read the others
_KEPT = frozenset({0x00080005, 0x00080201})


def _codes(found: dict[str, None]) -> list[str]:
    from ..values import CodeString

    return [CodeString.unchecked(text) for text in found]


def _uids(found: dict[str, None]) -> list[str]:
    from ..values import UID

    return [UID.unchecked(text) for text in found]


# Tracebacks, reprs and pickles name the place that users import from
entities.__module__ = "dicom_core.store"
