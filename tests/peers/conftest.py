"""The peers as fixtures, and the matrix of what works with whom, printed after its tests: `./dev nox -s peers`."""

from collections.abc import Callable
from pathlib import Path

import pytest

from .certificates import Certificates

_CELL = "cell"
_COLUMNS = (
    "asyncio",
    "trio",
    "blocking",
    "implicit",
    "explicit",
    "compressed",
    "TLS",
    "mutual TLS",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--matrix", action="store_true", help="print what works with which peer")


@pytest.fixture(autouse=True)
def _cell(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> None:
    """Tests marked ``cell(row, column)`` stand in the matrix."""
    for mark in request.node.iter_markers("cell"):
        record_property(_CELL, list(mark.args))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if not config.getoption("--matrix", default=False):
        return
    said: dict[str, dict[str, list[str]]] = {}
    for outcome, word in (("passed", "yes"), ("failed", "NO"), ("error", "NO"), ("skipped", "-")):
        for report in terminalreporter.stats.get(outcome, []):
            for name, value in report.user_properties:
                if name == _CELL:
                    row, column = value
                    said.setdefault(row, {}).setdefault(column, []).append(word)
    if not said:
        return
    terminalreporter.section("what works with whom")
    width = max(map(len, said))
    terminalreporter.line(" " * width + "  " + "  ".join(f"{name:^10}" for name in _COLUMNS))
    for row in sorted(said):
        words = (said[row].get(column, [""]) for column in _COLUMNS)
        cells = "  ".join(f"{min(word, key=_worst):^10}" for word in words)
        terminalreporter.line(f"{row:{width}}  {cells}".rstrip())


def _worst(word: str) -> int:
    return ["NO", "yes", "-", ""].index(word)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Made once for all tests."""
    return Certificates(Path(tmp_path_factory.mktemp("certificates")))
