"""Patients, studies and series while a transaction changes them."""

from typing import TYPE_CHECKING, Final

from ._entity import PATIENT, SERIES, STUDY

if TYPE_CHECKING:
    from ._entity import Source

__all__ = ["Patient", "Row", "Series", "Study"]


class Patient:
    """A row of `patient`, as this transaction leaves it."""

    __slots__ = (
        "fresh", "head", "id", "identity", "instances", "label", "series", "source", "studies",
    )  # fmt: skip
    depth: Final = PATIENT

    def __init__(self, number: int, identity: str, label: str) -> None:
        self.id = number
        self.identity = identity
        self.label = label
        self.head = 0
        self.studies = 0
        self.series = 0
        self.instances = 0
        self.fresh = True
        self.source: Source | None = None
        """Of the head, where columns and attributes are to be made of it."""


class Study:
    """A row of `study`, as this transaction leaves it."""

    __slots__ = (
        "fresh", "head", "id", "instances", "modalities", "patient", "series", "sop_classes", "source", "uid",
    )  # fmt: skip
    depth: Final = STUDY

    def __init__(self, number: int, patient: Patient, uid: str) -> None:
        self.id = number
        self.patient = patient
        self.uid = uid
        self.modalities: list[str] = []
        self.sop_classes: list[str] = []
        self.head = 0
        self.series = 0
        self.instances = 0
        self.fresh = True
        self.source: Source | None = None


class Series:
    """A row of `series`, as this transaction leaves it."""

    __slots__ = ("fresh", "head", "id", "instances", "source", "study", "uid")
    depth: Final = SERIES

    def __init__(self, number: int, study: Study, uid: str) -> None:
        self.id = number
        self.study = study
        self.uid = uid
        self.head = 0
        self.instances = 0
        self.fresh = True
        self.source: Source | None = None

    def count(self, by: int) -> None:
        """An instance more or less, here and above."""
        self.instances += by
        self.study.instances += by
        self.study.patient.instances += by


Row = Patient | Study | Series
