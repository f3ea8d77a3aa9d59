"""The contract of the data model, one row a decision."""

import copy
import pickle
import threading
from pathlib import Path

import pydicom
import pydicom.data
import pytest

import dicom_core as dc

FOLDER = Path(str(pydicom.data.get_testdata_file("CT_small.dcm", download=False))).parent
CT = FOLDER / "CT_small.dcm"
PLAN = FOLDER / "rtplan.dcm"


def dataset() -> dc.Dataset:
    return dc.Dataset({"PatientName": "Doe^Jane", "PatientID": "1", "AccessionNumber": None})


class TestAbsentAndEmpty:
    def test_attributes_give_none(self) -> None:
        ds = dataset()
        ds.ReferencedSeriesSequence = []
        assert ds.StudyDate is None
        assert ds.AccessionNumber is None
        assert ds.ReferencedSeriesSequence is None
        assert "AccessionNumber" in ds
        assert "StudyDate" not in ds
        assert ds["AccessionNumber"] is None
        assert ds["ReferencedSeriesSequence"] == []

    def test_keys_raise(self) -> None:
        with pytest.raises(dc.MissingElement) as caught:
            dataset()["StudyDate"]
        assert isinstance(caught.value, KeyError)
        assert caught.value.tag == 0x00080020
        assert "StudyDate" in str(caught.value)
        assert dataset().get("StudyDate", 5) == 5

    @pytest.mark.parametrize("name", ["PatientNam", "patientName", "Nothing", "PatientsName"])
    def test_wrong_names(self, name: str) -> None:
        ds = dataset()
        with pytest.raises(AttributeError):
            getattr(ds, name)
        with pytest.raises(AttributeError):
            setattr(ds, name, "x")
        with pytest.raises(AttributeError):
            delattr(ds, name)
        assert not hasattr(ds, name)

    def test_near_matches(self) -> None:
        with pytest.raises(AttributeError, match="PatientName"):
            dataset().PatientNam  # type: ignore[attr-defined]  # noqa: B018
        with pytest.raises(dc.UnknownEntry, match="PatientName"):
            dataset()["PatientNam"]


@pytest.mark.parametrize(
    "key", ["PatientID", 0x00100020, dc.Tag("0010,0020"), "(0010,0020)", "00100020", (0x10, 0x20)]
)
def test_every_form_of_a_key(key: int | str | tuple[int, int]) -> None:
    ds = dataset()
    assert ds[key] == "1"
    assert key in ds
    assert ds.get(key) == "1"
    assert ds.element(key).keyword == "PatientID"
    ds[key] = "2"
    assert ds.PatientID == "2"
    del ds[key]
    assert key not in ds
    with pytest.raises(dc.MissingElement):
        del ds[key]


class TestMultiplicity:
    def test_by_the_dictionary(self) -> None:
        ds = dc.Dataset()
        ds.ImageType = "ORIGINAL"
        assert ds.ImageType == ("ORIGINAL",)
        ds.ImageType = ["ORIGINAL", "PRIMARY"]
        assert ds.ImageType == ("ORIGINAL", "PRIMARY")
        ds.Rows = 5
        assert ds.Rows == 5
        ds.PixelSpacing = [1, 2.5]
        assert ds["PixelSpacing"] == (1, 2.5)

    def test_several_values_where_one_is_due(self) -> None:
        ds = dc.Dataset()
        ds.set("PatientID", "LO", ["a", "b"])
        assert ds.PatientID == "a"
        assert ds.element("PatientID").value == ("a", "b")
        assert ds.element("PatientID").vm == 2
        with pytest.raises(dc.ValueEncodeError):
            ds["PatientID"] = ["a", "b"]

    def test_private_elements_are_tuples(self) -> None:
        ds = dc.Dataset()
        ds.set(0x00091001, "LO", "x")
        ds.set(0x00091002, "OB", b"xx")
        ds.set(0x00090010, "LO", "ACME")
        assert ds[0x00091001] == ("x",)
        assert ds[0x00091002] == b"xx"
        assert ds[0x00090010] == "ACME"


