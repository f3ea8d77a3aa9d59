"""Data sets and values inside of attrs classes, through cattrs, to plain dicts and back (CORE-020)."""

import json
import sys
from pathlib import Path

import attrs
import pydicom
import pytest

import dicom_core as dc
from dicom_core import interop

pytest.importorskip("cattrs")
FILES = Path(pydicom.__file__).parent / "data" / "test_files"


@attrs.frozen
class Job:
    """What a program of somebody's might hand to a queue."""

    number: int
    keys: list[dc.Tag]
    uid: dc.UID
    name: dc.PersonName
    date: dc.DicomDate
    weight: dc.DecimalString
    header: dc.Dataset


def test_a_class_with_a_data_set_goes_through_json_text() -> None:
    job = Job(
        3,
        [dc.Tag("PatientName"), dc.Tag(0x00290010)],
        dc.UID("1.2.3"),
        dc.PersonName("Yamada^Tarou=山田^太郎"),
        dc.DicomDate("20240229"),
        dc.DecimalString("70.50"),
        dc.read_header(FILES / "CT_small.dcm").dataset,
    )
    converter = interop.cattrs_hooks()
    text = json.dumps(converter.unstructure(job))
    again = converter.structure(json.loads(text), Job)
    # JSON is UTF-8 and says so
    assert [difference.path for difference in again.header.diff(job.header)] == ["(0008,0005)"]
    assert attrs.evolve(again, header=job.header) == job
    assert str(again.weight) == "70.50"


def test_every_data_set_of_the_wheel_goes_round() -> None:
    converter = interop.cattrs_hooks()
    count = 0
    for path in sorted(FILES.glob("*.dcm")):
        try:
            ds = dc.read(path).dataset
            plain = converter.unstructure(ds)
        except dc.DicomError:
            continue
        once = converter.unstructure(converter.structure(plain, dc.Dataset))
        assert once.keys() == plain.keys()
        # A value of odd length has its padding from the first time on
        assert converter.unstructure(converter.structure(once, dc.Dataset)) == once, path.name
        count += 1
    assert count > 60


def test_a_converter_of_ones_own_is_taught(monkeypatch: pytest.MonkeyPatch) -> None:
    from cattrs import Converter

    own = Converter()
    assert interop.cattrs_hooks(own) is own
    assert own.structure("(0010,0010)", dc.Tag) == 0x00100010
    with pytest.raises(dc.DicomError):
        own.structure("2024-02-30", dc.DicomDate)
    monkeypatch.setitem(sys.modules, "cattrs", None)
    with pytest.raises(interop.MissingExtra, match="settings"):
        interop.cattrs_hooks()
