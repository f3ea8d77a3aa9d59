"""PostgreSQL as Debian installs it, started as an ordinary user on a free port with a folder of its own.

    with Postgres(folder) as server:
        url = server.schema()

Each `schema` is an empty place of its own. Texts are compared by the rules of a language there unless a column says
otherwise, as they are in many hospitals.
"""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Self

from .programs import HOST, Program, environment

__all__ = ["Postgres", "programs"]

_USER = "dicom"


def programs() -> Path | None:
    """The folder of the server's programs, which Debian keeps apart from the path; the newest where there are several."""
    folders = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    found = sorted(folders, key=lambda path: float(path.parts[-3]))
    if found:
        return found[-1].parent
    other = shutil.which("initdb")
    return Path(other).resolve().parent if other else None


class Postgres(Program):
    """A server whose data lives as long as its folder. The folder must be one that any user may reach."""

    def __init__(self, folder: Path, *options: str) -> None:
        super().__init__(folder)
        found = programs()
        assert found is not None, "PostgreSQL is missing"
        self._programs = found
        self._options = options
        self._data = folder / "data"
        self._as_user: list[str] = []
        if os.geteuid() == 0:  # it refuses to run as root
            try:
                user = pwd.getpwnam("postgres")
            except KeyError:
                user = pwd.getpwnam("nobody")
            os.chown(folder, user.pw_uid, user.pw_gid)
            self._as_user = [
                "setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups",
            ]  # fmt: skip

    def words(self) -> list[str]:
        settings = {
            "listen_addresses": HOST, "port": str(self.port), "unix_socket_directories": "",
            "fsync": "off", "full_page_writes": "off", "max_connections": "100",
        }  # fmt: skip
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [*self._as_user, str(self._programs / "postgres"), "-D", str(self._data), *options, *self._options]  # fmt: skip

    def __enter__(self) -> Self:
        if not self._data.exists():
            words = [
                *self._as_user, str(self._programs / "initdb"), "-D", str(self._data), "-U", _USER, "-A", "trust",
                "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
            ]  # fmt: skip
            if float(self._programs.parent.name) >= 15:
                words += ["--locale-provider=icu", "--icu-locale=en-US"]
            made = subprocess.run(
                words, cwd=self.folder, env=environment(), capture_output=True, check=False
            )
            if made.returncode:
                raise RuntimeError(f"initdb failed: {made.stderr.decode(errors='replace')[-2000:]}")
        return super().__enter__()

    def is_ready(self) -> bool:
        asked = subprocess.run(
            [str(self._programs / "pg_isready"), "-q", "-h", HOST, "-p", str(self.port)],
            check=False,
        )
        return asked.returncode == 0

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it without waiting for its clients."""
        super().stop(how)

    @property
    def url(self) -> str:
        """Of its database."""
        return f"postgresql+psycopg://{_USER}@{HOST}:{self.port}/postgres"

    def schema(self) -> str:
        """The URL of an empty place for tables."""
        import psycopg

        name = f"t{secrets.token_hex(8)}"
        with psycopg.connect(
            host=HOST, port=self.port, user=_USER, dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(f"CREATE SCHEMA {name}".encode())
        return f"{self.url}?options=-csearch_path%3D{name}"
