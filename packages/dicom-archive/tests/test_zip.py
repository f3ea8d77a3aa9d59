"""ZIP files beside Python's own writer of them; and such as nobody means well with."""

import io
import struct
import zipfile
from pathlib import Path

import pytest

from dicom_archive.maintenance._zip import ZipFile, ZipLimits, ZipRefused

SMALL = ZipLimits(entries=10, member=1000, ratio=5, grace=5000)


def written(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return path


def contents(path: Path, limits: ZipLimits | None = None) -> dict[str, bytes]:
    with ZipFile(str(path), limits or ZipLimits()) as file:
        return {member.name: b"".join(file.chunks(member)) for member in file.members()}


def refused(path: Path, limits: ZipLimits | None = None) -> tuple[str, str]:
    with pytest.raises(ZipRefused) as caught:
        contents(path, limits)
    assert "\n" not in str(caught.value)
    return caught.value.reason, caught.value.text


MEMBERS = {"a.dcm": b"a" * 3_000_000, "deep/b.dcm": bytes(range(256)) * 40, "empty": b"", "ü": b"x"}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_what_python_wrote(tmp_path: Path, method: int) -> None:
    assert contents(written(tmp_path / "x.zip", MEMBERS, method)) == MEMBERS


def test_pieces_are_small(tmp_path: Path) -> None:
    path = written(tmp_path / "x.zip", MEMBERS)
    with ZipFile(str(path)) as file:
        (member, *_) = file.members()
        assert max(map(len, file.chunks(member))) <= 1 << 20


def test_a_comment_and_what_stands_before(tmp_path: Path) -> None:
    path = written(tmp_path / "x.zip", MEMBERS)
    with zipfile.ZipFile(path, "a") as file:
        file.comment = b"PK\5\6 is how an end begins" * 50
    assert contents(path) == MEMBERS
    path.write_bytes(b"#!/bin/sh\n" * 100 + path.read_bytes())
    assert contents(path) == MEMBERS


def test_zip64(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        with file.open(zipfile.ZipInfo("big"), "w", force_zip64=True) as stream:
            stream.write(b"b" * 5000)
        for number in range(66_000):  # more than 16 bits count
            file.writestr(zipfile.ZipInfo(f"{number}"), b"")
    with ZipFile(str(path)) as ours:
        members = list(ours.members())
        assert b"".join(ours.chunks(members[0])) == b"b" * 5000
    assert len(members) == 66_001


def test_sizes_in_the_extra_field(tmp_path: Path) -> None:
    """As a writer puts them that always uses ZIP64."""
    data = b"c" * 500
    crc = zipfile.crc32(data)  # type: ignore[attr-defined]
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 45, 0, 0, 0, 0, crc, 500, 500, 1, 0) + b"c" + data
    extra = struct.pack("<2H3Q", 1, 24, 500, 500, 0)
    entry = struct.pack(
        "<4s4B4HL2L5H2L", b"PK\1\2", 45, 3, 45, 0, 0, 0, 0, 0, crc,
        0xFFFFFFFF, 0xFFFFFFFF, 1, len(extra), 0, 0, 0, 0, 0xFFFFFFFF,
    ) + b"c" + extra  # fmt: skip
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(entry), len(local), 0)
    path = tmp_path / "x.zip"
    path.write_bytes(local + entry + end)
    assert contents(path) == {"c": data}
    path.write_bytes(local + entry[: -len(extra)] + b"\1\0\4\0zzzz" + end)
    assert refused(path)[0] == "damaged"


@pytest.mark.parametrize(
    ("members", "limits", "what"),
    [
        ({str(number): b"" for number in range(11)}, SMALL, "11 entries"),
        ({"x": b"x" * 1001}, SMALL, "1001 bytes"),
        ({str(number): b"x" * 900 for number in range(9)}, SMALL, "more than"),
    ],
)
def test_limits(tmp_path: Path, members: dict[str, bytes], limits: ZipLimits, what: str) -> None:
    path = written(tmp_path / "x.zip", members)
    reason, text = refused(path, limits)
    assert reason == "limit"
    assert what in text


def test_a_size_that_lies(tmp_path: Path) -> None:
    path = written(tmp_path / "x.zip", {"x": b"x" * 100_000})
    good = path.read_bytes()
    for lie, what in ((50, "longer than the 50"), (200_000, "100000 of the 200000")):
        path.write_bytes(good.replace(struct.pack("<L", 100_000), struct.pack("<L", lie)))
        reason, text = refused(path)
        assert reason == "damaged"
        assert what in text


def test_a_checksum_that_lies(tmp_path: Path) -> None:
    path = written(tmp_path / "x.zip", {"x": b"x" * 100}, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"x" * 100, b"y" * 100))
    assert refused(path) == ("damaged", "its checksum is another")


def test_members_that_share_bytes(tmp_path: Path) -> None:
    """Each entry names the same member: 42 kB become petabytes."""
    path = written(tmp_path / "x.zip", {"x": bytes(1_000_000)})
    data = path.read_bytes()
    start = data.index(b"PK\1\2")
    end = data.index(b"PK\5\6")
    entry = data[start:end]
    tail = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1000, 1000, 1000 * len(entry), start, 0)
    path.write_bytes(data[:start] + entry * 1000 + tail)
    reason, text = refused(path)
    assert reason == "limit"
    assert "share bytes" in text


def test_encryption_and_methods(tmp_path: Path) -> None:
    path = written(tmp_path / "x.zip", {"x": b"x" * 100}, zipfile.ZIP_BZIP2)
    assert refused(path)[0] == "method"
    path = written(tmp_path / "x.zip", {"x": b"x" * 100})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(data)
    assert refused(path)[0] == "encrypted"


def test_every_cut_and_many_flips_end_in_an_error_or_in_bytes(tmp_path: Path) -> None:
    path = written(tmp_path / "x.zip", {"a": b"hello" * 50, "b": b"there"})
    good = path.read_bytes()
    for at in range(len(good)):
        path.write_bytes(good[:at])
        refused(path)
    for at in range(len(good)):
        for flip in (0x01, 0x80, 0xFF):
            data = bytearray(good)
            data[at] ^= flip
            path.write_bytes(data)
            try:
                found = contents(path)
            except ZipRefused:
                continue
            assert set(map(len, found.values())) <= {0, 5, 250}


def test_what_is_no_zip_file(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    for data in (b"", b"PK\3\4", bytes(70_000), io.BytesIO(b"PK\5\6" * 20_000).read()):
        path.write_bytes(data)
        assert refused(path)[0] == "damaged"
