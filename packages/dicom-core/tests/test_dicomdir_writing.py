"""A DICOMDIR of ours is the one that the peers make of the same files; updates happen whole or not at all."""

import gc
import os
import re
import shutil
import subprocess
import warnings
from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest
from pydicom.fileset import FileSet as PeerFileSet

import dicom_core as dc
from dicom_core.dicomdir import DirectoryError, UnsafeReference
from dicom_core.dicomdir._types import KEYS, ROOT_TYPES, record_type

MEDIA = Path(pydicom.__file__).parent / "data" / "test_files" / "dicomdirtests"
CT = MEDIA.parent / "CT_small.dcm"
FOLDERS = ["77654033", "98892001", "98892003"]


@pytest.fixture
def media(tmp_path: Path) -> Path:
    """The images of the sample medium, without its DICOMDIR."""
    root = tmp_path / "MEDIA"
    for folder in FOLDERS:
        shutil.copytree(MEDIA / folder, root / folder)
    return root


def texts(record: pydicom.Dataset) -> dict[str, str]:
    """The values of a record by tag, without offsets and padding."""
    return {
        str(element.tag): str(element.value).strip()
        for element in record
        if element.keyword not in {
            "OffsetOfTheNextDirectoryRecord", "OffsetOfReferencedLowerLevelDirectoryEntity",
            "SpecificCharacterSet",
        }
    }  # fmt: skip


def peer_rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Every record with its depth, by pydicom following the offsets; siblings in a fixed order."""
    dataset = pydicom.dcmread(path)
    items = {item.seq_item_tell: item for item in dataset.DirectoryRecordSequence}
    rows: list[tuple[int, dict[str, str]]] = []

    def level(at: int, depth: int) -> None:
        siblings = []
        while at:
            siblings.append(items[at])
            at = items[at].OffsetOfTheNextDirectoryRecord
        for item in sorted(siblings, key=lambda one: sorted(texts(one).items())):
            rows.append((depth, texts(item)))
            level(item.OffsetOfReferencedLowerLevelDirectoryEntity, depth + 1)

    level(dataset.OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity, 0)
    return rows


def peer_instances(path: Path) -> tuple[str | None, set[str]]:
    """The ID of a file-set and the UIDs of its files, each opened by pydicom."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # of its temporary folders
        found = PeerFileSet(path)
        name, uids = found.ID, {str(instance.load().SOPInstanceUID) for instance in found}
        del found
        gc.collect()
    return name, uids


def test_it_is_the_tree_that_dcmmkdir_makes(media: Path, peer: Callable[[str], str]) -> None:
    theirs = media.parent / "THEIRS"
    command = [peer("dcmmkdir"), "+r", "+I", "+id", str(media), "+D", str(theirs), *FOLDERS]
    subprocess.run(command, check=True, capture_output=True, cwd=media)
    dc.dicomdir.make(media).write()
    ours, expected = peer_rows(media / "DICOMDIR"), peer_rows(theirs)
    assert [(depth, row["(0004,1430)"]) for depth, row in ours] == [
        (depth, row["(0004,1430)"]) for depth, row in expected
    ]
    for (_, mine), (_, other) in zip(ours, expected, strict=True):
        assert {tag: value for tag, value in mine.items() if value} == {
            tag: value for tag, value in other.items() if tag in mine and value
        }


def test_dcmdump_and_dcdirdmp_follow_it(media: Path, peer: Callable[[str], str]) -> None:
    found = dc.dicomdir.make(media, id="OURS")
    found.write()
    done = subprocess.run(
        [peer("dcmdump"), str(media / "DICOMDIR")], check=True, capture_output=True, text=True
    )
    assert done.stderr == ""
    offsets = {int(at) for at in re.findall(r"offset=\$(\d+)", done.stdout)}
    named = {int(at) for at in re.findall(r"\(0004,14[02]0\) up (\d+)", done.stdout)} - {0}
    assert named <= offsets
    assert len(offsets) == len(list(found.walk()))
    shown = subprocess.run(
        [peer("dcdirdmp"), "-input-file", str(media / "DICOMDIR")],
        capture_output=True,
        text=True,
        check=False,
    )
    text = shown.stdout + shown.stderr
    for record in found.instances:
        assert "\\".join(record.file_id) in text


def test_the_peer_opens_it_and_its_files(media: Path) -> None:
    dc.dicomdir.make(media, id="OURS").write()
    name, uids = peer_instances(media / "DICOMDIR")
    assert name == "OURS"
    assert uids == {record.sop_instance for record in dc.dicomdir.read(media).instances}
    assert len(uids) == 31


def test_files_from_anywhere_are_copied_under_legal_names(tmp_path: Path) -> None:
    sources = [
        MEDIA.parent / name
        for name in ("CT_small.dcm", "MR_small.dcm", "rtplan.dcm", "test-SR.dcm")
    ]
    found = dc.dicomdir.make(tmp_path, [*sources, MEDIA / "98892001"], id="MIXED")
    found.write()
    again = dc.dicomdir.read(tmp_path)
    assert again.id == "MIXED"
    kinds = sorted(record.type for record in again.instances)
    assert kinds == sorted(["IMAGE"] * 9 + ["RT PLAN", "SR DOCUMENT"])
    for record in again.instances:
        assert all(re.fullmatch("[A-Z0-9_]{1,8}", part) for part in record.file_id)
        assert record.read().dataset.SOPInstanceUID == record.sop_instance
    assert (tmp_path / Path(*again.instances[0].file_id)).read_bytes() == sources[0].read_bytes()
    _, uids = peer_instances(tmp_path / "DICOMDIR")
    assert uids == {record.sop_instance for record in again.instances}


