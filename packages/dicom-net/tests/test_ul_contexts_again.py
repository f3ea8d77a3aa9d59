"""Peers ask for the same contexts again and again: what is remembered of them changes nothing but the time it takes."""

import pytest

from dicom_net import AcceptancePolicy, Offer, RemoteProtocolError
from dicom_net._negotiation import answer, propose
from dicom_net._serving import Gate, House
from dicom_net._settings import NetworkLimits
from dicom_net.dimse import AcceptedContext
from dicom_net.dimse._contexts import Contexts
from dicom_net.ul import AssociateAC, AssociateRQ, ProposedContext, RoleSelection
from dicom_net.ul._items import read_items
from dicom_net.ul._items_contexts import REMEMBERED, context_items

CT = "1.2.840.10008.5.1.4.1.1.2"
IMPLICIT = "1.2.840.10008.1.2"
CONTEXTS = propose([(CT, [IMPLICIT]), ("1.2.3", [IMPLICIT, "1.2.4"])])
ITEMS = context_items(CONTEXTS)
OFFERS = [Offer(CT, [IMPLICIT], scp=True, scu=True)]


class Storing:
    def offers(self) -> list[Offer]:
        return OFFERS

    def respond(self, seat: object, begin: object) -> None:
        raise AssertionError


def request(roles: tuple[RoleSelection, ...] = ()) -> AssociateRQ:
    return AssociateRQ(called="A", calling="B", contexts=CONTEXTS, roles=roles)


def test_the_same_bytes_are_the_same_contexts() -> None:
    for _ in range(2):
        assert tuple(read_items(ITEMS, 74, request=True).proposed) == CONTEXTS


def test_a_fault_is_told_where_it_stands_each_time() -> None:
    broken = ITEMS[:4] + b"\2" + ITEMS[5:]  # an even ID
    for offset in (74, 1000):
        with pytest.raises(RemoteProtocolError) as caught:
            read_items(broken, offset, request=True)
        assert caught.value.offset == offset + 4


def test_contexts_in_several_places() -> None:
    other = b"\x77\0\0\1x"
    first, second = (context_items((context,)) for context in CONTEXTS)
    items = read_items(other + first + other + second + other, 0, request=True)
    assert tuple(items.proposed) == CONTEXTS
    with pytest.raises(RemoteProtocolError, match="context 1 twice"):
        read_items(first + other + second + other + first, 0, request=True)


def test_many_bytes_are_not_remembered() -> None:
    syntaxes = [f"1.2.3.{number:050}" for number in range(1000)]
    contexts = (ProposedContext(1, CT, syntaxes),)
    items = context_items(contexts)
    assert len(items) > REMEMBERED
    assert tuple(read_items(items, 0, request=True).proposed) == contexts


def test_roles_are_not_forgotten() -> None:
    house = House([Storing()], AcceptancePolicy())  # type: ignore[list-item]
    reception = Gate(NetworkLimits()).enter("here")
    assert reception is not None
    both = (RoleSelection(CT, scu=True, scp=True),)
    for roles in ((), both, (), both):
        said = house.judge(request(roles), reception)
        assert said == answer(request(roles), OFFERS)
        assert isinstance(said, AssociateAC)
        agreed = Contexts.agreed(request(roles), said, requestor=True).by_id
        assert agreed == {1: AcceptedContext(1, CT, IMPLICIT, True, bool(roles))}


def test_a_server_remembers_a_few() -> None:
    house = House([Storing()], AcceptancePolicy())  # type: ignore[list-item]
    reception = Gate(NetworkLimits()).enter("here")
    assert reception is not None
    for number in range(40):
        contexts = propose([(CT, [IMPLICIT, f"1.2.{number}"])])
        asked = AssociateRQ(called="A", calling="B", contexts=contexts)
        assert house.judge(asked, reception) == answer(asked, OFFERS)
    assert len(house._known) <= 16
