"""What a provider of queries is made of: the request, the function that answers it, the settings."""

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, TypeAlias

from attrs import field, frozen
from attrs.validators import gt

from dicom_core import Dataset
from dicom_core.query import InformationModel, MatchOptions, Query

from ._identifier import IDENTIFIER_LIMIT

if TYPE_CHECKING:
    from ._provider import AssociationInfo

__all__ = ["FindHandler", "FindRequest", "FindSettings"]


@frozen(kw_only=True)
class FindRequest:
    """A query as it came."""

    query: Query
    identifier: Dataset = field(repr=False)
    sop_class: str
    priority: int
    info: "AssociationInfo"
    """Who asks."""


FindHandler: TypeAlias = Callable[
    [FindRequest],
    Iterable[Dataset]
    | AsyncIterable[Dataset]
    | Awaitable[Iterable[Dataset] | AsyncIterable[Dataset]],
]
"""Gives the entities that a query means, as a list, a generator or an asynchronous one; `StatusError` ends with its status."""


@frozen(kw_only=True)
class FindSettings:
    """How queries are answered."""

    models: tuple[InformationModel, ...] = field(
        default=(InformationModel.PATIENT_ROOT, InformationModel.STUDY_ROOT)
    )
    options: MatchOptions | None = None
    """What is granted to who asks for it, and how is matched where nothing is negotiated. None grants
    all that `dicom_core.query` can for a store, and nothing for a function."""
    limit: int | None = None
    """The most answers to one query; beyond them it ends with A700H."""
    identifier: int = field(default=IDENTIFIER_LIMIT, validator=gt(0))
    """The most bytes of an identifier; a longer one ends the association."""
    check_levels: bool = True
    """Refuse what breaks the rules of the hierarchy (PS3.4 C.4.1.3.1.1) with A900H."""
    retrieve_ae: str | None = None
    """What answers name in Retrieve AE Title (0008,0054); None is the title that the requestor called."""
    blocking: bool = True
    """Whether the source may wait for something between its items. Then each answer is sent at once, and each item of a
    generator that is not asynchronous is taken in a thread. Off, answers go out in lots, at half the cost.
    """


# Tracebacks, reprs and pickles name the place that users import from
FindRequest.__module__ = FindSettings.__module__ = "dicom_net"
