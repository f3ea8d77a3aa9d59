"""Orthanc, started for a test: an archive that nobody here wrote, asked over DICOMweb."""

import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

__all__ = ["Orthanc", "started"]

_PLUGIN = "libOrthancDicomWeb.so"
_STARTED = b"Orthanc has started"


class Orthanc:
    """A running Orthanc, by the root of its URLs."""

    def __init__(self, url: str) -> None:
        self.url = url

    def store(self, data: bytes) -> bool:
        """Store a file; whether it was taken."""
        try:
            with urlopen(Request(f"{self.url}/instances", data, method="POST")) as answer:
                return bool(answer.status == 200)
        except HTTPError:
            return False

    def metadata(self, study: str, series: str, instance: str) -> dict[str, Any]:
        """The metadata of an instance as DICOM JSON (PS3.18 10.4.1.1.2)."""
        path = f"studies/{study}/series/{series}/instances/{instance}/metadata"
        request = Request(
            f"{self.url}/dicom-web/{path}", headers={"Accept": "application/dicom+json"}
        )
        with urlopen(request) as answer:
            (found,) = json.load(answer)
        return dict(found)


def plugin() -> Path | None:
    """The DICOMweb plugin, where Debian puts it."""
    return next(
        (path for folder in ("/usr/lib", "/usr/share", "/usr/local") for path in Path(folder).rglob(_PLUGIN)), None
    )  # fmt: skip


@contextmanager
def started(program: str, folder: Path) -> Iterator[Orthanc]:
    """Orthanc with its database in a folder, on a free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "StorageDirectory": str(folder),
        "IndexDirectory": str(folder),
        "Plugins": [str(plugin())],
        "HttpPort": port,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomServerEnabled": False,
        "KeepAlive": True,
        "TcpNoDelay": True,
        "DicomWeb": {"Enable": True, "StudiesMetadata": "Full", "SeriesMetadata": "Full"},
    }
    config = folder / "orthanc.json"
    config.write_text(json.dumps(settings))
    log = subprocess.Popen(
        [program, str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        assert log.stderr is not None
        seen = []
        for line in log.stderr:  # until it says that it is ready, or ends
            seen.append(line)
            if _STARTED in line:
                break
        else:
            raise RuntimeError(
                f"Orthanc did not start: {b''.join(seen[-5:]).decode(errors='replace')}"
            )
        yield Orthanc(f"http://127.0.0.1:{port}")
    finally:
        log.terminate()
        log.communicate(timeout=30)
