"""What the outcome of a case of conformance means."""

from collections.abc import Callable

from ...dimse import CEchoRSP
from ...ul import AssociateAC, AssociateRJ
from .._script import Outcome
from ._model import Judged, Verdict, answer_of, commands_of, failed, heard, said

__all__ = [
    "accepted",
    "echoes",
    "every_context_answered",
    "identified",
    "nothing_unasked",
    "rejected",
    "role_not_wider",
    "third_is",
    "unsuccessful",
    "window_not_wider",
]


def rejected(source: int, reason: int) -> Callable[[Outcome], Judged]:
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


def accepted(check: Callable[[AssociateAC], str]) -> Callable[[Outcome], Judged]:
    """An A-ASSOCIATE-AC in which nothing is wrong."""

    def judge(outcome: Outcome) -> Judged:
        answer = answer_of(outcome)
        if not isinstance(answer, AssociateAC):
            return failed(outcome) or (Verdict.WRONG, f"heard {heard(outcome)}")
        text = check(answer)
        return (Verdict.WRONG if text else Verdict.OK), text

    return judge


def every_context_answered(count: int) -> Callable[[AssociateAC], str]:
    """Contexts 1, 3, 5 ... so many of them."""

    def check(answer: AssociateAC) -> str:
        ids = sorted(context.id for context in answer.contexts)
        if ids == list(range(1, 2 * count, 2)):
            return ""
        return f"{count} contexts were asked for, and {len(ids)} answered"

    return check


def third_is(*wanted: int) -> Callable[[AssociateAC], str]:
    """Context 1 is accepted, and context 3 answered with one of these."""

    def check(answer: AssociateAC) -> str:
        got = {context.id: int(context.result) for context in answer.contexts}
        if got.get(1) != 0:
            return f"context 1, which is as always, got result {got.get(1)}"
        if got.get(3) in wanted:
            return ""
        return f"result {got.get(3)} instead of {' or '.join(map(str, wanted))}"

    return check


def identified(answer: AssociateAC) -> str:
    """The answer says who made it, and for which protocol."""
    missing = [] if answer.implementation_class else ["no Implementation Class UID"]
    if answer.application_context != "1.2.840.10008.3.1.1.1":
        missing.append(f"application context {answer.application_context!a}")
    if not answer.protocol_version & 1:
        missing.append("bit 0 of the protocol version is not set")
    return ", ".join(missing)


def nothing_unasked(answer: AssociateAC) -> str:
    """The answer has no item that the request had not."""
    given = {
        "a window": answer.window,
        "roles": answer.roles,
        "extended negotiation": answer.extended,
        "an identity": answer.identity_response is not None,
    }
    there = [name for name, value in given.items() if value]
    return f"answers what was not asked for: {', '.join(there)}" if there else ""


def window_not_wider(answer: AssociateAC) -> str:
    """The window is at most what was asked for, and not without limit."""
    window = answer.window
    if window is None or (1 <= window.invoked <= 2 and 1 <= window.performed <= 2):
        return ""
    return f"a window of 2 and 2 was asked for, {window.invoked} and {window.performed} granted"


def role_not_wider(answer: AssociateAC) -> str:
    """The role of the SCP is not granted."""
    wider = [role for role in answer.roles if role.scp]
    return "the role of the SCP was granted, and not asked for" if wider else ""


def unsuccessful(outcome: Outcome) -> Judged:
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


def echoes(*numbers: int) -> Callable[[Outcome], Judged]:
    """Each of these messages is answered once, with success."""

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
