"""Plays the cases to a server, and asks after each whether it still answers others."""

import json
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from ipaddress import ip_address

from attrs import field, frozen

from ..._errors import ConnectionFailed, LocalProtocolError
from ._cases import CASES
from ._hostile import random_case
from ._model import (
    Case,
    CaseResult,
    FuzzTarget,
    Kind,
    Verdict,
    echo_answered,
    echo_steps,
    opening,
)

__all__ = ["FuzzReport", "fuzz", "is_loopback"]

_HEALTH_CHECKS = 50
_TRIES = 3


@frozen(kw_only=True)
class FuzzReport:
    """What the cases showed."""

    target: FuzzTarget
    results: tuple[CaseResult, ...] = field(converter=tuple[CaseResult, ...])

    @property
    def passed(self) -> bool:
        """Whether every case did."""
        return all(result.verdict is Verdict.OK for result in self.results)

    def __str__(self) -> str:
        lines = []
        for kind, title in ((Kind.CONFORMANCE, "Conformance"), (Kind.HOSTILE, "Hostile peers")):
            of_kind = [result for result in self.results if result.case.kind is kind]
            if not of_kind:
                continue
            good = sum(result.verdict is Verdict.OK for result in of_kind)
            lines += [f"{title}: {good} of {len(of_kind)} passed"]
            for result in of_kind:
                case = result.case
                lines.append(
                    f"  {result.verdict.value:5} {case.name:5} {case.title}"
                    + (f" ({case.clause})" if case.clause else "")
                )
                if result.text:
                    lines.append(f"              {result.text}")
        slowest = max(self.results, key=lambda one: one.seconds, default=None)
        if slowest is not None:
            lines.append(
                f"slowest: {slowest.case.name} {slowest.case.title}, {slowest.seconds:.1f} s"
            )
        return "\n".join(lines)

    def to_json(self) -> str:
        """One object; a list of cases in it."""
        target = self.target
        cases = [
            {
                "name": result.case.name,
                "title": result.case.title,
                "kind": result.case.kind.value,
                "clause": result.case.clause,
                "verdict": result.verdict.value,
                "text": result.text,
                "heard": list(result.heard),
                "seconds": round(result.seconds, 3),
            }
            for result in self.results
        ]
        return json.dumps(
            {
                "host": target.host,
                "port": target.port,
                "called_ae": target.called_ae,
                "passed": self.passed,
                "cases": cases,
            },
            indent=2,
        )


def is_loopback(host: str, port: int) -> bool:
    """Whether every address of a name is this machine."""
    addresses = {entry[4][0] for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    return all(ip_address(str(address).partition("%")[0]).is_loopback for address in addresses)


def fuzz(
    target: FuzzTarget,
    cases: Iterable[Case] = CASES,
    *,
    random_cases: int = 0,
    seed: int = 1,
    i_may_test_this_host: bool = False,
    on_result: Callable[[CaseResult], None] | None = None,
) -> FuzzReport:
    """Play cases to a server, and then so many with bytes changed by chance, the same for the same seed.

    A host that is not this machine is refused unless the caller says that he may test it: a server may stop
    working, and somebody may need it. `ConnectionFailed` when it answers no C-ECHO to begin with.
    """
    try:
        allowed = i_may_test_this_host or is_loopback(target.host, target.port)
    except OSError as error:
        raise ConnectionFailed(target.host, target.port, "dns", str(error.strerror)) from error
    if not allowed:
        raise LocalProtocolError(
            f"{target.host} is not this machine; say --i-may-test-this-host when it may be tested"
        )
    trouble = _trouble(target)
    if trouble:
        raise ConnectionFailed(
            target.host, target.port, "tcp", f"no C-ECHO before anything was tested: {trouble}"
        )
    results = []
    for case in _all(cases, random_cases, seed):
        result = _played(target, case)
        results.append(result)
        if on_result is not None:
            on_result(result)
        if result.verdict is Verdict.DOWN:
            break  # whatever follows would say the same
    return FuzzReport(target=target, results=results)


def _all(cases: Iterable[Case], count: int, seed: int) -> Iterator[Case]:
    yield from cases
    for number in range(count):
        yield random_case(seed + number)


def _played(target: FuzzTarget, case: Case) -> CaseResult:
    started = time.monotonic()
    try:
        if case.name == "N10":
            for _ in range(_HEALTH_CHECKS - 1):
                target.play(case.steps(target))
        outcome = target.play(case.steps(target))
    except OSError as error:
        text = f"no connection: {error.strerror or error}"
        return CaseResult(case=case, verdict=Verdict.DOWN, text=text)
    except ValueError as error:  # a PDU longer than any test takes
        return CaseResult(case=case, verdict=Verdict.WRONG, text=str(error))
    verdict, text = case.judge(outcome)
    seconds = time.monotonic() - started
    trouble = _trouble(target)
    if trouble:
        verdict, text = Verdict.DOWN, f"afterwards, no C-ECHO: {trouble}"
    return CaseResult(
        case=case,
        verdict=verdict,
        text=_printable(text),
        heard=outcome.names,
        seconds=seconds,
    )


def _trouble(target: FuzzTarget) -> str:
    """Why a C-ECHO from somebody else is not answered; empty when it is."""
    text = ""
    for _ in range(_TRIES):
        try:
            outcome = target.play([*opening(target), *echo_steps(target)])
        except OSError as error:
            text = f"no connection: {error.strerror or error}"
            time.sleep(target.patience / 10)
            continue
        verdict, text = echo_answered(outcome)
        if verdict is Verdict.OK:
            return ""
    return _printable(text)


def _printable(text: str) -> str:
    """A server's words may be on it: no control characters go on."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


def named(names: Sequence[str]) -> tuple[Case, ...]:
    """The cases of these names, or whose names begin with them."""
    return tuple(case for case in CASES if any(case.name.startswith(name) for name in names))


# Tracebacks, reprs and pickles name the place that users import from
FuzzReport.__module__ = fuzz.__module__ = "dicom_net.testing"
