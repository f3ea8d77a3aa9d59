"""One group of files on its way into an archive: read and checked, written together, indexed in one transaction."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from attrs import frozen

from dicom_core import PathSource
from dicom_core.store import (
    DuplicatePolicy,
    InstanceConflict,
    InstanceRefused,
    Outcome,
    Receipt,
)

from .._describe import Described, describe
from ._sources import Candidate, Group
from ._types import ImportProblem, ImportResult
from ._zip import ZipFile, ZipLimits

if TYPE_CHECKING:
    from .._archive import Archive
    from .._records import Kept
    from ..blobs import Draft

__all__ = ["Taken", "taking"]

_CHUNK: Final = 1 << 20
_LONG: Final = 256 << 10  # a file that costs more to write than to look at twice
_PREFIX: Final = 132  # preamble and DICM (PS3.10 7.1)
_DIRECTORY: Final = b"\2\0\2\0UI\x14\x001.2.840.10008.1.3.10"  # a DICOMDIR says so (PS3.10 8.6)
_AT_ONCE: Final = (
    8  # files that are made durable at the same time: the disk does that for several at once
)


@frozen
class Taken:
    """What became of a group."""

    result: ImportResult
    problems: tuple[ImportProblem, ...]


def taking(
    opened: "Callable[[], AbstractContextManager[Archive]]", limits: ZipLimits
) -> "Callable[[], AbstractContextManager[Callable[[Group], Taken]]]":
    """What opens an archive in a process, and takes groups into it."""
    return partial(_taking, opened, limits)


@contextmanager
def _taking(
    opened: "Callable[[], AbstractContextManager[Archive]]", limits: ZipLimits
) -> Iterator[Callable[[Group], Taken]]:
    with opened() as archive:
        yield partial(_take, archive, limits)


def _take(archive: "Archive", limits: ZipLimits, group: Group) -> Taken:
    batch = _Batch(archive)
    with ExitStack() as stack:
        stack.callback(batch.discard)
        zips: dict[str, ZipFile] = {}
        for candidate in group.candidates:
            try:
                if candidate.member is None:
                    batch.look(candidate)
                else:
                    if candidate.path not in zips:
                        zips[candidate.path] = stack.enter_context(ZipFile(candidate.path, limits))
                    batch.draw(candidate, zips[candidate.path].chunks(candidate.member))
            except InstanceRefused as wrong:
                batch.refuse(candidate, wrong.reason, wrong.text)
            except OSError as wrong:
                batch.refuse(candidate, "unreadable", wrong.strerror or type(wrong).__name__)
        batch.commit()
    # Only now: what has a mark is in the archive, whatever happens
    group.journal.add(batch.marks)
    return batch.taken()


class _Batch:
    """The instances of a group."""

    def __init__(self, archive: "Archive") -> None:
        self._archive = archive
        self._drafts: list[tuple[Candidate, Draft, Described]] = []
        self._problems: list[ImportProblem] = []
        self._counts = dict.fromkeys(Outcome, 0)
        self._size = 0
        self._passed = 0
        self._restored = 0
        self.marks: list[bytes] = []

    # --- reading ------------------------------------------------------------------------------

    def look(self, candidate: Candidate) -> None:
        """A file."""
        descriptor = os.open(candidate.path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            size = os.fstat(descriptor).st_size
            if size > _LONG and self._is_known(candidate, size):
                return
            self.draw(candidate, iter(partial(file.read, min(size + 1, _CHUNK)), b""), size)

    def _is_known(self, candidate: Candidate, size: int) -> bool:
        """Whether a long file is in the archive already: it is read then, and not written."""
        source = PathSource(candidate.path)
        found = describe(source, digest="unknown").instance
        old = self._archive.index.found([found.instance]).get(found.instance)
        if old is None or not size == old.instance.size == self._archive.blobs.size_of(old.key):
            return False
        digest = sha256(usedforsecurity=False)
        for at in range(0, size, _CHUNK):
            digest.update(source.read_range(at, _CHUNK))
        if digest.hexdigest() != old.instance.digest:
            return False
        self._count(candidate, Outcome.DUPLICATE, size)
        return True

    def draw(self, candidate: Candidate, pieces: Iterator[bytes], size: int | None = None) -> None:
        """Have the bytes, and know what they are."""
        first = next(pieces, b"")
        if first[128:_PREFIX] != b"DICM":
            raise InstanceRefused("not-dicom", "it is no DICOM file")
        draft = self._archive.blobs.begin(size)
        try:
            draft.write([first])
            self._check_size(draft.size)
            for piece in pieces:
                draft.write([piece])
                self._check_size(draft.size)
            described = describe(draft.source(), digest=draft.digest)
        except InstanceRefused as wrong:
            draft.discard()
            if wrong.reason == "missing-uid" and _DIRECTORY in first[:1024]:
                raise InstanceRefused("not-dicom", "it is a DICOMDIR") from None
            raise
        except BaseException:
            draft.discard()
            raise
        self._drafts.append((candidate, draft, described))

    def _check_size(self, size: int) -> None:
        most = self._archive.settings.instance_size
        if size > most:
            raise InstanceRefused("limit", f"it has more than the {most} bytes of instance_size")

    def refuse(self, candidate: Candidate, reason: str, text: str) -> None:
        """It is not taken; what is no instance and was not named is none of our business."""
        passed = reason == "not-dicom" and not candidate.named
        self._passed += passed
        self._problems.append(
            ImportProblem(
                source=candidate.path,
                member=candidate.member.name if candidate.member is not None else "",
                reason=reason,
                text=text,
                refused=not passed,
            )
        )

    # --- keeping ------------------------------------------------------------------------------

    def commit(self) -> None:
        """Keep what is new."""
        archive = self._archive
        known = archive.index.found([one.instance.instance for _, _, one in self._drafts])
        policy = archive.settings.duplicates
        new: list[tuple[Candidate, Draft, Described]] = []
        for candidate, draft, described in self._drafts:
            uid, size = described.instance.instance, described.instance.size
            old = known.get(uid)
            if old is None:
                new.append((candidate, draft, described))
            elif old.instance.digest == described.instance.digest:
                self._restore(old, draft)
                self._count(candidate, Outcome.DUPLICATE, size)
            elif policy is DuplicatePolicy.REPLACE:
                new.append((candidate, draft, described))
            elif policy is DuplicatePolicy.KEEP:
                self._count(candidate, Outcome.KEPT, size)
            else:
                self._conflict(candidate, InstanceConflict(uid))
        if new:
            self._keep(new)

    def _restore(self, old: "Kept", draft: "Draft") -> None:
        """The same bytes in place of a file that is gone from the archive."""
        blobs = self._archive.blobs
        if blobs.size_of(old.key) is None:
            draft.flush()
            with suppress(FileExistsError):  # somebody else was quicker
                draft.place(old.key)
                blobs.settle([old.key])
                self._restored += 1

    def _keep(self, new: "list[tuple[Candidate, Draft, Described]]") -> None:
        ready = [(draft, described) for _, draft, described in new]
        _flush([draft for draft, _ in ready])
        results = self._archive.commits.keep_all(ready, _SENDER)
        stop: BaseException | None = None
        for (candidate, _, described), result in zip(new, results, strict=True):
            if isinstance(result, Receipt):
                self._count(candidate, result.outcome, described.instance.size)
            elif isinstance(result, InstanceConflict):
                self._conflict(candidate, result)
            else:
                stop = result  # no room, or no index: it would be the same for all that follow
        if stop is not None:
            raise stop

    def _count(self, candidate: Candidate, outcome: Outcome, size: int) -> None:
        self._counts[outcome] += 1
        self._size += size
        self.marks.append(candidate.mark)

    def _conflict(self, candidate: Candidate, error: InstanceConflict) -> None:
        self.refuse(candidate, "conflict", str(error))

    def discard(self) -> None:
        """Forget what was not placed."""
        for _, draft, _ in self._drafts:
            draft.discard()

    def taken(self) -> Taken:
        """How it went."""
        counts = self._counts
        result = ImportResult(
            files=sum(counts.values()) + len(self._problems),
            stored=counts[Outcome.STORED],
            duplicates=counts[Outcome.DUPLICATE],
            restored=self._restored,
            kept=counts[Outcome.KEPT],
            replaced=counts[Outcome.REPLACED],
            refused=len(self._problems) - self._passed,
            passed=self._passed,
            size=self._size,
        )
        return Taken(result, tuple(self._problems))


_SENDER: Final = "IMPORT"


def _flush(drafts: "list[Draft]") -> None:
    """Make the bytes durable, several files at once: the disk writes its journal for all of them together."""
    at_once = min(_AT_ONCE, len(drafts))
    if at_once < 2:
        _flush_some(drafts)
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(at_once) as pool:
        # A part for each thread: handing over every single file would cost as much as reading it
        for _ in pool.map(_flush_some, [drafts[first::at_once] for first in range(at_once)]):
            pass


def _flush_some(drafts: "list[Draft]") -> None:
    for draft in drafts:
        draft.flush()
