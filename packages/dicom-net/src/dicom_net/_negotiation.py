"""What is proposed for an association, and how a proposal is answered: pure functions over the events of `dicom_net.ul`.

A server answers every presentation context alone (PS3.8 9.3.3.2): accepted with one transfer syntax, by the
server's order of preference, or by that of a requestor who only receives, or refused with a reason. An association without
an accepted context still is one.
"""

from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from functools import lru_cache
from typing import Final, TypeAlias

from attrs import field, frozen
from attrs.validators import ge, le

from ._errors import LocalProtocolError
from ._version import IMPLEMENTATION_CLASS, IMPLEMENTATION_VERSION
from .ul import (
    AnsweredContext,
    AssociateAC,
    AssociateRJ,
    AssociateRQ,
    ContextResult,
    OperationsWindow,
    ProposedContext,
    RejectReason,
    RejectResult,
    RoleSelection,
    SopClassExtended,
    UserIdentityKind,
)

__all__ = ["AcceptancePolicy", "Known", "Offer", "answer", "propose", "rejection"]

APPLICATION_CONTEXT: Final = "1.2.840.10008.3.1.1.1"
_UID_CHARACTERS: Final = frozenset("0123456789.")
_IDENTITIES: Final = frozenset(int(kind) for kind in UserIdentityKind)

REMEMBERED: Final = 16
"""Requests whose answer is kept, for when the same comes again: a peer asks for the same each time."""
Answered: TypeAlias = tuple[tuple[AnsweredContext, ...], tuple[RoleSelection, ...]]
Known: TypeAlias = MutableMapping[
    tuple[tuple[ProposedContext, ...], tuple[RoleSelection, ...]], Answered
]

_TRANSIENT: Final = frozenset(
    {RejectReason.TEMPORARY_CONGESTION, RejectReason.LOCAL_LIMIT_EXCEEDED}
)


