"""The commands of the network: what they print, their exit codes, and one line of error whatever happens."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme
from retrieving import HOST, archive, free_port, instance, ten, uids

import dicom_core as dc
import dicom_net as dn
from dicom_core.cli._commands import BUILT_IN
from dicom_core.cli._run import run
from dicom_core.store import InMemoryStore
from dicom_net import blocking
from dicom_net.services import Verification

STUDY = "1.2.1"


class Done:
    """What one run of the command gave."""

    def __init__(self, code: int, out: str, error: str) -> None:
        self.code = code
        self.out = out
        self.error = error

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def objects(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.lines]


Dicom = Callable[..., Done]


@pytest.fixture
def dicom(capfdbinary: pytest.CaptureFixture[bytes]) -> Dicom:
    """Run the command in this process."""

    def call(*words: object) -> Done:
        code = run([str(word) for word in words])
        captured = capfdbinary.readouterr()
        done = Done(code, captured.out.decode(), captured.err.decode())
        assert "Traceback" not in done.error
        assert all(line.startswith("dicom: ") for line in done.error.splitlines())
        return done

    return call


@pytest.fixture
def port() -> int:
    """Where the archive believes the destination OURS to be."""
    return free_port()


@pytest.fixture
def server(port: int) -> Iterator[blocking.Server]:
    with blocking.Server(archive(port), ae_title="QR") as running:
        yield running


@pytest.fixture
def peer(server: blocking.Server) -> list[object]:
    return [HOST, server.port, "-aec", "QR"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten files, and one that is none."""
    folder = tmp_path / "files"
    folder.mkdir()
    for file in ten():
        dc.write(file, folder / f"{file.dataset.SOPInstanceUID}.dcm")
    (folder / "readme.txt").write_text("no instance")
    return folder


def test_every_command_of_the_table_is_there(dicom: Dicom) -> None:
    names = [name for name, place in BUILT_IN.items() if place.package == "dicom_net"]
    assert {"echo", "find", "get", "move", "store", "listen", "doctor"} <= set(names)
    for name in names:
        if name != "fuzz":
            done = dicom(name, "--help")
            assert (done.code, done.error) == (0, "")


# --- echo ------------------------------------------------------------------------------------------------


def test_echo(dicom: Dicom, peer: list[object]) -> None:
    done = dicom("echo", *peer)
    assert (done.code, done.error) == (0, "")
    assert done.out.startswith("QR answers in ")
    done = dicom("echo", *peer, "--json", "--repeat", 2)
    assert [one["success"] for one in done.objects] == [True, True]


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["-aec", "OTHER"], 1, "called AE title not recognized"),
        (["-aec", "x" * 17], 2, "is no AE title"),
        (["-pwd", "secret"], 2, "-usr"),
        (["--tls-key", __file__], 2, "--tls-cert"),
        (["-ic", "+cf", __file__], 2, "+cf"),
    ],
)
def test_echo_says_why_not(
    dicom: Dicom, server: blocking.Server, words: list[str], code: int, text: str
) -> None:
    done = dicom("echo", HOST, server.port, *words)
    assert (done.code, done.out) == (code, "")
    assert text in done.error


