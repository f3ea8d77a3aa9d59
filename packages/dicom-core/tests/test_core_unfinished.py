"""What stands behind a long sequence of undefined length is read when somebody asks, and nobody can tell."""

import pickle
import struct
import threading
from collections.abc import Callable
from functools import partial

import pytest

import dicom_core as dc
from dicom_core import _reader

UNDEFINED = 0xFFFFFFFF
LONG = frozenset(("OB", "OW", "SQ", "UN", "UT"))


class Maker:
    """Elements in one encoding."""

    def __init__(self, syntax: str) -> None:
        self.syntax = syntax
        self.implicit = syntax == "1.2.840.10008.1.2"
        self.order = ">" if syntax == "1.2.840.10008.1.2.2" else "<"

    def element(self, tag: int, vr: str, value: bytes, length: int | None = None) -> bytes:
        size = len(value) if length is None else length
        head = struct.pack(self.order + "HH", tag >> 16, tag & 0xFFFF)
        if self.implicit:
            return head + struct.pack("<I", size) + value
        if vr in LONG:
            return head + vr.encode() + struct.pack(self.order + "2xI", size) + value
        return head + vr.encode() + struct.pack(self.order + "H", size) + value

    def mark(self, tag: int, length: int) -> bytes:
        return struct.pack(self.order + "HHI", tag >> 16, tag & 0xFFFF, length)

    def sequence(self, tag: int, items: int, end: bool = True) -> bytes:
        inner = self.element(0x00080100, "SH", b"CODE") + self.element(0x00080104, "LT", b"x" * 600)
        one = self.mark(0xFFFEE000, UNDEFINED) + inner + self.mark(0xFFFEE00D, 0)
        closed = self.mark(0xFFFEE0DD, 0) if end else b""
        return self.element(tag, "SQ", one * items + closed, UNDEFINED)

    def file(self, *parts: bytes) -> bytes:
        explicit = Maker("1.2.840.10008.1.2.1")
        uid = self.syntax.encode()
        meta = explicit.element(0x00020002, "UI", b"1.2\0")
        meta += explicit.element(0x00020003, "UI", b"1.3\0")
        meta += explicit.element(0x00020010, "UI", uid + b"\0" * (len(uid) % 2))
        length = explicit.element(0x00020000, "UL", struct.pack("<I", len(meta)))
        return b"".join((bytes(128), b"DICM", length, meta, *parts))

    def head(self) -> bytes:
        return b"".join(
            self.element(tag, vr, value)
            for tag, vr, value in (
                (0x00080016, "UI", b"1.2\0"),
                (0x00080018, "UI", b"1.3\0"),
                (0x00100010, "PN", b"Doe^Jane"),
                (0x00100020, "LO", b"P1"),
            )
        )


SYNTAXES = ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.2"]
MANY = 150  # items: more than 64 KiB


def files(make: Maker) -> dict[str, bytes]:
    head, sequence = make.head(), make.sequence(0x52009230, MANY)
    pixels = make.element(0x7FE00010, "OW", bytes(64))
    again = make.element(0x00100010, "PN", b"Old^Name")
    return {
        "plain": make.file(head, sequence, pixels),
        "nothing behind": make.file(head, sequence),
        "two sequences": make.file(head, make.sequence(0x0040A730, 3), sequence, pixels),
        "group length before": make.file(
            head,
            make.element(0x00180000, "UL", bytes(4)),
            make.element(0x00180050, "DS", b"1 "),
            sequence,
        ),
        "group length of the sequence": make.file(
            head, make.element(0x52000000, "UL", bytes(4)), sequence, pixels
        ),
        "twice": make.file(head, sequence, again, pixels),
        "character set too late": make.file(
            head, sequence, make.element(0x00080005, "CS", b"ISO_IR 192"), pixels
        ),
        "UID too late": make.file(head, sequence, make.element(0x00080018, "UI", b"1.4\0")),
        "out of order": make.file(head, sequence, make.element(0x00100040, "CS", b"F "), pixels),
        "zeros behind": make.file(head, sequence, pixels, bytes(64)),
        "bytes behind": make.file(head, sequence, pixels, b"abc"),
        "cut off": make.file(head, sequence, pixels)[:-20],
        "cut off in the sequence": make.file(head, sequence)[:-9000],
        "never closed": make.file(head, make.sequence(0x52009230, MANY, end=False), pixels),
    }


def outcome(call: Callable[[], object]) -> object:
    try:
        return call()
    except dc.DicomError as error:
        return type(error), str(error)


def edited(data: bytes, values: dict[str, object]) -> bytes:
    file = dc.read(data)
    file.dataset.update(values)
    return file.to_bytes()


