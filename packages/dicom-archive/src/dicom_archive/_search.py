"""Queries by looking at every header, until the index answers them."""

from typing import TYPE_CHECKING

from dicom_core.store import entities

from ._headers import unpack_header

if TYPE_CHECKING:
    from dicom_core import Dataset
    from dicom_core.query import Query

    from .index import Index

__all__ = ["look_at_all"]


def look_at_all(index: "Index", query: "Query") -> "list[Dataset]":
    """The entities that match, in the order in which they came."""
    assert query.level is not None
    datasets, after, more = [], 0, True
    while more:
        page, after = index.instances(after=after)
        uids = [kept.instance.instance for kept in page]
        headers = index.headers(uids)
        datasets += [unpack_header(headers[uid]) for uid in uids if uid in headers]
        more = after > 0
    return list(filter(query.without_lower_levels().matches, entities(datasets, query.level)))