def test_tls_with_the_options_of_dcmtk(dicom: Dicom, tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    issued = authority.issue_cert("localhost", HOST)
    issued.private_key_pem.write_to_path(str(tmp_path / "me.key"))
    (tmp_path / "me.pem").write_bytes(b"".join(one.bytes() for one in issued.cert_chain_pems))
    pair, roots = [tmp_path / "me.key", tmp_path / "me.pem"], ["+cf", tmp_path / "ca.pem"]
    identity = dn.TlsIdentity(tmp_path / "me.pem", tmp_path / "me.key")
    tls = dn.TlsConfig(identity=identity, roots=[tmp_path / "ca.pem"])
    with blocking.Server(Verification(), tls=tls, ae_title="ANY-SCP") as server:
        where = ["localhost", server.port]
        assert dicom("echo", *where, "+tls", *pair, *roots).code == 0
        done = dicom("echo", *where, "--tls-key", pair[0], "--tls-cert", pair[1], *roots)
        assert done.code == 0
        done = dicom("echo", *where, "+tla", *roots)
        assert done.code == 1
        assert "wants a certificate" in done.error
        assert dicom("echo", *where, "+tls", *pair, "--tls-key", pair[0]).code == 2


def test_nobody_there(dicom: Dicom) -> None:
    done = dicom("echo", HOST, free_port())
    assert done.code == 1
    assert "nothing listens there" in done.error
    done = dicom("echo", HOST, free_port(), "--json")
    assert done.objects[0]["category"] == "transient"


# --- find ------------------------------------------------------------------------------------------------


def test_find_lists_studies(dicom: Dicom, peer: list[object]) -> None:
    done = dicom("find", *peer)
    assert (done.code, done.error) == (0, "")
    head, row = done.lines
    found = dict(zip(head.split("\t"), row.split("\t"), strict=True))
    assert found["PatientID"] == "P1"
    assert found["StudyInstanceUID"] == STUDY
    assert found["NumberOfStudyRelatedInstances"] == "10"


@pytest.mark.parametrize(
    ("words", "head", "count"),
    [
        (["--level", "SERIES", "-k", f"StudyInstanceUID={STUDY}", "-k", "Modality"], ["Modality", "StudyInstanceUID"], 2),
        (["-k", "0008,0052=SERIES", "-k", f"(0020,000d)={STUDY}", "-k", "0008,0060"], ["Modality", "StudyInstanceUID"], 2),
        (["-k", "PatientID=NOBODY"], [], 0),
        (["-P", "-k", "PatientID=P*", "-k", "PatientName"], ["PatientID", "PatientName"], 1),
        (["--level", "instance", "-k", f"StudyInstanceUID={STUDY}", "-k", "SeriesInstanceUID=1.2.1.1",
          "-k", "InstanceNumber", "-n", 3],
         ["InstanceNumber", "StudyInstanceUID", "SeriesInstanceUID"], 3),
    ],
)  # fmt: skip
def test_find_by_keys(
    dicom: Dicom, peer: list[object], words: list[object], head: list[str], count: int
) -> None:
    done = dicom("find", *peer, *words)
    assert (done.code, done.error) == (0, "")
    assert len(done.lines) == (count + 1 if count else 0)
    if count:
        assert done.lines[0].split("\t") == head


def test_find_as_json(dicom: Dicom, peer: list[object]) -> None:
    done = dicom("find", *peer, "--json")
    (found,) = done.objects
    assert found["0020000D"] == {"vr": "UI", "Value": [STUDY]}


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["-k", "NoSuchKeyword=1"], 2, "NoSuchKeyword"),
        (["-k", "StudyDate=monday"], 2, "StudyDate"),
        (["-k", "PatientID=1", "-k", "0010,0020=2"], 2, "twice"),
        (["--level", "ROOM"], 2, "ROOM"),
        (["-k", "=5"], 2, "KEY=VALUE"),
        (["-W", "--level", "STUDY"], 2, "no levels"),
        (["--level", "SERIES"], 1, "StudyInstanceUID"),
        (["-W"], 1, "no accepted presentation context"),
    ],
)
def test_find_says_why_not(
    dicom: Dicom, peer: list[object], words: list[str], code: int, text: str
) -> None:
    done = dicom("find", *peer, *words)
    assert (done.code, done.out) == (code, "")
    assert text in done.error


# --- get and move ------------------------------------------------------------------------------------------


