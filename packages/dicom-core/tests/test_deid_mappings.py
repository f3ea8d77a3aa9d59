"""De-identification: what stands for what, in one process and many: the cases D02 and D12."""

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from deid_objects import BASIC, CT, KEY, MAPPING, NUMBER, SECRET, ct, leaks

import dicom_core as dc
from dicom_core import deid

# --- D02, D12: mappings ---------------------------------------------------------------------------


def test_D02_uids_are_the_same_across_files_and_in_the_file_meta_information() -> None:
    first = ct(StudyInstanceUID="1.2.9", FrameOfReferenceUID="1.2.8", PatientID=NUMBER)
    second = ct(StudyInstanceUID="1.2.9", PatientID=NUMBER)
    second.SOPInstanceUID = "1.2.3.5"
    reference = dc.Dataset({"ReferencedSOPClassUID": CT, "ReferencedSOPInstanceUID": "1.2.3.4"})
    contour = dc.Dataset({"ContourImageSequence": [reference]})
    second.ROIContourSequence = [dc.Dataset({"ContourSequence": [contour]})]
    one, two = (deid.deidentify(ds, BASIC, MAPPING) for ds in (first, second))
    assert one.dataset.StudyInstanceUID == two.dataset.StudyInstanceUID != "1.2.9"
    assert one.file.meta[0x00020003] == one.dataset.SOPInstanceUID == MAPPING.uid("1.2.3.4")
    walked = {str(e.tag): e.text for e in two.dataset.walk()}
    assert walked["(0008,1155)"] == one.dataset.SOPInstanceUID
    assert walked["(0008,1150)"] == CT
    assert one.dataset.PatientID == two.dataset.PatientID != NUMBER


def test_D02_uids_that_the_standard_defines_stay() -> None:
    talairach = "1.2.840.10008.1.4.1.1"
    done = deid.deidentify(ct(FrameOfReferenceUID=talairach), BASIC, MAPPING).dataset
    assert done.FrameOfReferenceUID == talairach
    fake = ct(FrameOfReferenceUID="1.2.840.10008.778899")
    assert (
        deid.deidentify(fake, BASIC, MAPPING).dataset.FrameOfReferenceUID != "1.2.840.10008.778899"
    )


def test_D02_a_key_gives_the_same_in_another_process_and_no_other_key_does() -> None:
    code = (
        "import sys; sys.path[:] = eval(sys.argv[1]); from dicom_core import deid;"
        f"m = deid.KeyedMapping({KEY!r}); print(m.uid('1.2'), m.shift('p'), m.token('patient', 'p'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, repr(sys.path)], capture_output=True, text=True, check=True
    )
    mine = MAPPING.uid("1.2"), str(MAPPING.shift("p")), MAPPING.token("patient", "p")
    assert tuple(done.stdout.split()) == mine
    other = deid.KeyedMapping(KEY[::-1])
    assert (other.uid("1.2"), str(other.shift("p")), other.token("patient", "p")) != mine
    assert repr(MAPPING) == "<KeyedMapping>"
    again = pickle.loads(pickle.dumps(MAPPING))
    assert again.uid("1.2") == MAPPING.uid("1.2")


