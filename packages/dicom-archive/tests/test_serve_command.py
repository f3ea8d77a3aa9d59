"""`dicom serve` in a process of its own: what it prints, how it ends, and what it refuses in one line."""

import json
import os
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from nodes import HOST, instance, ten

import dicom_net as dn
from dicom_archive.node import ServeSettings
from dicom_core import write_dataset
from dicom_core.cli._run import run
from dicom_net import blocking
from dicom_net.dimse import Begin, CStoreRQ

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")

WORDS = [sys.executable, "-m", "dicom_core", "serve"]


class Served:
    """A node, by what it says in JSON."""

    def __init__(self, *words: object) -> None:
        command = [*WORDS, "--dimse", "0", "--json", *map(str, words)]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(self.process.communicate(timeout=60)[1])
        self.started: dict[str, Any] = json.loads(line)
        self.port = int(self.started["port"])
        self.where = (HOST, self.port)

    def end(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, list[dict[str, Any]], str]:
        """Its exit code, its events, its log."""
        self.process.send_signal(how)
        out, error = self.process.communicate(timeout=60)
        return self.process.returncode, [json.loads(line) for line in out.splitlines()], error


@contextmanager
def serving(*words: object) -> Iterator[Served]:
    served = Served(*words)
    try:
        yield served
    finally:
        if served.process.poll() is None:
            served.process.kill()
        served.process.communicate()


Dicom = Callable[..., tuple[int, str, str]]


@pytest.fixture
def dicom(capfdbinary: pytest.CaptureFixture[bytes]) -> Dicom:
    """Run the command in this process; for what ends at once."""

    def call(*words: object) -> tuple[int, str, str]:
        code = run([str(word) for word in words])
        captured = capfdbinary.readouterr()
        return code, captured.out.decode(), captured.err.decode()

    return call


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_instances_outlast_the_process(how: signal.Signals, tmp_path: Path) -> None:
    with serving("--data", tmp_path / "a", "-aet", "ARCHIVE") as served:
        assert served.started["ae_title"] == "ARCHIVE"
        assert blocking.store_batch(*served.where, ten()).succeeded == 10
        code, events, log = served.end(how)
    assert code == 0
    names = [event["event"] for event in events]
    assert names == [
        "AssociationEstablished", *["InstanceReceived"] * 10, "AssociationReleased", "ServerStopped",
    ]  # fmt: skip
    assert "dicom_net.association: association 1: released" in log
    assert "1.2.1.1.1" not in log  # each instance is for --log-level debug
    with serving("--data", tmp_path / "a") as served:
        (study,) = blocking.find_studies(*served.where)
        assert study.number_of_instances == 10
        got = blocking.get_study(*served.where, "1.2.1")
        assert {str(one.dataset.SOPInstanceUID) for one in got.files} == {
            str(one.dataset.SOPInstanceUID) for one in ten()
        }


