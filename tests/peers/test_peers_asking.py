"""We ask other people's providers: each service through each door, plain and over TLS; what arrives is compared."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from .certificates import Certificates
from .ours import ask
from .programs import Dcmqrscp, Orthanc, PynetdicomScp, Storescp
from .study import STUDY, Study, same_files

Peer = Callable[[str], str]
DOORS: Final = ("asyncio", "trio", "blocking")
KINDS: Final = ("implicit", "explicit", "compressed")
KEY: Final = ("--key", f"StudyInstanceUID={STUDY}")
J2K: Final = "1.2.840.10008.1.2.4.90"


def variants(row: str, *columns: str) -> list[object]:
    return [pytest.param(name, marks=pytest.mark.cell(row, name), id=name.replace(" ", "-")) for name in columns]  # fmt: skip


def door_of(variant: str) -> list[str]:
    return ["--door", variant if variant in DOORS else "asyncio"]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return Study.made(tmp_path_factory.mktemp("study") / "files")


@pytest.fixture(scope="module")
def destination(tmp_path_factory: pytest.TempPathFactory, peer: Peer) -> Iterator[Storescp]:
    peer("storescp")
    with Storescp(tmp_path_factory.mktemp("destination"), "+B", "+xa") as running:
        yield running


@pytest.fixture(scope="module")
def storescp(tmp_path_factory: pytest.TempPathFactory, peer: Peer) -> Iterator[Storescp]:
    peer("storescp")
    with Storescp(tmp_path_factory.mktemp("storescp"), "+B", "+xa") as running:
        yield running


@pytest.fixture(scope="module")
def dcmqrscp(
    tmp_path_factory: pytest.TempPathFactory, peer: Peer, destination: Storescp, study: Study
) -> Iterator[Dcmqrscp]:
    peer("dcmqrscp")
    destinations = {destination.title: destination.port}
    with Dcmqrscp(tmp_path_factory.mktemp("dcmqrscp"), destinations=destinations) as running:
        said = ask("store", running.port, running.title, *native(study))
        assert said["statuses"] == [0, 0]
        yield running


@pytest.fixture(scope="module")
def orthanc(
    tmp_path_factory: pytest.TempPathFactory, peer: Peer, destination: Storescp, study: Study
) -> Iterator[Orthanc]:
    peer("Orthanc")
    modalities = {"destination": (destination.title, destination.port)}
    with Orthanc(tmp_path_factory.mktemp("orthanc"), modalities=modalities) as running:
        for path in study.paths:
            assert running.store(path.read_bytes())
        yield running


@pytest.fixture(scope="module")
def pynetdicom(
    tmp_path_factory: pytest.TempPathFactory, destination: Storescp, study: Study
) -> Iterator[PynetdicomScp]:
    destinations = {destination.title: destination.port}
    folder = tmp_path_factory.mktemp("pynetdicom")
    with PynetdicomScp(folder, files=study.folder, destinations=destinations) as running:
        yield running


def native(study: Study) -> list[Path]:
    """What dcmqrscp hands out: it proposes and takes no compressed transfer syntax beside the plain ones."""
    return [study.path("explicit"), study.path("implicit")]


class Secured:
    """The peers over TLS; all of them want to see our certificate, too."""

    def __init__(self, folder: Path, certificates: Certificates) -> None:
        self.certificates = certificates
        self.folder = folder

    def dcmtk(self, variant: str) -> Storescp:
        options = ["-ic"] if variant == "TLS" else []  # no certificate of the client's is wanted
        return Storescp(self.folder / "storescp", "+B", *options, tls=self.certificates)

    def options(self, variant: str) -> list[str]:
        if variant == "TLS":
            return ["--tls", "", "", str(self.certificates.authority)]
        return self.certificates.plain("client")


@pytest.fixture
def secured(tmp_path: Path, certificates: Certificates) -> Secured:
    return Secured(tmp_path, certificates)


def taken(folder: Path) -> list[bytes]:
    """What was received there, and is taken away."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    found = [path.read_bytes() for path in paths]
    for path in paths:
        path.unlink()
    return found


# --- C-ECHO -------------------------------------------------------------------------------------


