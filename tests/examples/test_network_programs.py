"""The programs of dicom-net's README that run until they are stopped: as they stand, under asyncio, trio and threads."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

import dicom_core as dc
import dicom_net as dn
from dicom_core.store import InMemoryStore

from ..peers.programs import free_port

README: Final = Path(__file__).resolve().parents[2] / "packages/dicom-net/README.md"
PROGRAMS: Final = re.findall(
    r"^```py\n(.*?)^```$", README.read_text("utf-8"), re.MULTILINE | re.DOTALL
)
HOST: Final = "127.0.0.1"


def instance(number: int) -> dc.Dataset:
    return dc.Dataset(
        {
            "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2",
            "SOPInstanceUID": f"1.2.3.1.{number}",
            "StudyInstanceUID": "1.2.3",
            "SeriesInstanceUID": "1.2.3.1",
            "PatientName": "Doe^Jane",
            "Modality": "CT",
            "StudyDate": "20240305",
        }
    )


def program(which: int, port: int, backend: str) -> str:
    """One of them, on a port of ours."""
    text: str = PROGRAMS[which].replace("11112", str(port))
    assert len([line for line in text.splitlines() if line.strip()]) <= 14
    if backend == "trio":
        text = text.replace("anyio.run(main)", 'anyio.run(main, backend="trio")')
        assert "backend" in text
    return text


@contextmanager
def running(text: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", text],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def until_it_listens(port: int) -> None:
    for _ in range(600):
        try:
            if dn.blocking.verify(HOST, port, called_ae="ARCHIVE"):
                return
        except dn.ConnectionFailed:
            time.sleep(0.05)  # for another process, which tells nobody when it is ready
    raise AssertionError("the program does not listen")


@pytest.mark.parametrize(("which", "backend"), [(0, "asyncio"), (0, "trio"), (1, "blocking")])
def test_a_storage_scp_receives(which: int, backend: str, tmp_path: Path) -> None:
    port = free_port()
    with running(program(which, port, backend), tmp_path) as process:
        until_it_listens(port)
        datasets = [instance(number) for number in range(3)]
        assert dn.blocking.store_datasets(HOST, port, datasets, called_ae="ARCHIVE")
        assert process.stdout is not None
        lines = [process.stdout.readline().split() for _ in range(3)]
    assert [uid for uid, _ in lines] == ["1.2.3.1.0", "1.2.3.1.1", "1.2.3.1.2"]
    for number, (_, path) in enumerate(lines):
        assert Path(path).is_relative_to(tmp_path.resolve())
        assert dc.read(path).dataset == instance(number)


@pytest.mark.parametrize(("which", "backend"), [(2, "asyncio"), (2, "trio"), (3, "blocking")])
def test_a_query_finds(which: int, backend: str, tmp_path: Path) -> None:
    store = InMemoryStore()
    with dn.blocking.StorageServer(store) as server:
        assert dn.blocking.store(HOST, server.port, instance(1), called_ae="DICOMPY")
    finder = dn.FindProvider(store)
    with (
        dn.blocking.Server(finder, ae_title="ARCHIVE") as archive,
        running(program(which, archive.port, backend), tmp_path) as process,
    ):
        out, _ = process.communicate(timeout=60)
    assert out.split() == ["1.2.3", "Doe^Jane", "20240305"]
    assert process.returncode == 0


def test_all_programs_are_run() -> None:
    assert len(PROGRAMS) == 4
