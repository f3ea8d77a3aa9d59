"""Servers that nobody here wrote, each started on a free port of this machine with a folder of its own.

    with Storescp(folder) as scp:
        scp.port, scp.received, scp.cpu()

DCMTK and Orthanc read TCP_NODELAY from their environment; without it every message waits some 40 ms for an
acknowledgement that is delayed, so it is always set here, and has to be for DCMTK's clients (`environment`).
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from .certificates import Certificates

__all__ = [
    "HOST",
    "Dcmqrscp",
    "Orthanc",
    "Ours",
    "Program",
    "PynetdicomScp",
    "Served",
    "Storescp",
    "cpu_of",
    "environment",
    "free_port",
]

HOST: Final = "127.0.0.1"
ROOT: Final = Path(__file__).resolve().parents[2]
_PATIENCE: Final = 60  # seconds for a program to become ready; the machine may be busy
_STEP: Final = 0.02


def free_port() -> int:
    """A port that nobody listens on now, and that no other worker of the tests is given.

    It is below those that the system gives to whoever asks for any, so that nobody gets it before it is used.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = 10_000 + worker % 20 * 1000
    while True:
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, first + secrets.randbelow(1000)))
            return int(probe.getsockname()[1])


def environment() -> dict[str, str]:
    """The environment of every peer, servers and clients alike.

    pynetdicom brings programs of the names of DCMTK's, which are not looked for in this Python's own folder.
    """
    own = Path(sys.executable).parent
    path = os.environ.get("PATH", os.defpath).split(os.pathsep)
    others = os.pathsep.join(folder for folder in path if Path(folder) != own)
    return {**os.environ, "PATH": others, "TCP_NODELAY": "1", "PYTHONPATH": str(ROOT)}


def cpu_of(pid: int) -> float:
    """Seconds of processor time of a process and its children so far, those that ended included."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:  # it ended in between
        return 0.0
    own = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return own + sum(cpu_of(int(child)) for child in children)


class Program(ABC):
    """A server that runs while its `with` block does."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = free_port()
        self.log = folder / f"{type(self).__name__.lower()}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def words(self) -> list[str]:
        """The command line."""

    def is_ready(self) -> bool:
        """Whether it takes connections."""
        try:
            with socket.create_connection((HOST, self.port), 1):
                return True
        except OSError:
            return False

    @property
    def pid(self) -> int:
        """The process that was started."""
        assert self._process is not None
        return self._process.pid

    def cpu(self) -> float:
        """Seconds of processor time so far."""
        return cpu_of(self.pid)

    def said(self) -> str:
        """What it logged."""
        return self.log.read_text("utf-8", errors="replace")

    def __enter__(self) -> Self:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.words(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=environment(),
            )
        try:
            self._wait(self._process)
        except BaseException:
            self.stop()
            raise
        return self

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        for _ in range(int(_PATIENCE / _STEP)):
            if self.is_ready():
                return
            try:
                code = process.wait(_STEP)
            except subprocess.TimeoutExpired:
                continue
            raise RuntimeError(f"{type(self).__name__} ended with {code}: {self.said()[-2000:]}")
        raise TimeoutError(f"{type(self).__name__} is not ready: {self.said()[-2000:]}")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it, and wait for that."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.send_signal(how)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Storescp(Program):
    """DCMTK's storage SCP. With ``ignore`` it keeps nothing, with ``fork`` it takes more than one association at a time."""

    def __init__(
        self,
        folder: Path,
        *options: str,
        ignore: bool = False,
        fork: bool = True,
        title: str = "STORESCP",
        tls: Certificates | None = None,
    ) -> None:
        super().__init__(folder)
        self.title = title
        self.received = folder / "received"
        self.received.mkdir(exist_ok=True)
        self._options = [
            *(["--ignore"] if ignore else ["-od", str(self.received), "-uf"]),
            *(["--fork"] if fork else []),
            *(tls.dcmtk("server") if tls else []),
            *options,
        ]

    def words(self) -> list[str]:
        words = ["storescp", "-q", "-aet", self.title, "-pdu", "131072", "--promiscuous"]
        return [*words, *self._options, str(self.port)]