def test_what_it_prints_can_be_typed(tmp_path: Path) -> None:
    """The three commands to try next work as they stand."""
    process = subprocess.Popen(
        [*WORDS, "--dimse", "0", "--data", tmp_path / "a", "--log", "off"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    lines = [process.stdout.readline().rstrip() for _ in range(9)]
    assert lines[0].startswith("DICOMPY listens on 127.0.0.1 port ")
    assert lines[1] == f"data: {tmp_path / 'a'} (0 instances)"
    file = tmp_path / "one.dcm"
    file.write_bytes(instance(1).to_bytes())
    commands = [line.split() for line in lines if line.startswith("  dicom ")]
    assert [words[1] for words in commands] == ["echo", "store", "find"]
    said = ""
    for words in commands:
        typed = [str(file) if word == "FILES" else word for word in words[1:]]
        said += subprocess.run(
            [sys.executable, "-m", "dicom_core", *typed], capture_output=True, text=True, check=True
        ).stdout
    assert "DICOMPY answers" in said
    assert "Smith^Adam" in said
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=60)
    assert (process.returncode, out, error) == (0, "", "")


def test_log_lines_are_objects(tmp_path: Path) -> None:
    with serving("--data", tmp_path / "a", "--log", "json", "--log-level", "debug") as served:
        assert blocking.store(*served.where, instance(1)).success
        blocking.find_studies(*served.where, patient_name="Smith*")
        _, _, log = served.end()
    records = [json.loads(line) for line in log.splitlines()]
    assert {"time", "level", "logger", "message"} <= set(records[0])
    stored = next(one for one in records if one["logger"] == "dicom_net.storage")
    assert (stored["instance"], stored["association"]) == ("1.2.1.1.1", 1)
    assert "Smith" not in log
    assert "P1" not in log


def test_an_occupied_port_is_one_line(tmp_path: Path, dicom: Dicom) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        for workers in (1, 2):
            code, out, error = dicom(
                "serve", "--dimse", port, "--data", tmp_path / "a", "--workers", workers
            )
            assert (code, out) == (1, "")
            assert error.count("\n") == 1
            assert f"{HOST} port {port}" in error
            assert "in use" in error


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--bind", "0.0.0.0"], "--any-ae"),
        (["--to", "WS"], "AE=HOST:PORT"),
        (["--to", "WS=h:0"], "must be >= 1"),
        (["--to", "A\\B=h:1"], "AE title"),
        (["--tls-key", __file__], "--tls-cert"),
        (["--workers", "0"], "--workers"),
        (["--config", "/nowhere/x.toml"], "No such file"),
    ],
)
def test_mistakes_are_one_sentence(
    words: list[str], said: str, dicom: Dicom, tmp_path: Path
) -> None:
    code, out, error = dicom("serve", "--data", tmp_path / "a", *words)
    assert code in {1, 2}
    assert out == ""
    assert said in error
    assert "Traceback" not in error
    assert not (tmp_path / "a").exists()


def test_a_wrong_file_is_told_with_its_key(dicom: Dicom, tmp_path: Path) -> None:
    file = tmp_path / "serve.toml"
    file.write_text('duplicates = "sometimes"\n')
    code, _, error = dicom("serve", "--config", file)
    assert code == 1
    assert "'duplicates' is one of keep, replace, reject" in error


def test_settings_are_printed_and_options_win(dicom: Dicom, tmp_path: Path) -> None:
    file = tmp_path / "serve.toml"
    file.write_text(
        'data = "x"\ndimse = 104\nae_title = "FILE"\ndurable = false\n'
        '[limits]\nidle = 5\n[[destination]]\nae = "A"\nhost = "h"\nport = 1\n'
    )
    words = ("--config", file, "-aet", "OPTION", "--to", "A=[::1]:2", "--to", "B=h:3")
    code, out, _ = dicom("serve", *words, "--reserve", "0", "--allow", "CT", "--print-config")
    assert code == 0
    printed = tomllib.loads(out)
    assert (printed["ae_title"], printed["dimse"], printed["durable"]) == ("OPTION", 104, False)
    assert printed["data"] == str(tmp_path / "x")
    settings = ServeSettings.from_toml(out)
    assert [(one.ae, one.host, one.port) for one in settings.destinations] == [
        ("A", "::1", 2), ("B", "h", 3),
    ]  # fmt: skip
    assert settings.limits.idle == 5
    assert (settings.disk.refuse, settings.allowed) == (0, frozenset({"CT"}))
    assert not (tmp_path / "x").exists()


def test_settings_may_lie_in_the_folder(tmp_path: Path, dicom: Dicom) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    (folder / "archive.toml").write_text('ae_title = "THERE"\ndata = "elsewhere"\n')
    code, out, _ = dicom("serve", "--data", folder, "--print-config")
    assert code == 0
    assert tomllib.loads(out)["ae_title"] == "THERE"
    assert tomllib.loads(out)["data"] == str(folder)


CT_CONTEXTS = [("1.2.840.10008.5.1.4.1.1.2", ["1.2.840.10008.1.2.1"])]


