"""Moving dates by days: order and distance stay, precision and offset from UTC stay, times of day stay."""

from typing import Final

__all__ = ["shifted", "shifted_date", "shifted_datetime"]

_DIGITS: Final = frozenset("0123456789")


def shifted_date(text: str, days: int) -> str:
    """A DA value moved; ``ValueError`` for what is no date (the text of the error does not show it)."""
    from ..values import DicomDate

    date = DicomDate(text)
    size = 4 if date.month is None else 6 if date.day is None else 8
    return _text(date.year, date.month or 1, date.day or 1, days)[:size]


def shifted_datetime(text: str, days: int) -> str:
    """A DT value moved. One without month or day moves as its first day: order stays, precision too."""
    text = text.strip(" \0")
    size = 0
    while size < min(len(text), 8) and text[size] in _DIGITS:
        size += 1
    if size not in {4, 6, 8}:
        raise ValueError("no date-time")
    digits, rest = text[:size], text[size:]
    from ..values import DicomDateTime

    DicomDateTime(text)  # a strange rest might hold anything
    year, month, day = int(digits[:4]), int(digits[4:6] or 1), int(digits[6:8] or 1)
    return _text(year, month, day, days)[:size] + rest


def shifted(vr: str, text: str, days: int) -> str:
    """One or several DA or DT values moved; TM values as they are when they are times."""
    parts = [part.strip(" \0") for part in text.split("\\")]
    return "\\".join(_one(vr, part, days) if part else "" for part in parts)


def _one(vr: str, text: str, days: int) -> str:
    if vr == "DA":
        return shifted_date(text, days)
    if vr == "DT":
        return shifted_datetime(text, days)
    from ..values import DicomTime

    DicomTime(text)
    return text


def _text(year: int, month: int, day: int, days: int) -> str:
    from datetime import date, timedelta

    try:
        moved = date(year, month, day) + timedelta(days)
    except OverflowError:
        raise ValueError("the date leaves the calendar") from None
    return f"{moved.year:04d}{moved.month:02d}{moved.day:02d}"