def test_get_into_a_folder(dicom: Dicom, peer: list[object], tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = dicom("get", *peer, "--study", STUDY, "-od", out)
    assert (done.code, done.error) == (0, "")
    files = sorted(out.rglob("*.dcm"))
    assert done.lines[-1] == "10 retrieved"
    assert sorted(done.lines[:-1]) == sorted(map(str, files))
    assert sorted(uids(map(dc.read, files))) == sorted(uids(ten()))
    assert files[0].parent == out / STUDY / "1.2.1.1"


def test_get_by_keys_as_json(dicom: Dicom, peer: list[object], tmp_path: Path) -> None:
    keys = ["-k", f"StudyInstanceUID={STUDY}", "-k", "SeriesInstanceUID=1.2.1.2"]
    done = dicom("get", *peer, *keys, "-o", tmp_path / "out", "--layout", "flat", "--json")
    assert done.code == 0
    *instances, result = done.objects
    assert len(instances) == 5
    assert result["completed"] == 5
    assert (tmp_path / "out" / "1.2.1.2.1.dcm").is_file()


def test_get_takes_named_classes_alone(dicom: Dicom, peer: list[object], tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = dicom("get", *peer, "--study", STUDY, "-o", out, "--class", "MRImageStorage")
    assert done.code == 1
    assert "10 failed" in done.out
    assert "1.2.1.1.1 was not retrieved" in done.error


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        ([], 2, "say what to retrieve"),
        (["--series", "1.2"], 2, "StudyInstanceUID"),
        (["-P", "--study", "1.2"], 2, "PatientID"),
        (["--study", "1.2", "-k", "Modality=CT"], 2, "Modality"),
        (["--study", "1.2", "--layout", "nonsense"], 2, "--layout"),
        (["--study", "1.2", "--class", "Nonsense"], 2, "Nonsense"),
        (["--study", "1.2.999"], 1, "nothing of that"),
    ],
)
def test_get_says_why_not(
    dicom: Dicom, peer: list[object], tmp_path: Path, words: list[str], code: int, text: str
) -> None:
    done = dicom("get", *peer, *words, "-o", tmp_path / "out")
    assert done.code == code
    assert text in done.error


def test_move(dicom: Dicom, peer: list[object], port: int) -> None:
    store = InMemoryStore()
    with blocking.StorageServer(store, port=port, ae_title="OURS"):
        done = dicom("move", *peer, "-aem", "OURS", "--study", STUDY)
        assert (done.code, done.out, done.error) == (0, "10 retrieved\n", "")
        assert len(store) == 10
    done = dicom("move", *peer, "-aem", "OURS", "--study", STUDY, "--json")
    assert done.code == 1
    assert done.objects[-1]["failed"] == 10
    done = dicom("move", *peer, "-aem", "NOBODY", "--study", STUDY)
    assert done.code == 1
    assert "A801H" in done.error


def test_move_to_ourselves(dicom: Dicom, peer: list[object], port: int, tmp_path: Path) -> None:
    out = tmp_path / "out"
    here = ["-o", out, "+P", port, "--bind", HOST, "-aem", "OURS"]
    done = dicom("move", *peer, "--study", STUDY, *here)
    assert (done.code, done.error) == (0, "")
    assert sorted(done.lines[:-1]) == sorted(map(str, out.rglob("*.dcm")))
    assert done.lines[-1] == "10 retrieved"
    assert dicom("move", *peer, "--study", STUDY, "-o", out).code == 2
    assert dicom("move", *peer, "--study", STUDY, "+P", port).code == 2


# --- store -----------------------------------------------------------------------------------------------


def test_store_files_and_folders(dicom: Dicom, folder: Path) -> None:
    store = InMemoryStore()
    with blocking.StorageServer(store, ae_title="ANY-SCP") as server:
        done = dicom("store", HOST, server.port, folder)
        assert (done.code, done.error) == (0, "")
        assert done.out.startswith("10 of 10 sent, ")
        assert len(store) == 10
        one = folder / "1.2.1.1.1.dcm"
        done = dicom("store", HOST, server.port, one, folder / "readme.txt", "absent.dcm", "--json")
        assert done.code == 1
        outcomes = {str(one["source"]): one["outcome"] for one in done.objects}
        assert outcomes == {
            str(one): "sent",
            str(folder / "readme.txt"): "skipped",
            "absent.dcm": "failed",
        }
        done = dicom("store", HOST, server.port, "absent.dcm")
        assert done.code == 1
        assert done.error.startswith("dicom: absent.dcm: ")