def test_missing_keys_are_told(tmp_path: Path) -> None:
    dataset = dc.Dataset({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7", "PatientID": "1"})
    dc.write(dataset, tmp_path / "A")
    found = dc.dicomdir.make(tmp_path)
    missing = {one.path for one in found.findings if one.rule == "record-key"}
    assert {"StudyInstanceUID", "SeriesInstanceUID", "InstanceNumber"} <= missing


def test_add_remove_refresh(media: Path) -> None:
    dc.dicomdir.make(media).write()
    found = dc.dicomdir.read(media)
    first = found.instances[0]
    gone = found.instances[5]
    path = gone.path
    assert path is not None
    os.unlink(path)
    changed = dc.read(first.path or "")
    changed.dataset.InstanceNumber = 4711
    dc.write(changed, first.path or "")
    shutil.copy(MEDIA.parent / "CT_small.dcm", media / "NEW1")
    (media / "README").write_text("no DICOM")
    changes = found.refresh()
    assert changes.removed == (gone.sop_instance,)
    assert changes.updated == (first.sop_instance,)
    assert changes.added == (str(dc.read(media / "NEW1").dataset.SOPInstanceUID),)
    found.write()
    again = dc.dicomdir.read(media)
    assert again.findings == ()
    assert {record.sop_instance for record in again.instances} == {
        record.sop_instance for record in found.instances
    }
    assert found.refresh() == ((), (), ())
    fresh = again.find(first.sop_instance)
    assert fresh is not None
    assert fresh.dataset.InstanceNumber == 4711


def test_removing_the_last_instance_removes_what_is_above(media: Path) -> None:
    found = dc.dicomdir.make(media)
    for record in list(found.instances):
        found.remove(record)
    assert found.records == []
    found.write()
    assert dc.dicomdir.read(media).records == []
    with pytest.raises(DirectoryError):
        found.remove(record)


def test_adding_an_instance_again_replaces_it(media: Path) -> None:
    found = dc.dicomdir.make(media)
    count = len(list(found.walk()))
    record = found.instances[3]
    other = found.add(dc.read(record.path or ""))
    assert other.file_id == record.file_id
    assert len(list(found.walk())) == count


def test_of_two_files_with_one_uid_none_is_lost_in_silence(tmp_path: Path) -> None:
    one, two = dc.read(CT), dc.read(CT)
    two.dataset.PatientComments = "another"
    for number, file in enumerate((one, one, two)):
        dc.write(file, tmp_path / f"{number}.dcm")
    sources = sorted(tmp_path.glob("*.dcm"))
    file_set = dc.dicomdir.make(tmp_path / "CD", sources)
    assert [finding.rule for finding in file_set.findings] == ["duplicate", "instance-conflict"]
    (record,) = file_set.instances
    assert record.read().to_bytes() == sources[0].read_bytes()
    # The folder itself: both stay, one is referred to, and refreshing does not change which
    shutil.copy(sources[2], tmp_path / "CD" / "ZZZ")
    file_set.write()
    again = dc.dicomdir.read(tmp_path / "CD")
    assert again.refresh() == ((), (), ())
    assert [finding.rule for finding in again.findings] == ["instance-conflict"]
    assert [one.file_id for one in again.instances] == [record.file_id]
    again.add(sources[2])
    assert again.instances[0].read().dataset.PatientComments == "another"


@pytest.mark.parametrize(
    "file_id", [("a",), ("TOOLONG12",), ("A",) * 9, ("..", "A"), ("A/B",), ("A.DCM",), ()]
)
def test_illegal_file_ids_are_refused(file_id: tuple[str, ...], tmp_path: Path) -> None:
    found = dc.dicomdir.make(tmp_path)
    with pytest.raises(DirectoryError):
        found.add(MEDIA.parent / "CT_small.dcm", file_id=file_id)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_update_leaves_the_old_file(
    media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = dc.dicomdir.make(media)
    found.write()
    before = (media / "DICOMDIR").read_bytes()
    found.remove(found.instances[0])

    def refuse(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="no space"):
        found.write()
    assert (media / "DICOMDIR").read_bytes() == before
    assert not [name for name in os.listdir(media) if name.endswith(".tmp")]


def test_p01_links_lead_no_writing_out_of_the_root(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "PA000000").symlink_to(outside)
    found = dc.dicomdir.make(root)
    with pytest.raises(UnsafeReference):
        found.add(MEDIA.parent / "CT_small.dcm")
    assert found.records == []
    (root / "PA000000").unlink()
    found.add(MEDIA.parent / "CT_small.dcm")
    (outside / "precious").write_text("text")
    (root / "DICOMDIR").symlink_to(outside / "precious")
    with pytest.raises(UnsafeReference):
        found.write()
    assert (outside / "precious").read_text() == "text"
    assert os.listdir(outside) == ["precious"]


def test_a_directory_is_no_instance(media: Path) -> None:
    found = dc.dicomdir.make(media)
    found.write()
    with pytest.raises(DirectoryError, match="does not belong"):
        found.add(media / "DICOMDIR")


def test_record_types_are_those_of_the_peer() -> None:
    from pydicom import fileset

    expected = {
        **fileset._FOUR_LEVEL_SOP_CLASSES,
        **fileset._SINGLE_LEVEL_SOP_CLASSES,
    }
    assert {uid: record_type(uid) for uid in expected} == expected
    assert set(fileset._SINGLE_LEVEL_SOP_CLASSES.values()) == ROOT_TYPES
    assert set(fileset.DIRECTORY_RECORDERS) <= set(KEYS)


def test_every_key_is_a_keyword() -> None:
    import dicom_dict

    for keys in KEYS.values():
        for keyword, need in keys:
            assert dicom_dict.element(keyword).keyword == keyword
            assert need in {"1", "1C", "2"}
