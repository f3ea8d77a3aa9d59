"""`dicom serve` and everybody's clients: what they find and fetch is what dcmqrscp and Orthanc give them of the same files."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest
from pydicom import dcmread

import dicom_core as dc
import dicom_net as dn

from .programs import (
    HOST,
    ROOT,
    Dcmqrscp,
    Orthanc,
    Program,
    Served,
    Storescp,
    environment,
)
from .study import STUDY, Study, same_files
from .test_peers_net_find import instance

Peer = Callable[[str], str]
COUNT: Final = 32  # instances of 4 patients, beside the study that is in three transfer syntaxes


def run(*words: object) -> subprocess.CompletedProcess[bytes]:
    """A client of DCMTK, which must succeed."""
    done = subprocess.run(
        list(map(str, words)), env=environment(), check=False, capture_output=True, timeout=120
    )
    said = (done.stdout + done.stderr).decode(errors="replace")
    assert done.returncode == 0, said
    return done


def pynet(*words: object) -> list[str]:
    """A client of pynetdicom: the lines it printed; the last is what came of it."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.peers.pynet", *map(str, words)],
        env=environment(), cwd=ROOT, check=True, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    return done.stdout.splitlines()


def statuses(lines: list[str]) -> list[int]:
    found: list[int] = json.loads(lines[-1])["statuses"]
    return found


class Archives:
    """The same files in three archives; all three send to WS, a storage SCP of DCMTK's, and ours to ORTHANC, too."""

    def __init__(self, folder: Path, study: Study) -> None:
        self.study = study
        files = folder / "files"
        files.mkdir()
        for number in range(COUNT):
            (files / f"{number}.dcm").write_bytes(instance(number))
        self.files = [*sorted(files.iterdir()), *study.paths]
        self.workstation = Storescp(folder / "ws", "+xa", title="WS")
        self.ours = Served(folder / "ours", "--workers=2")
        to = {"WS": self.workstation.port}
        self.dcmqrscp = Dcmqrscp(folder / "dcmqrscp", "+xv", destinations=to)
        self.orthanc = Orthanc(
            folder / "orthanc",
            modalities={
                "ours": (self.ours.title, self.ours.port),
                "ws": ("WS", self.workstation.port),
            },
            settings={"DefaultEncoding": "Utf8"},
        )
        self.ours.destinations = {**to, "ORTHANC": self.orthanc.port}

    @property
    def all(self) -> list[Program]:
        return [self.ours, self.dcmqrscp, self.orthanc]

    def received(self) -> list[bytes]:
        """What WS was sent, and takes away."""
        paths = [path for path in self.workstation.received.rglob("*") if path.is_file()]
        found = [path.read_bytes() for path in paths]
        for path in paths:
            path.unlink()
        return found


@pytest.fixture(scope="module")
def archives(peer: Peer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archives]:
    for program in ("Orthanc", "dcmqrscp", "storescp", "storescu"):
        peer(program)
    folder = tmp_path_factory.mktemp("archives")
    made = Archives(folder, Study.made(folder / "study"))
    with made.workstation, made.ours, made.dcmqrscp, made.orthanc:
        for archive in made.all:
            title = getattr(archive, "title", "ANY")
            where = ("-aec", title, HOST, archive.port)
            plain = [path for path in made.files if path.stem != "compressed"]
            run("storescu", *where, *plain)
            run("storescu", "-xv", *where, made.study.path("compressed"))
        yield made


# --- the commands that are documented -------------------------------------------------------------


def test_echoscu(archives: Archives) -> None:
    run("echoscu", "-aec", archives.ours.title, "--repeat", 3, HOST, archives.ours.port)


Row = tuple[str, ...]


def found_by_findscu(archive: Program, folder: Path, model: str, *keys: str) -> list[Row]:
    """The answers as rows of the keys that were asked for, in no order."""
    folder.mkdir()
    asked = [word for key in keys for word in ("-k", key)]
    title = getattr(archive, "title", "ANY")
    run("findscu", model, "-X", "-od", folder, "-aec", title, *asked, HOST, archive.port)
    names = [key.partition("=")[0] for key in keys]
    rows = []
    for path in folder.iterdir():
        ds = dc.read(path).dataset
        rows.append(tuple(str(ds.get(name) or "").upper() for name in names))
    return sorted(rows)


