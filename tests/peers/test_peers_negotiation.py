"""NET-005, NET-136: our answers to proposals as pynetdicom and DCMTK understand them, and theirs to ours."""

import re
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pydicom.data
import pytest
from pynetdicom import AE
from pynetdicom.pdu_primitives import SCP_SCU_RoleSelectionNegotiation

from dicom_net import AcceptancePolicy, LocalProtocolError, Offer
from dicom_net._operation import Operation, write
from dicom_net.blocking import Server, associate
from dicom_net.dimse import Begin
from dicom_net.services import Seat

from .programs import HOST, Storescp, environment

CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
ECHO = "1.2.840.10008.1.1"
COMMITMENT = "1.2.840.10008.1.20.1"
PRIVATE = "1.3.6.1.4.1.99999.1"
IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
BIG = "1.2.840.10008.1.2.2"
J2K = "1.2.840.10008.1.2.4.90"
JLS = "1.2.840.10008.1.2.4.80"
FILE = Path(pydicom.data.__file__).parent / "test_files" / "CT_small.dcm"


class Offering:
    """A provider that has offers, and serves nothing."""

    def __init__(self, *offers: Offer) -> None:
        self._offers = offers

    def offers(self) -> Iterable[Offer]:
        return self._offers

    def respond(self, seat: Seat, begin: Begin) -> Operation[None]:
        yield from write([])
        raise LocalProtocolError("nothing is served here")  # the association is aborted


@contextmanager
def listening(*offers: Offer, prefer_requestor: bool = False) -> Iterator[int]:
    """The port of a server that makes these offers."""
    policy = AcceptancePolicy(ae_titles="OURS", prefer_requestor=prefer_requestor)
    with Server(Offering(*offers), policy=policy) as server:
        yield server.port


OFFERS = (
    Offer(ECHO, [IMPLICIT]),
    Offer(CT, [EXPLICIT, IMPLICIT, J2K]),
    Offer(MR, [IMPLICIT, EXPLICIT], scu=True),
    Offer(COMMITMENT, [EXPLICIT], scp=False, scu=True),
)

# What is proposed, and its result with the transfer syntax that is chosen
PROPOSALS = [
    (ECHO, [IMPLICIT], 0, IMPLICIT),
    (ECHO, [EXPLICIT], 4, None),
    (ECHO, [EXPLICIT, IMPLICIT], 0, IMPLICIT),
    (ECHO, [IMPLICIT, EXPLICIT, BIG], 0, IMPLICIT),
    (CT, [IMPLICIT, EXPLICIT], 0, EXPLICIT),
    (CT, [EXPLICIT, IMPLICIT], 0, EXPLICIT),
    (CT, [J2K, IMPLICIT], 0, IMPLICIT),
    (CT, [J2K], 0, J2K),
    (CT, [JLS], 4, None),
    (CT, [JLS, BIG, J2K], 0, J2K),
    (CT, [IMPLICIT], 0, IMPLICIT),
    (CT, [BIG], 4, None),
    (MR, [EXPLICIT, IMPLICIT], 0, IMPLICIT),
    (MR, [EXPLICIT], 0, EXPLICIT),
    (MR, [J2K, JLS], 4, None),
    (MR, [BIG, EXPLICIT], 0, EXPLICIT),
    (PRIVATE, [EXPLICIT], 3, None),
    (PRIVATE, [IMPLICIT, EXPLICIT], 3, None),
    (COMMITMENT, [IMPLICIT, EXPLICIT], 1, None),
    (COMMITMENT, [EXPLICIT], 1, None),
]


def asked_by_pynetdicom(
    port: int,
    proposals: list[tuple[str, list[str]]],
    roles: dict[str, tuple[bool, bool]] | None = None,
) -> dict[int, tuple[int, str | None]]:
    """The result of each context, and the transfer syntax of those that were accepted."""
    entity = AE(ae_title="THEIRS")
    for name, syntaxes in proposals:
        entity.add_requested_context(name, syntaxes)
    selections: list[Any] = []
    for name, (scu, scp) in (roles or {}).items():
        item = SCP_SCU_RoleSelectionNegotiation()
        item.sop_class_uid, item.scu_role, item.scp_role = name, scu, scp
        selections.append(item)
    association = entity.associate(HOST, port, ae_title="OURS", ext_neg=selections)
    contexts = [*association.accepted_contexts, *association.rejected_contexts]
    found: dict[int, tuple[int, str | None]] = {}
    for context in contexts:
        accepted = context.result == 0
        syntax = str(context.transfer_syntax[0]) if accepted else None
        assert context.context_id is not None
        found[context.context_id] = (int(context.result or 0), syntax)
    if association.is_established:
        association.release()
    return found


