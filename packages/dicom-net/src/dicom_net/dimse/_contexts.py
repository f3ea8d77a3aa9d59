"""The presentation contexts of an association: what may be sent in which, and by whom (PS3.7 D.3.3.4)."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from attrs import frozen

from dicom_dict import find_uid

from .._errors import NegotiationError
from ..ul import AnsweredContext, AssociateAC, AssociateRQ, ProposedContext, RoleSelection

__all__ = ["AcceptedContext", "Contexts"]


@frozen
class AcceptedContext:
    """A presentation context that both agreed on, from our side."""

    id: int
    abstract_syntax: str
    transfer_syntax: str
    as_scu: bool
    """Whether we may ask for operations in it."""
    as_scp: bool
    """Whether the peer may."""

    def __str__(self) -> str:
        roles = {
            (True, True): "as user and provider",
            (True, False): "as user",
            (False, True): "as provider",
        }
        role = roles.get((self.as_scu, self.as_scp), "in no role")
        return f"context {self.id}: {_name(self.abstract_syntax)}, {_name(self.transfer_syntax)}, {role}"


class Contexts:
    """The accepted contexts by their ids, and a search that remembers what it found."""

    __slots__ = ("_found", "by_id")

    def __init__(self, by_id: Mapping[int, AcceptedContext] = MappingProxyType({})) -> None:
        self.by_id = by_id
        self._found: dict[tuple[str, str | None, bool], AcceptedContext] = {}

    @classmethod
    def agreed(cls, request: AssociateRQ, answer: AssociateAC, *, requestor: bool) -> "Contexts":
        """What an answer makes of a request, seen by one of the two sides."""
        return cls(
            _agreed(request.contexts, answer.contexts, request.roles, answer.roles, requestor)
        )

    def find(
        self, abstract_syntax: str, transfer_syntax: str | None, *, as_scp: bool
    ) -> AcceptedContext:
        """See `Exchange.context_for`."""
        key = (abstract_syntax, transfer_syntax, as_scp)
        found = self._found.get(key)
        if found is not None:
            return found
        for context in self.by_id.values():
            if (
                context.abstract_syntax == abstract_syntax
                and transfer_syntax in {None, context.transfer_syntax}
                and (context.as_scp if as_scp else context.as_scu)
            ):
                self._found[key] = context
                return context
        wanted = _name(abstract_syntax)
        if transfer_syntax is not None:
            wanted += f" in {_name(transfer_syntax)}"
        wanted += " as provider" if as_scp else " as user"
        raise NegotiationError(wanted, tuple(map(str, self.by_id.values())))


@lru_cache(maxsize=16)  # an association is often asked for, and answered, as the last one was
def _agreed(
    asked: tuple[ProposedContext, ...],
    answered: tuple[AnsweredContext, ...],
    roles_asked: tuple[RoleSelection, ...],
    roles_answered: tuple[RoleSelection, ...],
    requestor: bool,
) -> Mapping[int, AcceptedContext]:
    proposed = {context.id: context.abstract_syntax for context in asked}
    wanted = {role.sop_class: role for role in roles_asked}
    granted = {role.sop_class: role for role in roles_answered}
    by_id = {}
    for context in answered:
        if not context.is_accepted or context.id not in proposed:
            continue
        abstract = proposed[context.id]
        user, provider = True, False  # of the requestor, where nothing else was agreed on
        if abstract in wanted and abstract in granted:
            user = wanted[abstract].scu and granted[abstract].scu
            provider = wanted[abstract].scp and granted[abstract].scp
        roles = (user, provider) if requestor else (provider, user)
        by_id[context.id] = AcceptedContext(context.id, abstract, context.transfer_syntax, *roles)
    return MappingProxyType(by_id)


def _name(uid: str) -> str:
    entry = find_uid(uid) if uid[:1].isdigit() else None
    return uid if entry is None else f"{entry.name} ({uid})"


# Tracebacks, reprs and pickles name the place that users import from
AcceptedContext.__module__ = "dicom_net.dimse"
