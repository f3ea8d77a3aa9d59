"""``dicom serve``: an archive with one command."""

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

import click
from attrs import evolve

from dicom_core.cli._options import json_option
from dicom_core.store import DuplicatePolicy
from dicom_net.cli._peer import TITLE, server_tls_options

from ..node import ServeSettings
from ..node._settings import LogForm, LogLevel
from ._place import FILE
from ._serve_options import settings_of

if TYPE_CHECKING:
    import socket
    from types import FrameType

    from .. import Archive
    from ..node import Node
    from ._serve_speaker import Speaker

__all__ = ["command"]

ARCHIVE_SETTINGS: Final = FILE
"""Settings that lie in the folder of an archive hold where no others are named."""


@click.command("serve")
@click.option(
    "--config", metavar="FILE.toml",
    help=f"Settings; other options win over them. Default: {ARCHIVE_SETTINGS} in the folder, where it is there.",
)  # fmt: skip
@click.option("--data", metavar="DIR", help="The folder of the archive. Default: dicom-archive.")
@click.option(
    "--index", metavar="URL", help="Another database for the index: postgresql+psycopg://..."
)
@click.option(
    "--dimse", type=click.IntRange(0, 65535), metavar="PORT",
    help="The DICOM port; 0 lets the system choose. Default: 11112.",
)  # fmt: skip
@click.option(
    "-aet", "--aetitle", "ae_title", metavar="AE", callback=TITLE,
    help="Our AE title. Default: DICOMPY.",
)  # fmt: skip
@click.option(
    "--bind", "host", metavar="ADDRESS",
    help="The address to listen on; any but this machine's own needs --allow or --any-ae. Default: 127.0.0.1.",
)  # fmt: skip
@click.option(
    "--allow", "allowed", multiple=True, metavar="AE", callback=TITLE,
    help="An AE title that may call; may be given several times. Others are refused.",
)  # fmt: skip
@click.option(
    "--any-ae", is_flag=True, default=None, help="Everybody may call, from other machines too."
)
@click.option(
    "--to", "destinations", multiple=True, metavar="AE=HOST:PORT",
    help="Where C-MOVE may send to; may be given several times.",
)  # fmt: skip
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    metavar="N",
    help="Processes that share the port. Default: 1.",
)
@click.option(
    "--max-associations", type=click.IntRange(1), metavar="N",
    help="Associations at once, of each worker; further ones are told to come back later. Default: 64.",
)  # fmt: skip
@click.option(
    "--duplicates", type=click.Choice([str(one) for one in DuplicatePolicy]),
    help="What becomes of another instance with a UID that is there. Default: keep the first.",
)  # fmt: skip
@click.option(
    "--durable/--not-durable", default=None,
    help="Acknowledge an instance when the disk has it (the default), or sooner.",
)  # fmt: skip
@click.option(
    "--reserve", type=click.IntRange(0), metavar="MIB",
    help="Refuse instances while less than so many MiB of the disk are free. Default: 1024.",
)  # fmt: skip
@click.option(
    "--demo",
    is_flag=True,
    help="Fill an empty archive with synthetic studies; without --data, one that is gone at the end.",
)
@click.option(
    "--log", "log", type=click.Choice([str(one) for one in LogForm]),
    help="The form of the log on standard error; it has no patient data. Default: text.",
)  # fmt: skip
@click.option(
    "--log-level", type=click.Choice([str(one) for one in LogLevel]),
    help="How much is logged; debug has each instance and each message. Default: info.",
)  # fmt: skip
@click.option(
    "--print-config", is_flag=True, help="Print all settings that hold, as TOML, and end."
)
@server_tls_options
@json_option
def command(
    config: str | None,
    print_config: bool,
    demo: bool,
    as_json: bool,
    **options: object,
) -> int:
    """Start an archive: C-STORE into it, C-FIND, C-GET and C-MOVE from it.

    An instance is acknowledged when the disk and the index have it. It listens on this machine alone unless --bind says
    otherwise. An interrupt (Ctrl-C) or SIGTERM ends it in good order: what is under way is finished; a second one
    ends it at once.
    """
    with ExitStack() as stack:
        stack.enter_context(_leaving_in_order())
        if demo and options["data"] is None and config is None:
            options["data"] = stack.enter_context(_passing_folder())
        settings = settings_of(_file(config, options["data"]), options)
        if print_config:
            sys.stdout.write(settings.to_toml())
            return 0
        return _serve(settings, demo=demo, as_json=as_json)


