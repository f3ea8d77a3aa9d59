"""Writing what cannot be written (F30), and showing what should not be obeyed (F31)."""

import csv
import html.parser
import os
import resource
import signal
from collections.abc import Callable

import dicom_core as dc

from .make import element, file
from .sandbox import SECRET, attempt, hostile, polite, reads, refused

CLASS = "1.2.840.10008.5.1.4.1.1.7"


def instance(**values: object) -> dc.Dataset:
    return dc.Dataset({"SOPClassUID": CLASS, "SOPInstanceUID": "1.2.3", **values})


class Endless:
    """A source that begins with some bytes and goes on with so many zeros, which are not in memory."""

    def __init__(self, head: bytes, zeros: int, fails_at: int = 1 << 62) -> None:
        self.head = head
        self.size = len(head) + zeros
        self.fails_at = fails_at
        self.identity = 1

    def read_range(self, offset: int, length: int) -> bytes:
        if offset > self.fails_at:
            raise OSError("the network is gone")
        length = max(min(length, self.size - offset), 0)
        return self.head[offset : offset + length].ljust(length, b"\0")


@hostile(memory=64, seconds=20)
def test_F30_values_that_no_length_can_say() -> None:
    size = 3 << 30
    found = dc.read(Endless(file(element(0x7FE00010, "OW", b"", size)), size))
    assert found.dataset.element(0x7FE00010).length == size
    # one fits into an item, two do not fit into a sequence of defined length
    ds = instance(ReferencedImageSequence=[found.dataset, found.dataset.copy()])
    error = refused(dc.write, ds, "out.dcm")
    assert isinstance(error, dc.WriteError), error
    assert not os.listdir(".")


@hostile(memory=64, seconds=20)
def test_F30_values_that_their_vr_cannot_hold() -> None:
    ds = instance()
    for key, value in {
        "PatientName": "x^" * 40_000,
        "PatientID": "x" * 65,
        "Modality": "lower case",
        "Rows": 65_536,
        "SliceThickness": "1" * 17,
        "InstanceNumber": 2**31,
        "StudyDate": "2023-01-01",
        "SOPInstanceUID": "1." * 40,
        "ImageType": [SECRET * 3, "A\\B"],
        "PixelRepresentation": -1,
        "PatientComments": "x" * 10_241,
    }.items():
        attempt(ds.__setitem__, key, value)
        before = sorted(os.listdir("."))
        if attempt(dc.write, ds, "out.dcm") is None:
            assert dc.read("out.dcm").dataset == ds
            os.unlink("out.dcm")
        assert sorted(os.listdir(".")) == before
        if key in ds and key != "SOPInstanceUID":
            del ds[key]
    # 64 KiB in a VR with a 16-bit length is UN (PS3.5 6.2.2), or refused where that is asked for
    found = reads(file(element(0x00090010, "LO", b"X ") + element(0x00091001, "UN", bytes(70_000))))
    found.dataset.set(0x00091002, "US", [1] * 40_000)
    assert len(dc.read(found.to_bytes()).dataset[0x00091002]) == 80_000  # type: ignore[arg-type]
    options = dc.WriteOptions(long_values="error")
    error = refused(dc.write, found, "out.dcm", options=options)
    assert isinstance(error, dc.WriteError)
    assert error.path == "(0009,1002)"
    assert not os.listdir(".")


