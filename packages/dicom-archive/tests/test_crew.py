"""Threads of those who store, under asyncio."""

import asyncio
import threading
from collections.abc import Callable

import anyio
import pytest

from dicom_archive._crew import Crew, in_task


def run(*functions: Callable[[], object], most: int = 2) -> list[object]:
    """What a crew makes of some functions that are given at the same time."""

    async def main() -> list[object]:
        crew = Crew(most)
        try:
            return await asyncio.gather(*map(crew.run, functions), return_exceptions=True)
        finally:
            crew.close()

    return asyncio.run(main())


def test_a_function_is_done_in_another_thread() -> None:
    (found,) = run(threading.get_ident)
    assert found != threading.get_ident()


def test_more_is_to_be_done_than_there_are_threads() -> None:
    found = run(*[threading.get_ident] * 50, most=3)
    assert len(found) == 50
    assert len(set(found)) <= 3


def test_two_may_wait_for_each_other() -> None:
    barrier = threading.Barrier(2, timeout=30)
    assert set(run(barrier.wait, barrier.wait)) == {0, 1}


def test_what_is_raised_is_raised_for_whom_it_concerns() -> None:
    first, second = run(lambda: 1 // 0, lambda: 7)
    assert isinstance(first, ZeroDivisionError)
    assert second == 7


def test_one_after_the_other_is_done_by_one_thread() -> None:
    async def main() -> list[int]:
        crew = Crew(8)
        found = [await crew.run(threading.get_ident) for _ in range(20)]
        crew.close()
        return found

    assert len(set(asyncio.run(main()))) == 1


@pytest.mark.parametrize("scoped", [True, False])
def test_what_was_begun_is_finished_though_its_task_is_cancelled(scoped: bool) -> None:
    begun, goes_on, done = (threading.Event() for _ in range(3))

    def function() -> None:
        begun.set()
        assert goes_on.wait(30)
        done.set()

    async def within(crew: Crew) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(crew.run, function)
            await asyncio.to_thread(begun.wait, 30)
            group.cancel_scope.cancel()
            goes_on.set()
        assert done.is_set()

    async def past(crew: Crew) -> None:
        task = asyncio.create_task(crew.run(function))
        await asyncio.to_thread(begun.wait, 30)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        goes_on.set()
        assert await asyncio.to_thread(done.wait, 30)

    async def main() -> None:
        crew = Crew(2)
        await (within(crew) if scoped else past(crew))
        crew.close()

    asyncio.run(main())


def test_a_loop_may_be_closed_before_a_function_is_done() -> None:
    begun, goes_on, ended = (threading.Event() for _ in range(3))
    crew = Crew(1)

    def function() -> None:
        begun.set()
        assert goes_on.wait(30)

    async def main() -> None:
        task = asyncio.create_task(crew.run(function))
        await asyncio.to_thread(begun.wait, 30)
        task.cancel()

    asyncio.run(main())
    goes_on.set()

    async def later() -> None:
        await crew.run(ended.set)

    asyncio.run(later())
    assert ended.is_set()
    crew.close()


def test_threads_end_when_their_crew_is_closed() -> None:
    threads: list[threading.Thread] = []

    def note() -> None:
        threads.append(threading.current_thread())

    async def main() -> None:
        crew = Crew(4)
        await crew.run(note)
        crew.close()
        # who comes late is served, and holds no thread
        await crew.run(note)

    asyncio.run(main())
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()


def test_it_is_known_whether_a_task_of_asyncio_runs() -> None:
    async def main() -> bool:
        return in_task()

    assert not in_task()
    assert asyncio.run(main())
