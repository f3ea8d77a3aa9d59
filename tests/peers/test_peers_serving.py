"""Other people's users ask our providers: each service behind each door, plain and over TLS; what arrives is compared."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest

from .certificates import Certificates
from .programs import HOST, Orthanc, Ours, Program, Storescp, environment
from .study import PATIENT, STUDY, Study, same_files

Peer = Callable[[str], str]
DOORS: Final = ("asyncio", "trio", "blocking")
DESTINATION: Final = "STORESCP"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return Study.made(tmp_path_factory.mktemp("study") / "files")


class Servers:
    """Ours behind each door, started when it is first asked for; C-MOVE goes to a storage SCP of DCMTK's."""

    def __init__(
        self, stack: ExitStack, folder: Path, study: Study, certificates: Certificates
    ) -> None:
        self._stack, self._folder, self._study, self._tls = stack, folder, study, certificates
        self._started: dict[tuple[str, str], Ours] = {}
        self._destination: Storescp | None = None

    @property
    def destination(self) -> Storescp:
        if self._destination is None:
            self._destination = self._stack.enter_context(
                Storescp(self._folder / "destination", "+B", "+xa")
            )
        return self._destination

    def get(self, door: str, tls: str = "") -> Ours:
        """``tls`` is empty, or `TLS`, or `mutual TLS` where a client must show a certificate."""
        key = (door, tls)
        if key not in self._started:
            options = ["--any-client"] if tls == "TLS" else []
            self._started[key] = self._stack.enter_context(
                Ours(
                    self._folder / f"{door}{tls.replace(' ', '')}",
                    *options,
                    door=door,
                    files=self._study.folder,
                    destinations={DESTINATION: self.destination.port},
                    tls=self._tls if tls else None,
                )
            )
        return self._started[key]


@pytest.fixture(scope="module")
def servers(
    study: Study,
    certificates: Certificates,
    tmp_path_factory: pytest.TempPathFactory,
    peer: Peer,
) -> Iterator[Servers]:
    peer("storescp")
    with ExitStack() as stack:
        yield Servers(stack, tmp_path_factory.mktemp("ours"), study, certificates)


def run(*words: object) -> str:
    """A client of DCMTK's, which must succeed; what it said."""
    done = subprocess.run(
        [str(word) for word in words], env=environment(), capture_output=True, text=True, check=False, errors="replace"
    )  # fmt: skip
    assert done.returncode == 0, f"{words}: {done.stdout[-1500:]}{done.stderr[-1500:]}"
    return done.stdout + done.stderr


def pynet(*words: object) -> list[str]:
    """What pynetdicom's client printed; the last line has the statuses."""
    return run(sys.executable, "-m", "tests.peers.pynet", *words).splitlines()


def statuses(lines: list[str]) -> list[int]:
    found: list[int] = json.loads(lines[-1])["statuses"]
    return found


def variants(row: str, *columns: str) -> list[object]:
    return [pytest.param(name, marks=pytest.mark.cell(row, name), id=name.replace(" ", "-")) for name in columns]  # fmt: skip


def at(servers: Servers, variant: str) -> Ours:
    """The server for a column of the matrix."""
    if variant in DOORS:
        return servers.get(variant)
    return servers.get("asyncio", variant if "TLS" in variant else "")


def dcmtk_tls(certificates: Certificates, variant: str) -> list[str]:
    if variant == "TLS":
        return ["+tla", "+cf", str(certificates.authority)]
    return certificates.dcmtk("client") if variant == "mutual TLS" else []


# --- C-ECHO -------------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", variants("C-ECHO   DCMTK asks us", *DOORS, "TLS", "mutual TLS"))
def test_echoscu(servers: Servers, variant: str, certificates: Certificates) -> None:
    server = at(servers, variant)
    run(
        "echoscu",
        *dcmtk_tls(certificates, variant),
        "-aec",
        server.title,
        "--repeat",
        3,
        HOST,
        server.port,
    )


@pytest.mark.parametrize("variant", variants("C-ECHO   pynetdicom asks us", *DOORS, "mutual TLS"))
def test_pynetdicom_echoes(servers: Servers, variant: str, certificates: Certificates) -> None:
    server = at(servers, variant)
    secure = certificates.plain("client") if "TLS" in variant else []
    assert statuses(pynet("echo", server.port, server.title, "--repeat", 3, *secure)) == [0, 0, 0]