def with_disk(size: int, work: Callable[[], None]) -> None:
    """No file may grow beyond ``size`` while this is done, as on a disk that is full."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        work()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@hostile(memory=64, seconds=20)
def test_F30_a_disk_that_is_full_leaves_the_old_file() -> None:
    old = instance(PatientName="old").to_bytes()
    ds = instance(PatientName="new")
    ds.set("PixelData", "OW", bytes(400_000))
    dc.write(ds, "big.dcm")
    from_file = dc.read("big.dcm")
    assert from_file.dataset.element("PixelData").length == 400_000
    from_file.dataset.PatientID = "7"
    for before in (old, None):
        for source in (ds, from_file):
            for size in (0, 10, 200, 5000, 399_000):
                kept = b""
                if before is not None:
                    dc.write(dc.DicomFile.new(instance(PatientName="old")), "a.dcm")
                    kept = open("a.dcm", "rb").read()  # noqa: SIM115

                def work(source: object = source) -> None:
                    try:
                        dc.write(source, "a.dcm")  # type: ignore[arg-type]
                    except OSError as error:
                        polite(str(error))
                    else:
                        raise AssertionError("it was written all the same")

                with_disk(size, work)
                if before is None:
                    assert sorted(os.listdir(".")) == ["big.dcm"]
                else:
                    assert open("a.dcm", "rb").read() == kept  # noqa: SIM115
                    assert sorted(os.listdir(".")) == ["a.dcm", "big.dcm"]
        if os.path.exists("a.dcm"):
            os.unlink("a.dcm")
    os.unlink("big.dcm")


@hostile(memory=32, seconds=20)
def test_F30_a_source_that_fails_half_way_leaves_the_old_file() -> None:
    dc.write(instance(PatientName="old"), "a.dcm")
    kept = open("a.dcm", "rb").read()  # noqa: SIM115
    head = file(element(0x00100010, "PN", b"new ") + element(0x7FE00010, "OW", b"", 1 << 30))
    found = dc.read(Endless(head, 1 << 30, fails_at=50 << 20))
    found.dataset.PatientID = "1"
    try:
        dc.write(found, "a.dcm")
    except OSError as error:
        polite(str(error))
    assert open("a.dcm", "rb").read() == kept  # noqa: SIM115
    assert os.listdir(".") == ["a.dcm"]
    os.unlink("a.dcm")


@hostile(memory=32, seconds=20)
def test_F30_targets_that_cannot_be() -> None:
    ds = instance(PatientName="new")
    os.mkdir("folder")
    for target in ("folder", "missing/a.dcm", "a" * 300, "nul\0byte"):
        try:
            dc.write(ds, target)
        except (OSError, ValueError) as error:
            polite(str(error))
        else:
            raise AssertionError(target)
        assert os.listdir(".") == ["folder"]
        assert not os.listdir("folder")
    # a link stays a link, and what it points to is replaced
    dc.write(ds, "folder/real.dcm")
    os.symlink("folder/real.dcm", "link.dcm")
    dc.write(instance(PatientName="newer"), "link.dcm")
    assert os.path.islink("link.dcm")
    assert dc.read("folder/real.dcm").dataset.PatientName == "newer"
    os.unlink("link.dcm")
    os.unlink("folder/real.dcm")
    os.rmdir("folder")


EVIL = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\x1b[2J\x1b]0;x\x07", "\u202egnp.exe", "=cmd()",
    "+1+cmd|' /C calc'!A0", "@SUM(1)", "-2+3", "\t=1", "\r\nX-Header: y", "&lt;b&gt;", "\"><svg/onload=1>", "\0",
    "\u2028\u2029\x85", "{{7*7}}${jndi:ldap://x}", "%s%n", "'; DROP TABLE", "\x7f\x9b31m", "\ud7ff\ue000\uffff",
)  # fmt: skip


class Tags(html.parser.HTMLParser):
    """Which elements and attributes an HTML reader sees."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen |= {tag, *(f"{name}=" for name, _ in attrs)}


@hostile(memory=64, seconds=30)
def test_F31_what_is_shown_cannot_be_obeyed() -> None:
    for text in EVIL:
        raw = text.encode("utf-8", "surrogatepass")
        raw += b" " * (len(raw) & 1)
        vr_by_tag = {
            0x00080018: "UI", 0x00080020: "DA", 0x00080060: "CS", 0x00080090: "PN", 0x00080104: "LO", 0x00100010: "PN",
            0x00100020: "LO", 0x00180050: "DS", 0x00200013: "IS", 0x00290010: "LO", 0x00291001: "UT", 0x00400280: "ST",
        }  # fmt: skip
        body = element(0x00080005, "CS", b"ISO_IR 192")
        body += b"".join(element(tag, vr, raw) for tag, vr in vr_by_tag.items())
        found = reads(file(body))
        for shown in (
            str(found), repr(found), str(found.dataset), repr(found.dataset),
            *(repr(one) for one in found.dataset.elements()),
            *(str(one) for one in dc.check(found)),
        ):  # fmt: skip
            polite(shown, longest=20_000)
        page = Tags()
        page.feed(found._repr_html_())
        assert page.seen <= {"div", "span", "details", "summary", "style=", "class="}, page.seen
        assert not {one for one in found._repr_html_() if not (one.isprintable() or one in " \n")}


@hostile(memory=64, seconds=30)
def test_F31_tables_hold_no_formula() -> None:
    for number, text in enumerate(EVIL):
        raw = text.encode("utf-8", "surrogatepass")
        body = element(0x00080005, "CS", b"ISO_IR 192")
        body += element(0x00100020, "LO", raw + b" " * (len(raw) & 1))
        with open(f"{number}.dcm", "wb") as out:
            out.write(file(body))
        dc.interop.write_csv([f"{number}.dcm"], "table.csv", ["PatientID"])
        with open("table.csv", encoding="utf-8", newline="") as stream:
            rows = list(csv.reader(stream))
        assert len(rows) == 2, text
        for cell in rows[1]:
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")), repr(text)
            assert cell.isprintable() or text == EVIL[-1]
        os.unlink("table.csv")
        os.unlink(f"{number}.dcm")