def echoes(server: Storescp | Orthanc | PynetdicomScp | Dcmqrscp, *options: str) -> None:
    assert ask("echo", server.port, server.title, "--repeat", 3, *options)["statuses"] == [0, 0, 0]


@pytest.mark.parametrize("variant", variants("C-ECHO   we ask DCMTK", *DOORS))
def test_echo_dcmtk(storescp: Storescp, variant: str) -> None:
    echoes(storescp, *door_of(variant))


@pytest.mark.parametrize("variant", variants("C-ECHO   we ask Orthanc", *DOORS))
def test_echo_orthanc(orthanc: Orthanc, variant: str) -> None:
    echoes(orthanc, *door_of(variant))


@pytest.mark.parametrize("variant", variants("C-ECHO   we ask pynetdicom", *DOORS))
def test_echo_pynetdicom(pynetdicom: PynetdicomScp, variant: str) -> None:
    echoes(pynetdicom, *door_of(variant))


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("variant", variants("C-ECHO   we ask DCMTK", "TLS", "mutual TLS"))
def test_echo_dcmtk_over_tls(secured: Secured, variant: str, door: str, peer: Peer) -> None:
    peer("storescp")
    with secured.dcmtk(variant) as server:
        echoes(server, *secured.options(variant), "--door", door)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("variant", variants("C-ECHO   we ask Orthanc", "mutual TLS"))
def test_echo_orthanc_over_tls(secured: Secured, variant: str, door: str, peer: Peer) -> None:
    peer("Orthanc")
    with Orthanc(secured.folder / "orthanc", tls=secured.certificates) as server:
        echoes(server, *secured.options(variant), "--door", door)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("variant", variants("C-ECHO   we ask pynetdicom", "mutual TLS"))
def test_echo_pynetdicom_over_tls(secured: Secured, variant: str, door: str) -> None:
    with PynetdicomScp(secured.folder / "pynetdicom", tls=secured.certificates) as server:
        echoes(server, *secured.options(variant), "--door", door)


# --- C-STORE ------------------------------------------------------------------------------------


def sent(study: Study, variant: str) -> list[Path]:
    return [study.path(variant)] if variant in KINDS else study.paths


@pytest.mark.parametrize("variant", variants("C-STORE  we send to DCMTK", *DOORS, *KINDS))
def test_store_dcmtk(storescp: Storescp, variant: str, study: Study) -> None:
    paths = sent(study, variant)
    said = ask("store", storescp.port, storescp.title, *paths, *door_of(variant))
    assert said["statuses"] == [0] * len(paths)
    same_files(paths, taken(storescp.received))


@pytest.mark.parametrize("variant", variants("C-STORE  we send to DCMTK", "TLS", "mutual TLS"))
def test_store_dcmtk_over_tls(secured: Secured, variant: str, study: Study, peer: Peer) -> None:
    peer("storescp")
    paths = [study.path("explicit"), study.path("implicit")]
    with secured.dcmtk(variant) as server:
        said = ask("store", server.port, server.title, *paths, *secured.options(variant))
        assert said["statuses"] == [0, 0]
        same_files(paths, taken(server.received))


@pytest.mark.parametrize("variant", variants("C-STORE  we send to Orthanc", *DOORS, *KINDS))
def test_store_orthanc(orthanc: Orthanc, variant: str, study: Study) -> None:
    paths = sent(study, variant)
    said = ask("store", orthanc.port, orthanc.title, *paths, *door_of(variant))
    assert said["statuses"] == [0] * len(paths)
    same_files(study.paths, orthanc.files())  # those of the fixture, and none twice


@pytest.mark.parametrize("variant", variants("C-STORE  we send to pynetdicom", *DOORS, *KINDS))
def test_store_pynetdicom(pynetdicom: PynetdicomScp, variant: str, study: Study) -> None:
    paths = sent(study, variant)
    said = ask("store", pynetdicom.port, pynetdicom.title, *paths, *door_of(variant))
    assert said["statuses"] == [0] * len(paths)
    same_files(paths, taken(pynetdicom.received))


