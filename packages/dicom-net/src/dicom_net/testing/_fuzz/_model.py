"""What a case is: steps for a scripted peer, and what the outcome means."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from attrs import field, frozen

from dicom_core import DicomError

from ...dimse import CEchoRQ, CEchoRSP, Command, decode
from ...ul import (
    Abort,
    AssociateAC,
    AssociateRJ,
    AssociateRQ,
    ProposedContext,
    ReleaseRQ,
)
from .._script import Hear, Outcome, Say, Step, fragments, play_to, say
from .._stream import RawPdu

if TYPE_CHECKING:
    import ssl

__all__ = [
    "ECHO",
    "IMPLICIT",
    "VERIFICATION",
    "Case",
    "CaseResult",
    "FuzzTarget",
    "Kind",
    "Verdict",
    "answer_of",
    "commands_of",
    "echo_answered",
    "echo_steps",
    "opening",
    "refused_or_ended",
]

VERIFICATION = "1.2.840.10008.1.1"
IMPLICIT = "1.2.840.10008.1.2"


class Kind(StrEnum):
    """What a case shows."""

    CONFORMANCE = "conformance"
    """Something that the standard says."""
    HOSTILE = "hostile"
    """Something that no server may be hurt by."""


class Verdict(StrEnum):
    """What came of a case."""

    OK = "ok"
    WRONG = "wrong"
    """The answer is not what the standard says."""
    HUNG = "hung"
    """Neither an answer nor the end of the connection came in time."""
    DOWN = "down"
    """Afterwards, another connection got no answer to a C-ECHO in time."""


@frozen(kw_only=True)
class FuzzTarget:
    """Whom the cases are played to, and how long an answer may take."""

    host: str
    port: int
    called_ae: str = "ANY-SCP"
    calling_ae: str = "DICOMPY"
    patience: float = 5.0
    tls: "ssl.SSLContext | None" = field(default=None, repr=False)

    def play(self, steps: Sequence[Step]) -> Outcome:
        """Connect, and play steps; OSError when there is no connection."""
        return play_to(self.host, self.port, steps, within=self.patience, tls=self.tls)

    def request(self, *contexts: ProposedContext, **changes: object) -> AssociateRQ:
        """A request that any server takes, with these changes."""
        fields: dict[str, object] = {
            "called": self.called_ae,
            "calling": self.calling_ae,
            "contexts": contexts or (ProposedContext(1, VERIFICATION, (IMPLICIT,)),),
            "max_pdu": 16384,
            "implementation_class": "2.25.190474330212438170716935216390087012983",
            "implementation_version": "DICOM_PY_FUZZ",
        }
        return AssociateRQ(**(fields | changes))  # type: ignore[arg-type]


Judged = tuple[Verdict, str]


@frozen(kw_only=True)
class Case:
    """A case: its name (that of the hostile cases of this project where it is one), and the clause it stands on."""

    name: str
    title: str
    kind: Kind
    clause: str = ""
    steps: Callable[[FuzzTarget], Sequence[Step]] = field(repr=False)
    judge: Callable[[Outcome], Judged] = field(repr=False)


@frozen(kw_only=True)
class CaseResult:
    """What a case showed. ``heard`` are the names of the PDUs that the server said."""

    case: Case
    verdict: Verdict
    text: str = ""
    heard: tuple[str, ...] = ()
    seconds: float = 0.0


ECHO = CEchoRQ(message_id=1)


def opening(target: FuzzTarget, request: AssociateRQ | None = None) -> list[Step]:
    """Ask for an association, and be accepted."""
    return [say(request or target.request()), Hear("A-ASSOCIATE-AC", within=target.patience)]


def echo_steps(target: FuzzTarget) -> list[Step]:
    """Ask for the echo on context 1, and release."""
    return [
        Say(fragments(1, ECHO)),
        Hear("P-DATA-TF", within=target.patience),
        say(ReleaseRQ()),
        Hear("A-RELEASE-RP", within=target.patience),
    ]


def commands_of(heard: Sequence[RawPdu]) -> list[Command | str]:
    """The commands that were said; one that cannot be read as what is wrong with it."""
    found: list[Command | str] = []
    raw = b""
    for pdu in heard:
        for value in pdu.values:
            if not value.is_command:
                continue
            raw += value.data
            if value.is_last:
                try:
                    found.append(decode(raw)[0])
                except DicomError as error:
                    found.append(str(error))
                raw = b""
    return found


def answer_of(outcome: Outcome) -> AssociateAC | AssociateRJ | Abort | None:
    """How the request was answered."""
    for pdu in outcome.heard:
        if isinstance(pdu.event, AssociateAC | AssociateRJ | Abort):
            return pdu.event
    return None


def echo_answered(outcome: Outcome) -> Judged:
    """An association, a C-ECHO that succeeds, a release."""
    commands = commands_of(outcome.heard)
    for command in commands:
        if not isinstance(command, CEchoRSP):
            return Verdict.WRONG, f"C-ECHO was answered by {said(command)}"
        if command.status or command.responded_to != ECHO.message_id:
            text = f"C-ECHO 1 was answered with status {command.status:04X}H for message {command.responded_to}"
            return Verdict.WRONG, text
    if not commands:
        return failed(outcome) or (Verdict.WRONG, f"no response; heard {heard(outcome)}")
    if "A-RELEASE-RP" not in outcome.names:
        return failed(outcome) or (Verdict.WRONG, "the release was not answered")
    return Verdict.OK, ""


def refused_or_ended(outcome: Outcome) -> Judged:
    """An A-ABORT, an A-ASSOCIATE-RJ or the end of the connection: whatever shows that the rest is not waited for."""
    if outcome.ended or {"A-ABORT", "A-ASSOCIATE-RJ"} & set(outcome.names):
        return Verdict.OK, ""
    return Verdict.HUNG, outcome.failure or f"heard {heard(outcome)} and nothing more"


def failed(outcome: Outcome) -> Judged | None:
    """A script that came to a halt: by silence, or by something else than it wanted."""
    if outcome.failure is None:
        return None
    silent = outcome.failure.startswith(("nothing for", "the connection is still open"))
    return (Verdict.HUNG if silent else Verdict.WRONG), outcome.failure


def said(command: Command | str) -> str:
    """A command as it stands in a report."""
    return command if isinstance(command, str) else type(command).__name__


def heard(outcome: Outcome) -> str:
    """The PDUs in words."""
    return ", ".join(outcome.names) or "nothing"


# Tracebacks, reprs and pickles name the place that users import from
Verdict.__module__ = FuzzTarget.__module__ = Case.__module__ = "dicom_net.testing"
CaseResult.__module__ = "dicom_net.testing"
