"""The network: each side's SCP under the same load, each side's SCU against the same SCP, by wall clock and by processor time.

The load and the neutral SCP are sockets and bytes (`_net_wire`). All runs are on loopback, with TCP_NODELAY=1 for those
who read it; without it DCMTK waits 40 ms a message. Figures are times, so that xN is how many times ours a peer takes.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from tests.peers.programs import (
    HOST,
    Orthanc,
    Ours,
    Program,
    PynetdicomScp,
    Storescp,
    environment,
)

from ._data import ct_files
from ._measure import Row

TITLE = "Network (loopback; 527 kB instances unless another size is named)"
LONG: Final = bool(os.environ.get("DICOM_LONG"))
ROUNDS: Final = 5 if LONG else 3
FILES: Final = 1000 if LONG else 200
ROOT: Final = Path(__file__).resolve().parents[1]
DOORS: Final = ("asyncio", "trio", "blocking")
SMALL: Final = 5400  # bytes of pixels; with its header the data set is 8 KiB


class Spent(NamedTuple):
    """What one unit of work cost: microseconds of wall clock, and of processor time of the side that is measured."""

    wall: float
    cpu: float


def python(module: str, *words: object) -> dict[str, float]:
    """What a module printed."""
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, words)],
        cwd=ROOT, env=environment(), check=False, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{module} {words}: {done.stdout[-500:]}{done.stderr[-1500:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def loaded(server: Program, *words: object) -> Spent:
    """A load on a server: what each unit of it took, and cost the server."""
    before = server.cpu()
    found = python("benchmarks._net_wire", words[0], server.port, *words[1:])
    count = found["count"]
    return Spent(found["seconds"] / count * 1e6, (server.cpu() - before) / count * 1e6)


def medians(sides: Mapping[str, Callable[[], Spent]], rounds: int = ROUNDS) -> dict[str, Spent]:
    """Each side's work in turn, a first time for nothing; the median of each figure."""
    found: dict[str, list[Spent]] = {name: [] for name in sides}
    for number in range(rounds + 1):
        for name, work in sides.items():
            try:
                spent = work()
            except (
                RuntimeError
            ) as failure:  # pynetdicom now and then waits for an answer that was sent
                print(f"{name}: {str(failure).strip().splitlines()[-1]}", file=sys.stderr)
                continue
            if number:
                found[name].append(spent)
    return {
        name: Spent(
            statistics.median(one.wall for one in all_of_it),
            statistics.median(one.cpu for one in all_of_it),
        )
        for name, all_of_it in found.items()
        if all_of_it
    }


def two_rows(what: str, found: Mapping[str, Spent], targets: tuple[str, str]) -> list[Row]:
    """Wall clock and processor time of the same work."""
    return [
        Row(f"{what}, time", "us", {name: spent.wall for name, spent in found.items()}, targets[0]),
        Row(f"{what}, CPU", "us", {name: spent.cpu for name, spent in found.items()}, targets[1]),
    ]


# --- SCPs ---------------------------------------------------------------------------------------


def _servers(stack: ExitStack, programs: Mapping[str, Program]) -> dict[str, Program]:
    started = {}
    for name, program in programs.items():
        if shutil.which(program.words()[0], path=environment()["PATH"]):
            started[name] = stack.enter_context(program)
    return started


def _discarding(folder: Path) -> dict[str, Program]:
    return {
        **{door: Ours(folder / door, "--answers", "10000", "--places", "100", door=door, keep="nothing") for door in DOORS},
        "pynetdicom": PynetdicomScp(folder / "p", ignore=True, answers=10000),
        "storescp": Storescp(folder / "s", ignore=True),
    }  # fmt: skip


def storage_rows(servers: Mapping[str, Program]) -> list[Row]:
    """C-STORE with the data thrown away."""
    rows: list[Row] = []
    for associations in (1, 10):
        words = ("store", "--files", FILES, "--associations", associations)
        found = medians({name: partial(loaded, one, *words) for name, one in servers.items()})
        what = f"SCP, thrown away, {associations} association(s)"
        rows += two_rows(what, found, (">= 10 / 1.2", ">= 10 / 1.2"))
    return rows


def small_rows(servers: Mapping[str, Program]) -> list[Row]:
    """Small objects, one at a time and 16 at a time."""
    rows: list[Row] = []
    for window, target in ((1, "<= 67 (15,000 a second)"), (16, "1.4 times less than window 1")):
        sides = {
            name: partial(
                loaded, one, "store", "--pixels", SMALL, "--window", window,
                "--files", 10 * FILES if isinstance(one, Ours) else FILES,
            )
            for name, one in servers.items()
            if window == 1 or isinstance(one, Ours)  # the others grant no window
        }  # fmt: skip
        walls = {name: spent.wall for name, spent in medians(sides).items()}
        rows.append(Row(f"SCP, 8 KiB objects, window {window}, time", "us", walls, target))
    return rows


