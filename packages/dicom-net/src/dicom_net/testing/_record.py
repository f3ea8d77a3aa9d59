"""What two programs said on an association, as a record that can be kept, shown and played again.

Data sets are counted and not kept; instance UIDs are replaced, by others of the same length, and so are the
contents of a user identity: a record holds nothing of a patient's or a user's. AE titles stay.
"""

import json
import math
from collections.abc import Iterator
from typing import Final, cast

from attrs import evolve, field, frozen

from ..ul import AssociateAC, AssociateRQ, Buffer, Role
from ._script import Close, Hear, HearEnd, HearParts, Say, Step
from ._stream import MOST, RawPdu, Splitter, Value, p_data

__all__ = ["Recorded", "Recorder", "Recording", "replay"]

_FORMAT: Final = "dicom-net recording"
# Affected and Requested SOP Instance UID (PS3.7 E.1)
_INSTANCES: Final = frozenset({0x1000, 0x1001})


@frozen
class Recorded:
    """A PDU of one side; ``at`` is the time in seconds since the first."""

    who: Role
    at: float
    pdu: RawPdu

    @property
    def summary(self) -> str:
        """One line for people."""
        pdu = self.pdu
        if pdu.kind != 4:
            return f"{self.at:9.3f} {self.who.value:9} {pdu.name} {pdu.event or ''}".rstrip()
        parts = ", ".join(
            f"{len(value.data)} bytes of {'command' if value.is_command else 'data'} in context "
            f"{value.context}{' (last)' if value.is_last else ''}"
            for value in pdu.values
        )
        return f"{self.at:9.3f} {self.who.value:9} {pdu.name} {parts}"


@frozen
class Recording:
    """The PDUs of both sides in the order in which they were seen."""

    entries: tuple[Recorded, ...] = field(converter=tuple[Recorded, ...])
    ended: Role | None = None
    """Who closed the connection first, where that was seen."""

    def __iter__(self) -> Iterator[Recorded]:
        return iter(self.entries)

    def __str__(self) -> str:
        return "\n".join(entry.summary for entry in self.entries)

    def said(self, who: Role) -> bytes:
        """All that one side said, as its bytes."""
        return b"".join(entry.pdu.data for entry in self.entries if entry.who is who)

    def to_json_lines(self) -> str:
        """A line for the recording, and one for each PDU."""
        head = {"format": _FORMAT, "version": 1, "ended": self.ended and self.ended.value}
        return "".join(json.dumps(line) + "\n" for line in (head, *map(_line, self.entries)))

    @classmethod
    def from_json_lines(cls, text: str) -> "Recording":
        """What `to_json_lines` wrote; ValueError says what is wrong with anything else."""
        lines = [json.loads(line) for line in text.splitlines() if line.strip()]
        if not lines or lines[0].get("format") != _FORMAT or lines[0].get("version") != 1:
            raise ValueError("no recording of an association: its first line says so")
        ended = lines[0].get("ended")
        try:
            entries = tuple(_entry(line) for line in lines[1:])
            return cls(entries, None if ended is None else Role(ended))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"a damaged recording of an association: {error!r}") from None


def _line(entry: Recorded) -> dict[str, object]:
    pdu = entry.pdu
    line: dict[str, object] = {
        "who": entry.who.value,
        "at": entry.at,
        "pdu": pdu.name,
        "type": pdu.kind,
    }
    if pdu.kind == 4:
        line["values"] = [
            {"context": value.context, "flags": value.flags}
            | (
                {"bytes": value.data.hex()}
                if value.is_command or any(value.data)
                else {"length": len(value.data)}
            )
            for value in pdu.values
        ]
    else:
        line["bytes"] = pdu.body.hex()
    return line


def _entry(line: dict[str, object]) -> Recorded:
    kind = int(cast("int", line["type"]))
    if kind == 4:
        pdu = p_data(
            [
                Value(
                    int(value["context"]),
                    int(value["flags"]),
                    bytes.fromhex(value["bytes"])
                    if "bytes" in value
                    else _zeros(int(value["length"])),
                )
                for value in cast("list[dict[str, str]]", line["values"])
            ]
        )
    else:
        pdu = RawPdu(kind, bytes.fromhex(str(line["bytes"])))
    at = float(cast("float", line["at"]))
    if not math.isfinite(at):
        raise ValueError(f"a time of {at}")
    return Recorded(Role(line["who"]), round(at, 6), pdu)


def _zeros(length: int) -> bytes:
    if not 0 <= length <= MOST:
        raise ValueError(f"a value of {length} bytes; a test takes {MOST}")
    return bytes(length)


