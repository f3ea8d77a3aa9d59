"""`dicom_net.testing.fuzz` against a server of ours that is right, and against scripted ones that are not."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import pytest
from anyio.from_thread import start_blocking_portal
from ul_cases import ANSWER

from dicom_net import ConnectionFailed, LocalProtocolError, Server, blocking
from dicom_net.services import Verification
from dicom_net.testing import CASES, Case, FuzzTarget, Hear, Outcome, Verdict, fuzz
from dicom_net.testing._fuzz import Kind, named
from dicom_net.testing._stream import RawPdu
from dicom_net.ul import Abort, AssociateRJ
from dicom_net.ul._pdus import encode_control


@pytest.fixture(scope="module", params=["blocking", "asyncio", "trio"])
def target(request: pytest.FixtureRequest) -> Iterator[FuzzTarget]:
    """A server of ours, behind each door."""
    with ExitStack() as stack:
        server: Server | blocking.Server
        if request.param == "blocking":
            server = stack.enter_context(blocking.Server(Verification(), ae_title="OURS"))
        else:
            portal = stack.enter_context(start_blocking_portal(request.param))
            server = Server(Verification(), ae_title="OURS")
            stack.enter_context(portal.wrap_async_context_manager(server))
        yield FuzzTarget(host="127.0.0.1", port=server.port, called_ae="OURS", patience=3)


@pytest.mark.parametrize("name", sorted({case.name for case in CASES}))
def test_a_server_of_ours_passes(target: FuzzTarget, name: str) -> None:
    report = fuzz(target, named([name]))
    assert report.passed, str(report)
    assert json.loads(report.to_json())["passed"] is True


def test_changed_bytes_too(target: FuzzTarget) -> None:
    report = fuzz(target, (), random_cases=15, seed=100)
    assert report.passed, str(report)
    assert [result.case.name for result in report.results] == [f"R{n}" for n in range(100, 115)]


def test_only_this_machine_unless_somebody_says_that_he_may(target: FuzzTarget) -> None:
    import attrs

    far = attrs.evolve(target, host="192.0.2.1")
    with pytest.raises(LocalProtocolError, match="may be tested"):
        fuzz(far)
    with pytest.raises(ConnectionFailed, match="before anything was tested"):
        fuzz(attrs.evolve(target, called_ae="OTHER"))


def test_a_server_that_goes_down_ends_the_search(target: FuzzTarget) -> None:
    def breaks(_: FuzzTarget) -> Sequence[Hear]:
        raise OSError("gone")

    broken = Case(
        name="X",
        title="breaks",
        kind=Kind.HOSTILE,
        steps=breaks,
        judge=lambda _: (Verdict.OK, ""),
    )
    report = fuzz(target, [*named(["C01"]), broken, *named(["C02"])])
    assert [result.verdict for result in report.results] == [Verdict.OK, Verdict.DOWN]
    assert not report.passed
    assert "no connection: gone" in str(report)


def pdu(event: AssociateRJ | Abort) -> RawPdu:
    raw = encode_control(event)
    return RawPdu(raw[0], raw[6:])


ACCEPTED = RawPdu(2, encode_control(ANSWER)[6:])


@pytest.mark.parametrize(
    ("name", "outcome", "verdict", "text"),
    [
        ("C01", Outcome(failure="nothing for 5 s instead of P-DATA-TF"), Verdict.HUNG, "nothing"),
        ("C01", Outcome((ACCEPTED, pdu(Abort()))), Verdict.WRONG, "no response"),
        ("C12", Outcome((pdu(AssociateRJ(2, 2, 2)),)), Verdict.OK, ""),
        ("C12", Outcome((pdu(AssociateRJ(1, 1, 1)),)), Verdict.WRONG, "source 1, reason 1"),
        ("C12", Outcome((ACCEPTED,)), Verdict.WRONG, "accepted instead"),
        ("C12", Outcome(ended=True), Verdict.WRONG, "heard nothing"),
        ("C08", Outcome((ACCEPTED,)), Verdict.WRONG, "128 contexts were asked for, and 2 answered"),
        ("C07", Outcome((ACCEPTED,)), Verdict.WRONG, "result 0 instead of 1 or 2 or 4"),
        ("C18", Outcome((ACCEPTED,)), Verdict.WRONG, "got []"),
        ("C19", Outcome((ACCEPTED,)), Verdict.HUNG, ""),
        ("N02", Outcome((ACCEPTED,), failure="the connection is still open"), Verdict.HUNG, "open"),
        ("N02", Outcome((pdu(Abort(2, 6)),)), Verdict.OK, ""),
        ("N04", Outcome(), Verdict.HUNG, "nothing"),
    ],
)
def test_what_an_outcome_means(name: str, outcome: Outcome, verdict: Verdict, text: str) -> None:
    judged = named([name])[0].judge(outcome)
    assert judged[0] is verdict
    assert text in judged[1]
