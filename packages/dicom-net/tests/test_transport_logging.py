"""What the doors write to the log: PDUs and commands where somebody listens, and nobody's data (NET-116, NET-117)."""

import logging

import pytest
from doors import ON_BOTH_LOOPS, echoing

import dicom_net as dn
from dicom_net.services import Verification, echo

pytestmark = ON_BOTH_LOOPS


async def conversation() -> None:
    async with dn.Server(Verification()) as server, echoing(server) as association:
        await association.run(echo(association.exchange))


def lines(caplog: pytest.LogCaptureFixture, category: str) -> list[str]:
    return [record.message for record in caplog.records if record.name == f"dicom_net.{category}"]


async def test_pdus_of_both_ends_one_line_each(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "dicom_net.pdu"):
        await conversation()
    told = [" ".join(line.split(",")[0].split()[2:]) for line in lines(caplog, "pdu")]
    assert sorted(told) == sorted(
        f"{direction} {name}"
        for direction in ("sent", "received")
        for name in (
            "A-ASSOCIATE-RQ",
            "A-ASSOCIATE-AC",
            "P-DATA-TF",
            "P-DATA-TF",
            "A-RELEASE-RQ",
            "A-RELEASE-RP",
        )
    )
    assert not lines(caplog, "dimse")


async def test_commands_of_both_ends_one_line_each(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "dicom_net.dimse"):
        await conversation()
    told = [line.partition(": ")[2] for line in lines(caplog, "dimse")]
    assert sorted(told) == sorted(
        [
            "sent C-ECHO-RQ 1",
            "received C-ECHO-RQ 1",
            "sent C-ECHO-RSP 1 status 0000H",
            "received C-ECHO-RSP 1 status 0000H",
        ]
    )
    assert not lines(caplog, "pdu")


async def test_without_being_asked_nothing_is_told(caplog: pytest.LogCaptureFixture) -> None:
    await conversation()
    assert not lines(caplog, "pdu")
    assert not lines(caplog, "dimse")
