"""Proposals and their answers: contexts one by one, roles, window, titles, identities."""

import pytest

from dicom_net import AcceptancePolicy, LocalProtocolError, Offer
from dicom_net._negotiation import answer, propose, rejection
from dicom_net.ul import (
    AnsweredContext,
    AssociateAC,
    AssociateRJ,
    AssociateRQ,
    OperationsWindow,
    ProposedContext,
    RejectReason,
    RoleSelection,
    SopClassExtended,
    UserIdentity,
)

CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
GET = "1.2.840.10008.5.1.4.1.2.2.3"
ECHO = "1.2.840.10008.1.1"
COMMITMENT = "1.2.840.10008.1.20.1"
PRIVATE = "1.3.6.1.4.1.99999.1"
IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
BIG = "1.2.840.10008.1.2.2"
J2K = "1.2.840.10008.1.2.4.90"
JLS = "1.2.840.10008.1.2.4.80"

OFFERS = (
    Offer(ECHO, [IMPLICIT]),
    Offer(CT, [EXPLICIT, IMPLICIT, J2K]),
    Offer(MR, [IMPLICIT, EXPLICIT], scu=True),
    Offer(COMMITMENT, [EXPLICIT], scp=False, scu=True),
    Offer(GET, [IMPLICIT], extended=lambda asked: bytes(one & 1 for one in asked)),
)


def request(**changes: object) -> AssociateRQ:
    fields: dict[str, object] = {
        "called": "US",
        "calling": "THEM",
        "contexts": [ProposedContext(1, ECHO, [IMPLICIT])],
    }
    return AssociateRQ(**(fields | changes))  # type: ignore[arg-type]


def accepted(wish: AssociateRQ, policy: AcceptancePolicy = AcceptancePolicy()) -> AssociateAC:  # noqa: B008
    got = answer(wish, OFFERS, policy)
    assert isinstance(got, AssociateAC)
    return got


# NET-136: what is proposed, the roles asked for, and the result with the transfer syntax chosen
PROPOSALS = [
    (ECHO, [IMPLICIT], None, 0, IMPLICIT),
    (ECHO, [EXPLICIT], None, 4, None),
    (ECHO, [EXPLICIT, IMPLICIT], None, 0, IMPLICIT),
    (CT, [IMPLICIT, EXPLICIT], None, 0, EXPLICIT),
    (CT, [EXPLICIT, IMPLICIT], None, 0, EXPLICIT),
    (CT, [J2K, IMPLICIT], None, 0, IMPLICIT),
    (CT, [J2K], None, 0, J2K),
    (CT, [JLS], None, 4, None),
    (CT, [JLS, BIG, J2K], None, 0, J2K),
    (CT, [IMPLICIT], (True, False), 0, IMPLICIT),
    (CT, [IMPLICIT], (True, True), 0, IMPLICIT),
    (CT, [IMPLICIT], (False, True), 1, None),
    (MR, [EXPLICIT, IMPLICIT], None, 0, IMPLICIT),
    (MR, [EXPLICIT, IMPLICIT], (False, True), 0, EXPLICIT),  # who only receives has the say
    (MR, [BIG], (True, True), 4, None),
    (COMMITMENT, [EXPLICIT], None, 1, None),
    (COMMITMENT, [EXPLICIT], (False, True), 0, EXPLICIT),
    (COMMITMENT, [EXPLICIT], (True, True), 0, EXPLICIT),
    (PRIVATE, [EXPLICIT], None, 3, None),
    (PRIVATE, [EXPLICIT], (True, True), 3, None),
]


@pytest.mark.parametrize("number", range(len(PROPOSALS)))
def test_each_context_is_answered_alone(number: int) -> None:
    syntax, transfer, role, result, chosen = PROPOSALS[number]
    roles = [] if role is None else [RoleSelection(syntax, *role)]
    got = accepted(request(contexts=[ProposedContext(7, syntax, transfer)], roles=roles))
    assert got.contexts == (AnsweredContext(7, result, chosen or transfer[0]),)


