"""Hypothesis strategies for what goes over an association. Needs hypothesis, which dicom-net itself does not.

from hypothesis import given
from dicom_net.testing import strategies

@given(strategies.association_requests())
def test_my_server_answers(request): ...
"""

import string

from hypothesis import strategies as st

from ..ul import (
    Abort,
    AnsweredContext,
    AssociateAC,
    AssociateRJ,
    AssociateRQ,
    OperationsWindow,
    PData,
    ProposedContext,
    ReleaseRP,
    ReleaseRQ,
    RoleSelection,
    SopClassCommonExtended,
    SopClassExtended,
    UnknownItem,
    UserIdentity,
)

__all__ = [
    "ae_titles",
    "association_answers",
    "association_requests",
    "control_events",
    "p_data",
    "pdu_bytes",
    "uids",
]

_US = st.integers(0, 0xFFFF)
_BYTE = st.integers(0, 0xFF)
_IDS = st.integers(0, 127).map(lambda number: 2 * number + 1)


def uids() -> st.SearchStrategy[str]:
    """UIDs of any root, 64 characters at most (PS3.5 9.1)."""
    part = st.integers(0, 10**8).map(str)
    return (
        st.lists(part, min_size=1, max_size=5)
        .map(lambda parts: "1." + ".".join(parts))
        .filter(lambda uid: len(uid) <= 64)
    )


def ae_titles() -> st.SearchStrategy[str]:
    """AE titles as they may be sent: 1 to 16 characters, no backslash, no spaces around (PS3.5 6.2)."""
    letters = "".join(sorted(set(map(chr, range(0x20, 0x7F))) - {"\\"}))
    return st.text(letters, min_size=1, max_size=16).map(str.strip).filter(bool)


def _windows() -> st.SearchStrategy[OperationsWindow]:
    return st.builds(OperationsWindow, _US, _US)


def _roles() -> st.SearchStrategy[list[RoleSelection]]:
    return st.lists(st.builds(RoleSelection, uids(), st.booleans(), st.booleans()), max_size=3)


def _extended() -> st.SearchStrategy[list[SopClassExtended]]:
    return st.lists(st.builds(SopClassExtended, uids(), st.binary(max_size=20)), max_size=3)


def _unknown() -> st.SearchStrategy[list[UnknownItem]]:
    return st.lists(
        st.builds(UnknownItem, st.integers(0x5A, 0xFF), st.binary(max_size=40)), max_size=3
    )


def _versions() -> st.SearchStrategy[str]:
    return st.text(string.ascii_letters + string.digits + "._-", max_size=16)


def association_requests(*, least_max_pdu: int = 0) -> st.SearchStrategy[AssociateRQ]:
    """A-ASSOCIATE-RQ with any of its items; every one of them can be sent."""
    contexts = st.lists(
        st.builds(
            ProposedContext,
            _IDS,
            uids(),
            st.lists(uids(), min_size=1, max_size=4),
        ),
        max_size=6,
        unique_by=lambda context: context.id,
    )
    common = st.builds(SopClassCommonExtended, uids(), uids(), st.lists(uids(), max_size=3), _BYTE)
    identity = st.builds(
        UserIdentity,
        _BYTE,
        st.binary(max_size=60),
        st.binary(max_size=60),
        wants_response=st.booleans(),
    )
    return st.builds(
        AssociateRQ,
        called=ae_titles(),
        calling=ae_titles(),
        contexts=contexts,
        application_context=uids(),
        max_pdu=st.just(0) | st.integers(least_max_pdu, 0xFFFF_FFFF),
        implementation_class=st.just("") | uids(),
        implementation_version=_versions(),
        window=st.none() | _windows(),
        roles=_roles(),
        extended=_extended(),
        unknown=_unknown(),
        protocol_version=_US,
        reserved=st.binary(min_size=32, max_size=32),
        common_extended=st.lists(common, max_size=2),
        user_identity=st.none() | identity,
    )


def association_answers(request: AssociateRQ | None = None) -> st.SearchStrategy[AssociateAC]:
    """A-ASSOCIATE-AC: any, or one that fits a request context by context."""
    if request is None:
        contexts = st.lists(
            st.builds(AnsweredContext, _IDS, _BYTE, uids()),
            max_size=6,
            unique_by=lambda context: context.id,
        )
        called, calling = ae_titles(), ae_titles()
    else:
        contexts = st.tuples(
            *(
                st.builds(
                    AnsweredContext,
                    st.just(context.id),
                    st.integers(0, 4),
                    st.sampled_from(context.transfer_syntaxes),
                )
                for context in request.contexts
            )
        ).map(list)
        called, calling = st.just(request.called), st.just(request.calling)
    return st.builds(
        AssociateAC,
        called=called,
        calling=calling,
        contexts=contexts,
        application_context=uids(),
        max_pdu=st.just(0) | st.integers(128, 0xFFFF_FFFF),
        implementation_class=st.just("") | uids(),
        implementation_version=_versions(),
        window=st.none() | _windows(),
        roles=_roles(),
        extended=_extended(),
        unknown=_unknown(),
        protocol_version=_US,
        reserved=st.binary(min_size=32, max_size=32),
        identity_response=st.none() | st.binary(max_size=60),
    )


def control_events() -> st.SearchStrategy[
    AssociateRQ | AssociateAC | AssociateRJ | ReleaseRQ | ReleaseRP | Abort
]:
    """Each of the six PDUs that carry no data."""
    return st.one_of(
        association_requests(),
        association_answers(),
        st.builds(AssociateRJ, _BYTE, _BYTE, _BYTE),
        st.just(ReleaseRQ()),
        st.just(ReleaseRP()),
        st.builds(Abort, _BYTE, _BYTE),
    )


def p_data(context: int = 1) -> st.SearchStrategy[PData]:
    """A part of a message as it is sent, in any views."""
    views = st.lists(st.binary(max_size=40).map(lambda one: one + one), max_size=4)
    return st.builds(PData, st.just(context), views, command=st.booleans(), last=st.just(True))


def pdu_bytes() -> st.SearchStrategy[bytes]:
    """What may stand where a PDU is expected: mostly a header of some type, with a body of another length now and then."""
    body = st.binary(max_size=80)
    kind = st.integers(1, 7) | _BYTE
    honest = st.builds(
        lambda one, two: bytes((one, 0)) + len(two).to_bytes(4, "big") + two, kind, body
    )
    lying = st.builds(
        lambda one, length, two: bytes((one, 0)) + length.to_bytes(4, "big") + two,
        kind,
        st.integers(0, 100) | st.integers(0, 0xFFFF_FFFF),
        body,
    )
    return honest | lying | body
