"""``dicom doctor``: find out why an association does not come about."""

import sys

import click

from dicom_core._display import clean
from dicom_core.query import InformationModel, QueryError

from .. import blocking
from ..services import DoctorReport, Finding, Reach, RetrieveKeys
from ._peer import TITLE, Peer, json_option, peer_options, print_json

__all__ = ["command"]

_MARKS = {
    Finding.GOOD: "ok",
    Finding.BAD: "WRONG",
    Finding.DOUBTFUL: "?",
    Finding.SKIPPED: "-",
}


@click.command("doctor")
@click.option(
    "--for", "services", multiple=True, metavar="UID",
    help="What the association is wanted for: a SOP class by UID or keyword, with =TRANSFER-SYNTAX,... where that matters. "
    "May be given several times.",
)  # fmt: skip
@click.option(
    "-aem", "--move", "destination", default=None, metavar="AE", callback=TITLE,
    help="Whether the peer reaches us under this title: listen, and have it move to us (C-MOVE).",
)  # fmt: skip
@click.option(
    "+P", "--move-port", type=click.IntRange(1, 65535), default=104, show_default=True, metavar="PORT",
    help="With -aem: the port that the peer has for us.",
)  # fmt: skip
@click.option(
    "--bind", default="0.0.0.0", show_default=True, metavar="ADDRESS",  # noqa: S104 - the peer calls from elsewhere
    help="With -aem: the address that is listened on.",
)  # fmt: skip
@click.option(
    "--study", default="", metavar="UID", help="With -aem: move this study, which is thrown away here."
)  # fmt: skip
@click.option("--series", default="", metavar="UID", help="With --study: only this series.")
@click.option("--instance", default="", metavar="UID", help="With --series: only this instance.")
@click.option(
    "--trace",
    default=None,
    metavar="FILE",
    help="Write what was proposed and answered, without patient data.",
)
@json_option
@peer_options
def command(
    peer: Peer,
    services: tuple[str, ...],
    destination: str | None,
    move_port: int,
    bind: str,
    study: str,
    series: str,
    instance: str,
    trace: str | None,
    as_json: bool,
) -> int:
    """Look at each step of an association with HOST and PORT, and say in plain words which fails and what to do.

    Name, connection, TLS, association, contexts, C-ECHO, and with -aem whether the peer can send to us. The exit code is 0 when
    nothing is wrong.
    """
    reach = None
    if destination is not None:
        reach = Reach(
            ae_title=destination,
            host=bind,
            port=move_port,
            keys=_keys(study, series, instance),
            model=InformationModel.STUDY_ROOT,
        )
    elif study:
        raise click.UsageError("--study says what to move; -aem says where")
    report = blocking.doctor(
        peer.host,
        peer.port,
        contexts=[_service(one) for one in services],
        reach=reach,
        **peer.opening,
    )
    if trace is not None:
        with open(trace, "w", encoding="utf-8") as file:
            file.write("\n".join(report.trace) + "\n")
    _print(report, as_json=as_json)
    return 0 if report.is_well else 1


def _keys(study: str, series: str, instance: str) -> RetrieveKeys | None:
    if not study:
        if series or instance:
            raise click.UsageError("--series and --instance need --study")
        return None
    if instance:
        keys = RetrieveKeys.instance(study, series, instance)
    elif series:
        keys = RetrieveKeys.series(study, series)
    else:
        keys = RetrieveKeys.study(study)
    try:
        keys.query()
    except QueryError as error:
        raise click.UsageError(str(error)) from None
    return keys


def _service(text: str) -> tuple[str, tuple[str, ...]]:
    name, _, syntaxes = text.partition("=")
    default = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2")
    named = tuple(_uid(one) for one in syntaxes.split(",") if one)
    return _uid(name), named or default


def _uid(text: str) -> str:
    from dicom_dict import UnknownEntry, uid

    if text[:1].isdigit():
        return text
    try:
        return uid(text).uid
    except UnknownEntry as error:
        raise click.UsageError(f"--for: {error}") from None


def _print(report: DoctorReport, *, as_json: bool) -> None:
    if as_json:
        steps = [
            {
                "step": step.name,
                "finding": step.finding,
                "cause": step.cause,
                "text": step.text,
                "advice": step.advice,
                "facts": dict(step.facts),
            }
            for step in report.steps
        ]
        print_json(
            {
                "well": report.is_well,
                "cause": report.cause,
                "steps": steps,
                "trace": list(report.trace),
            }
        )
        return
    for step in report.steps:
        sys.stdout.write(f"{_MARKS[step.finding]:>5}  {step.name:<11}  {clean(step.text)}\n")
        if step.advice:
            sys.stdout.write(f"{'':>20}{clean(step.advice)}\n")
