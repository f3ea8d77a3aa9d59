"""Real structured reports: their templates, codes and relationships are ones that the tables know."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest
from pydicom import Dataset

from dicom_dict._codes import dcm_code
from dicom_dict._sr_constraints import sr_constraints
from dicom_dict._templates import template

SR = "1.2.840.10008.5.1.4.1.1.88."
# What the collection has that its IODs do not permit: the writers of these files are at fault.
NOT_PERMITTED = {
    ("Basic Text SR", "CONTAINER", "CONTAINS", "SCOORD"): 15,
    ("Basic Text SR", "SCOORD", "CONTAINS", "NUM"): 36,
    ("Basic Text SR", "SCOORD", "HAS PROPERTIES", "SCOORD"): 3,
    ("Basic Text SR", "SCOORD", "HAS PROPERTIES", "TEXT"): 30,
    ("Basic Text SR", "SCOORD", "HAS PROPERTIES", "UIDREF"): 15,
    ("Basic Text SR", "SCOORD", "SELECTED FROM", "IMAGE"): 15,
    ("Basic Text SR", "TEXT", "HAS PROPERTIES", "SCOORD"): 5,
    ("Comprehensive 3D SR", "CONTAINER", "HAS CONCEPT MOD", "SCOORD"): 3,
}


def _reports(corpus: Path) -> Iterator[Dataset]:
    for path in sorted(corpus.rglob("*")):
        if not path.is_file() or "odd" in path.parts:
            continue
        try:
            head = pydicom.dcmread(path, specific_tags=["SOPClassUID"])
        except pydicom.errors.InvalidDicomError:
            continue  # a list or a licence beside the files
        if str(head.get("SOPClassUID", "")).startswith(SR):
            yield pydicom.dcmread(path)


def _pairs(item: Dataset) -> Iterator[tuple[Dataset, Dataset]]:
    for child in item.get("ContentSequence", None) or ():
        yield item, child
        yield from _pairs(child)


@pytest.mark.filterwarnings("ignore")
def test_real_reports_are_in_the_tables(corpus: Path) -> None:
    known: Counter[tuple[str, str, str, str]] = Counter()
    unknown: Counter[tuple[str, str, str, str]] = Counter()
    reports = 0
    for report in _reports(corpus):
        reports += 1
        iod = sr_constraints(report.SOPClassUID)
        for used in report.get("ContentTemplateSequence", None) or ():
            assert template(used.TemplateIdentifier).is_root
        for parent, child in _pairs(report):
            name = (child.get("ConceptNameCodeSequence", None) or [None])[0]
            if name is not None and name.CodingSchemeDesignator == "DCM":
                assert dcm_code(name.CodeValue).value == name.CodeValue
            if "ReferencedContentItemIdentifier" in child:
                continue
            edge = (parent.ValueType, child.RelationshipType, child.ValueType)
            (known if iod.permits(*edge) else unknown)[(iod.name, *edge)] += 1
    assert reports >= 30
    assert known.total() >= 2600
    assert unknown == NOT_PERMITTED
