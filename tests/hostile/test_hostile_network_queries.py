"""N19: queries that want the server to think for ever, against a running one with a few studies."""

import struct
from collections.abc import Iterator
from typing import Final

import pytest
from tests.peers.programs import Ours, Served
from tests.peers.study import STUDY, Study
from tests.peers.wire import FIND, IMPLICIT, Wire, command, element, fields, pdvs

from .besieged import DOORS, Siege

LEVEL: Final = element(0x00080052, "STUDY")
NAME: Final = 0x00100010
PATIENT: Final = 0x00100020
DATE: Final = 0x00080020
UID: Final = 0x0020000D


@pytest.fixture(scope="module", params=DOORS)
def siege(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ours]:
    folder = tmp_path_factory.mktemp(request.param)
    files = Study.made(folder / "files").folder
    with Ours(folder, "--quick", door=request.param, title="ANY", files=files) as running:
        yield running


def ask(siege: Ours | Served, keys: bytes) -> tuple[int, int]:
    """How many answers came, and the final status; 0 and -1 where the association was aborted."""
    with Wire(siege.port).associate((FIND, [IMPLICIT])) as wire:
        request: list[tuple[int, str | int]] = [
            (2, FIND),
            (0x100, 0x20),
            (0x110, 1),
            (0x700, 0),
            (0x800, 1),
        ]
        wire.send([*pdvs(1, 1, command(request), wire.limit), *pdvs(1, 0, keys, wire.limit)])
        answers = 0
        while True:
            kind, body = wire.pdu()
            if kind == 7:
                return 0, -1
            if body[5] & 1:
                status = int.from_bytes(fields(body[6:])[0x900], "little")
                if status not in {0xFF00, 0xFF01}:
                    wire.release()
                    return answers, status
                answers += 1


def elements(*pairs: tuple[int, str]) -> bytes:
    return b"".join(element(tag, value) for tag, value in sorted([*pairs, (0x00080052, "STUDY")]))


QUERIES: Final = {
    "wildcards without end": elements((NAME, "*a" * 200_000)),
    "question marks without end": elements((NAME, "?" * 400_000)),
    "stars without end": elements((NAME, "*" * 900_000)),
    "stars and one letter": elements((NAME, "M" + "*" * 100_000 + "x")),
    "a list of sixty thousand": elements((UID, "\\".join(f"1.2.{n}.55" for n in range(60_000)))),
    "quotes": elements((PATIENT, "' OR 1=1 --"), (UID, "")),
    "percent and underscore": elements((PATIENT, "%_%"), (UID, "")),
    "a range of nothing": elements((DATE, "-")),
    "a range that ends before it begins": elements((DATE, "20250101-20200101")),
    "a date that is none": elements((DATE, "99999999-")),
    "a name of ten thousand components": elements((NAME, "^" * 10_000)),
    "controls": elements((NAME, "\x1b[2J\0\r\n*")),
    "a hundred thousand keys": b"".join(
        struct.pack("<HHI", 0x0009 + 2 * (n >> 12), 0x1000 + (n & 0xFFF), 0) for n in range(100_000)
    ),
    "no level": element(UID, ""),
    "nothing": b"",
    "no data set": b"\xff" * 1000,
    "sequences in sequences": LEVEL + struct.pack("<HHIHHI", 0x0040, 0x0275, 0xFFFFFFFF, 0xFFFE, 0xE000, 0xFFFFFFFF) * 3000,
}  # fmt: skip


ALL_MATCH: Final = ("a range of nothing", "stars without end", "a name of ten thousand components")


@pytest.mark.parametrize("keys", QUERIES.values(), ids=QUERIES)
def test_N19_queries_that_are_much_work(siege: Ours, keys: bytes) -> None:
    with Siege(siege).held(memory=32 << 20):
        answers, status = ask(siege, keys)
        assert answers == 0 or keys in {QUERIES[name] for name in ALL_MATCH}
        assert status in {0, -1} or status >> 12 in {0xA, 0xC} or status == 0x0110
    assert ask(siege, elements((UID, STUDY))) == (1, 0)


def test_N19_a_million_keys_are_too_many(siege: Ours) -> None:
    keys = b"".join(struct.pack("<HHI", 0x0009, n & 0xFFFF, 0) for n in range(1_000_000))
    with Siege(siege).held(memory=16 << 20):
        assert ask(siege, keys) in {(0, -1), (0, 0xA700), (0, 0xC000)}
