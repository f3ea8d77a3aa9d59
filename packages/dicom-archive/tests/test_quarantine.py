"""What was refused is put aside, bounded, and says why."""

import json
import os
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from dicom_archive import Quarantine
from dicom_archive.blobs import FolderBlobs, MemoryBlobs
from dicom_archive.blobs._draft import FolderDraft
from dicom_core.store import Expected, InstanceRefused

REFUSED = InstanceRefused("mismatch", "the SOP Instance UID is not the one that was announced")


class Clock:
    """A second later each time it is asked."""

    def __init__(self) -> None:
        self.at = datetime(2026, 1, 2, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


@pytest.fixture
def quarantine(tmp_path: Path) -> Quarantine:
    return Quarantine(tmp_path / "quarantine", files=3, size=1000, now=Clock())


def put(quarantine: Quarantine, data: bytes, expected: Expected = Expected()) -> str:  # noqa: B008 - frozen
    draft = MemoryBlobs().begin()
    draft.write([data])
    return quarantine.keep(draft, REFUSED, expected).name


def test_it_says_why_and_from_whom(quarantine: Quarantine) -> None:
    expected = Expected(
        sop_class="1.2", sop_instance="1.2.3", transfer_syntax="1.2.840", sender="CT1"
    )
    name = put(quarantine, b"bytes", expected)
    assert name.startswith("20260102T000001.000000-")
    assert sorted(os.listdir(quarantine.root)) == [f"{name}.dcm", f"{name}.json"]
    facts = json.loads((Path(quarantine.root) / f"{name}.json").read_text("utf-8"))
    assert facts == {
        "reason": "mismatch",
        "text": REFUSED.text,
        "received": "2026-01-02T00:00:01+00:00",
        "sender": "CT1",
        "sop_class": "1.2",
        "sop_instance": "1.2.3",
        "transfer_syntax": "1.2.840",
        "size": 5,
        "digest": sha256(b"bytes").hexdigest(),
        "kept": True,
    }
    [entry] = quarantine.entries()
    assert entry.sender == "CT1"
    assert "1.2.3" not in repr(entry)
    quarantine.remove(name)
    assert list(quarantine.entries()) == []


def test_the_oldest_go(quarantine: Quarantine) -> None:
    names = [put(quarantine, bytes(100)) for _ in range(5)]
    assert [entry.name for entry in quarantine.entries()] == names[2:]
    new = put(quarantine, bytes(850))
    assert [entry.name for entry in quarantine.entries()] == [names[4], new]


def test_of_what_is_too_large_only_the_reason_is_kept(quarantine: Quarantine) -> None:
    name = put(quarantine, bytes(1001))
    [entry] = quarantine.entries()
    assert (entry.name, entry.kept, entry.size) == (name, False, 1001)
    assert os.listdir(quarantine.root) == [f"{name}.json"]


@pytest.mark.parametrize("size", [10, 100_000])
@pytest.mark.parametrize("same_disk", [True, False])
def test_a_draft_of_a_folder_moves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, same_disk: bool
) -> None:
    quarantine = Quarantine(tmp_path / "quarantine")
    if not same_disk:
        monkeypatch.setattr(FolderDraft, "link", lambda self, path: False)
    draft = FolderBlobs(tmp_path / "blobs").begin()
    data = os.urandom(size)
    draft.write([data])
    name = quarantine.keep(draft, REFUSED, Expected()).name
    assert Path(quarantine.path(name)).read_bytes() == data
    assert [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()] == []
    with pytest.raises(RuntimeError):
        draft.write([b""])


def test_a_provider_puts_aside_what_it_refuses_itself(tmp_path: Path) -> None:
    quarantine = Quarantine(tmp_path / "quarantine")
    arrival = quarantine.receive(Expected(sender="CT1"))
    arrival.write([b"by", b"tes"])
    said = arrival.commit()
    assert (said.reason, said.sender, said.size) == ("mismatch", "CT1", 5)
    assert [entry.name for entry in quarantine.entries()] == [said.name]
    other = quarantine.receive()
    other.write([bytes(100_000)])
    other.discard()
    assert len(os.listdir(quarantine.root)) == 2


def test_a_file_without_a_reason_counts_too(quarantine: Quarantine) -> None:
    """Its process died between the two."""
    os.makedirs(quarantine.root)
    (Path(quarantine.root) / "20260101T000000.000000-00000000.dcm").write_bytes(bytes(900))
    assert list(quarantine.entries()) == []
    name = put(quarantine, bytes(200))
    assert sorted(os.listdir(quarantine.root)) == [f"{name}.dcm", f"{name}.json"]
