"""What the standard says of every server that offers Verification."""

from collections.abc import Callable, Sequence

import attrs

from ...dimse import CEchoRQ, CEchoRSP, NGetRQ, encode
from ...ul import (
    Abort,
    AssociateAC,
    AssociateRJ,
    AssociateRQ,
    OperationsWindow,
    ProposedContext,
    ReleaseRQ,
    RoleSelection,
    UnknownItem,
)
from ...ul._pdus import encode_control
from .._script import Hear, HearEnd, Outcome, Say, Step, fragments, say
from ._model import (
    ECHO,
    IMPLICIT,
    VERIFICATION,
    Case,
    FuzzTarget,
    Judged,
    Kind,
    Verdict,
    answer_of,
    commands_of,
    echo_answered,
    echo_steps,
    failed,
    heard,
    opening,
    said,
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


def _rejected(source: int, reason: int) -> Callable[[Outcome], Judged]:
    """An A-ASSOCIATE-RJ with these numbers, for now or for good."""

    def judge(outcome: Outcome) -> Judged:
        answer = answer_of(outcome)
        if isinstance(answer, AssociateRJ) and (answer.source, answer.reason) == (source, reason):
            return Verdict.OK, ""
        if answer is None:
            return failed(outcome) or (Verdict.WRONG, f"heard {heard(outcome)}")
        if isinstance(answer, AssociateRJ):
            got = f"rejected with source {answer.source}, reason {answer.reason}"
        else:
            got = "accepted" if isinstance(answer, AssociateAC) else "aborted"
        return Verdict.WRONG, f"{got} instead of rejected with source {source}, reason {reason}"

    return judge


def _accepted(check: Callable[[AssociateAC], str]) -> Callable[[Outcome], Judged]:
    """An A-ASSOCIATE-AC in which nothing is wrong."""

    def judge(outcome: Outcome) -> Judged:
        answer = answer_of(outcome)
        if not isinstance(answer, AssociateAC):
            return failed(outcome) or (Verdict.WRONG, f"heard {heard(outcome)}")
        text = check(answer)
        return (Verdict.WRONG if text else Verdict.OK), text

    return judge


def _every_context_answered(count: int) -> Callable[[AssociateAC], str]:
    def check(answer: AssociateAC) -> str:
        ids = sorted(context.id for context in answer.contexts)
        if ids == list(range(1, 2 * count, 2)):
            return ""
        return f"{count} contexts were asked for, and {len(ids)} answered"

    return check


def _third_is(*wanted: int) -> Callable[[AssociateAC], str]:
    """Context 1 is accepted, and context 3 answered with one of these."""

    def check(answer: AssociateAC) -> str:
        got = {context.id: int(context.result) for context in answer.contexts}
        if got.get(1) != 0:
            return f"context 1, which is as always, got result {got.get(1)}"
        if got.get(3) in wanted:
            return ""
        return f"result {got.get(3)} instead of {' or '.join(map(str, wanted))}"

    return check


def _identified(answer: AssociateAC) -> str:
    missing = [] if answer.implementation_class else ["no Implementation Class UID"]
    if answer.application_context != "1.2.840.10008.3.1.1.1":
        missing.append(f"application context {answer.application_context!a}")
    if not answer.protocol_version & 1:
        missing.append("bit 0 of the protocol version is not set")
    return ", ".join(missing)


def _nothing_unasked(answer: AssociateAC) -> str:
    given = {
        "a window": answer.window,
        "roles": answer.roles,
        "extended negotiation": answer.extended,
        "an identity": answer.identity_response is not None,
    }
    there = [name for name, value in given.items() if value]
    return f"answers what was not asked for: {', '.join(there)}" if there else ""


def _window_not_wider(answer: AssociateAC) -> str:
    window = answer.window
    if window is None or (1 <= window.invoked <= 2 and 1 <= window.performed <= 2):
        return ""
    return f"a window of 2 and 2 was asked for, {window.invoked} and {window.performed} granted"


def _role_not_wider(answer: AssociateAC) -> str:
    wider = [role for role in answer.roles if role.scp]
    return "the role of the SCP was granted, and not asked for" if wider else ""


def _unsuccessful(outcome: Outcome) -> Judged:
    """A response that is no success, or an abort: the request cannot be performed."""
    if "A-ABORT" in outcome.names or outcome.ended:
        return Verdict.OK, ""
    commands = commands_of(outcome.heard)
    if not commands:
        return failed(outcome) or (Verdict.HUNG, f"heard {heard(outcome)}")
    status = getattr(commands[0], "status", None)
    if isinstance(commands[0], str) or status is None:
        return Verdict.WRONG, f"answered by {said(commands[0])}"
    return (Verdict.OK, "") if status else (Verdict.WRONG, "answered with success")


def _echoes(*numbers: int) -> Callable[[Outcome], Judged]:
    def judge(outcome: Outcome) -> Judged:
        commands = commands_of(outcome.heard)
        got = [
            one.responded_to if isinstance(one, CEchoRSP) and not one.status else said(one)
            for one in commands
        ]
        if sorted(map(str, got)) == sorted(map(str, numbers)):
            return Verdict.OK, ""
        return failed(outcome) or (Verdict.WRONG, f"messages {list(numbers)} got {got}")

    return judge


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
        _accepted(_identified),
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
        _accepted(_third_is(0, 1, 2, 3)),
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
        _accepted(_third_is(1, 2, 4)),
    ),
    _case(
        "C08",
        "128 contexts are all answered",
        "PS3.8 9.3.2.2",
        _ask(_contexts(128)),
        _accepted(_every_context_answered(128)),
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
        _rejected(2, 2),
    ),
    _case(
        "C13",
        "with another application context it rejects (source 1, reason 2)",
        "PS3.8 9.3.4",
        _ask(lambda target: target.request(application_context=_NOBODYS)),
        _rejected(1, 2),
    ),
    _case(
        "C14",
        "answers no negotiation that was not asked for",
        "PS3.7 D.3.3",
        _ask(lambda target: target.request()),
        _accepted(_nothing_unasked),
    ),
    _case(
        "C15",
        "grants no wider window than was asked for",
        "PS3.7 D.3.3.3",
        _ask(lambda target: target.request(window=OperationsWindow(2, 2))),
        _accepted(_window_not_wider),
    ),
    _case(
        "C16",
        "grants no role that was not asked for",
        "PS3.7 D.3.3.4",
        _ask(
            lambda target: target.request(roles=(RoleSelection(VERIFICATION, scu=True, scp=False),))
        ),
        _accepted(_role_not_wider),
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
        _echoes(1, 2, 0xFFFF),
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
        _unsuccessful,
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
