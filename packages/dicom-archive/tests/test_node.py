"""The node under asyncio and trio: all services of an archive, and what becomes of them when its store fails."""

from pathlib import Path

import anyio
import pytest
from nodes import HOST, ON_BOTH_LOOPS, Failing, filled, instance, ten

import dicom_net as dn
from dicom_archive import ArchiveBusy, ArchiveDamaged
from dicom_archive.node import (
    DestinationSettings,
    Node,
    QuerySettings,
    ServeSettings,
    open_archive,
)
from dicom_core.query import MatchOptions, QueryLevel, build
from dicom_core.store import InMemoryStore, Store, StoreFull
from dicom_net.transport import StorageServer

pytestmark = ON_BOTH_LOOPS

FREE = ServeSettings(dimse=0)
STUDY = "1.2.1"


@pytest.mark.parametrize("kind", ["memory", "archive"])
async def test_all_services(kind: str, tmp_path: Path) -> None:
    if kind == "memory":
        await all_services(InMemoryStore(), tmp_path)
    else:
        with open_archive(ServeSettings(data=str(tmp_path / "data"))) as archive:
            await all_services(archive, tmp_path)


async def all_services(store: Store, tmp_path: Path) -> None:
    async with StorageServer(tmp_path / "moved", ae_title="WS") as workstation:
        settings = ServeSettings(
            dimse=0,
            ae_title="ARCHIVE",
            destinations=[DestinationSettings(ae="WS", host=HOST, port=workstation.port)],
        )
        async with Node(store, settings) as node:
            where = (HOST, node.port)
            assert node.address == where
            assert (await dn.verify(*where, called_ae="ANYBODY")).success
            sent = await dn.store_batch(*where, [one.to_bytes() for one in ten()])
            assert [one.status for one in sent.results] == [0] * 10
            (study,) = await dn.find_studies(*where, patient_name="SMITH^*", called_ae="ARCHIVE")
            assert (study.study_instance_uid, study.number_of_instances) == (STUDY, 10)
            (patient,) = await dn.find_patients(*where, patient_id="P1")
            assert patient.number_of_studies == 1
            got = await dn.get_series(*where, STUDY, f"{STUDY}.2")
            assert [str(one.dataset.SOPInstanceUID) for one in got.files] == [
                f"{STUDY}.2.{number}" for number in range(1, 6)
            ]
            moved = await dn.move_study(*where, STUDY, "WS")
            assert (moved.status, moved.completed, moved.failed) == (0, 10, 0)
            assert len(list((tmp_path / "moved").rglob("*.dcm"))) == 10
            with pytest.raises(dn.StatusError, match="A801"):
                await dn.move_study(*where, STUDY, "ELSEWHERE")


async def test_relational_and_fuzzy_queries_by_agreement() -> None:
    """PS3.4 C.5.1.1.1: by extended negotiation, and not without."""
    async with Node(filled(), FREE) as node:
        where = (HOST, node.port)
        series = build(
            QueryLevel.SERIES,
            where={"Modality": "CT", "SeriesInstanceUID": None},
            options=MatchOptions(relational=True),
        )
        assert len(await dn.find(*where, series)) == 2
        with pytest.raises(dn.StatusError, match="A900"):
            await dn.find(*where, build(QueryLevel.SERIES, where={"Modality": "CT"}), check=False)
        fuzzy = MatchOptions(fuzzy_names=True)
        assert len(await dn.find_studies(*where, patient_name="smyth", options=fuzzy)) == 1
        assert await dn.find_studies(*where, patient_name="smyth") == []


async def test_who_may_call() -> None:
    settings = ServeSettings(dimse=0, allowed=["CT", "MR"], denied=["MR"])
    events: list[dn.ServerEvent] = []
    async with Node(filled(), settings, on_event=events.append) as node:
        assert (await dn.verify(HOST, node.port, calling_ae="CT")).success
        for title in ("MR", "US"):
            with pytest.raises(dn.AssociationRejected, match="calling AE"):
                await dn.verify(HOST, node.port, calling_ae=title)
        assert node.metrics().associations == {"accepted": 1, "released": 1, "rejected": 2}
    assert [type(event).__name__ for event in events].count("AssociationRefused") == 2


@pytest.mark.parametrize(
    ("error", "storing", "finding", "getting"),
    [
        (ArchiveBusy("the index is locked"), 0xA700, 0xA700, 0xC000),
        (ArchiveDamaged("the index is gone", "run dicom archive rebuild"), 0x0110, 0xC000, 0xC000),
        (StoreFull("instances", 5), 0xA700, 0xA700, 0xC000),
        (OSError(5, "Input/output error"), 0x0110, 0xC000, 0xC000),
        (RuntimeError("Doe^Jane"), 0x0110, 0xC000, 0xC000),
    ],
)
async def test_a_store_that_fails_is_a_status_and_no_end(
    error: Exception, storing: int, finding: int, getting: int
) -> None:
    store = Failing()
    async with Node(store, FREE) as node:
        where = (HOST, node.port)
        await dn.store_batch(*where, [instance(1).to_bytes()])
        store.error = error
        (sent,) = (await dn.store_batch(*where, [instance(2).to_bytes()])).results
        assert sent.status == storing
        with pytest.raises(dn.StatusError) as caught:
            await dn.find_studies(*where)
        assert caught.value.status == finding
        assert "Jane" not in str(caught.value)
        with pytest.raises(dn.StatusError) as caught:
            await dn.get_study(*where, STUDY)
        assert caught.value.status == getting
        assert (await dn.verify(*where)).success
        store.error = None
        assert len(await dn.find_studies(*where)) == 1


async def test_n19_answers_are_limited() -> None:
    store = filled([instance(1, study=study) for study in range(1, 6)])
    settings = ServeSettings(dimse=0, query=QuerySettings(answers=3, retrieve=4))
    async with Node(store, settings) as node:
        with pytest.raises(dn.StatusError, match="A700"):
            await dn.find_studies(HOST, node.port)
        assert len(await dn.find_studies(HOST, node.port, patient_id="P2")) == 1
    big = filled()
    async with Node(big, settings) as node:
        with pytest.raises(dn.StatusError, match="A701"):
            await dn.get_study(HOST, node.port, STUDY)


async def test_n21_a_node_that_moves_to_itself_ends() -> None:
    """Everything is there already: a duplicate each, and no loop."""
    store = filled()
    async with StorageServer(InMemoryStore()) as holder:
        port = holder.port
    settings = ServeSettings(
        dimse=port, destinations=[DestinationSettings(ae="SELF", host=HOST, port=port)]
    )
    async with Node(store, settings) as node:
        moved = await dn.move_study(HOST, node.port, STUDY, "SELF")
        assert (moved.status, moved.completed) == (0, 10)
        assert len(store) == 10


async def test_what_is_under_way_is_finished_when_it_stops() -> None:
    """A new association is refused then; an instance that is half sent gets its answer."""
    store = InMemoryStore()
    async with Node(store, FREE) as node:
        contexts = [("1.2.840.10008.1.1", ["1.2.840.10008.1.2"])]
        async with dn.associate(HOST, node.port, contexts):
            assert len(node.associations) == 1
            with anyio.fail_after(5):  # it is idle, and not waited for
                await node.stop()
            with pytest.raises(dn.ConnectionFailed):
                await dn.verify(HOST, node.port)
            assert not node.associations
