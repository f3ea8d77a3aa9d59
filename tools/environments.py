"""Fresh environments to try packages in, made the way `./dev` makes its own."""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

__all__ = ["PACKAGES", "ROOT", "Environment", "build_wheel", "metadata"]

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = sorted(path.parent for path in ROOT.glob("packages/*/pyproject.toml"))


def _dev() -> ModuleType:
    """The script `./dev`, which knows every way to an environment."""
    loader = SourceFileLoader("dev_script", str(ROOT / "dev"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    if spec is None:
        raise ImportError("dev cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def _shown_if_it_fails(
    words: list[str], cwd: Path | None = None, env: dict[str, str] | None = None
) -> str:
    """What a program prints; when it fails, all of that is shown and CalledProcessError raised."""
    done = subprocess.run(words, check=False, capture_output=True, text=True, cwd=cwd, env=env)
    if done.returncode:
        print(done.stdout, done.stderr, sep="\n", file=sys.stderr, flush=True)
        done.check_returncode()
    return done.stdout


class Environment:
    """An environment of its own in a folder."""

    def __init__(self, folder: Path) -> None:
        dev = _dev()
        self._install: list[str] = dev.make_environment(str(folder))
        self.python: str = dev.interpreter(str(folder))

    def install(self, *words: str) -> None:
        """Install what the words name; the registry is asked only for what they do not satisfy."""
        subprocess.run([*self._install, *words], check=True)

    def run(self, *words: str, cwd: Path | None = None) -> str:
        """What the environment's interpreter prints; shown when it fails."""
        return _shown_if_it_fails([self.python, *words], cwd=cwd)

    def distributions(self) -> set[str]:
        """The names of what is installed, without the installers."""
        code = (
            "import importlib.metadata as m; print('\\n'.join(d.name for d in m.distributions()))"
        )
        names = {name.lower().replace("_", "-") for name in self.run("-I", "-c", code).split()}
        return names - {"pip", "setuptools", "wheel"}


def metadata(package: Path) -> dict[str, object]:
    """The [project] table of a package."""
    table: dict[str, object] = tomllib.loads((package / "pyproject.toml").read_text("utf-8"))[
        "project"
    ]
    return table


# Functions of an extension may be replaced from outside unless the compiler is told that nobody does that; only then
# it inlines them. That is worth more than everything else here: a scan of headers takes less than half the time. The
# limit is for the few lines that scanning and picking have in common.
_COMPILING = {
    "HATCH_BUILD_HOOKS_ENABLE": "1",
    **(
        {}
        if os.name == "nt"
        else {
            "CFLAGS": f"{os.environ.get('CFLAGS', '')} -fno-semantic-interposition -finline-limit=600".strip()
        }
    ),
}


def build_wheel(package: Path, into: Path, interpreter: str, *, compiled: bool = False) -> Path:
    """The wheel of a package, made by the build backend that stands in the environment.

    It is made from a copy: compiling leaves its results beside the sources, and there they would be used
    by everything that runs from the checkout.
    """
    before = set(into.glob("*.whl"))
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / package.name
        shutil.copytree(
            package, copy, ignore=shutil.ignore_patterns("__pycache__", "*.so", "*.pyd")
        )
        _shown_if_it_fails(
            [interpreter, "-m", "hatchling", "build", "-t", "wheel", "-d", str(into.resolve())],
            cwd=copy,
            env={**os.environ, **(_COMPILING if compiled else {"HATCH_BUILD_HOOKS_ENABLE": ""})},
        )
    made = set(into.glob("*.whl")) - before
    return made.pop()
