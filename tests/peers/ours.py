"""Our side in a process of its own, in both roles, behind any door; what a client did is printed as JSON.

python -m tests.peers.ours serve PORT TITLE --door DOOR [--received DIR --keep nothing|files|durable] [--files DIR]
python -m tests.peers.ours echo | associate | store | find | get | move PORT TITLE --door DOOR [options]
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import anyio

import dicom_core as dc
import dicom_net as dn
from dicom_net.services import DirectoryStorage, Layout, echo
from tests.peers.our_server import serve, tls_of
from tests.peers.wire import ECHO, EXPLICIT, HOST, IMPLICIT

T = TypeVar("T")
UNCOMPRESSED = (EXPLICIT, IMPLICIT)


def driven(door: str, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """What the work returns, on the event loop of its door, or on none: then nothing in it waits."""
    if door != "blocking":
        return anyio.run(work, backend=door)
    coroutine = work()
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]
    raise AssertionError("something waits")


async def had(value: Awaitable[T] | T) -> T:
    """The value, awaited where that is needed: both doors have the same names, and one text serves them here."""
    return await value if isinstance(value, Awaitable) else value


@asynccontextmanager
async def entered(
    manager: AbstractAsyncContextManager[T] | AbstractContextManager[T],
) -> AsyncIterator[T]:
    """The manager of either door."""
    if isinstance(manager, AbstractAsyncContextManager):
        async with manager as value:
            yield value
    else:
        with manager as value:
            yield value


def measured_cpu() -> float:
    """Seconds of processor time of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak() -> int:
    """The most memory that this program had, in bytes; ru_maxrss would count who started it, too."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


async def asked(words: argparse.Namespace) -> dict[str, Any]:
    """What came of it."""
    door: Any = dn.blocking if words.door == "blocking" else dn.transport
    opening: dict[str, Any] = {"called_ae": words.title, "tls": tls_of(words.tls)}
    here = (HOST, words.port)
    keys = dict(pair.split("=", 1) for pair in words.key)
    if words.command in {"echo", "associate"}:
        return await _repeated(door, words, opening)
    if words.warm:
        words.warm = False
        await asked(words)  # what is loaded when it is first used is loaded then
    before, started = measured_cpu(), time.monotonic()
    if words.command == "store":
        result = await had(door.store_batch(*here, words.paths, **opening))
        statuses = [0xFFFF if one.status is None else one.status for one in result.results]
    elif words.command == "find":
        query = dc.query.build(dc.query.QueryLevel.STUDY, where=keys)
        found = await had(door.find(*here, query, **opening))
        statuses = [0xFF00] * len(found) + [0]
        spent = _spent(statuses, before, started)
        return spent | {"studies": [match.dataset.get("StudyInstanceUID") for match in found]}
    else:
        wanted = dn.RetrieveKeys.study(keys["StudyInstanceUID"])
        if words.command == "get":
            config = dn.RetrieveConfig(apart=True, transfer_syntaxes=words.syntax or UNCOMPRESSED)
            into = DirectoryStorage(words.received, durable=False, layout=Layout.FLAT)
            result = await had(door.get(*here, wanted, into=into, config=config, **opening))
        else:
            result = await had(door.move(*here, wanted, words.destination, **opening))
        statuses = [result.status]
    return _spent(statuses, before, started)


async def _repeated(
    door: Any, words: argparse.Namespace, opening: dict[str, Any]
) -> dict[str, Any]:
    """Associations one after the other, or echoes on one of them."""
    many = words.command == "associate"
    contexts = [(ECHO, [IMPLICIT])]
    if many:
        from benchmarks._net_wire import storage_contexts

        contexts = [(uid, list(syntaxes)) for uid, syntaxes in storage_contexts()]
    if words.warm and many:
        async with entered(door.associate(HOST, words.port, contexts, **opening)):
            pass
    before, started = measured_cpu(), time.monotonic()
    for _ in range(words.repeat if many else 1):
        async with entered(door.associate(HOST, words.port, contexts, **opening)) as peer:
            if not many:
                statuses: list[int] = []
                for _ in range(1 + words.warm):
                    before, started = measured_cpu(), time.monotonic()
                    statuses = [
                        (await had(peer.run(echo(peer.exchange)))).status
                        for _ in range(words.repeat)
                    ]
                return _spent(statuses, before, started)
    return _spent([0] * words.repeat, before, started)


def _spent(statuses: list[int], before: float, started: float) -> dict[str, Any]:
    return {
        "statuses": statuses,
        "seconds": time.monotonic() - started,
        "cpu": measured_cpu() - before,
        "peak": peak(),
    }


def ask(*arguments: object) -> dict[str, Any]:
    """One command of a client, in this process."""
    words = parsed([str(argument) for argument in arguments])
    return driven(words.door, lambda: asked(words))


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    both = argparse.ArgumentParser(add_help=False)
    both.add_argument("port", type=int)
    both.add_argument("title")
    both.add_argument("--door", default="asyncio", choices=["asyncio", "trio", "blocking"])
    both.add_argument("--tls", nargs=3)
    parser = argparse.ArgumentParser(prog="python -m tests.peers.ours")
    kinds = parser.add_subparsers(dest="command", required=True)
    server = kinds.add_parser("serve", parents=[both])
    server.add_argument("--received", default="")
    server.add_argument("--keep", default="files", choices=["nothing", "files", "durable"])
    server.add_argument("--flat", action="store_true", help="one folder for all files")
    server.add_argument("--files", default="", help="a folder to find, get and move from")
    server.add_argument("--to", action="append", help="a destination of C-MOVE: TITLE=PORT")
    server.add_argument("--comments", type=int, default=0, help="characters in each answer")
    server.add_argument("--answers", type=int, default=0, help="canned ones to every C-FIND")
    server.add_argument(
        "--any-client", action="store_true", help="TLS without a client's certificate"
    )
    server.add_argument("--called", action="store_true", help="refuse who calls another title")
    server.add_argument("--quick", action="store_true", help="little patience")
    server.add_argument("--places", type=int, default=0, help="associations at once")
    server.add_argument(
        "--largest", type=int, default=0, help="bytes of a file that the disk takes"
    )
    server.add_argument("--handler-sleeps", type=float, default=0)
    for kind in ("echo", "associate", "store", "find", "get", "move"):
        asking = kinds.add_parser(kind, parents=[both])
        asking.add_argument("paths", nargs="*")
        asking.add_argument("--warm", action="store_true", help="measure the second time")
        asking.add_argument("--repeat", type=int, default=1)
        asking.add_argument("--key", action="append", default=[])
        asking.add_argument("--received", default="")
        asking.add_argument("--destination", default="")
        asking.add_argument("--syntax", action="append")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """One command."""
    words = parsed(arguments)
    if words.command == "serve":
        return serve(words)
    print(json.dumps(driven(words.door, lambda: asked(words))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
