"""Hypothesis strategies for what goes over an association. Needs hypothesis, which dicom-net itself does not.

from hypothesis import given
from dicom_net.testing import strategies

@given(strategies.association_requests())
def test_my_server_answers(request): ...
"""

import string
from collections.abc import Callable
from typing import Final, get_args

import attrs
from hypothesis import strategies as st

from dicom_core import Dataset, Tag

from ..dimse import CFindRQ, CGetRQ, CMoveRQ, Command, CommandField, CStoreRQ, NSetRQ
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
    "commands",
    "control_events",
    "data_sets",
    "instances",
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


# Requests that are nothing without a data set (PS3.7 9.3, 10.3)
_WITH_DATA: Final = (CStoreRQ, CFindRQ, CGetRQ, CMoveRQ, NSetRQ)
_PRINTABLE: Final = string.ascii_letters + string.digits + ".,:-_/"


def _texts(most: int) -> st.SearchStrategy[str]:
    return st.text(_PRINTABLE + " ", max_size=most).map(str.strip)


def _tags() -> st.SearchStrategy[list[Tag]]:
    return st.lists(st.integers(0, 0xFFFF_FFFF).map(Tag), max_size=4)


def _of_field(kind: type[Command], name: str, *, optional: bool) -> st.SearchStrategy[object]:
    one: st.SearchStrategy[object]
    match name:
        case "has_data":
            return st.just(True) if kind in _WITH_DATA else st.booleans()
        case "comment":
            return _texts(64)
        case "offending" | "attributes":
            return _tags()
        case "priority":
            return st.integers(0, 2)
        case "destination" | "move_originator":
            one = ae_titles()
        case _ if name.endswith(("_class", "_instance")):
            one = uids()
        case _:
            one = _US
    return st.none() | one if optional else one


def commands(*kinds: type[Command]) -> st.SearchStrategy[Command]:
    """Messages of these kinds, or of all: any values that their fields can have (PS3.7 9.3, 10.3)."""

    def of_kind(kind: type[Command]) -> st.SearchStrategy[Command]:
        fields = {
            field.name: _of_field(kind, field.name, optional=field.default is None)
            for field in attrs.fields(kind)
        }
        return st.builds(kind, **fields)

    # Those that a receiver makes of what is no message have no command field of their own
    every = [
        kind
        for kind in get_args(Command)
        if isinstance(getattr(kind, "command_field", None), CommandField)
    ]
    return st.one_of([of_kind(kind) for kind in kinds or every])


def _dates() -> st.SearchStrategy[str]:
    return st.dates().map(lambda date: f"{date.year:04}{date.month:02}{date.day:02}")


def _times() -> st.SearchStrategy[str]:
    return st.times().map(lambda time: time.strftime("%H%M%S"))


_VALUES: Final[dict[str, Callable[[], st.SearchStrategy[object]]]] = {
    "PatientName": lambda: st.lists(
        st.text(string.ascii_letters, min_size=1, max_size=10), min_size=1, max_size=3
    ).map("^".join),
    "PatientID": lambda: st.text(_PRINTABLE, min_size=1, max_size=64),
    "PatientBirthDate": _dates,
    "PatientSex": lambda: st.sampled_from(["F", "M", "O"]),
    "AccessionNumber": lambda: st.text(_PRINTABLE, min_size=1, max_size=16),
    "StudyDate": _dates,
    "StudyTime": _times,
    "StudyDescription": lambda: st.text(_PRINTABLE, min_size=1, max_size=64),
    "StudyInstanceUID": uids,
    "SeriesInstanceUID": uids,
    "Modality": lambda: st.sampled_from(["CT", "MR", "US", "OT"]),
    "SeriesNumber": lambda: st.integers(-(2**31), 2**31 - 1),
    "InstanceNumber": lambda: st.integers(-(2**31), 2**31 - 1),
    "SliceThickness": lambda: st.integers(-999, 999).map(lambda number: str(number / 8)),
    "ImagePositionPatient": lambda: st.lists(
        st.integers(-9999, 9999).map(str), min_size=3, max_size=3
    ),
    "Rows": lambda: st.integers(0, 0xFFFF),
    "Columns": lambda: st.integers(0, 0xFFFF),
    "ImageComments": lambda: st.text(_PRINTABLE, min_size=1, max_size=200),
    "FrameIncrementPointer": lambda: st.just(Tag("0018,1063")),
}


def data_sets(*, depth: int = 2) -> st.SearchStrategy[Dataset]:
    """Data sets of everyday elements with legal values, sequences nested so deep; each element may be missing."""

    def make(values: dict[str, object], items: list[Dataset]) -> Dataset:
        dataset = Dataset()
        for keyword, value in values.items():
            dataset[keyword] = value
        if items:
            dataset["ReferencedSeriesSequence"] = items
        return dataset

    values = st.fixed_dictionaries({}, optional={name: make() for name, make in _VALUES.items()})
    nested = (
        st.lists(st.deferred(lambda: data_sets(depth=depth - 1)), max_size=2)
        if depth
        else st.just([])
    )
    return st.builds(make, values, nested)


def instances(sop_class: str = "1.2.840.10008.5.1.4.1.1.7") -> st.SearchStrategy[Dataset]:
    """Data sets that can be stored: with the UIDs of an instance, its series and its study, and of this SOP class."""

    def make(dataset: Dataset, study: str, series: str, instance: str) -> Dataset:
        dataset["SOPClassUID"] = sop_class
        dataset["SOPInstanceUID"] = instance
        dataset["StudyInstanceUID"] = study
        dataset["SeriesInstanceUID"] = series
        return dataset

    return st.builds(make, data_sets(depth=1), uids(), uids(), uids())
