"""The straight way into an ordinary file gives what the general reader gives, whatever the file is like."""

import os
import pickle
import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pydicom.data
import pytest

import dicom_core as dc
from dicom_core import _reader, _scan

FOLDER = Path(str(pydicom.data.get_testdata_file("CT_small.dcm", download=False))).parent
FILES = [path for path in sorted(FOLDER.glob("*.dcm")) if path.stat().st_size < 150_000]
TAGS = (0x0020000D, 0x00080018, 0x00200013, 0x00080060, 0x00100010, 0x00280030, 0x00280010)


def seen(file: dc.DicomFile, *, whole: bool) -> list[object]:
    """Everything that somebody can see of a file."""
    found: list[object] = [
        file.transfer_syntax, file.preamble, file.is_partial, file.findings, file.options, file.is_edited,
    ]  # fmt: skip
    for ds in (file.meta, file.dataset):
        found += [(one.tag, one.vr, one.offset, one.raw) for one in ds.walk()]
        found.append(len(ds))
    return [*found, file.to_bytes()] if whole else found


def outcome(call: Callable[[], object]) -> object:
    try:
        return call()
    except (dc.DicomError, OSError) as error:
        return type(error), str(error)


def generally(monkeypatch: pytest.MonkeyPatch, call: Callable[[], object]) -> object:
    """What the general reader alone makes of it."""
    with monkeypatch.context() as patch:
        patch.setattr(_reader, "survey", lambda *_: None)
        patch.setattr(_scan, "Few", lambda *_: None)
        return outcome(call)


def both(monkeypatch: pytest.MonkeyPatch, call: Callable[[], object]) -> None:
    assert outcome(call) == generally(monkeypatch, call)


def calls(path: Path, data: bytes) -> Iterator[Callable[[], object]]:
    yield lambda: seen(dc.read(data), whole=True)
    yield lambda: seen(dc.read(path), whole=True)
    yield lambda: seen(dc.read_header(path), whole=False)
    yield lambda: seen(dc.read_header(data, stop=0x00100020), whole=False)
    yield lambda: list(dc.scan(path, TAGS))
    yield lambda: list(dc.scan([path], ["PatientName", "TransferSyntaxUID"]))
    few = dc.ReadOptions(limits=dc.Limits(elements=30))
    yield lambda: seen(dc.read(data, few), whole=True)
    yield lambda: list(dc.scan([path], TAGS, options=few))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_real_files_are_read_the_same(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for call in calls(path, path.read_bytes()):
        both(monkeypatch, call)


def test_the_corpus_is_read_the_same(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in sorted(corpus.rglob("*")):
        if path.is_file() and path.stat().st_size < 150_000:
            for call in calls(path, path.read_bytes()):
                both(monkeypatch, call)


@pytest.mark.parametrize("seed", range(40))
def test_damaged_files_are_read_the_same(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random(seed)
    small = [path for path in FILES if path.stat().st_size < 20_000]
    for number in range(8):
        data = bytearray(dice.choice(small).read_bytes())
        for _ in range(dice.randint(1, 4)):
            at = dice.randrange(min(len(data), 1500))
            kind = dice.randrange(4)
            if kind == 0:
                data[at] = dice.randrange(256)
            elif kind == 1:
                del data[at : at + dice.randint(1, 12)]
            elif kind == 2:
                data[at:at] = data[at - at % 2 : at + dice.randint(1, 40)]
            else:
                del data[dice.randrange(at, len(data)) :]
        path = tmp_path / f"{number}.dcm"
        path.write_bytes(data)
        for call in calls(path, bytes(data)):
            both(monkeypatch, call)


def test_scan_of_a_series_with_two_character_sets(tmp_path: Path) -> None:
    """What is kept from file to file is not kept across character sets."""
    names = {
        "ISO_IR 100": "M\xfcller^Eva",
        "ISO_IR 192": "M\xfcller^Eva",
        "ISO_IR 144": "\u0418\u0432\u0430\u043d",
    }
    paths = []
    for number, (charset, name) in enumerate([*names.items()] * 2):
        ds = dc.Dataset(
            {"SOPClassUID": "1.2.3", "SpecificCharacterSet": charset, "PatientName": name}
        )
        ds.StudyID = "1"
        paths.append(tmp_path / f"{number}.dcm")
        dc.write(ds, paths[-1])
        if number % 2:  # the same bytes mean something else here
            data = paths[-1].read_bytes()
            paths[-1].write_bytes(data.replace(b"ISO_IR 192", b"ISO_IR 100"))
    rows = list(dc.scan(paths, ["PatientName"]))
    assert [row.values["PatientName"] for row in rows] == [
        dc.read(path).dataset.PatientName for path in paths
    ]


@pytest.mark.parametrize("edge", [4 << 10, 16 << 10])
def test_scan_of_values_around_the_end_of_what_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, edge: int
) -> None:
    """A first piece of a file is read, then a larger one: both ends fall into every place of a header and value."""
    ds = dc.Dataset({"SOPClassUID": "1.2.3", "PatientName": "A^B", "InstanceNumber": "77"})
    ds.Rows = 5  # what follows the last tag
    ds.AdditionalPatientHistory = "x" * (edge // 2)
    path = tmp_path / "one.dcm"
    dc.write(ds, path)
    file = dc.read(path.read_bytes())
    left = edge - path.stat().st_size
    for more in range(left - 20, left + 40, 2):
        file.dataset.PatientComments = "x" * more
        path.write_bytes(file.to_bytes())
        both(monkeypatch, lambda: list(dc.scan([path], ["PatientName", "InstanceNumber"])))
        (row,) = dc.scan([path], ["PatientName", "InstanceNumber"])
        assert (row.values["InstanceNumber"], row.error) == (77, "")


def test_folders_and_files_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one.dcm").write_bytes(FILES[0].read_bytes())
    (tmp_path / "empty").mkdir()
    rows = list(dc.scan([tmp_path / "a", tmp_path / "empty", tmp_path / "none"], ["PatientID"]))
    assert [os.path.basename(row.path) for row in rows] == ["one.dcm", "none"]
    assert rows[1].error == os.strerror(2)


def test_threads_that_ask_at_once_get_one_data_set() -> None:
    for _ in range(50):
        file = dc.read(FILES[0])
        barrier = threading.Barrier(4)
        got: list[dc.Dataset] = []

        def ask(
            file: dc.DicomFile = file,
            barrier: threading.Barrier = barrier,
            got: list[dc.Dataset] = got,
        ) -> None:
            barrier.wait()
            got.append(file.dataset)

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(one is file.dataset for one in got)


def test_parts_may_be_replaced_before_anybody_looked() -> None:
    file = dc.read(FILES[0])
    other = dc.Dataset({"PatientID": "1"})
    file.dataset = other
    file.preamble = b"II*\0".ljust(128, b"\0")
    assert file.dataset is other
    assert file.preamble_kind == "TIFF"
    assert file.meta == dc.read(FILES[0]).meta
    with pytest.raises(AttributeError, match="nothing"):
        file.nothing  # type: ignore[attr-defined]  # noqa: B018


def test_files_pickle_whether_somebody_looked_or_not() -> None:
    for look in (True, False):
        file = dc.read(FILES[0])
        if look:
            file.findings  # noqa: B018
        again = pickle.loads(pickle.dumps(file))
        assert again.dataset == file.dataset
        assert again.meta == file.meta
        assert again.findings == file.findings