EDITS: list[dict[str, object]] = [
    {"PatientName": "Nobody", "PatientID": "12345"},
    {"PatientSex": "F", "AccessionNumber": ""},
    {"StudyDescription": "x", "PixelData": bytes(4)},
    {"SpecificCharacterSet": "ISO_IR 192", "PatientName": "Müller"},
    {"SOPInstanceUID": "1.9"},
    {"ReferencedImageSequence": [dc.Dataset({"ReferencedSOPInstanceUID": "1.2"})]},
]
LOOKS: dict[str, Callable[[dc.DicomFile], object]] = {
    "findings": lambda file: file.findings,
    "len": lambda file: len(file.dataset),
    "tags": lambda file: [(one.tag, one.vr, one.offset, one.raw) for one in file.dataset.walk()],
    "name": lambda file: file.dataset.PatientName,
    "late": lambda file: file.dataset.get("PixelData"),
    "bytes": lambda file: file.to_bytes(),
    "check": dc.check,
    "copy": lambda file: file.dataset.copy() == file.dataset,
    "pickle": lambda file: (pickle.loads(pickle.dumps(file)).findings, file.findings),
    "convert": lambda file: dc.convert(file, "1.2.840.10008.1.2.1.99").to_bytes(),
}


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_it_is_read_as_if_at_once(syntax: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for case, data in files(Maker(syntax)).items():
        late = {name: outcome(partial(looked, look, data)) for name, look in LOOKS.items()}
        with monkeypatch.context() as patch:
            patch.setattr(_reader, "survey", lambda *_: None)
            for name, look in LOOKS.items():
                assert outcome(partial(looked, look, data)) == late[name], (case, name)


def looked(look: Callable[[dc.DicomFile], object], data: bytes) -> object:
    return look(dc.read(data))


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_it_is_written_as_if_read_at_once(syntax: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for case, data in files(Maker(syntax)).items():
        assert dc.read(data).to_bytes() == data
        for values in EDITS:
            late = outcome(partial(edited, data, values))
            with monkeypatch.context() as patch:
                patch.setattr(_reader, "survey", lambda *_: None)
                at_once = outcome(partial(edited, data, values))
            if late == at_once:
                continue
            # what is out of place behind the edits stays as it stood instead of being written anew
            assert case not in {"plain", "nothing behind", "two sequences", "group length before"}
            assert isinstance(late, bytes)
            assert isinstance(at_once, bytes)
            assert late.endswith(data[-9000:])
            if case != "never closed":
                one, other = dc.read(late).dataset, dc.read(at_once).dataset
                assert list(one) == list(other)
                assert one.PatientName == other.PatientName
                assert one.SOPInstanceUID == other.SOPInstanceUID


def test_nothing_is_walked_through_for_edits_before_it() -> None:
    make = Maker(SYNTAXES[0])
    file = dc.read(files(make)["plain"])
    file.dataset.PatientName = "Nobody"
    file.dataset.PatientID = "1"
    written = file.to_bytes()
    assert file.dataset._frame.unread is True
    again = dc.read(written)
    assert again.dataset.PatientName == "Nobody"
    assert again.findings == ()
    assert len(file.dataset) == 6
    assert file.to_bytes() == written


def test_a_tag_that_comes_again_is_not_left_behind() -> None:
    """Whoever takes the last one must not find the name that was replaced."""
    for syntax in SYNTAXES:
        written = edited(files(Maker(syntax))["twice"], {"PatientName": "Nobody"})
        assert b"Doe" not in written
        assert b"Old" not in written


def test_limits_hold_when_it_is_read() -> None:
    make = Maker(SYNTAXES[0])
    deep = (
        make.element(0x0040A730, "SQ", b"", UNDEFINED) + make.mark(0xFFFEE000, UNDEFINED)
    ) * 4000
    data = make.file(make.head(), deep)
    file = dc.read(data)
    for _ in range(2):
        with pytest.raises(dc.LimitExceeded):
            len(file.dataset)
        with pytest.raises(dc.LimitExceeded):
            file.findings  # noqa: B018
    with pytest.raises(dc.LimitExceeded):
        dc.read(data, dc.ReadOptions(strict=True))
    few = dc.ReadOptions(limits=dc.Limits(elements=5))
    with pytest.raises(dc.LimitExceeded) as caught:
        len(dc.read(files(make)["plain"], few).dataset)
    assert caught.value.limit == "elements"


def test_strict_reading_puts_nothing_off() -> None:
    data = files(Maker(SYNTAXES[0]))["cut off"]
    with pytest.raises(dc.TruncatedElement):
        dc.read(data, dc.ReadOptions(strict=True))


def test_threads_that_look_at_once_see_all_of_it() -> None:
    data = files(Maker(SYNTAXES[0]))["out of order"]
    want = [int(tag) for tag in dc.read(data).dataset]
    for _ in range(20):
        file = dc.read(data)
        barrier = threading.Barrier(4)
        got: list[object] = []

        def look(
            file: dc.DicomFile = file,
            barrier: threading.Barrier = barrier,
            got: list[object] = got,
        ) -> None:
            barrier.wait()
            got.append([int(tag) for tag in file.dataset])
            got.append([one.rule for one in file.findings])

        threads = [threading.Thread(target=look) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert got.count(want) == 4
        assert got.count(["tag-order"]) == 4
