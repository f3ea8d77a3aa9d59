"""Tables of headers: typed by VR, nested, honest about what has no place, safe in a spreadsheet."""

import csv
import io
import json
import pickle
import sys
import warnings
from datetime import date, datetime, time
from pathlib import Path

import pydicom
import pytest

import dicom_core as dc
from dicom_core import interop
from dicom_core.store.testing import sample

pa = pytest.importorskip("pyarrow")
WHEEL = Path(pydicom.__file__).parent / "data" / "test_files"


def data(**values: object) -> dc.Dataset:
    ds = dc.Dataset()
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return ds


RICH = data(
    PatientName="Doe^Jane",
    StudyDate="20240102",
    StudyTime="103000.25",
    AcquisitionDateTime="20240102103000.5+0100",
    ImageType=["ORIGINAL", "PRIMARY"],
    PixelSpacing=["0.5", "0.25"],
    SliceThickness="1.5",
    InstanceNumber="7",
    Rows=512,
    PatientAge="018M",
    FrameIncrementPointer=[0x00181063],
    SOPInstanceUID="1.2.3",
    RequestAttributesSequence=[
        data(RequestedProcedureID="R1", ScheduledProtocolCodeSequence=[data(CodeValue="A")]),
        data(RequestedProcedureID="R2"),
    ],
)

VALUES = [
    ("PatientName", "Doe^Jane"),
    ("StudyDate", date(2024, 1, 2)),
    ("StudyTime", time(10, 30, 0, 250000)),
    ("AcquisitionDateTime", datetime(2024, 1, 2, 10, 30, 0, 500000)),  # noqa: DTZ001
    ("ImageType", ["ORIGINAL", "PRIMARY"]),
    ("PixelSpacing", [0.5, 0.25]),
    ("SliceThickness", 1.5),
    ("InstanceNumber", 7),
    ("Rows", 512),
    ("PatientAge", "018M"),
    ("FrameIncrementPointer", ["00181063"]),
    ("SOPInstanceUID", "1.2.3"),
    ("PatientID", None),
]


@pytest.mark.parametrize(("keyword", "expected"), VALUES)
def test_values(keyword: str, expected: object) -> None:
    (row,) = interop.rows(RICH, [keyword])
    assert row == {"path": None, keyword: expected, "problems": []}
    assert type(row[keyword]) is type(expected)
    table = interop.to_arrow(RICH, [keyword])
    assert table.to_pylist()[0][keyword] == expected


def test_nested_columns_by_paths() -> None:
    tags: list[str | int] = [
        "RequestAttributesSequence.RequestedProcedureID",
        "RequestAttributesSequence.ScheduledProtocolCodeSequence.CodeValue",
        "PatientName",
    ]
    expected: list[dict[str, object]] = [
        {"RequestedProcedureID": "R1", "ScheduledProtocolCodeSequence": [{"CodeValue": "A"}]},
        {"RequestedProcedureID": "R2", "ScheduledProtocolCodeSequence": None},
    ]
    (row,) = interop.rows(RICH, tags)
    items = row["RequestAttributesSequence"]
    assert isinstance(items, list)
    for item, wanted in zip(items, expected, strict=True):
        assert item["RequestedProcedureID"] == wanted["RequestedProcedureID"]
        assert (item["ScheduledProtocolCodeSequence"] or None) == wanted[
            "ScheduledProtocolCodeSequence"
        ]
    table = interop.to_arrow(RICH, tags)
    kind = table.schema.field("RequestAttributesSequence").type
    assert pa.types.is_list(kind)
    assert pa.types.is_struct(kind.value_type)
    assert pa.types.is_list(kind.value_type.field("ScheduledProtocolCodeSequence").type)
    assert table.schema.field("PatientName").metadata == {
        b"dicom.tag": b"00100010",
        b"dicom.vr": b"PN",
    }


def test_everything_and_whole_sequences() -> None:
    whole = interop.to_arrow([RICH, data(PatientID="2")])
    assert whole.num_rows == 2
    assert whole.column("PatientID").to_pylist() == [None, "2"]
    first = whole.to_pylist()[0]["RequestAttributesSequence"][0]
    assert first["ScheduledProtocolCodeSequence"] == [{"CodeValue": "A"}]
    named = interop.to_arrow([RICH], ["RequestAttributesSequence"])
    assert named.to_pylist()[0]["RequestAttributesSequence"][1]["RequestedProcedureID"] == "R2"