class Recorder:
    """Takes what both sides say, in any pieces, and keeps what may be kept."""

    def __init__(self, *, keep_data: bool = False) -> None:
        self._keep_data = keep_data
        self._splitters = {role: Splitter() for role in Role}
        self._commands: dict[Role, bytearray] = {role: bytearray() for role in Role}
        self._uids: dict[bytes, bytes] = {}
        self._entries: list[Recorded] = []
        self._began: float | None = None
        self._ended: Role | None = None

    def feed(self, who: Role, data: Buffer, at: float) -> None:
        """One side said this at this time; ``b""`` is the end of its side of the connection."""
        if not data:
            self._ended = self._ended or who
            return
        if self._began is None:
            self._began = at
        for pdu in self._splitters[who].feed(data):
            kept = pdu if self._keep_data else self._cleaned(pdu)
            self._entries.append(Recorded(who, round(at - self._began, 6), kept))

    @property
    def recording(self) -> Recording:
        """What was said so far."""
        return Recording(self._entries, self._ended)

    def _cleaned(self, pdu: RawPdu) -> RawPdu:
        if pdu.kind == 4:
            return p_data([self._clean_value(value) for value in pdu.values])
        event = pdu.event
        if event is None and pdu.kind in {1, 2}:  # nobody knows what of it is an identity
            return RawPdu(pdu.kind, bytes(len(pdu.body)))
        if isinstance(event, AssociateRQ) and event.user_identity is not None:
            identity = event.user_identity
            fields: tuple[bytes, ...] = (identity.primary, identity.secondary)
        elif isinstance(event, AssociateAC) and event.identity_response:
            fields = (event.identity_response,)
        else:
            return pdu
        # The fields of items 58H and 59H, each with its length before it (PS3.7 D.3.3.7)
        item = b"".join(len(one).to_bytes(2, "big") + one for one in fields)
        zeros = b"".join(len(one).to_bytes(2, "big") + bytes(len(one)) for one in fields)
        return RawPdu(pdu.kind, pdu.body.replace(item, zeros))

    def _clean_value(self, value: Value) -> Value:
        if not value.is_command:
            return evolve(value, data=bytes(len(value.data)))
        if value.is_last and value.data[:4] == bytes(4):  # a whole command set, as nearly all are
            return evolve(value, data=self._clean_command(value.data))
        return evolve(value, data=bytes(len(value.data)))

    def _clean_command(self, data: bytes) -> bytes:
        out, pos = bytearray(data), 0
        while pos + 8 <= len(data):
            element = int.from_bytes(data[pos + 2 : pos + 4], "little")
            length = int.from_bytes(data[pos + 4 : pos + 8], "little")
            start, pos = pos + 8, pos + 8 + length
            if element in _INSTANCES:
                out[start:pos] = self._other_uid(data[start:pos])
            elif element == 0x0902:  # Error Comment: free text
                out[start:pos] = b" " * len(data[start:pos])
        return bytes(out)

    def _other_uid(self, uid: bytes) -> bytes:
        """The same UID for the same one, as long as it was."""
        known = self._uids.get(uid)
        if known is None:
            number = b"2." + str(len(self._uids) + 1).encode()
            padding = b"\0" if uid.endswith(b"\0") else b""
            digits = max(len(uid) - len(padding) - len(number), 0)
            known = (b"2." + b"1" * digits + number[2:] + padding)[: len(uid)]
            self._uids[uid] = known
        return known


def replay(recording: Recording, who: Role, *, within: float = 5.0) -> list[Step]:
    """The steps of a script that plays one side's part: says what it said, and waits for what it had heard before.

    Of messages the ends of their parts are waited for, and not their fragments, which another program cuts otherwise.
    """
    steps: list[Step] = []
    run, parts = b"", 0
    for entry in recording:
        pdu = entry.pdu
        if entry.who is who:
            if parts:
                steps.append(HearParts(parts, within=within))
                parts = 0
            run += pdu.data
            continue
        if run:
            steps.append(Say(run))
            run = b""
        if pdu.kind == 4:
            parts += sum(value.is_last for value in pdu.values)
            continue
        if parts:
            steps.append(HearParts(parts, within=within))
            parts = 0
        steps.append(Hear(pdu.name, within=within))
    if parts:
        steps.append(HearParts(parts, within=within))
    if run:
        steps.append(Say(run))
    if recording.ended is who:
        steps.append(Close())
    elif recording.ended is not None:
        steps.append(HearEnd(within=within))
    return steps


# Tracebacks, reprs and pickles name the place that users import from
Recorded.__module__ = Recording.__module__ = Recorder.__module__ = "dicom_net.testing"
replay.__module__ = "dicom_net.testing"
