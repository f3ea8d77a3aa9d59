"""What was refused, put aside for somebody to look at: never indexed, and no more of it than was agreed.

Two files for each: ``<time>-<random>.dcm`` with the bytes as they came, and ``.json`` that says why, from whom and what
was announced. Neither name says anything of a patient.
"""

import json
import os
from _thread import allocate_lock
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from attrs import asdict, field, frozen

from dicom_core.store import Expected, InstanceRefused
from dicom_core.store.files import make_folder, sync_folder

from .blobs import FolderBlobs

if TYPE_CHECKING:
    from .blobs import Draft

__all__ = ["Quarantine", "QuarantineArrival", "Quarantined"]

_CHUNK: Final = 1 << 20
_UNANNOUNCED: Final = Expected()


@frozen(kw_only=True)
class Quarantined:
    """Something that was refused."""

    name: str
    """Of its files in the folder, without what tells one from the other."""
    reason: str
    """As `dicom_core.store.InstanceRefused` says it, such as ``mismatch``."""
    text: str
    received: datetime
    sender: str = ""
    sop_class: str = ""
    """What was announced; so are the next two."""
    sop_instance: str = field(default="", repr=False)
    transfer_syntax: str = ""
    size: int = 0
    digest: str = ""
    """SHA-256 of the bytes."""
    kept: bool = True
    """Whether the bytes are there: what is larger than the whole quarantine is not."""


class Quarantine:
    """A folder of what was refused. It is a `dicom_net.services.Receiver`, too, for what a provider refuses by itself."""

    def __init__(
        self,
        root: "str | os.PathLike[str]",
        *,
        files: int = 1000,
        size: int = 4 << 30,
        durable: bool = True,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.root: Final = os.path.abspath(root)
        self.files: Final = files
        self.size: Final = size
        self.durable: Final = durable
        self._now = now
        self._lock = allocate_lock()

    def keep(self, draft: "Draft", refused: InstanceRefused, expected: Expected) -> Quarantined:
        """Put a draft aside, which is over then. `OSError` where the disk does not take it."""
        os.makedirs(self.root, exist_ok=True)
        received = self._now().astimezone(UTC)
        name = f"{received:%Y%m%dT%H%M%S}.{received.microsecond:06d}-{os.urandom(4).hex()}"
        said = Quarantined(
            name=name,
            reason=refused.reason,
            text=refused.text,
            received=received,
            sender=expected.sender,
            sop_class=expected.sop_class or "",
            sop_instance=expected.sop_instance or "",
            transfer_syntax=expected.transfer_syntax or "",
            size=draft.size,
            digest=draft.digest,
            kept=draft.size <= self.size,
        )
        with self._lock:
            self._make_room(said.size if said.kept else 0)
            if said.kept:
                self._copy(draft, self.path(name))
            self._describe(said)
            if self.durable:
                sync_folder(self.root)
        draft.discard()
        return said

    def _copy(self, draft: "Draft", path: str) -> None:
        from .blobs._draft import FolderDraft

        if isinstance(draft, FolderDraft) and draft.link(path):
            return
        source = draft.source()
        with open(path, "xb") as file:
            file.writelines(source.read_range(at, _CHUNK) for at in range(0, source.size, _CHUNK))
            file.flush()
            self._sync(file.fileno())

    def _sync(self, descriptor: int) -> None:
        if self.durable:
            os.fsync(descriptor)

    def _describe(self, said: Quarantined) -> None:
        facts = asdict(said) | {"received": said.received.isoformat()}
        del facts["name"]
        with open(f"{self.path(said.name)[:-4]}.json", "x", encoding="utf-8") as file:
            json.dump(facts, file, indent=1)
            file.write("\n")
            file.flush()
            self._sync(file.fileno())

    def _make_room(self, more: int) -> None:
        """Let the oldest go until one of so many bytes fits."""
        found = [(name, self._size_of(name)) for name in self._names()]
        size, count = more + sum(size for _, size in found), len(found) + 1
        for name, freed in found:
            if count <= self.files and size <= self.size:
                return
            self.remove(name)
            count -= 1
            size -= freed

    def _names(self) -> list[str]:
        """The oldest first."""
        try:
            names = os.listdir(self.root)
        except FileNotFoundError:
            return []
        return sorted(
            {name.rpartition(".")[0] for name in names if name.endswith((".dcm", ".json"))}
        )

    def _size_of(self, name: str) -> int:
        try:
            return os.stat(self.path(name)).st_size
        except FileNotFoundError:
            return 0

    def path(self, name: str) -> str:
        """Where the bytes of an entry are."""
        return os.path.join(self.root, f"{name}.dcm")

    def entries(self) -> Iterator[Quarantined]:
        """Everything that is there, the oldest first."""
        for name in self._names():
            try:
                with open(os.path.join(self.root, f"{name}.json"), encoding="utf-8") as file:
                    facts = json.load(file)
            except FileNotFoundError:
                continue  # another process needed the room, or died before it said why
            received = datetime.fromisoformat(facts.pop("received"))
            yield Quarantined(name=name, received=received, **facts)

    def remove(self, name: str) -> None:
        """Forget an entry and its bytes."""
        for path in (self.path(name), f"{self.path(name)[:-4]}.json"):
            with suppress(FileNotFoundError):
                os.unlink(path)

    def receive(self, expected: Expected | None = None) -> "QuarantineArrival":
        """See `dicom_net.services.Receiver.receive`: what comes is put aside as a mismatch."""
        make_folder(self.root)
        return QuarantineArrival(self, expected or _UNANNOUNCED)


class QuarantineArrival:
    """Something that a provider refused, on its way into a quarantine."""

    blocks: Final = True

    def __init__(self, quarantine: Quarantine, expected: Expected) -> None:
        self._quarantine = quarantine
        self._expected = expected
        # Not among those that come and stay: what waits here for its end is nobody's blob
        self._draft = FolderBlobs(quarantine.root, durable=quarantine.durable).begin()

    def write(self, views: Iterable[bytes | memoryview]) -> None:
        """See `dicom_net.services.Arrival.write`."""
        self._draft.write(views)

    def commit(self) -> Quarantined:
        """See `dicom_net.services.Arrival.commit`."""
        refused = InstanceRefused("mismatch", "the data set is not what its command says")
        return self._quarantine.keep(self._draft, refused, self._expected)

    def discard(self) -> None:
        """See `dicom_net.services.Arrival.discard`."""
        self._draft.discard()


# Tracebacks, reprs and pickles name the place that users import from
Quarantine.__module__ = QuarantineArrival.__module__ = Quarantined.__module__ = "dicom_archive"
