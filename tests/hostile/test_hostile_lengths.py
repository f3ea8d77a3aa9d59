"""Lengths that lie (F01 to F04, F11, F17): nothing is allocated for what a length says."""

import io
import os
from struct import pack

import dicom_core as dc

from .make import EXPLICIT, IMPLICIT, UNDEFINED, element, file, implicit, item, meta
from .sandbox import SECRET, attempt, hostile, over_budget, reads, refused, strictly

HUGE = 0xFFFFFFF0
SHORT = b"only twenty bytes..."
NAME = element(0x00100010, "PN", SECRET.encode())


def truncations() -> dict[str, tuple[bytes, int]]:
    """Where the length may stand: what is read, and the tag that is cut off."""
    nested = implicit(0x00080100, SHORT, HUGE)
    return {
        "data set": (file(NAME + element(0x00400280, "UT", SHORT, HUGE)), 0x00400280),
        "pixel data": (file(NAME + element(0x7FE00010, "OW", SHORT, HUGE)), 0x7FE00010),
        "implicit VR": (file(implicit(0x00104000, SHORT, HUGE), IMPLICIT), 0x00104000),
        "file meta": (
            file(b"", head=meta(extra=element(0x00020102, "OB", SHORT, HUGE))),
            0x00020102,
        ),
        "item": (file(implicit(0x00081140, item(nested)), IMPLICIT), 0x00080100),
        "item of undefined length": (
            file(implicit(0x00081140, item(nested, UNDEFINED), UNDEFINED), IMPLICIT),
            0x00080100,
        ),
        "item length": (file(implicit(0x00081140, item(nested, HUGE)), IMPLICIT), 0xFFFEE000),
        "fragment": (
            file(element(0x7FE00010, "OB", item() + item(SHORT, HUGE), UNDEFINED)),
            0x7FE00010,
        ),
    }


@hostile(memory=16, seconds=5)
def test_F01_value_that_declares_more_than_there_is() -> None:
    for where in ("data set", "pixel data"):
        data, tag = truncations()[where]
        with over_budget(1):
            found = reads(data)
        element = found.dataset.element(tag)
        assert element.raw == SHORT, where
        (finding,) = (one for one in found.findings if one.rule == "truncated")
        assert finding.path == str(dc.Tag(tag))
        error = strictly(data)
        assert isinstance(error, dc.TruncatedElement)
        assert (error.tag, error.declared, error.available) == (tag, HUGE, len(SHORT))
        assert error.offset == finding.offset == data.index(pack("<I", HUGE)) - 8


@hostile(memory=16, seconds=5)
def test_F02_the_same_in_every_place() -> None:
    for where, (data, tag) in truncations().items():
        with over_budget(1):
            found = reads(data)
            list(found.dataset.walk())
        rules = {one.rule for one in found.findings}
        assert rules & {"truncated", "item-overrun", "delimiter-missing"}, (where, found.findings)
        error = strictly(data)
        assert error.rule in rules, where
        if where not in {"item length", "fragment"}:
            every = [*found.meta.elements(), *found.dataset.walk()]
            (cut_off,) = (one for one in every if one.tag == tag)
            assert cut_off.raw == SHORT, where


