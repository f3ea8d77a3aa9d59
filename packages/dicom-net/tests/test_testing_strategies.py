"""What the strategies draw can be sent, and is what the other side receives."""

from io import BytesIO
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ul_cases import pair, wire

import dicom_core as dc
from dicom_core.store import InMemoryStore, drive, put
from dicom_net.dimse import Command, CommandField, decode, encode
from dicom_net.testing import OwnedPData, connected_pair, feed, strategies
from dicom_net.ul import AssociateRQ, PData

IMPLICIT = "1.2.840.10008.1.2"


@given(strategies.commands())
def test_every_message_comes_back(command: Command) -> None:
    assert decode(encode(command)) == (command, command.has_data)


KINDS = [
    kind
    for kind in get_args(Command)
    if isinstance(getattr(kind, "command_field", None), CommandField)
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_messages_of_one_kind(kind: type[Command]) -> None:
    @settings(max_examples=10, database=None)
    @given(strategies.commands(kind))
    def draw(command: Command) -> None:
        assert type(command) is kind
        assert decode(encode(command)) == (command, command.has_data)

    draw()


@given(strategies.data_sets(), st.sampled_from(["1.2.840.10008.1.2", "1.2.840.10008.1.2.1"]))
def test_data_sets_are_legal_and_come_back(dataset: dc.Dataset, syntax: str) -> None:
    file = dc.DicomFile.new(_with_class(dataset), syntax)
    stream = BytesIO()
    dc.write(file, stream)
    again = dc.read(stream.getvalue())
    assert again.dataset == file.dataset
    assert not again.findings
    assert not dc.check(again)


def _with_class(dataset: dc.Dataset) -> dc.Dataset:
    dataset["SOPClassUID"] = "1.2.840.10008.5.1.4.1.1.7"
    return dataset


@settings(max_examples=30)
@given(strategies.instances())
def test_instances_can_be_stored(dataset: dc.Dataset) -> None:
    stream = BytesIO()
    dc.write(dataset, stream)
    receipt = drive(put(InMemoryStore(), stream.getvalue()))
    assert receipt.instance.instance == str(dataset.SOPInstanceUID)


@settings(max_examples=30)
@given(strategies.association_requests(least_max_pdu=128))
def test_requests_can_be_sent(request: AssociateRQ) -> None:
    pair(request, None)


@settings(max_examples=30, deadline=None)
@given(strategies.association_requests(least_max_pdu=128), st.data())
def test_answers_fit_their_request(request: AssociateRQ, data: st.DataObject) -> None:
    answer = data.draw(strategies.association_answers(request))
    ends = pair(request, answer)
    assert ends.requestor.accepted == ends.acceptor.accepted == answer


@given(strategies.p_data(1))
def test_parts_of_messages_can_be_sent(part: PData) -> None:
    ends = connected_pair()
    raw = wire(ends.requestor.connection.send(part, 0))
    (got,) = feed(ends.acceptor.connection, raw)
    assert got == OwnedPData(1, b"".join(part.views), part.command, True)