class TestMapping:
    def test_order_and_views(self) -> None:
        ds = dataset()
        assert list(ds) == sorted(ds)
        assert all(isinstance(tag, dc.Tag) for tag in ds)
        assert list(ds.keys()) == list(ds)
        assert list(ds.values()) == [None, "Doe^Jane", "1"]
        assert dict(ds.items())[dc.Tag("PatientID")] == "1"
        assert len(ds) == 3
        assert [element.keyword for element in ds.elements()] == [
            "AccessionNumber", "PatientName", "PatientID",
        ]  # fmt: skip

    def test_group(self) -> None:
        part = dc.read(CT).dataset.group(0x0010)
        assert {tag.group for tag in part} == {0x0010}
        assert part.PatientName is not None

    def test_equality_is_by_value(self) -> None:
        ds = dc.read(PLAN).dataset
        other = dc.read_dataset(ds.to_bytes("1.2.840.10008.1.2.2"), "1.2.840.10008.1.2.2")
        assert ds == other
        assert ds != dataset()
        other.PatientName = "X"
        assert ds != other
        with pytest.raises(TypeError):
            hash(ds)

    def test_walk_reaches_everything(self) -> None:
        ds = dc.read(PLAN).dataset
        peer = pydicom.dcmread(PLAN)
        assert sum(1 for _ in ds.walk()) == sum(1 for _ in peer.iterall())


class TestEditing:
    def test_values_are_normalised(self) -> None:
        ds = dc.Dataset()
        ds.PatientName = "Doe^Jane"
        assert isinstance(ds.PatientName, dc.PersonName)
        ds.StudyDate = "20250131"
        assert isinstance(ds.StudyDate, dc.DicomDate)

    @pytest.mark.parametrize(
        ("name", "value"),
        [("Rows", "x"), ("Rows", 70_000), ("StudyDate", "20251301"), ("PatientName", 5),
         ("ReferencedSeriesSequence", "x"), ("ReferencedSeriesSequence", dc.Dataset()),
         ("SOPInstanceUID", "1..2"), ("PixelData", 5)],
    )  # fmt: skip
    def test_wrong_values_say_the_rule(self, name: str, value: object) -> None:
        ds = dc.Dataset()
        with pytest.raises(dc.ValueEncodeError) as caught:
            setattr(ds, name, value)
        assert caught.value.rule
        assert caught.value.path == str(dc.Tag(name))
        assert name not in ds

    def test_unknown_tags_need_a_vr(self) -> None:
        with pytest.raises(dc.ValueEncodeError, match="set"):
            dc.Dataset()[0x00091001] = "x"

    def test_rename_update_diff(self) -> None:
        ds = dataset()
        other = ds.copy()
        other.update({"Rows": 5})
        other.rename("PatientID", "IssuerOfPatientID")
        assert [(found.kind, found.path) for found in ds.diff(other)] == [
            ("removed", "(0010,0020)"), ("added", "(0010,0021)"), ("added", "(0028,0010)"),
        ]  # fmt: skip
        del other.Rows
        assert "Rows" not in other
        other.update(ds)
        assert other.PatientID == "1"

    def test_ambiguous_vrs_follow_the_data_set(self) -> None:
        ds = dc.Dataset({"PixelRepresentation": 1, "BitsAllocated": 8})
        ds.SmallestImagePixelValue = -5
        ds.PixelData = b"ab"
        assert ds.element("SmallestImagePixelValue").vr == "SS"
        assert ds.element("PixelData").vr == "OB"
        ds = dc.Dataset({"BitsAllocated": 16})
        ds.SmallestImagePixelValue = 5
        ds.PixelData = b"ab"
        assert ds.element("SmallestImagePixelValue").vr == "US"
        assert ds.element("PixelData").vr == "OW"

    def test_sequences_are_lists(self) -> None:
        ds = dc.Dataset()
        ds.ReferencedSeriesSequence = [dataset()]
        sequence = ds.ReferencedSeriesSequence
        assert isinstance(sequence, dc.Sequence)
        sequence.append(dataset())
        sequence.insert(0, dc.Dataset())
        assert len(sequence) == 3
        del sequence[0]
        sequence[0] = dc.Dataset({"Rows": 1})
        assert [len(item) for item in sequence[:]] == [1, 3]
        assert sequence.pop().PatientID == "1"
        with pytest.raises(TypeError):
            sequence.append("x")  # type: ignore[arg-type]
        assert ds.to_bytes() == ds.copy().to_bytes()


