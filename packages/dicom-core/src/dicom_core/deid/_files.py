"""De-identifying files: whole or not at all, named by new UIDs, and picklable for pools of workers."""

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, TypeAlias

import attrs

from .._errors import DicomError
from .._names import safe_name
from .._options import ReadOptions
from ._deidentify import Deidentified, deidentify
from ._errors import DeidentificationError, NotUnderstood
from ._report import Report

if TYPE_CHECKING:
    from ._mapping import IdentityMapping
    from ._profile import Profile

__all__ = ["Outcome", "deidentify_file", "deidentify_files", "file_name"]

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
) -> Report:
    """De-identify a file into another.

    ``target``: a file, or an existing folder, in which the file gets a name of its new UIDs
    (`file_name`); nothing of the source's name or folder is used. The file appears whole or not at all;
    doing it again, after a crash too, gives the same file with the same name as long as the mapping
    gives the same answers. Raises a `DeidentificationError`, and writes nothing, where anything is in
    doubt; an ``OSError`` where a file cannot be read or written.
    """
    from .._reader import read
    from .._writer import write

    try:
        file = read(source, options)
    except DicomError as error:
        raise _not_readable(error) from None
    done = deidentify(file, profile, mapping)
    path = os.fspath(target)
    if os.path.isdir(path):
        path = os.path.join(path, file_name(done))
        os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.exists(path) and os.path.samefile(source, path):
        raise DeidentificationError("same-file", "source and target are the same file")
    try:
        write(done.file, path, durable=durable)
    except DicomError as error:
        raise _not_readable(error) from None
    return done.report


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

    @property
    def status(self) -> str:
        """``done``, ``quarantined`` or ``failed``."""
        from ._errors import Quarantined

        if self.error is None:
            return "done"
        return "quarantined" if isinstance(self.error, Quarantined) else "failed"


@attrs.frozen
class _Work:
    """One file's work for a worker."""

    folder: str
    profile: "Profile"
    mapping: "IdentityMapping"
    options: ReadOptions
    durable: bool

    def __call__(self, numbered: tuple[int, str]) -> Outcome:
        number, source = numbered
        try:
            report = deidentify_file(
                source, self.folder, self.profile, self.mapping,
                options=self.options, durable=self.durable,
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
) -> Iterator[Outcome]:
    """De-identify many files into a folder, one `Outcome` for each in the order of the sources.

    A file that fails stops nothing. With several ``workers`` profile and mapping are pickled: a
    `KeyedMapping` or a `StoredMapping` gives all of them the same answers.
    """
    os.makedirs(folder, exist_ok=True)
    work = _Work(os.fspath(folder), profile, mapping, options, durable)
    numbered = enumerate(os.fspath(source) for source in sources)
    if workers <= 1:
        yield from map(work, numbered)
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # Fresh processes: a fork of a program with threads or open stores may hang
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(work, numbered, chunksize=8)
