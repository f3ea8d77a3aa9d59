"""UIDs: their form (PS3.5 9.1), and those that every composite instance has (PS3.3 C.12.1, C.7.2.1, C.7.3.1)."""

from typing import TYPE_CHECKING, Final

from ..values._strings import is_uid_form
from ._config import Check
from ._report import Report
from ._scope import Scope

if TYPE_CHECKING:
    from dicom_dict import Iod

__all__ = ["REQUIRED_UIDS", "check_required_uids", "check_uid_format", "is_valid_uid"]

REQUIRED_UIDS: Final = (0x00080016, 0x00080018, 0x0020000D, 0x0020000E)


def is_valid_uid(text: str) -> bool:
    """Whether a text is a UID: at most 64 characters, components of digits without leading zeros, dots between.

    Padding is not part of a UID: a text that ends in NUL or a space is none.

    >>> is_valid_uid("1.2.840.10008.1.1"), is_valid_uid("1..2"), is_valid_uid("1.02")
    (True, False, False)
    """
    return 0 < len(text) <= 64 and is_uid_form(text)


def check_required_uids(root: Scope, iod: "Iod | None", report: Report) -> None:
    """Class, instance, study and series, as far as the IOD has those entities."""
    for tag in REQUIRED_UIDS:
        if iod is not None and iod.attribute(tag) is None:
            continue  # a colour palette belongs to no study
        if not root.view.has(tag):
            text = "every instance has this UID (type 1); it is absent"
            report.error(Check.REQUIRED_UIDS, "required-uid", text, root, tag)
        elif root.view.is_empty(tag):
            text = "every instance has this UID (type 1); it is empty"
            report.error(Check.REQUIRED_UIDS, "required-uid", text, root, tag)


def check_uid_format(scope: Scope, tag: int, report: Report) -> None:
    """Every value of an element of VR UI. One NUL may pad the value field."""
    found = scope.view.field(tag)
    text = found.decode("latin-1") if isinstance(found, bytes) else found or ""
    if isinstance(found, bytes) and text.endswith("\0"):
        text = text[:-1]
    wrong = [part for part in text.split("\\") if part and not is_valid_uid(part)]
    if wrong:
        what = "more than 64 characters" if len(wrong[0]) > 64 else "not digits and single dots"
        if wrong[0].rstrip(" \0") != wrong[0] and is_valid_uid(wrong[0].rstrip(" \0")):
            what = "padded with something else than one NUL"
        elif any(part[0] == "0" and part != "0" for part in wrong[0].split(".") if part):
            what = "a component with a leading zero"
        report.error(Check.UID_FORMAT, "uid-format", f"no UID: {what} (PS3.5 9.1)", scope, tag)


# Tracebacks, reprs and pickles name the place that users import from
is_valid_uid.__module__ = "dicom_core.validate"
