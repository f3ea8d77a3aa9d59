"""``dicom move``: have a peer send somewhere (C-MOVE)."""

from contextlib import closing

import click

from dicom_core.cli._progress import Bar
from dicom_core.query import InformationModel

from .. import blocking
from ..services import (
    OwnDestination,
    RetrieveCompleted,
    RetrieveConfig,
    RetrieveKeys,
    RetrieveProgress,
    RetrieveResult,
)
from ._keys import key_option, model_options
from ._layout import folder, layout_options
from ._peer import TITLE, Peer, json_option, peer_options
from ._retrieving import keys_of, show_instance, show_progress, tell_result, uid_options

__all__ = ["command"]


@click.command("move")
@click.option(
    "-aem", "--move", "destination", default=None, metavar="AE", callback=TITLE,
    help="The AE title that the peer shall send to; default: our own (-aet).",
)  # fmt: skip
@click.option(
    "-od", "-o", "--out", default=None, metavar="DIR",
    help="Receive here, into this folder: the peer has to know us by the title, with our address and the port.",
)  # fmt: skip
@click.option(
    "+P", "--port", "own_port", type=click.IntRange(1, 65535), default=None, metavar="PORT",
    help="With -o: the port that the peer has for us.",
)  # fmt: skip
@click.option(
    "--bind", default="0.0.0.0", show_default=True, metavar="ADDRESS",  # noqa: S104 - only the peer may call
    help="With -o: the address that is listened on.",
)  # fmt: skip
@layout_options
@uid_options
@key_option
@model_options()
@json_option
@peer_options
def command(
    peer: Peer,
    destination: str | None,
    out: str | None,
    own_port: int | None,
    bind: str,
    layout: str,
    duplicates: str,
    durable: bool | None,
    keys: tuple[str, ...],
    model: InformationModel,
    level: str | None,
    studies: tuple[str, ...],
    series: tuple[str, ...],
    instances: tuple[str, ...],
    patient: str,
    as_json: bool,
) -> int:
    """Have the peer at HOST and PORT send instances to an application entity that it knows (C-MOVE).

    With -o that is ourselves, for as long as it takes; only the peer may send then. The exit code is 0 when everything was
    sent.
    """
    wanted = keys_of(
        keys, model, level, studies=studies, series=series, instances=instances, patient=patient
    )
    title = destination or peer.calling_ae
    config = RetrieveConfig(model=model)
    if out is None:
        if own_port is not None:
            raise click.UsageError("+P says where to listen; -o says where the files go")
        return tell_result(_sent(peer, wanted, title, config, prints=as_json), as_json=as_json)
    if own_port is None:
        raise click.UsageError("-o needs +P: the port that the peer has for us")
    own = OwnDestination(
        ae_title=title,
        port=own_port,
        host=bind,
        into=folder(out, layout=layout, duplicates=duplicates, durable=bool(durable)),
    )
    with Bar("moving", prints=as_json) as bar:
        result = blocking.move(
            peer.host,
            peer.port,
            wanted,
            own,
            config=config,
            on_progress=lambda progress: show_progress(bar, progress),
            **peer.opening,
        )
    for instance in result.instances:
        show_instance(instance, as_json=as_json)
    return tell_result(result, as_json=as_json)


def _sent(
    peer: Peer, keys: RetrieveKeys, title: str, config: RetrieveConfig, *, prints: bool
) -> RetrieveResult:
    """To somebody else."""
    events = blocking.iter_move(peer.host, peer.port, keys, title, config=config, **peer.opening)
    result: RetrieveResult | None = None
    with Bar("moving", prints=prints) as bar, closing(events):
        for event in events:
            if isinstance(event, RetrieveProgress):
                show_progress(bar, event)
            elif isinstance(event, RetrieveCompleted):
                result = event.result
    assert result is not None  # the last event, where nothing raised
    return result
