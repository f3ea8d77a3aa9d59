"""What the title of a value list says: Enumerated Values or Defined Terms, of which value, when."""

import re

__all__ = ["read_title"]

_NUMBER = re.compile(r"\bValue (\d)\b")
_WHEN = re.compile(r"\b(?:if|when)\b (.*)", re.IGNORECASE)


def read_title(title: str) -> tuple[str, int | None, str] | None:
    """Kind, value number and condition; None for a list that is not of whole values (bits, recommended texts)."""
    title = " ".join(title.split()).rstrip(": ")
    low = title.lower()
    if "bit " in low or "bit map" in low or low.startswith("recommended"):
        return None
    kind = "E" if "enumerated value" in low else "D" if "defined term" in low else ""
    if not kind:
        return None
    found = _WHEN.search(title)
    when = found[1] if found else ""
    # "Enumerated Values if Image Type Value 3 is ...": there the number belongs to the condition.
    number = _NUMBER.search(title[: found.start()] if found else title)
    if low.startswith("retired"):
        when = when or "retired"
    return kind, int(number[1]) if number else None, when