# --- doctor ----------------------------------------------------------------------------------------------


def test_doctor(
    dicom: Dicom, peer: list[object], server: blocking.Server, port: int, tmp_path: Path
) -> None:
    trace = tmp_path / "trace.txt"
    reach = ["-aem", "OURS", "+P", port, "--bind", HOST]
    done = dicom("doctor", *peer, *reach, "--trace", trace)
    assert (done.code, done.error) == (0, "")
    assert "the peer reaches us" in done.out
    assert "C-MOVE to OURS answered with 0000H" in trace.read_text()
    done = dicom("doctor", HOST, server.port, "-aec", "OTHER", "--json")
    assert done.code == 1
    assert done.objects[0]["cause"] == "called-ae"
    done = dicom("doctor", *peer, "--for", "ModalityWorklistInformationModelFind")
    assert done.code == 1
    assert "WRONG  contexts" in done.out
    assert dicom("doctor", *peer, "--study", "1.2").code == 2


# --- listen ----------------------------------------------------------------------------------------------


def listening(*words: object) -> tuple["subprocess.Popen[str]", int]:
    """The command in a process of its own, and the port that it chose."""
    command = [sys.executable, "-m", "dicom_core", "listen", "0", *map(str, words)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith(("listening on ", "{")), line
    found = json.loads(line)["port"] if line.startswith("{") else line.split()[-1]
    return process, int(found)


def ended(process: "subprocess.Popen[str]", how: signal.Signals) -> Done:
    process.send_signal(how)
    out, error = process.communicate(timeout=60)
    return Done(process.returncode, out, error)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_listen_until_interrupted(folder: Path, tmp_path: Path, how: signal.Signals) -> None:
    process, port = listening("-o", tmp_path / "in", "--duplicates", "reject", "-v")
    result = blocking.store_directory(HOST, port, folder)
    assert result.succeeded == 10
    changed = instance(1)
    changed.dataset.PatientID = "OTHER"
    refused = blocking.store(HOST, port, changed)
    assert refused.status == 0x0111
    done = ended(process, how)
    assert done.code == 0
    assert len(list((tmp_path / "in").rglob("*.dcm"))) == 10
    assert any(line.endswith("DICOMPY at 127.0.0.1: 10 instances, 0.0 MB") for line in done.lines)
    assert "1.2.1.1.1: refused with 0111H" in done.error
    assert "OTHER" not in done.out + done.error


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
def test_listen_takes_those_that_are_allowed(folder: Path, tmp_path: Path) -> None:
    process, port = listening(
        "-o", tmp_path / "in", "--allow", "FRIEND", "--bind", HOST, "-aet", "KEEPER", "--json"
    )
    with pytest.raises(dn.AssociationRejected, match="calling AE"):
        blocking.verify(HOST, port, called_ae="KEEPER", calling_ae="STRANGER")
    with pytest.raises(dn.AssociationRejected, match="called AE"):
        blocking.verify(HOST, port, called_ae="OTHER", calling_ae="FRIEND")
    file = folder / "1.2.1.1.1.dcm"
    assert blocking.store(HOST, port, file, called_ae="KEEPER", calling_ae="FRIEND").success
    done = ended(process, signal.SIGTERM)
    events = [one["event"] for one in done.objects]
    assert events.count("AssociationRefused") == 2
    assert "InstanceReceived" in events
    assert events[-1] == "ServerStopped"


def test_listen_is_not_exposed_by_accident(dicom: Dicom, tmp_path: Path) -> None:
    done = dicom("listen", 0, "-o", tmp_path / "in", "--bind", "0.0.0.0")
    assert done.code == 2
    assert "--allow" in done.error
