"""What the standard says of every server that offers Verification."""

from collections.abc import Callable, Sequence

import attrs

from ...dimse import CEchoRQ, NGetRQ, encode
from ...ul import (
    Abort,
    AssociateRQ,
    OperationsWindow,
    ProposedContext,
    ReleaseRQ,
    RoleSelection,
    UnknownItem,
)
from ...ul._pdus import encode_control
from .._script import Hear, HearEnd, Outcome, Say, Step, fragments, say
from ._checks import (
    accepted,
    echoes,
    every_context_answered,
    identified,
    nothing_unasked,
    rejected,
    role_not_wider,
    third_is,
    unsuccessful,
    window_not_wider,
)
from ._model import (
    ECHO,
    IMPLICIT,
    VERIFICATION,
    Case,
    FuzzTarget,
    Judged,
    Kind,
    Verdict,
    echo_answered,
    echo_steps,
    failed,
    opening,
)

__all__ = ["CONFORMANCE"]

_NOBODYS = "2.25.1"  # a UID that no server offers
_ANSWERS = ("A-ASSOCIATE-AC", "A-ASSOCIATE-RJ", "A-ABORT")


def _case(
    name: str,
    title: str,
    clause: str,
    steps: Callable[[FuzzTarget], Sequence[Step]],
    judge: Callable[[Outcome], Judged] = echo_answered,
) -> Case:
    return Case(
        name=name, title=title, kind=Kind.CONFORMANCE, clause=clause, steps=steps, judge=judge
    )


def _echo(**changes: object) -> Callable[[FuzzTarget], Sequence[Step]]:
    """An echo after a request with these changes."""
    return lambda target: [
        *opening(target, target.request(**changes)),
        *echo_steps(target),
    ]


def _raw_request(target: FuzzTarget, **places: bytes) -> bytes:
    """A request with bytes put at places such as ``at_8``."""
    raw = bytearray(encode_control(target.request()))
    for place, data in places.items():
        start = int(place.removeprefix("at_"))
        raw[start : start + len(data)] = data
    return bytes(raw)


def _ask(
    request: Callable[[FuzzTarget], AssociateRQ | bytes],
) -> Callable[[FuzzTarget], Sequence[Step]]:
    """Only a request, and its answer."""
    return lambda target: [
        say(request(target)),
        Hear(*_ANSWERS, within=target.patience),
        say(ReleaseRQ()),
        HearEnd("A-RELEASE-RP", within=0.3),
    ]


def _many_echoes(target: FuzzTarget) -> list[Step]:
    numbers = (1, 2, 0xFFFF)
    steps = opening(target)
    for number in numbers:
        steps += [
            Say(fragments(1, CEchoRQ(message_id=number))),
            Hear("P-DATA-TF", within=target.patience),
        ]
    return [*steps, say(ReleaseRQ()), Hear("A-RELEASE-RP", within=target.patience)]


def _with_unknown_elements(target: FuzzTarget) -> list[Step]:
    """A retired element and one that no edition knows, after the others (PS3.7 6.3.1)."""
    plain = encode(ECHO)[12:] + bytes.fromhex("0000 0051 02000000 6162 0000 f0ff 02000000 6162")
    command = bytes.fromhex("0000 0000 04000000") + len(plain).to_bytes(4, "little") + plain
    return [*opening(target), *[Say(fragments(1, command)), *echo_steps(target)[1:]]]


def _contexts(count: int) -> Callable[[FuzzTarget], AssociateRQ]:
    def make(target: FuzzTarget) -> AssociateRQ:
        return target.request(
            *(
                ProposedContext(number, VERIFICATION, (IMPLICIT,))
                for number in range(1, 2 * count, 2)
            )
        )

    return make


