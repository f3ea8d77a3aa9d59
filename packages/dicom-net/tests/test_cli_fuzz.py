"""``dicom fuzz``: what it prints, its exit codes, and whom it does not test."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from dicom_core.cli._run import run
from dicom_net import TlsConfig, TlsIdentity
from dicom_net.blocking import Server
from dicom_net.services import Verification
from dicom_net.testing import CASES, Close, scripted_server

pytest.importorskip("click")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server([Verification()], port=0, ae_title="OURS") as server:
        yield server


@pytest.fixture
def dicom(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def call(*words: object) -> tuple[int, str, str]:
        code = run(["fuzz", *map(str, words)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


Dicom = Callable[..., tuple[int, str, str]]


def test_cases_are_told_as_they_are_played(dicom: Dicom, server: Server) -> None:
    code, out, _ = dicom("127.0.0.1", server.port, "-aec", "OURS", "--case", "C0", "--case", "N01")
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "ok     C01   association, C-ECHO, release (PS3.4 A)"
    assert lines[-2:] == ["conformance: 9 of 9 ok", "hostile: 4 of 4 ok"]


def test_for_machines(dicom: Dicom, server: Server) -> None:
    code, out, _ = dicom(
        "localhost", server.port, "--aec", "OURS", "--json", "--case", "C01", "--patience", 3
    )
    assert code == 0
    case, summary = map(json.loads, out.splitlines())
    assert (case["name"], case["verdict"], case["heard"][0]) == ("C01", "ok", "A-ASSOCIATE-AC")
    assert summary["passed"] is True
    assert summary["counts"]["conformance"]["ok"] == 1


def test_faults_alone(dicom: Dicom, server: Server) -> None:
    code, out, _ = dicom("127.0.0.1", server.port, "-aec", "OURS", "--faults", "--case", "N07")
    assert (code, out) == (0, "hostile: 4 of 4 ok\n")


@pytest.mark.parametrize("words", [["192.0.2.1", 104], ["192.0.2.1", 104, "--json"]])
def test_another_host_needs_a_word(dicom: Dicom, words: list[object]) -> None:
    code, out, error = dicom(*words)
    assert (code, out) == (1, "")
    assert error.count("\n") == 1
    assert "--i-may-test-this-host" in error


def test_a_server_that_answers_nothing_to_begin_with(dicom: Dicom) -> None:
    with scripted_server([Close()]) as peer:
        code, _, error = dicom("127.0.0.1", peer.port, "--patience", 0.3)
    assert code == 1
    assert "before anything was tested" in error


def test_the_list_of_cases(dicom: Dicom) -> None:
    code, out, _ = dicom("--list")
    assert code == 0
    assert len(out.splitlines()) == len(CASES)


def test_no_such_case(dicom: Dicom) -> None:
    code, _, error = dicom("127.0.0.1", 104, "--case", "Z")
    assert code == 2
    assert "no case has such a name: Z" in error


def test_over_tls(dicom: Dicom, tmp_path: Path) -> None:
    authority = trustme.CA()
    certificate, roots = tmp_path / "server.pem", tmp_path / "roots.pem"
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(certificate)
    authority.cert_pem.write_to_path(roots)
    tls = TlsConfig(identity=TlsIdentity(certificate))
    with Server([Verification()], tls=tls, ae_title="OURS") as server:
        words = ["localhost", server.port, "--aec", "OURS", "--patience", 3]
        chosen = [word for name in ("C01", "N02", "N15", "N27") for word in ("--case", name)]
        code, out, error = dicom(*words, *chosen, "+cf", roots)
        assert (code, error) == (0, ""), out
        code, _, error = dicom(*words, "--case", "C01")
        assert code == 1
        assert "before anything was tested" in error
