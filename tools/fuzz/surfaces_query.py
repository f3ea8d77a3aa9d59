"""dicom-core's queries: patterns, identifiers and parameters of a search, and what matching makes of them."""

from collections.abc import Sequence
from functools import cache
from urllib.parse import parse_qsl

import dicom_core as dc
from dicom_core.query import (
    InformationModel,
    MatchOptions,
    Query,
    QueryLevel,
    WildcardPattern,
    build,
    from_identifier,
    from_parameters,
    name_words,
    to_identifier,
    to_parameters,
)
from dicom_core.query._names import FuzzyWords, NamePattern

from .surface import Surface, polite
from .surfaces_core import EXPLICIT, IMPLICIT, LIMITS, small_files

__all__ = ["SURFACES", "feed_identifier", "feed_parameters", "feed_pattern"]

LONG = 3000
"""How often a text is repeated to see that matching stays linear: what is not runs into the time of one input."""


def feed_pattern(data: bytes) -> None:
    """A pattern, a newline and a text: the answer is that of the definition, and comes at once for long ones too."""
    first, _, second = data.decode("utf-8", "replace").partition("\n")
    try:
        pattern, text = first[:200], second[:300]
        if WildcardPattern(pattern).matches(text) != by_definition(pattern, text):
            raise AssertionError(f"{pattern!r} and {text!r}: not what the definition says")
        long = text[:64] * LONG
        for longer in (pattern, pattern[:64] * LONG, f"*{pattern[:64]}" * LONG):
            try:
                WildcardPattern(longer).matches(long)
            except dc.LimitExceeded as error:
                polite(error)
        NamePattern(first, case_sensitive=False).matches(second)
        NamePattern(pattern[:64] * LONG, case_sensitive=False).matches(long)
        FuzzyWords(name_words(first)).matches(second)
    except dc.DicomError as error:
        polite(error)


def by_definition(pattern: str, text: str) -> bool:
    """A table of prefixes: exact, and quadratic."""
    row = [True] + [False] * len(text)
    for want in pattern:
        if want == "*":
            for place in range(1, len(row)):
                row[place] = row[place] or row[place - 1]
        else:
            row = [False, *(row[at] and want in ("?", have) for at, have in enumerate(text))]
    return row[-1]


MODELS = tuple(InformationModel)
SWITCHES = (
    "fuzzy_names",
    "timezone",
    "empty_value",
    "multiple_values",
    "relational",
    "unknown_matches",
)


def options_of(bits: int) -> MatchOptions:
    return MatchOptions(**{name: bool(bits >> number & 1) for number, name in enumerate(SWITCHES)})


def feed_identifier(data: bytes) -> None:
    """An identifier of C-FIND: a byte for the model, one for what was negotiated, then the data set."""
    if len(data) < 2:
        return
    syntax = EXPLICIT if data[0] & 0x80 else IMPLICIT
    try:
        identifier = dc.read_dataset(data[2:], syntax, dc.ReadOptions(limits=LIMITS))
        query = from_identifier(identifier, MODELS[data[0] % len(MODELS)], options_of(data[1]))
        used(query, identifier)
    except dc.DicomError as error:
        polite(error)
        return
    # What was asked can be asked again, and is the same
    try:
        again = from_identifier(to_identifier(query), query.model, query.options)
    except dc.DicomError as error:
        polite(error)
        return
    if {key.tag for key in query.keys if key.is_matching} != {
        key.tag for key in again.keys if key.is_matching
    }:
        raise AssertionError(f"asked: {query}\nasked again: {again}")


def feed_parameters(data: bytes) -> None:
    """The query of a URL: a byte for the level, then the text."""
    if not data:
        return
    text = data[1:].decode("utf-8", "replace")
    levels = (*QueryLevel, None)
    try:
        level = levels[data[0] % len(levels)]
        model = InformationModel.UPS if level is None else InformationModel.STUDY_ROOT
        query = from_parameters(parse_qsl(text, keep_blank_values=True), level, model=model)
        used(query, dc.Dataset())
        again = from_parameters(to_parameters(query), level, model=model)
    except dc.DicomError as error:
        polite(error)
        return
    if [key.tag for key in query.keys if key.is_matching] != [
        key.tag for key in again.keys if key.is_matching
    ]:
        raise AssertionError(f"asked: {query}\nasked again: {again}")


@cache
def stored() -> Sequence[dc.Dataset]:
    """What is searched."""
    return tuple(
        dc.read(data, dc.ReadOptions(limits=LIMITS)).dataset for data in small_files()[1:12:3]
    )


def used(query: Query, identifier: dc.Dataset) -> None:
    """Everything that is done with a query."""
    for text in (str(query), *map(str, query.keys), *map(str, query.ignored)):
        if not text.isprintable():
            raise AssertionError(f"a query that should not be printed: {text[:300]!r}")
    for ask in (query.check_levels, query.without_lower_levels):
        try:
            ask()
        except dc.DicomError as error:
            polite(error)
    for ds in (*stored(), identifier):
        if query.matches(ds):
            str(query.project(ds))


def identifier_seeds() -> Sequence[bytes]:
    ds = to_identifier(build(
        "STUDY", PatientName="Y*^T?rou", PatientID="", StudyInstanceUID=["1.2.3", "1.2.4"], StudyDate="20200101-",
        StudyTime="-120000", ModalitiesInStudy="CT", Rows=2, SliceThickness="1.5", InstanceNumber="7",
    ))  # fmt: skip
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.TimezoneOffsetFromUTC = "+0100"
    ds.RequestAttributesSequence = [
        dc.Dataset({"ScheduledProcedureStepID": "A*", "RequestedProcedureID": ""})
    ]
    ds.set(0x00090010, "LO", "ACME")
    ds.set(0x00091001, "LO", "x*")
    return [
        bytes([model | big << 7, options]) + dc.write_dataset(ds, EXPLICIT if big else IMPLICIT)
        for model in range(len(MODELS))
        for big in (0, 1)
        for options in (0, 0xFF)
    ]


def parameter_seeds() -> Sequence[bytes]:
    texts = (
        "PatientName=Y*^T?rou&StudyDate=20200101-20201231&limit=10&offset=5&fuzzymatching=true",
        "00100020=&includefield=all&StudyInstanceUID=1.2.3,1.2.4&TimezoneOffsetFromUTC=%2B0100",
        "RequestAttributesSequence.RequestedProcedureID=A*&includefield=00081030,PatientName",
        'PatientID=""&emptyvaluematching=true&multiplevaluematching=true&ModalitiesInStudy=CT%5CMR',
        "00091010=ACME&00091001=x&StudyTime=-120000.5&InstanceNumber=7&SliceThickness=1.5",
    )
    return [bytes([level]) + text.encode() for level in range(5) for text in texts]


def pattern_seeds() -> Sequence[bytes]:
    return [
        text.encode()
        for text in (
            "DOE^*\nDOE^JANE",
            "*a?b*c*\nxxaxbxxcx",
            "*a*a*a*b\naaaaaaaa",
            "Y?m*=山田*\nYamada=山田^太郎",
            "smith j\nJane^Smyth",
        )
    ]


QUERY = ("dicom_core", "dicom_dict")
SURFACES = (
    Surface("query-pattern", pattern_seeds, feed_pattern, QUERY, 60),
    Surface("query-identifier", identifier_seeds, feed_identifier, QUERY, 700),
    Surface("query-parameters", parameter_seeds, feed_parameters, QUERY, 400),
)
