"""Real files are found by their own values, and by no value of another kind."""

import json
from pathlib import Path

import dicom_core as dc
from dicom_core import query

KEYWORDS = [
    "PatientName",
    "PatientID",
    "PatientAge",
    "StudyDate",
    "StudyTime",
    "AcquisitionDateTime",
    "Modality",
    "ImageType",
    "SOPInstanceUID",
    "InstanceNumber",
    "Rows",
    "SliceThickness",
    "StudyDescription",
]


def test_each_file_is_found_by_its_own_values(corpus: Path) -> None:
    asked = 0
    missed = []
    for entry in json.loads((corpus / "manifest.json").read_text()):
        path = corpus / entry["path"]
        if entry["family"] == "odd" or entry["read"] != "normal" or path.stat().st_size > 1 << 20:
            continue
        dataset = dc.read(path).dataset
        for keyword in KEYWORDS:
            if keyword not in dataset:
                continue
            element = dataset.element(keyword)
            text = element.text
            try:
                empty = element.value is None
            except dc.ValueDecodeError:
                continue
            if empty or "*" in text or "?" in text:
                continue
            wanted = query.build("IMAGE", where={keyword: text})
            asked += 1
            if not wanted.matches(dataset):
                missed.append((entry["path"], keyword))
            if not query.from_identifier(query.to_identifier(wanted)).matches(dataset):
                missed.append((entry["path"], f"{keyword} as identifier"))
    assert asked > 1500
    assert missed == []
