"""Sources that change, handles in many threads, few bytes for a header (F28, F29, design of reads)."""

import io
import os
import pickle
import threading
from collections.abc import Hashable

import dicom_core as dc

from .make import element, file, item, meta
from .sandbox import SECRET, hostile, over_budget, reads, refused

PIXELS = 0x7FE00010
BIG = 300_000
BODY = element(0x00080005, "CS", b"ISO_IR 100") + element(0x00100010, "PN", SECRET.encode())


def written(path: str, fill: int = 7, size: int = BIG) -> None:
    with open(path, "wb") as stream:
        stream.write(file(BODY + element(PIXELS, "OW", bytes([fill]) * size)))


@hostile(memory=32, seconds=10)
def test_F28_a_file_that_changed_gives_no_other_bytes() -> None:
    def longer() -> None:
        with open("a.dcm", "ab") as stream:
            stream.write(b"\0\0")

    def shorter() -> None:
        os.truncate("a.dcm", 1000)

    def replaced() -> None:
        written("b.dcm", 8)
        os.replace("b.dcm", "a.dcm")

    def rewritten() -> None:
        before = os.stat("a.dcm")
        written("a.dcm", 8)
        os.utime("a.dcm", ns=(before.st_atime_ns, before.st_mtime_ns + 1))

    def gone() -> None:
        os.unlink("a.dcm")

    def folder() -> None:
        os.unlink("a.dcm")
        os.mkdir("a.dcm")

    for change in (longer, shorter, replaced, rewritten, gone, folder):
        written("a.dcm")
        found = dc.read("a.dcm")
        handle = found.dataset.element(PIXELS).handle
        twin = found.dataset.copy()
        again = pickle.loads(pickle.dumps(found.dataset))
        assert found.dataset.PatientName == SECRET
        change()
        for use in (
            lambda found=found: found.dataset.PixelData,
            lambda handle=handle: handle.read_range(100, 10),
            lambda handle=handle: list(handle.chunks(1000)),
            lambda twin=twin: twin.PixelData,
            lambda again=again: again.PixelData,
            lambda found=found: dc.write(found, "out.dcm"),
            lambda found=found: found.to_bytes(),
        ):
            error = refused(use)
            assert isinstance(error, dc.SourceChanged), (change.__name__, error)
            assert error.offset is not None
            assert "a.dcm" in error.path
        assert not os.path.exists("out.dcm")
        assert found.dataset.PatientName == SECRET  # what was in memory still is
        if os.path.isdir("a.dcm"):
            os.rmdir("a.dcm")
    for left in ("a.dcm", "b.dcm"):
        if os.path.exists(left):
            os.unlink(left)


@hostile(memory=32, seconds=10)
def test_F28_writing_over_the_source_lends_no_bytes_to_what_is_gone() -> None:
    written("a.dcm")
    found = dc.read("a.dcm")
    twin = found.dataset.copy()
    handle = found.dataset.element(PIXELS).handle
    del found.dataset["PixelData"]
    found.dataset.PatientID = "1"
    dc.write(found, "a.dcm")
    for use in (lambda: twin.PixelData, lambda: handle.read_range(0, 10)):
        assert isinstance(refused(use), dc.SourceChanged)
    # what is still there is found where it is now
    written("a.dcm")
    found = dc.read("a.dcm")
    twin = found.dataset.copy()
    found.dataset.PatientName = "A much longer name than there was"
    dc.write(found, "a.dcm")
    assert found.dataset.PixelData == twin.PixelData == bytes([7]) * BIG
    found.dataset.PatientName = "B"
    dc.write(found, "a.dcm")
    assert found.dataset.PixelData == bytes([7]) * BIG
    os.unlink("a.dcm")


class Growing:
    """A source whose bytes end earlier than it says."""

    def __init__(self, data: bytes, size: int) -> None:
        self.data = data
        self.size = size

    @property
    def identity(self) -> Hashable:
        return 1

    def read_range(self, offset: int, length: int) -> bytes:
        return self.data[offset : offset + length]


