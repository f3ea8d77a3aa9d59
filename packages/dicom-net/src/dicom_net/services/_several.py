"""Several providers as one: each request goes to the provider that offered its SOP class."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from attrs import evolve

from .._operation import Operation
from ._provider import Provider, Seat
from ._refuse import refuse_other

if TYPE_CHECKING:
    from .._negotiation import Offer  # type: ignore[import-not-found, unused-ignore]
    from ..dimse import Begin

__all__ = ["Several"]


class Several:
    """A `Provider` made of others. The first that offers to serve a SOP class serves it, with its transfer syntaxes.

    A class that one serves and another uses, as storage and C-GET do, is offered in both roles.
    """

    def __init__(self, providers: Iterable[Provider]) -> None:
        self.providers = tuple(providers)
        self._offers: dict[str, Offer] = {}
        self._by_syntax: dict[str, Provider] = {}
        for provider in self.providers:
            for offer in provider.offers():
                uid = offer.abstract_syntax
                known = self._offers.get(uid)
                if known is None:
                    self._offers[uid] = offer
                elif offer.scp and not known.scp:
                    self._offers[uid] = evolve(offer, scu=offer.scu or known.scu)
                else:
                    self._offers[uid] = evolve(known, scu=known.scu or offer.scu)
                if offer.scp:
                    self._by_syntax.setdefault(uid, provider)

    def offers(self) -> "Iterable[Offer]":
        """See `Provider.offers`."""
        return self._offers.values()

    def respond(self, seat: Seat, begin: "Begin") -> Operation[None]:
        """See `Provider.respond`."""
        provider = self._by_syntax.get(seat.exchange.contexts[begin.context].abstract_syntax)
        if provider is None:  # a context that we proposed ourselves, in a role that nobody serves
            return refuse_other(seat.exchange, begin)
        return provider.respond(seat, begin)


# Tracebacks, reprs and pickles name the place that users import from
Several.__module__ = "dicom_net.services"