class TestCopies:
    def test_copy_is_deep_in_meaning(self) -> None:
        ds = dc.read(PLAN).dataset
        beams = ds["BeamSequence"]
        assert isinstance(beams, dc.Sequence)
        beams[0].BeamName = "one"
        for twin in (ds.copy(), copy.copy(ds), copy.deepcopy(ds)):
            assert twin == ds
            inner = twin["BeamSequence"]
            assert isinstance(inner, dc.Sequence)
            inner[0].BeamName = "two"
            twin.PatientName = "other"
            assert beams[0].BeamName == "one"
            assert ds.PatientName != "other"

    def test_pickle(self, tmp_path: Path) -> None:
        ds = dc.read(PLAN).dataset
        ds.PatientName = "A^B"
        sequence = ds["BeamSequence"]
        assert isinstance(sequence, dc.Sequence)
        sequence[0].BeamName = "edited"
        again = pickle.loads(pickle.dumps(ds))
        assert again == ds
        assert again.is_edited
        file = pickle.loads(pickle.dumps(dc.read(CT)))
        assert file.dataset == dc.read(CT).dataset
        assert file.to_bytes() == CT.read_bytes()
        item = pickle.loads(pickle.dumps(sequence[0]))
        assert item.BeamName == "edited"

    def test_pickle_of_large_values_is_small(self, tmp_path: Path) -> None:
        ds = dc.Dataset({"SOPClassUID": "1.2.3", "SOPInstanceUID": "1.2.4"})
        ds.set("PixelData", "OW", bytes(1 << 20))
        path = tmp_path / "a.dcm"
        dc.write(ds, path)
        packed = pickle.dumps(dc.read(path).dataset)
        assert len(packed) < 100_000
        assert pickle.loads(packed).PixelData == bytes(1 << 20)

    @pytest.mark.parametrize(
        "error",
        [
            dc.MissingElement(dc.Tag(0x00100010), path="x"),
            dc.TruncatedElement(dc.Tag(0x00100010), 5, 4, path="x", offset=3),
            dc.ParseError("rule", "text", path="p", offset=2, vr="PN"),
            dc.ValueDecodeError("DA", "x", "rule", path="p", offset=1),
            dc.LimitExceeded("depth", 5, "here"),
            dc.SourceChanged("path", 4),
            dc.WriteError("text", path="p", rule="r"),
            dc.NotDicom("text", kind="PE"),
        ],
        ids=lambda error: type(error).__name__,
    )
    def test_errors_pickle(self, error: dc.DicomError) -> None:
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert again.__dict__ == error.__dict__


