"""``dicom move``: have a peer send somewhere (C-MOVE)."""

from contextlib import closing

import click

from dicom_core.query import InformationModel

from .. import blocking
from ..services import RetrieveCompleted, RetrieveConfig, RetrieveProgress, RetrieveResult
from ._keys import key_option, model_options
from ._peer import TITLE, Peer, json_option, peer_options
from ._progress import Bar
from ._retrieving import keys_of, show_progress, tell_result, uid_options

__all__ = ["command"]


@click.command("move")
@click.option(
    "-aem", "--move", "destination", default=None, metavar="AE", callback=TITLE,
    help="The AE title that the peer shall send to; default: our own (-aet).",
)  # fmt: skip
@uid_options
@key_option
@model_options()
@json_option
@peer_options
def command(
    peer: Peer,
    destination: str | None,
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

    The exit code is 0 when everything was sent.
    """
    wanted = keys_of(
        keys, model, level, studies=studies, series=series, instances=instances, patient=patient
    )
    events = blocking.iter_move(
        peer.host,
        peer.port,
        wanted,
        destination or peer.calling_ae,
        config=RetrieveConfig(model=model),
        **peer.opening,
    )
    result: RetrieveResult | None = None
    with Bar("moving", prints=as_json) as bar, closing(events):
        for event in events:
            if isinstance(event, RetrieveProgress):
                show_progress(bar, event)
            elif isinstance(event, RetrieveCompleted):
                result = event.result
    assert result is not None  # the last event, where nothing raised
    return tell_result(result, as_json=as_json)
