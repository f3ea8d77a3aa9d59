"""The archive is a store: the same checks as for every other, in memory and in a folder, without a loop and with both."""

import os
import tempfile
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import anyio
import pytest

from dicom_archive import Archive, ArchiveSettings
from dicom_core.store import Store, StoreSettings
from dicom_core.store.testing import StoreContract

if TYPE_CHECKING:
    from tests.peers.postgres import Postgres


def settings_of(settings: StoreSettings, *, durable: bool = True) -> ArchiveSettings:
    return ArchiveSettings(
        duplicates=settings.duplicates,
        instances=settings.instances,
        size=settings.size,
        instance_size=settings.instance_size,
        events=settings.events,
        durable=durable,
        page=3,
        watch=None,
    )


class TestInMemory(StoreContract):
    async def make_store(self, settings: StoreSettings) -> Store:
        return Archive.in_memory(settings_of(settings))


class InFolder:
    loop: ClassVar[str] = ""
    durable: ClassVar[bool] = True
    opened: list[Archive]
    folder: "tempfile.TemporaryDirectory[str]"

    @pytest.fixture(autouse=True)
    def _places(self) -> Iterator[None]:
        self.opened = []
        with tempfile.TemporaryDirectory() as folder:
            self.root = folder
            yield
            for archive in self.opened:
                assert not archive.commits.in_doubt
                archive.close()
            left = [path for path in Path(folder).rglob("*") if path.is_file()]
            kept = {".dcm", ".json", ".sqlite"}
            others = [path for path in left if path.suffix not in kept and path.name != ".lock"]
            assert others == []  # no lock of a run, no half file

    def index(self) -> str | None:
        """The URL of an empty index; None for the one in the folder."""
        return None

    async def make_store(self, settings: StoreSettings) -> Store:
        place = os.path.join(self.root, str(len(self.opened)))
        archive = Archive.open(
            place, settings_of(settings, durable=self.durable), index=self.index()
        )
        self.opened.append(archive)
        return archive

    def run(self, coroutine: Coroutine[object, object, None]) -> None:
        async def main() -> None:
            await coroutine

        anyio.run(main, backend=self.loop)


class TestInFolder(InFolder, StoreContract):
    run = StoreContract.run


class TestNotDurable(InFolder, StoreContract):
    durable = False
    run = StoreContract.run


class TestUnderAsyncio(InFolder, StoreContract):
    loop = "asyncio"


class TestUnderTrio(InFolder, StoreContract):
    loop = "trio"


class TestOnPostgres(InFolder, StoreContract):
    loop = "asyncio"

    @pytest.fixture(autouse=True)
    def _server(self, postgres: "Postgres") -> None:
        self.server = postgres

    def index(self) -> str:
        return self.server.schema()
