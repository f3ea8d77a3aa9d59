"""Write the generated modules, or check that they are current.

python -m tools.codegen write      write what differs (nothing is written when any source is broken)
python -m tools.codegen check      name each row that differs; without the sources, verify the digests of the outputs
python -m tools.codegen report     print where two sources disagree, and what was taken
"""

import argparse
import hashlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from .check import changed_rows
from .errors import CodegenError, Difference
from .sources import Sources, standard_folder
from .tables import renders

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ROOT / "packages"
DIGESTS = Path(__file__).with_name("outputs.sha256")


def place(packages: Path, name: str) -> Path:
    """Where an output stands: in dicom_dict, or in the package that its path begins with."""
    if name.startswith("dicom_core/"):
        return packages / "dicom-core/src" / name
    return packages / "dicom-dict/src/dicom_dict" / name


def render_all(
    sources: Sources, only: Sequence[str] = ()
) -> tuple[dict[str, str], list[Difference]]:
    """Every generated file by its path in the package, and every disagreement among the sources."""
    files: dict[str, str] = {}
    differences: list[Difference] = []
    for render in renders(only):
        made, found = render(sources)
        files |= made
        differences += found
    return dict(sorted(files.items())), differences


def stale(files: Mapping[str, str], packages: Path) -> list[str]:
    """Sentences about each difference between the files wanted and those on disk."""
    lines = []
    for name, text in files.items():
        path = place(packages, name)
        if not path.exists():
            lines.append(f"{name}: is missing")
        elif (found := path.read_text("utf-8")) != text:
            lines += changed_rows(name, found, text)
    known = set(files) | {"_generated/__init__.py"}
    there = sorted(path.name for path in place(packages, "_generated").glob("*.py"))
    lines += [
        f"_generated/{name}: is made by nothing"
        for name in there
        if f"_generated/{name}" not in known
    ]
    return lines


def digests(files: Mapping[str, str]) -> str:
    """The digests of the outputs, in the form of sha256sum."""
    return "".join(
        f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n" for name, text in files.items()
    )


def write(sources: Sources, packages: Path, digest_file: Path, only: Sequence[str] = ()) -> int:
    files, differences = render_all(sources, only)
    written = 0
    for name, text in files.items():
        path = place(packages, name)
        if not path.exists() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            beside = path.with_name(path.name + ".new")
            beside.write_text(text, "utf-8", newline="\n")
            beside.replace(path)  # never half a module, also when this is interrupted
            written += 1
    if not only:
        digest_file.write_text(digests(files), "utf-8", newline="\n")
    print(
        f"{written} of {len(files)} files written; the sources disagree in {len(differences)} places (see report)"
    )
    return 0


def check(sources: Sources, packages: Path, digest_file: Path) -> int:
    files, _ = render_all(sources)
    lines = stale(files, packages)
    if not lines and digest_file.read_text("utf-8") != digests(files):
        lines.append(f"{digest_file.name}: is not of these files")
    for line in lines:
        print(line, file=sys.stderr)
    if lines:
        print("the generated modules are out of date; run: ./dev generate", file=sys.stderr)
        return 1
    print(f"{len(files)} generated files are what the sources say")
    return 0


def check_digests(packages: Path, digest_file: Path) -> int:
    """Without the sources: whether the outputs are those that were generated."""
    print(
        "the standard's tables are not here (DICOM_SHARED or ../shared): verifying the recorded digests of the outputs instead"
    )
    names = [line.split("  ", 1)[1] for line in digest_file.read_text("utf-8").splitlines()]
    missing = [name for name in names if not place(packages, name).exists()]
    found = digests(
        {name: place(packages, name).read_text("utf-8") for name in names if name not in missing}
    )
    wrong = sorted(set(digest_file.read_text("utf-8").splitlines()) - set(found.splitlines()))
    for line in wrong:
        print(f"{line.split('  ', 1)[1]}: was changed by hand, or is missing", file=sys.stderr)
    if not wrong:
        print(f"{len(names)} generated files have their recorded digests")
    return 1 if wrong else 0


def report(sources: Sources) -> int:
    _, differences = render_all(sources)
    for difference in differences:
        print(difference)
    print(f"{len(differences)} differences among the sources")
    return 0


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="tools.codegen",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("verb", choices=["write", "check", "report"])
    parser.add_argument(
        "--standard", type=Path, help="the folder of the standard's DocBook parts and JSON tables"
    )
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="TABLES",
        help="write these families of tables alone",
    )
    parser.add_argument("--packages", type=Path, default=PACKAGES, help=argparse.SUPPRESS)
    parser.add_argument("--digests", type=Path, default=DIGESTS, help=argparse.SUPPRESS)
    given = parser.parse_args(words)
    folder: Path | None = given.standard or standard_folder(ROOT)
    try:
        if folder is None:
            if given.verb == "check":
                return check_digests(given.packages, given.digests)
            print(
                "the standard's tables are not here; set DICOM_SHARED to the folder that holds standard/",
                file=sys.stderr,
            )
            return 2
        sources = Sources(folder)
        if given.verb == "write":
            return write(sources, given.packages, given.digests, given.only)
        return (
            check(sources, given.packages, given.digests)
            if given.verb == "check"
            else report(sources)
        )
    except CodegenError as error:
        print(f"{error}; nothing was written", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
