"""Build every wheel, install each alone in a fresh environment, and run its smoke test there.

The smoke test is `tests/smoke.py` of the package: it runs isolated, with nothing of the checkout on
its path, and says what only an installed package can show. Where a compiler is, dicom-core is built a second
time with its hot modules compiled: its metadata must be the same, and its quick tests must hold.
"""

import shutil
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

from .environments import PACKAGES, ROOT, Environment, build_wheel, metadata

# What each package may bring besides itself, and its largest wheel. DESIGN: nothing its users do not need.
BRINGS = {
    "dicom-dict": set[str](),
    "dicom-core": {"attrs", "dicom-dict"},
    "dicom-imaging": {"attrs", "dicom-core", "dicom-dict", "imagecodecs", "numpy"},
    "dicom-net": {"anyio", "attrs", "dicom-core", "dicom-dict", "idna", "typing-extensions"},
    "dicom-archive": {
        "anyio",
        "attrs",
        "cattrs",
        "dicom-core",
        "dicom-dict",
        "dicom-net",
        "idna",
        "sqlalchemy",
        "typing-extensions",
    },
}
MOST_BYTES = {"dicom-dict": 3 * 2**20}
COMPILED = "dicom-core"
# The quick tests of all that stands on what is compiled
TRIED = (
    "codec_values", "core_check", "core_dataset", "core_kernel", "core_reading", "core_setting",
    "core_stream", "core_survey", "core_transcoding", "core_unfinished", "core_walk", "core_writing",
    "dicomdir_reading", "display_hostile", "json_decoding", "json_series",
    "json_values", "store_memory", "xml_model",
)  # fmt: skip
NOT_COMPILED = """
import sys
from importlib import import_module
for name in sys.argv[1:]:
    if not import_module(f"dicom_core.{name}").__file__.endswith((".so", ".pyd")):
        print(name)
"""


def main() -> int:
    wheels = ROOT / "dist"
    shutil.rmtree(wheels, ignore_errors=True)
    wheels.mkdir()
    made = {
        str(metadata(package)["name"]): build_wheel(package, wheels, sys.executable)
        for package in PACKAGES
    }
    for package in PACKAGES:
        name = str(metadata(package)["name"])
        faults = try_alone(name, made, package / "tests/smoke.py")
        if faults:
            print(f"{name}: {faults}", file=sys.stderr)
            return 1
    if shutil.which("cc") is None:
        print("no C compiler is here: the compiled kernel was not built")
        return 0
    faults = try_compiled(made)
    if faults:
        print(f"{COMPILED}, compiled: {faults}", file=sys.stderr)
    return 1 if faults else 0


def try_alone(name: str, made: dict[str, Path], smoke: Path) -> str:
    """Install a wheel and its siblings' by path, and run its smoke test; what is wrong, or nothing."""
    wheel = made[name]
    size = wheel.stat().st_size
    if size > MOST_BYTES.get(name, size):
        return f"{wheel.name} has {size} bytes, at most {MOST_BYTES[name]} are allowed"
    with tempfile.TemporaryDirectory() as folder:
        environment = Environment(Path(folder) / "env")
        siblings = [str(path) for other, path in made.items() if other in BRINGS[name]]
        environment.install(str(wheel), *siblings)
        found = environment.distributions()
        if found != BRINGS[name] | {name}:
            return f"installing it brings {sorted(found)}, not {sorted(BRINGS[name] | {name})}"
        print(
            f"{wheel.name}: {size / 1024:.0f} KiB, with {', '.join(sorted(found - {name})) or 'nothing else'}"
        )
        print(environment.run("-I", str(smoke), cwd=Path(folder)), end="", flush=True)
    return ""


def try_compiled(made: dict[str, Path]) -> str:
    """Build the compiled wheel, compare its metadata, and run the tests of what is compiled on it."""
    package = next(path for path in PACKAGES if metadata(path)["name"] == COMPILED)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wheel = build_wheel(package, folder, sys.executable, compiled=True)
        if _metadata_of(wheel) != _metadata_of(made[COMPILED]):
            return "its metadata differs from that of the pure wheel"
        environment = Environment(folder / "env")
        siblings = [str(path) for other, path in made.items() if other in BRINGS[COMPILED]]
        environment.install(
            str(wheel),
            *siblings,
            "pytest>=8.3",
            "hypothesis>=6.115",
            "numpy>=2.0",
            "pydicom==3.0.2",
        )
        print(f"{wheel.name}: {wheel.stat().st_size / 1024:.0f} KiB")
        left = environment.run("-I", "-c", NOT_COMPILED, *_to_compile(package), cwd=folder).split()
        if left:
            return f"not compiled in it: {', '.join(left)}"
        tests = folder / "tests"  # away from the checkout, whose sources pytest would find first
        shutil.copytree(package / "tests", tests)
        shutil.copy(ROOT / "conftest.py", folder)
        chosen = [str(tests / f"test_{name}.py") for name in TRIED]
        words = ["-m", "pytest", "-q", "--import-mode=importlib", "-p", "no:cacheprovider", *chosen]
        print("  " + environment.run(*words, cwd=folder).strip().splitlines()[-1])
    return ""


def _to_compile(package: Path) -> list[str]:
    """The names of the modules that the package has compiled."""
    table = tomllib.loads((package / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]
    files = table["targets"]["wheel"]["hooks"]["mypyc"]["include"]
    return [".".join(Path(file).with_suffix("").parts[2:]) for file in files]


def _metadata_of(wheel: Path) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(
            next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        )


if __name__ == "__main__":
    sys.exit(main())
