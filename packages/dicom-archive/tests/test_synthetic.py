"""The synthetic studies: valid for whoever checks, the same each time, and put into an archive once."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

import dicom_core as dc
from dicom_archive.synthetic import Filled, fill, small_instances, studies
from dicom_core.store import InMemoryStore, StoredInstance, StoreSettings
from dicom_core.validate import validate

HTJ2K = "1.2.840.10008.1.2.4.201"


@pytest.fixture(scope="module")
def files() -> list[dc.DicomFile]:
    """The whole set, drawn coarsely, as it is read again."""
    return [dc.read(file.to_bytes()) for file in studies(named="small")]


def test_the_set_is_valid(files: list[dc.DicomFile]) -> None:
    for file in files:
        assert file.findings == ()
        assert [str(issue) for issue in validate(file).errors] == []
        dc.check(file)


def test_dciodvfy_finds_no_error(
    files: list[dc.DicomFile], peer: Callable[[str], str], tmp_path: Path
) -> None:
    program, checked = peer("dciodvfy"), Counter[str]()
    for number, file in enumerate(files):
        if file.transfer_syntax == HTJ2K:
            continue  # it is of 2022 and does not know that these pixels are encapsulated
        path = tmp_path / f"{number}.dcm"
        dc.write(file, path)
        done = subprocess.run([program, "-new", path], capture_output=True, check=False)
        lines = done.stderr.decode("latin-1").splitlines()
        assert [line for line in lines if line.startswith("Error")] == []
        checked[str(file.dataset.Modality)] += 1
    assert set(checked) == {"CR", "CT", "MR", "SR", "US"}


def test_names_keep_their_component_groups(files: list[dc.DicomFile]) -> None:
    found = {(str(file.dataset.PatientName), charset(file)) for file in files}
    assert ("Yamada^Hanako=山田^花子=やまだ^はなこ", "\\ISO 2022 IR 87") in found
    assert ("Mihon^Jirou=見本^次郎=みほん^じろう", "ISO_IR 192") in found
    assert ("Hong^Gildong=洪^吉童=홍^길동", "\\ISO 2022 IR 149") in found
    assert ("Mustermann^Jürgen", "ISO_IR 100") in found
    assert ("Zhang^San=张^三", "GB18030") in found


def charset(file: dc.DicomFile) -> str:
    return file.dataset.element("SpecificCharacterSet").text


def test_a_patient_comes_back_over_the_years(files: list[dc.DicomFile]) -> None:
    dates: dict[str, set[str]] = {}
    for file in files:
        dates.setdefault(str(file.dataset.PatientID), set()).add(str(file.dataset.StudyDate))
    assert len(dates) == 9
    assert dates["DEMO-0001"] == {"20210317", "20210319", "20230912"}


def test_no_uid_is_given_twice(files: list[dc.DicomFile]) -> None:
    uids = [str(file.dataset.SOPInstanceUID) for file in files]
    assert len(set(uids)) == len(uids)
    for uid in uids:
        dc.UID(uid)
    further = [file.dataset for file in studies(17, named="small", modalities=["SR"])]
    assert [str(ds.PatientID) for ds in further] == ["DEMO-0001"] * 2 + ["DEMO-0001-1"] * 2
    assert further[0].PatientName != further[2].PatientName
    assert len({ds.SOPInstanceUID for ds in further}) == 4


def test_reports_refer_to_images_that_are_there(files: list[dc.DicomFile]) -> None:
    there = {file.dataset.SOPInstanceUID: file.dataset.SOPClassUID for file in files}
    reports = [file.dataset for file in files if file.dataset.Modality == "SR"]
    assert len(reports) == 2
    for ds in reports:
        (evidence,) = ds.CurrentRequestedProcedureEvidenceSequence or [dc.Dataset()]
        assert evidence.StudyInstanceUID == ds.StudyInstanceUID
        (series,) = evidence.ReferencedSeriesSequence or [dc.Dataset()]
        (image,) = series.ReferencedSOPSequence or [dc.Dataset()]
        assert there[image.ReferencedSOPInstanceUID or dc.UID("1.2")] == image.ReferencedSOPClassUID


def test_some_are_kept_compressed(files: list[dc.DicomFile]) -> None:
    """Where dicom-imaging is; a receiver that knows nothing of it shows transcoding."""
    pytest.importorskip("dicom_imaging")
    assert len({file.transfer_syntax for file in files}) == 5


def test_the_same_seed_gives_the_same_bytes() -> None:
    first, again, other = (
        [file.to_bytes() for file in studies(6, seed=seed, named="small", modalities=["MR", "SR"])]
        for seed in (1, 1, "other")
    )
    assert first == again
    assert not set(first) & set(other)


def test_an_unknown_set_is_refused() -> None:
    with pytest.raises(ValueError, match="one of: demo, small"):
        next(studies(named="large"))


WITHOUT_NUMPY = """
import sys
sys.modules["numpy"] = None
from importlib.machinery import PathFinder
real = PathFinder.find_spec
PathFinder.find_spec = lambda name, *rest: None if name == "numpy" else real(name, *rest)
del sys.modules["numpy"]
from dicom_archive.synthetic import small_instances, studies
print(sum(1 for _ in small_instances(3)))
try:
    next(studies())
except ImportError as error:
    print(error)
"""


def test_without_numpy_a_sentence_says_what_to_install() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_NUMPY], capture_output=True, text=True, check=True, env=os.environ
    )  # fmt: skip
    assert done.stdout.splitlines() == [
        "3",
        "numpy is not installed; install it with: pip install 'dicom-archive[demo]'",
    ]


# --- many small ones ------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [2000, 8192, 100_000])
def test_small_instances_have_about_the_size(size: int) -> None:
    made = [file.to_bytes() for file in small_instances(3, size)]
    assert all(abs(len(data) - size) < 200 for data in made)
    assert len(set(made)) == 3
    file = dc.read(made[0])
    assert [str(issue) for issue in validate(file).errors] == []


def test_more_small_instances_only_add() -> None:
    few, many = ([file.to_bytes() for file in small_instances(n)] for n in (5, 45))
    assert many[:5] == few
    datasets = [dc.read(data).dataset for data in many]
    assert len({ds.StudyInstanceUID for ds in datasets}) == 3
    assert len({ds.SeriesInstanceUID for ds in datasets}) == 5
    assert len({ds.PatientID for ds in datasets}) == 3


def test_a_study_has_whole_series() -> None:
    with pytest.raises(ValueError, match="give a multiple"):
        next(small_instances(1, series=3))


# --- into a store ---------------------------------------------------------------------------------


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def all_of(instances: AsyncIterator[StoredInstance]) -> list[StoredInstance]:
    return [one async for one in instances]


@pytest.mark.anyio
async def test_a_store_is_filled_once() -> None:
    store, told = InMemoryStore(StoreSettings()), list[Filled]()
    done = await fill(store, told.append, named="small")
    there = await all_of(store.instances())
    assert done.instances == len(there) == 74
    assert done.size == sum(one.size for one in there)
    assert [one.study for one in told] == list(range(1, 15))
    assert told[0].title == "Röntgen Thorax p.a."
    assert done == told[-1]

    again = await fill(store, named="small")
    assert (again.instances, again.size, again.study) == (0, 0, 14)

    gone = next(one for one in there if one.patient == "DEMO-0003")
    await store.delete(gone.study, gone.series, gone.instance)
    await fill(store, named="small")
    assert {one.instance for one in await all_of(store.instances())} == {
        one.instance for one in there
    }
