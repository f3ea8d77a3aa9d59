"""The audit messages from small XML: what is taken, compared and refused."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tools.codegen.docbook import NS
from tools.codegen.errors import CodegenError
from tools.codegen.tables import audit

from .small import book, cell, folder_of, table

MESSAGE_HEADER = ["Real World Entities", "Field Name", "Opt.", "Value Constraints"]
GENERAL_HEADER = [
    "",
    "Field Name",
    "Opt.",
    "Description",
    "Additional Conditions on Field Format/Value",
]
SCHEMA = """<programlisting>
  attribute NetworkAccessPointTypeCode {
    "1" |              ## Machine Name
    "2" }?             ## IP Address

# more
</programlisting>"""
EVENT = ["Event", "EventID", "M", 'EV (110100, DCM, "Application Activity")']
LINK = '<para>Values selected from D<olink targetdoc="PS3.16" targetptr="sect_CID_405"/></para>'
LISTED = (
    "<variablelist><varlistentry><term>C</term><listitem><para>Create; new</para></listitem></varlistentry>"
    "<varlistentry><term>R</term><listitem><para>Read</para></listitem></varlistentry></variablelist>"
)
ROWS = [
    EVENT,
    ["Active Participant: Media (1..N)", "MediaType", "U", LINK],
    ["User (1..2)", "UserID", "U", "not specialized"],
    ["Study (0..n)", "ParticipantObjectTypeCode", "MC", "Defined Terms: 5 = Master File 12 = URI DT (110182, DCM, \"Node ID\")"],
    ["Study (0..n)", "ParticipantObjectID", "M", "If the type is 12 = URI, then the URI."],
]  # fmt: skip


def part15(
    rows: list[list[str]] | None = None,
    schema: str = SCHEMA,
    role: str = "Patient",
    general: str = "Event",
) -> str:
    sections = []
    for number in range(1, audit.MESSAGES + 1):
        body = table(
            f"A.5.3.{number}-1", MESSAGE_HEADER, (rows or ROWS) if number == 1 else [EVENT]
        )
        sections.append(
            f'<section xml:id="sect_A.5.3.{number}"><title>Message {number}</title>{body}</section>'
        )
    values = [
        table(label, ["Value", "Meaning"], [["1", "Patient"]])
        for label in audit.VALUE_TABLES.values()
    ]
    roles = table("A.5.2.6-1", ["Code", "Short Description", "Description"], [["1", role, "prose"]])
    form = "".join(map(cell, [general, "EventActionCode", "U", "Type", LISTED]))
    return book(
        15, "2031a", schema, *values, roles, table("A.5.2-1", GENERAL_HEADER, [form]), *sections
    )


def made(folder: Path, text: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    exec(audit.render(folder_of(folder, part15=text))[0]["_generated/audit.py"], namespace)
    return namespace


def test_messages_become_a_module(tmp_path: Path) -> None:
    found = made(tmp_path, part15())
    assert list(found["MESSAGES"]) == [f"Message {number}" for number in range(1, 16)]
    assert found["MESSAGES"]["Message 1"].splitlines() == [
        'Event\t\t1\t1\tEventID\tM\tEV (110100, DCM, "Application Activity")\t110100|DCM|Application Activity\t\t',
        "Active Participant\tMedia\t1\t\tMediaType\tU\tValues selected from DCID 405\t\t\t405",
        "Active Participant\tUser\t1\t2\tUserID\tU\t\t\t\t",
        "Participant Object\tStudy\t0\t\tParticipantObjectTypeCode\tMC\t"
        'Defined Terms: 5 = Master File 12 = URI DT (110182, DCM, "Node ID")\t110182|DCM|Node ID\t5|Master File; 12|URI\t',
        "Participant Object\tStudy\t0\t\tParticipantObjectID\tM\tIf the type is 12 = URI, then the URI.\t\t\t",
    ]
    assert found["GENERAL"] == "EventActionCode\tEvent\tU\tType\tC = Create; new R = Read\t\n"
    assert found["VALUES"]["EventActionCode"] == "C\tCreate; new\t\nR\tRead\t\n"
    assert found["VALUES"]["NetworkAccessPointTypeCode"] == "1\tMachine Name\t\n2\tIP Address\t\n"


def test_the_two_tables_of_roles_are_compared(tmp_path: Path) -> None:
    _, differences = audit.render(folder_of(tmp_path, part15=part15(role="Person")))
    assert [(one.row, one.taken, one.other) for one in differences] == [("1", "Patient", "Person")]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rows": [["Somebody", "UserID", "M", ""]]}, r"part15\.xml, table A\.5\.3\.1-1, row UserID: 'Somebody' is no"),
        ({"rows": [["Robot: Media (1)", "UserID", "M", ""]]}, "'Robot: Media .1.' is no entity"),
        ({"rows": [["Event", "EventID", "maybe", ""]]}, "row EventID: 'maybe' is no optionality"),
        ({"general": "Nobody"}, r"table A\.5\.2-1, row EventActionCode: unknown entity 'Nobody'"),
        ({"schema": "<para/>"}, "row NetworkAccessPointTypeCode: the schema of A.5.1 does not list its values"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(CodegenError, match=message):
        audit.render(folder_of(tmp_path, part15=part15(**change)))


def test_a_missing_message_is_named(tmp_path: Path) -> None:
    text = part15().replace("sect_A.5.3.15", "sect_A.5.3.16")
    with pytest.raises(CodegenError, match=r"table A\.5\.3\.15: no such section"):
        audit.render(folder_of(tmp_path, part15=text))


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        ('<para>See <xref linkend="sect_A.5.2.4"/>.</para>', "See A.5.2.4."),
        (
            '<para>See <xref linkend="table_A.5.2-1"/></para><para>next</para>',
            "See Table A.5.2-1 next",
        ),
        ('<para>EV <olink targetptr="DCM_1">(1, DCM, "x")</olink></para>', 'EV (1, DCM, "x")'),
    ],
)
def test_references_stand_in_the_text(inner: str, text: str) -> None:
    node = ET.fromstring(f'<td xmlns="{NS[1:-1]}">{inner}</td>')
    assert audit.full_text(node) == text
