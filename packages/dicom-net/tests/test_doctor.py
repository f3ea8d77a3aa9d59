"""The doctor names what is wrong: the same in all three ways of running it."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import anyio
import pytest
import trustme
from retrieving import CT, HOST, IMPLICIT, archive, free_port, store_of, ten

import dicom_net as dn
from dicom_net import blocking
from dicom_net.services import Finding, StepName, Verification
from dicom_net.services._doctor_probe import HELLO, Talk, judge

Doctor = Callable[..., dn.DoctorReport]
FAST = dn.Timeouts(connect=5, read=5, association=5)


def over_anyio(backend: str) -> Doctor:
    def run(host: str, port: int, **how: object) -> dn.DoctorReport:
        async def main() -> dn.DoctorReport:
            return await dn.doctor(host, port, **how)  # type: ignore[arg-type]

        return anyio.run(main, backend=backend)

    return run


@pytest.fixture(params=["asyncio", "trio", "blocking"])
def doctor(request: pytest.FixtureRequest) -> Doctor:
    return blocking.doctor if request.param == "blocking" else over_anyio(request.param)


def findings(report: dn.DoctorReport) -> dict[str, str]:
    return {step.name: str(step.finding) for step in report.steps}


def check(report: dn.DoctorReport, cause: str, at: StepName) -> None:
    """One cause, told at one step with advice; what comes after it is skipped."""
    assert report.cause == cause
    assert not report.is_well
    bad = [step for step in report.steps if step.finding is Finding.BAD]
    assert [step.name for step in bad] == [at]
    assert bad[0].text
    assert bad[0].advice
    assert bad[0].advice in str(report)


def test_where_all_is_well(doctor: Doctor) -> None:
    with blocking.Server(archive(), ae_title="QR") as server:
        report = doctor(HOST, server.port, called_ae="QR")
    assert report.is_well
    assert report.cause == ""
    assert findings(report) == {
        "dns": "good", "tcp": "good", "tls": "skipped", "association": "good",
        "contexts": "good", "echo": "good", "reach": "skipped",
    }  # fmt: skip
    trace = "\n".join(report.trace)
    assert "DICOMPY calls QR" in trace
    assert "C-ECHO answered with 0000H" in trace


def test_a_name_that_nobody_knows(doctor: Doctor) -> None:
    check(doctor("no-such-host.invalid", 104), "unknown-host", StepName.DNS)


def test_a_port_that_nobody_listens_on(doctor: Doctor) -> None:
    check(doctor(HOST, free_port()), "wrong-port", StepName.TCP)


def test_a_wrong_called_title(doctor: Doctor) -> None:
    with blocking.Server(archive(), ae_title="QR") as server:
        report = doctor(HOST, server.port, called_ae="OTHER")
    check(report, "called-ae", StepName.ASSOCIATION)
    assert "OTHER" in report.step("association").text


def test_a_calling_title_that_is_not_known(doctor: Doctor) -> None:
    policy = dn.AcceptancePolicy(allowed=["FRIEND"])
    with blocking.Server(archive(), policy=policy) as server:
        report = doctor(HOST, server.port, calling_ae="STRANGER")
    check(report, "calling-ae", StepName.ASSOCIATION)
    assert "STRANGER" in report.step("association").text


def test_a_context_that_is_refused(doctor: Doctor) -> None:
    with blocking.Server(Verification(), ae_title="ANY-SCP") as server:
        report = doctor(HOST, server.port, contexts=[(CT, [IMPLICIT])])
    check(report, "some-contexts", StepName.CONTEXTS)
    assert report.step("echo").finding is Finding.GOOD
    assert "CT Image Storage" in report.step("contexts").text
    assert any("abstract syntax not supported" in line for line in report.trace)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def tls_of(authority: trustme.CA) -> tuple[dn.TlsConfig, dn.TlsConfig]:
    """For a server and for a client."""
    issued = authority.issue_cert("localhost", HOST)
    chain = issued.private_key_pem.bytes() + b"".join(one.bytes() for one in issued.cert_chain_pems)
    server = dn.TlsConfig(identity=dn.TlsIdentity(chain))
    return server, dn.TlsConfig(roots=[authority.cert_pem.bytes()])


def test_a_peer_that_expects_tls(doctor: Doctor, authority: trustme.CA) -> None:
    server_tls, _ = tls_of(authority)
    with blocking.Server(Verification(), tls=server_tls) as server:
        report = doctor("localhost", server.port, timeouts=FAST)
    check(report, "tls-expected", StepName.TLS)


def test_a_peer_that_speaks_no_tls(doctor: Doctor, authority: trustme.CA) -> None:
    _, client_tls = tls_of(authority)
    with blocking.Server(Verification()) as server:
        report = doctor("localhost", server.port, tls=client_tls, timeouts=FAST)
    check(report, "tls-unexpected", StepName.TLS)


def test_a_certificate_that_is_not_trusted(doctor: Doctor, authority: trustme.CA) -> None:
    server_tls, _ = tls_of(authority)
    _, client_tls = tls_of(trustme.CA())
    with blocking.Server(Verification(), tls=server_tls) as server:
        report = doctor("localhost", server.port, tls=client_tls, timeouts=FAST)
    check(report, "tls-certificate", StepName.TLS)
    assert "authority" in report.step("tls").text or "authority" in report.step("tls").advice


def test_tls_that_is_well(doctor: Doctor, authority: trustme.CA) -> None:
    server_tls, client_tls = tls_of(authority)
    with blocking.Server(Verification(), tls=server_tls, ae_title="ANY-SCP") as server:
        report = doctor("localhost", server.port, tls=client_tls)
    assert report.is_well
    assert report.step("tls").finding is Finding.GOOD


@contextmanager
def answering(data: bytes, *, close: bool) -> Iterator[int]:
    """A port on which every connection gets these bytes once it has said something."""
    with socket.create_server((HOST, 0)) as listener:

        def serve() -> None:
            kept = []
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                kept.append(connection)
                connection.recv(65536)
                if data:
                    connection.sendall(data)
                if close:
                    connection.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


@pytest.mark.parametrize(
    ("data", "close", "cause", "word"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", True, "not-dicom", "HTTP"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", True, "not-dicom", "SSH"),
        (b"", True, "not-dicom", "closes"),
        (b"\x99 what is this", True, "not-dicom", "DICOM"),
        (b"\x07\x00\x00\x00\x00\x04\x00\x00\x02\x00", True, "aborted", "aborts"),
    ],
)
def test_what_listens_is_no_dicom_service(
    doctor: Doctor, data: bytes, close: bool, cause: str, word: str
) -> None:
    with answering(data, close=close) as port:
        report = doctor(HOST, port, timeouts=FAST)
    check(report, cause, StepName.ASSOCIATION)
    assert word in report.step("association").text


def reach_from(doctor: Doctor, port: int, **how: object) -> dn.DoctorReport:
    with blocking.Server(archive(port), ae_title="QR") as server:
        return doctor(HOST, server.port, called_ae="QR", **how)


def test_a_destination_that_is_reached(doctor: Doctor) -> None:
    port = free_port()
    reach = dn.Reach(ae_title="OURS", host=HOST, port=port)
    report = reach_from(doctor, port, reach=reach)
    assert report.is_well
    step = report.step("reach")
    assert step.finding is Finding.GOOD
    assert (step.facts["called"], step.facts["calling"]) == ("OURS", "QR")


def test_a_destination_that_is_unknown(doctor: Doctor) -> None:
    reach = dn.Reach(ae_title="UNKNOWN", host=HOST, port=free_port())
    check(reach_from(doctor, 1, reach=reach), "destination-unknown", StepName.REACH)


def test_a_destination_that_is_not_reached(doctor: Doctor) -> None:
    # the peer has another port for us
    reach = dn.Reach(ae_title="OURS", host=HOST, port=free_port())
    report = reach_from(doctor, free_port(), reach=reach)
    check(report, "destination-unreachable", StepName.REACH)


def test_a_peer_without_anything_to_send(doctor: Doctor) -> None:
    kit = dn.query_retrieve(store_of([]), destinations={"OURS": dn.Destination(host=HOST, port=1)})
    with blocking.Server(kit, ae_title="QR") as server:
        reach = dn.Reach(ae_title="OURS", host=HOST, port=free_port())
        report = doctor(HOST, server.port, called_ae="QR", reach=reach)
    assert report.is_well
    assert report.step("reach").finding is Finding.DOUBTFUL


def test_a_port_of_ours_that_is_taken(doctor: Doctor) -> None:
    with socket.create_server((HOST, 0)) as taken:
        reach = dn.Reach(ae_title="OURS", host=HOST, port=taken.getsockname()[1])
        report = reach_from(doctor, 1, reach=reach)
    check(report, "port-taken", StepName.REACH)


def test_the_trace_has_nothing_of_data_sets(doctor: Doctor) -> None:
    port = free_port()
    report = reach_from(doctor, port, reach=dn.Reach(ae_title="OURS", host=HOST, port=port))
    told = "\n".join([*report.trace, str(report)])
    for file in ten():
        assert str(file.dataset.PatientID) not in told
        assert str(file.dataset.SOPInstanceUID) not in told


@pytest.mark.parametrize(
    ("talk", "kind"),
    [
        (Talk(b"", closed=False), "silent"),
        (Talk(b"", closed=True), ""),
        (Talk(b"\x16\x03\x03\x00\x7a\x02", closed=False), "tls"),
        (Talk(b"\x15\x03\x01\x00\x02\x02\x28", closed=True), "tls"),
        (Talk(b"\x07\x00\x00\x00\x00\x04\x00\x00\x02\x01", closed=True), "dicom"),
        (Talk(b"<html>", closed=True), "HTTP"),
        (Talk(b"220 ready", closed=False), "mail or FTP"),
        (Talk(b"\x00\x01", closed=False), ""),
    ],
)
def test_what_speaks_is_told_from_its_first_bytes(talk: Talk, kind: str) -> None:
    assert judge(talk) == kind


def test_the_hello_is_one_record() -> None:
    assert HELLO[:3] == b"\x16\x03\x01"
    assert int.from_bytes(HELLO[3:5], "big") == len(HELLO) - 5
