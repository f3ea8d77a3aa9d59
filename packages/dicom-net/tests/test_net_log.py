"""What two ends of an association write to the log (NET-116, NET-117; N14: who the user is stands nowhere)."""

import logging

import pytest
from storing import instance

import dicom_net as dn
from dicom_net.ul import UserIdentity, UserIdentityKind

HOST = "127.0.0.1"
SECRET = b"correct horse battery staple"


def test_pdus_and_commands_are_told_without_patient_or_user(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "dicom_net")
    who = UserIdentity(UserIdentityKind.USERNAME_AND_PASSCODE, b"doctor who", SECRET)
    with dn.blocking.StorageServer(on_received=lambda _: None) as server:
        result = dn.blocking.store(
            HOST, server.port, instance(1), called_ae="DICOMPY", user_identity=who
        )
    assert result
    lines = [record.getMessage() for record in caplog.records if record.name == "dicom_net.pdu"]
    for direction in ("sent", "received"):
        told = [
            line.split(f" {direction} ")[1].split(",")[0]
            for line in lines
            if f" {direction} " in line
        ]
        assert sorted(told) == sorted(
            ["A-ASSOCIATE-RQ", "A-ASSOCIATE-AC", "A-RELEASE-RQ", "A-RELEASE-RP"]
            + ["P-DATA-TF"] * told.count("P-DATA-TF")
        )
    commands = [
        record.getMessage() for record in caplog.records if record.name == "dicom_net.dimse"
    ]
    words = [line.split(": ", 1)[1] for line in commands]
    assert sorted(words) == [
        "received C-STORE-RQ 1",
        "received C-STORE-RSP 1 status 0000H",
        "sent C-STORE-RQ 1",
        "sent C-STORE-RSP 1 status 0000H",
    ]
    for secret in (SECRET.decode(), SECRET.hex(" "), "doctor who", "Doe", b"Doe".hex(" ")):
        assert secret not in caplog.text


def test_one_category_alone(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "dicom_net.dimse")
    with dn.blocking.StorageServer() as server:
        assert dn.blocking.verify(HOST, server.port, called_ae="DICOMPY")
    assert {record.name for record in caplog.records if record.levelno == logging.DEBUG} == {
        "dicom_net.dimse"
    }
