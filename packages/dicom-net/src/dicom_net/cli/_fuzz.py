"""``dicom fuzz``: how a server takes what it should take, and what it should not."""

import json
import sys
from typing import TYPE_CHECKING

import click

from dicom_core._display import clean
from dicom_core.cli._options import json_option

from ..testing._fuzz import CASES, Case, CaseResult, FuzzTarget, Kind, Verdict, fuzz, named
from ._peer import client_tls_options

if TYPE_CHECKING:
    from .._tls import TlsConfig

__all__ = ["command"]


def _list(context: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    del parameter
    if wanted:
        for case in CASES:
            sys.stdout.write(f"{case.name:5} {case.kind.value:11} {_title(case)}\n")
        context.exit(0)


def _title(case: Case) -> str:
    return f"{case.title} ({case.clause})" if case.clause else case.title


@click.command("fuzz")
@click.argument("host")
@click.argument("port", type=click.IntRange(1, 65535))
@click.option(
    "-aec", "--aec", "--called", "called_ae", default="ANY-SCP", metavar="AE", show_default=True,
    help="AE title of the server.",
)  # fmt: skip
@click.option(
    "-aet", "--aet", "--calling", "calling_ae", default="DICOMPY", metavar="AE", show_default=True,
    help="Our own AE title.",
)  # fmt: skip
@click.option(
    "--case", "names", multiple=True, metavar="NAME",
    help="Only cases whose names begin so, such as C for conformance or N02; may be given again.",
)  # fmt: skip
@click.option(
    "--random", "random_cases", type=click.IntRange(0, 10_000), default=20, show_default=True, metavar="N",
    help="Associations with bytes changed by chance, after the cases; none with --case.",
)  # fmt: skip
@click.option(
    "--seed", type=click.IntRange(0), default=1, show_default=True, metavar="N",
    help="The first of their seeds: the same one changes the same bytes.",
)  # fmt: skip
@click.option(
    "--patience", type=click.FloatRange(0.1, 600), default=5.0, show_default=True, metavar="SECONDS",
    help="How long an answer may take.",
)  # fmt: skip
@click.option("--faults", is_flag=True, help="Print only what is not ok.")
@click.option(
    "--i-may-test-this-host", is_flag=True,
    help="Needed for any host but this machine: a server may stop working, and somebody may need it.",
)  # fmt: skip
@click.option(
    "--list", is_flag=True, is_eager=True, expose_value=False, callback=_list,
    help="Print the cases, and play none.",
)  # fmt: skip
@json_option
@client_tls_options
def command(
    host: str,
    port: int,
    called_ae: str,
    calling_ae: str,
    names: tuple[str, ...],
    random_cases: int,
    seed: int,
    patience: float,
    faults: bool,
    i_may_test_this_host: bool,
    as_json: bool,
    tls: "TlsConfig | None",
) -> int:
    """Play conformance and hostile cases to the server at HOST and PORT, and say how it takes them.

    It has to offer Verification. After each case somebody else asks for a C-ECHO, and has to be answered. The exit
    code is 0 when everything is as it should be.

    \b
    ok     as the standard says, or refused in time
    wrong  not what the standard says
    hung   neither an answer nor the end of the connection came in time
    down   afterwards, another connection got no answer
    """
    cases = named(names) if names else CASES
    if not cases:
        raise click.BadParameter(
            f"no case has such a name: {', '.join(names)}", param_hint="--case"
        )

    def tell(result: CaseResult) -> None:
        if faults and result.verdict is Verdict.OK:
            return
        sys.stdout.write(_json(result) if as_json else _text(result))
        sys.stdout.flush()

    target = FuzzTarget(
        host=host,
        port=port,
        called_ae=called_ae,
        calling_ae=calling_ae,
        patience=patience,
        tls=None if tls is None else tls.client_context(),
    )
    report = fuzz(
        target,
        cases,
        random_cases=0 if names else random_cases,
        seed=seed,
        i_may_test_this_host=i_may_test_this_host,
        on_result=tell,
    )
    counts = {
        kind.value: {
            verdict.value: sum(
                one.verdict is verdict and one.case.kind is kind for one in report.results
            )
            for verdict in Verdict
        }
        for kind in Kind
    }
    if as_json:
        sys.stdout.write(json.dumps({"passed": report.passed, "counts": counts}) + "\n")
    else:
        for kind, found in counts.items():
            total = sum(found.values())
            if total:
                sys.stdout.write(f"{kind}: {found['ok']} of {total} ok\n")
    return 0 if report.passed else 1


def _text(result: CaseResult) -> str:
    line = f"{result.verdict.value:5}  {result.case.name:5} {_title(result.case)}\n"
    return line + (f"              {clean(result.text)}\n" if result.text else "")


def _json(result: CaseResult) -> str:
    line = {
        "name": result.case.name,
        "title": result.case.title,
        "kind": result.case.kind.value,
        "clause": result.case.clause,
        "verdict": result.verdict.value,
        "text": result.text,
        "heard": list(result.heard),
        "seconds": round(result.seconds, 3),
    }
    return json.dumps(line) + "\n"