class Pipe(io.RawIOBase):
    """A stream that cannot seek, gives little at a time, and counts the largest request."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.largest = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        assert size > 0, "everything is asked for at once"
        self.largest = max(self.largest, size)
        piece, self.data = self.data[: min(size, 7)], self.data[min(size, 7) :]
        return piece


@hostile(memory=16, seconds=5)
def test_F03_the_same_from_a_stream() -> None:
    for where, (data, _) in truncations().items():
        pipe = Pipe(data)
        with over_budget(2):
            found = dc.read(pipe)  # type: ignore[arg-type]  # a stream of the least that is needed
        assert pipe.largest <= 1 << 20, where
        assert found.findings == reads(data).findings, where
        assert found.dataset == reads(data).dataset, where


@hostile(memory=16, seconds=10)
def test_F04_a_file_that_breaks_off_is_read_as_far_as_it_goes() -> None:
    # Each way in which vendors' files break off is some cut of a file: in a header, a value, a sequence
    body = element(0x00080005, "CS", b"ISO_IR 100") + element(
        0x00081140, "SQ", item(element(0x00081150, "UI", b"1.2.3\0")) * 2
    )
    body += (
        NAME
        + element(0x00290010, "LO", b"SIEMENS CSA HEADER")
        + element(0x00291010, "OB", bytes(64))
    )
    body += element(0x7FE00010, "OW", bytes(range(256)))
    whole = file(body)
    begin = len(whole) - len(body)
    for end in range(begin + 9, len(whole)):
        data = whole[:end]
        found = reads(data)
        if end >= begin + 18:
            assert found.dataset["SpecificCharacterSet"] == ("ISO_IR 100",)
        every = list(found.dataset.walk())
        assert sum(one.length for one in every if one.vr != "SQ") <= end
        broken = {one.rule for one in found.findings} - {"private-creator-missing"}
        error = attempt(dc.read, data, dc.ReadOptions(strict=True))
        if error is None:
            assert not broken, "only a cut between two elements goes unseen"
        else:
            assert isinstance(error, dc.ParseError)
            assert error.rule in broken
            assert error.path or error.rule in {"trailing-bytes", "no-meta"}


@hostile(memory=16, seconds=5)
def test_F11_group_lengths_that_lie() -> None:
    body = element(0x00080005, "CS", b"ISO_IR 100") + NAME
    right = len(meta()) - 12
    want = dc.read(file(body)).dataset
    for wrong in (0, right - 1, right + 1, right + 1000, 0xFFFFFFFE, UNDEFINED):
        with over_budget(1):
            found = reads(file(body, head=meta(EXPLICIT, wrong)))
        assert found.dataset == want
        assert [one.rule for one in found.findings] == ["meta-group-length"]
        assert strictly(file(body, head=meta(EXPLICIT, wrong))).rule == "meta-group-length"
    for wrong in (0, 3, 0xFFFFFFFE):
        group = element(0x00080000, "UL", pack("<I", wrong)) + body
        found = reads(file(group))
        assert found.dataset.PatientName == SECRET
        assert dc.read(found.to_bytes()).dataset == found.dataset


@hostile(memory=16, seconds=5)
def test_F17_a_gibibyte_of_padding_stays_where_it_is() -> None:
    gib = 1 << 30
    pixels = element(0x7FE00010, "OW", bytes(1 << 17))
    after = element(0x00200013, "IS", b"7 ")  # out of order, behind the pixels
    last = element(0xFFFCFFFC, "OB", b"", gib)
    with open("padding.dcm", "wb") as stream:
        stream.write(file(NAME + pixels + element(0xFFFAFFFA, "SQ", b"") + after + last))
        stream.truncate(stream.tell() + gib)
    with over_budget(4):
        found = reads("padding.dcm")
        assert found.dataset.element(0xFFFCFFFC).length == gib
        assert found.dataset.InstanceNumber == 7
        assert [one.rule for one in found.findings] == ["tag-order"]
        refused(lambda: found.dataset[0xFFFCFFFC])  # the limit of one value
        assert len(str(found.dataset)) < 2000
    os.unlink("padding.dcm")


@hostile(memory=16, seconds=20)
def test_F17_zeros_that_are_no_padding_are_looked_at_once() -> None:
    head = implicit(0x00080005, b"ISO_IR 100")
    for count in (1000, 50_000):  # each (0000,0000) might begin the padding
        data = file(head + bytes(8 * count) + b"\1" * 9, IMPLICIT)
        assert len(reads(data).dataset) == 3  # the last bytes are one more
    assert [one.rule for one in reads(file(head + bytes(100_000), IMPLICIT)).findings] == [
        "trailing-padding"
    ]
    # the same from a file that is larger than what is read of it
    with open("zeros.dcm", "wb") as stream:
        stream.write(file(head + bytes(8000), IMPLICIT))
        stream.truncate(1 << 29)
        stream.seek(0, 2)
        stream.write(b"\1")
    few = dc.ReadOptions(limits=dc.Limits(elements=500))
    error = refused(dc.read_header, "zeros.dcm", few)
    assert isinstance(error, dc.LimitExceeded)
    os.unlink("zeros.dcm")
