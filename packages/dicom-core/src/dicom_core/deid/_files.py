"""De-identifying files: whole or not at all, named by new UIDs, and picklable for pools of workers."""

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, TypeAlias

import attrs

from .._errors import DicomError
from .._names import safe_name
from .._options import ReadOptions
from ._deidentify import Deidentified, deidentify
from ._errors import DeidentificationError, NotUnderstood, OutputConflict
from ._report import Report

if TYPE_CHECKING:
    from ._mapping import IdentityMapping
    from ._profile import Profile

__all__ = ["Outcome", "Twins", "deidentify_file", "deidentify_files", "file_name"]

StrPath: TypeAlias = "str | os.PathLike[str]"
_DEFAULT: Final = ReadOptions()


def deidentify_file(
    source: StrPath,
    target: StrPath,
    profile: "Profile",
    mapping: "IdentityMapping",
    *,
    options: ReadOptions = _DEFAULT,
    durable: bool = False,
    replace: bool = False,
) -> Report:
    """De-identify a file into another.

    ``target``: a file, which is replaced, or a folder (an existing one, or a name that ends with a
    slash), in which the file gets a name of its new UIDs (`file_name`); nothing of the source's name or
    folder is used. The file appears whole or not at all; doing it again, after a crash too, gives the
    same file with the same name as long as the mapping gives the same answers.

    Where a folder holds another object of that name already (a second source with the same SOP
    Instance UID, or an earlier run with another profile), it stays and `OutputConflict` is raised;
    with ``replace`` it goes. ``report.placed`` tells what came of it. Raises a `DeidentificationError`,
    and writes nothing, where anything is in doubt; an ``OSError`` where a file cannot be read or written.
    """
    from .._reader import read
    from ._place import InTheWay, leads_out, put

    try:
        file = read(source, options)
    except DicomError as error:
        raise _not_readable(error) from None
    done = deidentify(file, profile, mapping)
    path = os.fspath(target)
    folder = os.path.isdir(path) or path.endswith(("/", os.sep))
    if folder:
        path = os.path.join(path, file_name(done))
        if leads_out(os.path.dirname(path), os.fspath(target)):
            text = "a folder for the file leads out of the target by a link; remove the link"
            raise DeidentificationError("outside", text)
    if os.path.exists(path) and os.path.samefile(source, path):
        raise DeidentificationError("same-file", "source and target are the same file")
    try:
        placed = put(done.file, path, replace=replace or not folder, durable=durable)
    except InTheWay:
        raise OutputConflict(done.report.sop_instance) from None
    except DicomError as error:
        raise _not_readable(error) from None
    return attrs.evolve(done.report, placed=placed)


def file_name(done: Deidentified) -> str:
    """Study, series and instance as folders and file, all of them new UIDs."""
    from ._pixels import text_of

    dataset = done.dataset
    study, series, instance = (
        text_of(dataset, tag) for tag in (0x0020000D, 0x0020000E, 0x00080018)
    )
    return os.path.join(safe_name(study), safe_name(series), f"{safe_name(instance)}.dcm")


def _not_readable(error: DicomError) -> NotUnderstood:
    """The same without the words of the other error, which might know a path or a value."""
    rule = getattr(error, "rule", "") or "unreadable"
    return NotUnderstood(
        rule if isinstance(rule, str) and rule.replace("-", "").isalnum() else "unreadable",
        "the file cannot be read or written as a DICOM file",
        path=getattr(error, "path", "") if _is_tag_path(getattr(error, "path", "")) else "",
        offset=getattr(error, "offset", None),
    )


def _is_tag_path(path: object) -> bool:
    return isinstance(path, str) and path.startswith("(")


@attrs.frozen
class Outcome:
    """What became of one of many files: a report, or the reason why there is none."""

    number: int
    """Its place among the sources; its name stays out of reports, since names of files name patients."""
    report: Report | None
    error: DeidentificationError | None
    twin: int | None = None
    """The number of an earlier source with the same SOP Instance UID; None where there was none."""

    @property
    def status(self) -> str:
        """``done``, ``duplicate`` (of ``twin``: it came to the same bytes), ``quarantined`` or ``failed``."""
        from ._errors import Quarantined

        if self.error is None:
            same = self.report is not None and self.report.placed == "same"
            return "duplicate" if same and self.twin is not None else "done"
        return "quarantined" if isinstance(self.error, Quarantined) else "failed"


class Twins:
    """Which of many sources stand for the same object, as the reports come in."""

    __slots__ = ("_first",)

    def __init__(self) -> None:
        self._first: dict[str, int] = {}

    def of(
        self, number: int, report: Report | None, error: DeidentificationError | None
    ) -> int | None:
        """The earlier source with the SOP Instance UID of this one."""
        if report is not None:
            uid = report.sop_instance
        elif isinstance(error, OutputConflict):
            uid = error.sop_instance
        else:
            return None
        first = self._first.setdefault(uid, number)
        return first if first != number else None


@attrs.frozen
class _Work:
    """One file's work for a worker."""

    folder: str
    profile: "Profile"
    mapping: "IdentityMapping"
    options: ReadOptions
    durable: bool
    replace: bool

    def __call__(self, numbered: tuple[int, str]) -> Outcome:
        number, source = numbered
        try:
            report = deidentify_file(
                source, self.folder, self.profile, self.mapping,
                options=self.options, durable=self.durable, replace=self.replace,
            )  # fmt: skip
        except DeidentificationError as error:
            return Outcome(number, None, error)
        except OSError as error:
            text = f"the file cannot be read or written: {os.strerror(error.errno or 0)}"
            return Outcome(number, None, DeidentificationError("file", text))
        return Outcome(number, report, None)


def deidentify_files(
    sources: Iterable[StrPath],
    folder: StrPath,
    profile: "Profile",
    mapping: "IdentityMapping",
    *,
    workers: int = 1,
    options: ReadOptions = _DEFAULT,
    durable: bool = False,
    replace: bool = False,
) -> Iterator[Outcome]:
    """De-identify many files into a folder, one `Outcome` for each in the order of the sources.

    A file that fails stops nothing. The folder is made with the first file that comes into it. Of two
    different sources with one SOP Instance UID, the one that was first in the folder stays and the other
    one failed (`OutputConflict`), unless ``replace`` says otherwise. With several ``workers`` profile and
    mapping are pickled: a `KeyedMapping` or a `StoredMapping` gives all of them the same answers.
    """
    name = os.path.join(os.fspath(folder), "")
    work = _Work(name, profile, mapping, options, durable, replace)
    numbered = enumerate(os.fspath(source) for source in sources)
    twins = Twins()
    for outcome in _outcomes(work, numbered, workers):
        twin = twins.of(outcome.number, outcome.report, outcome.error)
        yield outcome if twin is None else attrs.evolve(outcome, twin=twin)


def _outcomes(work: _Work, numbered: Iterable[tuple[int, str]], workers: int) -> Iterator[Outcome]:
    if workers <= 1:
        yield from map(work, numbered)
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # Fresh processes: a fork of a program with threads or open stores may hang
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(work, numbered, chunksize=8)


# Tracebacks, reprs and pickles name the place that users import from
deidentify_file.__module__ = file_name.__module__ = Outcome.__module__ = "dicom_core.deid"
deidentify_files.__module__ = "dicom_core.deid"
