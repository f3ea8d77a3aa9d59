"""Associations that are kept and used again (NET-096), in both doors."""

import math
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import anyio
import pytest
from doors import CONTEXTS, ON_BOTH_LOOPS, Calling

import dicom_net as dn
from dicom_net import blocking
from dicom_net.services import Verification, echo
from dicom_net.transport import AssociationPool, Server
from dicom_net.ul import UserIdentity, UserIdentityKind

CT = "1.2.840.10008.5.1.4.1.1.2"
ON_LOOPS = ON_BOTH_LOOPS


def count(events: list[dn.ServerEvent]) -> int:
    return sum(isinstance(event, dn.AssociationEstablished) for event in events)


class TestAsync:
    """Under asyncio and trio."""

    pytestmark = ON_LOOPS

    async def ask(self, pool: AssociationPool, server: Server) -> dn.Association:
        async with pool.acquire(
            "127.0.0.1", server.port, CONTEXTS, called_ae="DICOMPY"
        ) as association:
            assert (await association.run(echo(association.exchange))).status == 0
        return association

    async def test_a_hundred_in_a_row_are_one_association(self) -> None:
        events: list[dn.ServerEvent] = []
        async with Server(Verification(), on_event=events.append) as server:
            async with AssociationPool() as pool:
                for _ in range(100):
                    await self.ask(pool, server)
                assert pool.open_associations == 1
            assert count(events) == 1
        assert isinstance(events[-2], dn.AssociationReleased)

    async def test_a_hundred_at_once_are_five(self) -> None:
        events: list[dn.ServerEvent] = []
        async with (
            Server(Verification(), on_event=events.append) as server,
            AssociationPool(size=5) as pool,
            anyio.create_task_group() as group,
        ):
            for _ in range(100):
                group.start_soon(self.ask, pool, server)
        assert count(events) <= 5

    async def test_who_waits_is_served_in_order(self) -> None:
        served: list[int] = []

        async def one(pool: AssociationPool, server: Server, number: int) -> None:
            async with pool.acquire(
                "127.0.0.1", server.port, CONTEXTS, called_ae="DICOMPY"
            ) as association:
                served.append(number)
                await association.run(echo(association.exchange))

        async with (
            Server(Verification()) as server,
            AssociationPool(size=1) as pool,
            anyio.create_task_group() as group,
            pool.acquire("127.0.0.1", server.port, CONTEXTS, called_ae="DICOMPY"),
        ):
            for number in range(5):
                group.start_soon(one, pool, server, number)
                await anyio.wait_all_tasks_blocked()
        assert served == [0, 1, 2, 3, 4]

    async def test_one_that_fits_is_taken_and_others_are_not(self) -> None:
        me = UserIdentity(UserIdentityKind.USERNAME, b"me")
        async with Server(Verification()) as server, AssociationPool(size=2) as pool:

            async def used(
                contexts: list[tuple[str, list[str]]], who: UserIdentity | None
            ) -> dn.Association:
                async with pool.acquire(
                    "127.0.0.1", server.port, contexts, called_ae="DICOMPY", user_identity=who
                ) as association:
                    return association

            first = await used(CONTEXTS, None)
            assert await used(CONTEXTS, None) is first
            other = await used(CONTEXTS, me)  # never one of another identity
            assert other is not first
            assert await used([(CT, ["1.2.840.10008.1.2"])], me) is not other
            assert pool.open_associations == 2  # the longest unused gave way

    async def test_a_dead_one_is_replaced(self) -> None:
        async with AssociationPool() as pool:
            async with Server(Verification()) as server:
                first = await self.ask(pool, server)
                port = server.port
            async with Server(Verification(), port=port) as server:
                assert await self.ask(pool, server) is not first
                assert pool.open_associations == 1

    async def test_what_was_cancelled_in_the_middle_is_lent_to_nobody(self) -> None:
        reached = anyio.Event()

        async def hang() -> None:
            reached.set()
            await anyio.sleep_forever()

        provider = Calling(hang)
        async with Server(provider) as server:
            async with AssociationPool(size=1) as pool:
                async with anyio.create_task_group() as group:
                    group.start_soon(self.ask, pool, server)
                    await reached.wait()
                    group.cancel_scope.cancel()
                assert pool.open_associations == 0
                provider.function = lambda: None
                await self.ask(pool, server)
            await server.stop(0)

    async def test_the_unused_are_released_after_their_time(self) -> None:
        async with Server(Verification()) as server, AssociationPool(idle=1000) as pool:
            await self.ask(pool, server)
            await pool.clean(0)
            assert pool.open_associations == 1
            await pool.clean(math.inf)
            assert pool.open_associations == 0

    async def test_the_unused_are_asked_now_and_then(self) -> None:
        asked: list[None] = []
        async with (
            Server(Calling(lambda: asked.append(None))) as server,
            AssociationPool(idle=1e12, check=1e9) as pool,
        ):
            await self.ask(pool, server)
            assert len(asked) == 1
            await pool.clean(1e10)
            assert len(asked) == 2
            assert pool.open_associations == 1

    async def test_functions_take_a_pool(self) -> None:
        events: list[dn.ServerEvent] = []
        async with (
            Server(Verification(), on_event=events.append) as server,
            AssociationPool() as pool,
        ):
            for _ in range(3):
                assert await dn.verify("127.0.0.1", server.port, called_ae="DICOMPY", pool=pool)
        assert count(events) == 1

    async def test_a_pool_of_the_other_door_is_refused(self) -> None:
        with pytest.raises(TypeError, match="other door"):
            await dn.verify("127.0.0.1", 104, pool=blocking.AssociationPool())


