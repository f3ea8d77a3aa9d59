"""What the tests of the archive share: an index on each kind of database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dicom_archive.index import Index


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an index can be opened."""
    if request.param == "memory":
        return "sqlite://"
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres").schema())
    return str(tmp_path / "index.sqlite")


@pytest.fixture(params=["sqlite", "postgresql"])
def shared_place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an index can be opened several times."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres").schema())
    return str(tmp_path / "index.sqlite")


@pytest.fixture
def index(place: str) -> Iterator[Index]:
    """An empty index."""
    with Index.open(place) as opened:
        yield opened
