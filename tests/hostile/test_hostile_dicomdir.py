"""Directories that lead astray: references out of the root (P01), offsets that lie (P04)."""

import os
from pathlib import Path
from struct import pack

import dicom_core as dc

from .make import element, file, item, meta, uid
from .sandbox import SECRET, attempt, hostile, over_budget, polite, refused

HEAD = file(
    b"",
    head=element(0x00020000, "UL", pack("<I", 30 + len(meta()) - 12))
    + element(0x00020002, "UI", uid("1.2.840.10008.1.3.10"))
    + meta()[12:],
)


def record(after: int, below: int, file_id: bytes) -> bytes:
    file_id += b" " * (len(file_id) & 1)
    return item(
        element(0x00041400, "UL", pack("<I", after))
        + element(0x00041410, "US", b"\xff\xff")
        + element(0x00041420, "UL", pack("<I", below))
        + element(0x00041430, "CS", b"IMAGE ")
        + element(0x00041500, "CS", file_id)
    )


# Where the first record begins: four elements and the header of the sequence stand before it
START = len(HEAD) + 8 + 12 + 12 + 10 + 12
SIZE = len(record(0, 0, b"IMG1"))


def place(number: int) -> int:
    return START + number * SIZE if number >= 0 else 0


def directory(records: bytes, first: int = START) -> bytes:
    ordered = element(0x00041130, "CS", b"") + element(0x00041200, "UL", pack("<I", first))
    ordered += element(0x00041202, "UL", pack("<I", first)) + element(0x00041212, "US", b"\0\0")
    return HEAD + ordered + element(0x00041220, "SQ", records)


@hostile(memory=32, seconds=20)
def test_P01_references_never_leave_the_root() -> None:
    os.makedirs("root/DIR")
    Path("outside").write_text(SECRET)
    os.symlink("../outside", "root/LINK")
    os.symlink("..", "root/DIR/UP")
    unsafe = [
        b"..\\..\\etc\\passwd", b"..\\outside", b"/etc/passwd", b"C:\\x", b"\\\\host\\share", b"CON", b"A\\NUL",
        b"com1.txt", b"a:b", b"IMG.", b"..", b".", b"A/../../outside", b"DIR\\UP\\outside", b"LINK", b"A\0B",
        b"\x1b[31m", b"DIR\\..\\..\\outside", b"\xff\xfe", b"x" * 5000, b"A\\" * 500 + b"B",
    ]  # fmt: skip
    for name in unsafe:
        Path("root/DICOMDIR").write_bytes(directory(record(0, 0, name)))
        found = dc.dicomdir.read("root/DICOMDIR")
        (one,) = found.records
        error = attempt(lambda one=one: one.path)  # type: ignore[misc]
        if error is None:
            where = one.path
            assert where is None or Path(where).resolve().is_relative_to(Path("root").resolve()), (
                name
            )
            assert where is None or not Path(where).exists()
        else:
            assert isinstance(error, dc.dicomdir.UnsafeReference), name
            assert error.offset == START
        for finding in found.findings:
            polite(str(finding))
        polite(str(found), longest=8000)
        polite(repr(one), longest=8000)
        try:
            one.read()
        except (dc.DicomError, OSError) as problem:
            polite(str(problem), longest=8000)
        else:
            raise AssertionError(name)
    for path in ("root/DICOMDIR", "root/LINK", "root/DIR/UP", "outside"):
        os.unlink(path)
    os.rmdir("root/DIR")
    os.rmdir("root")


@hostile(memory=64, seconds=30)
def test_P04_offsets_that_lie() -> None:
    cases = {
        "self as next": record(place(0), 0, b"IMG1"),
        "self as lower": record(0, place(0), b"IMG1"),
        "a ring of three": b"".join(record(place((n + 1) % 3), 0, b"IMG1") for n in range(3)),
        "each below the other": record(0, place(1), b"IMG1") + record(0, place(0), b"IMG2"),
        "beyond the file": record(0xFFFFFFF0, 0xFFFFFFFE, b"IMG1"),
        "into a value": record(place(0) + 9, 3, b"IMG1"),
        "nobody leads there": record(0, 0, b"IMG1") * 5,
    }
    for case, records in cases.items():
        for first in (START, START + 2, 0xFFFFFFFF, 0):
            Path("DICOMDIR").write_bytes(directory(records, first))
            error = attempt(dc.dicomdir.read, "DICOMDIR")
            if error is not None:
                continue
            found = dc.dicomdir.read("DICOMDIR")
            assert len(list(found.walk())) <= records.count(b"IMAGE"), case
            assert found.findings, (case, first)
            polite(str(found))
    os.unlink("DICOMDIR")


@hostile(memory=400, seconds=90)
def test_P04_fifty_thousand_records() -> None:
    count = 50_000
    with over_budget(380):
        downwards = b"".join(record(0, place(n + 1), b"IMG1") for n in range(count))
        Path("DICOMDIR").write_bytes(directory(downwards))
        found = dc.dicomdir.read("DICOMDIR")
        assert sum(1 for _ in found.walk()) == count
        assert any("offset" in one.rule for one in found.findings)
        del found
        sideways = b"".join(
            record(place(n + 1) if n + 1 < count else 0, 0, b"IMG1") for n in range(count)
        )
        Path("DICOMDIR").write_bytes(directory(sideways))
        assert sum(1 for _ in dc.dicomdir.read("DICOMDIR").walk()) == count
    limits = dc.ReadOptions(limits=dc.Limits(elements=1000))
    assert isinstance(refused(dc.dicomdir.read, "DICOMDIR", limits), dc.LimitExceeded)
    os.unlink("DICOMDIR")
