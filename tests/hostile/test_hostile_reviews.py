"""What a reviewer would try: many threads over many files, pickled errors, work that must grow in step with its input."""

import copy
import pickle
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import pydicom
import pytest

import dicom_core as dc
from dicom_core.values._errors import InvalidValue, WrongValueType

from .make import IMPLICIT, element, file, implicit, item, item_end, sequence_end
from .sandbox import SECRET, polite

if TYPE_CHECKING:
    from _typeshed import TraceFunction

FILES = sorted(
    path
    for path in (Path(pydicom.__file__).parent / "data" / "test_files").rglob("*")
    if path.is_file() and path.stat().st_size < 200_000
)


def seen(path: Path) -> str:
    """All that can be said of a file, as text."""
    try:
        found = dc.read(path)
        rows = [f"{one.path} {one.vr} {one.text}" for one in found.dataset.walk()]
        return "\n".join([*rows, *map(str, found.findings), *map(str, dc.check(found))])
    except dc.DicomError as error:
        return repr(error)


def test_sixteen_threads_see_what_one_sees() -> None:
    alone = [seen(path) for path in FILES]
    assert sum(map(len, alone)) > 100_000
    found: dict[int, list[str]] = {}

    def work(number: int) -> None:
        order = FILES[number * 7 :] + FILES[: number * 7]
        rows = dict(zip(order, map(seen, order), strict=True))
        found[number] = [rows[path] for path in FILES]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    pause = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    finally:
        sys.setswitchinterval(pause)
    assert len(found) == 16
    assert all(rows == alone for rows in found.values())


def test_threads_do_not_double_the_findings() -> None:
    data = file(implicit(0x00080060, b"CT") + item_end * 3000, IMPLICIT)
    wanted = dc.read(data).findings
    shared = dc.read(data)
    found: list[tuple[dc.Finding, ...]] = []
    threads = [threading.Thread(target=lambda: found.append(shared.findings)) for _ in range(16)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert found == [wanted] * 16


@pytest.mark.parametrize(
    "name", ["UTFf8", "utf-7", "idna", "hex", "shift_jis", "utf-32", "x" * 500, "punycode"]
)
def test_F26_encodings_that_expat_does_not_know(name: str) -> None:
    text = f'<?xml version="1.0" encoding="{name}"?><NativeDicomModel/>'
    with pytest.raises(dc.DicomError) as refused:
        dc.xml.decode(text.encode())
    polite(str(refused.value))


ERRORS: list[dc.DicomError] = [
    dc.ParseError("rule", "text", path="(0010,0010)", offset=7, vr="PN"),
    dc.TruncatedElement(dc.Tag(0x00100010), 10, 5, path="(0010,0010)", offset=7),
    dc.NotDicom("no", kind="PE"),
    dc.ValueDecodeError("DS", SECRET, "rule", path="(0010,0010)", offset=7),
    dc.ValueEncodeError("DS", "rule", path="(0010,0010)"),
    InvalidValue("DS", SECRET, "rule"),
    WrongValueType("DS", "list", "str"),
    dc.MissingElement(dc.Tag(0x00100010), path="(0040,A730)[0]"),
    dc.LimitExceeded("depth", 101, "at byte 7"),
    dc.SourceChanged("a.dcm", 7),
    dc.WriteError("text", path="(0010,0010)", rule="rule"),
    dc.ValidationError("text", (1, 2)),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_errors_survive_pickling_and_show_no_value(error: dc.DicomError) -> None:
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(twin) is type(error)
        assert str(twin) == str(error)
        assert twin.args == error.args
        assert vars(twin) == vars(error)
    polite(str(error))
    polite(repr(error))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_files_survive_pickling_and_copying(path: Path) -> None:
    try:
        found = dc.read(path)
    except dc.DicomError:
        return
    for twin in (pickle.loads(pickle.dumps(found)), copy.copy(found), copy.deepcopy(found)):
        assert twin.dataset == found.dataset
        assert twin.meta == found.meta
        assert twin.findings == found.findings
        assert twin.transfer_syntax == found.transfer_syntax
        assert twin.to_bytes() == found.to_bytes()


def test_copies_are_not_counted_to_the_file() -> None:
    many = element(0x00081140, "SQ", item(element(0x00081150, "UI", b"1.2.3\0")) * 1000)
    few = dc.ReadOptions(limits=dc.Limits(elements=5000))
    found = dc.read(file(many), few)
    for _ in range(20):
        assert sum(1 for _ in found.dataset.copy().walk()) == 1001
    assert found.findings == ()
    assert sum(1 for _ in found.dataset.walk()) == 1001


def nested(depth: int, payload: bytes) -> bytes:
    opened = implicit(0x0040A730, item(b"", 0xFFFFFFFF), 0xFFFFFFFF) * depth
    return file(opened + payload + (item_end + sequence_end) * depth, IMPLICIT)


LINEAR: dict[str, Callable[[int], bytes]] = {
    "elements": lambda n: file(
        b"".join(element(0x00090000 + 0x20000 * k, "UL", b"\0\0\0\0") for k in range(n))
    ),
    "items": lambda n: file(element(0x00081140, "SQ", item(element(0x00081150, "UI", b"1.")) * n)),
    "duplicates": lambda n: file(implicit(0x00080060, b"CT") * n, IMPLICIT),
    "stray delimiters": lambda n: file(implicit(0x00080060, b"CT") + item_end * n, IMPLICIT),
    "zeros": lambda n: file(implicit(0x00080060, b"CT") + bytes(8 * n) + b"\1" * 9, IMPLICIT),
    "unknown VRs": lambda n: file(
        b"".join(element(0x00090000 + 0x20000 * k, b"??", b"1234") for k in range(n))
    ),
    "never closed": lambda n: nested(50, implicit(0x00404000, b"12") * n)[: -16 * 50],
    "fragments": lambda n: file(
        element(0x7FE00010, "OB", item() + item(b"12") * n, 0xFFFFFFFF) + sequence_end
    ),
    "values": lambda n: file(element(0x00404000, "UC", b"1\\" * n)),
    "names": lambda n: file(element(0x00404000, "UN", b"\x1b$B\x1b(B^=" * n)),
}


@pytest.mark.parametrize("kind", LINEAR)
def test_work_grows_in_step_with_its_input(kind: str) -> None:
    """Calls and lines are counted, not seconds: four times the input is at most about four times the work."""
    small, large = (_work(LINEAR[kind](count)) for count in (500, 2000))
    assert large <= 5.5 * small + 2000, (small, large)


def _work(data: bytes) -> int:
    count = 0

    def trace(frame: FrameType, event: str, argument: object) -> "TraceFunction":
        nonlocal count
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        found = dc.read(data)
        for one in found.dataset.walk():
            _ = (one.text, one.raw)
        _ = (found.findings, found.dataset.copy() == found.dataset, found.to_bytes())
    finally:
        sys.settrace(before)
    return count
