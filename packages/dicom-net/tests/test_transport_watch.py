"""The one reader and the one timer that an association has under asyncio."""

import asyncio
import math
import socket
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from time import monotonic

import pytest

from dicom_net.transport._watch import Watch


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with ours, theirs:
        yield ours, theirs


def reading(sock: socket.socket, into: list[bytes]) -> Callable[[], None]:
    def take() -> None:
        into.append(sock.recv(100))

    return take


def test_each_wait_takes_what_came(pair: tuple[socket.socket, socket.socket]) -> None:
    async def main() -> None:
        watch = Watch(ours, reading(ours, found))
        for word in (b"one", b"two", b"three"):
            theirs.sendall(word)
            assert await watch.taken(math.inf)
        watch.stop()

    ours, theirs = pair
    found: list[bytes] = []
    asyncio.run(main())
    assert found == [b"one", b"two", b"three"]


def test_what_comes_while_nobody_waits_is_left_there_and_does_not_keep_the_loop_busy(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    async def main() -> None:
        watch = Watch(ours, reading(ours, found))
        theirs.sendall(b"one")
        assert await watch.taken(math.inf)
        theirs.sendall(b"two")
        for _ in range(4):
            await asyncio.sleep(0)
        assert not watch._reads
        assert found == [b"one"]
        assert await watch.taken(math.inf)
        watch.stop()

    ours, theirs = pair
    found: list[bytes] = []
    asyncio.run(main())
    assert found == [b"one", b"two"]


def test_who_waits_goes_on_in_the_same_round(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    async def wait(watch: Watch) -> None:
        await watch.taken(math.inf)
        found.append(contextvar.get())

    async def main() -> None:
        watch = Watch(ours, reading(ours, found))
        contextvar.set(b"its own context")
        waiting = asyncio.ensure_future(wait(watch))
        contextvar.set(b"another")
        await asyncio.sleep(0)
        theirs.sendall(b"one")
        # as the loop does, but for this task, which is one itself
        asyncio.get_running_loop().call_soon(watch._ready)
        asyncio.get_running_loop().call_soon(found.append, b"later in the round")
        await waiting
        watch.stop()

    ours, theirs = pair
    found: list[bytes] = []
    contextvar: ContextVar[bytes] = ContextVar("contextvar")
    asyncio.run(main())
    assert found == [b"one", b"its own context", b"later in the round"]


def test_more_than_a_task_may_wait(pair: tuple[socket.socket, socket.socket]) -> None:
    async def main() -> None:
        watch = Watch(ours, reading(ours, found))
        turn = watch.taken(math.inf)
        told: list[bool | None] = []
        turn.add_done_callback(lambda done: told.append(done.result()))
        theirs.sendall(b"one")
        assert await asyncio.shield(turn)
        await asyncio.sleep(0)
        assert told == [True]
        watch.stop()

    ours, theirs = pair
    found: list[bytes] = []
    asyncio.run(main())
    assert found == [b"one"]


def test_a_limit_that_passed(pair: tuple[socket.socket, socket.socket]) -> None:
    async def main() -> None:
        watch = Watch(pair[0], reading(pair[0], []))
        assert await watch.taken(monotonic()) is None
        watch.stop()

    asyncio.run(main())


def test_the_timer_of_an_earlier_wait_does_not_end_a_later_one(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        watch = Watch(ours, reading(ours, found))
        theirs.sendall(b"one")
        assert await watch.taken(monotonic() + 1000)
        loop.call_soon(watch._ring)
        loop.call_soon(theirs.sendall, b"two")
        assert await watch.taken(monotonic() + 2000)
        loop.call_soon(watch._ring)
        loop.call_soon(theirs.sendall, b"three")
        assert await watch.taken(math.inf)
        watch.stop()

    ours, theirs = pair
    found: list[bytes] = []
    asyncio.run(main())
    assert found == [b"one", b"two", b"three"]


def test_what_reading_raises_reaches_who_waits(pair: tuple[socket.socket, socket.socket]) -> None:
    answers: list[Exception] = [BlockingIOError(), ConnectionResetError()]

    def take() -> None:
        raise answers.pop(0)

    async def main() -> None:
        watch = Watch(pair[0], take)
        pair[1].sendall(b"one")
        assert await watch.taken(math.inf) is False
        with pytest.raises(ConnectionResetError):
            await watch.taken(math.inf)
        watch.stop()

    asyncio.run(main())
    assert not answers


def test_a_cancelled_wait_takes_nothing(pair: tuple[socket.socket, socket.socket]) -> None:
    async def wait(watch: Watch) -> None:
        await watch.taken(math.inf)

    async def main() -> None:
        watch = Watch(ours, reading(ours, found))
        waiting = asyncio.ensure_future(wait(watch))
        await asyncio.sleep(0)
        waiting.cancel()
        theirs.sendall(b"one")
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert not found
        assert await watch.taken(math.inf)
        watch.stop()

    ours, theirs = pair
    found: list[bytes] = []
    asyncio.run(main())
    assert found == [b"one"]


def test_a_stopped_one_leaves_the_loop_nothing(pair: tuple[socket.socket, socket.socket]) -> None:
    async def main() -> None:
        watch = Watch(pair[0], reading(pair[0], []))
        pair[1].sendall(b"one")
        assert await watch.taken(monotonic() + 1000)
        watch.stop()
        loop = asyncio.get_running_loop()
        assert not loop.remove_reader(pair[0].fileno())
        assert watch._timer is None

    asyncio.run(main())
