"""Who keeps the views of data past their time is shown by what he kept."""

from collections.abc import Iterable
from pathlib import Path

import pydicom.data

from dicom_net import Offer
from dicom_net._operation import Operation, receive, write
from dicom_net.blocking import Server, store
from dicom_net.dimse import Begin, CStoreRQ, CStoreRSP, Data
from dicom_net.services import Seat
from dicom_net.testing import POISON, poisoned_buffers

CT = Path(pydicom.data.__file__).parent / "test_files" / "CT_small.dcm"


class Hoarder:
    """Keeps views instead of bytes."""

    def __init__(self) -> None:
        self.kept: list[bytes | memoryview] = []
        self.bytes = b""

    def offers(self) -> Iterable[Offer]:
        return [Offer("1.2.840.10008.5.1.4.1.1.2", ["1.2.840.10008.1.2.1"])]

    def respond(self, seat: Seat, begin: Begin) -> Operation[None]:
        command = begin.command
        assert isinstance(command, CStoreRQ)
        last = False
        while not last:
            data = yield from receive(command.message_id)
            assert isinstance(data, Data)
            self.kept += data.views
            self.bytes += b"".join(data.views)
            last = data.last
        answer = CStoreRSP(responded_to=command.message_id, status=0)
        yield from write(seat.exchange.send(Begin(begin.context, answer)))


def test_views_that_are_kept_are_poisoned() -> None:
    hoarder = Hoarder()
    with poisoned_buffers(), Server(hoarder, ae_title="OURS") as server:
        assert store("127.0.0.1", server.port, CT, called_ae="OURS").success
        assert store("127.0.0.1", server.port, CT, called_ae="OURS").success
    assert hoarder.bytes.count(b"CompressedSamples") == 2
    kept = b"".join(hoarder.kept)
    assert kept != hoarder.bytes
    assert bytes([POISON]) * 100 in kept
