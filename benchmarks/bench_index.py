"""Queries of an archive's index at two sizes: processor time of one page of at most 100 answers, p50 and p95.

What an answer costs must not depend on how large the archive is. Rows are made directly (`_index_rows`): 100,000 instances
beside 10,000, and with ``DICOM_LONG=1`` 1,000,000, which takes minutes to make; ``DICOM_BENCH_INDEX=FOLDER`` keeps them there for
the next time. Queries that no index answers are marked: their cost is bounded, by 1 for 20 rows of `ArchiveSettings.scan`.
"""

import gc
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from attrs import evolve

from dicom_archive.index import Cursor, Index
from dicom_core.query import MatchOptions, Query, QueryLevel, build, default_fields

from ._index_rows import ROOT, make
from ._measure import Row

TITLE = "dicom-archive: a page of a query"

_LARGE: Final = 1_000_000 if os.environ.get("DICOM_LONG") else 100_000
_SMALL: Final = 10_000
_PAGE: Final = 100
_RUNS: Final = 40
_NAMES: Final = ("kra", "schi", "ma", "b", "wo", "Yam", "k", "gru", "ti", "Mül", "山田", "김")
_WORDS: Final = ("Schmidt Anna", "Muller", "krammann ben", "yamada")
_PARTS: Final = ("mann", "schi", "xq")
_PLAIN: Final = MatchOptions(relational=True)
_FUZZY: Final = MatchOptions(relational=True, fuzzy_names=True)


class _Case(NamedTuple):
    what: str
    make: "Callable[[random.Random, int], Query]"
    pages: int = 0
    target: str = "p95 20 ms"


def _ask(level: str, options: MatchOptions = _PLAIN, /, **keys: str) -> Query:
    return build(level, options=options, fields=default_fields(QueryLevel(level)), where=dict(keys))


def _study(chance: random.Random, studies: int) -> str:
    return f"{ROOT}.{chance.randrange(studies)}"


def _series(chance: random.Random, studies: int) -> dict[str, str]:
    uid = _study(chance, studies)
    return {"StudyInstanceUID": uid, "SeriesInstanceUID": f"{uid}.{chance.randrange(4)}"}


def _month(chance: random.Random) -> str:
    month = f"{chance.randrange(2014, 2024)}{chance.randrange(1, 13):02d}"
    return f"{month}01-{month}28"


def _year(chance: random.Random) -> str:
    year = chance.randrange(2014, 2024)
    return f"{year}0101-{year}1231"


_BOUNDED: Final = "bounded"
_CASES: Final = (
    _Case("study by UID", lambda c, n: _ask("STUDY", StudyInstanceUID=_study(c, n))),
    _Case(
        "study by Patient ID",
        lambda c, n: _ask("STUDY", PatientID=f"P{c.randrange(n * 4 // 5):06d}"),
    ),
    _Case(
        "studies by the beginning of a name",
        lambda c, _: _ask("STUDY", PatientName=c.choice(_NAMES) + "*"),
    ),
    _Case("  a page far in", lambda c, _: _ask("STUDY", PatientName=c.choice("kb") + "*"), 8),
    _Case("studies of a month", lambda c, _: _ask("STUDY", StudyDate=_month(c))),
    _Case("studies of a year", lambda c, _: _ask("STUDY", StudyDate=_year(c))),
    _Case("  a page far in", lambda c, _: _ask("STUDY", StudyDate=_year(c)), 20),
    _Case("studies since the middle", lambda _c, _: _ask("STUDY", StudyDate="20190101-")),
    _Case(
        "studies of a year by name",
        lambda c, _: _ask("STUDY", StudyDate=_year(c), PatientName=c.choice(_NAMES) + "*"),
    ),
    _Case(
        "studies of a month with a modality",
        lambda c, _: _ask("STUDY", StudyDate=_month(c), ModalitiesInStudy="US"),
    ),
    _Case("all studies", lambda _c, _: _ask("STUDY")),
    _Case("  a page far in", lambda _c, _: _ask("STUDY"), -1),
    _Case("series of a study", lambda c, n: _ask("SERIES", StudyInstanceUID=_study(c, n))),
    _Case("instances of a series", lambda c, n: _ask("IMAGE", **_series(c, n))),
    _Case("instances of a study", lambda c, n: _ask("IMAGE", StudyInstanceUID=_study(c, n))),
    _Case("all instances", lambda _c, _: _ask("IMAGE")),
    _Case("  a page far in", lambda _c, _: _ask("IMAGE"), -1),
    _Case(
        "studies by a part of a name",
        lambda c, _: _ask("STUDY", PatientName=f"*{c.choice(_PARTS)}*"),
        0,
        _BOUNDED,
    ),
    _Case(
        "studies by a fuzzy name",
        lambda c, _: _ask("STUDY", _FUZZY, PatientName=c.choice(_WORDS)),
        0,
        _BOUNDED,
    ),
    _Case(
        "studies by a description that none has",
        lambda _c, _: _ask("STUDY", StudyDescription="*none*"),
        0,
        _BOUNDED,
    ),
    _Case(
        "studies with a modality that none has",
        lambda _c, _: _ask("STUDY", ModalitiesInStudy="PT"),
        0,
        _BOUNDED,
    ),
    _Case(
        "the last studies, by offset",
        lambda _c, n: evolve(_ask("STUDY"), offset=n - _PAGE),
        0,
        _BOUNDED,
    ),
)


