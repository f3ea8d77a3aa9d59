"""Who uses the peer: a provider sees it, may refuse it and may answer it (NET-114, NET-115)."""

from collections.abc import Iterable

import pytest
from doors import ON_BOTH_LOOPS, echoing

import dicom_net as dn
from dicom_net._negotiation import rejection
from dicom_net._operation import Operation, call
from dicom_net.dimse import Begin
from dicom_net.services import AssociationInfo, Seat, Verification, echo
from dicom_net.ul import AssociateRJ, RejectReason, UserIdentity, UserIdentityKind

pytestmark = ON_BOTH_LOOPS

TICKET = b"the server's ticket"


class Guarded:
    """Verification for those whose passcode is right."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.ends: list[dn.NetworkError | None] = []

    def offers(self) -> Iterable[dn.Offer]:
        return Verification().offers()

    def respond(self, seat: Seat, begin: Begin) -> Operation[None]:
        return Verification().respond(seat, begin)

    def admit(self, seat: Seat) -> Operation[AssociateRJ | bytes | None]:
        identity = seat.info.user_identity
        right = yield from call(self.looks_right, identity)
        return TICKET if right else rejection(RejectReason.ACSE_NO_REASON)

    async def looks_right(self, identity: UserIdentity | None) -> bool:
        if self.error is not None:
            raise self.error
        return identity is not None and identity.secondary == b"right"

    def ended(self, info: AssociationInfo, error: dn.NetworkError | None) -> None:
        self.ends.append(error)


def user(passcode: bytes, *, asks: bool = True) -> UserIdentity:
    kind = UserIdentityKind.USERNAME_AND_PASSCODE
    return UserIdentity(kind, b"me", passcode, wants_response=asks)


@pytest.mark.parametrize("asks", [True, False])
async def test_the_response_reaches_who_asked_for_one(asks: bool) -> None:
    provider = Guarded()
    async with (
        dn.Server(provider) as server,
        echoing(server, user_identity=user(b"right", asks=asks)) as association,
    ):
        assert association.answer.identity_response == (TICKET if asks else None)
        assert (await association.run(echo(association.exchange))).status == 0
    assert provider.ends == [None]


@pytest.mark.parametrize("identity", [None, user(b"wrong")])
async def test_a_provider_can_refuse(identity: UserIdentity | None) -> None:
    provider = Guarded()
    events: list[dn.ServerEvent] = []
    async with dn.Server(provider, on_event=events.append) as server:
        with pytest.raises(dn.AssociationRejected):
            async with echoing(server, user_identity=identity):
                pass
    assert provider.ends == []
    assert "wrong" not in repr(events)


async def test_a_doorkeeper_that_fails_lets_nobody_in() -> None:
    async with dn.Server(Guarded(ValueError("secret"))) as server:
        with pytest.raises(dn.AssociationRejected):
            async with echoing(server, user_identity=user(b"right")):
                pass
