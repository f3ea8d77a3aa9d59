"""Which fields each message has, from its class: the tables of PS3.7 9.3 and 10.3 stand in `_messages` alone."""

from collections.abc import Callable
from types import MappingProxyType
from typing import Final, NamedTuple, get_args

from attrs import NOTHING, fields

from ._fields import FIELDS, Field
from ._messages import CCancelRQ, Command, CommandField, Request, Response

__all__ = ["SHAPES", "Shape", "shape_of"]


class Shape(NamedTuple):
    """A message class and its fields."""

    title: str
    """Such as ``C-STORE-RQ``."""
    make: Callable[..., Command]
    fields: tuple[tuple[str, Field], ...]
    """In the order of their elements, with the command field and the data set type."""
    names: frozenset[str]
    """What its constructor takes besides ``has_data``."""
    required: frozenset[str]
    """What of them it does not do without."""
    needs_data: bool
    """Whether a data set must follow: requests that are nothing without one (PS3.7 9.1 and 10.1)."""
    may_have_data: bool


def shape_of(cls: type[Command], code: int | None = None) -> Shape:
    """The shape of a message class."""
    attributes = {one.name: one for one in fields(cls)}
    wanted = {"command_field", "has_data", *attributes} & FIELDS.keys()
    has_data = attributes.pop("has_data", None)
    return Shape(
        "" if code is None else CommandField(code).name.replace("_", "-"),
        cls,
        tuple((name, entry) for name, entry in FIELDS.items() if name in wanted),
        frozenset(attributes) & FIELDS.keys(),
        frozenset(name for name, one in attributes.items() if one.default is NOTHING),
        has_data is not None and has_data.default is True,
        has_data is not None,
    )


SHAPES: Final = MappingProxyType(
    {
        int(cls.command_field): shape_of(cls, cls.command_field)
        for cls in (*get_args(Request), *get_args(Response), CCancelRQ)
    }
)
"""By command field."""
