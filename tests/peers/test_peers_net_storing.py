"""What a storage user and a storage server do beyond one instance, with DCMTK at the other end (NET-062 to NET-082)."""

import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pydicom
import pytest

import dicom_core as dc
import dicom_imaging as di
import dicom_net as dn
from dicom_core.transcoding import find_transcoder

from .programs import HOST, Storescp, environment

CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
J2K = "1.2.840.10008.1.2.4.90"


def pixels(number: int) -> "np.ndarray[tuple[int, int], np.dtype[np.uint16]]":
    return (np.arange(64 * 64, dtype="uint16").reshape(64, 64) * (number + 1)) % 4096


def instance(number: int, sop_class: str = CT) -> dc.DicomFile:
    """One with a picture of its own."""
    dataset = dc.Dataset(
        {
            "SOPClassUID": sop_class,
            "SOPInstanceUID": f"1.2.3.1.{number}",
            "StudyInstanceUID": "1.2.3",
            "SeriesInstanceUID": "1.2.3.1",
            "PatientID": f"P{number}",
            "Modality": "CT",
        }
    )
    di.set_pixels(dataset, pixels(number), bits_stored=12)
    return dc.DicomFile.new(dataset)


def compressed(number: int) -> dc.DicomFile:
    return find_transcoder().transcode(instance(number), J2K).file


@pytest.fixture
def storescp(peer: Callable[[str], str], tmp_path: Path) -> "Iterator[Callable[..., Storescp]]":
    peer("storescp")
    started: list[Storescp] = []

    def start(*options: str) -> Storescp:
        made = Storescp(tmp_path / f"scp{len(started)}", *options)
        started.append(made.__enter__())
        return made

    yield start
    for one in started:
        one.__exit__(None, None, None)


def arrived(scp: Storescp) -> list[pydicom.Dataset]:
    found = [pydicom.dcmread(path) for path in scp.received.iterdir()]
    return sorted(found, key=lambda ds: str(ds.SOPInstanceUID))


def test_what_the_peer_does_not_take_is_decompressed_when_asked(
    storescp: Callable[..., Storescp],
) -> None:
    scp = storescp("+xi")  # implicit VR alone
    sources = [compressed(0), instance(1)]
    refused = dn.blocking.store_batch(HOST, scp.port, sources)
    assert [file.success for file in refused.results] == [False, True]
    assert "JPEG 2000" in refused.failures[0].error
    config = dn.BatchConfig(store=dn.StoreConfig(conversion=dn.Conversion.LOSSLESS))
    result = dn.blocking.store_batch(HOST, scp.port, sources, config=config)
    assert result
    assert {file.transfer_syntax for file in result.results} == {IMPLICIT}
    for number, found in enumerate(arrived(scp)[:2]):
        assert found.file_meta.TransferSyntaxUID == IMPLICIT
        assert np.array_equal(found.pixel_array, pixels(number))


def test_a_mixed_batch_goes_over_one_association_as_it_is(
    storescp: Callable[..., Storescp],
) -> None:
    scp = storescp("+xa")
    sources = [compressed(0), instance(1), instance(2, MR), compressed(3)]
    result = dn.blocking.store_batch(HOST, scp.port, sources)
    assert result
    assert result.associations == 1
    kept = [str(ds.file_meta.TransferSyntaxUID) for ds in arrived(scp)]
    assert kept == [J2K, EXPLICIT, EXPLICIT, J2K]
    assert np.array_equal(arrived(scp)[0].pixel_array, pixels(0))


@pytest.mark.parametrize("option", ["--abort-after", "--abort-during"])
def test_a_peer_that_aborts_every_time_ends_a_batch_with_a_reason(
    option: str, storescp: Callable[..., Storescp]
) -> None:
    scp = storescp(option)
    config = dn.BatchConfig(retries=1)
    result = dn.blocking.store_batch(HOST, scp.port, [instance(1), instance(2)], config=config)
    assert result.failed == 2
    assert all(file.error for file in result.failures)
    assert 2 <= result.associations <= 4


