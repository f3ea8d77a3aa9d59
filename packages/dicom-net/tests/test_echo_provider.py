"""C-ECHO in both roles, and several providers as one, without sockets (NET-028, NET-032)."""

import pytest
from store_pair import NOW, Clock, Wire
from storing import CT, EXPLICIT, IMPLICIT, ready

from dicom_net import NegotiationError
from dicom_net.dimse import Begin, CEchoRSP, CFindRQ
from dicom_net.services import (
    VERIFICATION,
    Several,
    StorageProvider,
    Verification,
    echo,
    store_instance,
)

CONTEXTS = [(VERIFICATION, (IMPLICIT,)), (CT, (EXPLICIT,))]


def both() -> Several:
    return Several([Verification(), StorageProvider(now=lambda: NOW), Verification()])


def test_an_echo_is_answered() -> None:
    wire = Wire(Verification(), CONTEXTS)
    assert wire.run(echo(wire.user)) == CEchoRSP(
        responded_to=1, status=0, affected_sop_class=VERIFICATION
    )


def test_without_a_context_nothing_is_asked() -> None:
    wire = Wire(StorageProvider(now=lambda: NOW), CONTEXTS)
    with pytest.raises(NegotiationError):
        wire.run(echo(wire.user))
    assert not wire.writes


def test_each_request_goes_to_the_provider_that_offered_its_class() -> None:
    wire = Wire(both(), CONTEXTS)
    for _ in range(2):
        assert wire.run(echo(wire.user)).status == 0
        assert wire.run(store_instance(wire.user, ready(), Clock())).status == 0
    offered = [offer.abstract_syntax for offer in wire.provider.offers()]
    assert len(offered) == len(set(offered))


def test_what_nobody_understands_is_refused_and_the_association_goes_on() -> None:
    wire = Wire(both(), CONTEXTS)
    request = CFindRQ(message_id=9, affected_sop_class=VERIFICATION)
    sent = wire.user.send_message(Begin(1, request), [b"identifier"])
    wire._to_provider(b"".join(map(bytes, sent)))
    answer = wire.inbox[9].popleft()
    assert isinstance(answer, Begin)
    assert answer.command.status == 0x0211  # type: ignore[union-attr]
    assert wire.run(echo(wire.user)).status == 0
