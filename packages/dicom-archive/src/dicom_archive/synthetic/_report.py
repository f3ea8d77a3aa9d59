"""A report: what was measured in the chest, with references to the slice (PS3.16 TID 1500)."""

from typing import TYPE_CHECKING, Final

import numpy as np

import dicom_core as dc

from ._slices import nodule_at
from ._thorax import Thorax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._frame import Series

__all__ = ["report"]

_CLASS: Final = "1.2.840.10008.5.1.4.1.1.88.33"
_CT_CLASS: Final = "1.2.840.10008.5.1.4.1.1.2"
_WIDE: Final = 400.0


def _code(value: str, scheme: str, meaning: str) -> dc.Dataset:
    return dc.Dataset(
        {"CodeValue": value, "CodingSchemeDesignator": scheme, "CodeMeaning": meaning}
    )


def _item(relation: str, kind: str, name: dc.Dataset | None, **values: object) -> dc.Dataset:
    """A content item (PS3.3 C.17.3)."""
    item = dc.Dataset({"RelationshipType": relation, "ValueType": kind})
    if name is not None:
        item.ConceptNameCodeSequence = [name]
    for keyword, value in values.items():
        item[keyword] = value
    return item


def _coded(relation: str, name: dc.Dataset, value: dc.Dataset) -> dc.Dataset:
    return _item(relation, "CODE", name, ConceptCodeSequence=[value])


def _container(relation: str, name: dc.Dataset, *content: dc.Dataset) -> dc.Dataset:
    return _item(
        relation, "CONTAINER", name, ContinuityOfContent="SEPARATE", ContentSequence=list(content)
    )


def report(series: "Series") -> "Iterator[dc.Dataset]":
    """Two diameters of the nodule and its volume; the long one is drawn into its slice."""
    ds = series.start(_CLASS, "SR", "", 1)
    chest = series._replace(number=1, part=series.case.parts[0])
    sop_instance = chest.instance_uid(nodule_at(chest, Thorax(series.body).nodule[2]))
    ds.ReferencedPerformedProcedureStepSequence, ds.PerformedProcedureCodeSequence = [], []
    ds.CompletionFlag, ds.VerificationFlag = "COMPLETE", "UNVERIFIED"
    reference = dc.Dataset(
        {"ReferencedSOPClassUID": _CT_CLASS, "ReferencedSOPInstanceUID": sop_instance}
    )
    ds.CurrentRequestedProcedureEvidenceSequence = [
        dc.Dataset({
            "StudyInstanceUID": series.study_uid,
            "ReferencedSeriesSequence": [
                dc.Dataset({"SeriesInstanceUID": chest.series_uid(), "ReferencedSOPSequence": [reference]})
            ],
        })
    ]  # fmt: skip
    ds.ValueType, ds.ContinuityOfContent = "CONTAINER", "SEPARATE"
    ds.ConceptNameCodeSequence = [_code("126000", "DCM", "Imaging Measurement Report")]
    ds.ContentTemplateSequence = [
        dc.Dataset({"MappingResource": "DCMR", "TemplateIdentifier": "1500"})
    ]
    language = _coded(
        "HAS CONCEPT MOD",
        _code("121049", "DCM", "Language of Content Item and Descendants"),
        _code("en", "RFC5646", "English"),
    )
    observer = _item(
        "HAS OBS CONTEXT", "PNAME", _code("121008", "DCM", "Person Observer Name"),
        PersonName=series.case.person.physician,
    )  # fmt: skip
    person = _coded(
        "HAS OBS CONTEXT", _code("121005", "DCM", "Observer Type"), _code("121006", "DCM", "Person")
    )
    procedure = _coded(
        "HAS CONCEPT MOD", _code("121058", "DCM", "Procedure reported"),
        _code("75385009", "SCT", "CT of chest with contrast"),
    )  # fmt: skip
    image = _item("CONTAINS", "IMAGE", None, ReferencedSOPSequence=[reference.copy()])
    library = _container(
        "CONTAINS", _code("111028", "DCM", "Image Library"),
        _container("CONTAINS", _code("126200", "DCM", "Image Library Group"), image),
    )  # fmt: skip
    group = _group(series, reference)
    measured = _container("CONTAINS", _code("126010", "DCM", "Imaging Measurements"), group)
    ds.ContentSequence = [language, person, observer, procedure, library, measured]
    yield ds


def _group(series: "Series", reference: dc.Dataset) -> dc.Dataset:
    radius = series.part.grown
    long, short = 2 * radius, 1.8 * radius
    volume = 4 / 3 * np.pi * radius * radius * 0.9 * radius
    size = 512 // series.detail
    x, y, _ = Thorax(series.body).nodule
    row, column = (y + _WIDE / 2) * size / _WIDE, (x + _WIDE / 2) * size / _WIDE
    reach = radius * size / _WIDE
    line = _item(
        "INFERRED FROM", "SCOORD", None, GraphicType="POLYLINE",
        GraphicData=(column - reach, row, column + reach, row),
        ContentSequence=[_item("SELECTED FROM", "IMAGE", None, ReferencedSOPSequence=[reference.copy()])],
    )  # fmt: skip
    millimetre = _code("mm", "UCUM", "millimeter")
    tracked = "Nodule 1"
    finding = _coded(
        "CONTAINS", _code("121071", "DCM", "Finding"), _code("27925004", "SCT", "Nodule")
    )
    site = _coded(
        "HAS CONCEPT MOD",
        _code("363698007", "SCT", "Finding Site"),
        _code("3341006", "SCT", "Right lung"),
    )
    finding.ContentSequence = [site]
    return _container(
        "CONTAINS", _code("125007", "DCM", "Measurement Group"),
        _item("HAS OBS CONTEXT", "TEXT", _code("112039", "DCM", "Tracking Identifier"), TextValue=tracked),
        _item("HAS OBS CONTEXT", "UIDREF", _code("112040", "DCM", "Tracking Unique Identifier"),
              UID=series.instance_uid(900)),
        finding,
        _number(_code("103339001", "SCT", "Long Axis"), long, millimetre, line),
        _number(_code("103340004", "SCT", "Short Axis"), short, millimetre),
        _number(_code("118565006", "SCT", "Volume"), volume, _code("mm3", "UCUM", "cubic millimeter")),
    )  # fmt: skip


def _number(name: dc.Dataset, value: float, unit: dc.Dataset, *content: dc.Dataset) -> dc.Dataset:
    measured = dc.Dataset(
        {"NumericValue": f"{value:.1f}", "MeasurementUnitsCodeSequence": [unit.copy()]}
    )
    item = _item("CONTAINS", "NUM", name, MeasuredValueSequence=[measured])
    if content:
        item.ContentSequence = list(content)
    return item
