"""The same questions to DCMTK's archive and to ours, over the same instances."""

import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import dicom_core as dc
from dicom_core import query, store
from dicom_core.store.testing import sample

STUDIES = [
    # study, name, patient, date, time, accession, description
    ("1.2.1", "Doe^Jane", "P1", "20240102", "083000", "A100", "CHEST ROUTINE"),
    ("1.2.2", "Doe^John", "P2", "20240103", "120000.5", "A101", "Chest"),
    ("1.2.3", "Doering^Anna", "P3", "20240229", "235959", "B200", "ABDOMEN"),
    ("1.2.4", "Smith^Mary^Ann", "P4", "20231231", "000000", "B201", ""),
    ("1.2.5", "Smithson^Al", "p4", "20240601", "0900", "", "CHEST*LAT"),
]

QUESTIONS: list[tuple[str, dict[str, str]]] = [
    ("STUDY", {}),
    ("STUDY", {"PatientName": "Doe^Jane"}),
    ("STUDY", {"PatientName": "Doe^*"}),
    ("STUDY", {"PatientName": "Doe*"}),
    ("STUDY", {"PatientName": "*^J???"}),
    ("STUDY", {"PatientName": "*"}),
    ("STUDY", {"PatientName": "Smith^Mary*"}),
    ("STUDY", {"PatientID": "P4"}),
    ("STUDY", {"PatientID": "P?"}),
    ("STUDY", {"StudyDate": "20240102"}),
    ("STUDY", {"StudyDate": "20240102-20240229"}),
    ("STUDY", {"StudyDate": "20240103-"}),
    ("STUDY", {"StudyDate": "-20240102"}),
    ("STUDY", {"StudyTime": "080000-130000"}),
    ("STUDY", {"StudyTime": "-083000"}),
    ("STUDY", {"StudyTime": "120000-"}),
    ("STUDY", {"AccessionNumber": "A1*"}),
    ("STUDY", {"AccessionNumber": "B201"}),
    ("STUDY", {"StudyDescription": "CHEST*"}),
    ("STUDY", {"StudyInstanceUID": "1.2.1\\1.2.4\\1.2.9"}),
    ("STUDY", {"PatientName": "Doe*", "StudyDate": "20240103-"}),
    ("SERIES", {"StudyInstanceUID": "1.2.2"}),
    ("SERIES", {"StudyInstanceUID": "1.2.2", "Modality": "MR"}),
    ("SERIES", {"StudyInstanceUID": "1.2.2", "SeriesNumber": "2"}),
    ("IMAGE", {"StudyInstanceUID": "1.2.2", "SeriesInstanceUID": "1.2.2.1"}),
    ("IMAGE", {"StudyInstanceUID": "1.2.2", "SeriesInstanceUID": "1.2.2.1", "InstanceNumber": "2"}),
]
UNIQUE = {"STUDY": "StudyInstanceUID", "SERIES": "SeriesInstanceUID", "IMAGE": "SOPInstanceUID"}


@pytest.fixture(scope="module")
def files() -> list[bytes]:
    found = []
    for study, name, patient, date, time, accession, description in STUDIES:
        for series, modality in ((1, "CT"), (2, "MR")):
            for number in (1, 2):
                found.append(
                    sample(
                        f"{study}.{series}.{number}",
                        study=study,
                        series=f"{study}.{series}",
                        PatientName=name,
                        PatientID=patient,
                        StudyDate=date,
                        StudyTime=time,
                        AccessionNumber=accession,
                        StudyDescription=description,
                        StudyID="S",
                        Modality=modality,
                        SeriesNumber=series,
                        InstanceNumber=number,
                    )
                )
    return found


@pytest.fixture(scope="module")
def ours(files: list[bytes]) -> store.InMemoryStore:
    kept = store.InMemoryStore()
    for data in files:
        store.drive(store.put(kept, data))
    return kept


@pytest.fixture(scope="module")
def archive(
    files: list[bytes], peer: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[int]:
    """The port of a running dcmqrscp that has the files."""
    server, index = peer("dcmqrscp"), peer("dcmqridx")
    root = tmp_path_factory.mktemp("archive")
    area = root / "area"
    area.mkdir()
    paths = []
    for number, data in enumerate(files):
        path = area / f"{number}.dcm"
        path.write_bytes(data)
        paths.append(str(path))
    subprocess.run([index, str(area), *paths], check=True, capture_output=True, timeout=60)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    config = root / "dcmqrscp.cfg"
    config.write_text(
        f"NetworkTCPPort = {port}\nMaxPDUSize = 16384\nMaxAssociations = 16\n"
        "HostTable BEGIN\nHostTable END\nVendorTable BEGIN\nVendorTable END\n"
        f"AETable BEGIN\nARCHIVE {area} RW (200, 1024mb) ANY\nAETable END\n"
    )
    with subprocess.Popen(
        [server, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _wait_for(port, process)
            yield port
        finally:
            process.terminate()
            process.wait(timeout=20)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            try:
                process.wait(timeout=0.05)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError("dcmqrscp ended at once") from None
        else:
            return
    raise AssertionError("dcmqrscp does not listen")


@pytest.mark.parametrize(("level", "keys"), QUESTIONS)
def test_same_answers(
    level: str,
    keys: dict[str, str],
    archive: int,
    ours: store.InMemoryStore,
    peer: Callable[[str], str],
    tmp_path: Path,
) -> None:
    unique = UNIQUE[level]
    asked = {unique: "", **keys}
    command = [peer("findscu"), "-S", "-aec", "ARCHIVE", "-X", "-od", str(tmp_path)]
    command += ["-k", f"QueryRetrieveLevel={level}"]
    for keyword, value in asked.items():
        command += ["-k", f"{keyword}={value}"]
    subprocess.run(
        [*command, "127.0.0.1", str(archive)], check=True, capture_output=True, timeout=60
    )
    theirs = sorted(str(dc.read(path).dataset[unique]) for path in tmp_path.glob("*.dcm"))
    wanted = query.build(level, where=asked).check_levels()

    async def answers() -> list[str]:
        return sorted([str(answer[unique]) async for answer in ours.search(wanted)])

    assert store.drive(answers()) == theirs
    if not keys:
        assert len(theirs) == len(STUDIES)
