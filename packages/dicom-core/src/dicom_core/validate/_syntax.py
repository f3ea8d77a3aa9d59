"""The transfer syntax against the file meta information and the data (PS3.5 A, PS3.10 7.1)."""

from typing import TYPE_CHECKING, Final, NamedTuple

from .._meta import syntax_of
from ._config import Check
from ._report import Report
from ._scope import Scope
from ._view import DatasetView

if TYPE_CHECKING:
    from .._file import DicomFile

__all__ = ["Encoding", "check_meta", "check_transfer_syntax", "encoding_of"]

_SYNTAX: Final = 0x00020010
_META_CLASS: Final = 0x00020002
_META_INSTANCE: Final = 0x00020003
_BULK: Final = (0x7FE00010, 0x7FE00008, 0x7FE00009)
DIRECTORY: Final = "1.2.840.10008.1.3.10"


class Encoding(NamedTuple):
    """What is known of how the data set is encoded."""

    uid: str
    encapsulated: bool
    known: bool


def encoding_of(uid: str) -> Encoding:
    """What a transfer syntax UID means; nothing where there is none."""
    if not uid:
        return Encoding("", False, False)
    syntax = syntax_of(uid)
    return Encoding(uid, syntax.encapsulated, syntax.known)


def check_transfer_syntax(
    root: Scope, file: "DicomFile | None", encoding: Encoding, report: Report
) -> None:
    """Whether the syntax is known, and whether the bytes are what it says."""
    check = Check.TRANSFER_SYNTAX
    meta = Scope(DatasetView(file.meta)) if file is not None else root
    if file is not None and len(file.meta) and meta.view.is_empty(_SYNTAX):
        text = "the file meta information has no transfer syntax; it was guessed"
        report.error(check, "transfer-syntax-missing", text, meta, _SYNTAX)
    if encoding.uid and not encoding.known:
        text = "the transfer syntax is not in the dictionary; whether the data fit it is not known"
        report.warning(check, "transfer-syntax-unknown", text, meta, _SYNTAX)
    if file is not None and any(
        finding.rule == "encoding-mislabelled" for finding in file.findings
    ):
        text = "the data set is encoded otherwise than the transfer syntax says"
        report.error(check, "transfer-syntax-mislabelled", text, meta, _SYNTAX)
    if not encoding.known or not root.view.knows_fragments:
        return
    for tag in _BULK:
        fragments = root.view.fragments(tag)
        if fragments is not None and not encoding.encapsulated:
            text = "encapsulated data under a transfer syntax that is not compressed (PS3.5 A.4)"
            report.error(check, "transfer-syntax-encapsulated", text, root, tag)
        elif fragments is None and encoding.encapsulated and root.view.length(tag):
            text = "data that are not encapsulated under a compressed transfer syntax (PS3.5 A.4)"
            report.error(check, "transfer-syntax-native", text, root, tag)


def check_meta(root: Scope, file: "DicomFile", report: Report) -> None:
    """The file meta information names what the file holds (PS3.10 7.1)."""
    check = Check.FILE_META
    meta = Scope(DatasetView(file.meta))
    if not len(file.meta):
        return
    for tag, own, rule in (
        (_META_CLASS, 0x00080016, "meta-sop-class"),
        (_META_INSTANCE, 0x00080018, "meta-sop-instance"),
    ):
        said, held = meta.view.texts(tag), root.view.texts(own)
        if meta.view.is_empty(tag):
            text = "the file meta information lacks it (type 1, PS3.10 7.1)"
            report.error(check, "meta-missing", text, meta, tag)
        elif held and said != held:
            text = "the file meta information and the data set name different UIDs (PS3.10 7.1)"
            report.error(check, rule, text, meta, tag)
    # Of a file made in memory group length and version come into being when it is written.
    written = () if file.source is None else (0x00020000, 0x00020001)
    for tag in (*written, 0x00020012):
        if meta.view.is_empty(tag):
            text = "the file meta information lacks it (type 1, PS3.10 7.1)"
            report.error(check, "meta-missing", text, meta, tag)
