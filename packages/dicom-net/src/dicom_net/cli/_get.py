"""``dicom get``: retrieve over the association itself (C-GET)."""

from contextlib import closing

import click

from dicom_core.cli._progress import Bar
from dicom_core.query import InformationModel

from .. import blocking
from ..services import (
    ReceivedInstance,
    RetrieveCompleted,
    RetrieveConfig,
    RetrieveProgress,
    RetrieveResult,
)
from ._keys import key_option, model_options
from ._layout import folder, layout_options
from ._peer import Peer, json_option, peer_options
from ._retrieving import keys_of, show_instance, show_progress, tell_result, uid_options

__all__ = ["command"]


@click.command("get")
@click.option("-od", "-o", "--out", required=True, metavar="DIR", help="The folder for the files.")
@layout_options
@uid_options
@key_option
@model_options()
@click.option(
    "--syntax", "transfer_syntaxes", multiple=True, metavar="UID",
    help="Take instances in this transfer syntax, by UID or keyword; may be given several times. "
    "Default: the uncompressed ones, which some peers convert to.",
)  # fmt: skip
@click.option(
    "--class", "classes", multiple=True, metavar="UID",
    help="Take instances of these SOP classes alone, by UID or keyword; default: some 120 usual ones.",
)  # fmt: skip
@json_option
@peer_options
def command(
    peer: Peer,
    out: str,
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
    transfer_syntaxes: tuple[str, ...],
    classes: tuple[str, ...],
    as_json: bool,
) -> int:
    """Retrieve from the peer at HOST and PORT over the same association (C-GET), into a folder.

    The exit code is 0 when everything arrived.
    """
    wanted = keys_of(
        keys, model, level, studies=studies, series=series, instances=instances, patient=patient
    )
    config = _config(model, transfer_syntaxes, classes)
    storage = folder(out, layout=layout, duplicates=duplicates, durable=bool(durable))
    events = blocking.iter_get(
        peer.host, peer.port, wanted, into=storage, config=config, **peer.opening
    )
    result: RetrieveResult | None = None
    with Bar("retrieving", prints=as_json) as bar, closing(events):
        for event in events:
            if isinstance(event, RetrieveProgress):
                show_progress(bar, event)
            elif isinstance(event, ReceivedInstance):
                show_instance(event, as_json=as_json)
            elif isinstance(event, RetrieveCompleted):
                result = event.result
    assert result is not None  # the last event, where nothing raised
    return tell_result(result, as_json=as_json)


def _config(
    model: InformationModel, transfer_syntaxes: tuple[str, ...], classes: tuple[str, ...]
) -> RetrieveConfig:
    default = RetrieveConfig(model=model)
    return RetrieveConfig(
        model=model,
        storage=[_uid(one, "--class") for one in classes] or default.storage,
        transfer_syntaxes=[_uid(one, "--syntax") for one in transfer_syntaxes]
        or default.transfer_syntaxes,
        # each syntax in a context of its own, so that the peer sends each instance as it keeps it
        apart=bool(transfer_syntaxes),
    )


def _uid(text: str, option: str) -> str:
    from dicom_dict import UnknownEntry, uid

    if text[:1].isdigit():
        return text
    try:
        return uid(text).uid
    except UnknownEntry as error:
        raise click.UsageError(f"{option}: {error}") from None
