"""The archive: `dicom serve` beside Orthanc with its default SQLite, both as they come, in processes of their own.

Storing is measured with and without fsync (Orthanc: SyncStorageArea), each side with the same load of sockets and bytes
(`_net_wire`); retrieving with DCMTK's getscu and movescu, which ignore what they get. Figures are times for each instance
or answer, so that xN is how many times ours Orthanc takes; CPU is that of the server. Every instance is a new one.
"""

import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Final

from tests.peers.programs import HOST, Orthanc, Program, Served, Storescp, environment
from tests.peers.wire import ECHO, IMPLICIT, Wire

import dicom_net as dn
from dicom_archive.synthetic import small_instances

from ._measure import Row
from .bench_net import LONG, ROUNDS, SMALL, Spent, loaded, medians, python, two_rows

TITLE = "Archive (loopback; 527 kB instances unless another size is named)"
FILES: Final = 1000 if LONG else 300
STUDIES: Final = 10_000
RETRIEVED: Final = 500
STUDY: Final = "1.2.826.0.1.3680043.8.498.1.1"  # of the load
_BLOCK: Final = 20_000  # numbers that one run of the load may use


def _pair(folder: Path, *, durable: bool, sink: Program | None = None) -> dict[str, Program]:
    """Ours and Orthanc, where it is there, both with fsync or both without."""
    words = ["--durable" if durable else "--not-durable", "--reserve=0", "--log-level=warning"]
    ours = {} if sink is None else {"SINK": sink.port}
    theirs = {} if sink is None else {"sink": ("SINK", sink.port)}
    sides: dict[str, Program] = {"ours": Served(folder / "ours", *words, destinations=ours)}
    if shutil.which("Orthanc", path=environment()["PATH"]):
        settings = {"SyncStorageArea": durable}
        sides["Orthanc"] = Orthanc(folder / "orthanc", modalities=theirs, settings=settings)
    return sides


def _stored(server: Program, numbers: Iterator[int], words: tuple[object, ...]) -> Spent:
    """The load, with numbers that were not used before."""
    return loaded(server, "store", *words, "--first", next(numbers))


def store_rows(folder: Path) -> list[Row]:
    """C-STORE, large and small, one association and ten, durable and not."""
    rows: list[Row] = []
    for durable in (True, False):
        how = "fsync" if durable else "no fsync"
        numbers = count(1_000_000, _BLOCK)
        with _running(_pair(_spread(folder / how), durable=durable)) as sides:
            for size, files, pixels, target in (
                ("527 kB", FILES, 512 * 512 * 2, ">= 1.5" if durable else ">= 2"),
                ("8 KiB", 10 * FILES, SMALL, ">= 3"),
            ):
                for associations in (1, 10):
                    words = ("--files", files, "--pixels", pixels, "--associations", associations)
                    found = medians({
                        name: partial(_stored, one, numbers, words) for name, one in sides.items()
                    })  # fmt: skip
                    what = f"C-STORE {size}, {how}, {associations} association(s)"
                    rows += two_rows(what, found, (target, ""))
    return rows


def _spread(folder: Path) -> Path:
    """A folder whose folders lie in other parts of the disk, and not where files were removed a moment ago.

    ext4 gives inodes again after five minutes only: near thousands of them, making a file took 300 us and more instead
    of 10 (6.18), for whoever came second. That is also why nothing is removed before all is measured.
    """
    folder.mkdir(parents=True)
    if shutil.which("chattr"):
        subprocess.run(["chattr", "+T", folder], check=False, capture_output=True)
    return folder


