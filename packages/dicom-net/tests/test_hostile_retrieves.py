"""N21 to N23 over sockets, under asyncio and trio: retrieves that go astray, and peers that answer what was not asked."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import anyio
import anyio.lowlevel
import anyio.to_thread
import pytest
from doors import ON_BOTH_LOOPS
from retrieving import CT, EXPLICIT, HOST, IMPLICIT, instance, store_of, ten, uids

import dicom_net as dn
from dicom_core import Dataset, write_dataset
from dicom_core.query import InformationModel
from dicom_net import blocking, transport
from dicom_net._operation import Operation, call, write
from dicom_net.dimse import (
    Begin,
    CFindRSP,
    CGetRQ,
    CGetRSP,
    Command,
    CStoreRQ,
    CStoreRSP,
)
from dicom_net.services import GET, Seat, drain
from dicom_net.testing import (
    Hear,
    HearEnd,
    HearParts,
    Outcome,
    Say,
    ScriptedServer,
    Step,
    fragments,
    play_to,
    say,
    scripted_server,
)
from dicom_net.ul import (
    Abort,
    AnsweredContext,
    AssociateAC,
    AssociateRJ,
    AssociateRQ,
    ProposedContext,
    RoleSelection,
)

pytestmark = ON_BOTH_LOOPS

STUDY: Final = "1.2.1"
GET_CLASS: Final = GET[InformationModel.STUDY_ROOT]
SHORT: Final = 0.1


def archive(**destinations: int) -> dn.services.Several:
    """Ten instances, and destinations at ports of this machine."""
    return dn.query_retrieve(
        store_of(ten()),
        destinations={
            title: dn.Destination(host=HOST, port=port) for title, port in destinations.items()
        },
    )


async def moved(server: transport.Server, destination: str) -> dn.RetrieveResult:
    """A C-MOVE whose refusal is a result."""
    keys = dn.RetrieveKeys.study(STUDY)
    async with dn.associate(
        HOST,
        server.port,
        dn.services.move_contexts(dn.RetrieveConfig()),
        called_ae="QR",
    ) as association:
        return await association.run(dn.services.move(association.exchange, keys, destination))


async def quiet(server: transport.Server) -> None:
    """Wait until no connection is left; the test's own time limit ends what never comes."""
    while server._hostings:
        await anyio.lowlevel.checkpoint()


def accepted(*contexts: int, roles: Iterable[RoleSelection] = ()) -> AssociateAC:
    answers = [AnsweredContext(number, 0, EXPLICIT) for number in contexts]
    return AssociateAC(called="X", calling="Y", contexts=answers, roles=roles, max_pdu=16384)


# --- N21: where instances go ----------------------------------------------------------------------


@pytest.mark.parametrize("title", ["ELSEWHERE", "127.0.0.1", "localhost:104", "ours", "QR"])
async def test_n21_nobody_is_sent_to_who_is_not_configured(title: str) -> None:
    with Untouched() as untouched:
        async with transport.Server(archive(OURS=untouched.port), ae_title="QR") as server:
            result = await moved(server, title)
            assert (result.status, result.total) == (0xA801, 0)
            await quiet(server)


class Untouched:
    """A destination that is configured, and must not be asked."""

    def __enter__(self) -> ScriptedServer:
        self.server = ScriptedServer([HearEnd()])
        return self.server

    def __exit__(self, *_exception: object) -> None:
        self.server.close()
        with pytest.raises(RuntimeError, match="nobody connected"):
            _ = self.server.outcome


async def test_n21_a_move_to_ourselves_ends_with_its_failures() -> None:
    """A server that is its own destination and stores nothing refuses the contexts; its second association is gone, too."""
    destinations: dict[str, dn.Destination] = {}
    provider = dn.query_retrieve(store_of(ten()), destinations=destinations)
    async with transport.Server(provider, ae_title="QR") as server:
        destinations["QR"] = dn.Destination(host=HOST, port=server.port)
        result = await moved(server, "QR")
        assert (result.status, result.completed, result.failed) == (0xA702, 0, 10)
        assert result.failed_instances == tuple(uids(ten()))
        await quiet(server)


