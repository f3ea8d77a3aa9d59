"""A DICOMDIR is read as the tree it is, whatever its offsets say; HOSTILE P01 and P04."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset as PeerDataset

import dicom_core as dc
from dicom_core.dicomdir import DirectoryError, UnsafeReference

MEDIA = Path(pydicom.__file__).parent / "data" / "test_files" / "dicomdirtests"


def peer_tree(path: Path) -> list[tuple[int, str, tuple[str, ...]]]:
    """Depth, type and File ID of every record, by pydicom's reading of the offsets."""
    dataset = pydicom.dcmread(path)
    items = {item.seq_item_tell: item for item in dataset.DirectoryRecordSequence}
    found: list[tuple[int, str, tuple[str, ...]]] = []

    def level(at: int, depth: int) -> None:
        while at:
            item: PeerDataset = items[at]
            names = item.get("ReferencedFileID") or ()
            names = (names,) if isinstance(names, str) else tuple(names)
            found.append((depth, item.DirectoryRecordType, names))
            level(item.OffsetOfReferencedLowerLevelDirectoryEntity, depth + 1)
            at = item.OffsetOfTheNextDirectoryRecord

    level(dataset.OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity, 0)
    return found


def own_tree(found: dc.dicomdir.FileSet) -> list[tuple[int, str, tuple[str, ...]]]:
    rows: list[tuple[int, str, tuple[str, ...]]] = []
    for record in found.walk():
        depth, above = 0, record.parent
        while above is not None:
            depth, above = depth + 1, above.parent
        rows.append((depth, record.type, record.file_id))
    return rows


@pytest.mark.parametrize(
    "name", ["DICOMDIR", "DICOMDIR-bigEnd", "DICOMDIR-implicit", "DICOMDIR-reordered"]
)
def test_the_tree_is_that_of_the_peer(name: str) -> None:
    found = dc.dicomdir.read(MEDIA / name)
    assert own_tree(found) == peer_tree(MEDIA / name)
    assert found.findings == ()
    assert [len(found.patients), len(found.studies), len(found.series)] == [2, 6, 13]


def test_files_are_found_and_read() -> None:
    found = dc.dicomdir.read(MEDIA)
    assert len(found.instances) == 31
    for record in found.instances:
        path = record.path
        assert path is not None
        assert Path(path).is_relative_to(MEDIA)
        file = record.read()
        assert str(file.dataset.SOPInstanceUID) == record.sop_instance
        assert str(file.dataset.SOPClassUID) == record.sop_class
        assert found.find(record.sop_instance) is record


def test_the_corpus_directories_are_read(corpus: Path) -> None:
    for path in sorted((corpus / "dicomdir").iterdir()):
        found = dc.dicomdir.read(path)
        if not any(one.rule == "record-unreachable" for one in found.findings):
            assert own_tree(found) == peer_tree(path), path.name
        assert list(found.walk())


def test_an_image_is_no_directory() -> None:
    with pytest.raises(DirectoryError, match="no DICOMDIR"):
        dc.dicomdir.read(MEDIA.parent / "CT_small.dcm")


# --- hostile ---------------------------------------------------------------------------------------


def directory(folder: Path, records: list[dict[int, object]], first: int | None = None) -> Path:
    """A DICOMDIR with one record after the other; offsets given as numbers of records, or raw if negative."""
    from dicom_core.dicomdir._write import new_directory

    file = new_directory()

    def build(places: list[int]) -> None:
        items = []
        for record in records:
            item = dc.Dataset()
            for tag in (0x00041400, 0x00041420):
                value = record.get(tag, 0)
                assert isinstance(value, int)
                item.set(tag, "UL", 0 if not value else -value if value < 0 else places[value - 1])
            item.set(0x00041410, "US", 0xFFFF)
            item.set(0x00041430, "CS", record.get(0x00041430, "IMAGE"))
            if 0x00041500 in record:
                item.set(0x00041500, "CS", None)
                item.set(0x00041500, "UN", str(record[0x00041500]).encode("latin-1"))
            items.append(item)
        file.dataset.set(0x00041200, "UL", places[0] if first is None else first)
        file.dataset.set(0x00041220, "SQ", items)

    build([0] * len(records))
    laid = dc.read(file.to_bytes()).dataset.DirectoryRecordSequence
    assert laid is not None
    build([item._frame.base + item._start - 8 for item in laid])
    path = folder / "DICOMDIR"
    path.write_bytes(file.to_bytes())
    return path


NEXT, LOWER, TYPE, ID = 0x00041400, 0x00041420, 0x00041430, 0x00041500

UNSAFE = [
    "..\\..\\etc\\passwd", "/etc/passwd", "C:\\x", "\\\\host\\share", "CON", "A\\NUL", "com1.txt", "a:b", "IMG.",
    "IMG \\A", "..", ".", "A\\\\B", "A/../../B", "A\0B", "A\x1bB", "\\A", "A*",
]  # fmt: skip


@pytest.mark.parametrize("name", UNSAFE)
def test_p01_a_reference_out_of_the_root_is_refused(name: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "etc").mkdir()
    found = dc.dicomdir.read(directory(root, [{ID: name}]))
    record = found.records[0]
    with pytest.raises(UnsafeReference) as refused:
        _ = record.path
    assert refused.value.offset == record.offset
    with pytest.raises(UnsafeReference):
        record.read()
    assert [one.rule for one in found.findings] == ["file-id-unsafe"]
    assert found.findings[0].offset == record.offset
    with pytest.raises(dc.ParseError):
        dc.dicomdir.read(found.root, dc.ReadOptions(strict=True))


