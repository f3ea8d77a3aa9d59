"""Queries through the doors: peers that stop reading or go away, and what becomes of the source of the answers."""

import socket
from collections.abc import AsyncIterator
from contextlib import aclosing

import anyio
from doors import ON_BOTH_LOOPS, echoing

import dicom_core as dc
import dicom_net as dn
from dicom_net.dimse import Begin, CFindRQ, DimseLimits, Exchange
from dicom_net.services import FIND, Provider, Verification, echo, find
from dicom_net.ul import AssociateRQ, Connection, ProposedContext, Role

pytestmark = ON_BOTH_LOOPS

STUDIES = dn.QueryKeys.study(returning=["StudyDescription"])
STUDY_FIND = FIND[STUDIES.model]
IMPLICIT = "1.2.840.10008.1.2"


class Endless:
    """A handler that gives studies as long as anybody takes them."""

    def __init__(self) -> None:
        self.closed = anyio.Event()
        self.made = 0

    async def __call__(self, request: dn.FindRequest) -> AsyncIterator[dc.Dataset]:
        return self.studies()

    async def studies(self) -> AsyncIterator[dc.Dataset]:
        try:
            while True:
                self.made += 1
                await anyio.lowlevel.checkpoint()
                yield dc.Dataset({
                    "StudyInstanceUID": f"1.2.{self.made}",
                    "StudyDescription": "x" * 60,
                })  # fmt: skip
        finally:
            self.closed.set()


def asking(port: int) -> socket.socket:
    """A peer of plain sockets that has sent a query, and reads nothing of the answers."""
    exchange = Exchange(Connection(Role.REQUESTOR), limits=DimseLimits())
    contexts = [ProposedContext(1, STUDY_FIND, (IMPLICIT,))]
    exchange.send(AssociateRQ(called="DICOMPY", calling="SLOW", contexts=contexts), 0.0)
    peer = socket.create_connection(("127.0.0.1", port))
    for buffer in exchange.connected(0.0):
        peer.sendall(buffer)
    while not exchange.contexts:
        exchange.receive_data(peer.recv(4096), 0.0)
        exchange.next_event()
    identifier = dc.query.to_identifier(STUDIES).to_bytes(IMPLICIT)
    request = Begin(1, CFindRQ(message_id=1, affected_sop_class=STUDY_FIND))
    for buffer in exchange.send_message(request, [identifier]):
        peer.sendall(buffer)
    return peer


async def test_n20_a_peer_that_stops_reading() -> None:
    """No more answers are made than fit between us; the write has a deadline; others are served all the while."""
    source = Endless()
    providers: list[Provider] = [dn.FindProvider(source), Verification()]
    patience = dn.Timeouts(write=0.3)
    async with dn.transport.Server(providers, timeouts=patience) as server:
        peer = await anyio.to_thread.run_sync(asking, server.port)
        with peer, anyio.fail_after(60):
            async with echoing(server) as other:
                assert (await other.run(echo(other.exchange))).status == 0
            await source.closed.wait()
            assert source.made < 200_000


async def test_a_peer_that_goes_away() -> None:
    source = Endless()
    async with dn.transport.Server(dn.FindProvider(source)) as server:
        peer = await anyio.to_thread.run_sync(asking, server.port)
        await anyio.to_thread.run_sync(peer.recv, 1000)
        peer.close()
        with anyio.fail_after(60):
            await source.closed.wait()


async def test_a_query_that_is_left_early() -> None:
    """The source is closed, and the association goes on."""
    source = Endless()
    async with dn.transport.Server(dn.FindProvider(source)) as server:
        contexts = [(STUDY_FIND, [IMPLICIT])]
        async with dn.transport.associate(
            "127.0.0.1", server.port, contexts, called_ae="DICOMPY"
        ) as association:
            for _ in range(2):
                operation = find(association.exchange, STUDIES)
                async with aclosing(association.iterate(operation)) as matches:
                    assert isinstance(await anext(matches), dn.StudyMatch)
                with anyio.fail_after(60):
                    await source.closed.wait()
                source.closed = anyio.Event()


async def test_a_server_that_ends_in_the_middle() -> None:
    source = Endless()
    async with dn.transport.Server(dn.FindProvider(source)) as server:
        peer = await anyio.to_thread.run_sync(asking, server.port)
        await anyio.to_thread.run_sync(peer.recv, 1000)
        assert server.associations  # leaving the block ends it
        peer.close()
    with anyio.fail_after(60):
        await source.closed.wait()


async def test_all_answers_of_a_long_query() -> None:
    """ACC-036: 10,000 matches, one by one."""

    async def many(request: dn.FindRequest) -> AsyncIterator[dc.Dataset]:
        async def studies() -> AsyncIterator[dc.Dataset]:
            for number in range(10_000):
                yield dc.Dataset({"StudyInstanceUID": f"1.2.{number}"})

        return studies()

    settings = dn.FindSettings(blocking=False)
    async with dn.transport.Server(dn.FindProvider(many, settings)) as server:
        found = 0
        matches = dn.iter_studies("127.0.0.1", server.port, called_ae="DICOMPY")
        async with aclosing(matches):
            async for match in matches:
                assert match.study_instance_uid == f"1.2.{found}"
                found += 1
    assert found == 10_000