@hostile(memory=32, seconds=10)
def test_F28_a_source_that_lies_about_its_size() -> None:
    whole = file(
        BODY + element(0x00081140, "SQ", item(BODY) * 2000) + element(PIXELS, "OW", bytes(BIG))
    )
    for end in (0, 100, 200, 20_000, 40_000, len(whole) - 1):
        source = Growing(whole[:end], 1 << 40)
        with over_budget(24):
            try:
                found = dc.read(source)
                list(found.dataset.walk())
                found.dataset.get(PIXELS)
            except dc.DicomError:
                continue


@hostile(memory=128, seconds=60)
def test_F29_one_file_in_many_threads() -> None:
    nested = element(0x00400275, "SQ", item(BODY + element(0x0040A730, "SQ", item(BODY) * 3)) * 300)
    pixels = os.urandom(BIG)
    data = file(BODY + nested + element(PIXELS, "OW", pixels))
    with open("a.dcm", "wb") as stream:
        stream.write(data)
    wanted = dc.read("a.dcm").dataset
    for source in ("a.dcm", data):
        shared = dc.read(source)
        failures: list[BaseException] = []
        begin = threading.Barrier(8)
        seen: list[int] = []

        def work(number: int, shared: dc.DicomFile = shared) -> None:
            try:
                begin.wait()  # noqa: B023
                ds = shared.dataset
                sequence = ds["RequestAttributesSequence"]
                assert isinstance(sequence, dc.Sequence)
                seen.append(id(sequence))  # noqa: B023
                assert sum(1 for _ in ds.walk()) == sum(1 for _ in wanted.walk())
                handle = ds.element(PIXELS).handle
                for start in range(number * 1000, BIG, 40_000):
                    assert handle.read_range(start, 999) == pixels[start : start + 999]
                assert ds.PixelData == pixels
                assert ds == wanted
                assert ds.copy() == wanted
                assert shared.findings == ()
            except BaseException as error:  # noqa: BLE001  (the thread reports it)
                failures.append(error)  # noqa: B023

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert not failures, failures
        assert len(set(seen)) == 1, "two threads made two sequences"
    os.unlink("a.dcm")


@hostile(memory=32, seconds=10)
def test_F29_after_the_stream_is_closed() -> None:
    data = file(BODY + element(PIXELS, "OW", bytes([7]) * BIG))
    with io.BytesIO(data) as stream:
        found = dc.read(stream)
    assert found.dataset.PixelData == bytes([7]) * BIG
    with open("a.dcm", "wb") as out:
        out.write(data)
    with open("a.dcm", "rb") as stream2:
        found = dc.read(stream2)
    os.unlink("a.dcm")
    assert found.dataset.PixelData == bytes([7]) * BIG
    assert len(os.listdir("/proc/self/fd")) < 8 if os.path.exists("/proc/self/fd") else True


class Counted:
    """A source that counts what is asked of it."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.bytes = 0
        self.calls = 0

    @property
    def size(self) -> int:
        return len(self.data)

    @property
    def identity(self) -> Hashable:
        return id(self)

    def read_range(self, offset: int, length: int) -> bytes:
        self.bytes += min(length, max(len(self.data) - offset, 0))
        self.calls += 1
        return self.data[offset : offset + length]


@hostile(memory=128, seconds=20)
def test_F17_headers_touch_few_bytes() -> None:
    slices = element(0x00080060, "CS", b"CT") + BODY[18:] + element(PIXELS, "OW", bytes(8 << 20))
    data = file(slices)
    touched = 0
    for _ in range(1000):
        source = Counted(data)
        found = dc.read_header(source)
        assert found.dataset.Modality == "CT"
        touched += source.bytes
        assert source.calls == 1
    assert touched < 0.01 * 1000 * len(data)
    # fragments are stepped over, whatever is behind them is found
    frames = element(PIXELS, "OB", item() + item(bytes(1 << 20)) * 16 + b"", 0xFFFFFFFF)
    frames += b"\xfe\xff\xdd\xe0\0\0\0\0" + element(0xFFFCFFFC, "OB", b"12")
    source = Counted(file(BODY + frames))
    found = reads(source)
    assert len(found.dataset.PixelData) == 16  # type: ignore[arg-type]
    assert source.bytes < 0.02 * source.size
    assert found.dataset[0xFFFCFFFC] == b"12"
    assert len(meta()) > 8
