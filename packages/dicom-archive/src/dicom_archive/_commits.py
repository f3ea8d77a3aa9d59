"""Keeping instances together: whatever is ready at the same time shares a flush of folders and a transaction.

Who comes first leads: he keeps his own instance and all that wait by then, and hands the lead to one of those who came
meanwhile. Nobody waits for a timer, and there is no thread that idles.
"""

import logging
from _thread import LockType, allocate_lock
from collections.abc import Callable, Sequence
from copy import copy
from typing import TYPE_CHECKING, Final

from dicom_core.store import Outcome, Receipt, StoreError

from ._errors import CommitInDoubt

if TYPE_CHECKING:
    from dicom_core.store import StoreSettings

    from ._describe import Described
    from ._records import Placed
    from .blobs import BlobStore, Draft
    from .index import Index

__all__ = ["Commits"]

_MOST: Final = 250
"""Instances of one transaction: whoever comes next should not wait too long, and the recovery of a run looks at a thousand."""
_REMEMBERED: Final = (
    500  # keys of blobs that were replaced, before the index is told that they are gone
)
_log: Final = logging.getLogger("dicom_archive")


class _Entry:
    """An instance that is ready, and what becomes of it."""

    __slots__ = ("described", "draft", "error", "key", "leads", "placed", "sender", "turn")

    def __init__(self, draft: "Draft", described: "Described", sender: str) -> None:
        self.draft = draft
        self.described = described
        self.sender = sender
        self.key = ""
        self.placed: Placed | None = None
        self.error: BaseException | None = None
        self.leads = False
        self.turn: LockType | None = None


class Commits:
    """Where instances that are ready come together."""

    def __init__(
        self,
        index: "Index",
        blobs: "BlobStore",
        settings: "StoreSettings",
        happened: Callable[[int], None],
    ) -> None:
        self._index = index
        self._blobs = blobs
        self._settings = settings
        self._happened = happened
        self._lock = allocate_lock()
        self._waiting: list[_Entry] = []
        self._is_led = False
        self._closing: LockType | None = None
        self._replaced: list[str] = []
        self.in_doubt = False
        """Whether there are blobs of which nobody knows whether the index has them."""

    def keep(self, draft: "Draft", described: "Described", sender: str) -> Receipt:
        """Keep an instance whose bytes are flushed; it is durable when this returns."""
        entry = _Entry(draft, described, sender)
        with self._lock:
            if self._closing is not None:
                raise RuntimeError("the archive was closed; open it again")
            self._waiting.append(entry)
            if self._is_led:
                entry.turn = allocate_lock()
                entry.turn.acquire()
            else:
                self._is_led = entry.leads = True
        if entry.turn is not None:
            entry.turn.acquire()
        if entry.leads:
            self._lead()
        if entry.error is not None:
            # Others have the same one: each raises his own
            raise copy(entry.error) from entry.error
        placed = entry.placed
        assert placed is not None
        return Receipt(placed.instance, placed.outcome)

    def keep_all(
        self, ready: "Sequence[tuple[Draft, Described]]", sender: str
    ) -> "list[Receipt | BaseException]":
        """Keep many instances whose bytes are flushed; result i belongs to instance i, and one that fails harms no other."""
        entries = [_Entry(draft, described, sender) for draft, described in ready]
        for start in range(0, len(entries), _MOST):
            self._process(entries[start : start + _MOST])
        results: list[Receipt | BaseException] = []
        for entry in entries:
            placed = entry.placed
            if placed is None:
                assert entry.error is not None
                results.append(entry.error)
            else:
                results.append(Receipt(placed.instance, placed.outcome))
        return results

    def _lead(self) -> None:
        with self._lock:
            batch = self._waiting[:_MOST]
            del self._waiting[:_MOST]
        try:
            self._process(batch)
        except BaseException as error:
            for entry in batch:
                entry.error = entry.error or error
            raise
        finally:
            with self._lock:
                following = self._waiting[0] if self._waiting else None
                self._is_led = following is not None
                if following is not None:
                    following.leads = True
                elif self._closing is not None:
                    self._closing.release()
            for entry in (*batch, *([] if following is None else [following])):
                if entry.turn is not None:
                    entry.turn.release()

    def _process(self, batch: list[_Entry]) -> None:
        ready = [entry for entry in batch if self._place(entry)]
        if not ready:
            return
        keys = [entry.key for entry in ready]
        try:
            self._blobs.settle(keys)
            records = [entry.described.record(entry.key, entry.sender) for entry in ready]
            results = self._index.add(records, self._settings.duplicates, self._settings)
        except (StoreError, OSError) as error:
            if isinstance(error, CommitInDoubt):
                self.in_doubt = True
            else:
                self._remove(keys)
            for entry in ready:
                entry.error = error
            return
        except BaseException:
            self.in_doubt = True
            raise
        self._settle(ready, results)

    def _place(self, entry: _Entry) -> bool:
        """Give an instance its key. What fails here fails for this one."""
        try:
            entry.key = self._blobs.new_key(entry.described.instance.instance)
            entry.draft.place(entry.key)
        except (StoreError, OSError) as error:
            entry.error = error
        return entry.error is None

    def _settle(self, ready: list[_Entry], results: "list[Placed | StoreError]") -> None:
        unneeded: list[str] = []
        events = 0
        for entry, result in zip(ready, results, strict=True):
            if isinstance(result, StoreError):
                entry.error = result
                unneeded.append(entry.key)
                continue
            entry.placed = result
            unneeded += result.unneeded
            if result.outcome is Outcome.STORED:
                events += 1
            elif result.outcome is Outcome.REPLACED:
                events += 1
                self._replaced += result.unneeded
        self._remove(unneeded)
        if len(self._replaced) > _REMEMBERED:
            self.forget()
        if events:
            self._happened(events)

    def _remove(self, keys: list[str]) -> None:
        """Remove blobs that nothing names. Those that stay are found when the run is looked after, or by `verify`."""
        if keys:
            try:
                self._blobs.delete(keys)
            except OSError:
                self.in_doubt = True
                _log.warning(
                    "%d files that nothing needs cannot be removed", len(keys), exc_info=True
                )

    def close(self) -> None:
        """Keep what waits, and nothing more."""
        with self._lock:
            self._closing = allocate_lock()
            self._closing.acquire()
            is_led = self._is_led
        if is_led:
            self._closing.acquire()
        self.forget()

    def forget(self) -> None:
        """Tell the index of replaced blobs that they are gone; where that fails, the next start does it again."""
        replaced, self._replaced = self._replaced, []
        if replaced:
            try:
                self._index.forget(replaced)
            except StoreError:
                _log.warning("the index cannot be told that files are gone", exc_info=True)
