"""Values against the lists of PS3.3: Enumerated Values and Defined Terms (PS3.3 5.4)."""

import re
from typing import TYPE_CHECKING, Final

from ._config import Check
from ._constraints import LISTED_TOO, VALUES
from ._report import Report
from ._scope import Scope

if TYPE_CHECKING:
    from dicom_dict import Attribute, ValueList

__all__ = ["check_terms"]

_HEXADECIMAL: Final = re.compile(r"[0-9A-F]{4}(?:[0-9A-F]{4})?H").fullmatch
_WHOLE_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,12}(?:\.0*)?").fullmatch


def check_terms(row: "Attribute", scope: Scope, tag: int, report: Report) -> None:
    """The values of one attribute against one row's lists."""
    texts = scope.view.texts(tag)
    if not texts:
        return
    for position, allowed in VALUES.get((row.table, row.keyword), {}).items():
        found = texts if position == 0 else texts[position - 1 : position]
        if any(text not in allowed for text in found if text):
            report.error(Check.ENUMERATED, "enumerated-value", _text(position), scope, tag)
            return
    # A list of which the sources do not tell the kind is no evidence.
    always = [found for found in row.value_lists if not found.condition and found.kind != "unknown"]
    for number in sorted({found.number or 0 for found in always}):
        lists = [found for found in always if (found.number or 0) == number]
        more = LISTED_TOO.get((row.table, row.keyword), frozenset())
        if not _fits(texts, number, lists, more):
            _tell(scope, tag, number, lists, report)
            return


def _fits(
    texts: tuple[str, ...], number: int, lists: "list[ValueList]", more: frozenset[str]
) -> bool:
    """Lists for the same value are parts of one: "Enumerated Values for value 1 of ..."."""
    allowed = {_listed(value) for found in lists for value in found.values} | more
    chosen = texts if number == 0 else texts[number - 1 : number]
    return all(_plain(text) in allowed or text in allowed for text in chosen if text)


def _plain(text: str) -> str:
    """Numbers without plus sign, leading zeros, and decimals that are zero."""
    if _WHOLE_NUMBER(text):
        return str(int(text.partition(".")[0]))
    return text


def _listed(text: str) -> str:
    """A value of the tables as data sets hold it: 0001H is a number, 00181063H a tag."""
    if _HEXADECIMAL(text):
        return text[:-1] if len(text) == 9 else str(int(text[:-1], 16))
    return _plain(text)


def _tell(scope: Scope, tag: int, number: int, lists: "list[ValueList]", report: Report) -> None:
    if all(found.kind == "enumerated" for found in lists):
        report.error(Check.ENUMERATED, "enumerated-value", _text(number), scope, tag)
    else:
        text = f"{_which(number)} is none of the Defined Terms; others are allowed (PS3.3 5.4)"
        report.warning(Check.TERMS, "defined-term", text, scope, tag)


def _text(number: int) -> str:
    return f"{_which(number)} is none of the Enumerated Values (PS3.3 5.4)"


def _which(number: int) -> str:
    return f"value {number}" if number else "a value"
