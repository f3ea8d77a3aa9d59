"""Shows 2 of the archive: every real file that storescu can send is stored, and fetched by getscu with the same data set.

What storescu makes of a file on its way (it encodes anew, and drops trailing padding) is seen by storescp, which writes
down what it is sent; what getscu fetches from us is compared with that.
"""

import json
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

import dicom_core as dc

from .programs import HOST, Program, Served, Storescp, environment

Peer = Callable[[str], str]

# How storescu and getscu are told of a transfer syntax; they have no words for JPEG XL, HTJ2K and deflated frames
FLAGS: Final = {
    "1.2.840.10008.1.2": "i", "1.2.840.10008.1.2.1": "e", "1.2.840.10008.1.2.2": "b",
    "1.2.840.10008.1.2.1.99": "d", "1.2.840.10008.1.2.5": "r",
    "1.2.840.10008.1.2.4.50": "y", "1.2.840.10008.1.2.4.51": "x", "1.2.840.10008.1.2.4.70": "s",
    "1.2.840.10008.1.2.4.80": "t", "1.2.840.10008.1.2.4.81": "u",
    "1.2.840.10008.1.2.4.90": "v", "1.2.840.10008.1.2.4.91": "w",
    "1.2.840.10008.1.2.4.100": "m", "1.2.840.10008.1.2.4.102": "n",
}  # fmt: skip
IMPLICIT: Final = "1.2.840.10008.1.2"
# Younger than DCMTK 3.6.7, or not among the 120 classes that getscu has room for
NOT_PROPOSED: Final = {
    "1.2.840.10008.5.1.4.1.1.91.1",
    "1.2.840.10008.5.1.4.1.1.30",
    "1.2.840.10008.5.1.4.1.1.66.7",
}


class Sent:
    """What became of a file on its way to a server."""

    def __init__(self, code: int, said: str) -> None:
        self.code = code
        self.said = said

    @property
    def reason(self) -> str:
        """In a few words."""
        for line in self.said.splitlines():
            if line.startswith(("E:", "F:")) or "status" in line.casefold():
                return line.partition(":")[2].strip().partition(" file: ")[0][:60]
        return f"exit code {self.code}"


def storescu(peer: Peer, server: Program, flag: str, path: Path) -> Sent:
    words = [peer("storescu"), "-v", "-R", f"-x{flag}", "-aec", "ARCHIVE", HOST, str(server.port)]
    done = subprocess.run(
        [*words, str(path)], env=environment(), check=False, capture_output=True, timeout=60
    )
    said = (done.stdout + done.stderr).decode(errors="replace")
    failed = done.returncode or "Success" not in said
    return Sent(int(bool(failed)), said)


def getscu(
    peer: Peer, server: Program, flag: str, wanted: dc.Dataset, folder: Path
) -> bytes | None:
    """One instance, preferably in its own transfer syntax; None where getscu proposes no context for its SOP class."""
    keys = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
    asked = [word for key in keys for word in ("-k", f"{key}={wanted[key]}")]
    words = [peer("getscu"), "-v", "-S", f"+x{flag}", "+B", "-od", str(folder), "-aec", "ARCHIVE"]
    level = ("-k", "QueryRetrieveLevel=IMAGE")
    done = subprocess.run(
        [*words, *level, *asked, HOST, str(server.port)],
        env=environment(), check=False, capture_output=True, timeout=60,
    )  # fmt: skip
    said = (done.stdout + done.stderr).decode(errors="replace")
    assert done.returncode == 0, said
    if "Failed Suboperations    : 1" in said and wanted.SOPClassUID in NOT_PROPOSED:
        return None
    assert any(folder.iterdir()), f"{asked} {wanted.SOPClassUID} {said}"
    return taken(folder)


def taken(folder: Path) -> bytes:
    """The one file of a folder, which is empty then."""
    (path,) = folder.iterdir()
    data = path.read_bytes()
    path.unlink()
    return data


@pytest.fixture(scope="module")
def servers(
    peer: Peer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Served, Storescp]]:
    peer("storescp")
    folder = tmp_path_factory.mktemp("corpus")
    words = ("--duplicates", "replace", "--log-level", "warning")
    with Served(folder / "ours", *words) as ours, Storescp(folder / "theirs", "+B", "+xa") as scp:
        yield ours, scp


@pytest.mark.slow
def test_the_whole_corpus_is_stored_and_fetched(
    peer: Peer,
    corpus: Path,
    servers: tuple[Served, Storescp],
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    ours, scp = servers
    kept_out: Counter[str] = Counter()
    fetched = 0
    for entry in json.loads((corpus / "manifest.json").read_text("utf-8")):
        path = corpus / entry["path"]
        flag = FLAGS.get(entry.get("transfer_syntax") or IMPLICIT)
        if flag is None:
            kept_out[f"storescu has no transfer syntax {entry['transfer_syntax']}"] += 1
            continue
        reference = storescu(peer, scp, flag, path)
        if reference.code:
            kept_out[f"storescu to storescp: {reference.reason}"] += 1
            for left in scp.received.iterdir():
                left.unlink()
            continue
        expected = dc.read(taken(scp.received))
        sent = storescu(peer, ours, flag, path)
        if sent.code:
            kept_out[f"refused: {refusal(expected, sent)}"] += 1
            continue
        data = getscu(peer, ours, flag, expected.dataset, tmp_path)
        if data is None:
            kept_out[f"getscu proposes no {entry['sop_class_name']}"] += 1
            continue
        got = dc.read(data)
        if expected.transfer_syntax == IMPLICIT:  # which getscu takes, but does not propose first
            # Group lengths, where there are any, are made when it is written
            got = dc.read(dc.convert(got, IMPLICIT).to_bytes())
        assert got.transfer_syntax == expected.transfer_syntax, entry["path"]
        assert got.dataset == expected.dataset, entry["path"]
        fetched += 1
    print(f"\n{fetched} stored and fetched, equal; the others:")
    for reason, count in sorted(kept_out.items()):
        print(f"{count:4} {reason}")
    record_property("fetched", fetched)
    assert fetched >= 200
    assert (
        subprocess.run(
            [peer("echoscu"), HOST, str(ours.port)], env=environment(), check=False
        ).returncode
        == 0
    )


def refusal(file: dc.DicomFile, sent: Sent) -> str:
    """Why we do not take it: only what has no identity of its own is refused."""
    for key in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID"):
        value = file.dataset.element(key) if key in file.dataset else None
        text = "" if value is None else value.text
        if not text or not set(text) <= set("0123456789."):
            return f"no {key}"
    raise AssertionError(f"{sent.said}\nit has all its UIDs")