QUERIES: Final = {
    "patients": ("-P", "QueryRetrieveLevel=PATIENT", "PatientID", "PatientName"),
    "one patient": ("-P", "QueryRetrieveLevel=PATIENT", "PatientID=P2", "PatientName"),
    "studies": (
        "-S", "QueryRetrieveLevel=STUDY", "StudyInstanceUID", "StudyDate", "StudyTime", "PatientName",
        "PatientID", "AccessionNumber", "StudyDescription", "StudyID",
    ),
    "by name": ("-S", "QueryRetrieveLevel=STUDY", "PatientName=SMITH^*", "StudyInstanceUID"),
    "by name, one character": ("-S", "QueryRetrieveLevel=STUDY", "PatientName=SMITH^?VE", "StudyInstanceUID"),
    "by dates": ("-S", "QueryRetrieveLevel=STUDY", "StudyDate=20240301-20240501", "StudyInstanceUID"),
    "since a date": ("-S", "QueryRetrieveLevel=STUDY", "StudyDate=20240701-", "StudyInstanceUID"),
    "by UIDs": ("-S", "QueryRetrieveLevel=STUDY", "StudyInstanceUID=1.2.1\\1.2.5\\9.9", "PatientID"),
    "by accession number": ("-S", "QueryRetrieveLevel=STUDY", "AccessionNumber=A3", "StudyInstanceUID"),
    "series": (
        "-S", "QueryRetrieveLevel=SERIES", "StudyInstanceUID=1.2.2", "SeriesInstanceUID", "Modality", "SeriesNumber",
    ),
    "series by modality": (
        "-S", "QueryRetrieveLevel=SERIES", f"StudyInstanceUID={STUDY}", "SeriesInstanceUID", "Modality=MR",
    ),
    "images": (
        "-S", "QueryRetrieveLevel=IMAGE", "StudyInstanceUID=1.2.2", "SeriesInstanceUID=1.2.3.4", "SOPInstanceUID",
        "InstanceNumber",
    ),
    "images of a patient": (
        "-P", "QueryRetrieveLevel=IMAGE", "PatientID=P1", "StudyInstanceUID=1.2.2", "SeriesInstanceUID=1.2.3.4",
        "SOPInstanceUID",
    ),
    "nothing": ("-S", "QueryRetrieveLevel=STUDY", "PatientID=NOBODY", "StudyInstanceUID"),
}  # fmt: skip


@pytest.mark.parametrize("name", QUERIES)
def test_findscu_finds_what_it_finds_elsewhere(
    name: str, archives: Archives, tmp_path: Path
) -> None:
    model, *keys = QUERIES[name]
    ours, dcmtks, orthancs = (
        found_by_findscu(archive, tmp_path / str(number), model, *keys)
        for number, archive in enumerate(archives.all)
    )
    assert ours == dcmtks
    assert ours == orthancs
    assert bool(ours) is (name != "nothing")


def test_counts_are_those_of_orthanc(archives: Archives, tmp_path: Path) -> None:
    keys = (
        "QueryRetrieveLevel=STUDY", "StudyInstanceUID", "NumberOfStudyRelatedSeries",
        "NumberOfStudyRelatedInstances",
    )  # fmt: skip
    ours = found_by_findscu(archives.ours, tmp_path / "ours", "-S", *keys)
    assert ours == found_by_findscu(archives.orthanc, tmp_path / "theirs", "-S", *keys)
    assert len(ours) == COUNT // 4 + 1


