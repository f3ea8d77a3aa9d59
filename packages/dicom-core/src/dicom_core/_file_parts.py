"""The parts of a `DicomFile` that a survey told everything about, each made when it is first asked for."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ._dataset import Dataset, make_dataset
from ._findings import Collector
from ._index import NONE_ODD, Frame, Reading
from ._index_top import fill
from ._kernel import EXPLICIT
from ._kernels import kernel as plain
from ._source import PathSource
from ._survey import BEGIN

if TYPE_CHECKING:
    from ._survey import Survey

__all__ = ["PARTS", "part"]


def part(survey: "Survey", name: str) -> object:
    """A part by the name of the attribute; the same one whenever it is asked for."""
    made = survey.made
    if made is None:
        made = survey.made = {}
    value = made.get(name, made)  # which stands for nothing: a part may be None
    if value is made:
        value = made[name] = PARTS[name](survey)
    return value


def reading_of(survey: "Survey") -> Reading:
    """What all parts share."""
    reading = part(survey, "_reading")
    assert isinstance(reading, Reading)
    return reading


def _reading(survey: "Survey") -> Reading:
    assert survey.options is not None
    source = survey.source
    if source is None and survey.path is not None:
        path, identity = survey.path
        source = PathSource(path, identity)
    return Reading(survey.options, source)


def _collector(survey: "Survey") -> Collector:
    assert survey.options is not None
    return Collector(most=survey.options.limits.findings)


def _meta(survey: "Survey") -> Dataset:
    frame = Frame(survey.buf, EXPLICIT, reading_of(survey))
    return make_dataset(frame, BEGIN, survey.pos, 0)


def _dataset(survey: "Survey") -> Dataset:
    reading = reading_of(survey)
    if survey.begun:
        from ._unfinished import begun

        collector = part(survey, "_collector")
        assert isinstance(collector, Collector)
        return begun(survey, reading, collector)
    frame = Frame(survey.buf, survey.syntax.encoding, reading, ends=survey.ends)
    dataset = make_dataset(frame, survey.pos, survey.at, 0)
    fill(dataset, survey.index, NONE_ODD)
    reading.count(plain.count(survey.index))
    return dataset


PARTS: "Final[dict[str, Callable[[Survey], object]]]" = {
    "_collector": _collector,
    "_converted": lambda _: False,
    "_findings": lambda _: None,
    "_head": lambda survey: (BEGIN, survey.pos),
    "_reading": _reading,
    "_syntax": lambda survey: survey.syntax.uid,
    "dataset": _dataset,
    "is_partial": lambda survey: survey.stopped,
    "meta": _meta,
    "preamble": lambda survey: survey.buf[: BEGIN - 4],
}
