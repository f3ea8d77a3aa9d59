"""What the doctor found, step by step, in words that need no knowledge of the protocol."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from attrs import field, frozen

__all__ = ["DoctorReport", "DoctorStep", "Finding", "StepName"]


class StepName(StrEnum):
    """What is looked at, in this order."""

    DNS = "dns"
    TCP = "tcp"
    TLS = "tls"
    ASSOCIATION = "association"
    CONTEXTS = "contexts"
    ECHO = "echo"
    REACH = "reach"


class Finding(StrEnum):
    """How a step went."""

    GOOD = "good"
    BAD = "bad"
    DOUBTFUL = "doubtful"
    """It cannot be told from here, or it works in part."""
    SKIPPED = "skipped"
    """A step before it failed, or it was not asked for."""


def _frozen(facts: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(facts))


@frozen
class DoctorStep:
    """One step."""

    name: StepName
    finding: Finding
    text: str
    """What was seen."""
    advice: str = ""
    """What to do about it; empty where all is well."""
    cause: str = ""
    """A short stable name of what is wrong: unknown-host, wrong-port, not-dicom, no-answer, aborted, protocol, status,
    called-ae, calling-ae, rejected, no-context, some-contexts, tls-expected, tls-unexpected, tls-certificate,
    destination-unknown, destination-unreachable, port-taken."""
    facts: Mapping[str, str] = field(factory=dict, converter=_frozen)


@frozen
class DoctorReport:
    """The steps, and a trace of the association that can be given away."""

    host: str
    port: int
    steps: tuple[DoctorStep, ...]
    trace: tuple[str, ...] = ()
    """What was proposed and answered, a line each: AE titles, syntaxes, statuses; no data set, no user identity."""

    @property
    def is_well(self) -> bool:
        """Whether nothing bad was found."""
        return all(step.finding is not Finding.BAD for step in self.steps)

    @property
    def cause(self) -> str:
        """The stable name of the first thing that is wrong, or empty."""
        bad = (step for step in self.steps if step.finding is Finding.BAD)
        return next((step.cause for step in bad), "")

    def step(self, name: StepName | str) -> DoctorStep:
        """A step by its name."""
        return next(step for step in self.steps if step.name == name)

    def __str__(self) -> str:
        lines = []
        for step in self.steps:
            lines.append(f"{step.name}: {step.finding}: {step.text}")
            if step.advice:
                lines.append(f"    {step.advice}")
        return "\n".join(lines)


# Tracebacks, reprs and pickles name the place that users import from
DoctorReport.__module__ = DoctorStep.__module__ = "dicom_net"
Finding.__module__ = StepName.__module__ = "dicom_net.services"