@pytest.mark.parametrize(
    ("level", "keys"),
    [
        ("STUDY", ("StudyInstanceUID=1.2.2",)),
        ("SERIES", (f"StudyInstanceUID={STUDY}", "SeriesInstanceUID={explicit}\\{implicit}")),
        ("IMAGE", ("StudyInstanceUID=1.2.2", "SeriesInstanceUID=1.2.3.4", "SOPInstanceUID=1.2.3.4.9")),
    ],
)  # fmt: skip
def test_getscu_gets_what_it_gets_elsewhere(
    level: str, keys: tuple[str, ...], archives: Archives, tmp_path: Path
) -> None:
    series = {kind: Study.series(kind) for kind in ("explicit", "implicit")}
    asked = [
        word
        for key in (f"QueryRetrieveLevel={level}", *keys)
        for word in ("-k", key.format(**series))
    ]
    got: list[list[bytes]] = []
    for archive in (archives.ours, archives.dcmqrscp):
        folder = tmp_path / type(archive).__name__
        folder.mkdir()
        run(
            "getscu", "-S", "-aec", archive.title, "-od", folder, "+B", *asked, HOST, archive.port,
        )  # fmt: skip
        got.append([path.read_bytes() for path in folder.iterdir()])
    paths = tmp_path / "expected"
    paths.mkdir()
    for number, data in enumerate(got[1]):
        (paths / f"{number}.dcm").write_bytes(data)
    assert got[0]
    same_files(paths.iterdir(), got[0])


def test_getscu_is_given_what_it_can_read(archives: Archives, tmp_path: Path) -> None:
    """A compressed instance, decompressed for who wants it so, and as it is for who prefers that."""
    keys = (
        "-k", "QueryRetrieveLevel=SERIES", "-k", f"StudyInstanceUID={STUDY}",
        "-k", f"SeriesInstanceUID={Study.series('compressed')}",
    )  # fmt: skip
    where = (HOST, archives.ours.port)
    plain, same = tmp_path / "plain", tmp_path / "same"
    for folder, prefers in ((plain, "+x="), (same, "+xv")):
        folder.mkdir()
        run("getscu", "-S", "-aec", archives.ours.title, prefers, "-od", folder, "+B", *keys, *where)  # fmt: skip
    (decompressed,), (compressed,) = plain.iterdir(), same.iterdir()
    original = dc.read(archives.study.path("compressed"))
    assert dc.read(compressed).transfer_syntax == original.transfer_syntax
    same_files([archives.study.path("compressed")], [compressed.read_bytes()])
    found = dc.read(decompressed)
    assert found.transfer_syntax == "1.2.840.10008.1.2.1"
    one, other = (dcmread(path).pixel_array for path in (decompressed, compressed))
    assert (one == other).all()


def test_movescu_has_everything_sent(archives: Archives) -> None:
    """Each instance in its own transfer syntax, which WS takes (dcmqrscp fails at that)."""
    keys = ("-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={STUDY}")
    ours = archives.ours
    run("movescu", "-S", "-aec", ours.title, "-aem", "WS", *keys, HOST, ours.port)
    same_files(archives.study.paths, archives.received())


def test_movescu_has_the_same_sent_as_elsewhere(archives: Archives, tmp_path: Path) -> None:
    keys = ("-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2.2\\1.2.3")
    sent: list[list[bytes]] = []
    for archive in archives.all:
        title = getattr(archive, "title", "ANY")
        run("movescu", "-S", "-aec", title, "-aem", "WS", *keys, HOST, archive.port)
        sent.append(archives.received())
    for theirs in sent[1:]:
        for number, data in enumerate(theirs):
            (tmp_path / f"{number}.dcm").write_bytes(data)
        assert len(theirs) == 8
        same_files(tmp_path.iterdir(), sent[0])


def test_movescu_is_told_of_an_unknown_destination(archives: Archives) -> None:
    """N21: A801, and nothing is sent to anybody."""
    keys = ("-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={STUDY}")
    words = ["movescu", "-v", "-S", "-aec", archives.ours.title, "-aem", "NOWHERE", *keys]
    done = subprocess.run(
        [*words, HOST, str(archives.ours.port)],
        env=environment(), check=False, capture_output=True, timeout=60,
    )  # fmt: skip
    assert b"MoveDestinationUnknown" in done.stdout + done.stderr
    assert archives.received() == []


# --- pynetdicom -----------------------------------------------------------------------------------


