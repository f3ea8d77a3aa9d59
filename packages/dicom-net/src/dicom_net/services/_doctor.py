"""Finding out why an association does not come about, or does not do what was hoped (NET-033).

An operation of calls alone: a door gives the `Instruments`, and performs the steps.
"""

from collections.abc import Awaitable, Mapping, Sequence
from typing import Final, Protocol

from attrs import evolve

from dicom_dict import DicomError, StatusCategory, status

from .._errors import (
    AssociationAborted,
    AssociationRejected,
    ConnectionFailed,
    ConnectionLost,
    DeadlineExceeded,
    RemoteProtocolError,
    TlsError,
)
from .._operation import Operation, call
from ..ul import RejectReason
from ._doctor_notes import Complaint, Notes
from ._doctor_probe import HELLO, Talk, judge
from ._doctor_reach import Listening, LookOut, Reach, reach
from ._doctor_report import DoctorReport, Finding, StepName
from ._echo import SYNTAXES, VERIFICATION, echo
from ._find import FIND
from ._provider import OpenAssociation
from ._retrieve_keys import MOVE

__all__ = ["Complaint", "Instruments", "diagnose"]


class Instruments(Protocol):
    """What a door lends the doctor."""

    def associate(
        self, contexts: Sequence[tuple[str, Sequence[str]]]
    ) -> Awaitable[OpenAssociation] | OpenAssociation:
        """An association with the peer as it was described, TLS and all."""
        ...

    def listen(self, lookout: "LookOut", wish: "Reach") -> "Awaitable[Listening] | Listening":
        """A server with this provider, on address and port, that any AE title may call. The door ends it."""
        ...

    def talk(self, data: bytes) -> Awaitable[Talk] | Talk:
        """Connect without TLS, send bytes, and take what comes within a few seconds."""
        ...


_FAILED_AT: Final[Mapping[str, StepName]] = {
    "dns": StepName.DNS,
    "tcp": StepName.TCP,
    "tls": StepName.TLS,
}


def diagnose(wish: Complaint, instruments: Instruments) -> Operation[DoctorReport]:
    """Go from name to service, and say at each step how it went. Never raises for a fault of the peer."""
    notes = Notes(wish)
    contexts = [(VERIFICATION, SYNTAXES), *wish.contexts]
    if wish.reach is not None:
        contexts.append((MOVE[wish.reach.model], SYNTAXES))
        if wish.reach.keys is None:
            contexts.append((FIND[wish.reach.model], SYNTAXES))
    try:
        association = yield from call(instruments.associate, contexts)
    except ConnectionFailed as error:
        yield from _no_connection(notes, instruments, error)
        return notes.report()
    except DicomError as error:
        yield from _no_association(notes, instruments, error)
        return notes.report()
    notes.connected()
    notes.good(StepName.ASSOCIATION, f"{wish.called_ae} takes associations from {wish.calling_ae}")
    exchange = association.exchange
    notes.negotiated(exchange.requested, exchange.accepted)
    try:
        yield from _echo(notes, association)
    except DicomError as error:
        notes.bad(StepName.ECHO, f"the peer did not answer a C-ECHO: {error}", "", "no-answer")
        return notes.report()
    if wish.reach is not None:
        try:
            yield from _reach(notes, association, instruments, wish.reach)
        except DicomError as error:
            notes.bad(StepName.REACH, f"it could not be tried: {error}", "", "protocol")
            return notes.report()
    yield from call(association.release)
    notes.trace.append("released")
    return notes.report()


def _echo(notes: Notes, association: OpenAssociation) -> Operation[None]:
    accepted = any(
        context.abstract_syntax == VERIFICATION
        for context in association.exchange.contexts.values()
    )
    if not accepted:
        notes.add(
            StepName.ECHO,
            Finding.DOUBTFUL,
            "the peer does not offer verification, so nothing could be asked",
            "every acceptor shall offer it (PS3.4 A); ask for it, or go on with what was accepted",
            "no-context",
        )
        return
    response = yield from call(association.run, echo(association.exchange))
    notes.trace.append(f"C-ECHO answered with {response.status:04X}H")
    if status(response.status, "C-ECHO").category is StatusCategory.SUCCESS:
        notes.good(StepName.ECHO, "the peer answers C-ECHO with success")
    else:
        notes.bad(
            StepName.ECHO,
            f"the peer answers C-ECHO with {status(response.status, 'C-ECHO')}",
            "look at the peer's log for the reason",
            "status",
        )


def _reach(
    notes: Notes, association: OpenAssociation, instruments: Instruments, wish: "Reach"
) -> Operation[None]:
    if all(
        context.abstract_syntax != MOVE[wish.model]
        for context in association.exchange.contexts.values()
    ):
        notes.add(
            StepName.REACH,
            Finding.SKIPPED,
            "the peer takes no C-MOVE, so it cannot be asked to send",
            "",
            "no-context",
        )
        return
    lookout = LookOut()
    try:
        listening = yield from call(instruments.listen, lookout, wish)
    except (DicomError, OSError) as error:
        notes.bad(
            StepName.REACH,
            f"we cannot listen on port {wish.port}: {error}",
            "end what listens there, or choose the port that the peer has for us",
            "port-taken",
        )
        return
    step = yield from reach(association, evolve(wish, port=listening.port), lookout)
    notes.trace.append(f"C-MOVE to {wish.ae_title} answered with {step.facts['status']}H")
    for visit in lookout.visits:
        notes.trace.append(
            f"{visit.calling} came in from {visit.address[0]}, calling {visit.called}"
        )
    notes.put(step)


