"""Several providers as one: each request goes to the provider that offered its SOP class."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .._operation import Operation
from ._provider import Provider, Seat
from ._refuse import refuse_other

if TYPE_CHECKING:
    from .._negotiation import Offer  # type: ignore[import-not-found, unused-ignore]
    from ..dimse import Begin

__all__ = ["Several"]


class Several:
    """A `Provider` made of others. The first that offers a SOP class serves it."""

    def __init__(self, providers: Iterable[Provider]) -> None:
        self.providers = tuple(providers)
        self._offers: dict[str, Offer] = {}
        self._by_syntax: dict[str, Provider] = {}
        for provider in self.providers:
            for offer in provider.offers():
                if offer.abstract_syntax not in self._offers:
                    self._offers[offer.abstract_syntax] = offer
                    self._by_syntax[offer.abstract_syntax] = provider

    def offers(self) -> "Iterable[Offer]":
        """See `Provider.offers`."""
        return self._offers.values()

    def respond(self, seat: Seat, begin: "Begin") -> Operation[None]:
        """See `Provider.respond`."""
        provider = self._by_syntax.get(seat.exchange.contexts[begin.context].abstract_syntax)
        if provider is None:  # a context that we proposed ourselves, in a role that nobody serves
            yield from refuse_other(seat.exchange, begin)
        else:
            yield from provider.respond(seat, begin)
