"""dicom-core: files and data sets, values, what is written of them, character sets, queries, JSON, XML, directories."""

import io
import math
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from struct import pack
from unicodedata import category
from unittest.mock import patch

import dicom_core as dc

from .surface import Surface, polite

__all__ = ["SURFACES", "few_files", "mutated_elements", "survives", "touch", "write_back"]

LIMITS = dc.Limits(elements=20_000, value=1 << 24, inflated=1 << 24, findings=100)
TOLERANT = dc.ReadOptions(limits=LIMITS)
STRICT = dc.ReadOptions(strict=True, limits=LIMITS)
IMPLICIT, EXPLICIT, EXPLICIT_BE = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
LONGEST_SEED = 4096
OWN = 9  # of the small files are made here


# --- what every input must survive --------------------------------------------------------------


def survives(data: bytes) -> None:
    """Read in every way, look at everything, write it back: documented errors only, and no doubt about values."""
    for options in (TOLERANT, STRICT):
        for force in (False, True):
            try:
                file = dc.read(data, options, force=force)
            except dc.DicomError as error:
                polite(error)
                continue
            touch(file)
            write_back(file)
            break  # forced, it is read as the same
    try:
        dc.read_header(data, TOLERANT)
    except dc.DicomError as error:
        polite(error)


def touch(file: dc.DicomFile) -> None:
    """Every value, text and finding; what fails, fails with a documented error."""
    for use in (_values, _findings, _shown, _copied):
        try:
            use(file)
        except dc.DicomError as error:
            polite(error)


def _values(file: dc.DicomFile) -> None:
    for ds in (file.meta, file.dataset):
        for one in ds.walk():
            _element(one)


def _findings(file: dc.DicomFile) -> None:
    for finding in (*file.findings, *dc.check(file)):
        if not all(one.isprintable() for one in str(finding)):
            _fails(f"a finding that should not be printed: {finding!r}")


def _shown(file: dc.DicomFile) -> None:
    for text in (str(file), file._repr_html_(), repr(file)):
        if not all(one.isprintable() or one == "\n" or category(one) == "Zs" for one in text):
            _fails("control characters are shown")


def _copied(file: dc.DicomFile) -> None:
    if file.dataset != file.dataset.copy():
        _fails("a copy is different")


def _fails(text: str) -> None:
    raise AssertionError(text)


def _element(element: dc.DataElement) -> None:
    _ = (element.text, element.raw, element.length, element.path, repr(element))
    try:
        _ = element.value
    except dc.ValueDecodeError as error:
        polite(error)


def write_back(file: dc.DicomFile) -> None:
    """Untouched it is the same bytes; encoded anew, in each syntax, it is read as the same data set."""
    try:
        untouched = file.to_bytes()
    except dc.DicomError as error:
        polite(error)
        return
    again = dc.read(untouched, TOLERANT, force=True)
    _same(file.dataset, again.dataset, "untouched")
    for syntax in (file.transfer_syntax, IMPLICIT, EXPLICIT):
        try:
            ds = dc.Dataset()
            ds.update(file.dataset)
            data = dc.write_dataset(ds, syntax)
            twin = dc.read_dataset(data, syntax, TOLERANT)
            once = dc.write_dataset(twin, syntax)
        except dc.DicomError as error:
            polite(error)
            continue
        if once != data:
            _fails(f"encoded, decoded and encoded again it is different ({syntax})")
        if syntax == EXPLICIT and not _unsure(file.dataset):
            _same(ds, twin, syntax)


def _unsure(ds: dc.Dataset) -> bool:
    """Values that change with good reason: too long for their VR, odd or broken lengths, group lengths; NaN is never equal."""
    try:
        for one in ds.walk():
            if one.length > 0xFFFE or one.length & 1 or not one.tag & 0xFFFF:
                return True
            value = one.value
            several = value if isinstance(value, tuple) else (value,)
            if any(isinstance(part, float) and math.isnan(part) for part in several):
                return True
    except dc.ValueDecodeError:
        return True
    return False


