"""Queries of Orthanc, dcmqrscp and pynetdicom, through all doors: what they find is what was stored there."""

import subprocess
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import anyio
import anyio.from_thread
import pytest

import dicom_core as dc
import dicom_net as dn
from dicom_core.store import InMemoryStore, drive, put

from .programs import HOST, Dcmqrscp, Orthanc, Program, environment, free_port

NAMES: Final = ("Doe^Jane", "山田^太郎", "SMITH^ADAM", "SMITH^EVE")
UTF8: Final = "ISO_IR 192"


def instance(number: int) -> bytes:
    """Two instances a series, two series a study, two studies a patient."""
    ds = dc.Dataset()
    ds.SpecificCharacterSet = UTF8
    ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    ds.SOPInstanceUID = f"1.2.3.4.{number}"
    ds.SeriesInstanceUID = f"1.2.3.{number // 2}"
    ds.StudyInstanceUID = f"1.2.{number // 4}"
    ds.PatientID = f"P{number // 8}"
    ds.PatientName = NAMES[number // 8]
    ds.StudyDate, ds.StudyTime = f"2024{number // 4 + 1:02d}01", "120000"
    ds.StudyDescription = f"study {number // 4}"
    ds.AccessionNumber, ds.StudyID = f"A{number // 4}", f"S{number // 4}"
    ds.Modality = "CT" if number % 8 < 4 else "MR"
    ds.SeriesNumber, ds.InstanceNumber = number // 2, number
    return dc.DicomFile.new(ds).to_bytes()


class Archive(NamedTuple):
    """A peer that holds the 32 instances above."""

    program: Program
    title: str

    def words(self) -> dict[str, Any]:
        return {"called_ae": self.title}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    for number in range(32):
        (folder / f"{number}.dcm").write_bytes(instance(number))
    return folder


@pytest.fixture(scope="module", params=["Orthanc", "dcmqrscp"])
def archive(
    request: pytest.FixtureRequest,
    peer: Callable[[str], str],
    files: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Archive]:
    peer(request.param)
    folder = tmp_path_factory.mktemp("archive")
    if request.param == "Orthanc":
        with Orthanc(folder, settings={"DefaultEncoding": "Utf8"}) as orthanc:
            for path in files.iterdir():
                assert orthanc.store(path.read_bytes())
            yield Archive(orthanc, orthanc.title)
    else:
        with Dcmqrscp(folder, "-v") as archive:
            words = [peer("storescu"), "-aec", archive.title, HOST, str(archive.port)]
            subprocess.run([*words, *sorted(files.iterdir())], env=environment(), check=True)
            yield Archive(archive, archive.title)


Ask = Callable[..., list[Any]]


@pytest.fixture(params=["asyncio", "trio", "blocking"])
def ask(request: pytest.FixtureRequest, archive: Archive) -> Ask:
    """A function of the door that the test runs with, by name."""

    def call(name: str, *args: object, **keys: object) -> list[Any]:
        where = (HOST, archive.program.port, *args)
        named = {**archive.words(), **keys}
        if request.param == "blocking":
            return list(getattr(dn.blocking, name)(*where, **named))

        async def run() -> list[Any]:
            return list(await getattr(dn, name)(*where, **named))

        return anyio.run(run, backend=request.param)

    return call


def test_studies_by_name_and_by_date(ask: Ask) -> None:
    """ACC-033, NET-041, NET-042."""
    found = ask("find_studies", patient_name="SMITH*", study_date="20240501-20240701")
    assert [
        one.study_instance_uid for one in sorted(found, key=lambda one: str(one.study_date))
    ] == [
        "1.2.4",
        "1.2.5",
        "1.2.6",
    ]
    first = min(found, key=lambda one: str(one.study_date))
    assert (str(first.patient_name), first.patient_id) == ("SMITH^ADAM", "P2")
    assert (first.accession_number, first.study_id) == ("A4", "S4")
    assert first.study_description == "study 4"
    assert len(ask("find_studies", study_date="-20240301")) == 3
    assert len(ask("find_studies", patient_name="S?ITH^*")) == 4


def test_all_four_levels(ask: Ask) -> None:
    """ACC-034, NET-035, NET-037."""
    assert {one.patient_id for one in ask("find_patients")} == {"P0", "P1", "P2", "P3"}
    series = ask("find_series", study_instance_uid="1.2.2")
    assert {(one.series_instance_uid, one.series_number) for one in series} == {
        ("1.2.3.4", 4),
        ("1.2.3.5", 5),
    }
    images = ask("find_instances", study_instance_uid="1.2.2", series_instance_uid="1.2.3.4")
    assert {(one.sop_instance_uid, one.instance_number) for one in images} == {
        ("1.2.3.4.8", 8),
        ("1.2.3.4.9", 9),
    }
    assert {one.rows for one in images} == {None}


def test_lists_of_uids(ask: Ask) -> None:
    """NET-043."""
    found = ask("find_studies", study_instance_uid=["1.2.1", "1.2.5", "9.9"])
    assert {one.study_instance_uid for one in found} == {"1.2.1", "1.2.5"}


def test_names_in_other_scripts(ask: Ask) -> None:
    """NET-045: asked in UTF-8, answered in it."""
    found = ask("find_studies", patient_name="山田*")
    assert {one.study_instance_uid for one in found} == {"1.2.2", "1.2.3"}
    assert {str(one.patient_name) for one in found} == {"山田^太郎"}


def test_a_query_that_is_made_elsewhere(ask: Ask) -> None:
    query = dn.QueryKeys.study(accession_number="A3", returning=["StudyID"])
    (match,) = ask("find", query)
    assert isinstance(match, dn.StudyMatch)
    assert (match.study_id, match.study_date) == ("S3", None)


def test_a_series_without_its_study(ask: Ask) -> None:
    """NET-036: nothing is sent; those who know their peer may turn the check off."""
    with pytest.raises(dc.query.QueryError, match="StudyInstanceUID"):
        ask("find_series", series_instance_uid="1.2.3.4")


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_leaving_early_cancels(backend: str, archive: Archive) -> None:
    """NET-046: the association is released in good order, not aborted."""
    where = (HOST, archive.program.port)

    async def first() -> Any:
        async with aclosing(dn.iter_studies(*where, called_ae=archive.title)) as matches:
            return await anext(matches)

    found = anyio.run(first, backend=backend)
    with closing(dn.blocking.iter_studies(*where, called_ae=archive.title)) as matches:
        assert next(matches).study_instance_uid is not None
    assert found is not None
    assert found.study_instance_uid.startswith("1.2.")


def test_the_same_association_goes_on_after_a_cancel(archive: Archive) -> None:
    from dicom_net.services import FIND, find

    query = dn.QueryKeys.study(limit=2)
    contexts = [(FIND[query.model], ["1.2.840.10008.1.2.1"])]
    with dn.blocking.associate(
        HOST, archive.program.port, contexts, called_ae=archive.title
    ) as association:
        for _ in range(3):
            assert len(list(association.iterate(find(association.exchange, query)))) == 2


def test_findscu_finds_the_same(
    archive: Archive, ask: Ask, peer: Callable[[str], str], tmp_path: Path
) -> None:
    """NET-037: what DCMTK's client finds there."""
    words = ["-S", "-X", "-od", str(tmp_path), "-aec", archive.title]
    keys = ["QueryRetrieveLevel=STUDY", "PatientName=SMITH*", "StudyInstanceUID", "StudyDate"]
    asked = [word for key in keys for word in ("-k", key)]
    where = [HOST, str(archive.program.port)]
    subprocess.run([peer("findscu"), *words, *asked, *where], env=environment(), check=True)
    theirs = {str(dc.read(path).dataset.StudyInstanceUID) for path in tmp_path.iterdir()}
    found = ask("find_studies", patient_name="SMITH*", study_date=None)
    assert {str(one.study_instance_uid) for one in found} == theirs


# --- asked by peers ---------------------------------------------------------------------------


@contextmanager
def serving(door: str, provider: dn.FindProvider, port: int = 0) -> Iterator[int]:
    """A server of ours under one of the doors; its port."""
    if door == "blocking":
        with dn.blocking.Server(provider, port=port, ae_title="OURS") as server:
            yield server.port
        return

    @asynccontextmanager
    async def running() -> AsyncGenerator[int]:
        async with dn.transport.Server(provider, port=port, ae_title="OURS") as server:
            yield server.port

    with (
        anyio.from_thread.start_blocking_portal(door) as portal,
        portal.wrap_async_context_manager(running()) as found,
    ):
        yield found


@pytest.fixture(scope="module")
def store(files: Path) -> InMemoryStore:
    found = InMemoryStore()
    for path in sorted(files.iterdir()):
        drive(put(found, path.read_bytes()))
    return found


FindScu = Callable[..., tuple[list[dc.Dataset], str]]


@pytest.fixture
def findscu(peer: Callable[[str], str], tmp_path: Path) -> FindScu:
    """DCMTK's client: the answers that it extracted, and what it said."""
    program = peer("findscu")

    def run(port: int, *words: str, keys: tuple[str, ...]) -> tuple[list[dc.Dataset], str]:
        asked = [word for key in keys for word in ("-k", key)]
        command = [program, "-v", "-X", "-od", str(tmp_path), "-aec", "OURS", *words, *asked]
        done = subprocess.run(
            [*command, HOST, str(port)], env=environment(), check=True, capture_output=True
        )
        found = [dc.read(path).dataset for path in sorted(tmp_path.glob("rsp*.dcm"))]
        return found, (done.stdout + done.stderr).decode(errors="replace")

    return run


@pytest.mark.parametrize("door", ["asyncio", "trio", "blocking"])
def test_findscu_asks_us(door: str, store: InMemoryStore, findscu: FindScu) -> None:
    """Both models, all levels, wild cards, ranges, and names in other scripts."""
    with serving(door, dn.FindProvider(store)) as port:
        keys = (
            "QueryRetrieveLevel=STUDY",
            "PatientName=SMITH^*",
            "StudyDate=20240501-20240601",
            "StudyInstanceUID",
        )
        found, said = findscu(port, "-S", keys=keys)
        assert {str(one.StudyInstanceUID) for one in found} == {"1.2.4", "1.2.5"}
        assert {one.RetrieveAETitle for one in found} == {("OURS",)}
        assert "Success" in said


def test_findscu_asks_for_patients_and_images(store: InMemoryStore, findscu: FindScu) -> None:
    with serving("asyncio", dn.FindProvider(store)) as port:
        found, _ = findscu(
            port, "-P", keys=("QueryRetrieveLevel=PATIENT", "PatientID=P1", "PatientName")
        )
        assert [str(one.PatientName) for one in found] == ["山田^太郎"]
        assert found[0].SpecificCharacterSet == (UTF8,)
        keys = (
            "PatientID=P1",
            "StudyInstanceUID=1.2.2",
            "SeriesInstanceUID=1.2.3.4",
            "SOPInstanceUID",
        )
        found, _ = findscu(port, "-P", keys=("QueryRetrieveLevel=IMAGE", *keys))
        assert {str(one.SOPInstanceUID) for one in found} == {"1.2.3.4.8", "1.2.3.4.9"}


def test_findscu_cancels(findscu: FindScu) -> None:
    """NET-046: our answers stop, and the last status says that it was cancelled."""
    made = 0

    def endless(request: dn.FindRequest) -> Iterator[dc.Dataset]:
        nonlocal made
        while made < 100_000:
            made += 1
            yield dc.Dataset({"StudyInstanceUID": f"1.2.{made}"})

    with serving("asyncio", dn.FindProvider(endless)) as port:
        found, said = findscu(
            port, "-S", "--cancel", "5", keys=("QueryRetrieveLevel=STUDY", "StudyInstanceUID")
        )
    assert len(found) >= 5
    assert made < 100_000
    assert "Cancel" in said


def test_findscu_is_refused(store: InMemoryStore, findscu: FindScu) -> None:
    """A series without its study (A900H)."""
    with serving("asyncio", dn.FindProvider(store)) as port:
        found, said = findscu(port, "-S", keys=("QueryRetrieveLevel=SERIES", "SeriesInstanceUID"))
        assert found == []
        assert "DoesNotMatchSOPClass" in said


def test_orthanc_asks_us(store: InMemoryStore, peer: Callable[[str], str], tmp_path: Path) -> None:
    peer("Orthanc")
    port = free_port()
    known = {"ours": ("OURS", port)}
    with (
        serving("trio", dn.FindProvider(store), port),
        Orthanc(tmp_path, modalities=known, settings={"DefaultEncoding": "Utf8"}) as orthanc,
    ):
        query = {"Level": "Study", "Query": {"PatientName": "山田*", "StudyDescription": ""}}
        made = orthanc.post("/modalities/ours/query", query)
        answers = orthanc.get(f"{made['Path']}/answers?expand&simplify")
    assert {one["StudyInstanceUID"] for one in answers} == {"1.2.2", "1.2.3"}
    assert {one["PatientName"] for one in answers} == {"山田^太郎"}
