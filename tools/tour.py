"""``./dev tour``: what the packages do, on real files, in a few seconds; the network is this machine's own.

The files come from pydicom's wheel, which is a peer of the tests; the shared collection is used
too where it is there.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Final

import pydicom
from rich.console import Console, Group
from rich.markup import escape
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

import dicom_core as dc
import dicom_dict as dd

ROOT: Final = Path(__file__).resolve().parents[1]
WHEEL: Final = Path(pydicom.__file__).parent / "data"
FILES: Final = WHEEL / "test_files"
NAMES: Final = WHEEL / "charset_files"
console: Final = Console(width=min(Console().width, 110), highlight=False)
ACCENT: Final = "bold cyan"


def say(text: str) -> None:
    console.print(f"  [dim]{text}[/dim]")


def code(text: str) -> None:
    console.print(Padding(Text(text, style="bold green"), (0, 2)))


def section(number: int, title: str) -> None:
    console.print()
    console.print(Rule(f"[{ACCENT}]{number}  {title}[/]", align="left", style="cyan"))


# --- 1 a header ----------------------------------------------------------------------------------


def a_header() -> None:
    """The first lines of a real CT header, as the command shows them."""
    import subprocess

    path = FILES / "CT_small.dcm"
    code("$ dicom dump CT_small.dcm")
    colour = "--colour" if console.is_terminal else "--no-colour"
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "dicom_core", "dump", path, colour, "--width", str(console.width - 2)],
        capture_output=True, text=True, check=True, encoding="utf-8",
    )  # fmt: skip
    took = (time.perf_counter() - begin) * 1000
    lines = done.stdout.splitlines()
    wanted = [*lines[4:5], *lines[9:12], *lines[14:17], *_around(lines, "GEMS_IDEN_01", 4)]
    wanted += [*_around(lines, "PatientName", 8), *_around(lines, "SliceThickness", 3)]
    wanted += lines[-2:]
    for line in wanted:
        console.print(Padding(Text.from_ansi(line), (0, 2)), no_wrap=True, overflow="ellipsis")
    say(
        f"{len(lines)} lines in {took:.0f} ms, the start of the interpreter included; here are {len(wanted)}."
    )


def _around(lines: list[str], word: str, count: int) -> list[str]:
    at = next(number for number, line in enumerate(lines) if word in line)
    return lines[at : at + count]


# --- 2 a report -----------------------------------------------------------------------------------


SHARED_REPORT: Final = "sr-enhanced/pydicom--dcmqi_tid1500.dcm"


def a_report() -> None:
    """A structured report as the tree it is. Sequences are parsed as the walk reaches them."""
    path = _richest_report()
    code(f'>>> report = dc.read("{path.name}").dataset')
    report = dc.read(path).dataset
    tree = Tree(_node(report), guide_style="dim")
    stack = [(tree, report, 0)]
    while stack:
        branch, item, depth = stack.pop()
        children = list(item.ContentSequence or ())
        shown = 5 if depth == 2 and len(children) > 12 else 11
        for child in children[:shown]:
            if depth < 5:
                stack.append((branch.add(_node(child)), child, depth + 1))
        if len(children) > shown:
            branch.add(Text(f"... {len(children) - shown} more", style="dim"))
    console.print(Padding(tree, (0, 2)))


def _richest_report() -> Path:
    """A long one of the shared collection, or the one of the wheel."""
    shared = Path(os.environ.get("DICOM_SHARED") or ROOT.parent / "shared") / "corpus"
    return shared / SHARED_REPORT if (shared / SHARED_REPORT).is_file() else FILES / "test-SR.dcm"


def _node(item: dc.Dataset) -> Text:
    concept = item.ConceptNameCodeSequence
    name = str(concept[0].CodeMeaning) if concept else "(no name)"
    kind = str(item.ValueType or "BY REFERENCE")
    text = Text.assemble((f"{kind} ", "dim"), (name, "bold" if kind == "CONTAINER" else ""))
    value = _content(item, kind)
    return text.append(": ").append(value, "green") if value else text


def _content(item: dc.Dataset, kind: str) -> str:
    if kind == "CODE" and item.ConceptCodeSequence:
        return str(item.ConceptCodeSequence[0].CodeMeaning)
    if kind == "NUM" and item.MeasuredValueSequence:
        measured = item.MeasuredValueSequence[0]
        unit = measured.MeasurementUnitsCodeSequence
        numbers = measured.NumericValue or ("",)
        return f"{numbers[0]} {unit[0].CodeValue if unit else ''}"
    texts = {"TEXT": item.TextValue, "PNAME": item.PersonName, "DATE": item.Date, "TIME": item.Time}
    value = texts.get(kind)
    return "" if value is None else " ".join(str(value).split())[:60]


# --- 3 speed -------------------------------------------------------------------------------------


def speed() -> None:
    """Ours beside pydicom in one process: headers, and every value."""
    paths = sorted(path for path in FILES.glob("*.dcm") if _readable(path))
    for path in paths:
        path.read_bytes()  # both find the files in the cache of the system
    code(">>> for path in files: dc.read_header(path)")
    say(
        f"{len(paths)} real files of all kinds, plain Python, beside pydicom {pydicom.__version__} in the same process:"
    )
    rows = [
        ("headers", _rate(paths, dc.read_header), _rate(paths, _peer_header)),
        ("every value", _rate(paths, _values), _rate(paths, _peer_values)),
    ]
    top = max(ours for _, ours, _ in rows)
    table = Table.grid(padding=(0, 1))
    for what, ours, theirs in rows:
        table.add_row(
            f"[bold]{what}[/]",
            "dicom-core",
            _bar(ours / top, "cyan"),
            f"[bold]{ours:,.0f}[/] files/s",
        )
        table.add_row("", "pydicom", _bar(theirs / top, "yellow"), f"{theirs:,.0f} files/s")
        table.add_row("", "", "", f"[bold cyan]{ours / theirs:.0f} times as many[/]")
    console.print(Padding(table, (0, 2)))


def _readable(path: Path) -> bool:
    """Both can read the file with its values; the odd ones have their own section."""
    try:
        _values(path)
        with _quiet():
            _peer_values(path)
    except Exception:  # noqa: BLE001 -- whatever a peer raises on a broken file
        return False
    return True


@contextmanager
def _quiet() -> Iterator[None]:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _values(path: Path) -> None:
    stack = [dc.read(path).dataset]
    while stack:
        for value in stack.pop().values():
            if isinstance(value, dc.Sequence):
                stack.extend(value)


def _peer_header(path: Path) -> None:
    pydicom.dcmread(path, stop_before_pixels=True)


def _peer_values(path: Path) -> None:
    for element in pydicom.dcmread(path).iterall():
        _ = element.value


def _rate(paths: list[Path], work: Callable[[Path], object]) -> float:
    """Files a second: the best of three rounds."""
    best = float("inf")
    with _quiet():
        for _ in range(3):
            begin = time.perf_counter()
            for path in paths:
                work(path)
            best = min(best, time.perf_counter() - begin)
    return len(paths) / best


def _bar(share: float, colour: str) -> str:
    eighths = max(round(share * 36 * 8), 1)
    return f"[{colour}]{'█' * (eighths // 8)}{'▏▎▍▌▋▊▉'[eighths % 8 - 1] if eighths % 8 else ''}[/]"


# --- 4 tables ------------------------------------------------------------------------------------


def tables() -> None:
    """The standard at hand, and what it says to a typing mistake."""
    _ask('dd.element("PatientName")', lambda: _brief(dd.element("PatientName")))
    _ask('dd.element("PatientsName")', lambda: dd.element("PatientsName"))
    _ask("ds.SliceThicknes", lambda: dc.Dataset().SliceThicknes)  # type: ignore[attr-defined]
    _ask('dd.uid("1.2.840.10008.1.2.4.201").name', lambda: dd.uid("1.2.840.10008.1.2.4.201").name)
    _ask(
        "[code.meaning for code in dd.context_group(29)][:4]",
        lambda: [code.meaning for code in islice(dd.context_group(29), 4)],
    )
    _ask(
        'dd.deidentification_row("PatientID").basic',
        lambda: str(getattr(dd.deidentification_row("PatientID"), "basic", "")),
    )
    required = 'dd.iod("CT Image").modules'
    _ask(f"[m.name for m in {required} if m.usage == 'M'][:5]", _mandatory)


def _mandatory() -> list[str]:
    return [module.name for module in dd.iod("CT Image").modules if module.usage == "M"][:5]


def _brief(entry: dd.ElementEntry) -> str:
    return f"{entry.tag} {entry.vr} VM {entry.vm}, {entry.name}"


def _ask(question: str, answer: Callable[[], object]) -> None:
    code(f">>> {question}")
    try:
        found = answer()
        shown = Text(found if isinstance(found, str) else repr(found))
    except (dd.DicomError, AttributeError) as error:
        shown = Text.assemble((f"{type(error).__name__}: ", "bold red"), (str(error), "red"))
    console.print(Padding(shown, (0, 2)))


# --- 5 character sets ----------------------------------------------------------------------------

SCRIPTS: Final = {
    "chrArab.dcm": "Arabic", "chrHbrw.dcm": "Hebrew", "chrGreek.dcm": "Greek",
    "chrRuss.dcm": "Cyrillic", "chrGerm.dcm": "Latin 1", "chrH31.dcm": "Japanese",
    "chrH32.dcm": "Japanese, half", "chrI2.dcm": "Korean", "chrX1.dcm": "Chinese, UTF-8",
    "chrX2.dcm": "Chinese, GB18030",
}  # fmt: skip


def character_sets() -> None:
    """Names in the scripts of the world, each from another encoding."""
    code(">>> ds.PatientName.alphabetic, .ideographic, .phonetic")
    table = Table(box=None, padding=(0, 1), header_style="dim")
    for title in ("", "declared", "bytes", "alphabetic", "ideographic", "phonetic"):
        table.add_column(title, no_wrap=True)
    for name, script in SCRIPTS.items():
        dataset = dc.read(NAMES / name).dataset
        person = dataset.PatientName
        declared = dataset.element("SpecificCharacterSet").text
        if person is None:
            continue
        groups = (person.alphabetic, person.ideographic, person.phonetic)
        raw = dataset.element("PatientName").raw
        table.add_row(
            Text(script, style="yellow"),
            Text(declared.split("\\")[-1], style="dim"),
            Text(raw[:5].hex(" ") + " ...", style="dim"),
            *(Text(group.text, style="bold") for group in groups),
        )
    console.print(Padding(table, (0, 1)))


# --- 6 a broken file -----------------------------------------------------------------------------


def a_broken_file() -> None:
    """What is wrong with a file is data; strict reading raises the first of it."""
    raw = bytearray((FILES / "CT_small.dcm").read_bytes()[:39000])
    _damage(raw, b"\x18\x00\x50\x00DS", 4, b"??")  # the VR of Slice Thickness
    _damage(raw, b"\x11\x00\x10\x10SS", 2, b"\x10\x20")  # a private element loses its creator
    _damage(raw, b"\x08\x00\x22\x00DA", 8, b"19971330")  # a thirteenth month
    say("A CT image cut in transfer, with a VR, a private tag and a date damaged on the way:")
    code(">>> file = dc.read(broken)             # tolerant: everything that can be read is there")
    file = dc.read(bytes(raw))
    code(">>> file.findings")
    table = Table(box=None, padding=(0, 1), header_style="dim")
    for title, style in (("rule", "yellow"), ("at byte", "cyan"), ("element", ""), ("what", "")):
        table.add_column(title, style=style, no_wrap=title != "what")
    for found in file.findings:
        offset = "" if found.offset is None else f"{found.offset:,}"
        table.add_row(found.rule, offset, found.path, Text(found.text))
    console.print(Padding(table, (0, 1)))
    code(">>> dc.read(broken, dc.ReadOptions(strict=True))")
    try:
        dc.read(bytes(raw), dc.ReadOptions(strict=True))
    except dc.ParseError as error:
        named = f"{type(error).__name__}: "
        console.print(Padding(Text.assemble((named, "bold red"), (str(error), "red")), (0, 2)))
    code(">>> file.dataset.AcquisitionDate")
    try:
        _ = file.dataset.AcquisitionDate
    except dc.ValueDecodeError as error:
        named = f"{type(error).__name__}: "
        console.print(Padding(Text.assemble((named, "bold red"), (str(error), "red")), (0, 2)))
    _ask(
        'file.dataset.element("AcquisitionDate").text',
        lambda: file.dataset.element("AcquisitionDate").text,
    )
    say(f"All {len(file.dataset)} elements are there; nothing was repaired in silence.")


def _damage(raw: bytearray, header: bytes, at: int, new: bytes) -> None:
    place = raw.index(header) + at
    raw[place : place + len(new)] = new


# --- 7 an edit -----------------------------------------------------------------------------------


def an_edit() -> None:
    """Change three elements and look at the bytes: nothing else may move."""
    source = (FILES / "CT_small.dcm").read_bytes()
    file = dc.read(source)
    original = file.dataset.copy()
    code(
        '>>> file.dataset.PatientName = "Doe^Jane"; file.dataset.KVP = 100; del file.dataset["PatientSex"]'
    )
    file.dataset.PatientName = "Doe^Jane"
    file.dataset.KVP = 100
    del file.dataset["PatientSex"]
    file.to_bytes()  # the first call loads what writes
    begin = time.perf_counter()
    written = file.to_bytes()
    took = (time.perf_counter() - begin) * 1e6
    again = dc.read(written).dataset
    code(">>> dc.write(file, ...)          # the bytes before and after, an element a row")
    old_rest, new_rest = bytearray(source), bytearray(written)
    table = Table.grid(padding=(0, 1))
    for keyword in ("KVP", "PatientSex", "PatientName"):  # from the end, so that offsets hold
        label = f"[bold]{keyword}[/]"
        for dataset, rest, style, sign in (
            (original, old_rest, "red", "-"),
            (again, new_rest, "green", "+"),
        ):
            if keyword in dataset:
                element = dataset.element(keyword)
                start = element.offset or 0
                end = start + 8 + element.length
                hexed = bytes(rest[start:end]).hex(" ")
                table.add_row(label, f"[cyan]{start:>5,}[/]", f"[{style}]{sign} {hexed}[/]")
                label = ""
                del rest[start:end]
    console.print(Padding(table, (0, 2)))
    same = "the same, byte for byte" if old_rest == new_rest else "NOT the same"
    say(f"The other {len(old_rest):,} bytes are {same}; written in {took:.0f} microseconds.")
    code(">>> file.dataset.Rows = 70_000")
    try:
        file.dataset.Rows = 70_000
    except dc.ValueEncodeError as error:
        named = f"{type(error).__name__}: "
        console.print(Padding(Text.assemble((named, "bold red"), (str(error), "red")), (0, 2)))


# --- 8 checking and de-identifying ---------------------------------------------------------------


def checked_and_clean() -> None:
    """Against the IOD of its SOP class, and without the patient."""
    file = dc.read(FILES / "CT_small.dcm")
    del file.dataset["Modality"]
    file.dataset.Rows = 256
    code('>>> del ds["Modality"]; ds.Rows = 256')
    code(">>> dc.validate.validate(file).errors")
    for issue in dc.validate.validate(file).errors[:4]:
        console.print(Padding(Text(str(issue), style="red"), (0, 2)))
    original = (FILES / "CT_small.dcm").read_bytes()
    code(
        '>>> profile = dc.deid.Profile.basic("retain_longitudinal_modified_dates")   # PS3.15 Annex E'
    )
    code(">>> done = dc.deid.deidentify(file, profile, dc.deid.KeyedMapping(key))")
    mapping = dc.deid.KeyedMapping(key=bytes(32))
    profile = dc.deid.Profile.basic("retain_longitudinal_modified_dates")
    done = dc.deid.deidentify(dc.read(original), profile, mapping)
    counts = {
        action: done.report.count(action) for action in {e.action for e in done.report.entries}
    }
    most = sorted(counts.items(), key=lambda row: -row[1])
    console.print(
        Padding(", ".join(f"[bold]{count}[/] {action}" for action, count in most), (0, 2))
    )
    before, after = dc.read(original).dataset, done.dataset
    table = Table.grid(padding=(0, 2))
    for keyword in ("PatientName", "PatientID", "StudyDate", "StudyInstanceUID", "KVP"):
        new = after.element(keyword).text if keyword in after else "(removed)"
        table.add_row(
            f"[bold]{keyword}[/]", f"[red]{before.element(keyword).text}[/]", f"[green]{new}[/]"
        )
    console.print(Padding(table, (0, 2)))
    there = b"CompressedSamples" in done.file.to_bytes()
    say(f"The patient's name is in the bytes of the new file: {there}.")


# --- 9 images ------------------------------------------------------------------------------------


def images() -> None:
    """Frames as they should look, in the terminal's own blocks; and what compressing does to one."""
    import dicom_imaging as di

    code(">>> di.FrameRenderer(di.open(path), size=(width, height)).grey()")
    side = min((console.width - 8) // 2, 52)
    pictures = []
    for name in ("CT_small.dcm", "MR_small_jp2klossless.dcm"):
        image = di.open(FILES / name)
        grey = di.FrameRenderer(image, size=(side, side)).grey()
        syntax = dd.transfer_syntax(image.transfer_syntax).name.partition(" (")[0]
        title = f"{image.dataset.Modality}, {image.rows} x {image.columns}, {syntax}"
        pictures.append(Group(_blocks(grey.tolist()), Text(title, style="dim", justify="center")))
    grid = Table.grid(padding=(0, 2))
    grid.add_row(*pictures)
    console.print(Padding(grid, (0, 2)))
    code('>>> di.transcode.transcode(file, "HTJ2KLossless").report')
    report = di.transcode.transcode(dc.read(FILES / "CT_small.dcm"), "HTJ2KLossless").report
    console.print(Padding(f"[bold]{report.fidelity}[/], {report.ratio:.1f} times smaller", (0, 2)))


def _blocks(rows: list[list[int]]) -> Text:
    """Two pixels a character: the upper half in the colour of the letter, the lower one behind it."""
    text = Text(no_wrap=True)
    for upper, lower in zip(rows[::2], rows[1::2], strict=False):
        if console.color_system is None:
            ramp = " .:-=+*#%@"
            text.append(
                "".join(ramp[(a + b) * 9 // 510] for a, b in zip(upper, lower, strict=True))
            )
        else:
            for a, b in zip(upper, lower, strict=True):
                text.append("▀", f"rgb({a},{a},{a}) on rgb({b},{b},{b})")
        text.append("\n")
    text.rstrip()
    return text


# --- the tour ------------------------------------------------------------------------------------


def over_the_network() -> None:
    """An archive and its client in one process: C-ECHO, C-STORE, C-FIND and C-GET on loopback."""
    from datetime import UTC, datetime
    from tempfile import TemporaryDirectory

    import dicom_net as dn
    from dicom_core.store import InMemoryStore
    from dicom_net.services import StorageProvider, query_retrieve

    code(">>> store = InMemoryStore()")
    code(
        '>>> with dn.blocking.Server(query_retrieve(store, also=[...]), ae_title="ARCHIVE") as server:'
    )
    store = InMemoryStore()
    receiving = StorageProvider(store, now=lambda: datetime.now(UTC))
    providers = query_retrieve(store, also=[receiving])
    sources = [FILES / name for name in ("CT_small.dcm", "MR_small.dcm", "JPEG2000.dcm")]
    with (
        dn.blocking.Server(providers, ae_title="ARCHIVE") as server,
        TemporaryDirectory() as copies,
    ):
        host, port, ae = "127.0.0.1", server.port, "ARCHIVE"
        code("...     dn.blocking.verify(host, port, called_ae=ae)")
        answered = dn.blocking.verify(host, port, called_ae=ae).success
        say(f"the archive answers on port {port}: {answered}")
        code("...     dn.blocking.store_batch(host, port, paths, called_ae=ae)")
        batch = dn.blocking.store_batch(host, port, sources, called_ae=ae)
        kept = sum(one.outcome is dn.FileOutcome.SENT for one in batch.results)
        say(
            f"{kept} sent over {batch.associations} association, each acknowledged when it was kept"
        )
        code('...     dn.blocking.find_studies(host, port, called_ae=ae, patient_name="*CT*")')
        for study in dn.blocking.find_studies(host, port, called_ae=ae, patient_name="*CT*"):
            say(f"{study.patient_name}, {study.study_date}, {study.study_instance_uid}")
            code("...     dn.blocking.get_study(host, port, called_ae=ae, study=..., into=folder)")
            got = dn.blocking.get_study(
                host, port, called_ae=ae, study=str(study.study_instance_uid), into=copies
            )
            say(f"{got.completed} instance came back")


TOUR: Final[list[tuple[str, Callable[[], None]]]] = [
    ("A header, in the terminal", a_header),
    ("A structured report is a tree", a_report),
    ("Fast", speed),
    ("The standard's tables, and near misses", tables),
    ("Every character set", character_sets),
    ("What is wrong with a file is data", a_broken_file),
    ("An edit is as small as it looks", an_edit),
    ("Checked against the standard, and de-identified", checked_and_clean),
    ("Pictures", images),
    ("Over the network", over_the_network),
]


def next_steps() -> None:
    """What to try now."""
    console.print()
    console.print(Rule(f"[{ACCENT}]What to try next[/]", align="left", style="cyan"))
    program = os.path.relpath(Path(sys.executable).parent / "dicom")
    sample = os.path.relpath(FILES / "CT_small.dcm")
    rows = [
        (f"{program} dump {sample}", "all of the header above"),
        (
            f"{program} info {os.path.relpath(FILES)}",
            "a line for each file, and what is wrong with it",
        ),
        (
            f"{program} contact {os.path.relpath(FILES)} -o sheet.png",
            "a picture of every file on one sheet",
        ),
        ("./dev demo", "an archive with synthetic studies, for any viewer on this machine"),
        ("./dev python", "then: import dicom_core as dc, dicom_imaging as di"),
        ("./dev test", "the whole test suite"),
        ("./dev bench", "ours beside the peers"),
        ("docs/tutorial/files.md", "the same at your own pace; every example in it runs"),
    ]
    for command, what in rows:
        console.print(f"  [bold green]{escape(command)}[/]\n      [dim]{what}[/]", soft_wrap=True)


def arguments(words: list[str]) -> set[int]:
    """The numbers of the sections to show."""
    parser = argparse.ArgumentParser(
        prog="./dev tour",
        description="A tour of what the packages do, on real files, in a few seconds; the network is this machine's own.",
        epilog="sections:\n"
        + "\n".join(f"  {number:2}  {title}" for number, (title, _) in enumerate(TOUR, 1)),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "sections",
        nargs="*",
        type=int,
        metavar="SECTION",
        help="only these; default: all",
    )
    found = set(parser.parse_args(words).sections)
    if not found <= set(range(1, len(TOUR) + 1)):
        parser.error(f"the sections are 1 to {len(TOUR)}")
    return found


def main(words: list[str]) -> None:
    """The whole tour, or the sections whose numbers are given."""
    numbers = arguments(words)
    begin = time.perf_counter()
    console.print()
    console.print(
        f"  [{ACCENT}]DICOM for Python[/], in pieces that install alone: a tour on real files",
        soft_wrap=True,
    )
    for number, (title, show) in enumerate(TOUR, 1):
        if not numbers or number in numbers:
            section(number, title)
            show()
    next_steps()
    say(f"\nThe tour took {time.perf_counter() - begin:.1f} s.")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    except KeyboardInterrupt:
        sys.exit(130)
