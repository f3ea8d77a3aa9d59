"""Keys on the command line: ``-k PatientName=DOE*``, ``-k 0010,0020``, ``-k (0040,0100)[0].Modality=CT``."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

import click

from dicom_core.query import InformationModel, QueryError, QueryLevel, build
from dicom_dict import find_element

if TYPE_CHECKING:
    from dicom_core.query import KeyValue, Query

__all__ = ["UNIQUE", "key_option", "level_of_keys", "model_options", "parse_keys", "query_of"]

Command = TypeVar("Command", bound=Callable[..., object])

UNIQUE: Final = {
    QueryLevel.PATIENT: "PatientID",
    QueryLevel.STUDY: "StudyInstanceUID",
    QueryLevel.SERIES: "SeriesInstanceUID",
    QueryLevel.IMAGE: "SOPInstanceUID",
}
_LEVEL: Final = "QueryRetrieveLevel"

key_option = click.option(
    "-k", "--key", "keys", multiple=True, metavar="KEY[=VALUE]",
    help="A key: a keyword or a tag such as 0010,0020, or a path through a sequence; without a value it is only asked for. "
    "Several UIDs are separated by a backslash. May be given several times.",
)  # fmt: skip


def model_options(*, worklist: bool = False) -> Callable[[Command], Command]:
    """``-S``, ``-P`` and, for queries, ``-W``, as DCMTK has them."""

    def decorate(command: Command) -> Command:
        models = [
            (
                "-S",
                "--study-root",
                InformationModel.STUDY_ROOT,
                "The study root model; the default.",
            ),
            ("-P", "--patient-root", InformationModel.PATIENT_ROOT, "The patient root model."),
        ]
        if worklist:
            models.append(("-W", "--worklist", InformationModel.WORKLIST, "The modality worklist."))
        for short, long, model, text in reversed(models):
            command = click.option(
                short,
                long,
                "model",
                flag_value=str(model),
                default=None,
                callback=_model,
                help=text,
            )(command)
        return command

    return decorate


def _model(
    _context: click.Context, _parameter: click.Parameter, value: str | None
) -> InformationModel:
    return InformationModel(value) if value else InformationModel.STUDY_ROOT


def parse_keys(keys: tuple[str, ...]) -> "dict[str, KeyValue]":
    """The keys by their paths, as `dicom_core.query.build` takes them."""
    found: dict[str, KeyValue] = {}
    for text in keys:
        name, equals, value = text.partition("=")
        # DCMTK counts items, of which a key has one, and puts tags into parentheses
        path = re.sub(r"\[0\]", "", name.strip())
        path = re.sub(r"\(?([0-9a-fA-F]{4}),([0-9a-fA-F]{4})\)?", r"\1\2", path)
        path = ".".join(map(_keyword, path.split(".")))
        if not path or not all(path.split(".")):
            raise click.BadParameter(f"{text!r} is no KEY=VALUE", param_hint="-k")
        if path in found:
            raise click.BadParameter(f"{name} is given twice", param_hint="-k")
        parts = value.split("\\")
        found[path] = (parts if len(parts) > 1 else value) if equals else None
    return found


def _keyword(name: str) -> str:
    """The keyword of a tag that is written as digits, where it has one."""
    if not re.fullmatch(r"[0-9a-fA-F]{8}", name):
        return name
    entry = find_element(int(name, 16))
    return entry.keyword if entry is not None and entry.keyword else name


def level_of_keys(
    keys: "dict[str, KeyValue]", level: str | None, default: QueryLevel | None = None
) -> QueryLevel:
    """The level that was said by ``--level`` or as a key, which is taken out; or the lowest whose unique key has a value."""
    named = keys.pop(_LEVEL, None)
    level = level or (named.strip() if isinstance(named, str) else None)
    if level:
        text = level.upper()
        text = {"INSTANCE": "IMAGE", "PAT": "PATIENT"}.get(text, text)
        try:
            return QueryLevel(text)
        except ValueError:
            raise click.BadParameter(
                f"{level!r} is none of {', '.join(QueryLevel)}", param_hint="--level"
            ) from None
    if default is not None:
        return default
    given = [one for one in QueryLevel if keys.get(UNIQUE[one])]
    if not given:
        raise click.UsageError("say what to retrieve, such as -k StudyInstanceUID=1.2.3")
    return given[-1]


def query_of(
    keys: "dict[str, KeyValue]", level: QueryLevel | None, model: InformationModel
) -> "Query":
    """The query; what is no key is an error of the arguments."""
    try:
        return build(level, model=model, where=keys)
    except (QueryError, ValueError, KeyError) as error:
        raise click.UsageError(f"-k: {error}") from None
