"""Deflated data sets (F14, F15): inflated within a limit, and what is wrong with the stream is said."""

import zlib

import dicom_core as dc

from .make import DEFLATED, element, file
from .sandbox import SECRET, hostile, over_budget, reads, refused, strictly

NAME = element(0x00100010, "PN", SECRET.encode())
BODY = element(0x00080005, "CS", b"ISO_IR 100") + NAME + element(0x00104000, "LT", b"12345678" * 99)


def squeezed(data: bytes, *, header: bool = False) -> bytes:
    machine = zlib.compressobj(9, zlib.DEFLATED, 15 if header else -15)
    return machine.compress(data) + machine.flush()


def bomb(mebibytes: int) -> bytes:
    """An element of zeros, so long, deflated in steps."""
    machine = zlib.compressobj(9, zlib.DEFLATED, -15)
    parts = [machine.compress(NAME + element(0x7FE00010, "OB", b"", mebibytes << 20))]
    zeros = bytes(1 << 20)
    parts += [machine.compress(zeros) for _ in range(mebibytes)]
    return b"".join([*parts, machine.flush()])


@hostile(memory=160, seconds=20)
def test_F14_a_bomb_ends_at_the_limit() -> None:
    data = file(bomb(1000), DEFLATED)
    assert len(data) < 2 << 20
    limits = dc.Limits(inflated=64 << 20)
    with over_budget(130):
        error = refused(dc.read, data, dc.ReadOptions(limits=limits))
    assert isinstance(error, dc.LimitExceeded)
    assert error.limit == "inflated"
    assert error.value <= 66 << 20


@hostile(memory=300, seconds=20)
def test_F14_the_limit_that_is_set_without_asking() -> None:
    data = file(bomb(1000), DEFLATED)  # 1 MB: at most 200 times as much
    error = refused(dc.read, data)
    assert isinstance(error, dc.LimitExceeded)
    assert error.value <= 201 * len(data)


@hostile(memory=32, seconds=5)
def test_F14_a_header_inflates_only_what_it_needs() -> None:
    data = file(bomb(1000), DEFLATED)
    with over_budget(16):
        found = dc.read_header(data)
    assert found.dataset.PatientName == SECRET


@hostile(memory=32, seconds=10)
def test_F15_streams_that_are_damaged() -> None:
    stream = squeezed(BODY)
    want = dc.read(file(BODY)).dataset
    for data, count in ((stream, 0), (stream + b"\0", 0), (squeezed(BODY, header=True), 1)):
        found = reads(file(data, DEFLATED))
        assert found.dataset == want
        assert len(found.findings) == count, found.findings
    for case, data in {
        "trailing garbage": stream + b"garbage!",
        "two streams": stream + stream,
    }.items():
        found = reads(file(data, DEFLATED))
        assert found.dataset == want, case
        assert {one.rule for one in found.findings} == {"deflate-trailing"}, case
        assert strictly(file(data, DEFLATED)).rule == "deflate-trailing"
    for end in range(len(stream)):
        found = reads(file(stream[:end], DEFLATED))
        assert "deflate" in {one.rule for one in found.findings}, end
        assert strictly(file(stream[:end], DEFLATED)).rule in {one.rule for one in found.findings}
    for at in range(len(stream)):
        data = stream[:at] + bytes([stream[at] ^ 0xFF]) + stream[at + 1 :]
        try:
            list(dc.read(file(data, DEFLATED)).dataset.walk())
        except dc.DicomError:
            continue


@hostile(memory=32, seconds=5)
def test_F15_the_text_names_both_offsets() -> None:
    stream = squeezed(BODY)
    (finding,) = (
        one for one in reads(file(stream[:-5], DEFLATED)).findings if one.rule == "deflate"
    )
    assert "inflated" in finding.text
    assert "deflated" in finding.text