# --- C-STORE ------------------------------------------------------------------------------------

PROPOSES: Final = {"implicit": "-xi", "explicit": "-xe", "compressed": "-xv"}


def received(server: Program, folder: Path) -> list[bytes]:
    """What a server wrote, and takes away."""
    assert isinstance(server, Ours | Storescp)
    paths = [path for path in server.received.rglob("*") if path.is_file()]
    found = [path.read_bytes() for path in paths]
    for path in paths:
        path.unlink()
    return found


@pytest.mark.parametrize(
    "variant", variants("C-STORE  DCMTK sends to us", *DOORS, *PROPOSES, "TLS", "mutual TLS")
)
def test_storescu(
    servers: Servers, variant: str, study: Study, certificates: Certificates, tmp_path: Path
) -> None:
    server = at(servers, variant)
    kind = variant if variant in PROPOSES else "explicit"
    secure = dcmtk_tls(certificates, variant)
    run(
        "storescu",
        *secure,
        "-R",
        PROPOSES[kind],
        "-aec",
        server.title,
        HOST,
        server.port,
        study.path(kind),
    )
    same_files([study.path(kind)], received(server, tmp_path))


@pytest.mark.parametrize(
    "variant", variants("C-STORE  pynetdicom sends to us", *DOORS, *PROPOSES, "mutual TLS")
)
def test_pynetdicom_stores(
    servers: Servers, variant: str, study: Study, certificates: Certificates, tmp_path: Path
) -> None:
    server = at(servers, variant)
    paths = [study.path(variant)] if variant in PROPOSES else study.paths
    secure = certificates.plain("client") if "TLS" in variant else []
    found = statuses(pynet("store", server.port, server.title, *paths, *secure))
    assert found == [0] * len(paths)
    same_files(paths, received(server, tmp_path))


# --- C-FIND -------------------------------------------------------------------------------------

FIND_KEYS: Final = (
    "-k",
    "QueryRetrieveLevel=STUDY",
    "-k",
    "StudyInstanceUID",
    "-k",
    "PatientName",
    "-k",
    "PatientID=47*",
)


@pytest.mark.parametrize("variant", variants("C-FIND   DCMTK asks us", *DOORS, "TLS", "mutual TLS"))
def test_findscu(
    servers: Servers, variant: str, certificates: Certificates, tmp_path: Path
) -> None:
    server = at(servers, variant)
    secure = dcmtk_tls(certificates, variant)
    run(
        "findscu",
        *secure,
        "-S",
        "-aec",
        server.title,
        *FIND_KEYS,
        "-X",
        "-od",
        tmp_path,
        HOST,
        server.port,
    )
    (answer,) = tmp_path.glob("*.dcm")
    import dicom_core as dc

    ds = dc.read(answer, force=True).dataset
    assert ds.StudyInstanceUID == STUDY
    assert str(ds.PatientName) == PATIENT


@pytest.mark.parametrize("variant", variants("C-FIND   pynetdicom asks us", *DOORS, "mutual TLS"))
def test_pynetdicom_finds(servers: Servers, variant: str, certificates: Certificates) -> None:
    server = at(servers, variant)
    secure = certificates.plain("client") if "TLS" in variant else []
    lines = pynet(
        "find", server.port, server.title, "--print", "--level", "SERIES", *secure,
        "--key", f"StudyInstanceUID={STUDY}", "--key", "SeriesInstanceUID="
    )  # fmt: skip
    assert statuses(lines) == [0xFF00] * 3 + [0]


# --- C-GET --------------------------------------------------------------------------------------

RETRIEVE_KEYS: Final = ("-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={STUDY}")
NATIVE: Final = ("explicit", "implicit")


@pytest.mark.parametrize("variant", variants("C-GET    DCMTK gets from us", *DOORS))
def test_getscu(servers: Servers, variant: str, study: Study, tmp_path: Path) -> None:
    """The series that are not compressed: getscu offers what is plain and what is not in one context, of which one is taken."""
    server = at(servers, variant)
    (tmp_path / "got").mkdir()
    series = "SeriesInstanceUID=" + "\\".join(study.series(kind) for kind in NATIVE)
    keys = ("-k", "QueryRetrieveLevel=SERIES", "-k", f"StudyInstanceUID={STUDY}", "-k", series)
    run(
        "getscu",
        "-S",
        "-aec",
        server.title,
        "-od",
        tmp_path / "got",
        "+B",
        *keys,
        HOST,
        server.port,
    )
    got = [path.read_bytes() for path in (tmp_path / "got").iterdir()]
    same_files([study.path(kind) for kind in NATIVE], got)


