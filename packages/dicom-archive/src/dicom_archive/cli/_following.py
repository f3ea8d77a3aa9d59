"""Long work on a terminal: its progress is drawn, what else it tells goes to the command."""

from collections.abc import Generator, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, TypeVar

from dicom_core.cli._progress import Bar

if TYPE_CHECKING:
    from ..maintenance import Progress

__all__ = ["Following"]

T = TypeVar("T")


class Following:
    """How far a work is, as it told last."""

    def __init__(self, label: str, *, as_json: bool, total: int | None = None) -> None:
        self._label = label
        self._as_json = as_json
        self._total = total
        self.done = 0
        self.last = 0
        """Where it can go on."""

    def others(self, events: "Generator[Progress | T, None, None]") -> Iterator[T]:
        """What is no progress, as it comes."""
        from ..maintenance import Progress

        with Bar(self._label, prints=self._as_json) as bar, closing(events):
            for event in events:
                if isinstance(event, Progress):
                    self.done = event.done
                    self.last = max(self.last, event.last)
                    bar.show(event.done, event.total if self._total is None else self._total)
                else:
                    yield event