def _no_connection(
    notes: Notes, instruments: Instruments, error: ConnectionFailed
) -> Operation[None]:
    wish = notes.wish
    step = _FAILED_AT.get(error.step, StepName.TCP)
    if step is StepName.DNS:
        notes.bad(
            step,
            f"the name {wish.host} is not known: {error.text}",
            "check how the name is written, or use the address",
            "unknown-host",
        )
        return
    notes.good(StepName.DNS, f"{wish.host} has an address")
    if step is StepName.TCP:
        notes.bad(
            step,
            f"no connection to port {wish.port}: {error.text}",
            "check the port number, that the peer's DICOM service is running, and firewalls on the way",
            "wrong-port",
        )
        return
    notes.good(StepName.TCP, f"something listens on port {wish.port}")
    yield from _no_tls(notes, instruments, error)


def _no_tls(notes: Notes, instruments: Instruments, error: ConnectionFailed) -> Operation[None]:
    talk = yield from _talk(instruments, HELLO)
    if judge(talk) == "tls":
        notes.bad(
            StepName.TLS,
            f"the peer speaks TLS, and the handshake fails: {error.text}",
            error.suggestion
            if isinstance(error, TlsError)
            else "compare certificates and profiles",
            "tls-certificate",
        )
        return
    notes.bad(
        StepName.TLS,
        f"we speak TLS, and the peer on port {notes.wish.port} does not",
        "turn TLS off for this peer, or use its port for TLS (often 2762)",
        "tls-unexpected",
    )


def _no_association(notes: Notes, instruments: Instruments, error: DicomError) -> Operation[None]:
    notes.connected()
    step = StepName.ASSOCIATION
    wish = notes.wish
    notes.asked()
    if isinstance(error, AssociationRejected):
        text, advice, cause = _rejected(wish, error)
        notes.trace.append(f"rejected: {error.answer.explanation}")
        notes.bad(step, text, advice, cause)
        return
    if isinstance(error, AssociationAborted):
        notes.trace.append(f"aborted: {error.abort.explanation}")
    if not isinstance(
        error, ConnectionLost | RemoteProtocolError | DeadlineExceeded | AssociationAborted
    ):
        notes.bad(step, f"no association came about: {error}", "", "protocol")
        return
    # Whoever does not answer like DICOM may speak something else: TLS above all
    kind = "" if wish.with_tls else judge((yield from _talk(instruments, HELLO)))
    if kind == "tls":
        notes.replace(
            StepName.TLS,
            Finding.BAD,
            f"the peer on port {wish.port} speaks TLS, and we did not",
            "turn TLS on for this peer, with the certificates that it wants",
            "tls-expected",
        )
        return
    if kind not in {"", "dicom", "silent"}:
        notes.bad(
            step,
            f"what listens on port {wish.port} is no DICOM service, it answers as {kind} does",
            "check the port number",
            "not-dicom",
        )
        return
    causes = {
        DeadlineExceeded: ("the peer takes the connection and says nothing", "no-answer"),
        ConnectionLost: ("the peer closes the connection instead of answering", "not-dicom"),
        AssociationAborted: ("the peer aborts instead of answering", "aborted"),
        RemoteProtocolError: (f"the peer does not answer as DICOM wants it: {error}", "not-dicom"),
    }
    text, cause = causes[type(error)]
    notes.bad(
        step,
        text,
        "check that the port is that of the DICOM service; look at the peer's log",
        cause,
    )


def _rejected(wish: Complaint, error: AssociationRejected) -> tuple[str, str, str]:
    reason = error.answer.meaning
    if reason is RejectReason.CALLED_AE_NOT_RECOGNIZED:
        return (
            f"the peer is not called {wish.called_ae}",
            "call it by the AE title of its configuration; capital letters matter",
            "called-ae",
        )
    if reason is RejectReason.CALLING_AE_NOT_RECOGNIZED:
        return (
            f"the peer does not know us as {wish.calling_ae}",
            "have this AE title added to the peer's configuration, or call with one that it knows",
            "calling-ae",
        )
    return (
        f"the peer rejects the association {error.answer.explanation}",
        error.suggestion,
        "rejected",
    )


def _talk(instruments: Instruments, data: bytes) -> Operation[Talk]:
    try:
        return (yield from call(instruments.talk, data))
    except (DicomError, OSError):
        return Talk(b"", closed=True)  # it was there a moment ago; what it is, cannot be told


# Tracebacks, reprs and pickles name the place that users import from
Instruments.__module__ = diagnose.__module__ = "dicom_net.services"