def test_all_of_them_in_one_association() -> None:
    """Contexts 1 to 255 are kept apart; those with a role of their own are asked for elsewhere."""
    plain = [row for row in PROPOSALS if row[2] is None] * 12
    contexts = propose((syntax, transfer) for syntax, transfer, *_ in plain[:128])
    assert [context.id for context in contexts] == list(range(1, 256, 2))
    got = accepted(request(contexts=contexts))
    wanted = [(context.id, row[3], row[4]) for context, row in zip(contexts, plain, strict=False)]
    assert [
        (one.id, one.result, one.transfer_syntax if one.is_accepted else None)
        for one in got.contexts
    ] == wanted


def test_the_order_of_the_server_decides_unless_the_policy_says_otherwise() -> None:
    wish = request(contexts=[ProposedContext(1, CT, [J2K, IMPLICIT, EXPLICIT])])
    for order in ([EXPLICIT, IMPLICIT, J2K], [IMPLICIT, J2K, EXPLICIT], [J2K]):
        got = answer(wish, [Offer(CT, order)])
        assert isinstance(got, AssociateAC)
        assert got.contexts[0].transfer_syntax == order[0]
    theirs = answer(wish, [Offer(CT, [IMPLICIT, J2K])], AcceptancePolicy(prefer_requestor=True))
    assert isinstance(theirs, AssociateAC)
    assert theirs.contexts[0].transfer_syntax == J2K


def test_an_association_without_an_accepted_context_is_answered() -> None:
    got = accepted(request(contexts=[ProposedContext(3, PRIVATE, [EXPLICIT])]))
    assert [one.result for one in got.contexts] == [3]


def test_roles_are_granted_as_far_as_they_were_asked_and_offered() -> None:
    asked = [
        RoleSelection(MR, True, True),
        RoleSelection(CT, True, True),
        RoleSelection(COMMITMENT, True, True),
        RoleSelection(ECHO, False, False),
        RoleSelection(PRIVATE, True, True),
    ]
    contexts = propose((role.sop_class, [IMPLICIT, EXPLICIT]) for role in asked)
    got = accepted(request(contexts=contexts, roles=asked))
    assert got.roles == (
        RoleSelection(MR, True, True),
        RoleSelection(CT, True, False),
        RoleSelection(COMMITMENT, False, True),
        RoleSelection(ECHO, False, False),
    )
    assert [one.result for one in got.contexts] == [0, 0, 0, 1, 3]


@pytest.mark.parametrize(
    ("asked", "ours", "agreed"),
    [
        (None, (8, 8), None),
        ((1, 1), (8, 8), (1, 1)),
        ((16, 2), (4, 4), (4, 2)),
        ((0, 0), (3, 5), (5, 3)),
        ((7, 9), (0, 0), (7, 9)),
        ((0, 0), (0, 0), (0, 0)),
    ],
)
def test_window(
    asked: tuple[int, int] | None, ours: tuple[int, int], agreed: tuple[int, int] | None
) -> None:
    """Ours is said from our side: what the requestor invokes, we perform."""
    got = accepted(
        request(window=None if asked is None else OperationsWindow(*asked)),
        AcceptancePolicy(window=OperationsWindow(*ours)),
    )
    assert got.window == (None if agreed is None else OperationsWindow(*agreed))


def test_service_class_information_is_answered_by_the_offer() -> None:
    asked = [SopClassExtended(GET, b"\1\0\3"), SopClassExtended(CT, b"\1")]
    got = accepted(request(extended=asked))
    assert got.extended == (SopClassExtended(GET, b"\1\0\1"),)