def _same(one: dc.Dataset, other: dc.Dataset, how: str) -> None:
    try:
        if one != other:
            _fails(
                f"written ({how}) and read it is different: {[str(row) for row in one.diff(other)][:5]}"
            )
    except dc.LimitExceeded:
        return


def feed_file(data: bytes) -> None:
    survives(data)


def feed_dataset(data: bytes) -> None:
    """A bare data set, in the syntax that the first byte says."""
    syntax = (IMPLICIT, EXPLICIT, EXPLICIT_BE, DEFLATED)[data[0] & 3] if data else EXPLICIT
    for options in (TOLERANT, STRICT):
        try:
            ds = dc.read_dataset(data[1:], syntax, options)
            for one in ds.walk():
                _element(one)
        except dc.DicomError as error:
            polite(error)


def feed_windows(data: bytes) -> None:
    """A source that is read in small pieces gives what the whole in memory gives."""
    from dicom_core import _index_top, _reader

    changes = (
        (_reader, "HEAD", 1200),
        (_index_top, "HEAD", 1200),
        (_index_top, "LARGE", 256),
        (_index_top, "HUGE", 256),
    )
    with ExitStack() as stack:
        for module, name, value in changes:
            stack.enter_context(patch.object(module, name, value))
        pieces = _outcome(dc.read, _Plain(data))
    whole = _outcome(dc.read, data)
    if pieces != whole and pieces and whole:
        _fails(f"in pieces: {pieces[:600]}\nin memory: {whole[:600]}")


class _Plain:
    """Bytes behind the least a source must have."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = len(data)
        self.identity = id(data)

    def read_range(self, offset: int, length: int) -> bytes:
        return self.data[offset : offset + length]


def _outcome(read: Callable[..., dc.DicomFile], source: object) -> str:
    """What reading gave, as text that can be compared."""
    try:
        file = read(source, TOLERANT)
        if any(
            one.path.startswith("(0002") or one.rule == "encoding-mislabelled"
            for one in file.findings
        ):
            return ""  # what stands before the data set is only looked for in the first window
        rows = [
            f"{one.path} {one.vr} {one.raw.hex()}" for one in file.dataset.walk() if one.vr != "SQ"
        ]
    except dc.DicomError as error:
        return type(error).__name__
    return "\n".join(rows)


def feed_charset(data: bytes) -> None:
    """Bytes in any declared set are text; what was encoded is decoded to the same."""
    term, _, raw = data.partition(b"\n")
    charset = dc.Charset.parse(term.decode("latin-1"), "ISO_IR 100")
    for vr in ("PN", "LO", "UT"):
        text, problems = charset.decode_checked(raw, vr)
        if text != charset.decode(raw, vr):
            _fails("checked and unchecked decoding differ")
        for problem in problems:
            if not problem.text.isprintable():
                _fails("a problem that should not be printed")
        try:
            again = charset.encode(text, vr)
        except dc.DicomError:
            continue
        if charset.decode(again, vr) != text:
            _fails(f"{text!r} does not read back")


def feed_json(data: bytes) -> None:
    """JSON is decoded, or refused; what was decoded is encoded, and read as the same."""
    try:
        ds = dc.json.decode(data)
        text = dc.json.encode(ds)
        # What was no value of its VR is given as text once; from then on nothing changes.
        text = dc.json.encode(dc.json.decode(text))
    except dc.DicomError as error:
        polite(error)
        return
    if dc.json.encode(dc.json.decode(text)) != text:
        _fails("JSON does not read back")


def feed_xml(data: bytes) -> None:
    """XML is decoded, or refused; what was decoded is encoded, and read as the same."""
    try:
        ds = dc.xml.decode(data)
        text = dc.xml.encode(ds)
    except dc.DicomError as error:
        polite(error)
        return
    if dc.xml.encode(dc.xml.decode(text)) != text:
        _fails("XML does not read back")


def feed_dicomdir(data: bytes) -> None:
    """A directory is read as a tree without cycles, and leaves its root for nothing."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "DICOMDIR")
        path.write_bytes(data)
        try:
            found = dc.dicomdir.read(path)
            for number, record in enumerate(found.walk()):
                if number > LIMITS.elements:
                    _fails("more records than bytes allow")
                try:
                    where = record.path
                except dc.DicomError as error:
                    polite(error)
                    continue
                if where is not None and not Path(where).resolve().is_relative_to(
                    Path(folder).resolve()
                ):
                    _fails("a reference leaves the root")
        except dc.DicomError as error:
            polite(error)


