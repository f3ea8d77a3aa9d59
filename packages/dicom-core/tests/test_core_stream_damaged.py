"""Damaged streams give the push parser the same events and findings however the bytes are cut."""

import zlib
from collections.abc import Iterator

import pytest

import dicom_core as dc
from dicom_core.stream import NEED_DATA, Element, EndOfData, Event, Parser

EXPLICIT, DEFLATED = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99"
NAME = b"\x10\0\x10\0PN\x04\0A^B "
BODY = b"".join(NAME[:2] + bytes([number]) + NAME[3:] for number in range(0x10, 0x40))


def squeezed(data: bytes, *, header: bool = False) -> bytes:
    machine = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS if header else -zlib.MAX_WBITS)
    return machine.compress(data) + machine.flush()


def outcome(
    data: bytes, syntax: str, step: int, *, strict: bool = False
) -> tuple[list[Event], list[dc.Finding], str]:
    parser = Parser(syntax, options=dc.ReadOptions(strict=strict), chunk=64)
    found: list[Event] = []
    try:
        for start in range(0, len(data), step):
            parser.feed(data[start : start + step])
            found += _events(parser)
        parser.close()
        found += _events(parser)
    except dc.ParseError as error:
        return found, list(parser.findings), str(error)
    if isinstance(found[-1], EndOfData):
        while len(found) > 1 and isinstance(found[-2], EndOfData):
            del found[-1]
    return found, list(parser.findings), ""


def _events(parser: Parser) -> Iterator[Event]:
    while (event := parser.next_event()) is not NEED_DATA:
        yield event
        if isinstance(event, EndOfData):
            return


def damaged() -> dict[str, tuple[bytes, str, list[str]]]:
    stream = squeezed(BODY)
    machine = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    # a block of a type that there is not (RFC 1951 3.2.3)
    flipped = machine.compress(BODY) + machine.flush(zlib.Z_SYNC_FLUSH) + b"\x07 and more"
    unknown = b"\x10\0\x10\0??\x20\0" + b"x" * 32
    odd_item = b"\x08\0\x40\x11SQ\0\0\x20\0\0\0" + b"\x10\0\x10\0" + bytes(28)
    return {
        "deflate stream damaged": (flipped, DEFLATED, ["deflate"]),
        "deflate stream cut off": (stream[:-3], DEFLATED, ["deflate", "truncated"]),
        "bytes after the deflate stream": (stream + b"abc", DEFLATED, ["deflate-trailing"]),
        "padded": (stream + b"\0", DEFLATED, []),
        "zlib header": (squeezed(BODY, header=True), DEFLATED, ["deflate-header"]),
        "unknown VR": (NAME + unknown + BODY, EXPLICIT, ["vr-unknown"]),
        "value too long for its item": (
            b"\x08\0\x40\x11SQ\0\0\x14\0\0\0\xfe\xff\x00\xe0\x0c\0\0\0" + NAME[:6] + b"\x30\0A^B " + BODY,
            EXPLICIT, ["truncated"],
        ),
        "no item in a sequence": (odd_item + BODY, EXPLICIT, ["item-expected"]),
        "no item, cut off": (odd_item[:-9], EXPLICIT, ["item-expected", "truncated"]),
    }  # fmt: skip


@pytest.mark.parametrize("case", sorted(damaged()))
def test_damage_is_the_same_however_it_is_cut(case: str) -> None:
    data, syntax, rules = damaged()[case]
    for strict in (False, True):
        whole = outcome(data, syntax, len(data), strict=strict)
        for step in (1, 2, 3, 7, 64):
            assert outcome(data, syntax, step, strict=strict) == whole
    events, findings, error = outcome(data, syntax, len(data))
    assert not error
    assert isinstance(events[-1], EndOfData)
    assert [one.rule for one in findings][: len(rules)] == rules
    strictly = outcome(data, syntax, 5, strict=True)[2]
    assert not rules or any(f"(rule {rule})" in strictly for rule in rules)
    if rules != ["vr-unknown"] and "deflate" in case:
        read = dc.read_dataset(data, syntax)
        assert [one.path for one in events if isinstance(one, Element)] == [
            one.path for one in read.walk()
        ]


def test_bytes_after_a_deflate_stream_are_not_kept() -> None:
    parser = Parser(DEFLATED)
    parser.feed(squeezed(NAME))
    list(_events(parser))
    for _ in range(100):
        parser.feed(bytes(100_000))
        assert list(_events(parser)) == []
    assert len(parser._input._packed) == 0


def test_a_deflate_stream_fed_at_once_is_inflated_in_steps() -> None:
    parser = Parser(DEFLATED, chunk=1 << 16)
    parser.feed(squeezed(b"\x08\0\x05\0UT\0\0\0\0\0\x10" + bytes(1 << 28)))
    for event in _events(parser):
        assert not isinstance(event, EndOfData)
        assert len(parser._input.window) < 1 << 18


def test_the_reader_too_gives_what_comes_before_the_damage() -> None:
    data, _, _ = damaged()["deflate stream damaged"]
    assert len(dc.read_dataset(data, DEFLATED)) == 48
    with pytest.raises(dc.LimitExceeded):
        dc.read_dataset(data, DEFLATED, dc.ReadOptions(limits=dc.Limits(inflated=100)))


def test_findings_are_kept_up_to_the_limit() -> None:
    data = b"".join(bytes((9, 0, number, 0)) + b"??\2\0AB" for number in range(1, 9))
    seen = []
    for most in (100, 3, 0):
        parser = Parser(EXPLICIT, options=dc.ReadOptions(limits=dc.Limits(findings=most)))
        parser.feed(data)
        parser.close()
        list(_events(parser))
        seen.append([one.rule for one in parser.findings])
    every, some, none = seen
    assert len(every) > 4
    assert some == [*every[:3], "limit-findings"]
    assert none == ["limit-findings"]
