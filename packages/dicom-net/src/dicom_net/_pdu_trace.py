"""The PDUs that go by on a connection, one line each in the category ``pdu``."""

import logging
from typing import Final, Self

from ._logging import logger, shows_patients
from ._operation import Buffer

__all__ = ["PduTrace"]

_NAMES: Final = {
    1: "A-ASSOCIATE-RQ",
    2: "A-ASSOCIATE-AC",
    3: "A-ASSOCIATE-RJ",
    4: "P-DATA-TF",
    5: "A-RELEASE-RQ",
    6: "A-RELEASE-RP",
    7: "A-ABORT",
}  # PS3.8 9.3
_P_DATA: Final = 4
_HEADER: Final = 6
_HEAD: Final = 32
# PDU header, PDV length, context and message control header: what comes after is the patient's (PS3.8 9.3.5)
_HEAD_OF_DATA: Final = 12


class PduTrace:
    """One direction of one connection. It is fed what is read or written, in whatever pieces.

    Made by `wanted`, so that a connection nobody listens to pays for one comparison a read.
    """

    def __init__(self, number: int, direction: str) -> None:
        self.number = number
        self.direction = direction
        self._head = bytearray()
        self._left = 0  # of the PDU that is going by
        self._log = logger("pdu")
        self._whole = shows_patients()

    @classmethod
    def wanted(cls, number: int, direction: str) -> Self | None:
        """A trace where somebody listens, else None. ``direction`` is ``sent`` or ``received``."""
        return cls(number, direction) if logger("pdu").isEnabledFor(logging.DEBUG) else None

    def feed(self, data: Buffer) -> None:
        """Look at a piece of the stream, and tell of each PDU when its first bytes are there."""
        view = memoryview(data)
        while view:
            if self._left:
                skipped = min(self._left, len(view))
                if len(self._head) < _HEAD:
                    self._head += view[: min(_HEAD - len(self._head), skipped)]
                self._left -= skipped
                view = view[skipped:]
                if not self._left:
                    self._tell()
                continue
            taken = _HEADER - len(self._head)
            self._head += view[:taken]
            view = view[taken:]
            if len(self._head) == _HEADER:
                self._left = int.from_bytes(self._head[2:6], "big")
                if not self._left:
                    self._tell()

    def _tell(self) -> None:
        head = bytes(self._head)
        self._head.clear()
        kind = head[0]
        shown = _HEAD_OF_DATA if kind == _P_DATA and not self._whole else _HEAD
        length = int.from_bytes(head[2:6], "big")
        name = _NAMES.get(kind, f"type {kind:02X}H")
        self._log.debug(
            "association %d: %s %s, %d bytes: %s%s",
            self.number,
            self.direction,
            name,
            length,
            head[:shown].hex(" "),
            " ..." if length + _HEADER > shown else "",
            extra={
                "dicom_association": self.number,
                "dicom_direction": self.direction,
                "dicom_pdu": name,
                "dicom_length": length,
            },
        )