def association_rows(servers: Mapping[str, Program]) -> list[Row]:
    """Open and release with 128 storage classes offered."""
    found = medians({
        name: partial(loaded, one, "associate", "--repeat", 100 if isinstance(one, Ours) else 10)
        for name, one in servers.items()
    })  # fmt: skip
    return two_rows("SCP, open and release, 128 contexts", found, (">= 20", ">= 20"))


def idle_row(folder: Path) -> Row:
    """What an idle association holds, in servers that did nothing before: freed memory would hide it."""
    with ExitStack() as stack:
        servers = _servers(stack, _discarding(folder))
        held = {name: idle(server) for name, server in servers.items()}
    return Row("SCP, an idle association holds", "KiB", held, "<= 32")


def resident(pid: int) -> int:
    """KiB of a process and its children that no other has."""
    total = sum(
        int(line.split()[1])
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
        if line.startswith("Private_")
    )
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    return total + sum(resident(int(child)) for child in children)


def idle(server: Program, count: int = 50) -> float:
    """What one open association holds, the first ones not counted."""

    def opened(number: int) -> int:
        with subprocess.Popen(
            [sys.executable, "-m", "benchmarks._net_wire", "idle", str(server.port), "--repeat", str(number)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            assert process.stdout is not None
            if process.stdout.readline() != "open\n":
                raise RuntimeError(f"{type(server).__name__} did not take {number} associations")
            held = resident(server.pid)
            process.communicate("\n")
        return held

    opened(5)
    few = opened(5)  # before the many: what is freed stays with the process
    return (opened(count + 5) - few) / count


def find_scp_rows(servers: Mapping[str, Program]) -> list[Row]:
    """C-FIND with 10,000 answers."""
    sides = {
        name: partial(loaded, one, "find")
        for name, one in servers.items()
        if not isinstance(one, Storescp)
    }
    return two_rows("SCP, C-FIND, an answer of 10,000", medians(sides, 1), ("", ">= 10"))


def disk_rows(folder: Path) -> list[Row]:
    """C-STORE to disk; `durable` calls fsync before it answers, the others do not."""
    programs: dict[str, Program] = {
        **{door: Ours(folder / door, "--flat", door=door, keep="files") for door in DOORS},
        "durable": Ours(folder / "durable", "--flat", door="asyncio", keep="durable"),
        "pynetdicom": PynetdicomScp(folder / "p"),
        "storescp": Storescp(folder / "s", "+B"),
        "Orthanc": Orthanc(folder / "o"),
    }
    rows: list[Row] = []
    with ExitStack() as stack:
        servers = _servers(stack, programs)
        for associations in (1, 10):
            words = ("store", "--files", FILES, "--associations", associations)
            found = medians({name: partial(loaded, one, *words) for name, one in servers.items()})
            what = f"SCP, to disk, {associations} association(s)"
            rows += two_rows(what, found, (">= 6 / - / 0.9", ""))
    return rows


# --- SCUs ---------------------------------------------------------------------------------------


def child_cpu(words: Sequence[str]) -> float:
    """Seconds of processor time of a program, with its children."""
    process = subprocess.Popen(
        words, env=environment(), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{words[:4]} ended with {process.returncode}")
    return used.ru_utime + used.ru_stime


def per_unit(words: Callable[[int], Sequence[str]], count: int) -> Spent:
    """A program's processor time for each unit beyond the first: its start is not counted."""
    return Spent(0, (child_cpu(words(count)) - child_cpu(words(1))) / (count - 1) * 1e6)


def measured(module: str, count: int, *words: object) -> Spent:
    """What a client says of its own work."""
    found = python(module, *words, "--warm")
    return Spent(found["seconds"] / count * 1e6, found["cpu"] / count * 1e6)


PYNET: Final = "tests.peers.pynet"
OURS: Final = "tests.peers.ours"


def ours(door: str, work: str, count: int, *words: object) -> Spent:
    """Our client through a door."""
    return measured(OURS, count, work, *words, "--door", door)


def send_rows(folder: Path, sink: Program) -> list[Row]:
    """C-STORE from files, into `storescp --ignore`."""
    (folder / "files").mkdir()
    paths = [str(path) for path in ct_files(folder / "files", FILES)]
    port, few = str(sink.port), paths[: FILES // 2]
    found = medians({
        **{door: partial(ours, door, "store", FILES, port, "ANY", *paths) for door in DOORS},
        "pynetdicom": lambda: measured(PYNET, len(few), "store", port, "ANY", *few),
        "storescu": lambda: per_unit(lambda n: ["storescu", "-R", HOST, port, *paths[:n]], FILES),
    })  # fmt: skip
    cpu = {name: spent.cpu for name, spent in found.items()}
    return [Row("SCU, from files, CPU", "us", cpu, ">= 12 / 2")]


def echo_rows(folder: Path) -> list[Row]:
    """C-ECHO round trips on an open association, each side with itself; the processor time is that of both ends."""
    count = 2000 if LONG else 1000
    few = count // 5
    with ExitStack() as stack:
        servers = _servers(stack, _discarding(folder))

        def both(name: str, work: Callable[[], Spent], number: int) -> Spent:
            before = servers[name].cpu()
            spent = work()
            return Spent(spent.wall, spent.cpu + (servers[name].cpu() - before) / number * 1e6)

        # the servers work twice as much: clients are warmed up
        sides = {
            door: partial(
                both,
                door,
                partial(ours, door, "echo", count, servers[door].port, "ANY", "--repeat", count),
                2 * count,
            )
            for door in DOORS
        }
        port = servers["pynetdicom"].port
        asking = partial(measured, PYNET, few, "echo", port, "ANY", "--repeat", few)
        sides["pynetdicom"] = partial(both, "pynetdicom", asking, 2 * few)
        if "storescp" in servers:
            dcmtk = partial(_echoscu, servers["storescp"], count)
            sides["storescp"] = partial(both, "storescp", dcmtk, count)
        found = medians(sides)
    return two_rows("C-ECHO round trip", found, ("<= 40; trio <= 1.6; >= 50 / 0.5", ""))


def _echoscu(server: Program, count: int) -> Spent:
    def took(number: int) -> tuple[float, float]:
        started = time.monotonic()
        cpu = child_cpu(["echoscu", "--repeat", str(number), HOST, str(server.port)])
        return time.monotonic() - started, cpu

    one, many = took(1), took(count)
    wall, cpu = ((b - a) / (count - 1) * 1e6 for a, b in zip(one, many, strict=True))
    return Spent(wall, cpu)


def neutral_rows() -> list[Row]:
    """Associations and queries against an SCP of sockets and bytes."""
    words = [sys.executable, "-m", "benchmarks._net_wire", "answer", "10000"]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        many, few = 100, 20
        opened = medians({
            **{door: partial(ours, door, "associate", many, port, "ANY", "--repeat", many) for door in DOORS},
            "pynetdicom": lambda: measured(PYNET, few, "associate", port, "ANY", "--repeat", few),
        })  # fmt: skip
        keys = ("--key", "StudyInstanceUID=", "--key", "PatientName=")
        found = medians({
            **{door: partial(ours, door, "find", 10000, port, "ANY", *keys) for door in DOORS},
            "pynetdicom": lambda: measured(PYNET, 10000, "find", port, "ANY", *keys),
            "findscu": lambda: Spent(0, (child_cpu([
                "findscu", "-q", "-xi", "-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID", HOST, port,
            ]) - child_cpu(["echoscu", HOST, port])) / 10000 * 1e6),
        }, 1)  # fmt: skip
        process.terminate()
    return [
        *two_rows("SCU, open and release, 128 contexts", opened, (">= 20", ">= 20")),
        Row("SCU, C-FIND, an answer of 10,000, CPU", "us", {n: s.cpu for n, s in found.items()}, ">= 10"),
    ]  # fmt: skip


# --- the machine --------------------------------------------------------------------------------


def reader_rows() -> list[Row]:
    """The Upper Layer alone: 527 kB in PDUs of 16 KiB, fed in pieces of 256 KiB."""
    found = python("benchmarks._net_machine")
    return [
        Row("reader without I/O, a 527 kB instance", "us", {"ours": found["microseconds"]},
            f">= 15 GB/s; it is {found['speed']:.1f}"),
    ]  # fmt: skip


def rows() -> list[Row]:
    """The rows of the report."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        made = reader_rows()
        servers = _servers(stack, _discarding(folder / "discarding"))
        made += storage_rows(servers)
        made += small_rows(servers)
        made += echo_rows(folder / "echo")
        made += association_rows(servers)
        made.append(idle_row(folder / "idle"))
        made += find_scp_rows(servers)
        made += send_rows(folder, servers["storescp"])
        made += neutral_rows()
        made += disk_rows(folder / "disk")
    return made
