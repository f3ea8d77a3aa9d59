"""Why an association does not come about: the doctor's instruments under an event loop."""

from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from inspect import isawaitable
from typing import Final, TypeVar, Unpack

import anyio

from .._negotiation import AcceptancePolicy
from .._opening import Opening
from .._operation import Call, Operation
from ..services._doctor import Complaint, diagnose
from ..services._doctor_probe import Talk
from ..services._doctor_reach import LookOut, Reach
from ..services._doctor_report import DoctorReport
from ._associate import open_association
from ._association import Association
from ._server import Server

__all__ = ["doctor"]

R = TypeVar("R")

LISTEN: Final = 3.0
"""Seconds for a peer to say something to what is no DICOM."""
MUCH: Final = 1024


async def doctor(
    host: str,
    port: int,
    *,
    contexts: Iterable[tuple[str, Sequence[str]]] = (),
    reach: Reach | None = None,
    **opening: Unpack[Opening],
) -> DoctorReport:
    """Look at name, connection, TLS, association, contexts, C-ECHO, and with ``reach`` whether the peer can send to us.

    ``contexts`` are what the association is wanted for. Nothing that is wrong with the peer raises.
    """
    complaint = Complaint(
        host=host,
        port=port,
        called_ae=opening.get("called_ae", "ANY-SCP"),
        calling_ae=opening.get("calling_ae", "DICOMPY"),
        contexts=[(name, tuple(syntaxes)) for name, syntaxes in contexts],
        with_tls=opening.get("tls") is not None,
        reach=reach,
    )
    async with AsyncExitStack() as stack:
        return await _performed(diagnose(complaint, _Instruments(host, port, opening, stack)))


class _Instruments:
    """See `dicom_net.services.Instruments`. What is opened is closed with the stack."""

    def __init__(self, host: str, port: int, opening: Opening, stack: AsyncExitStack) -> None:
        self._host = host
        self._port = port
        self._opening = opening
        self._stack = stack

    async def associate(self, contexts: Sequence[tuple[str, Sequence[str]]]) -> Association:
        """An association with the peer."""
        association = await open_association(self._host, self._port, contexts, **self._opening)
        self._stack.push_async_callback(association.abort)  # where it is still open then
        return association

    async def listen(self, lookout: LookOut, wish: Reach) -> Server:
        """A server of our own, for whoever calls it whatever."""
        server = Server(
            lookout,
            host=wish.host,
            port=wish.port,
            policy=AcceptancePolicy(),
            any_ae=True,
            tls=wish.tls,
        )
        return await self._stack.enter_async_context(server)

    async def talk(self, data: bytes) -> Talk:
        """What is answered to some bytes."""
        answer = b""
        with anyio.move_on_after(LISTEN):
            async with await anyio.connect_tcp(self._host, self._port) as stream:
                try:
                    await stream.send(data)
                    while len(answer) < MUCH:
                        answer += await stream.receive(MUCH)
                except (anyio.EndOfStream, anyio.BrokenResourceError):
                    return Talk(answer, closed=True)
        return Talk(answer, closed=False)


async def _performed(operation: Operation[R]) -> R:
    """Perform an operation that calls functions and nothing else."""
    value: object = None
    error: Exception | None = None
    while True:
        try:
            step = operation.send(value) if error is None else operation.throw(error)
        except StopIteration as done:
            result: R = done.value
            return result
        assert isinstance(step, Call)
        value = error = None
        try:
            value = step.function()
            if isawaitable(value):
                value = await value
        except Exception as failure:  # noqa: BLE001 - what it means is the operation's to say
            error = failure


# Tracebacks, reprs and pickles name the place that users import from
doctor.__module__ = "dicom_net"
