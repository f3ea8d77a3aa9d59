"""ZIP files that nobody means well with, imported into an archive (P06)."""

import os
import shutil
import struct
import zipfile
from pathlib import Path

from dicom_archive import Archive, ArchiveSettings
from dicom_archive.maintenance import ImportProblem, ImportResult, ZipLimits, import_files
from dicom_core.store.testing import sample

from .sandbox import SECRET, hostile, polite

LIMITS = ZipLimits()


def imported(path: str, limits: ZipLimits = LIMITS) -> tuple[list[ImportProblem], ImportResult]:
    """Import it, see that nothing but the archive was touched, and remove both."""
    problems, result = [], ImportResult()
    with Archive.open("data", ArchiveSettings(watch=None, durable=False)) as archive:
        for event in import_files(archive, [path], limits=limits):
            if isinstance(event, ImportProblem):
                polite(event.text)
                problems.append(event)
            elif isinstance(event, ImportResult):
                result = event
        assert archive.index.totals()[0] == len(list(archive.blobs.keys()))
    left = [name for name in os.listdir() if name not in {"data", path, "outside"}]
    assert left == [], left
    links = [entry for entry in Path("data").rglob("*") if entry.is_symlink()]
    assert links == []
    shutil.rmtree("data")
    os.unlink(path)
    return problems, result


def reasons(problems: list[ImportProblem]) -> set[str]:
    return {problem.reason for problem in problems}


def packed(members: dict[str, bytes], path: str = "x.zip") -> str:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return path


def overlapping(path: str, count: int) -> None:
    """So many entries, each for the same empty member."""
    entry = struct.pack(
        "<4s4B4HL2L5H2L", b"PK\1\2", 20, 3, 20, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0,
    ) + b"x"  # fmt: skip
    with open(path, "wb") as file:
        file.write(struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 0, 0, 0, 0, 0, 0, 1, 0) + b"x")
        start = file.tell()
        file.writelines(entry * 1000 for _ in range(count // 1000))
        size = file.tell() - start
        file.write(
            struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, start)
        )
        file.write(struct.pack("<4sLQL", b"PK\6\7", 0, start + size, 1))
        file.write(
            struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
        )


@hostile(memory=64, seconds=30)
def test_P06_names_are_only_shown() -> None:
    Path("outside").write_text(SECRET)
    names = [
        "../../outside", "/etc/passwd", "C:\\x", "\\\\host\\share", "a/../../outside", "CON", "a:b", "x" * 60_000, "\x1b[31m",
        "..", "nul\0x", "\u202edcm.exe",
    ]  # fmt: skip
    members = {name: sample(f"1.2.3.{number}") for number, name in enumerate(names)}
    problems, result = imported(packed(members))
    assert (problems, result.stored) == ([], len(names))
    assert Path("outside").read_text() == SECRET
    os.unlink("outside")


@hostile(memory=64, seconds=30)
def test_P06_links_are_not_followed() -> None:
    Path("outside").write_text(SECRET)
    with zipfile.ZipFile("x.zip", "w") as file:
        link = zipfile.ZipInfo("link.dcm")
        link.create_system = 3
        link.external_attr = 0o120777 << 16
        file.writestr(link, "../outside")
        file.writestr("link.dcm/inside.dcm", sample("1.2.3"))
    problems, result = imported("x.zip")
    assert [(problem.member, problem.refused) for problem in problems] == [("link.dcm", False)]
    assert result.stored == 1
    os.unlink("outside")


@hostile(memory=96, seconds=120)
def test_P06_very_many_entries() -> None:
    """A million entries in 50 MB: the directory is never in memory, and more than the limit is not begun."""
    count = 1_000_000 if "DICOM_LONG" in os.environ else 100_000
    overlapping("x.zip", count)
    (problem,), result = imported("x.zip", ZipLimits(entries=count - 1))
    assert (problem.reason, result.files) == ("limit", 1)
    # The same members again and again share their bytes, which ends it, too
    overlapping("x.zip", count)
    problems, _ = imported("x.zip")
    assert reasons(problems) == {"limit", "not-dicom"}


@hostile(memory=64, seconds=60)
def test_P06_a_count_that_lies() -> None:
    path = Path(packed({f"{number}": b"" for number in range(500)}))
    data = bytearray(path.read_bytes())
    end = data.rindex(b"PK\5\6")
    data[end + 8 : end + 12] = struct.pack("<2H", 3, 3)
    path.write_bytes(data)
    problems, _ = imported(str(path), ZipLimits(entries=100))
    assert "limit" in reasons(problems)


@hostile(memory=64, seconds=60)
def test_P06_bombs() -> None:
    """42 kB that become gigabytes: within the ZIP file, within a member, and within a DICOM file."""
    zeros = bytes(1 << 20)
    with (
        zipfile.ZipFile("x.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file,
        file.open("bomb.dcm", "w") as stream,
    ):
        stream.write(sample("1.2.3")[:140])
        for _ in range(400):
            stream.write(zeros)
    problems, result = imported("x.zip")
    assert [problem.reason for problem in problems] == ["limit"]
    assert result.stored == 0
    # What is no instance is not inflated further than it takes to see that
    with (
        zipfile.ZipFile("x.zip", "w", zipfile.ZIP_DEFLATED) as file,
        file.open("bomb.txt", "w") as stream,
    ):
        for _ in range(250):
            stream.write(zeros)
    problems, _ = imported("x.zip")
    assert [problem.reason for problem in problems] == ["not-dicom"]


@hostile(memory=64, seconds=60)
def test_P06_a_nested_bomb_stays_closed() -> None:
    path = packed({"zeros": bytes(1 << 20)}, "inner.zip")
    for _ in range(5):
        inner = Path(path).read_bytes()
        os.unlink(path)
        path = packed({f"{number}.zip": inner for number in range(10)}, "outer.zip")
        os.rename(path, "inner.zip")
        path = "inner.zip"
    problems, result = imported(path)
    assert {problem.reason for problem in problems} == {"not-dicom"}
    assert (result.files, result.stored) == (10, 0)


@hostile(memory=64, seconds=60)
def test_P06_sizes_that_lie() -> None:
    whole = sample("1.2.3", pixels=100_000)
    good = Path(packed({"x.dcm": whole})).read_bytes()
    size = struct.pack("<L", len(whole))
    for lie in (1, len(whole) - 1, len(whole) + 1, 0xFFFFFFF0):
        Path("x.zip").write_bytes(good.replace(size, struct.pack("<L", lie)))
        problems, result = imported("x.zip")
        assert len(problems) == 1, lie
        assert problems[0].reason in {"damaged", "limit", "not-dicom"}, problems
        assert result.stored == 0


@hostile(memory=64, seconds=60)
def test_P06_members_that_overlap() -> None:
    data = Path(packed({"x": bytes(1_000_000)})).read_bytes()
    start, end = data.index(b"PK\1\2"), data.index(b"PK\5\6")
    entry = data[start:end]
    tail = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 10_000, 10_000, 10_000 * len(entry), start, 0)
    Path("x.zip").write_bytes(data[:start] + entry * 10_000 + tail)
    problems, result = imported("x.zip")
    assert "limit" in reasons(problems)
    assert result.stored == 0
