"""C-FIND from a store that gives its answers a page at a time, and what is counted of all services."""

import itertools
from collections.abc import AsyncIterator, Sequence

import pytest
from operation_pair import OperationPair
from test_find import association, filled

from dicom_core import Dataset
from dicom_core.query import Query
from dicom_core.store import InMemoryStore, StoreError
from dicom_net import NetMetrics, StatusError
from dicom_net.services import FindProvider, FindSettings, QueryKeys, find


class Paged(InMemoryStore):
    """A store in memory with pages of seven; it can fail before a page."""

    error: Exception | None = None

    def __init__(self) -> None:
        super().__init__()
        self.pages = 0
        self.closed = False

    async def search_pages(self, query: Query) -> AsyncIterator[Sequence[Dataset]]:
        page: list[Dataset] = []
        try:
            async for found in self.search(query):
                page.append(found)
                if len(page) == 7:
                    self.pages += 1
                    yield page
                    page = []
                    if self.error is not None:
                        raise self.error
            yield page
        finally:
            self.closed = True


def paged(count: int = 120) -> Paged:
    found = Paged()
    found._held = filled(count)._held
    return found


def test_pages_are_answers_like_others() -> None:
    store = paged()
    pair = OperationPair(*association(), FindProvider(store))
    found, end = pair.run(find(pair.user, QueryKeys.study()))
    assert [one.study_instance_uid for one in found] == [f"1.2.{number}" for number in range(30)]
    assert end.status == 0
    assert store.pages == 4
    assert store.closed
    # A request and, of each page, one write; then the end
    assert pair.writes == 1 + 5 + 1


def test_a_page_is_cut_by_a_limit_and_a_cancel() -> None:
    store = paged()
    pair = OperationPair(*association(), FindProvider(store, FindSettings(limit=9)))
    with pytest.raises(StatusError, match="A700H"):
        pair.run(find(pair.user, QueryKeys.study()))
    assert store.pages == 2
    assert store.closed
    store = paged()
    pair = OperationPair(*association(), FindProvider(store))
    found, end = pair.run(find(pair.user, QueryKeys.study()), stop_after=3)
    assert (len(found), end.status) == (3, 0xFE00)
    assert store.closed


class Looking(Paged):
    """A store that finds three, and then looks for more without end."""

    async def search_pages(self, query: Query) -> AsyncIterator[Sequence[Dataset]]:
        yield [found async for found in self.search(query)][:3]
        for _ in range(1000):
            self.pages += 1
            yield []
        raise AssertionError("nobody asks whether it was cancelled")


def test_who_cancels_is_heard_while_a_store_looks() -> None:
    store = Looking()
    store._held = filled(120)._held
    pair = OperationPair(*association(), FindProvider(store))
    found, end = pair.run(find(pair.user, QueryKeys.study()), stop_after=3)
    assert (len(found), end.status) == (3, 0xFE00)
    assert store.pages < 10


class Busy(StoreError):
    retryable = True

    def __str__(self) -> str:
        return "the index is busy"


@pytest.mark.parametrize(
    ("error", "status", "comment"),
    [
        (Busy(), 0xA700, "the index is busy"),
        (StoreError("the index is gone"), 0xC000, "the index is gone"),
        (RuntimeError("Doe^Jane is not there"), 0xC000, None),
    ],
)
def test_a_store_that_fails_between_pages(
    error: Exception, status: int, comment: str | None
) -> None:
    store = paged()
    store.error = error
    pair = OperationPair(*association(), FindProvider(store))
    given: list[object] = []
    with pytest.raises(StatusError) as caught:
        pair.run(find(pair.user, QueryKeys.study()), given=given)
    assert (caught.value.status, caught.value.comment) == (status, comment)
    assert len(given) == 7
    assert store.closed


def test_queries_are_counted() -> None:
    metrics = NetMetrics()
    ticks = itertools.count()
    provider = FindProvider(paged(), metrics=metrics, clock=lambda: float(next(ticks)))
    pair = OperationPair(*association(), provider)
    pair.run(find(pair.user, QueryKeys.study()))
    pair.run(find(pair.user, QueryKeys.study()), stop_after=1)
    counted = metrics.snapshot().operations["C-FIND"]
    assert (counted.count, counted.success, counted.cancelled) == (2, 1, 1)
    assert counted.seconds == 2.0