class TestElements:
    def test_element(self) -> None:
        element = dc.read(CT).dataset.element("PatientName")
        assert element.tag == 0x00100010
        assert element.vr == "PN"
        assert element.raw.rstrip() == b"CompressedSamples^CT1"
        assert element.text == "CompressedSamples^CT1"
        assert element.offset is not None
        assert CT.read_bytes()[element.offset :][:4] == b"\x10\0\x10\0"
        assert element.length == len(element.raw)
        assert element == dc.DataElement("PatientName", "PN", "CompressedSamples^CT1")
        with pytest.raises(AttributeError):
            element.value = "x"  # type: ignore[misc]

    def test_values_that_cannot_be_decoded(self) -> None:
        ds = dc.read_dataset(b"\x08\0\x20\0DA\x08\x0020251399")
        for _ in range(2):
            with pytest.raises(dc.ValueDecodeError) as caught:
                ds["StudyDate"]
            assert caught.value.path == "(0008,0020)"
            assert caught.value.offset == 0
            assert "20251399" not in str(caught.value)
        with pytest.raises(dc.ValueDecodeError):
            ds.StudyDate  # noqa: B018
        assert ds.element("StudyDate").raw == ds.element("StudyDate").text.encode() == b"20251399"

    def test_paths_of_items(self) -> None:
        ds = dc.read(PLAN).dataset
        beams = ds["BeamSequence"]
        assert isinstance(beams, dc.Sequence)
        assert beams[0].path == "(300A,00B0)[0]"
        points = beams[0]["ControlPointSequence"]
        assert isinstance(points, dc.Sequence)
        assert points[1].element("ControlPointIndex").path == (
            "(300A,00B0)[0].(300A,0111)[1].(300A,0112)"
        )


class TestPrivate:
    def test_two_creators_do_not_clash(self) -> None:
        """ADV-020."""
        ds = dc.Dataset()
        blocks = dc.private_blocks(ds)
        one = blocks.reserve(0x0009, "ACME 1")
        two = blocks.reserve(0x0009, "ACME 2")
        assert (one.number, two.number) == (0x10, 0x11)
        assert blocks.reserve(0x0009, "ACME 1").number == 0x10
        one.set(1, "LO", "a")
        two.set(1, "US", 7)
        assert one[1] == ("a",)
        assert two[1] == (7,)
        assert ds[0x00091101] == (7,)
        assert list(one) == [1]
        again = dc.private_blocks(dc.read_dataset(ds.to_bytes()))
        assert again.block(0x0009, "ACME 2")[1] == (7,)
        two.remove()
        assert list(ds) == [0x00090010, 0x00091001]
        assert blocks.find(0x0009, "ACME 2") is None
        with pytest.raises(dc.MissingElement):
            blocks.block(0x0009, "ACME 2")
        with pytest.raises(ValueError, match="private"):
            blocks.reserve(0x0008, "x")

    def test_dictionaries_give_vrs(self) -> None:
        """ADV-021."""
        ds = dc.Dataset()
        dc.private_blocks(ds).reserve(0x0009, "ACME 1").set(1, "US", 7)
        raw = ds.to_bytes("1.2.840.10008.1.2")
        assert dc.read_dataset(raw, "1.2.840.10008.1.2").element(0x00091001).vr == "UN"
        known = dc.PrivateDictionary({("ACME 1", 0x0009, 1): dc.PrivateEntry("US")})
        options = dc.ReadOptions(private=(known,))
        assert dc.read_dataset(raw, "1.2.840.10008.1.2", options)[0x00091001] == (7,)


