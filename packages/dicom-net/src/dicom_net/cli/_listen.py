"""``dicom listen``: receive files into a folder."""

import signal
import sys
from collections import Counter
from ipaddress import ip_address
from queue import SimpleQueue
from typing import TYPE_CHECKING

import click

from dicom_core._display import clean
from dicom_core.cli._options import json_option
from dicom_core.cli._run import complain

from .. import blocking
from .._server_events import (
    AssociationEnded,
    AssociationEstablished,
    AssociationRefused,
    AssociationReleased,
    DiskSpaceLow,
    InstanceReceived,
    InstanceRefused,
    ServerEvent,
    ServerFailed,
    ServerStarted,
)
from .._storage_config import StorageServerConfig
from ..services import DiskWatch
from ._facts import facts_of
from ._layout import folder, layout_options
from ._peer import TITLE, print_json, server_tls, server_tls_options, talk

if TYPE_CHECKING:
    from types import FrameType

    from ..services import AssociationInfo

__all__ = ["command"]

LOOPBACK = "127.0.0.1"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - only with a list of AE titles, or the words --any-ae


@click.command("listen")
@click.argument("port", type=click.IntRange(0, 65535))
@click.option("-od", "-o", "--out", required=True, metavar="DIR", help="The folder for the files.")
@layout_options
@click.option(
    "-aet", "--aetitle", "title", default=None, metavar="AE", callback=TITLE,
    help="Our AE title: who calls another is refused. Default: every title will do.",
)  # fmt: skip
@click.option(
    "--allow", "allowed", multiple=True, metavar="AE", callback=TITLE,
    help="An AE title that may call; may be given several times. Others are refused.",
)  # fmt: skip
@click.option("--any-ae", is_flag=True, help="Everybody may call, from other machines too.")
@click.option(
    "--bind", default=None, metavar="ADDRESS",
    help="The address to listen on. Default: this machine alone, or every address with --allow or --any-ae.",
)  # fmt: skip
@click.option(
    "--max-associations", type=click.IntRange(1), default=64, metavar="N", show_default=True,
    help="Associations at once; further ones are told to come back later.",
)  # fmt: skip
@click.option(
    "--reserve", type=click.IntRange(0), default=1024, metavar="MIB", show_default=True,
    help="Refuse instances while less than so many MiB of the disk are free; a warning comes at four times as much.",
)  # fmt: skip
@server_tls_options
@json_option
@click.option(
    "-v", "--verbose", count=True,
    help="Name each file; -vv also each message on standard error, -vvv each PDU. Patient data is left out.",
)  # fmt: skip
def command(
    port: int,
    out: str,
    layout: str,
    duplicates: str,
    durable: bool | None,
    title: str | None,
    allowed: tuple[str, ...],
    any_ae: bool,
    bind: str | None,
    max_associations: int,
    reserve: int,
    as_json: bool,
    verbose: int,
    **others: object,
) -> int:
    """Receive files on PORT into a folder (C-STORE), until interrupted.

    An instance is acknowledged when the disk has it, unless --not-durable. PORT 0 lets the system choose one.
    An interrupt (Ctrl-C) or SIGTERM ends it in good order: what is under way is finished.
    """
    if verbose > 1:
        talk(verbose)
    host = bind or (EVERYWHERE if allowed or any_ae else LOOPBACK)
    if not _is_loopback(host) and not (allowed or any_ae):
        raise click.UsageError(
            f"--bind {host}: other machines reach it; say which may call (--allow AE), or --any-ae"
        )
    tls = server_tls(others)
    watch = DiskWatch(warn=4 * reserve << 20, refuse=reserve << 20) if reserve else None
    storage = folder(
        out, layout=layout, duplicates=duplicates, durable=durable is not False, watch=watch
    )
    config = StorageServerConfig(
        host=host,
        port=port,
        ae_title=title or "DICOMPY",
        check_called=title is not None,
        allowed=allowed or None,
        any_ae=any_ae,
        max_associations=max_associations,
        max_associations_per_peer=max_associations,
        tls=tls,
    )
    happened: SimpleQueue[ServerEvent | None] = SimpleQueue()

    def end(_signal: int, _frame: "FrameType | None") -> None:
        happened.put(None)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    log = _Log(as_json=as_json, verbose=bool(verbose))
    with blocking.StorageServer(storage, config=config, on_event=happened.put) as server:
        while (event := happened.get()) is not None:
            log.tell(event)
    while not happened.empty():  # what was finished after the interrupt
        left = happened.get()
        if left is not None:
            log.tell(left)
    del server
    return 0


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Log:
    """Says what happens: a line an association, or an event."""

    def __init__(self, *, as_json: bool, verbose: bool) -> None:
        self._as_json = as_json
        self._verbose = verbose
        self._count: Counter[int] = Counter()
        self._bytes: Counter[int] = Counter()
        self._refused: Counter[int] = Counter()

    def tell(self, event: ServerEvent) -> None:
        """Print it, or count it."""
        match event:
            case InstanceReceived():
                number = event.received.info.number
                self._count[number] += 1
                self._bytes[number] += event.received.size
            case InstanceRefused():
                self._refused[event.info.number] += 1
        if self._as_json:
            print_json(facts_of(event))
            return
        match event:
            case ServerStarted():
                self._say(f"listening on {event.host} port {event.port}")
            case InstanceReceived() if self._verbose:
                self._say(event.received.path or event.received.sop_instance)
            case InstanceRefused():
                complain(event.sop_instance, f"refused with {event.status:04X}H: {event.error}")
            case AssociationEstablished() if self._verbose:
                self._say(f"{_who(event.info)}: begins")
            case AssociationReleased():
                self._say(f"{_who(event.info)}: {self._summary(event.info.number)}")
            case AssociationEnded():
                done = self._summary(event.info.number)
                complain(_who(event.info), f"{done}, then: {event.error}")
            case AssociationRefused():
                complain(_who(event.info), f"rejected {event.answer.explanation}")
            case DiskSpaceLow():
                complain("", f"the disk is {event.level}: {event.free >> 20} MiB are free")
            case ServerFailed():
                complain("", event.error)

    def _say(self, text: str) -> None:
        sys.stdout.write(clean(text) + "\n")
        sys.stdout.flush()

    def _summary(self, number: int) -> str:
        count, size, refused = (
            found.pop(number, 0) for found in (self._count, self._bytes, self._refused)
        )
        text = f"{count} instance{'' if count == 1 else 's'}, {size / 1e6:.1f} MB"
        return f"{text}, {refused} refused" if refused else text


def _who(info: "AssociationInfo") -> str:
    return f"{info.calling} at {info.address[0]}"