def test_priority_and_origin_are_what_the_peer_reads(
    peer: Callable[[str], str], tmp_path: Path
) -> None:
    peer("storescp")
    with Storescp(tmp_path, "-d") as scp:
        config = dn.StoreConfig(priority=1, move_originator="MOVER", move_originator_id=77)
        assert dn.blocking.store(HOST, scp.port, instance(1), config=config)
        log = scp.log.read_text()
    assert "high" in log
    assert "MOVER" in log
    assert "77" in log


# --- storescu and our server ----------------------------------------------------------------------


def storescu(peer: Callable[[str], str], port: int, *words: str | Path) -> int:
    command = [peer("storescu"), "-aec", "DICOMPY", *map(str, words[:-1]), HOST, str(port)]
    done = subprocess.run(
        [*command, str(words[-1])], env=environment(), check=False, capture_output=True, timeout=120
    )
    return done.returncode


def test_twenty_senders_at_once_are_kept_apart(peer: Callable[[str], str], tmp_path: Path) -> None:
    folders = []
    for sender in range(20):
        folder = tmp_path / f"in{sender}"
        folder.mkdir()
        for number in range(10):
            dc.write(instance(100 * sender + number), folder / f"{number}.dcm")
        folders.append(folder)
    events: list[dn.ServerEvent] = []
    with (
        dn.blocking.StorageServer(tmp_path / "out", on_event=events.append) as server,
        ThreadPoolExecutor(20) as threads,
    ):
        port = server.port
        codes = list(threads.map(lambda folder: storescu(peer, port, "+sd", folder), folders))
    assert codes == [0] * 20
    received = [event.received for event in events if isinstance(event, dn.InstanceReceived)]
    assert len({item.sop_instance for item in received}) == 200
    for item in received:
        number = int(item.sop_instance.rpartition(".")[2])
        assert item.file().dataset == instance(number).dataset
        assert (
            len(
                {other.info.number for other in received if other.sop_instance == item.sop_instance}
            )
            == 1
        )


def test_a_sender_that_is_killed_leaves_nothing(peer: Callable[[str], str], tmp_path: Path) -> None:
    from threading import Event

    large = instance(1)
    large.dataset.set("PixelData", "OW", bytes(200 << 20))
    dc.write(large, tmp_path / "large.dcm")
    begun, gone = Event(), Event()

    class Watch(dn.StorageHandler):
        def will_receive(self, info: object, announced: dn.Announced) -> bool:
            begun.set()
            return True

    def on_event(event: dn.ServerEvent) -> None:
        if isinstance(event, dn.AssociationEnded):
            gone.set()

    out = tmp_path / "out"
    with dn.blocking.StorageServer(out, handler=Watch(), on_event=on_event) as server:
        words = [peer("storescu"), "-aec", "DICOMPY", HOST, str(server.port)]
        process = subprocess.Popen([*words, str(tmp_path / "large.dcm")], env=environment())
        assert begun.wait(60)
        process.kill()
        process.wait()
        assert gone.wait(60)
        assert dn.blocking.verify(HOST, server.port, called_ae="DICOMPY")
    assert not [path for path in out.rglob("*") if path.is_file()]


def test_a_sender_reads_the_status_of_a_refusal(peer: Callable[[str], str], tmp_path: Path) -> None:
    dc.write(instance(1), tmp_path / "1.dcm")

    class No(dn.StorageHandler):
        def will_receive(self, info: object, announced: dn.Announced) -> int:
            return 0xA900

    with dn.blocking.StorageServer(handler=No()) as server:
        words = [peer("storescu"), "-v", "-aec", "DICOMPY", HOST, str(server.port)]
        done = subprocess.run(
            [*words, str(tmp_path / "1.dcm")],
            env=environment(),
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert "DataSetDoesNotMatchSOPClass" in done.stdout + done.stderr
