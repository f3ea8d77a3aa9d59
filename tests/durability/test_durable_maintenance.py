"""Kill an import and a rebuild anywhere: what is started again ends as if nothing had happened."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from dicom_archive import Archive, ArchiveSettings
from dicom_archive.maintenance import Fault, VerifyResult, verify
from dicom_core.query import build
from dicom_core.store import drive
from dicom_core.store.testing import sample

KILLS: Final = 60 if os.environ.get("DICOM_LONG") else 5
FILES: Final = 1500
SETTINGS: Final = ArchiveSettings(watch=None)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("source")
    for number in range(FILES):
        study = f"1.2.{number % 7}"
        size = 200_000 if number % 50 == 0 else 64
        data = sample(f"{study}.1.{number}", study=study, series=f"{study}.1", pixels=size)
        (folder / f"{number:04d}.dcm").write_bytes(data)
    return folder


def killed(words: list[str], chance: random.Random, *, alone: bool) -> bool:
    """Start the command and kill it somewhere, with its workers unless ``alone``; whether it was over before."""
    command = [sys.executable, "-m", "dicom_core", "archive", *words]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        assert process.wait(chance.uniform(0.3, 3)) == 0
    except subprocess.TimeoutExpired:
        if alone:
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return False
    return True


def verified(data: Path) -> VerifyResult:
    with Archive.open(data, SETTINGS) as archive:
        *events, result = verify(archive)
        assert [event for event in events if isinstance(event, Fault)] == []
        assert isinstance(result, VerifyResult)
        return result


@pytest.mark.skipif(os.name == "nt", reason="processes are killed otherwise on Windows")
@pytest.mark.parametrize("alone", [True, False])
def test_an_import_that_is_killed_loses_nothing(source: Path, tmp_path: Path, alone: bool) -> None:
    chance = random.Random(f"import {alone}")
    data = tmp_path / "data"
    words = ["import", str(source), "--data", str(data), "-j", "2"]
    before = 0
    for _ in range(KILLS):
        over = killed(words, chance, alone=alone)
        if data.joinpath("index.sqlite").exists():
            found = verified(data)
            assert found.instances >= before
            before = found.instances
        if over:
            break
    command = [sys.executable, "-m", "dicom_core", "archive", *words, "--json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["stored"] + result["duplicates"] + result["skipped"] == FILES
    assert verified(data).instances == FILES
    assert not (data / "imports").exists()
    with Archive.open(data, SETTINGS) as archive:
        for path in source.iterdir():
            number = int(path.stem)
            kept = archive.index.find(f"1.2.{number % 7}.1.{number}")
            assert (data / "blobs" / kept.key).read_bytes() == path.read_bytes()


@pytest.mark.skipif(os.name == "nt", reason="processes are killed otherwise on Windows")
def test_a_rebuild_that_is_killed_leaves_the_old_index_or_the_new_one(
    source: Path, tmp_path: Path
) -> None:
    chance = random.Random("rebuild")
    data = tmp_path / "data"
    command = [sys.executable, "-m", "dicom_core", "archive"]
    place = ["--data", str(data), "-j", "1"]
    subprocess.run([*command, "import", str(source), *place], check=True, stdout=subprocess.DEVNULL)
    query = build("STUDY", fields=["NumberOfStudyRelatedInstances"])

    async def answers() -> list[object]:
        with Archive.open(data, SETTINGS) as archive:
            return [entity async for entity in archive.search(query)]

    before = drive(answers())
    assert len(before) == 7
    for _ in range(KILLS):
        over = killed(["rebuild", *place], chance, alone=False)
        assert drive(answers()) == before
        assert verified(data).instances == FILES
        if over:
            break
    (data / "index.sqlite").unlink()
    subprocess.run([*command, "rebuild", *place], check=True, stdout=subprocess.DEVNULL)
    assert drive(answers()) == before
    assert verified(data).instances == FILES
    shutil.rmtree(data)
