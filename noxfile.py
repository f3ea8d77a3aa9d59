"""The checks, each under its name: `./dev nox -l` lists them. `./dev check` runs lint, types, contracts, generated.

They run in the environment that `./dev` made, so that there is one set of tools; `build` and `oldest`
make fresh environments besides, since what they show is how a package installs alone.
"""

import os
import sys
import tomllib
from pathlib import Path

import nox

ROOT = Path(__file__).parent
PACKAGES = sorted(path.parent for path in ROOT.glob("packages/*/pyproject.toml"))
CODE = ["packages", "tools", "tests", "benchmarks", "noxfile.py", "conftest.py", "dev"]

nox.options.default_venv_backend = "none"
nox.options.sessions = ["lint", "types", "contracts", "generated", "tests"]
nox.options.error_on_external_run = False


def python(session: nox.Session, *words: str) -> None:
    """Run a module in the environment of `./dev`."""
    session.run(sys.executable, "-m", *words, external=True)


@nox.session
def tests(session: nox.Session) -> None:
    """The whole test suite."""
    python(session, "pytest", "-n", "auto", "--dist", "worksteal", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """The test suite again, counted by line and branch."""
    python(session, "coverage", "erase")
    python(session, "coverage", "run", "-m", "pytest", "-q", *session.posargs)
    python(session, "coverage", "combine", "--quiet")
    python(session, "coverage", "report")


@nox.session
def lint(session: nox.Session) -> None:
    """ruff, as linter and as formatter."""
    fix = "--fix" in session.posargs
    python(session, "ruff", "check", *(["--fix"] if fix else []), *CODE)
    python(session, "ruff", "format", *([] if fix else ["--check"]), *CODE)


@nox.session
def types(session: nox.Session) -> None:
    """mypy --strict: the packages and tools together, then each folder of tests."""
    python(
        session,
        "mypy",
        *(str(folder / "src") for folder in PACKAGES),
        "tools",
        "benchmarks",
        "noxfile.py",
        "conftest.py",
    )
    for folder in [*(package / "tests" for package in PACKAGES), ROOT / "tests"]:
        if any(folder.rglob("*.py")):
            python(session, "mypy", str(folder))


@nox.session
def contracts(session: nox.Session) -> None:
    """The arrows between the packages."""
    session.run(str(Path(sys.executable).with_name("lint-imports")), external=True)


@nox.session
def generated(session: nox.Session) -> None:
    """What tools/codegen would write is what is there; without the sources, the outputs have their recorded digests."""
    python(session, "tools.codegen", "check", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """The documentation; its examples run with the tests."""
    python(session, "tools.docs", *session.posargs)


@nox.session
def peers(session: nox.Session) -> None:
    """What works with whom: every service of the network in both roles, with programs that nobody here wrote, as a matrix."""
    words = ["-q", "-n", "auto", "-m", "cell", "--matrix", "tests/peers"]
    python(session, "pytest", *words, *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Ours beside the peers, as ratios."""
    python(session, "benchmarks", *session.posargs)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Search for what no door survives; `-- SECONDS [SURFACE ...]` says for how long, `-- --again FILE` feeds one input again."""
    python(session, "tools.fuzz", *session.posargs)


@nox.session
def build(session: nox.Session) -> None:
    """Each wheel installs alone in a fresh environment, and its smoke test runs there."""
    python(session, "tools.build", *session.posargs)


@nox.session
def oldest(session: nox.Session) -> None:
    """The tests with the lowest versions that the packages declare."""
    python(session, "tools.oldest", *session.posargs)


@nox.session
def changelog(session: nox.Session) -> None:
    """Turn a package's news fragments into its changelog: `-- dicom-dict`."""
    for name in session.posargs:
        folder = ROOT / "packages" / name
        version = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"][
            "version"
        ]
        words = [
            "build",
            "--config",
            "pyproject.toml",
            "--dir",
            str(folder),
            "--name",
            name,
            "--version",
            version,
        ]
        python(session, "towncrier", *words, *(["--draft"] if "CI" in os.environ else ["--yes"]))
