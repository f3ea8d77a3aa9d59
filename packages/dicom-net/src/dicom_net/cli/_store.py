"""``dicom store``: send files to a peer (C-STORE)."""

import os
import sys
from contextlib import closing

import click
from attrs import asdict

from dicom_core.cli._options import FILES
from dicom_core.cli._progress import Bar
from dicom_core.cli._run import complain

from .. import blocking
from ..services import (
    BatchConfig,
    BatchError,
    BatchProgress,
    BatchResult,
    Conversion,
    FileOutcome,
    FileResult,
    StoreConfig,
    files_below,
)
from ._peer import Peer, json_option, peer_options, print_json

__all__ = ["command"]


@click.command("store")
@click.option(
    "--convert", type=click.Choice([str(one) for one in Conversion]), default=str(Conversion.UNCOMPRESSED),
    show_default=True,
    help="What may be done to files whose transfer syntax the peer does not take; lossless and lossy need dicom-imaging.",
)  # fmt: skip
@click.option("--fail-fast", is_flag=True, help="End with the first file that fails.")
@click.option(
    "--retries", type=click.IntRange(0, 100), default=0, metavar="N",
    help="Try a file again so often after a failure that may pass.",
)  # fmt: skip
@click.option(
    "-j", "--parallel", type=click.IntRange(1, 64), default=1, metavar="N", help="Associations at once."
)  # fmt: skip
@click.option(
    "--window", type=click.IntRange(1, 1000), default=1, metavar="N",
    help="Requests outstanding on an association, where the peer agrees.",
)  # fmt: skip
@json_option
@peer_options
@click.argument("files", **FILES)  # behind host and port
def command(
    peer: Peer,
    files: tuple[str, ...],
    convert: str,
    fail_fast: bool,
    retries: int,
    parallel: int,
    window: int,
    as_json: bool,
) -> int:
    """Send files, or everything in folders, to the peer at HOST and PORT (C-STORE).

    In folders, what is no instance is passed over. The exit code is 0 when the peer has taken everything else.
    """
    config = BatchConfig(
        store=StoreConfig(conversion=Conversion(convert)),
        fail_fast=fail_fast,
        retries=retries,
        parallel=parallel,
        window=window,
    )
    sources: list[str] = []
    asked = set()
    for name in files:
        if os.path.isdir(name):
            sources += files_below(name)
        else:
            sources.append(name)
            asked.add(name)
    events = blocking.send(
        peer.host, peer.port, sources, config=config, skip_others=True, **peer.opening
    )
    failed = False
    told = set()
    result: BatchResult | None = None
    with Bar("sending", prints=as_json) as bar, closing(events):
        for event in events:
            if isinstance(event, FileResult):
                told.add(event.index)
                failed |= _tell(event, asked=event.source in asked, as_json=as_json)
            elif isinstance(event, BatchProgress):
                bar.show(event.fraction, 1.0)
            elif isinstance(event, BatchError):
                complain("", event.text)
            elif isinstance(event, BatchResult):
                result = event
                for one in event.results:  # what was never tried is told here alone
                    if one.index not in told:
                        failed |= _tell(one, asked=one.source in asked, as_json=as_json)
    assert result is not None  # the last event, where nothing raised
    if not as_json:
        megabytes = result.bytes / 1e6
        sys.stdout.write(
            f"{result.succeeded} of {result.total - result.skipped} sent, {megabytes:.1f} MB in {result.seconds:.1f} s\n"
        )
    if not result.succeeded and not failed:
        complain("", "no DICOM file is there")
    return 0 if result and result.succeeded and not failed else 1


def _tell(event: FileResult, *, asked: bool, as_json: bool) -> bool:
    """Say what became of a file; whether it failed."""
    skipped = event.outcome is FileOutcome.SKIPPED
    failed = not event.success and (asked or not skipped)
    if as_json:
        if event.success or failed:
            status = None if event.status is None else f"{event.status:04X}"
            print_json({**asdict(event), "status": status})
    elif failed:
        complain(event.source, event.error or str(event.outcome))
    elif event.outcome is FileOutcome.WARNING:
        complain(event.source, f"taken with status {event.status or 0:04X}H")
    return failed