def test_types_follow_the_dictionary() -> None:
    kinds = {
        "StudyDate": "date32[day]", "StudyTime": "time64[us]", "AcquisitionDateTime": "timestamp[us]", "Rows": "uint16",
        "InstanceNumber": "int32", "SliceThickness": "double", "PatientName": "string", "ImageType": "list<item: string>",
        "PixelSpacing": "list<item: double>", "PixelData": "binary", "SmallestImagePixelValue": "int32",
        "ReferencePixelX0": "int32", "EventTimeOffset": "double", "FrameIncrementPointer": "list<item: string>",
    }  # fmt: skip
    schema = interop.schema(interop.columns(*kinds))
    have = {name: str(schema.field(name).type).replace("element:", "item:") for name in kinds}
    assert have == kinds


def test_files_that_differ_share_a_column() -> None:
    one, two = dc.Dataset(), dc.Dataset()
    one.set("SmallestImagePixelValue", "US", 65535)
    two.set("SmallestImagePixelValue", "SS", -1)
    assert interop.to_arrow([one, two]).column("SmallestImagePixelValue").to_pylist() == [65535, -1]
    several = data(Modality="CT")
    several.set("Modality", "CS", ["CT", "MR"])
    table = interop.to_arrow([data(Modality="US"), several])
    assert table.column("Modality").to_pylist() == [["US"], ["CT", "MR"]]


def test_problems_are_told() -> None:
    bad = dc.read_dataset(b"\x08\x00\x20\x00DA\x08\x00notadate\x08\x00\x30\x00TM\x06\x00235960")
    bad.set("Modality", "CS", ["CT", "MR"])
    (row,) = interop.rows(bad, ["StudyDate", "StudyTime", "Modality"])
    assert (row["StudyDate"], row["StudyTime"], row["Modality"]) == (None, None, "CT")
    problems = row["problems"]
    assert isinstance(problems, list)
    assert [text.partition(":")[0] for text in problems] == ["StudyDate", "StudyTime", "Modality"]
    assert "notadate" not in str(problems)