class TestBlocking:
    """With threads."""

    def ask(self, pool: blocking.AssociationPool, port: int) -> blocking.Association:
        with pool.acquire("127.0.0.1", port, CONTEXTS, called_ae="DICOMPY") as association:
            assert association.run(echo(association.exchange)).status == 0
        return association

    def test_a_hundred_at_once_are_five(self) -> None:
        events: list[dn.ServerEvent] = []
        with (
            blocking.Server(Verification(), on_event=events.append) as server,
            blocking.AssociationPool(size=5) as pool,
            ThreadPoolExecutor(10) as threads,
        ):
            for done in [threads.submit(self.ask, pool, server.port) for _ in range(100)]:
                done.result(20)
            assert pool.open_associations <= 5
        assert count(events) <= 5

    def test_a_dead_one_is_replaced(self) -> None:
        with blocking.AssociationPool() as pool:
            with blocking.Server(Verification()) as server:
                first = self.ask(pool, server.port)
                port = server.port
            with blocking.Server(Verification(), port=port) as server:
                assert self.ask(pool, server.port) is not first

    def test_the_unused_are_released_after_their_time(self) -> None:
        asked = Event()
        with (
            blocking.Server(Calling(asked.set)) as server,
            blocking.AssociationPool(idle=1e12, check=1e9) as pool,
        ):
            self.ask(pool, server.port)
            asked.clear()
            pool.clean(1e10)
            assert asked.is_set()
            assert pool.open_associations == 1
            pool.clean(math.inf)
            assert pool.open_associations == 0

    def test_functions_take_a_pool(self) -> None:
        events: list[dn.ServerEvent] = []
        with (
            blocking.Server(Verification(), on_event=events.append) as server,
            blocking.AssociationPool() as pool,
        ):
            for _ in range(3):
                assert blocking.verify("127.0.0.1", server.port, called_ae="DICOMPY", pool=pool)
        assert count(events) == 1

    def test_a_pool_is_open_inside_its_block(self) -> None:
        with pytest.raises(dn.LocalProtocolError, match="with block"):
            self.ask(blocking.AssociationPool(), 104)
