"""Build every wheel, install each alone in a fresh environment, and run its smoke test there.

The smoke test is `tests/smoke.py` of the package: it runs isolated, with nothing of the checkout on
its path, and says what only an installed package can show.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from .environments import PACKAGES, ROOT, Environment, build_wheel, metadata

# What each package may bring besides itself (DESIGN: nothing that its users do not need), and its largest wheel.
BRINGS = {
    "dicom-dict": set[str](),
    "dicom-core": {"attrs", "dicom-dict"},
}
MOST_BYTES = {"dicom-dict": 3 * 2**20}


def main() -> int:
    wheels = ROOT / "dist"
    shutil.rmtree(wheels, ignore_errors=True)
    wheels.mkdir()
    made = {package: build_wheel(package, wheels, sys.executable) for package in PACKAGES}
    for package, wheel in made.items():
        name = str(metadata(package)["name"])
        size = wheel.stat().st_size
        if size > MOST_BYTES.get(name, size):
            print(f"{wheel.name}: {size} bytes, at most {MOST_BYTES[name]} are allowed")
            return 1
        with tempfile.TemporaryDirectory() as folder:
            environment = Environment(Path(folder) / "env")
            siblings = [
                str(path) for path in made.values() if path != wheel and _name(path) in BRINGS[name]
            ]
            environment.install(str(wheel), *siblings)
            found = environment.distributions()
            if found != BRINGS[name] | {name}:
                print(
                    f"{name}: installing it brings {sorted(found)}, not {sorted(BRINGS[name] | {name})}"
                )
                return 1
            print(
                f"{wheel.name}: {size / 1024:.0f} KiB, alone with {', '.join(sorted(found - {name})) or 'nothing else'}"
            )
            print(
                environment.run("-I", str(package / "tests" / "smoke.py"), cwd=Path(folder)), end=""
            )
    return 0


def _name(wheel: Path) -> str:
    return wheel.name.split("-")[0].replace("_", "-")


if __name__ == "__main__":
    sys.exit(main())
