"""Numbers and texts of a data set, for arithmetic: several values where one belongs give the first."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dicom_core import Dataset

    from ._frame_source import FrameSource

__all__ = ["first_item", "group_item", "integer", "number", "numbers", "strings", "text"]

Key = str | int


def numbers(ds: "Dataset", key: Key) -> tuple[float, ...]:
    """All values as floats; () where the element is absent or empty, or holds no numbers."""
    value = ds.get(key)
    values = value if isinstance(value, tuple) else (value,)
    return tuple(float(one) for one in values if isinstance(one, int | float))


def number(ds: "Dataset", key: Key) -> float | None:
    """The first value as a float; None where there is none."""
    values = numbers(ds, key)
    return values[0] if values else None


def integer(ds: "Dataset", key: Key) -> int | None:
    """The first value as an integer; None where there is none."""
    value = ds.get(key)
    if isinstance(value, tuple):
        value = value[0] if value else None
    return int(value) if isinstance(value, int) else None


def strings(ds: "Dataset", key: Key) -> tuple[str, ...]:
    """All values as texts."""
    value = ds.get(key)
    if value is None:
        return ()
    return tuple(str(one) for one in value) if isinstance(value, tuple) else (str(value),)


def text(ds: "Dataset", key: Key) -> str:
    """The first value as text; "" where there is none."""
    values = strings(ds, key)
    return values[0].strip() if values else ""


def first_item(ds: "Dataset", key: Key) -> "Dataset | None":
    """The first item of a sequence; None where there is none."""
    from dicom_core import Sequence

    value = ds.get(key)
    return value[0] if isinstance(value, Sequence) and len(value) else None


def group_item(source: "FrameSource", frame: int, sequence: str, *needed: str) -> "Dataset":
    """Where the attributes of a functional group macro stand for a frame: its item, or the root of an object without.

    An item that lacks every one of ``needed`` counts as absent.
    """
    item = source.groups.macro(frame, sequence)
    if item is not None and (not needed or any(key in item for key in needed)):
        return item
    return source.dataset