CONFORMANCE = (
    _case("C01", "association, C-ECHO, release", "PS3.4 A", _echo()),
    _case(
        "C02",
        "says which implementation it is",
        "PS3.7 D.3.3.2",
        _ask(lambda target: target.request()),
        accepted(identified),
    ),
    _case(
        "C03",
        "a request that comes byte by byte",
        "PS3.8 9.1.2",
        lambda target: [
            attrs.evolve(say(target.request()), drip=0.0),
            Hear("A-ASSOCIATE-AC", within=target.patience),
            *echo_steps(target),
        ],
    ),
    _case(
        "C04",
        "request of an echo and release in one segment",
        "PS3.8 9.1.2",
        lambda target: [
            *opening(target),
            say(fragments(1, ECHO), ReleaseRQ()),
            Hear("P-DATA-TF", within=target.patience),
            Hear("A-RELEASE-RP", within=target.patience),
        ],
    ),
    _case(
        "C05",
        "a command set in fragments of two bytes",
        "PS3.8 E.1",
        lambda target: [
            *opening(target),
            Say(fragments(1, ECHO, size=2)),
            *echo_steps(target)[1:],
        ],
    ),
    _case(
        "C06",
        "an abstract syntax that nobody has is answered alone: refused, not for its transfer syntax, or accepted",
        "PS3.8 9.3.3.2",
        _ask(
            lambda target: target.request(
                ProposedContext(1, VERIFICATION, (IMPLICIT,)),
                ProposedContext(3, _NOBODYS, (IMPLICIT,)),
            )
        ),
        accepted(third_is(0, 1, 2, 3)),
    ),
    _case(
        "C07",
        "a transfer syntax that nobody has is refused alone, and not for its abstract syntax",
        "PS3.8 9.3.3.2",
        _ask(
            lambda target: target.request(
                ProposedContext(1, VERIFICATION, (IMPLICIT,)),
                ProposedContext(3, VERIFICATION, (_NOBODYS,)),
            )
        ),
        accepted(third_is(1, 2, 4)),
    ),
    _case(
        "C08",
        "128 contexts are all answered",
        "PS3.8 9.3.2.2",
        _ask(_contexts(128)),
        accepted(every_context_answered(128)),
    ),
    _case(
        "C09",
        "unknown items of the user information are ignored",
        "PS3.8 D.2",
        _echo(unknown=(UnknownItem(0x5F, b"new"), UnknownItem(0xFE, bytes(100)))),
    ),
    _case(
        "C10",
        "reserved bytes are not looked at",
        "PS3.8 9.3.2",
        lambda target: [
            say(_raw_request(target, at_1=b"\xff", at_8=b"\xff\xff", at_42=b"\xff" * 32)),
            Hear("A-ASSOCIATE-AC", within=target.patience),
            *echo_steps(target),
        ],
    ),
    _case(
        "C11",
        "further versions of the protocol are not looked at",
        "PS3.8 9.3.2",
        _echo(protocol_version=3),
    ),
    _case(
        "C12",
        "without version 1 of the protocol it rejects (source 2, reason 2)",
        "PS3.8 9.3.4",
        _ask(lambda target: target.request(protocol_version=2)),
        rejected(2, 2),
    ),
    _case(
        "C13",
        "with another application context it rejects (source 1, reason 2)",
        "PS3.8 9.3.4",
        _ask(lambda target: target.request(application_context=_NOBODYS)),
        rejected(1, 2),
    ),
    _case(
        "C14",
        "answers no negotiation that was not asked for",
        "PS3.7 D.3.3",
        _ask(lambda target: target.request()),
        accepted(nothing_unasked),
    ),
    _case(
        "C15",
        "grants no wider window than was asked for",
        "PS3.7 D.3.3.3",
        _ask(lambda target: target.request(window=OperationsWindow(2, 2))),
        accepted(window_not_wider),
    ),
    _case(
        "C16",
        "grants no role that was not asked for",
        "PS3.7 D.3.3.4",
        _ask(
            lambda target: target.request(roles=(RoleSelection(VERIFICATION, scu=True, scp=False),))
        ),
        accepted(role_not_wider),
    ),
    _case(
        "C17",
        "unknown elements of a command set are ignored",
        "PS3.7 6.3.1",
        _with_unknown_elements,
    ),
    _case(
        "C18",
        "message IDs are answered as they came",
        "PS3.7 9.3.5",
        _many_echoes,
        echoes(1, 2, 0xFFFF),
    ),
    _case(
        "C19",
        "a service that Verification does not have fails",
        "PS3.7 10.1.2",
        lambda target: [
            *opening(target),
            Say(
                fragments(
                    1,
                    NGetRQ(
                        message_id=1,
                        requested_sop_class=VERIFICATION,
                        requested_sop_instance="1.2.3",
                    ),
                )
            ),
            HearEnd("P-DATA-TF", "A-ABORT", within=target.patience),
        ],
        unsuccessful,
    ),
    _case(
        "C20",
        "an association after one that was aborted",
        "PS3.8 9.2",
        lambda target: [*opening(target), say(Abort()), HearEnd(within=target.patience)],
        lambda outcome: (
            (Verdict.OK, "")
            if outcome.ended
            else (Verdict.HUNG, "the connection stays open after A-ABORT")
        ),
    ),
    _case(
        "C21",
        "a release without anything before it",
        "PS3.8 7.2",
        lambda target: [
            *opening(target),
            say(ReleaseRQ()),
            Hear("A-RELEASE-RP", within=target.patience),
        ],
        lambda outcome: failed(outcome) or (Verdict.OK, ""),
    ),
)
