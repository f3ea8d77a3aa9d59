"""Retrieving over plain sockets: our users against our server."""

import logging
from collections.abc import Awaitable, Generator
from contextlib import closing
from pathlib import Path

import pytest
from doors import CONTEXTS
from retrieving import HOST, archive, free_port, ten, uids

import dicom_net as dn
from dicom_net import blocking
from dicom_net.blocking._plain import plain
from dicom_net.services import ReceivedInstance

STUDY, SERIES = "1.2.1", "1.2.1.2"


def test_get_and_move_over_plain_sockets(tmp_path: Path) -> None:
    port = free_port()
    with blocking.Server(archive(port), ae_title="QR") as server:
        result = blocking.get_study(HOST, server.port, STUDY, called_ae="QR")
        assert uids(result.files) == uids(ten())
        result = blocking.get_series(
            HOST, server.port, STUDY, SERIES, into=tmp_path, called_ae="QR"
        )
        assert len(list(tmp_path.rglob("*.dcm"))) == 5
        own = dn.OwnDestination(ae_title="OURS", host=HOST, port=port, into=tmp_path / "own")
        result = blocking.move_study(HOST, server.port, STUDY, own, called_ae="QR")
        assert result.is_success
        assert len(result.paths) == 10
        keys = dn.RetrieveKeys.study(STUDY)
        arrived = 0
        with closing(blocking.iter_get(HOST, server.port, keys, called_ae="QR")) as events:
            for event in events:
                arrived += isinstance(event, ReceivedInstance)
                if arrived == 3:
                    break
        with pytest.raises(dn.StatusError, match="A801"):
            blocking.move_study(HOST, server.port, STUDY, "ELSEWHERE", called_ae="QR")


def test_our_own_associations_are_told_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "dicom_net.association")
    with blocking.Server(archive(), ae_title="QR") as server:
        caplog.clear()
        with blocking.associate(HOST, server.port, CONTEXTS, called_ae="QR") as association:
            number = association.number
    ours = [one.getMessage() for one in caplog.records if f"association {number}:" in one.message]
    assert ours == [
        f"association {number}: DICOMPY at 127.0.0.1 with QR, 1 contexts",
        f"association {number}: released",
    ]


def test_only_the_peer_that_was_asked_may_send() -> None:
    port = free_port()
    with blocking.Server(archive(port), ae_title="QR") as server:
        own = dn.OwnDestination(ae_title="OURS", host=HOST, port=port, senders=["ANOTHER"])
        result = blocking.move_study(HOST, server.port, STUDY, own, called_ae="QR")
        assert (result.status, result.failed, result.instances) == (0xA702, 10, ())


class Turn:
    """Lets an event loop do something else."""

    def __await__(self) -> Generator[None, None, int]:
        yield
        return 1


async def ready() -> int:
    return 1


async def failing() -> int:
    raise RuntimeError("of the program's own")


def given(value: Awaitable[int] | int) -> int:
    return plain(value)


def test_the_blocking_door_drives_what_waits_for_nothing() -> None:
    assert given(2) == 2
    assert given(ready()) == 1
    with pytest.raises(TypeError, match="event loop"):
        given(Turn())
    with pytest.raises(RuntimeError, match="own"):
        given(failing())