@pytest.mark.parametrize(
    "variant", variants("C-GET    pynetdicom gets from us", *DOORS, "mutual TLS")
)
def test_pynetdicom_gets(
    servers: Servers, variant: str, study: Study, certificates: Certificates, tmp_path: Path
) -> None:
    server = at(servers, variant)
    secure = certificates.plain("client") if "TLS" in variant else []
    lines = pynet(
        "get", server.port, server.title, "--received", tmp_path, "--key", f"StudyInstanceUID={STUDY}", *secure
    )  # fmt: skip
    found = statuses(lines)
    assert found[-1] in {0, 0xB000}  # it takes no compressed ones unless asked to
    same_files(
        [study.path(kind) for kind in NATIVE], [path.read_bytes() for path in tmp_path.iterdir()]
    )


# --- C-MOVE -------------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", variants("C-MOVE   DCMTK has us send", *DOORS))
def test_movescu(servers: Servers, variant: str, study: Study, tmp_path: Path) -> None:
    server = at(servers, variant)
    run(
        "movescu",
        "-S",
        "-aec",
        server.title,
        "-aem",
        DESTINATION,
        *RETRIEVE_KEYS,
        HOST,
        server.port,
    )
    same_files(study.paths, received(servers.destination, tmp_path))


@pytest.mark.parametrize(
    "variant", variants("C-MOVE   pynetdicom has us send", *DOORS, "mutual TLS")
)
def test_pynetdicom_moves(
    servers: Servers, variant: str, study: Study, certificates: Certificates, tmp_path: Path
) -> None:
    server = at(servers, variant)
    secure = certificates.plain("client") if "TLS" in variant else []
    lines = pynet(
        "move", server.port, server.title, "--destination", DESTINATION, *secure, "--key", f"StudyInstanceUID={STUDY}"
    )  # fmt: skip
    assert statuses(lines)[-1] == 0
    same_files(study.paths, received(servers.destination, tmp_path))


# --- Orthanc asks us ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def orthanc(
    servers: Servers, tmp_path_factory: pytest.TempPathFactory, peer: Peer
) -> Iterator[Orthanc]:
    peer("Orthanc")
    known = {door: (servers.get(door).title, servers.get(door).port) for door in DOORS}
    with Orthanc(tmp_path_factory.mktemp("orthanc"), modalities=known) as running:
        yield running


@pytest.mark.parametrize("variant", variants("C-ECHO   Orthanc asks us", *DOORS))
def test_orthanc_echoes(orthanc: Orthanc, variant: str) -> None:
    orthanc.post(f"/modalities/{variant}/echo", {})


@pytest.mark.parametrize("variant", variants("C-STORE  Orthanc sends to us", *DOORS))
def test_orthanc_stores(
    orthanc: Orthanc, servers: Servers, variant: str, study: Study, tmp_path: Path
) -> None:
    for path in study.paths:
        assert orthanc.store(path.read_bytes())
    answer = orthanc.post(f"/modalities/{variant}/store", orthanc.get("/instances"))
    assert answer["FailedInstancesCount"] == 0
    same_files(study.paths, received(servers.get(variant), tmp_path))


@pytest.mark.parametrize("variant", variants("C-FIND   Orthanc asks us", *DOORS))
def test_orthanc_finds(orthanc: Orthanc, variant: str) -> None:
    query = {"Level": "Study", "Query": {"PatientID": "4711", "PatientName": ""}}
    found = orthanc.get(
        orthanc.post(f"/modalities/{variant}/query", query)["Path"] + "/answers?expand"
    )
    assert [answer["0020,000d"]["Value"] for answer in found] == [STUDY]


@pytest.mark.parametrize("variant", variants("C-MOVE   Orthanc has us send", *DOORS))
def test_orthanc_moves(
    orthanc: Orthanc, servers: Servers, variant: str, study: Study, tmp_path: Path
) -> None:
    query = {"Level": "Study", "Query": {"StudyInstanceUID": STUDY}}
    path = orthanc.post(f"/modalities/{variant}/query", query)["Path"]
    orthanc.post(f"{path}/retrieve", {"TargetAet": DESTINATION, "Synchronous": True})
    same_files(study.paths, received(servers.destination, tmp_path))
