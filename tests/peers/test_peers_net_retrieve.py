"""What the matrix of C-GET and C-MOVE leaves out: keys, models, compressed files, destinations, cancelling; three peers."""

from collections.abc import Callable, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import NamedTuple

import anyio
import pydicom.data
import pytest

import dicom_core as dc
import dicom_net as dn
from dicom_core.query import InformationModel

from .programs import (
    HOST,
    Dcmqrscp,
    Orthanc,
    Program,
    PynetdicomScp,
    free_port,
)

WHEEL = Path(pydicom.data.__file__).parent / "test_files"
CT, PATIENT = "1.2.840.10008.5.1.4.1.1.2", "P1"
STUDY, SERIES = "1.2.3.1", [f"1.2.3.1.{number}" for number in range(5)]
JPEG_2000 = "1.2.840.10008.1.2.4.90"
COMPRESSED = "MR_small_jp2klossless.dcm"


def instance(number: int) -> dc.DicomFile:
    """Two instances a series, five series, one study."""
    ds = dc.Dataset()
    ds.SOPClassUID = CT
    ds.SeriesInstanceUID = SERIES[number // 2]
    ds.SOPInstanceUID = f"{SERIES[number // 2]}.{number}"
    ds.StudyInstanceUID, ds.PatientID, ds.PatientName = STUDY, PATIENT, "Doe^Jane"
    ds.StudyID, ds.StudyDate, ds.StudyTime, ds.Modality = "S", "20240101", "120000", "CT"
    ds.AccessionNumber, ds.SeriesNumber, ds.InstanceNumber = "A", number // 2, number
    ds.Rows, ds.Columns, ds.BitsAllocated, ds.BitsStored, ds.HighBit = 8, 8, 16, 16, 15
    ds.SamplesPerPixel, ds.PixelRepresentation, ds.PhotometricInterpretation = 1, 0, "MONOCHROME2"
    ds.set("PixelData", "OW", bytes([number]) * 128)
    return dc.DicomFile.new(ds)


FILES = [instance(number) for number in range(10)]


def by_uid(files: "list[dc.DicomFile] | tuple[dc.DicomFile, ...]") -> dict[str, dc.Dataset]:
    return {str(file.dataset.SOPInstanceUID): file.dataset for file in files}


def same(
    files: "list[dc.DicomFile] | tuple[dc.DicomFile, ...]", expected: list[dc.DicomFile]
) -> bool:
    """The same data sets, whatever their order."""
    return by_uid(files) == by_uid(expected)


class Archive(NamedTuple):
    """A peer that holds the files, and sends to OURS at a port of this machine."""

    program: Program
    title: str
    port: int


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    for number, file in enumerate(FILES):
        dc.write(file, folder / f"{number}.dcm")
    (folder / COMPRESSED).write_bytes((WHEEL / COMPRESSED).read_bytes())
    return folder


@pytest.fixture(scope="module", params=["Orthanc", "dcmqrscp", "pynetdicom"])
def archive(
    request: pytest.FixtureRequest,
    peer: Callable[[str], str],
    folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Archive]:
    place = tmp_path_factory.mktemp("archive")
    port = free_port()
    if request.param == "Orthanc":
        peer("Orthanc")
        with Orthanc(place, modalities={"ours": ("OURS", port)}) as orthanc:
            for path in folder.iterdir():
                assert orthanc.store(path.read_bytes())
            yield Archive(orthanc, orthanc.title, port)
    elif request.param == "dcmqrscp":
        peer("dcmqrscp")
        with Dcmqrscp(place, "+xv", destinations={"OURS": port}) as archive:
            result = dn.blocking.store_directory(
                HOST, archive.port, folder, called_ae=archive.title,
                config=dn.BatchConfig(store=dn.StoreConfig(conversion=dn.Conversion.NEVER)),
            )  # fmt: skip
            assert result, result.failures
            yield Archive(archive, archive.title, port)
    else:
        with PynetdicomScp(place, files=folder, destinations={"OURS": port}) as scp:
            yield Archive(scp, scp.title, port)


Ask = Callable[..., dn.RetrieveResult]


@pytest.fixture(params=["asyncio", "trio", "blocking"])
def ask(request: pytest.FixtureRequest, archive: Archive) -> Ask:
    """A function of the door that the test runs with, by name."""

    def call(name: str, *args: object, **keys: object) -> dn.RetrieveResult:
        where = (HOST, archive.program.port, *args)
        named = {"called_ae": archive.title, **keys}
        if request.param == "blocking":
            found: dn.RetrieveResult = getattr(dn.blocking, name)(*where, **named)
            return found

        async def run() -> dn.RetrieveResult:
            result: dn.RetrieveResult = await getattr(dn, name)(*where, **named)
            return result

        return anyio.run(run, backend=request.param)

    return call


# --- our users ---------------------------------------------------------------------------------------------


def test_get_a_study(ask: Ask) -> None:
    result = ask("get_study", STUDY)
    assert result.is_success
    assert result.completed == 10
    assert same(result.files, FILES)


def test_get_three_of_five_series(ask: Ask, archive: Archive, tmp_path: Path) -> None:
    result = ask("get_series", STUDY, SERIES[1:4], into=tmp_path)
    assert same([dc.read(path) for path in result.paths], FILES[2:8])


def test_get_an_instance(ask: Ask) -> None:
    uid = str(FILES[3].dataset.SOPInstanceUID)
    assert same(ask("get_instance", STUDY, SERIES[1], uid).files, FILES[3:4])


def test_the_patient_root_model(ask: Ask) -> None:
    config = dn.RetrieveConfig(model=InformationModel.PATIENT_ROOT)
    result = ask("get_series", STUDY, SERIES[0], patient=PATIENT, config=config)
    assert same(result.files, FILES[:2])


def test_compressed_files_come_as_they_are_kept(ask: Ask) -> None:
    original = dc.read(WHEEL / COMPRESSED)
    ds = original.dataset
    config = dn.RetrieveConfig(
        storage=[str(ds.SOPClassUID)],
        # alone, since dcmqrscp looks at the first context of a class and no other
        transfer_syntaxes=[JPEG_2000],
    )
    names = (str(ds.StudyInstanceUID), str(ds.SeriesInstanceUID), str(ds.SOPInstanceUID))
    (found,) = ask("get_instance", *names, config=config).instances
    assert found.transfer_syntax == JPEG_2000
    assert found.file().dataset.element("PixelData").raw == ds.element("PixelData").raw


def test_move_to_ourselves(ask: Ask, archive: Archive) -> None:
    own = dn.OwnDestination(ae_title="OURS", host=HOST, port=archive.port)
    counts: list[int] = []
    result = ask(
        "move_study", STUDY, own, on_progress=lambda told: counts.append(told.completed or 0)
    )
    assert result.is_success
    assert result.completed == 10
    assert same(result.files, FILES)
    assert counts == sorted(counts)


def test_move_into_a_folder(ask: Ask, archive: Archive, tmp_path: Path) -> None:
    own = dn.OwnDestination(ae_title="OURS", host=HOST, port=archive.port, into=tmp_path)
    result = ask("move_series", STUDY, SERIES[2], own)
    assert same([dc.read(path) for path in tmp_path.rglob("*.dcm")], FILES[4:6])
    assert len(result.paths) == 2


def test_a_destination_that_the_peer_does_not_know(ask: Ask) -> None:
    with pytest.raises(dn.StatusError) as error:
        ask("move_study", STUDY, "NOBODY")
    assert error.value.status in {0xA801, 0xC000}  # Orthanc says the latter


def test_nobody_listens_at_the_destination(ask: Ask, archive: Archive) -> None:
    """Some give up with a failure status alone, others count."""
    try:
        result = ask("move_study", STUDY, "OURS")
    except dn.StatusError as error:
        result = dn.RetrieveResult(status=error.status, service="C-MOVE")
    assert result.status >> 12 in {0xA, 0xC}
    assert result.completed == 0


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_leaving_early_cancels(backend: str, archive: Archive) -> None:
    """NET-056: the peer stops, or sends on what is refused; another request works after that."""

    async def run() -> None:
        keys = dn.RetrieveKeys.study(STUDY)
        where = (HOST, archive.program.port, keys)
        arrived = 0
        async with aclosing(dn.iter_get(*where, called_ae=archive.title)) as events:
            async for event in events:
                arrived += isinstance(event, dn.ReceivedInstance)
                if arrived == 3:
                    break
        assert (await dn.get(*where, called_ae=archive.title)).is_success

    anyio.run(run, backend=backend)
