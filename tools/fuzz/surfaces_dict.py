"""dicom-dict and the generator: texts of tags and multiplicities, private dictionaries, DocBook."""

from collections.abc import Sequence

import dicom_dict as dd
from tools.codegen.docbook import Part
from tools.codegen.errors import CodegenError

from .surface import Surface

__all__ = ["SURFACES"]

NAMESPACE = (
    b'<book xmlns="http://docbook.org/ns/docbook"><subtitle>DICOM PS3.6 2031b - x</subtitle>'
)
TABLE = (
    b'<table label="6-1"><caption>c</caption><thead><tr><th>Tag</th><th>Name</th></tr></thead><tbody>'
    b'<tr><td rowspan="2" colspan="1"><para>(0010,0010)</para></td><td>N</td></tr>'
    b"<tr><td>M</td></tr></tbody></table></book>"
)


def tag_seeds() -> Sequence[bytes]:
    return [
        b"(0010,0010)",
        b"0010,0010",
        b"00100010",
        b"PatientName",
        b"1-n",
        b"2-2n",
        b"1-n or 1",
        b"1.2.840.10008.1.2",
    ]


def feed_texts(data: bytes) -> None:
    """Look-ups answer, or say that there is no such thing."""
    text = data.decode("utf-8", "replace")
    for ask in (
        dd.Tag,
        dd.find_element,
        dd.find_uid,
        dd.transfer_syntax,
        dd.VM.parse,
        dd.character_set,
    ):
        try:
            ask(text)
        except (dd.DicomError, ValueError):
            continue
    try:
        tag = dd.Tag(text)
    except dd.DicomError:
        return
    if dd.Tag(str(tag)) != tag:
        raise AssertionError(f"{tag!r} does not read back")


def private_seeds() -> Sequence[bytes]:
    rows = dd.PrivateDictionary.from_rows([("ACME 1.0", "(0029,xx01)", "DS", "1-n", "Coil")])
    return [
        rows.to_json().encode(),
        b'(0029,"ACME 1.0",01)\tDS\tCoil\t1-n\tPrivateTag\n',
        b"[]",
        b"{}",
    ]


def feed_private(data: bytes) -> None:
    """A private dictionary is read, or refused with its line; what was read is written and read back the same."""
    text = data.decode("utf-8", "replace")
    for read in (dd.PrivateDictionary.from_json, dd.PrivateDictionary.from_text):
        try:
            found = read(text)
        except dd.DicomError:
            continue
        if dd.PrivateDictionary.from_json(found.to_json()) != found:
            raise AssertionError("a private dictionary does not read back")


def feed_docbook(data: bytes) -> None:
    """A part is read, or the fault is named."""
    try:
        part = Part.parse(data, "part06.xml")
        for table in part.tables():
            for row in table.rows:
                for cell in row:
                    cell.text, cell.links, cell.value_lists  # noqa: B018
        list(part.sections())
    except CodegenError:
        return


SURFACES = (
    Surface("texts", tag_seeds, feed_texts, ("dicom_dict",), 1000),
    Surface("private-dictionary", private_seeds, feed_private, ("dicom_dict",), 1500),
    Surface(
        "docbook",
        lambda: [NAMESPACE + TABLE, NAMESPACE + b"</book>"],
        feed_docbook,
        ("tools",),
        1000,
    ),
)