# --- seeds --------------------------------------------------------------------------------------


@cache
def real_files() -> tuple[bytes, ...]:
    """Small files of pydicom's wheel."""
    import pydicom

    folder = Path(pydicom.__file__).parent / "data" / "test_files"
    found = (
        path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix in {".dcm", ""}
    )
    return tuple(data for data in found if data[128:132] == b"DICM" and len(data) <= 1 << 16)


@cache
def small_files() -> Sequence[bytes]:
    """Files of our own with every kind of element in each syntax, and the heads of real ones."""
    ds = dc.Dataset({
        "SpecificCharacterSet": ["", "ISO 2022 IR 87"], "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7",
        "SOPInstanceUID": "1.2.3", "StudyDate": "20230101", "StudyTime": "120000.5", "AcquisitionDateTime": "2023",
        "PatientName": "Yamada^Tarou=山田^太郎", "PatientAge": "030Y", "SliceThickness": "1.5", "ImageType": ["A", "B"],
        "InstanceNumber": 7, "Rows": 2, "SelectorATValue": [0x00100010], "SelectorFDValue": [1.5], "TextValue": "x",
        "SmallestImagePixelValue": 1, "PixelRepresentation": 0,
    })  # fmt: skip
    ds.ContentSequence = [
        dc.Dataset({"TextValue": "a", "ContentSequence": [dc.Dataset({"TextValue": "b"})]})
    ] * 2
    ds.set(0x00090010, "LO", "ACME")
    ds.set(0x00091001, "UN", b"\1\2\3\4")
    ds.set("PixelData", "OW", bytes(8))
    files = []
    for syntax in (IMPLICIT, EXPLICIT, EXPLICIT_BE, DEFLATED):
        for sequences in ("defined", "undefined"):
            options = dc.WriteOptions(
                sequences="undefined" if sequences == "undefined" else "defined"
            )
            files.append(dc.to_bytes(dc.DicomFile.new(ds, syntax), options=options))
    ds.set("PixelData", "OB", dc.Fragments([b"\xff\xd8\xff\xd9", b"12"]))
    files.append(dc.DicomFile.new(ds, "1.2.840.10008.1.2.4.50").to_bytes())
    return [*files, *(data[:LONGEST_SEED] for data in real_files())]


def few_files() -> Sequence[bytes]:
    """Our own, and a fourth of the real ones: where each input takes long, seeds must not take all the time."""
    files = small_files()
    return [*files[:OWN], *files[OWN::4]]


def dataset_seeds() -> Sequence[bytes]:
    starts = {IMPLICIT: 0, EXPLICIT: 1, EXPLICIT_BE: 2, DEFLATED: 3}
    ds = dc.read(small_files()[0]).dataset
    return [bytes([number]) + dc.write_dataset(ds, syntax) for syntax, number in starts.items()]


def charset_seeds() -> Sequence[bytes]:
    terms = (
        "",
        "ISO_IR 100",
        "ISO_IR 192",
        "GB18030",
        "ISO_IR 13",
        "\\ISO 2022 IR 87",
        "ISO 2022 IR 13\\ISO 2022 IR 159",
    )
    texts = (
        b"Doe^Jane",
        "Müller=山田\\x".encode(),
        b"\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B",
        b"\x1b$)C\xb1\xe8^x",
    )
    return [term.encode() + b"\n" + text for term in terms for text in texts]


def json_seeds() -> Sequence[bytes]:
    return [dc.json.encode(dc.read(data).dataset) for data in small_files()[:2]]


def xml_seeds() -> Sequence[bytes]:
    return [dc.xml.encode(dc.read(data).dataset) for data in small_files()[:2]]


def dicomdir_seeds() -> Sequence[bytes]:
    import pydicom

    folder = Path(pydicom.__file__).parent / "data" / "test_files" / "dicomdirtests"
    return [path.read_bytes() for path in sorted(folder.glob("DICOMDIR*")) if path.is_file()]


