"""``dicom find``: query a peer."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import click
from attrs import evolve

from dicom_core.query import InformationModel, QueryLevel

from .. import blocking
from ._keys import key_option, level_of_keys, model_options, parse_keys, query_of
from ._peer import Peer, json_option, peer_options
from ._rows import USUAL, columns_of, row_of, table

if TYPE_CHECKING:
    from dicom_core import Dataset

    from ..services import Match

__all__ = ["command"]


@click.command("find")
@key_option
@click.option(
    "--level", default=None, metavar="LEVEL",
    help="PATIENT, STUDY, SERIES or IMAGE; also as -k QueryRetrieveLevel=... Default: STUDY.",
)  # fmt: skip
@model_options(worklist=True)
@click.option(
    "--limit", "-n", type=click.IntRange(1), default=None, metavar="N",
    help="Cancel the query after so many answers.",
)  # fmt: skip
@click.option(
    "--no-check", is_flag=True,
    help="Send what breaks the rules of the hierarchy, too: some peers do without unique keys.",
)  # fmt: skip
@click.option("--relational", is_flag=True, help="Negotiate relational queries.")
@click.option("--fuzzy", is_flag=True, help="Negotiate fuzzy matching of names.")
@json_option
@peer_options
def command(
    peer: Peer,
    keys: tuple[str, ...],
    level: str | None,
    model: InformationModel,
    limit: int | None,
    no_check: bool,
    relational: bool,
    fuzzy: bool,
    as_json: bool,
) -> int:
    """Query the peer at HOST and PORT (C-FIND), and print an answer a line.

    Without -k, what is usual at the level is asked for. On a terminal the answers stand in columns; elsewhere tabs separate them,
    and --json prints the DICOM JSON Model. The exit code is 0 also when nothing is found.
    """
    wanted = parse_keys(keys)
    found_level = None
    if model.levels:
        default = QueryLevel.PATIENT if model is InformationModel.PATIENT_ROOT else QueryLevel.STUDY
        found_level = level_of_keys(wanted, level, default)
    elif level:
        raise click.UsageError("a worklist has no levels")
    asked = dict(wanted)
    if all(wanted.values()):  # who names keys without a value wants these, and no others
        for path in USUAL[found_level]:
            asked.setdefault(path, None)
    query = query_of(asked, found_level, model)
    query = evolve(
        query, limit=limit, options=evolve(query.options, relational=relational, fuzzy_names=fuzzy)
    )
    matches = blocking.iter_find(peer.host, peer.port, query, check=not no_check, **peer.opening)
    with closing(matches):
        if as_json:
            _print_json(match.dataset for match in matches)
        else:
            _print_rows(matches, columns_of(wanted, asked, found_level))
    return 0


def _print_json(answers: "Iterable[Dataset]") -> None:
    from dicom_core.json import encode

    for dataset in answers:
        sys.stdout.buffer.write(encode(dataset) + b"\n")
        sys.stdout.buffer.flush()


def _print_rows(matches: "Iterator[Match]", columns: list[str]) -> None:
    count = 0

    def rows() -> Iterator[list[str]]:
        nonlocal count
        for match in matches:
            count += 1
            yield row_of(match.dataset, columns)

    aligned = sys.stdout.isatty()
    for line in table(rows(), columns, aligned=aligned):
        sys.stdout.write(line + "\n")
    if aligned:
        sys.stderr.write(f"{count} found\n")