@pytest.mark.parametrize("variant", variants("C-STORE  we send to Orthanc", "mutual TLS"))
def test_store_orthanc_over_tls(secured: Secured, variant: str, study: Study, peer: Peer) -> None:
    peer("Orthanc")
    with Orthanc(secured.folder / "orthanc", tls=secured.certificates) as server:
        said = ask("store", server.port, server.title, *study.paths, *secured.options(variant))
        assert said["statuses"] == [0] * 3
        same_files(study.paths, server.files())


# --- C-FIND -------------------------------------------------------------------------------------

FIND: Final = ("--key", "StudyInstanceUID=", "--key", "PatientName=M*", "--key", "PatientID=4711")


def finds(server: Orthanc | PynetdicomScp | Dcmqrscp, variant: str) -> None:
    said = ask("find", server.port, server.title, *FIND, *door_of(variant))
    assert said["studies"] == [STUDY]


@pytest.mark.parametrize("variant", variants("C-FIND   we ask DCMTK", *DOORS))
def test_find_dcmtk(dcmqrscp: Dcmqrscp, variant: str) -> None:
    finds(dcmqrscp, variant)


@pytest.mark.parametrize("variant", variants("C-FIND   we ask Orthanc", *DOORS))
def test_find_orthanc(orthanc: Orthanc, variant: str) -> None:
    finds(orthanc, variant)


@pytest.mark.parametrize("variant", variants("C-FIND   we ask pynetdicom", *DOORS))
def test_find_pynetdicom(pynetdicom: PynetdicomScp, variant: str) -> None:
    finds(pynetdicom, variant)


# --- C-GET --------------------------------------------------------------------------------------

APART: Final = ("--syntax", "1.2.840.10008.1.2.1", "--syntax", "1.2.840.10008.1.2", "--syntax", J2K)


def gets(
    server: Orthanc | PynetdicomScp | Dcmqrscp, variant: str, study: Study, folder: Path
) -> None:
    said = ask(
        "get", server.port, server.title, *KEY, *APART, "--received", folder, *door_of(variant)
    )
    assert said["statuses"] == [0]
    same_files(native(study) if isinstance(server, Dcmqrscp) else study.paths, taken(folder))


@pytest.mark.parametrize("variant", variants("C-GET    we get from DCMTK", *DOORS))
def test_get_dcmtk(dcmqrscp: Dcmqrscp, variant: str, study: Study, tmp_path: Path) -> None:
    gets(dcmqrscp, variant, study, tmp_path / "got")


@pytest.mark.parametrize("variant", variants("C-GET    we get from Orthanc", *DOORS))
def test_get_orthanc(orthanc: Orthanc, variant: str, study: Study, tmp_path: Path) -> None:
    gets(orthanc, variant, study, tmp_path / "got")


@pytest.mark.parametrize("variant", variants("C-GET    we get from pynetdicom", *DOORS))
def test_get_pynetdicom(
    pynetdicom: PynetdicomScp, variant: str, study: Study, tmp_path: Path
) -> None:
    gets(pynetdicom, variant, study, tmp_path / "got")


# --- C-MOVE -------------------------------------------------------------------------------------


def moves(
    server: Orthanc | PynetdicomScp | Dcmqrscp, variant: str, study: Study, destination: Storescp
) -> None:
    words = ("--destination", destination.title, *door_of(variant))
    assert ask("move", server.port, server.title, *KEY, *words)["statuses"] == [0]
    expected = native(study) if isinstance(server, Dcmqrscp) else study.paths
    same_files(expected, taken(destination.received))


@pytest.mark.parametrize("variant", variants("C-MOVE   we have DCMTK send", *DOORS))
def test_move_dcmtk(dcmqrscp: Dcmqrscp, variant: str, study: Study, destination: Storescp) -> None:
    moves(dcmqrscp, variant, study, destination)


@pytest.mark.parametrize("variant", variants("C-MOVE   we have Orthanc send", *DOORS))
def test_move_orthanc(orthanc: Orthanc, variant: str, study: Study, destination: Storescp) -> None:
    moves(orthanc, variant, study, destination)


@pytest.mark.parametrize("variant", variants("C-MOVE   we have pynetdicom send", *DOORS))
def test_move_pynetdicom(
    pynetdicom: PynetdicomScp, variant: str, study: Study, destination: Storescp
) -> None:
    moves(pynetdicom, variant, study, destination)
