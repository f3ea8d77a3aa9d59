"""Values in a few characters, for repr and dumps. Control characters are escaped."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._element import DataElement

__all__ = ["short_value"]


def short_value(element: "DataElement", width: int = 64) -> str:
    """The value of an element in one line of about ``width`` characters."""
    from ._element import ONE_VALUE, TEXT

    if element.vr in TEXT:
        text = element.text
        shown = repr(text[: width + 1])
        return shown if len(text) <= width else shown[: width - 3] + "...'"
    if element.vr == "SQ" or element.vr not in ONE_VALUE:
        text = element.text
        return text if len(text) <= width else text[: width - 3] + "..."
    return f"{element.length} bytes"
