"""The files that an import is to look at: named ones, those below folders, the members of ZIP files, in groups."""

import os
from collections.abc import Callable, Iterable, Iterator
from stat import S_ISREG
from typing import Final

from attrs import frozen

from dicom_core.store import InstanceRefused

from ._journal import Journal, mark_of
from ._types import ImportProblem
from ._zip import Member, ZipFile, ZipLimits

__all__ = ["Candidate", "Group", "groups"]

_FILES: Final = 256  # of one group, which is one transaction
_BYTES: Final = 64 << 20  # of one group: an interrupt waits for no more


@frozen
class Candidate:
    """A file, or a member of a ZIP file, that may be an instance."""

    path: str
    named: bool
    """Whether it was named itself; else, what is no instance is passed over."""
    mark: bytes
    member: Member | None = None


@frozen
class Group:
    """What one process takes at once."""

    candidates: tuple[Candidate, ...]
    journal: Journal


def groups(
    folder: str | None,
    sources: Iterable[str],
    *,
    again: bool,
    limits: ZipLimits,
    tell: Callable[[ImportProblem], None],
    skip: Callable[[], None],
) -> Iterator[Group]:
    """All candidates, a source after the other, in the order of names.

    ``tell`` is called with what cannot even be looked into, ``skip`` for each file whose mark is in the journal. The
    ``folder`` of the archive is left out where it lies in one of the others.
    """
    for source in sources:
        journal = Journal(folder, source)
        known = set() if again else journal.read()
        held: list[Candidate] = []
        size = 0
        for candidate, its_size in _candidates(source, folder, limits, tell):
            if candidate.mark in known:
                skip()
                continue
            if held and (len(held) == _FILES or size + its_size > _BYTES):
                yield Group(tuple(held), journal)
                held, size = [], 0
            held.append(candidate)
            size += its_size
        if held:
            yield Group(tuple(held), journal)


def _candidates(
    source: str, without: str | None, limits: ZipLimits, tell: Callable[[ImportProblem], None]
) -> Iterator[tuple[Candidate, int]]:
    if not os.path.isdir(source):
        yield from _one(source, True, limits, tell)
        return
    own = None if without is None else os.path.realpath(without)

    def unread(error: OSError) -> None:
        place = str(error.filename or source)
        tell(ImportProblem(source=place, reason="unreadable", text=_why(error), refused=True))

    for folder, folders, files in os.walk(source, onerror=unread):
        folders[:] = sorted(
            one for one in folders if os.path.realpath(os.path.join(folder, one)) != own
        )
        for file in sorted(files):
            yield from _one(os.path.join(folder, file), False, limits, tell)


def _one(
    path: str, named: bool, limits: ZipLimits, tell: Callable[[ImportProblem], None]
) -> Iterator[tuple[Candidate, int]]:
    try:
        status = os.stat(path)
        regular = S_ISREG(status.st_mode)
        zipped = regular and _is_zip(path)
    except OSError as error:
        if named or not isinstance(error, FileNotFoundError):  # a link into nowhere
            tell(ImportProblem(source=path, reason="unreadable", text=_why(error), refused=True))
        return
    if zipped:
        yield from _members(path, status, limits, tell)
    elif regular:
        yield Candidate(path, named, mark_of(path, status)), status.st_size
    elif named:  # a pipe or a device in a folder is passed over without a word
        tell(ImportProblem(source=path, reason="unreadable", text="it is no file", refused=True))


def _is_zip(path: str) -> bool:
    """By its name and its first bytes: opening every file twice would cost more than the rest."""
    if not path.lower().endswith(".zip"):
        return False
    with open(path, "rb") as file:
        return file.read(4) in {b"PK\3\4", b"PK\5\6"}


def _members(
    path: str, status: os.stat_result, limits: ZipLimits, tell: Callable[[ImportProblem], None]
) -> Iterator[tuple[Candidate, int]]:
    try:
        with ZipFile(path, limits) as file:
            for member in file.members():
                if not member.is_folder:
                    mark = mark_of(path, status, f"{member.offset}\0{member.name}")
                    yield Candidate(path, False, mark, member), member.size
    except InstanceRefused as wrong:
        tell(ImportProblem(source=path, reason=wrong.reason, text=wrong.text, refused=True))
    except OSError as error:
        tell(ImportProblem(source=path, reason="unreadable", text=_why(error), refused=True))


def _why(error: OSError) -> str:
    return error.strerror or type(error).__name__