@pytest.fixture(params=["keyed", "memory", "stored"])
def mapping(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[deid.IdentityMapping]:
    if request.param == "keyed":
        yield deid.KeyedMapping(KEY, root="1.2.826.0.1.3680043.99")
    elif request.param == "memory":
        yield deid.MemoryMapping(root="1.2.826.0.1.3680043.99")
    else:
        with deid.StoredMapping(tmp_path / "map.db", KEY, root="1.2.826.0.1.3680043.99") as stored:
            yield stored


def test_D02_every_mapping_keeps_the_contract(mapping: deid.IdentityMapping) -> None:
    assert isinstance(mapping, deid.IdentityMapping)
    uids = [mapping.uid(f"1.2.{number}") for number in range(200)]
    assert len(set(uids)) == 200
    assert [mapping.uid(f"1.2.{number}") for number in range(200)] == uids
    assert all(dc.UID(uid).is_valid and uid.startswith("1.2.826.0.1.3680043.99.") for uid in uids)
    shifts = {mapping.shift(f"patient {number}") for number in range(50)}
    assert all(-3650 <= shift < 0 for shift in shifts)
    assert len(shifts) > 25
    assert mapping.token("AE", "x") == mapping.token("AE", "x") != mapping.token("patient", "x")
    assert mapping.token("AE", "x").isalnum()
    assert len(mapping.token("AE", "x")) == 12


def test_uuid_uids_are_proper_uuids() -> None:
    from uuid import UUID

    made = UUID(int=int(MAPPING.uid("1.2").removeprefix("2.25.")))
    assert (made.version, made.variant) == (8, "specified in RFC 4122")


def test_weak_keys_and_long_roots_are_refused() -> None:
    for bad in (b"", b"short"):
        with pytest.raises(ValueError, match="at least 16"):
            deid.KeyedMapping(bad)
    with pytest.raises(ValueError, match="43 characters"):
        deid.MemoryMapping(root="1." * 25 + "1")
    with pytest.raises(TypeError, match="of one process"):
        pickle.dumps(deid.MemoryMapping())


def test_D12_the_store_knows_no_originals_and_only_its_own_key(tmp_path: Path) -> None:
    path = tmp_path / "map.db"
    with deid.StoredMapping(path, KEY) as stored:
        new = stored.uid("1.2.3.4711")
        stored.token("patient", NUMBER)
        stored.shift(SECRET)
    data = b"".join(part.read_bytes() for part in tmp_path.iterdir())
    assert leaks(data, NUMBER, SECRET, "1.2.3.4711") == []
    with deid.StoredMapping(path, KEY) as again:
        assert again.uid("1.2.3.4711") == new
    with pytest.raises(deid.DeidentificationError, match="another key"):
        deid.StoredMapping(path, KEY[::-1])


def _ask(work: tuple[deid.StoredMapping, int]) -> list[str]:
    stored, seed = work
    order = sorted(range(40), key=lambda number: (number * 7 + seed * 13) % 41)
    return [uid for _, uid in sorted((number, stored.uid(f"1.2.{number}")) for number in order)]


def test_D12_workers_that_ask_at_once_get_the_same_answers(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    # Each thread with a connection of its own is what separate processes are to the store
    path = tmp_path / "map.db"
    work = [(deid.StoredMapping(path, KEY), seed) for seed in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(_ask, work))
    for stored, _ in work:
        stored.close()
    assert all(answer == answers[0] for answer in answers)
    assert len(set(answers[0])) == 40


def test_D12_reruns_and_processes_give_the_same_files_once(tmp_path: Path) -> None:
    sources = []
    for number in range(6):
        path = tmp_path / f"{SECRET}-{number}.dcm"
        ds = ct(StudyInstanceUID="1.2.9", SeriesInstanceUID="1.2.10", PatientName=SECRET)
        ds.SOPInstanceUID = f"1.2.3.{number}"
        dc.write(ds, path)
        sources.append(path)
    out = tmp_path / "out"
    with deid.StoredMapping(tmp_path / "map.db", KEY) as stored:
        first = list(deid.deidentify_files(sources, out, BASIC, stored, workers=2))
        assert [outcome.status for outcome in first] == ["done"] * 6
        assert [outcome.number for outcome in first] == list(range(6))
        files = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
        second = list(deid.deidentify_files(sources, out, BASIC, stored))
    assert [outcome.report for outcome in second] == [outcome.report for outcome in first]
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == files
    assert len(files) == 6


def test_without_nameless_files_and_links_the_result_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "no links here")

    source = tmp_path / "source.dcm"
    dc.write(ct(PatientName=SECRET), source)
    monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    for folder in ("links", "none"):
        if folder == "none":
            monkeypatch.setattr(os, "link", refuse)
        out = f"{tmp_path / folder}/"
        first = deid.deidentify_file(source, out, BASIC, MAPPING)
        second = deid.deidentify_file(source, out, BASIC, MAPPING)
        assert (first.placed, second.placed) == ("new", "same")
        dc.write(ct(PatientName=SECRET, Rows=1), source)
        with pytest.raises(deid.OutputConflict) as caught:
            deid.deidentify_file(source, out, BASIC, MAPPING)
        assert pickle.loads(pickle.dumps(caught.value)).sop_instance == first.sop_instance
        if folder == "links":
            assert (
                deid.deidentify_file(source, out, BASIC, MAPPING, replace=True).placed == "replaced"
            )
        files = [path for path in Path(out).rglob("*") if path.is_file()]
        assert [path.name for path in files] == [f"{first.sop_instance}.dcm"]
        dc.write(ct(PatientName=SECRET), source)
