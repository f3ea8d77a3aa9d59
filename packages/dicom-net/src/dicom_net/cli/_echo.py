"""``dicom echo``: whether a peer answers."""

import sys
from typing import TYPE_CHECKING

import click
from attrs import asdict

from dicom_core._display import clean
from dicom_core.cli._run import complain

from .. import blocking
from .._errors import NetworkError
from ._peer import Peer, json_option, peer_options, print_json

if TYPE_CHECKING:
    from .. import VerificationResult

__all__ = ["command"]


@click.command("echo")
@click.option("--repeat", type=click.IntRange(1), default=1, metavar="N", help="Ask so many times.")
@json_option
@peer_options
def command(peer: Peer, repeat: int, as_json: bool) -> int:
    """Ask the peer at HOST and PORT whether it answers (C-ECHO).

    The exit code is 0 when it says success, every time it is asked.
    """
    well = True
    for _ in range(repeat):
        try:
            result = blocking.verify(peer.host, peer.port, **peer.opening)
        except NetworkError as error:
            if as_json:
                print_json({"success": False, "error": str(error), "category": error.category})
            complain("", error)
            return 1
        well = well and result.success
        _tell(peer, result, as_json=as_json)
    return 0 if well else 1


def _tell(peer: Peer, result: "VerificationResult", *, as_json: bool) -> None:
    if as_json:
        print_json({"success": result.success, **asdict(result)})
        return
    if not result.success:
        complain("", result.reason)
        return
    name = " ".join(filter(None, (result.implementation_version, result.implementation_class)))
    sys.stdout.write(
        f"{clean(peer.called_ae)} answers in {result.seconds * 1000:.1f} ms ({clean(name)})\n"
    )