def _texts(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(items)


def _titles(items: Iterable[str] | None) -> frozenset[str] | None:
    return None if items is None else frozenset(items)


def _own_titles(items: Iterable[str] | str) -> frozenset[str]:
    return frozenset([items] if isinstance(items, str) else items)


@frozen
class Offer:
    """A SOP class that an acceptor serves, with its transfer syntaxes in order of preference.

    ``scp`` says that we serve it, ``scu`` that we use it where the peer takes the role of its server, as
    C-GET and storage commitment want it (PS3.7 D.3.3.4). ``extended`` answers the service class application
    information of a request (PS3.7 D.3.3.5); None, and no function, leave it unanswered.
    """

    abstract_syntax: str
    transfer_syntaxes: tuple[str, ...] = field(converter=_texts)
    scp: bool = field(default=True, kw_only=True)
    scu: bool = field(default=False, kw_only=True)
    extended: Callable[[bytes], bytes | None] | None = field(default=None, kw_only=True)


@frozen(kw_only=True)
class AcceptancePolicy:
    """Whom an acceptor takes, and what it says of itself in the answer."""

    ae_titles: frozenset[str] = field(default=frozenset(), converter=_own_titles)
    """Our own titles: who calls another is refused. Empty answers to every title."""
    allowed: frozenset[str] | None = field(default=None, converter=_titles)
    """The calling titles that are taken; None takes all that are not denied."""
    denied: frozenset[str] = field(default=frozenset(), converter=_own_titles)
    needs_identity: bool = False
    """Refuse who brings no user identity (PS3.7 D.3.3.7)."""
    max_pdu: int = field(default=262_144, validator=[ge(128), le(0xFFFF_FFFF)])
    """The longest P-DATA-TF that we take."""
    window: OperationsWindow = field(factory=OperationsWindow)
    """The most operations outstanding that we agree to, each way; 0 is without limit."""
    prefer_requestor: bool = False
    """Choose transfer syntaxes by the requestor's order instead of the server's, also where it is it that sends."""


def propose(
    pairs: Iterable[tuple[str, Sequence[str]]],
) -> tuple[ProposedContext, ...]:
    """Presentation contexts for abstract syntaxes, each with its transfer syntaxes; IDs are 1, 3, 5 ... in this order.

    The 129th raises `LocalProtocolError`, since an association has no ID for it (PS3.8 9.3.2.2), and so does
    what is no UID.
    """
    listed: list[tuple[str, tuple[str, ...]]] = []
    for abstract_syntax, transfer_syntaxes in pairs:
        if len(listed) == 128:
            raise LocalProtocolError(
                "more than 128 presentation contexts; open another association for the rest"
            )
        if isinstance(transfer_syntaxes, str) or not transfer_syntaxes:
            raise LocalProtocolError(
                f"the transfer syntaxes of {abstract_syntax} are a sequence of one UID or more"
            )
        listed.append((abstract_syntax, tuple(transfer_syntaxes)))
    return _proposed(tuple(listed))


@lru_cache(maxsize=16)  # a program asks for the same again and again
def _proposed(pairs: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[ProposedContext, ...]:
    contexts: list[ProposedContext] = []
    good: set[str] = set()  # most contexts have the same transfer syntaxes
    for abstract_syntax, transfer_syntaxes in pairs:
        for uid in (abstract_syntax, *transfer_syntaxes):
            if uid in good:
                continue
            if not uid or len(uid) > 64 or not _UID_CHARACTERS.issuperset(uid):
                raise LocalProtocolError(f"{uid!a} is no UID, and cannot be proposed")
            good.add(uid)
        contexts.append(ProposedContext(2 * len(contexts) + 1, abstract_syntax, transfer_syntaxes))
    return tuple(contexts)


def rejection(reason: RejectReason) -> AssociateRJ:
    """The A-ASSOCIATE-RJ for a reason: transient where asking again later can help, else permanent."""
    result = RejectResult.TRANSIENT if reason in _TRANSIENT else RejectResult.PERMANENT
    return AssociateRJ(result, reason >> 8, reason & 0xFF)


def answer(
    request: AssociateRQ,
    offers: Iterable[Offer] | Mapping[str, Offer],
    policy: AcceptancePolicy = AcceptancePolicy(),  # noqa: B008 - frozen
    *,
    identity_response: bytes | None = None,
    known: "Known | None" = None,
) -> AssociateAC | AssociateRJ:
    """How a request is answered: refused as a whole by the policy, or accepted with each context answered alone.

    ``offers`` by abstract syntax spare the making of that mapping for each request. ``identity_response`` goes into
    the answer where the requestor wants one; None says that nobody looked at the identity. ``known`` is kept by a
    caller whose offers and policy stay as they are: what was answered to the same contexts is answered again.
    """
    refused = _refused(request, policy)
    if refused is not None:
        return rejection(refused)
    if not isinstance(offers, Mapping):
        offers = {offer.abstract_syntax: offer for offer in offers}
    asked = request.contexts, request.roles
    answered = None if known is None else known.get(asked)
    if answered is None:
        answered = _contexts(*asked, offers, policy)
        if known is not None:
            if len(known) >= REMEMBERED:
                known.clear()
            known[asked] = answered
    contexts, granted = answered
    wants_response = request.user_identity is not None and request.user_identity.wants_response
    return AssociateAC(
        called=request.called,
        calling=request.calling,
        reserved=request.reserved,
        contexts=contexts,
        max_pdu=policy.max_pdu,
        implementation_class=IMPLEMENTATION_CLASS,
        implementation_version=IMPLEMENTATION_VERSION,
        window=None if request.window is None else _window(request.window, policy.window),
        roles=granted,
        extended=_extended(request, offers),
        identity_response=identity_response if wants_response else None,
    )


def _contexts(
    asked: tuple[ProposedContext, ...],
    asked_roles: tuple[RoleSelection, ...],
    offers: Mapping[str, Offer],
    policy: AcceptancePolicy,
) -> "Answered":
    roles = {role.sop_class: role for role in asked_roles}
    contexts: list[AnsweredContext] = []
    granted: dict[str, RoleSelection] = {}
    for context in asked:
        syntax = context.abstract_syntax
        offer = offers.get(syntax)
        role = roles.get(syntax)
        contexts.append(_answered(context, offer, role, policy))
        if role is not None and offer is not None:
            granted[syntax] = RoleSelection(syntax, role.scu and offer.scp, role.scp and offer.scu)
    return tuple(contexts), tuple(granted.values())


def _refused(request: AssociateRQ, policy: AcceptancePolicy) -> RejectReason | None:
    if not request.protocol_version & 1:
        return RejectReason.PROTOCOL_VERSION_NOT_SUPPORTED
    if request.application_context != APPLICATION_CONTEXT:
        return RejectReason.APPLICATION_CONTEXT_NOT_SUPPORTED
    if not _is_title(request.called) or (
        policy.ae_titles and request.called not in policy.ae_titles
    ):
        return RejectReason.CALLED_AE_NOT_RECOGNIZED
    calling = request.calling
    if (
        not _is_title(calling)
        or calling in policy.denied
        or (policy.allowed is not None and calling not in policy.allowed)
    ):
        return RejectReason.CALLING_AE_NOT_RECOGNIZED
    identity = request.user_identity
    missing = identity is None and policy.needs_identity
    # One that cannot be what it says is refused even where none is needed
    wrong = identity is not None and (identity.kind not in _IDENTITIES or not identity.primary)
    # PS3.7 D.3.3.7.3: rejected-permanent by the ACSE provider
    return RejectReason.ACSE_NO_REASON if missing or wrong else None


def _is_title(title: str) -> bool:
    """Whether it is an AE title (PS3.5 6.2): something, in printable ASCII without backslash."""
    return bool(title) and title.isascii() and title.isprintable() and "\\" not in title


def _answered(
    context: ProposedContext,
    offer: Offer | None,
    role: RoleSelection | None,
    policy: AcceptancePolicy,
) -> AnsweredContext:
    # The transfer syntax of a refused context means nothing; it repeats the first that was proposed
    def refused(result: ContextResult) -> AnsweredContext:
        return AnsweredContext(context.id, result, context.transfer_syntaxes[0])

    if offer is None:
        return refused(ContextResult.ABSTRACT_SYNTAX_NOT_SUPPORTED)
    # PS3.7 D.3.3.4: without role selection the requestor uses the class, and the acceptor serves it
    uses, serves = (True, False) if role is None else (role.scu, role.scp)
    if not ((uses and offer.scp) or (serves and offer.scu)):
        return refused(ContextResult.USER_REJECTION)
    # Who only receives (C-GET) says first what it likes best, and we can send most things in most ways
    if policy.prefer_requestor or not uses:
        first, second = context.transfer_syntaxes, offer.transfer_syntaxes
    else:
        first, second = offer.transfer_syntaxes, context.transfer_syntaxes
    there = set(second)
    for syntax in first:
        if syntax in there:
            return AnsweredContext(context.id, ContextResult.ACCEPTANCE, syntax)
    return refused(ContextResult.TRANSFER_SYNTAXES_NOT_SUPPORTED)


def _window(asked: OperationsWindow, ours: OperationsWindow) -> OperationsWindow:
    def least(one: int, other: int) -> int:
        return min(one, other) if one and other else one or other

    # Both are meant from the requestor's side (PS3.7 D.3.3.3): what it invokes, we perform
    return OperationsWindow(
        least(asked.invoked, ours.performed), least(asked.performed, ours.invoked)
    )


def _extended(request: AssociateRQ, offers: Mapping[str, Offer]) -> tuple[SopClassExtended, ...]:
    answers: dict[str, SopClassExtended] = {}
    for extended in request.extended:
        offer = offers.get(extended.sop_class)
        if offer is None or offer.extended is None or extended.sop_class in answers:
            continue
        information = offer.extended(extended.information)
        if information is not None:
            answers[extended.sop_class] = SopClassExtended(extended.sop_class, information)
    return tuple(answers.values())


# Tracebacks, reprs and pickles name the place that users import from
Offer.__module__ = AcceptancePolicy.__module__ = "dicom_net"
