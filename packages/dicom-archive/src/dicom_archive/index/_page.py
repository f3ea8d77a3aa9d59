"""What a search gives: some entities, and where the next begin."""

from array import array
from typing import TYPE_CHECKING

from attrs import field, frozen

if TYPE_CHECKING:
    from dicom_core import Dataset

    from ._candidates import Parent

__all__ = ["Cursor", "Page"]


@frozen
class Cursor:
    """Where a search goes on. It belongs to its query, and is worth nothing to another."""

    after: int
    """The place of the last entity that was looked at, in the order in which they came."""
    looked: int = 0
    """Entities that were looked at one by one so far, of those that a query may."""
    skip: int = 0
    """Matches that are still to be left out (`Query.offset`)."""
    ids: "array[int] | None" = field(default=None, repr=False)
    """All candidates that are left, where they were few enough to be gathered at the beginning."""
    parent: "Parent | None" = field(default=None, repr=False)
    is_far: bool = False
    """Whether the next are far from here, in an index that has another order."""


@frozen
class Page:
    """Answers, in the order in which their entities came.

    A page may have fewer than were asked for, or none, and others come after it all the same: a search returns
    from time to time, so that somebody can stop it. ``next`` is None where there are no more.
    """

    entities: "list[Dataset]" = field(repr=False)
    next: Cursor | None


# Tracebacks, reprs and pickles name the place that users import from
Cursor.__module__ = Page.__module__ = "dicom_archive.index"