class TestLimits:
    @staticmethod
    def nested(levels: int, *, undefined: bool) -> bytes:
        if undefined:
            head = b"\x08\0\x15\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff"
            tail = b"\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0"
            return head * levels + tail * levels
        data = b""
        for _ in range(levels):
            size = len(data)
            data = (
                b"\x08\0\x15\x11SQ\0\0" + (size + 8).to_bytes(4, "little") + b"\xfe\xff\0\xe0"
                + size.to_bytes(4, "little") + data
            )  # fmt: skip
        return data

    @pytest.mark.parametrize("undefined", [True, False])
    def test_depth(self, undefined: bool) -> None:
        fine = dc.read_dataset(self.nested(100, undefined=undefined))
        assert sum(1 for _ in fine.walk()) == 100
        assert fine == fine.copy()
        assert dc.read_dataset(fine.to_bytes("1.2.840.10008.1.2"), "1.2.840.10008.1.2") == fine
        data = self.nested(10_000, undefined=undefined)
        with pytest.raises(dc.LimitExceeded) as caught:
            sum(1 for _ in dc.read_dataset(data).walk())
        assert caught.value.limit == "depth"

    def test_depth_of_what_is_made(self) -> None:
        ds = dc.Dataset()
        inner = ds
        for _ in range(10_000):
            item = dc.Dataset({"Rows": 1})
            inner.ReferencedSeriesSequence = [item]
            inner = item
        with pytest.raises(dc.LimitExceeded):
            ds.to_bytes()
        with pytest.raises(dc.LimitExceeded):
            ds.copy()
        assert ds != dc.Dataset()
        assert repr(ds)

    def test_elements(self) -> None:
        data = b"".join(
            (8).to_bytes(2, "little") + n.to_bytes(2, "little") + b"CS\0\0" for n in range(1, 2000)
        )
        options = dc.ReadOptions(limits=dc.Limits(elements=1000))
        with pytest.raises(dc.LimitExceeded) as caught:
            dc.read_dataset(data, options=options)
        assert caught.value.limit == "elements"
        items = b"\xfe\xff\0\xe0\0\0\0\0" * 2000
        sequence = b"\x08\0\x15\x11SQ\0\0" + len(items).to_bytes(4, "little") + items
        with pytest.raises(dc.LimitExceeded):
            len(dc.read_dataset(sequence, options=options)["ReferencedSeriesSequence"])  # type: ignore[arg-type]

    def test_values(self) -> None:
        ds = dc.Dataset({"SOPClassUID": "1.2.3", "SOPInstanceUID": "1.2.4"})
        ds.set("PixelData", "OW", bytes(1 << 20))
        source = dc.BytesSource(dc.DicomFile.new(ds).to_bytes())
        file = dc.read(source, dc.ReadOptions(limits=dc.Limits(value=1000)))
        with pytest.raises(dc.LimitExceeded) as caught:
            file.dataset["PixelData"]
        assert caught.value.limit == "value"
        assert len(file.dataset.element("PixelData").handle) == 1 << 20


@pytest.mark.parametrize("touched", [False, True], ids=["fresh", "touched"])
def test_equal_bytes_in_items_of_different_character_sets(touched: bool) -> None:
    """What items share of their values is shared by those of one character set only (PS3.5 7.5.3)."""
    names = ["Жук", "Éva", None, "Жук"]
    sets = ["ISO_IR 144", "ISO_IR 100", None, "ISO_IR 144"]
    items = []
    for name, charset in zip(names, sets, strict=True):
        item = dc.Dataset({"PatientName": name or "Éva"})
        if charset is not None:
            item.SpecificCharacterSet = charset
        item.ReferencedSeriesSequence = [dc.Dataset({"PatientName": name or "Éva"})]
        items.append(item)
    root = dc.Dataset({"SOPClassUID": "1.2.3", "SOPInstanceUID": "1.2.4"})
    root.SpecificCharacterSet = "ISO_IR 100"
    root.ReferencedStudySequence = items
    data = dc.DicomFile.new(root).to_bytes()
    russian, latin = "Жук".encode("iso8859-5"), "Éva".encode("latin-1")
    ds = dc.read(data.replace(russian, latin)).dataset  # now all have the same bytes
    if touched:
        sequence = ds["ReferencedStudySequence"]
        assert isinstance(sequence, dc.Sequence)
        for item in sequence:
            assert "PatientName" in item
    found = [str(element.value) for element in ds.walk() if element.tag == 0x00100010]
    other = latin.decode("iso8859-5")
    assert found == [other] * 2 + ["Éva"] * 4 + [other] * 2


def test_threads_see_one_data_set() -> None:
    data = PLAN.read_bytes()
    for _ in range(20):
        ds = dc.read(data).dataset
        found: list[int] = []
        start = threading.Barrier(4)

        def work(
            ds: dc.Dataset = ds, start: threading.Barrier = start, found: list[int] = found
        ) -> None:
            start.wait()
            sequence = ds["BeamSequence"]
            assert isinstance(sequence, dc.Sequence)
            found.append(id(sequence))
            found.append(id(sequence[0]))
            assert ds.PatientName is not None

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(found)) == 2