def find_rows(folder: Path) -> list[Row]:
    """C-FIND of all studies: the whole answer, and how long the first part of it takes."""
    first: dict[str, list[float]] = {}

    def found(name: str, server: Program) -> Spent:
        before = server.cpu()
        told = python("benchmarks._net_wire", "find", server.port)
        if told["count"] != STUDIES:
            raise RuntimeError(f"{name} gave {told['count']} answers, not {STUDIES}")
        first.setdefault(name, []).append(told["first"] * 1e3)
        return Spent(told["seconds"] / STUDIES * 1e6, (server.cpu() - before) / STUDIES * 1e6)

    spent: dict[str, Spent] = {}
    for name, server in _pair(folder, durable=False).items():
        with server:
            datasets = (one.dataset for one in small_instances(STUDIES, 1000, series=1, study=1))
            dn.blocking.store_datasets(HOST, server.port, datasets, called_ae="ANY")
            spent |= medians({name: partial(found, name, server)})
    firsts = {name: statistics.median(values[1:]) for name, values in first.items()}
    return [
        *two_rows(f"C-FIND, an answer of {STUDIES:,}", spent, ("", ">= 1")),
        Row("C-FIND, the first answer", "ms", firsts, "<= 20"),
    ]


def retrieve_rows(folder: Path) -> list[Row]:
    """C-GET and C-MOVE of a study; whoever receives throws it away."""
    tools = environment()["PATH"]
    if any(shutil.which(name, path=tools) is None for name in ("getscu", "movescu", "storescp")):
        return []
    keys = ("-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={STUDY}")
    rows: list[Row] = []
    with (
        Storescp(folder / "sink", ignore=True, title="SINK") as sink,
        _running(_pair(folder, durable=False, sink=sink)) as sides,
    ):
        for server in sides.values():
            loaded(server, "store", "--files", RETRIEVED)
        for name, words in (
            ("C-GET", ["getscu", "-q", "-S", "--ignore", *keys, HOST]),
            ("C-MOVE", ["movescu", "-q", "-S", "-aem", "SINK", *keys, HOST]),
        ):
            found = medians({side: partial(_fetched, one, words) for side, one in sides.items()})
            rows += two_rows(f"{name} of {RETRIEVED}, an instance", found, (">= 2", ""))
    return rows


@contextmanager
def _running(sides: Mapping[str, Program]) -> Iterator[Mapping[str, Program]]:
    """All of them, at the same time; what each does is measured in turn."""
    with ExitStack() as stack:
        for one in sides.values():
            stack.enter_context(one)
        yield sides


def _fetched(server: Program, words: list[str]) -> Spent:
    before, started = server.cpu(), time.monotonic()
    subprocess.run([*words, str(server.port)], env=environment(), check=True)
    wall = time.monotonic() - started
    return Spent(wall / RETRIEVED * 1e6, (server.cpu() - before) / RETRIEVED * 1e6)


def idle_rows(folder: Path) -> list[Row]:
    """From the start of the program to its first C-ECHO, and the memory that it holds then."""
    begun: dict[str, list[float]] = {}
    held: dict[str, float] = {}
    for _ in range(ROUNDS + 1):
        for name, server in _pair(folder, durable=True).items():
            started = time.monotonic()
            with server:
                peer = Wire(server.port).associate((ECHO, [IMPLICIT]))
                peer.echo(1)
                begun.setdefault(name, []).append((time.monotonic() - started) * 1e3)
                peer.release()
                held[name] = _held(server.pid)
    starts = {name: statistics.median(values[1:]) for name, values in begun.items()}
    return [
        Row("start to the first C-ECHO", "ms", starts, "<= 1000"),
        Row("memory at rest", "MiB", held, "<= 90"),
    ]


def _held(pid: int) -> float:
    """MiB of a process and its children that are in memory."""
    for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines():
        if line.startswith("VmRSS:"):
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
            return int(line.split()[1]) / 1024 + sum(map(_held, map(int, children)))
    return 0.0


def rows() -> list[Row]:
    """The rows of the report."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # installed packages have compiled modules
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return [
            *idle_rows(folder / "idle"),
            *store_rows(folder / "store"),
            *find_rows(folder / "find"),
            *retrieve_rows(folder / "retrieve"),
        ]