def rows() -> list[Row]:
    """The rows of the report."""
    kept = os.environ.get("DICOM_BENCH_INDEX")
    if kept:
        Path(kept).mkdir(parents=True, exist_ok=True)
        return _rows(Path(kept))
    with tempfile.TemporaryDirectory() as folder:
        return _rows(Path(folder))


def _rows(folder: Path) -> list[Row]:
    found: dict[int, list[tuple[float, float]]] = {}
    for instances in (_LARGE, _SMALL):
        path = folder / f"index-{instances}.sqlite"
        if not path.exists():
            make(path, instances)
        with Index.open(path, create=False) as index:
            gc.collect()
            gc.freeze()  # going over what the program itself is made of is no part of a query
            found[instances] = [_measure(index, case, instances) for case in _CASES]
            gc.unfreeze()
    return [
        Row(
            case.what,
            "ms",
            {f"p95 at {_LARGE:,}": large[1], "p50": large[0], f"p95 at {_SMALL:,}": small[1]},
            case.target,
        )
        for case, large, small in zip(_CASES, found[_LARGE], found[_SMALL], strict=True)
    ]


def _measure(index: Index, case: _Case, instances: int) -> tuple[float, float]:
    """The median and p95 of pages, in milliseconds of processor time."""
    chance = random.Random(case.what)  # the same queries each time
    times = []
    for _ in range(_RUNS):
        asked = case.make(chance, instances // 40)
        after = None if case.pages >= 0 else _middle(index, str(asked.level))
        for _ in range(max(case.pages, 0)):
            page = index.search(asked, after=after, most=_PAGE)
            if page.next is None:
                break
            after = page.next
        index.search(
            asked, after=after, most=_PAGE
        )  # what is read from a disk is no matter of the processor
        start = time.process_time_ns()
        index.search(asked, after=after, most=_PAGE)
        times.append((time.process_time_ns() - start) / 1e6)
    times.sort()
    return statistics.median(times), times[int(len(times) * 0.95)]


def _middle(index: Index, level: str) -> Cursor:
    """A place with half of all entities behind it."""
    table, order = {"STUDY": ("study", "head"), "IMAGE": ("instance", "id")}[level]
    with index.engine.connect() as connection:
        (count,) = connection.exec_driver_sql(f"SELECT count(*) / 2 FROM {table}").one()
        sql = f"SELECT {order} FROM {table} ORDER BY {order} LIMIT 1 OFFSET {count}"
        (place,) = connection.exec_driver_sql(sql).one()
    return Cursor(place)