def test_twenty_proposals_of_pynetdicom_NET136() -> None:
    with listening(*OFFERS) as port:
        found = asked_by_pynetdicom(port, [(name, syntaxes) for name, syntaxes, *_ in PROPOSALS])
    assert found == {
        2 * number + 1: (result, chosen) for number, (*_, result, chosen) in enumerate(PROPOSALS)
    }


def test_contexts_1_to_255_are_kept_apart_NET136() -> None:
    rows = (PROPOSALS * 7)[:128]
    with listening(*OFFERS) as port:
        found = asked_by_pynetdicom(port, [(name, syntaxes) for name, syntaxes, *_ in rows])
    assert found == {
        2 * number + 1: (result, chosen) for number, (*_, result, chosen) in enumerate(rows)
    }


def test_swapping_the_order_of_preference_swaps_the_choice_NET136() -> None:
    proposal = [(CT, [JLS, J2K, IMPLICIT, EXPLICIT])]
    for order in ([J2K, EXPLICIT], [EXPLICIT, J2K], [IMPLICIT, JLS]):
        with listening(Offer(CT, order)) as port:
            assert asked_by_pynetdicom(port, proposal) == {1: (0, order[0])}
    with listening(Offer(CT, [EXPLICIT, J2K]), prefer_requestor=True) as port:
        assert asked_by_pynetdicom(port, proposal) == {1: (0, J2K)}


def test_roles_as_pynetdicom_asks_for_them() -> None:
    with listening(*OFFERS) as port:
        found = asked_by_pynetdicom(
            port,
            [(MR, [IMPLICIT]), (COMMITMENT, [EXPLICIT]), (CT, [EXPLICIT])],
            {MR: (True, True), COMMITMENT: (False, True), CT: (False, True)},
        )
    assert [found[number][0] for number in (1, 3, 5)] == [0, 0, 1]


def seen_by_storescu(port: int, *options: str) -> list[tuple[str, str]]:
    """The contexts of its log: accepted or not, and the transfer syntax that it says was accepted."""
    done = subprocess.run(
        ["storescu", "-d", "-R", "-aec", "OURS", *options, HOST, str(port), str(FILE)],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    answer = (done.stdout + done.stderr).partition("BEGIN A-ASSOCIATE-AC")[2]
    answer = answer.partition("END A-ASSOCIATE-AC")[0]
    contexts = re.split(r"Context ID:\s+", answer)[1:]
    found = []
    for context in contexts:
        result = re.search(r"\((.*?)\)", context)
        syntax = re.search(r"Accepted Transfer Syntax: =(\w+)", context)
        assert result is not None
        found.append((result.group(1), syntax.group(1) if syntax else ""))
    return found


@pytest.mark.parametrize(
    ("order", "wanted"),
    [
        ([EXPLICIT, IMPLICIT], [("Accepted", "LittleEndianExplicit")]),
        ([IMPLICIT, EXPLICIT], [("Accepted", "LittleEndianImplicit")]),
        ([BIG, IMPLICIT], [("Accepted", "BigEndianExplicit")]),
        ([J2K], [("Transfer Syntaxes Not Supported", "")]),
    ],
)
def test_storescu_sees_what_we_chose_NET136(
    peer: Callable[[str], str], order: list[str], wanted: list[tuple[str, str]]
) -> None:
    peer("storescu")
    with listening(Offer(CT, order)) as port:
        assert seen_by_storescu(port, "+C") == wanted


def test_storescu_sees_that_nothing_is_offered_NET136(peer: Callable[[str], str]) -> None:
    peer("storescu")
    with listening(Offer(MR, [EXPLICIT])) as port:
        assert {result for result, _ in seen_by_storescu(port)} == {"Abstract Syntax Not Supported"}


def test_128_contexts_to_storescp_and_not_one_more_NET005(
    peer: Callable[[str], str], tmp_path: Path
) -> None:
    peer("storescp")
    pairs = [(CT, [EXPLICIT if number % 2 else IMPLICIT]) for number in range(128)]
    with Storescp(tmp_path) as scp:
        with associate(HOST, scp.port, pairs, called_ae=scp.title) as association:
            answers = association.answer.contexts
            assert sorted(one.id for one in answers) == list(range(1, 256, 2))
            assert all(one.is_accepted for one in answers)
        with (
            pytest.raises(LocalProtocolError, match="128"),
            associate(HOST, scp.port, [*pairs, (MR, [IMPLICIT])], called_ae=scp.title),
        ):
            pass
