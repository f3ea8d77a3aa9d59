"""The same fields as pynetdicom encodes and decodes them: nobody here wrote that."""

from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from pynetdicom import pdu as theirs
from pynetdicom.pdu_items import (
    AsynchronousOperationsWindowSubItem,
    SCP_SCU_RoleSelectionSubItem,
    SOPClassCommonExtendedNegotiationSubItem,
    SOPClassExtendedNegotiationSubItem,
    UserIdentitySubItemAC,
    UserIdentitySubItemRQ,
)
from ul_cases import ANSWER, FULL_ANSWER, FULL_REQUEST, REQUEST, data, pair, wire

from dicom_net.testing import strategies
from dicom_net.ul import (
    Abort,
    AssociateAC,
    AssociateRJ,
    AssociateRQ,
    ReleaseRP,
    ReleaseRQ,
)
from dicom_net.ul._pdus import Control, decode_control, encode_control

CLASSES: dict[type, Any] = {
    AssociateRQ: theirs.A_ASSOCIATE_RQ,
    AssociateAC: theirs.A_ASSOCIATE_AC,
    AssociateRJ: theirs.A_ASSOCIATE_RJ,
    ReleaseRQ: theirs.A_RELEASE_RQ,
    ReleaseRP: theirs.A_RELEASE_RP,
    Abort: theirs.A_ABORT_RQ,
}


def by_pynetdicom(event: Control) -> Any:
    """The PDU as they understand it."""
    pdu = CLASSES[type(event)]()
    pdu.decode(encode_control(event))
    return pdu


@pytest.mark.parametrize(
    "event",
    [REQUEST, ANSWER, AssociateRJ(2, 3, 2), ReleaseRQ(), ReleaseRP(), Abort(2, 6), Abort(0, 0)],
)
def test_they_encode_what_they_understood_to_our_bytes(event: Control) -> None:
    assert by_pynetdicom(event).encode() == encode_control(event)


def check_common(event: AssociateRQ | AssociateAC, pdu: Any) -> None:
    user = pdu.user_information
    assert pdu.application_context_name == event.application_context
    assert user.maximum_length == event.max_pdu
    assert user.implementation_class_uid == event.implementation_class
    assert (user.implementation_version_name or "") == event.implementation_version
    items = user.user_data
    windows = [item for item in items if isinstance(item, AsynchronousOperationsWindowSubItem)]
    assert [(item.max_operations_invoked, item.max_operations_performed) for item in windows] == (
        [] if event.window is None else [(event.window.invoked, event.window.performed)]
    )
    roles = [item for item in items if isinstance(item, SCP_SCU_RoleSelectionSubItem)]
    assert [(item.uid, bool(item.scu_role), bool(item.scp_role)) for item in roles] == [
        (role.sop_class, role.scu, role.scp) for role in event.roles
    ]
    extended = [item for item in items if isinstance(item, SOPClassExtendedNegotiationSubItem)]
    assert [(item.uid, item.app_info) for item in extended] == [
        (one.sop_class, one.information) for one in event.extended
    ]


def test_every_field_of_a_request_NET004() -> None:
    event = attrs.evolve(FULL_REQUEST, unknown=())
    pdu = by_pynetdicom(event)
    check_common(event, pdu)
    assert (pdu.called_ae_title.strip(), pdu.calling_ae_title.strip()) == ("THEM", "US")
    assert [
        (item.context_id, item.abstract_syntax, tuple(item.transfer_syntax))
        for item in pdu.presentation_context
    ] == [(one.id, one.abstract_syntax, one.transfer_syntaxes) for one in event.contexts]
    items = pdu.user_information.user_data
    (common,) = (
        item for item in items if isinstance(item, SOPClassCommonExtendedNegotiationSubItem)
    )
    (wanted,) = event.common_extended
    assert (common.sop_class_uid, common.service_class_uid) == (
        wanted.sop_class,
        wanted.service_class,
    )
    assert tuple(common.related_general_sop_class_identification) == wanted.related
    (identity,) = (item for item in items if isinstance(item, UserIdentitySubItemRQ))
    assert identity.user_identity_type == 2
    assert identity.positive_response_requested == 1
    assert (identity.primary_field, identity.secondary_field) == (b"joe", b"secret")
    assert pdu.encode() == encode_control(event)


def test_every_field_of_an_answer_NET004() -> None:
    pdu = by_pynetdicom(FULL_ANSWER)
    check_common(FULL_ANSWER, pdu)
    assert [
        (item.context_id, item.result, item.transfer_syntax) for item in pdu.presentation_context
    ] == [(one.id, one.result, one.transfer_syntax) for one in FULL_ANSWER.contexts]
    (identity,) = (
        item for item in pdu.user_information.user_data if isinstance(item, UserIdentitySubItemAC)
    )
    assert identity.server_response == b"ticket"
    assert pdu.encode() == encode_control(FULL_ANSWER)


@settings(max_examples=25, deadline=None)  # theirs are slow
@given(strategies.association_requests())
def test_what_they_encode_again_means_the_same(event: AssociateRQ) -> None:
    # They keep no unknown items and no version of 57H, want an implementation class, and know five kinds of identity
    event = attrs.evolve(
        event,
        unknown=(),
        user_identity=None,
        implementation_class="1.2",
        protocol_version=1,
        common_extended=[attrs.evolve(one, version=0) for one in event.common_extended],
    )
    raw = by_pynetdicom(event).encode()
    got = decode_control(1, raw[6:], 0)
    assert isinstance(got, AssociateRQ)
    assert attrs.evolve(got, reserved=event.reserved) == event


@pytest.mark.parametrize("size", [4, 4000, 100_000])
def test_p_data(size: int) -> None:
    raw = wire(pair().requestor.send(data(bytes(size), 3), 0))
    flags, total, pos = [], 0, 0
    while pos < len(raw):
        end = pos + 6 + int.from_bytes(raw[pos + 2 : pos + 6], "big")
        pdu = theirs.P_DATA_TF()
        pdu.decode(raw[pos:end])
        value: Any
        (value,) = pdu.presentation_data_value_items
        assert value.presentation_context_id == 3
        flags.append(value.presentation_data_value[0])
        total += len(value.presentation_data_value) - 1
        assert pdu.encode() == raw[pos:end]
        pos = end
    assert total == size
    assert flags == [0] * (len(flags) - 1) + [2]