REFUSALS = [
    ("N13_version", {"protocol_version": 2}, {}, (1, 2, 2)),
    ("N13_context", {"application_context": "1.2.3"}, {}, (1, 1, 2)),
    ("N13_no_context", {"application_context": ""}, {}, (1, 1, 2)),
    ("N12_called_empty", {"called": ""}, {}, (1, 1, 7)),
    ("N12_called_control", {"called": "A\nB"}, {}, (1, 1, 7)),
    ("N12_called_latin", {"called": "\xc4E"}, {}, (1, 1, 7)),
    ("N12_called_backslash", {"called": "A\\B"}, {}, (1, 1, 7)),
    ("N12_called_other", {"called": "OTHER"}, {"ae_titles": "US"}, (1, 1, 7)),
    ("N12_calling_empty", {"calling": ""}, {}, (1, 1, 3)),
    ("N12_calling_control", {"calling": "\x1b[31m"}, {}, (1, 1, 3)),
    ("N12_calling_unknown", {}, {"allowed": ["FRIEND"]}, (1, 1, 3)),
    ("N12_calling_denied", {}, {"denied": ["THEM"]}, (1, 1, 3)),
    ("N14_missing", {}, {"needs_identity": True}, (1, 2, 1)),
    ("N14_empty", {"user_identity": UserIdentity(1, b"")}, {}, (1, 2, 1)),
    ("N14_unknown", {"user_identity": UserIdentity(9, b"x")}, {}, (1, 2, 1)),
]


@pytest.mark.parametrize(
    ("changes", "policy", "wanted"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS]
)
def test_refused_as_a_whole(
    changes: dict[str, object], policy: dict[str, object], wanted: tuple[int, int, int]
) -> None:
    got = answer(request(**changes), OFFERS, AcceptancePolicy(**policy))  # type: ignore[arg-type]
    assert got == AssociateRJ(*wanted)


def test_what_is_not_refused() -> None:
    policy = AcceptancePolicy(ae_titles=["US", "WE"], allowed=["THEM"], needs_identity=True)
    wish = request(user_identity=UserIdentity(2, b"\xff" * 65535, b"secret"))
    assert isinstance(answer(wish, OFFERS, policy), AssociateAC)
    assert answer(wish, OFFERS) == answer(wish, {one.abstract_syntax: one for one in OFFERS})


def test_the_identity_is_answered_where_that_is_wanted() -> None:
    for wants, response, wanted in ((True, b"ok", b"ok"), (True, None, None), (False, b"", None)):
        identity = UserIdentity(1, b"joe", wants_response=wants)
        got = answer(request(user_identity=identity), OFFERS, identity_response=response)
        assert isinstance(got, AssociateAC)
        assert got.identity_response == wanted


def test_a_reason_knows_whether_asking_again_helps() -> None:
    assert [rejection(reason) for reason in RejectReason] == [
        AssociateRJ(1, 1, 1),
        AssociateRJ(1, 1, 2),
        AssociateRJ(1, 1, 3),
        AssociateRJ(1, 1, 7),
        AssociateRJ(1, 2, 1),
        AssociateRJ(1, 2, 2),
        AssociateRJ(2, 3, 1),
        AssociateRJ(2, 3, 2),
    ]


def test_the_129th_proposal_is_refused_here() -> None:
    pairs = [(f"1.2.{number}", [IMPLICIT]) for number in range(128)]
    assert propose(pairs)[-1] == ProposedContext(255, "1.2.127", [IMPLICIT])
    with pytest.raises(LocalProtocolError, match="128"):
        propose([*pairs, (CT, [IMPLICIT])])


@pytest.mark.parametrize(
    "pair",
    [
        ("", [IMPLICIT]),
        (CT, []),
        (CT, IMPLICIT),
        ("a.b", [IMPLICIT]),
        (CT, ["1." * 33]),
        (CT, [""]),
    ],
)
def test_what_cannot_be_proposed(pair: tuple[str, list[str]]) -> None:
    with pytest.raises(LocalProtocolError):
        propose([pair])