class Forwarding:
    """Answers each C-STORE with what became of it at the next application entity."""

    def __init__(self) -> None:
        self.port = 0
        self.asked = 0

    def offers(self) -> Iterable[dn.Offer]:
        return [dn.Offer(CT, [EXPLICIT, IMPLICIT])]

    def respond(self, seat: Seat, begin: Begin) -> Operation[None]:
        request = begin.command
        assert isinstance(request, CStoreRQ)
        yield from drain(request.message_id)
        self.asked += 1
        status = 0xA700
        try:
            source = instance(1)
            forward: Callable[[], Awaitable[dn.StoreResult]] = partial(
                dn.store, HOST, self.port, source, called_ae="DICOMPY"
            )
            status = (yield from call(forward)).status
        except dn.NetworkError:
            pass  # the chain ends here
        response = CStoreRSP(responded_to=request.message_id, status=status)
        yield from write(seat.exchange.send(Begin(begin.context, response)))


async def test_n21_a_chain_of_two_that_forward_to_each_other_ends_at_the_limit_of_associations() -> (
    None
):
    one, two = Forwarding(), Forwarding()
    limits = dn.NetworkLimits(associations=4)
    async with (
        transport.Server(one, limits=limits) as first,
        transport.Server(two, limits=limits) as second,
    ):
        one.port, two.port = second.port, first.port
        async with transport.Server(
            dn.query_retrieve(
                store_of([instance(1)]),
                destinations={
                    "OURS": dn.Destination(host=HOST, port=first.port, called_ae="DICOMPY")
                },
            ),
            ae_title="QR",
        ) as server:
            with anyio.fail_after(20):
                result = await moved(server, "OURS")
            assert (result.status, result.failed) == (0xA702, 1)
            assert (one.asked, two.asked) == (4, 4)
            for each in (server, first, second):
                await quiet(each)


# --- N22: sub-operations --------------------------------------------------------------------------


async def met(
    steps: Sequence[Step], *, destination: str = "OURS"
) -> tuple[dn.RetrieveResult, Outcome]:
    """A C-MOVE to a scripted destination; afterwards the server holds nothing."""
    with scripted_server(steps) as peer:
        async with transport.Server(archive(OURS=peer.port), ae_title="QR") as server:
            with anyio.fail_after(20):
                result = await moved(server, destination)
                await quiet(server)
        outcome = peer.outcome
    assert outcome.failure is None
    assert outcome.ended
    return result, outcome


async def test_n22_a_destination_that_refuses_the_association() -> None:
    result, _ = await met([Hear("A-ASSOCIATE-RQ"), say(AssociateRJ(1, 1, 7)), HearEnd()])
    assert (result.status, result.completed, result.failed) == (0xA702, 0, 10)
    assert result.failed_instances == tuple(uids(ten()))


def answers(*statuses: int) -> list[Step]:
    """One sub-operation after the other, as a peer without a window has them."""
    steps: list[Step] = [Hear("A-ASSOCIATE-RQ"), say(accepted(1))]
    for number, status in enumerate(statuses, 1):
        steps += [
            HearParts(2),
            Say(fragments(1, CStoreRSP(responded_to=number, status=status))),
        ]
    return steps


async def test_n22_failures_and_warnings_are_counted_and_failures_listed() -> None:
    steps = answers(0, 0xA700, 0xB007, 0, 0xC000, 0, 0, 0, 0, 0x0110)
    result, outcome = await met(
        [*steps, Hear("A-RELEASE-RQ"), say(dn.ul.ReleaseRP()), HearEnd()],
    )
    assert result.status == 0xB000  # PS3.4 C.4.2.3.1: failures or warnings among them
    assert (result.completed, result.failed, result.warning, result.remaining) == (6, 3, 1, 0)
    asked = uids(ten())
    assert result.failed_instances == (asked[1], asked[4], asked[9])
    assert outcome.names[-1] == "A-RELEASE-RQ"


async def test_n22_warnings_alone_are_a_warning_without_a_list() -> None:
    result, _ = await met(
        [*answers(*[0xB000] * 10), Hear("A-RELEASE-RQ"), say(dn.ul.ReleaseRP()), HearEnd()]
    )
    assert (result.status, result.warning, result.failed_instances) == (0xB000, 10, ())


