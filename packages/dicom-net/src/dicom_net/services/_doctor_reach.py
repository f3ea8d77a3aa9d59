"""Whether the peer can send to us: a listener of our own, and a C-MOVE that names it (NET-033, NET-057)."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, Protocol

from attrs import field, frozen

from dicom_core import generate_uid
from dicom_core.query import InformationModel, QueryLevel, build
from dicom_dict import StatusCategory, status

from .._operation import Give, Operation, call, write
from ..dimse import Begin, CEchoRQ, CFindRSP, CStoreRQ, CStoreRSP
from ._doctor_report import DoctorStep, Finding, StepName
from ._echo import SYNTAXES, VERIFICATION, Verification
from ._find import FIND, find
from ._matches import Match
from ._refuse import drain, refuse_other
from ._retrieve_contexts import COMMON_STORAGE, COMPRESSED, UNCOMPRESSED
from ._retrieve_keys import RetrieveKeys
from ._retrieve_user import move

if TYPE_CHECKING:
    from .._errors import NetworkError
    from .._negotiation import Offer
    from .._tls import TlsConfig
    from ..ul import AssociateRJ
    from ._provider import AssociationInfo, OpenAssociation, Seat
    from ._retrieve_types import RetrieveResult

__all__ = ["Listening", "LookOut", "Reach", "reach"]

_UNKNOWN_DESTINATION: Final = 0xA801
_KEYWORDS: Final = {
    QueryLevel.PATIENT: "PatientID",
    QueryLevel.STUDY: "StudyInstanceUID",
    QueryLevel.SERIES: "SeriesInstanceUID",
    QueryLevel.IMAGE: "SOPInstanceUID",
}


@frozen(kw_only=True)
class Reach:
    """How the peer shall send to us."""

    ae_title: str
    """The AE title by which the peer knows us as a destination."""
    host: str = "127.0.0.1"
    """The address that we listen on."""
    port: int = 0
    """The port that the peer has for the destination."""
    tls: "TlsConfig | None" = field(default=None, repr=False)
    """How the peer shall speak TLS to us, with an identity of our own."""
    keys: RetrieveKeys | None = None
    """What it shall send, which is thrown away here; None for the first instance that a query finds."""
    model: InformationModel = InformationModel.STUDY_ROOT


class Listening(Protocol):
    """A server that runs."""

    @property
    def port(self) -> int:
        """Where it listens."""
        ...


class LookOut:
    """The provider of the listener: notes who comes in, keeps nothing."""

    def __init__(self) -> None:
        self.visits: list[AssociationInfo] = []
        self.instances = 0

    def offers(self) -> "Iterable[Offer]":
        """See `Provider.offers`."""
        from .._negotiation import Offer

        syntaxes = UNCOMPRESSED + COMPRESSED
        return [
            Offer(VERIFICATION, SYNTAXES),
            *(Offer(sop_class, syntaxes) for sop_class in COMMON_STORAGE),
        ]

    def admit(self, seat: "Seat") -> "Operation[AssociateRJ | None]":
        """See `Doorkeeper.admit`."""
        self.visits.append(seat.info)
        yield from ()
        return None

    def ended(self, info: "AssociationInfo", error: "NetworkError | None") -> None:
        """See `Doorkeeper.ended`."""

    def respond(self, seat: "Seat", begin: Begin) -> Operation[None]:
        """See `Provider.respond`."""
        request = begin.command
        if isinstance(request, CEchoRQ):
            yield from Verification().respond(seat, begin)
            return
        if not isinstance(request, CStoreRQ):
            yield from refuse_other(seat.exchange, begin)
            return
        if request.has_data:
            yield from drain(request.message_id)
        self.instances += 1
        answer = CStoreRSP(
            responded_to=request.message_id,
            status=0,
            affected_sop_class=request.affected_sop_class,
            affected_sop_instance=request.affected_sop_instance,
        )
        yield from write(seat.exchange.send(Begin(begin.context, answer)))


def reach(association: "OpenAssociation", wish: Reach, lookout: LookOut) -> Operation[DoctorStep]:
    """Ask for the C-MOVE, while ``lookout`` listens, and judge."""
    keys = wish.keys
    if keys is None:
        keys = yield from _any_instance(association, wish.model)
    if (
        keys is None
    ):  # nobody has this study: many peers say at least whether they know the destination
        keys = RetrieveKeys.study(generate_uid(), patient="-")
    operation = move(association.exchange, keys, wish.ae_title, model=wish.model)
    result = yield from call(association.run, operation)
    return verdict(wish, result, lookout)


def _any_instance(
    association: "OpenAssociation", model: InformationModel
) -> Operation[RetrieveKeys | None]:
    """The first instance that the peer has, by a query at each level; None where it takes no query or has nothing."""
    exchange = association.exchange
    if all(one.abstract_syntax != FIND[model] for one in exchange.contexts.values()):
        return None
    found: dict[str, str] = {}
    for level in model.levels:
        name = _KEYWORDS[level]
        query = build(level, model=model, where={**found, name: None}, limit=1)
        matches = yield from call(association.run, _given(find(exchange, query)))
        value = matches[0].dataset.get(name) if matches else None
        if not value:
            return None
        found[name] = str(value)
    patient = found.get("PatientID", "")
    return RetrieveKeys.instance(
        found["StudyInstanceUID"],
        found["SeriesInstanceUID"],
        found["SOPInstanceUID"],
        patient=patient,
    )


def _given(operation: Operation[CFindRSP]) -> Operation[list[Match]]:
    """What an operation gives, as what it returns."""
    items: list[Match] = []
    try:
        step = operation.send(None)
        while True:
            if isinstance(step, Give):
                assert isinstance(step.item, Match)
                items.append(step.item)
                step = operation.send(None)
                continue
            try:
                answer = yield step
            except Exception as error:  # noqa: BLE001 - the operation's matter
                step = operation.throw(error)
            else:
                step = operation.send(answer)
    except StopIteration:
        return items


def verdict(wish: Reach, result: "RetrieveResult", lookout: LookOut) -> DoctorStep:
    """What the status of the C-MOVE and the visits tell."""
    answer = status(result.status, "C-MOVE")
    facts = {"status": f"{result.status:04X}", "meaning": answer.meaning}
    if lookout.visits:
        visit = lookout.visits[0]
        facts |= {"called": visit.called, "calling": visit.calling, "from": visit.address[0]}
        if result.failed and not result.completed:
            return DoctorStep(
                StepName.REACH,
                Finding.DOUBTFUL,
                f"the peer reaches us as {visit.called}, and its instance was not sent",
                "look at the peer's log for the reason",
                "status",
                facts,
            )
        text = f"the peer reaches us from {visit.address[0]}, calling {visit.called} as {visit.calling}"
        return DoctorStep(StepName.REACH, Finding.GOOD, text, facts=facts)
    if result.status == _UNKNOWN_DESTINATION:
        return DoctorStep(
            StepName.REACH,
            Finding.BAD,
            f"the peer knows no destination {wish.ae_title}",
            f"have {wish.ae_title} added to the peer's configuration, with our address and port {wish.port}",
            "destination-unknown",
            facts,
        )
    if result.failed or answer.category is StatusCategory.FAILURE:
        return DoctorStep(
            StepName.REACH,
            Finding.BAD,
            f"the peer does not reach us as {wish.ae_title} ({answer.meaning})",
            f"check that the peer knows {wish.ae_title}, with our address and port {wish.port}, and firewalls on the way",
            "destination-unreachable",
            facts,
        )
    return DoctorStep(
        StepName.REACH,
        Finding.DOUBTFUL,
        f"the peer had nothing to send to {wish.ae_title}, and did not connect: it cannot be told",
        "name something that it has, to see it arrive",
        "",
        facts,
    )


# Tracebacks, reprs and pickles name the place that users import from
Reach.__module__ = "dicom_net"
