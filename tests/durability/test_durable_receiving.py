"""Kill a storage SCP anywhere under load: what it acknowledged is there and whole, and what it was writing is gone."""

import os
import random
import signal
import struct
import threading
from hashlib import sha256
from pathlib import Path
from typing import Final

import pytest
from tests.peers.programs import Ours
from tests.peers.wire import CT, IMPLICIT, Closed, Wire, element, pdvs, store_command

import dicom_core as dc

KILLS: Final = 200 if os.environ.get("DICOM_LONG") else 20
SENDERS: Final = 4
ROOT: Final = "1.2.826.0.1.3680043.8.498.9"
DIGEST: Final = 0x00204000  # Image Comments: the digest of the pixels


def instance(uid: str, chance: random.Random) -> bytes:
    """An instance that knows what its pixels are, in implicit VR."""
    pixels = chance.randbytes(2 * chance.randrange(1, 300_000))
    padded = uid.encode() + b"\0" * (len(uid) % 2)
    return b"".join((
        element(0x00080016, CT.encode() + b"\0"), element(0x00080018, padded),
        element(0x0020000D, f"{ROOT}.1".encode() + b"\0"), element(0x0020000E, f"{ROOT}.2".encode() + b"\0"),
        element(DIGEST, sha256(pixels).hexdigest()),
        struct.pack("<HHI", 0x7FE0, 0x10, len(pixels)), pixels,
    ))  # fmt: skip


class Sender(threading.Thread):
    """Sends until the server is gone; what was acknowledged stands in a set."""

    def __init__(
        self, port: int, round_: int, number: int, acknowledged: set[str], some: threading.Event
    ) -> None:
        super().__init__()
        self.port, self.prefix = port, f"{ROOT}.{round_}.{number}"
        self.acknowledged, self.some = acknowledged, some
        self.chance = random.Random(self.prefix)
        self.fault: BaseException | None = None

    def run(self) -> None:
        try:
            with Wire(self.port).associate((CT, [IMPLICIT])) as wire:
                for count in range(1, 10_000):
                    uid = f"{self.prefix}.{count}"
                    wire.send(pdvs(1, 1, store_command(uid, count)))
                    wire.send(pdvs(1, 0, instance(uid, self.chance)))
                    status = wire.status()
                    if status:
                        self.fault = AssertionError(f"status {status:04X}")
                        return
                    self.acknowledged.add(uid)
                    self.some.set()
        except (OSError, Closed):  # killed
            return


def whole(path: Path) -> str:
    """The UID of a file that says nothing is missing, and whose pixels are those that were sent."""
    file = dc.read(path, dc.ReadOptions(strict=True))
    pixels = file.dataset.PixelData
    assert isinstance(pixels, bytes)
    assert file.dataset.element(DIGEST).value == sha256(pixels).hexdigest(), path
    return str(file.dataset.SOPInstanceUID)


@pytest.mark.slow
@pytest.mark.parametrize("door", ["asyncio", "trio", "blocking"])
def test_what_a_killed_listener_acknowledged_is_there(door: str, tmp_path: Path) -> None:
    chance = random.Random(door)
    acknowledged: set[str] = set()
    rounds = -(-KILLS // 3)
    for round_ in range(rounds):
        with Ours(tmp_path, door=door, keep="durable") as server:
            some = threading.Event()
            senders = [Sender(server.port, round_, n, acknowledged, some) for n in range(SENDERS)]
            for sender in senders:
                sender.start()
            assert some.wait(60), server.said()
            threading.Event().wait(chance.random() / 3)  # any moment will do: that is the case
            server.stop(signal.SIGKILL)
            for sender in senders:
                sender.join()
                assert sender.fault is None, sender.fault
    with Ours(tmp_path, door=door, keep="durable") as server:  # it cleans up when it starts
        files = [path for path in server.received.rglob("*") if path.is_file()]
        found = {whole(path) for path in files}
    assert acknowledged <= found, f"{len(acknowledged - found)} of {len(acknowledged)} are lost"
    assert len(acknowledged) >= rounds