@pytest.mark.parametrize("last", [[say(Abort())], [dn.testing.Reset()], [dn.testing.Close()]])
async def test_n22_a_destination_that_goes_away_midway(last: list[Step]) -> None:
    with scripted_server([*answers(0, 0, 0xB000), HearParts(2), *last]) as peer:
        async with transport.Server(archive(OURS=peer.port), ae_title="QR") as server:
            with anyio.fail_after(20):
                result = await moved(server, "OURS")
                await quiet(server)
        assert peer.outcome.failure is None
    assert result.status == 0xB000
    assert (result.completed, result.warning, result.failed) == (2, 1, 7)
    assert result.failed_instances == tuple(uids(ten())[3:])


def getting() -> list[Step]:
    """A C-GET over two contexts: 1 for the request, 3 for what is to come."""
    proposal = AssociateRQ(
        called="QR",
        calling="GETTER",
        contexts=[ProposedContext(1, GET_CLASS, [EXPLICIT]), ProposedContext(3, CT, [EXPLICIT])],
        roles=[RoleSelection(CT, scu=False, scp=True)],
        max_pdu=16384,
    )
    keys = Dataset()
    keys.QueryRetrieveLevel = "STUDY"
    keys.StudyInstanceUID = STUDY
    request = CGetRQ(message_id=1, affected_sop_class=GET_CLASS)
    return [
        say(proposal),
        Hear("A-ASSOCIATE-AC"),
        Say(fragments(1, request, write_dataset(keys, EXPLICIT))),
    ]


def stored(number: int, status: int = 0) -> bytes:
    return fragments(3, CStoreRSP(responded_to=number, status=status))


async def test_n22_a_requestor_that_aborts_its_get_midway_is_told_as_an_abort() -> None:
    """The abort comes with the answer to a sub-operation, where nobody waits for it: the next look finds it."""
    abort = say(Abort()).data
    steps = [*getting(), HearParts(2), Say(stored(2)), HearParts(3), Say(stored(3) + abort)]
    events: list[dn.ServerEvent] = []
    async with transport.Server(archive(), ae_title="QR", on_event=events.append) as server:
        outcome = await anyio.to_thread.run_sync(
            partial(play_to, HOST, server.port, [*steps, HearEnd()])
        )
        await quiet(server)
    assert outcome.failure is None
    (ended,) = [event for event in events if isinstance(event, dn.AssociationEnded)]
    assert isinstance(ended.error, dn.AssociationAborted)
    assert not [event for event in events if isinstance(event, dn.ServerFailed)]


async def test_n22_the_same_with_threads() -> None:
    abort = say(Abort()).data
    steps = [*getting(), HearParts(2), Say(stored(2)), HearParts(3), Say(stored(3) + abort)]
    events: list[dn.ServerEvent] = []

    def play() -> Outcome:
        with blocking.Server(archive(), ae_title="QR", on_event=events.append) as server:
            return play_to(HOST, server.port, [*steps, HearEnd()])

    assert (await anyio.to_thread.run_sync(play)).failure is None
    (ended,) = [event for event in events if isinstance(event, dn.AssociationEnded)]
    assert isinstance(ended.error, dn.AssociationAborted)


# --- N23: servers that answer what was not asked --------------------------------------------------


def finding(*answers: Command, data: bytes = b"") -> list[Step]:
    """Answers to a C-FIND, all at once."""
    said = b"".join(fragments(1, one, data if one.has_data else b"") for one in answers)
    return [Hear("A-ASSOCIATE-RQ"), say(accepted(1)), HearParts(2), Say(said)]


def a_match() -> bytes:
    match = Dataset()
    match.QueryRetrieveLevel = "STUDY"
    match.StudyInstanceUID = STUDY
    return write_dataset(match, EXPLICIT)


PENDING: Final = CFindRSP(responded_to=1, status=0xFF00, has_data=True)
DONE: Final = CFindRSP(responded_to=1, status=0)