@contextmanager
def _leaving_in_order() -> Iterator[None]:
    """SIGTERM leaves nothing behind, also before it listens; afterwards it has an end in good order of its own."""

    def leave(number: int, _frame: "FrameType | None") -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _file(config: str | None, data: object) -> ServeSettings:
    """The settings of the file that is named, or lies in the folder."""
    if config is not None:
        return ServeSettings.load(config)
    folder = data if isinstance(data, str) else ServeSettings().data
    path = os.path.join(folder, ARCHIVE_SETTINGS)
    return (
        evolve(ServeSettings.load(path), data=folder) if os.path.exists(path) else ServeSettings()
    )


@contextmanager
def _passing_folder() -> Iterator[str]:
    """A folder that is gone at the end."""
    from tempfile import mkdtemp

    folder = mkdtemp(prefix="dicom-demo-")
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _serve(settings: ServeSettings, *, demo: bool, as_json: bool) -> int:
    from ..node._log import log_to
    from ._serve_speaker import Speaker

    log_to(None, settings.log, settings.log_level)
    program = click.get_current_context().find_root().info_name or "dicom"
    speaker = Speaker(settings, as_json=as_json, demo=demo, program=program)
    if settings.workers > 1:
        return _with_workers(settings, speaker, demo=demo)
    with _opened(settings, demo=demo) as archive:
        instances, _ = archive.index.totals()

        def ready(node: "Node") -> None:
            speaker.listens(node.port, instances)

        code = _run(archive, settings, speaker, ready)
    speaker.stopped(settings.dimse)
    return code


@contextmanager
def _opened(settings: ServeSettings, *, demo: bool) -> "Iterator[Archive]":
    """The archive, with something in it where it is for a demonstration."""
    from ..node import open_archive

    with open_archive(settings) as archive:
        if demo:
            from ._serve_demo import fill

            fill(archive)
        yield archive


def _run(
    archive: "Archive",
    settings: ServeSettings,
    speaker: "Speaker",
    ready: "Callable[[Node], None]",
    listeners: "list[socket.socket] | None" = None,
    lifeline: int | None = None,
) -> int:
    import anyio

    from ..node._run import run

    work = partial(
        run,
        archive,
        settings,
        on_event=speaker.tell if speaker.as_json else None,
        ready=ready,
        listeners=listeners,
        lifeline=lifeline,
    )
    return 0 if anyio.run(work) else 1


def _with_workers(settings: ServeSettings, speaker: "Speaker", *, demo: bool) -> int:
    from dicom_net._listening import listen

    from ..node import open_archive
    from ..node._workers import supervise

    if not hasattr(os, "fork"):
        raise click.UsageError("--workers: this system cannot fork; one process serves all")
    with ExitStack() as stack:
        listeners = [stack.enter_context(one) for one in listen(settings.host, settings.dimse)]
        port = listeners[0].getsockname()[1]
        # What cannot work is told now, once; and nothing of it is open when a process is forked
        with _opened(settings, demo=demo) as archive:
            instances, _ = archive.index.totals()
        speaker.listens(port, instances)

        def work(number: int, lifeline: int) -> int:
            speaker.worker = number
            with open_archive(settings) as archive:
                return _run(archive, settings, speaker, lambda _: None, listeners, lifeline)

        ended_well = supervise(settings.workers, work, speaker.died)
    speaker.stopped(port)
    return 0 if ended_well else 1