def test_p01_a_link_out_of_the_root_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "secret").write_bytes(b"x")
    (root / "IMG1").symlink_to(tmp_path / "secret")
    (root / "DIR").symlink_to(tmp_path)
    (root / "IMG2").write_bytes(b"y")
    (root / "IMG3").symlink_to(root / "IMG2")
    names = ["IMG1", "DIR\\secret", "IMG3"]
    records: list[dict[int, object]] = [
        {ID: name, NEXT: number + 2 if number < 2 else 0} for number, name in enumerate(names)
    ]
    one, two, three = dc.dicomdir.read(directory(root, records)).records
    for record in (one, two):
        with pytest.raises(UnsafeReference, match="link"):
            _ = record.path
    assert three.path == os.path.realpath(root / "IMG2")


def test_names_as_media_change_them_are_found(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "im1;1").write_bytes(b"x")
    found = dc.dicomdir.read(directory(tmp_path, [{ID: "IMAGES\\IM1"}, {ID: "GONE"}]))
    assert found.records[0].path == os.path.realpath(tmp_path / "images" / "im1;1")


def test_a_missing_file_is_no_path(tmp_path: Path) -> None:
    record = dc.dicomdir.read(directory(tmp_path, [{ID: "A\\B\\C"}])).records[0]
    assert record.path is None
    with pytest.raises(FileNotFoundError):
        record.read()


CYCLES: list[tuple[str, list[dict[int, object]], list[str], int]] = [
    ("self as next", [{NEXT: 1}], ["record-cycle"], 1),
    ("self as lower", [{LOWER: 1}], ["record-cycle"], 1),
    ("two", [{NEXT: 2}, {NEXT: 1}], ["record-cycle"], 2),
    ("child is its grandparent", [{LOWER: 2}, {LOWER: 3}, {LOWER: 1}], ["record-cycle"], 3),
    ("shared child", [{LOWER: 3, NEXT: 2}, {LOWER: 3}, {}], ["record-cycle"], 3),
    ("beyond the end", [{NEXT: -0x7FFFFFF0}], ["record-offset"], 1),
    ("into a value", [{LOWER: -400}], ["record-offset"], 1),
    ("nobody leads there", [{}, {}], ["record-unreachable"], 1),
]


@pytest.mark.parametrize(
    ("records", "rules", "count"), [row[1:] for row in CYCLES], ids=[row[0] for row in CYCLES]
)
def test_p04_lying_offsets_are_findings(
    records: list[dict[int, object]], rules: list[str], count: int, tmp_path: Path
) -> None:
    found = dc.dicomdir.read(directory(tmp_path, records))
    assert [one.rule for one in found.findings] == rules
    assert len(list(found.walk())) == count
    assert str(found).count("\n") == count - 1


def test_without_offsets_the_order_tells_the_tree(tmp_path: Path) -> None:
    kinds = ["PATIENT", "STUDY", "SERIES", "IMAGE", "IMAGE", "SERIES", "IMAGE", "PATIENT", "STUDY"]
    found = dc.dicomdir.read(directory(tmp_path, [{TYPE: kind} for kind in kinds], first=0))
    assert [one.rule for one in found.findings] == ["record-offsets"]
    assert [(depth, kind) for depth, kind, _ in own_tree(found)] == list(
        zip([0, 1, 2, 3, 3, 2, 3, 0, 1], kinds, strict=True)
    )


@pytest.mark.slow
def test_p04_many_records_cost_what_they_should(tmp_path: Path) -> None:
    """Twice as many records, chained downwards without end, cost about twice as much; nothing recurses."""

    def cost(count: int) -> float:
        chain: list[dict[int, object]] = [
            {LOWER: number + 2 if number + 1 < count else 1} for number in range(count)
        ]
        path = directory(tmp_path, chain)
        begin = time.process_time()
        found = dc.dicomdir.read(path)
        assert len(list(found.walk())) == count
        assert [one.rule for one in found.findings] == ["record-cycle"]
        return time.process_time() - begin

    cost(500)
    assert cost(16_000) < 40 * cost(2_000) + 1  # quadratic would be 64 times


_MILLION = """
import resource, struct, sys, time
import dicom_core as dc
from dicom_core.dicomdir._write import new_directory
count, path = int(sys.argv[1]), sys.argv[2]
file = new_directory()
raw = bytearray(file.to_bytes())
at = raw.index(b"\\x04\\x00\\x20\\x12SQ")
first = at + 12
place = raw.index(b"\\x04\\0\\0\\x12UL\\4\\0") + 8
raw[place : place + 4] = struct.pack("<I", first)
with open(path, "wb") as stream:
    stream.write(raw[: at + 8] + struct.pack("<I", 34 * count))
    for number in range(count):
        following = first + 34 * (number + 1) if number + 1 < count else first
        stream.write(
            b"\\xfe\\xff\\0\\xe0" + struct.pack("<I", 26) + b"\\4\\0\\0\\x14UL\\4\\0" + struct.pack("<I", following)
            + b"\\4\\0\\x30\\x14CS\\6\\0IMAGE "
        )
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
begin = time.process_time()
try:
    found = dc.dicomdir.read(path)
    said = f"{len(found.records)} {found.findings[0].rule}"
except dc.LimitExceeded as error:
    said = error.limit
print(said, time.process_time() - begin < 20)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("count", "said"), [(20_000, "20000 record-cycle True"), (1_000_000, "elements True")]
)
def test_p04_a_million_records_meet_a_limit(count: int, said: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _MILLION, str(count), str(tmp_path / "DICOMDIR")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == said
