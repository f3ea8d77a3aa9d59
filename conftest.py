"""What the tests of all packages share: the peers, the shared collection, and the rule that CI skips no peer."""

import inspect
import os
import pickle
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.peers.postgres import Postgres

# A test that asserts how long it takes fails where the machine is busy
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

ROOT = Path(__file__).resolve().parent

# Peers are looked for outside this environment: pynetdicom installs scripts with the names of DCMTK's programs.
_OWN = os.path.dirname(sys.executable)
os.environ["PATH"] = os.pathsep.join(
    folder for folder in os.get_exec_path() if os.path.realpath(folder) != os.path.realpath(_OWN)
)


def _missing(what: str, how: str) -> None:
    """Skip, or fail where CI promised that every peer is there."""
    if os.environ.get("DICOM_REQUIRE_PEERS"):
        pytest.fail(f"{what} is missing, and DICOM_REQUIRE_PEERS is set; {how}")
    pytest.skip(f"{what} is not installed; {how}")


@pytest.fixture(scope="session")
def peer() -> Callable[[str], str]:
    """The path of a program nobody here wrote; skips with a clear reason where it is missing."""

    def find(name: str) -> str:
        # Not in this Python's own folder: pynetdicom has programs of the names of DCMTK's
        own = Path(sys.executable).parent
        folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
        others = os.pathsep.join(folder for folder in folders if Path(folder) != own)
        path = shutil.which(name, path=others)
        if path is None:
            _missing(f"the peer program {name}", "run: ./dev peers")
        return str(path)

    return find


@pytest.fixture(scope="session")
def postgres() -> "Iterator[Postgres]":
    """A running PostgreSQL server; each test takes an empty place of it (`Postgres.schema`)."""
    from tests.peers.postgres import Postgres, programs

    if programs() is None:
        _missing("the server PostgreSQL", "run: ./dev peers archive")
    # It runs as another user where the tests run as root, who must be able to get there
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    folder.chmod(0o755)
    try:
        with Postgres(folder) as server:
            yield server
    finally:
        shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def _poison(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests of the network read into buffers that are overwritten before each read (`dicom_net.testing`)."""
    path = request.path.as_posix()
    if not any(part in path for part in ("/dicom-net/", "/tests/peers/", "_network_")):
        yield
        return
    from dicom_net.testing import poisoned_buffers

    with poisoned_buffers():
        yield


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared material (standard/, corpus/): DICOM_SHARED, or ../shared beside the checkout."""
    folder = Path(os.environ.get("DICOM_SHARED") or ROOT.parent / "shared")
    if not (folder / "corpus" / "manifest.json").exists():
        pytest.skip(
            "the shared collection of real files is not here; set DICOM_SHARED to its folder"
        )
    return folder


@pytest.fixture(scope="session")
def corpus(shared: Path) -> Path:
    """The folder of real DICOM files with its manifest.json."""
    return shared / "corpus"


@pytest.fixture(scope="session")
def behind_its_door() -> Callable[[str], None]:
    """Checks of a public name such as ``dicom_core.deid.Report``: it is listed, documented, and says where it comes from."""

    def check(path: str) -> None:
        place, _, name = path.rpartition(".")
        module = import_module(place)
        value: object = getattr(module, name)
        assert name in dir(module)
        if inspect.ismodule(value):
            assert value.__doc__
            return
        if not (inspect.isclass(value) or inspect.isfunction(value)):
            return  # type aliases and constants have no door of their own
        assert value.__doc__
        assert not any(part.startswith("_") for part in value.__module__.split(".")), path
        assert getattr(import_module(value.__module__), value.__qualname__) is value
        assert pickle.loads(pickle.dumps(value)) is value  # noqa: S301 - made here

    return check
