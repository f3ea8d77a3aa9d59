"""Small DocBook of our own making, in the layout of NEMA's publication."""

from collections.abc import Sequence
from pathlib import Path

from tools.codegen.sources import Sources

XMLNS = 'xmlns="http://docbook.org/ns/docbook" xmlns:xml="http://www.w3.org/XML/1998/namespace"'


def cell(text: str, kind: str = "td", **attributes: object) -> str:
    """A cell; text that begins with < stands as it is."""
    spans = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f"<{kind}{spans}>{text if text.startswith('<') else f'<para>{text}</para>'}</{kind}>"


def table(
    label: str, header: Sequence[str], rows: Sequence[Sequence[str]], caption: str = ""
) -> str:
    """A table of plain cells; a row that is one text is taken as ready-made XML."""
    head = "".join(cell(text, "th") for text in header)
    body = "".join(
        f"<tr>{row if isinstance(row, str) else ''.join(map(cell, row))}</tr>" for row in rows
    )
    return (
        f'<table label="{label}" xml:id="table_{label}"><caption>{caption}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def book(part: int, edition: str, *content: str) -> str:
    """A part of the standard."""
    return f"<book {XMLNS}><subtitle>DICOM PS3.{part} {edition} - Title</subtitle>{''.join(content)}</book>"


def folder_of(folder: Path, **files: str) -> Sources:
    """Sources in a folder; ``part06="..."`` writes docbook/part06.xml."""
    (folder / "docbook").mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / "docbook" / f"{name}.xml").write_text(text, "utf-8")
    return Sources(folder)
