"""The doctor's report while it grows."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from dicom_dict import find_uid

from ..ul import ContextResult
from ._doctor_reach import Reach
from ._doctor_report import DoctorReport, DoctorStep, Finding, StepName
from ._echo import VERIFICATION

if TYPE_CHECKING:
    from ..ul import AssociateAC, AssociateRQ

__all__ = ["Complaint", "Notes"]

_ORDER: Final = tuple(StepName)


def _contexts(
    pairs: Iterable[tuple[str, tuple[str, ...]]],
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(pairs)


@frozen(kw_only=True)
class Complaint:
    """What to look at."""

    host: str
    port: int
    called_ae: str
    calling_ae: str
    contexts: tuple[tuple[str, tuple[str, ...]], ...] = field(default=(), converter=_contexts)
    """What the association is wanted for, besides C-ECHO: abstract syntax and transfer syntaxes."""
    with_tls: bool = False
    reach: "Reach | None" = None
    """How the peer shall send to us, where that is to be tried."""


class Notes:
    """The report while it grows."""

    def __init__(self, wish: Complaint) -> None:
        self.wish = wish
        self.trace: list[str] = []
        self._steps: dict[StepName, DoctorStep] = {}

    def add(
        self,
        name: StepName,
        finding: Finding,
        text: str,
        advice: str = "",
        cause: str = "",
        facts: Mapping[str, str] | None = None,
    ) -> None:
        self._steps.setdefault(name, DoctorStep(name, finding, text, advice, cause, facts or {}))

    def put(self, step: DoctorStep) -> None:
        self._steps[step.name] = step

    def replace(self, name: StepName, finding: Finding, text: str, advice: str, cause: str) -> None:
        self.put(DoctorStep(name, finding, text, advice, cause))

    def good(self, name: StepName, text: str) -> None:
        self.add(name, Finding.GOOD, text)

    def bad(self, name: StepName, text: str, advice: str, cause: str) -> None:
        self.add(name, Finding.BAD, text, advice, cause)

    def connected(self) -> None:
        """Everything below DICOM went well."""
        wish = self.wish
        self.good(StepName.DNS, f"{wish.host} has an address")
        self.good(StepName.TCP, f"something listens on port {wish.port}")
        if wish.with_tls:
            self.good(StepName.TLS, "the handshake succeeds")
        else:
            self.add(StepName.TLS, Finding.SKIPPED, "not asked for")

    def asked(self) -> None:
        wish = self.wish
        services = ", ".join(_name(one) for one in (VERIFICATION, *dict(wish.contexts)))
        self.trace.append(f"{wish.calling_ae} calls {wish.called_ae} for {services}")

    def negotiated(self, asked: "AssociateRQ | None", answer: "AssociateAC | None") -> None:
        """What became of the contexts."""
        assert asked is not None
        assert answer is not None
        self.asked()
        results = {context.id: context for context in answer.contexts}
        refused: list[str] = []
        for context in asked.contexts:
            found = results.get(context.id)
            name = _name(context.abstract_syntax)
            wanted = ", ".join(map(_name, context.transfer_syntaxes))
            if found is None:
                told = "not answered"
            elif found.is_accepted:
                told = f"accepted with {_name(found.transfer_syntax)}"
            else:
                told = "refused: " + _result(found.result)
            self.trace.append(f"context {context.id}: {name} ({wanted}): {told}")
            if found is None or not found.is_accepted:
                refused.append(f"{name} {told}")
        self.trace.append(
            f"peer: {answer.implementation_version or 'unnamed'} {answer.implementation_class}, "
            f"PDUs up to {answer.max_pdu or 'any number of'} bytes"
        )
        if not refused:
            count = len(asked.contexts)
            self.good(StepName.CONTEXTS, f"all {count} were accepted" if count > 1 else "accepted")
        elif len(refused) == len(asked.contexts):
            self.bad(
                StepName.CONTEXTS,
                "nothing that we asked for is accepted: " + "; ".join(refused),
                "the peer does not offer these services to us; look at its configuration for our AE title",
                "no-context",
            )
        else:
            self.bad(
                StepName.CONTEXTS,
                "; ".join(refused),
                "the peer lacks the service or the transfer syntax; propose others, or allow it there",
                "some-contexts",
            )

    def report(self) -> DoctorReport:
        """All steps in order; what was not reached is skipped."""
        last = max((_ORDER.index(name) for name in self._steps), default=-1)
        for name in _ORDER:
            late = _ORDER.index(name) > last
            text = "not looked at, since a step before it failed" if late else "not asked for"
            if name is StepName.REACH and self.wish.reach is None:
                text = "not asked for"
            self.add(name, Finding.SKIPPED, text)
        steps = tuple(self._steps[name] for name in _ORDER)
        return DoctorReport(self.wish.host, self.wish.port, steps, tuple(self.trace))


def _result(result: int) -> str:
    known = [one for one in ContextResult if one == result]
    return known[0].name.lower().replace("_", " ") if known else f"result {result}"


def _name(uid: str) -> str:
    entry = find_uid(uid)
    return entry.name if entry is not None else uid


# Tracebacks, reprs and pickles name the place that users import from
Complaint.__module__ = "dicom_net.services"