def test_files_folders_and_what_is_none(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.dcm").write_bytes(sample("1.2.3.1"))
    (tmp_path / "a" / "2.dcm").write_bytes(sample("1.2.3.2"))
    (tmp_path / "b.txt").write_bytes(b"no DICOM")
    found = list(
        interop.rows([tmp_path, tmp_path / "gone.dcm"], ["SOPInstanceUID", "TransferSyntaxUID"])
    )
    assert [row["SOPInstanceUID"] for row in found] == [None, "1.2.3.1", "1.2.3.2", None]
    assert found[1]["TransferSyntaxUID"] == "1.2.840.10008.1.2.1"
    assert [bool(row["problems"]) for row in found] == [True, False, False, True]
    assert str(found[1]["path"]).endswith("1.dcm")
    pixels = interop.to_arrow(tmp_path / "a" / "1.dcm", ["PixelData"])
    assert pixels.column("PixelData").to_pylist() == [bytes(64)]


def test_parquet(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    for number in range(1, 8):
        (tmp_path / f"{number}.dcm").write_bytes(sample(f"1.2.3.{number}", InstanceNumber=number))
    target = tmp_path / "out.parquet"
    tags = ["InstanceNumber", "StudyDate", "RequestAttributesSequence.RequestedProcedureID"]
    paths = sorted(tmp_path.glob("*.dcm"))
    assert interop.write_parquet(paths, target, tags, batch=3) == 7
    back = parquet.read_table(target)
    assert back.column("InstanceNumber").to_pylist() == list(range(1, 8))
    assert back.schema.field("StudyDate").type == pa.date32()
    assert back.equals(interop.to_arrow(paths, tags))
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_parquet_appears_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    target = tmp_path / "out.parquet"
    target.write_bytes(b"old")

    def broken(self: object, *_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(parquet.ParquetWriter, "write_batch", broken)
    with pytest.raises(OSError, match="No space"):
        interop.write_parquet([RICH], target, ["PatientID"])
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["out.parquet"]


HOSTILE = [
    ("=cmd|'/C calc'!A0", "'=cmd|'/C calc'!A0"),
    ("+1", "'+1"),
    ("-1+1", "'-1+1"),
    ("@SUM(A1)", "'@SUM(A1)"),
    ("a\x1b[31mred", "a\\u001b[31mred"),
    ("abc\u202ecba", "abc\\u202ecba"),
    ("plain", "plain"),
    ("山田", "山田"),
    ("<script>", "<script>"),
    ('a "b", c', 'a "b", c'),
]


@pytest.mark.parametrize(("text", "cell"), HOSTILE)
def test_f31_csv_is_guarded(text: str, cell: str) -> None:
    ds = dc.Dataset()
    ds.SpecificCharacterSet = "ISO_IR 192"
    raw = text.encode()
    from dicom_core.query._elements import put_text

    put_text(ds, 0x00104000, "LT", raw.decode())
    stream = io.StringIO()
    assert interop.write_csv(ds, stream, ["PatientComments"]) == 1
    rows = list(csv.reader(io.StringIO(stream.getvalue(), newline="")))
    assert rows == [["path", "PatientComments", "problems"], ["", cell, ""]]
    stream = io.StringIO()
    interop.write_csv(ds, stream, ["PatientComments"], guard=False)
    assert list(csv.reader(io.StringIO(stream.getvalue(), newline="")))[1][1] == text


def test_csv_cells() -> None:
    stream = io.StringIO()
    tags = [
        "StudyDate",
        "ImageType",
        "SliceThickness",
        "RequestAttributesSequence.RequestedProcedureID",
    ]
    negative = data(SliceThickness="-1.5")
    assert interop.write_csv([RICH, negative], stream, tags) == 2
    _, first, second = csv.reader(io.StringIO(stream.getvalue(), newline=""))
    assert first[1:3] == ["2024-01-02", "ORIGINAL\\PRIMARY"]
    assert json.loads(first[4]) == [{"RequestedProcedureID": "R1"}, {"RequestedProcedureID": "R2"}]
    assert second[3] == "-1.5"


def test_json_lines(tmp_path: Path) -> None:
    target = tmp_path / "x.jsonl"
    ds = RICH.copy()
    ds.set("EventTimeOffset", "FD", float("nan"))
    assert interop.write_json_lines([ds, data(PatientID="2")], target) == 2
    first, second = (json.loads(line) for line in target.read_text(encoding="utf-8").splitlines())
    assert first["StudyDate"] == "2024-01-02"
    assert first["EventTimeOffset"] is None
    assert first["RequestAttributesSequence"][0]["RequestedProcedureID"] == "R1"
    assert second["PatientID"] == "2"
    assert first["problems"] == []


def test_real_files_of_pydicoms_wheel() -> None:
    """Everything of all files in one table; values of some columns as pydicom has them."""
    paths = [path for path in sorted(WHEEL.glob("*.dcm")) if path.stat().st_size < 1 << 20]
    table = interop.to_arrow(paths)
    assert table.num_rows == len(paths)
    found = table.select(["path", "SOPInstanceUID", "Rows", "PatientName", "problems"]).to_pylist()
    equal = 0
    for row in found:
        if row["problems"]:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pydicom, about its own files
            theirs = pydicom.dcmread(row["path"], force=True, stop_before_pixels=True)
        if "SOPInstanceUID" in theirs and not isinstance(theirs.SOPInstanceUID, bytes):
            assert (row["SOPInstanceUID"] or "") == theirs.SOPInstanceUID
            assert row["Rows"] == theirs.get("Rows")
            equal += 1
    assert equal > 50


def test_missing_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, call in (
        ("pyarrow", interop.to_arrow),
        ("pandas", interop.to_pandas),
        ("polars", interop.to_polars),
    ):
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, name, None)
            with pytest.raises(interop.MissingExtra) as caught:
                call([RICH], ["PatientID"])
            assert caught.value.library == name
            assert "pip install" in str(caught.value)
    assert list(interop.rows(RICH, ["PatientID"]))
    for name, call in (("pandas", interop.to_pandas), ("polars", interop.to_polars)):
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, "pyarrow", None)
            patch.setitem(sys.modules, name, None)
            with pytest.raises(interop.MissingExtra) as caught:
                call([RICH], ["PatientID"])
            assert caught.value.libraries == ("pyarrow", name)
            text = f"pyarrow and {name} are not installed; install them with: pip install "
            assert str(caught.value) == text + f"'dicom-core[tables]' '{name}'"
            again = pickle.loads(pickle.dumps(caught.value))
            assert (again.install, str(again)) == (caught.value.install, str(caught.value))


def test_a_wrong_tag_names_the_nearest() -> None:
    with pytest.raises(dc.DicomError, match="PatientName"):
        interop.rows(RICH, ["PatientNam"])