# --- mutation that knows the structure ----------------------------------------------------------


def mutated_elements(data: bytes, chance: random.Random) -> bytes:
    """A file with one to four elements changed where it hurts: length, VR, tag, order, delimiter, value."""
    made = bytearray(data)
    places = list(_places(data))
    if not places:
        return data
    for _ in range(chance.randint(1, 4)):
        at, size = chance.choice(places)
        match chance.randint(0, 8):
            case 0:
                made[at + 4 : at + 8] = pack("<I", chance.choice(LENGTHS))
            case 1:
                made[at + 6 : at + 8] = pack("<H", chance.choice(LENGTHS) & 0xFFFF)
            case 2:
                made[at + 4 : at + 6] = chance.choice(VRS)
            case 3:
                made[at : at + 4] = chance.choice(TAGS)
            case 4:
                del made[at : at + size]
            case 5:
                made[at:at] = made[at : at + size]
            case 6:
                other, length = chance.choice(places)
                made[at:at] = made[other : other + length]
            case 7:
                made[at:at] = chance.choice(TAGS) + pack("<I", chance.choice(LENGTHS))
            case _:
                place = at + chance.randrange(max(size, 1))
                made[place : place + 1] = chance.randbytes(chance.randint(0, 3))
    return bytes(made if chance.randrange(8) else made[: chance.randrange(len(made) + 1)])


LENGTHS = (0, 1, 2, 7, 8, 9, 100, 0xFFFE, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFF0, 0xFFFFFFFE, 0xFFFFFFFF)
VRS = (
    b"SQ",
    b"UN",
    b"OB",
    b"UT",
    b"LO",
    b"PN",
    b"AT",
    b"FD",
    b"??",
    b"\0\0",
    b"\xff\xff",
    b"UL",
    b"DA",
    b"OV",
)
TAGS = (
    b"\xfe\xff\x00\xe0", b"\xfe\xff\x0d\xe0", b"\xfe\xff\xdd\xe0", b"\0\0\0\0", b"\x02\0\x10\0", b"\xe0\x7f\x10\0",
    b"\x08\0\x05\0", b"\xff\xff\xff\xff", b"\xfc\xff\xfc\xff", b"\x09\0\x10\0", b"\x40\0\x30\xa7", b"\x28\0\x03\x01",
)  # fmt: skip


def _places(data: bytes) -> Iterator[tuple[int, int]]:
    """Where elements begin, and how long they are with header and value."""
    try:
        file = dc.read(data, TOLERANT, force=True)
        for ds in (file.meta, file.dataset):
            for element in ds.walk():
                if element.offset is not None and element.offset < len(data):
                    yield element.offset, min(12 + element.length, len(data) - element.offset)
    except dc.DicomError:
        return


def feed_structure(data: bytes) -> None:
    """The first bytes choose a mutation of a small file."""
    seeds = small_files()
    chance = random.Random(data[:8])
    survives(mutated_elements(seeds[chance.randrange(len(seeds))], chance))


def feed_stream(data: bytes) -> None:
    """A stream that gives a few bytes at a time is read like the whole."""

    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 1, 13) if size and size > 0 else size)

    if _outcome(dc.read, Slow(data)) != _outcome(dc.read, data):
        _fails("a stream gives something else")


CORE = ("dicom_core",)
SURFACES = (
    Surface("file", few_files, feed_file, CORE, 18),
    Surface(
        "file-structure",
        lambda: [bytes([number]) * 8 for number in range(64)],
        feed_structure,
        CORE,
        50,
    ),
    Surface("file-pieces", small_files, feed_windows, CORE, 120),
    Surface("file-stream", small_files, feed_stream, CORE, 200),
    Surface("dataset", dataset_seeds, feed_dataset, CORE, 500),
    Surface("charset", charset_seeds, feed_charset, CORE, 2000),
    Surface("json", json_seeds, feed_json, CORE, 2500),
    Surface("xml", xml_seeds, feed_xml, CORE, 800),
    Surface("dicomdir", dicomdir_seeds, feed_dicomdir, CORE, 60),
)
