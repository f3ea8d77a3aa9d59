"""A hostile case runs in a process of its own, with bounds on memory, time and what it may touch.

What holds for every case holds here once: the process ends by itself, inside its memory and processor
time; it opens nothing for writing outside its folder and leaves nothing there; it starts no program,
opens no connection; it ends with a verdict of the case, not with MemoryError, RecursionError or a signal.
"""

import importlib
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ParamSpec

import dicom_core as dc

__all__ = ["SECRET", "attempt", "hostile", "over_budget", "polite", "reads", "refused", "strictly"]

ROOT = Path(__file__).resolve().parents[2]
SECRET = "SECRET"  # stands in every value that a message must not show
_MIB = 1 << 20
P = ParamSpec("P")
_HEADROOM = (
    192 * _MIB
)  # address space is not memory: arenas and thread stacks are reserved in large steps
_WAIT = 20  # the machine may be busy: real time is allowed so many times the processor time
_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")


def hostile(*, memory: int, seconds: int) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """The test runs in a child process with so many MiB more than it begins with, and so much processor time."""

    def decorate(body: Callable[[], None]) -> Callable[[], None]:
        def test() -> None:
            _in_a_child(body, memory, seconds)

        test.__name__ = body.__name__
        test.__qualname__ = body.__qualname__
        test.__module__ = body.__module__
        test.__doc__ = body.__doc__
        test.__dict__["body"] = body
        return test

    return decorate


def _in_a_child(body: Callable[[], None], memory: int, seconds: int) -> None:
    command = [sys.executable, "-B", "-m", "tests.hostile.sandbox", _name_of(body), body.__name__]
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ)
        environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), environment.get("PYTHONPATH", "")])
        environment["TMPDIR"] = folder
        done = subprocess.run(
            [*command, str(memory), str(seconds)],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=seconds * _WAIT,
            check=False,
        )
        left = sorted(path.name for path in Path(folder).iterdir())
    assert done.returncode == 0, f"ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert not left, f"the case left {left}"
    polite(done.stdout + done.stderr, longest=1 << 16)


def _name_of(body: Callable[[], None]) -> str:
    """The module under the name that the child imports it by, however pytest named it."""
    file = Path(body.__code__.co_filename).resolve()
    return ".".join(file.relative_to(ROOT).with_suffix("").parts)


# --- what cases say -----------------------------------------------------------------------------


def polite(text: str, longest: int = 3000) -> None:
    """A message says no values, nothing a terminal obeys, and is no longer than a path through 100 levels."""
    assert SECRET not in text
    assert len(text) <= longest, f"{len(text)} characters"
    bad = {one for one in text if not (one.isprintable() or one in "\n\t")}
    assert not bad, f"control characters {bad!r} in a message"


def attempt(call: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> dc.DicomError | None:
    """The error of the call, a documented and polite one, if there is one."""
    try:
        call(*args, **kwargs)
    except dc.DicomError as error:
        polite(str(error))
        polite(repr(error))
        return error
    return None


def refused(call: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> dc.DicomError:
    """The error of the call: a documented one, whose text is polite."""
    error = attempt(call, *args, **kwargs)
    assert error is not None, "nothing was refused"
    return error


def reads(
    data: "bytes | str | dc.ByteSource",
    options: "dc.ReadOptions | None" = None,
    *,
    force: bool = False,
) -> dc.DicomFile:
    """What tolerant reading gives; its findings are polite."""
    file = dc.read(data, options or dc.ReadOptions(), force=force)
    for finding in file.findings:
        polite(str(finding))
    return file


def strictly(data: bytes, *, force: bool = False) -> dc.ParseError:
    """The error of strict reading, which names a place."""
    error = refused(dc.read, data, dc.ReadOptions(strict=True), force=force)
    assert isinstance(error, dc.ParseError), f"{type(error).__name__}: {error}"
    assert error.offset is not None
    assert error.rule
    return error


@contextmanager
def over_budget(mib: float) -> Iterator[None]:
    """Inside, memory grows by at most so much; what stood before, such as the input, does not count."""
    before = _reset_peak()
    yield
    grown = _peak() - before
    assert grown <= mib * _MIB, f"{grown / _MIB:.1f} MiB more, {mib} are allowed"


# --- the child ----------------------------------------------------------------------------------


def _field(name: str) -> int:
    for line in _STATUS.read_text("ascii").splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    raise AssertionError(f"no {name} in {_STATUS}")


def _reset_peak() -> int:
    if not _CLEAR.exists():
        return 0
    _CLEAR.write_text("5", "ascii")
    return _field("VmRSS")


def _peak() -> int:
    return _field("VmHWM") if _CLEAR.exists() else 0


def _bound(memory: int, seconds: int) -> None:
    import resource

    if _STATUS.exists():
        room = _field("VmSize") + 3 * memory * _MIB + _HEADROOM
        resource.setrlimit(resource.RLIMIT_AS, (room, room))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _watch(folder: Path) -> None:
    """No file is written outside the folder, no program started, no connection opened."""
    allowed = (str(folder), "/proc/self/")

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open":
            path, mode, flags = arguments
            assert isinstance(flags, int)
            written = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            if written and isinstance(path, str) and not _inside(path, allowed):
                raise RuntimeError(f"something outside the folder is opened for writing: {mode}")
        elif event in {
            "subprocess.Popen",
            "os.system",
            "os.exec",
            "os.posix_spawn",
            "socket.connect",
        }:
            raise RuntimeError(f"{event} in a hostile case")

    sys.addaudithook(hook)


def _inside(path: str, allowed: tuple[str, ...]) -> bool:
    return os.path.abspath(path).startswith(allowed)


def _warm_up() -> None:
    """Load what reading, showing and writing need: the memory of a case is not that of imports."""
    ds = dc.Dataset()
    ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    ds.PatientName = "A^B"
    ds.ContentDate = "20200101"
    ds.SliceThickness = "1.5"
    ds.ReferencedSOPSequence = [dc.Dataset()]
    data = dc.DicomFile.new(ds).to_bytes()
    file = dc.read(data)
    list(file.dataset.values())
    str(file)
    assert not file.findings


def main(words: list[str]) -> int:
    module, name, memory, seconds = words
    body: Callable[[], None] = vars(importlib.import_module(module))[name].body
    _warm_up()
    _watch(Path.cwd())
    _bound(int(memory), int(seconds))
    try:
        with over_budget(int(memory)):
            body()
    except Exception:  # noqa: BLE001  (whatever it is, the parent shows it)
        traceback.print_exc(limit=-12)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
