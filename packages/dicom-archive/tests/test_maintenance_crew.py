"""Work in several processes: results in order, errors as they are, and processes that die."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial

import pytest

from dicom_archive.maintenance import WorkerLost
from dicom_archive.maintenance._crew import run

Work = Callable[[], AbstractContextManager[Callable[[int], str]]]


def begin(what: Callable[..., object], *arguments: object) -> Work:
    """What both sides can import."""
    return partial(what, *arguments)  # type: ignore[return-value]


WORK = begin(nullcontext, hex)


@pytest.mark.parametrize(("workers", "few"), [(1, 0), (2, 100), (2, 3)])
def test_results_come_in_the_order_of_the_tasks(workers: int, few: int) -> None:
    assert list(run(WORK, WORK, range(50), workers, few)) == [hex(number) for number in range(50)]


def test_no_process_is_started_for_a_few_tasks() -> None:
    assert list(run(WORK, begin(os._exit, 3), range(3), 2, 3)) == ["0x0", "0x1", "0x2"]


def test_a_process_that_dies() -> None:
    with pytest.raises(WorkerLost, match="exit code 3") as caught:
        list(run(WORK, begin(os._exit, 3), range(10), 2, 1))
    assert caught.value.code == 3
    assert caught.value.retryable


def test_an_error_of_the_work_is_raised_here() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        list(run(WORK, begin(int, "x"), range(10), 2, 1))


def test_who_has_seen_enough_leaves() -> None:
    results = run(WORK, WORK, iter(range(1_000_000)), 2, 1)
    assert [next(results) for _ in range(3)] == ["0x0", "0x1", "0x2"]
    results.close()