class Dcmqrscp(Program):
    """DCMTK's archive: find, get, move and store. ``destinations`` are those of C-MOVE: ports by AE title."""

    def __init__(
        self,
        folder: Path,
        *options: str,
        title: str = "QRSCP",
        destinations: Mapping[str, int] | None = None,
    ) -> None:
        super().__init__(folder)
        self.title = title
        self.database = folder / "database"
        self.database.mkdir(exist_ok=True)
        hosts = [
            f"host{number} = ({name}, {HOST}, {port})"
            for number, (name, port) in enumerate((destinations or {}).items())
        ]
        lines = [
            f"NetworkTCPPort = {self.port}", "MaxPDUSize = 131072", "MaxAssociations = 16",
            "HostTable BEGIN", *hosts, "HostTable END",
            "VendorTable BEGIN", "VendorTable END",
            "AETable BEGIN", f'{title} "{self.database}" RW (500, 1024mb) ANY', "AETable END",
        ]  # fmt: skip
        self._config = folder / "dcmqrscp.cfg"
        self._config.write_text("\n".join(lines) + "\n")
        self._options = options

    def words(self) -> list[str]:
        return ["dcmqrscp", "-c", str(self._config), *self._options]


class Orthanc(Program):
    """An archive with DICOM and DICOMweb. ``modalities`` are those it knows: AE title and port by name."""

    def __init__(
        self,
        folder: Path,
        *,
        title: str = "ORTHANC",
        modalities: Mapping[str, tuple[str, int]] | None = None,
        tls: Certificates | None = None,
        settings: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(folder)
        self.title = title
        self.http_port = free_port()
        self.url = f"http://{HOST}:{self.http_port}"
        database = folder / "database"
        secure: dict[str, object] = {}
        if tls:
            secure = {
                "DicomTlsEnabled": True,
                "DicomTlsCertificate": str(tls.certificate("server")),
                "DicomTlsPrivateKey": str(tls.key("server")),
                "DicomTlsTrustedCertificates": str(tls.authority),
                "DicomTlsRemoteCertificateRequired": True,
            }
        known = {
            name: {"AET": called, "Host": HOST, "Port": port, "UseDicomTls": bool(tls)}
            for name, (called, port) in (modalities or {}).items()
        }
        self._config = folder / "orthanc.json"
        self._config.write_text(
            json.dumps(
                {
                    "StorageDirectory": str(database), "IndexDirectory": str(database),
                    "Plugins": [str(plugin) for plugin in [_plugin()] if plugin],
                    "HttpPort": self.http_port, "DicomPort": self.port, "DicomAet": title,
                    "DicomModalities": known, **_ORTHANC, **secure, **(settings or {}),
                }
            )
        )  # fmt: skip

    def words(self) -> list[str]:
        return ["Orthanc", str(self._config)]

    def is_ready(self) -> bool:
        try:
            self.get("/system")
        except OSError:
            return False
        return super().is_ready()

    def get(self, path: str) -> Any:
        """The answer of its REST interface."""
        with urlopen(self.url + path, timeout=_PATIENCE) as answer:
            return json.load(answer)

    def post(self, path: str, body: object) -> Any:
        """The answer of its REST interface to a JSON body; a refusal raises HTTPError."""
        with urlopen(
            Request(self.url + path, json.dumps(body).encode(), method="POST"), timeout=_PATIENCE
        ) as answer:
            return json.load(answer)

    def store(self, data: bytes) -> bool:
        """Store a file over HTTP; whether it was taken."""
        try:
            with urlopen(Request(f"{self.url}/instances", data, method="POST")) as answer:
                return bool(answer.status == 200)
        except HTTPError:
            return False

    def files(self) -> list[bytes]:
        """Every instance it holds, as a file."""
        found = []
        for name in self.get("/instances"):
            with urlopen(f"{self.url}/instances/{name}/file") as answer:
                found.append(answer.read())
        return found

    def metadata(self, study: str, series: str, instance: str) -> dict[str, Any]:
        """The metadata of an instance as DICOM JSON (PS3.18 10.4.1.1.2)."""
        path = f"studies/{study}/series/{series}/instances/{instance}/metadata"
        request = Request(
            f"{self.url}/dicom-web/{path}", headers={"Accept": "application/dicom+json"}
        )
        with urlopen(request) as answer:
            (found,) = json.load(answer)
        return dict(found)


_ORTHANC: Final[dict[str, object]] = {
    "RemoteAccessAllowed": False, "AuthenticationEnabled": False, "HttpThreadsCount": 16, "KeepAlive": True, "TcpNoDelay": True,
    "DicomServerEnabled": True, "DicomCheckCalledAet": False, "DicomThreadsCount": 16, "DicomAssociationCloseDelay": 0,
    "DicomAlwaysAllowEcho": True, "DicomAlwaysAllowStore": True,
    "DicomAlwaysAllowFind": True, "DicomAlwaysAllowGet": True, "DicomAlwaysAllowMove": True,
    "UnknownSopClassAccepted": True, "MaximumPduLength": 131072, "OverwriteInstances": True, "SaveJobs": False,
    "StableAge": 1, "SyncStorageArea": False,  # without fsync: figures are quoted so
    "LimitFindResults": 0, "LimitFindInstances": 0,
    "DicomWeb": {"Enable": True, "StudiesMetadata": "Full", "SeriesMetadata": "Full"},
}  # fmt: skip


def _plugin() -> Path | None:
    """The DICOMweb plugin, where Debian puts it."""
    name = "libOrthancDicomWeb.so"
    folders = ("/usr/lib", "/usr/share", "/usr/local")
    return next((path for folder in folders for path in Path(folder).rglob(name)), None)


class PynetdicomScp(Program):
    """`tests.peers.pynet` serving: echo, storage, find, get and move of the files in a folder."""

    def __init__(
        self,
        folder: Path,
        *options: str,
        title: str = "PYNETDICOM",
        files: Path | None = None,
        ignore: bool = False,
        answers: int = 0,
        destinations: Mapping[str, int] | None = None,
        tls: Certificates | None = None,
    ) -> None:
        super().__init__(folder)
        self.title = title
        self.received = folder / "received"
        self.received.mkdir(exist_ok=True)
        self._options: Sequence[str] = [
            *([] if ignore else ["--received", str(self.received)]),
            *(["--files", str(files)] if files else []),
            *(["--answers", str(answers)] if answers else []),
            *(f"--to={name}={port}" for name, port in (destinations or {}).items()),
            *(tls.plain("server") if tls else []),
            *options,
        ]

    def words(self) -> list[str]:
        return [sys.executable, "-m", "tests.peers.pynet", "serve", str(self.port), self.title, *self._options]  # fmt: skip


class Ours(Program):
    """`tests.peers.ours` serving: our own server behind one of its doors, in a process of its own as the others are."""

    def __init__(
        self,
        folder: Path,
        *options: str,
        door: str,
        title: str = "OURS",
        files: Path | None = None,
        keep: str = "files",
        destinations: Mapping[str, int] | None = None,
        tls: Certificates | None = None,
    ) -> None:
        super().__init__(folder)
        self.door = door
        self.title = title
        self.received = folder / "received"
        self._options: Sequence[str] = [
            *("--door", door, "--keep", keep, "--received", str(self.received)),
            *(["--files", str(files)] if files else []),
            *(f"--to={name}={port}" for name, port in (destinations or {}).items()),
            *(tls.plain("server") if tls else []),
            *options,
        ]

    def words(self) -> list[str]:
        return [sys.executable, "-m", "tests.peers.ours", "serve", str(self.port), self.title, *self._options]  # fmt: skip


class Served(Program):
    """`dicom serve`: our archive, in a process of its own. ``destinations`` are those of C-MOVE: ports by AE title."""

    def __init__(
        self,
        folder: Path,
        *options: str,
        title: str = "ARCHIVE",
        destinations: Mapping[str, int] | None = None,
    ) -> None:
        super().__init__(folder)
        self.title = title
        self.data = folder / "data"
        self.received = self.data / "blobs"
        self.destinations = dict(destinations or {})
        self._options = options

    def words(self) -> list[str]:
        to = [f"--to={name}={HOST}:{port}" for name, port in self.destinations.items()]
        where = ["--dimse", str(self.port), "--data", str(self.data), "-aet", self.title]
        return [sys.executable, "-m", "dicom_core", "serve", *where, *to, *self._options]