@pytest.mark.parametrize(
    "answers",
    [
        [CFindRSP(responded_to=99, status=0)],
        [PENDING, CFindRSP(responded_to=2, status=0xFF00, has_data=True)],
        [CGetRSP(responded_to=1, status=0)],
        [DONE, DONE],
        [PENDING, DONE, PENDING],
    ],
    ids=["wrong id", "wrong id of a match", "wrong kind", "two ends", "a match after the end"],
)
async def test_n23_answers_that_were_not_asked_for_abort(answers: list[Command]) -> None:
    steps = [*finding(*answers, data=a_match()), HearEnd("A-ABORT")]
    with scripted_server(steps) as peer:
        with anyio.fail_after(10), pytest.raises(dn.RemoteProtocolError) as caught:
            await dn.find_studies(HOST, peer.port)
        assert peer.outcome.failure is None
        assert peer.outcome.names[-1] == "A-ABORT"
    assert caught.value.rule in {"unexpected-response", "wrong-response"}


async def test_n23_matches_for_ever_end_with_the_time_for_the_operation() -> None:
    said = fragments(1, PENDING, a_match()) * 10_000
    steps: list[Step] = [Hear("A-ASSOCIATE-RQ"), say(accepted(1)), HearParts(2)]
    with scripted_server([*steps, Say(said, drip=1e-5), HearEnd()]) as peer:
        timeouts = dn.Timeouts(operation=SHORT)
        with anyio.fail_after(20), pytest.raises(dn.DeadlineExceeded) as caught:
            await dn.find_studies(HOST, peer.port, timeouts=timeouts)
        assert caught.value.kind is dn.TimeoutKind.OPERATION
        assert peer.outcome.ended


async def test_n23_an_answer_to_contexts_that_were_not_proposed() -> None:
    with scripted_server(
        [Hear("A-ASSOCIATE-RQ"), say(accepted(1, 3)), Hear("A-ABORT"), HearEnd()]
    ) as peer:
        with anyio.fail_after(10), pytest.raises(dn.RemoteProtocolError):
            await dn.find_studies(HOST, peer.port)
        assert peer.outcome.failure is None


async def got(uid: str, into: Path) -> tuple[dn.RetrieveResult, CStoreRSP]:
    """A C-GET that is answered with one instance, whose UID in the command set is this."""
    name = "1.2.345678901234567"
    request = CStoreRQ(message_id=7, affected_sop_class=CT, affected_sop_instance=name)
    raw = dn.dimse.encode(request).replace(name.encode() + b"\0", uid.encode().ljust(20, b"\0"))
    final = CGetRSP(responded_to=1, status=0xA702, completed=0, failed=1, warning=0)
    steps: list[Step] = [
        Hear("A-ASSOCIATE-RQ"),
        say(accepted(1, 3, roles=[RoleSelection(CT, scu=False, scp=True)])),
        HearParts(2),
        Say(fragments(3, raw, write_dataset(instance(1).dataset, EXPLICIT))),
        HearParts(1),
        Say(fragments(1, final)),
        Hear("A-RELEASE-RQ"),
        say(dn.ul.ReleaseRP()),
        HearEnd(),
    ]
    config = dn.RetrieveConfig(storage=[CT])
    with scripted_server(steps) as peer:
        with anyio.fail_after(10):
            result = await dn.get_study(HOST, peer.port, STUDY, into=into, config=config)
        assert peer.outcome.failure is None
        response, _ = dn.dimse.decode(peer.outcome.heard[3].values[0].data)
    assert isinstance(response, CStoreRSP)
    return result, response


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "uid", ["../../../etc/passwd", "/etc/passwd", "1.2.3/../../4", "1.2\\..\\3", "a\x1b[2J", ""]
)
async def test_n23_a_hostile_uid_within_a_get_is_refused(uid: str, tmp_path: Path) -> None:
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    result, response = await got(uid, inside)
    assert response.status == 0x0117  # PS3.7 C.5.10
    assert (result.failed, result.instances) == (1, ())
    assert files_below(tmp_path) == []


async def test_n23_a_uid_of_dots_within_a_get_is_no_path(tmp_path: Path) -> None:
    """Digits and dots are taken, as real archives have broken ones; what would be a step upwards gets another name."""
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    await got("..", inside)
    (file,) = files_below(tmp_path)
    assert file.is_relative_to(inside)
    assert ".." not in str(file)