def test_pynetdicom(archives: Archives, tmp_path: Path) -> None:
    where = (archives.ours.port, archives.ours.title)
    assert statuses(pynet("echo", *where, "--repeat", 3)) == [0, 0, 0]
    assert statuses(pynet("store", *where, *archives.study.paths)) == [0, 0, 0]  # once more
    found = pynet(
        "find", *where, "--print", "--level", "SERIES", "--key", f"StudyInstanceUID={STUDY}",
        "--key", "SeriesInstanceUID=",
    )  # fmt: skip
    assert statuses(found) == [0xFF00] * 3 + [0]
    got = tmp_path / "got"
    got.mkdir()
    key = ("--key", f"StudyInstanceUID={STUDY}")
    lines = pynet("get", *where, "--received", got, *key)
    assert statuses(lines)[-1] == 0
    assert len(list(got.iterdir())) == 3
    assert statuses(pynet("move", *where, "--destination", "WS", *key))[-1] == 0
    same_files(archives.study.paths, archives.received())


# --- Orthanc as client ----------------------------------------------------------------------------


def test_orthanc_asks_and_is_sent(archives: Archives) -> None:
    orthanc = archives.orthanc
    assert orthanc.post("/modalities/ours/echo", {}) == {}
    query = {"Level": "Study", "Query": {"PatientName": "山田*", "StudyDescription": ""}}
    made = orthanc.post("/modalities/ours/query", query)
    answers = orthanc.get(f"{made['Path']}/answers?expand&simplify")
    assert {one["StudyInstanceUID"] for one in answers} == {"1.2.2", "1.2.3"}
    assert {one["PatientName"] for one in answers} == {"山田^太郎"}
    # C-MOVE: it has us send to itself
    done = orthanc.post(f"{made['Path']}/retrieve", {"TargetAet": "ORTHANC", "Synchronous": True})
    assert done["Description"] == "REST API"
    # C-STORE: what it sends us is found here
    changed = dc.read(instance(5))
    changed.dataset.SOPInstanceUID = changed.meta.MediaStorageSOPInstanceUID = "1.2.3.2.999"
    assert orthanc.store(changed.to_bytes())
    wanted = {"Level": "Instance", "Query": {"SOPInstanceUID": "1.2.3.2.999"}}
    (name,) = orthanc.post("/tools/find", wanted)
    sent = orthanc.post("/modalities/ours/store", {"Resources": [name], "Synchronous": True})
    assert sent["FailedInstancesCount"] == 0
    found = dn.blocking.get_instance(
        HOST, archives.ours.port, "1.2.1", "1.2.3.2", "1.2.3.2.999", called_ae=archives.ours.title
    )
    assert [one.dataset for one in found.files] == [changed.dataset]


# --- many at once ---------------------------------------------------------------------------------


def test_ten_storescu_at_once(archives: Archives, tmp_path: Path) -> None:
    """NET-082, N18: ten associations of twenty instances, half of them the same, to two workers."""
    folders = []
    for sender in range(10):
        folder = tmp_path / str(sender)
        folder.mkdir()
        for number in range(20):
            file = dc.read(instance(number))
            # The second half is the same for all senders
            series = f"1.9.{sender}" if number < 10 else "1.9.99"
            uid = f"{series}.{number}"
            file.dataset.StudyInstanceUID, file.dataset.SeriesInstanceUID = "1.9", series
            file.dataset.PatientID, file.dataset.PatientName = "P9", "Nine"
            file.dataset.SOPInstanceUID = file.meta.MediaStorageSOPInstanceUID = uid
            dc.write(file, folder / f"{number}.dcm")
        folders.append(folder)
    where = ("-aec", archives.ours.title, HOST, archives.ours.port)
    with ThreadPoolExecutor(10) as threads:
        list(threads.map(lambda folder: run("storescu", "+sd", *where, folder), folders))
    keys = ("QueryRetrieveLevel=STUDY", "StudyInstanceUID=1.9", "NumberOfStudyRelatedInstances")
    found = found_by_findscu(archives.ours, tmp_path / "found", "-S", *keys)
    assert found == [("STUDY", "1.9", "110")]