def half_sent(peer: blocking.Association, number: int) -> bytes:
    """Send half of a C-STORE; the other half."""
    uid, (syntax,) = CT_CONTEXTS[0]
    request = CStoreRQ(
        message_id=peer.exchange.next_message_id(),
        affected_sop_class=uid,
        affected_sop_instance=f"1.2.1.1.{number}",
    )
    data = write_dataset(instance(number).dataset, syntax)
    begin = Begin(peer.exchange.context_for(uid).id, request)
    message = b"".join(peer.exchange.send_message(begin, [data]))
    peer.sock.sendall(message[:-50])
    return message[-50:]


def refused(served: Served) -> None:
    """Wait until it takes no new associations."""
    try:
        while True:
            blocking.verify(*served.where)
    except dn.NetworkError:
        return


def test_what_is_half_sent_is_finished(tmp_path: Path) -> None:
    with serving("--data", tmp_path / "a") as served:
        with blocking.associate(*served.where, CT_CONTEXTS) as peer:
            rest = half_sent(peer, 1)
            served.process.send_signal(signal.SIGTERM)
            refused(served)
            peer.sock.sendall(rest)
            out, _ = served.process.communicate(timeout=60)
            peer.abort()
        assert served.process.returncode == 0
        assert json.loads(out.splitlines()[-1])["event"] == "ServerStopped"
    with serving("--data", tmp_path / "a") as served:
        (study,) = blocking.find_studies(*served.where)
        assert study.number_of_instances == 1


def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    with serving("--data", tmp_path / "a") as served:
        with blocking.associate(*served.where, CT_CONTEXTS) as peer:
            half_sent(peer, 1)
            served.process.send_signal(signal.SIGTERM)
            refused(served)
            code, events, _ = served.end()
            peer.abort()
        assert code == 1
        assert events[-1]["event"] == "ServerStopped"
    with serving("--data", tmp_path / "a") as served:
        assert blocking.find_studies(*served.where) == []


def test_workers_share_a_port_and_one_that_dies_is_started_again(tmp_path: Path) -> None:
    with serving("--data", tmp_path / "a", "--workers", 2) as served:
        assert blocking.store_batch(*served.where, ten()).succeeded == 10
        (study,) = blocking.find_studies(*served.where)
        assert study.number_of_instances == 10
        children = f"/proc/{served.process.pid}/task/{served.process.pid}/children"
        if os.path.exists(children):
            victim = int(Path(children).read_text("ascii").split()[0])
            os.kill(victim, signal.SIGKILL)
            assert served.process.stdout is not None
            while (event := json.loads(served.process.stdout.readline()))["event"] != "WorkerDied":
                assert "worker" in event
            assert "by signal 9" in event["error"]
        for _ in range(8):  # by whoever is there
            assert blocking.verify(*served.where).success
        code, events, log = served.end()
    assert code == 0
    assert events[-1]["event"] == "ServerStopped"
    assert "Traceback" not in log
    assert not [name for name in os.listdir(tmp_path / "a") if name.endswith("-wal")]


@pytest.mark.skipif(not os.path.exists("/proc/self/task"), reason="needs the /proc of Linux")
def test_workers_end_with_their_parent(tmp_path: Path) -> None:
    with serving("--data", tmp_path / "a", "--workers", 2) as served:
        assert blocking.verify(*served.where).success
        served.process.kill()
        # Its end closes the pipes that its children have, too, when they are gone
        served.process.communicate(timeout=60)
        with pytest.raises(dn.ConnectionFailed):
            blocking.verify(*served.where)


@pytest.mark.slow
def test_a_demonstration_leaves_nothing_behind() -> None:
    pytest.importorskip("numpy")
    with serving("--demo", "--log", "off") as served:
        folder = Path(served.started["data"])
        assert folder.is_dir()
        assert len(blocking.find_studies(*served.where)) > 5
        code, _, error = served.end()
    assert (code, error) == (0, "")
    assert not folder.exists()
