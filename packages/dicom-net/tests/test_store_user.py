"""C-STORE as user, over two exchanges without sockets (NET-058 to NET-063)."""

from pathlib import Path

import pytest
from store_pair import NOW, Clock, Wire
from storing import CT, EXPLICIT, IMPLICIT, J2K, instance, ready, written

import dicom_core as dc
from dicom_core.store import InMemoryStore, drive
from dicom_net import LimitExceeded, NegotiationError
from dicom_net.dimse import CStoreRQ, Priority, Request
from dicom_net.services import (
    Conversion,
    RawInstance,
    ReceivedObject,
    StorageProvider,
    StorageSettings,
    StoreConfig,
    StoreSource,
    Unsendable,
    outgoing,
    store_instance,
)

BOTH = [(CT, (EXPLICIT,)), (CT, (IMPLICIT,))]


def receiving() -> tuple[StorageProvider, list[ReceivedObject]]:
    got: list[ReceivedObject] = []
    return StorageProvider(on_received=got.append, now=lambda: NOW), got


def sources(folder: Path) -> list[StoreSource]:
    file = instance()
    data = file.to_bytes()
    path = written(folder)
    edited = dc.read(path)
    edited.dataset.PatientID = "ID 1"
    return [
        path,
        str(path),
        data,
        dc.BytesSource(data),
        file,
        dc.read(path),
        edited,
        file.dataset,
        RawInstance(
            sop_class=CT,
            sop_instance=file.dataset.SOPInstanceUID or "",
            transfer_syntax=EXPLICIT,
            data=dc.write_dataset(file.dataset),
        ),
    ]


@pytest.mark.parametrize("which", range(9))
def test_whatever_holds_an_instance_can_be_sent(which: int, tmp_path: Path) -> None:
    provider, got = receiving()
    wire = Wire(provider, BOTH)
    result = wire.run(store_instance(wire.user, outgoing(sources(tmp_path)[which]), Clock()))
    assert result
    assert result.category == "Success"
    assert (result.sop_class, result.sop_instance) == (CT, "1.2.3.1.1.1")
    assert result.transfer_syntax == EXPLICIT
    assert result.size == len(got[0].data)
    assert result.seconds > 0
    assert got[0].file().dataset == instance().dataset
    assert len(wire.writes) == 1  # command and data together


@pytest.mark.parametrize("size", [0, 1 << 20, (1 << 20) + 2, 3 << 20])
@pytest.mark.parametrize("cut", [None, 65_537])
def test_long_instances_go_by_chunks(size: int, cut: int | None, tmp_path: Path) -> None:
    provider, got = receiving()
    wire = Wire(provider, BOTH, cut=cut)
    result = wire.run(store_instance(wire.user, outgoing(written(tmp_path, size=size)), Clock()))
    assert result.size == len(got[0].data)
    assert got[0].file().dataset == instance(size=size).dataset
    assert max(wire.writes) < (1 << 20) + 1000


def test_priority_and_origin_of_a_move_are_in_the_command() -> None:
    provider, _ = receiving()
    seen: list[CStoreRQ] = []

    def look(request: Request) -> Request:
        assert isinstance(request, CStoreRQ)
        seen.append(request)
        return request

    wire = Wire(provider, BOTH, mangle=look)
    config = StoreConfig(priority=Priority.HIGH, move_originator="MOVER", move_originator_id=7)
    wire.run(store_instance(wire.user, ready(), Clock(), config))
    request = seen[0]
    assert (request.priority, request.move_originator, request.move_originator_id) == (
        1,
        "MOVER",
        7,
    )


def test_an_uncompressed_instance_is_rewritten_for_a_peer_that_has_implicit_vr_alone() -> None:
    provider, got = receiving()
    wire = Wire(provider, [(CT, (IMPLICIT,))])
    result = wire.run(store_instance(wire.user, ready(), Clock()))
    assert result.transfer_syntax == IMPLICIT
    assert got[0].transfer_syntax == IMPLICIT
    assert got[0].file().dataset == instance().dataset


@pytest.mark.parametrize(
    ("conversion", "syntax"), [(Conversion.NEVER, EXPLICIT), (Conversion.UNCOMPRESSED, J2K)]
)
def test_nothing_is_converted_that_must_not_be(conversion: Conversion, syntax: str) -> None:
    provider, got = receiving()
    wire = Wire(provider, [(CT, (IMPLICIT,))])
    raw = RawInstance(sop_class=CT, sop_instance="1.2", transfer_syntax=syntax, data=b"")
    config = StoreConfig(conversion=conversion)
    with pytest.raises(NegotiationError, match="CT Image Storage in Implicit VR") as caught:
        wire.run(store_instance(wire.user, outgoing(raw), Clock(), config))
    assert caught.value.wanted.startswith("CT Image Storage in ")
    assert not wire.writes
    assert not got


def test_a_refusal_is_an_answer() -> None:
    provider = StorageProvider(now=lambda: NOW, settings=StorageSettings(instance_size=10))
    wire = Wire(provider, BOTH)
    result = wire.run(store_instance(wire.user, ready(), Clock()))
    assert not result
    assert result.status == 0xA700
    assert result.meaning.meaning == "Refused: Out of Resources"
    assert result.comment == "the data set is longer than is taken"
    assert "longer" not in repr(result)  # the peer's words stay out of logs


@pytest.mark.parametrize(
    ("source", "words", "is_dicom"),
    [
        (b"", "no DICOM file", False),
        (b"text" * 100, "no DICOM file", False),
        (bytes(128) + b"DICM", "no SOP Class UID", True),
        (dc.Dataset(), "SOPClassUID", True),
    ],
)
def test_what_is_no_instance_says_so(source: StoreSource, words: str, is_dicom: bool) -> None:
    with pytest.raises(Unsendable, match=words) as caught:
        outgoing(source)
    assert caught.value.is_dicom is is_dicom


def test_uids_that_the_file_meta_lacks_are_found_in_the_data_set() -> None:
    dataset = instance().dataset
    head = bytes(128) + b"DICM" + b"\x02\0\x10\0UI\x14\0" + EXPLICIT.encode() + b"\0"
    found = outgoing(head + dc.write_dataset(dataset))
    assert (found.sop_class, found.sop_instance) == (CT, "1.2.3.1.1.1")


def test_a_file_that_changes_while_it_is_sent_ends_the_association(tmp_path: Path) -> None:
    from dicom_net import AssociationAborted

    path = written(tmp_path, size=3 << 20)
    found = outgoing(path)
    provider, got = receiving()
    wire = Wire(provider, BOTH)
    operation = store_instance(wire.user, found, Clock())
    next(operation)
    path.write_bytes(b"other")
    with pytest.raises(AssociationAborted) as caught:
        wire.run(operation)
    assert isinstance(caught.value.__cause__, dc.DicomError)
    assert not got


def test_a_store_of_dicom_core_receives() -> None:
    store = InMemoryStore()
    wire = Wire(StorageProvider(store, now=lambda: NOW), BOTH)
    wire.run(store_instance(wire.user, ready(), Clock()))
    kept = drive(store.find("1.2.3.1.1.1"))
    assert (kept.study, kept.sop_class, kept.transfer_syntax) == ("1.2.3.1", CT, EXPLICIT)


def test_limits_have_one_class() -> None:
    assert LimitExceeded is dc.LimitExceeded
