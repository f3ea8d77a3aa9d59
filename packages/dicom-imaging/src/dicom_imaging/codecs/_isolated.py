"""`isolated`: a codec whose crash or endless loop costs one frame, because it runs in a process of its own."""

import json
import os
import pickle
import subprocess
import sys
import threading
import weakref
from contextlib import suppress
from types import TracebackType
from typing import IO, Self

import numpy as np

from dicom_core import LimitExceeded

from .._descriptor import PhotometricInterpretation, PixelDescriptor
from .._errors import DecodeError
from .._limits import PixelLimits
from ._codec import Bytes, Codec, Decoded
from ._worker import LENGTH

__all__ = ["Isolated", "isolated"]

_START = 60.0  # seconds in which a process must be there
_ANSWER = 1 << 16  # bytes of a line that a process answers
_PART = 1 << 20


def isolated(codec: Codec, *, timeout: float = 30.0) -> "Isolated":
    """The same codec, decoding in a process that is killed when a frame takes longer than ``timeout`` seconds.

    Processes start when they are needed, one for each thread that decodes at the same time, and are used again. The codec
    must be picklable. `Isolated.close`, or a ``with`` statement, ends the processes.
    """
    return Isolated(codec, timeout=timeout)


class Isolated:
    """A `Codec` around another one; see `isolated`."""

    def __init__(self, codec: Codec, *, timeout: float = 30.0) -> None:
        if timeout <= 0:
            raise ValueError(f"the timeout is {timeout} seconds; it must be more than none")
        self._codec = codec
        self._timeout = timeout
        self._idle: list[_Process] = []
        self._lock = threading.Lock()
        self._finalizer = weakref.finalize(self, _end_all, self._idle)

    @property
    def name(self) -> str:
        """The name of the codec within."""
        return f"isolated-{self._codec.name}"

    @property
    def decodes(self) -> frozenset[str]:
        """What the codec within decodes."""
        return self._codec.decodes

    @property
    def processes(self) -> tuple[int, ...]:
        """The ids of the processes that wait for work."""
        with self._lock:
            return tuple(process.id for process in self._idle)

    def decode(self, data: Bytes, descriptor: PixelDescriptor, limits: PixelLimits) -> Decoded:
        """One frame; a crash and a breach of the timeout are a `DecodeError`, too."""
        if descriptor.decoded_bytes > limits.frame:
            raise LimitExceeded("frame", descriptor.decoded_bytes, "bytes of one decoded frame")
        process = self._take()
        try:
            return process.decode(bytes(data), descriptor, limits, self._timeout)
        finally:
            if process.ready:
                self._give_back(process)
            else:
                process.end()

    def close(self) -> None:
        """End the processes that wait for work; another frame would start one again."""
        with self._lock:
            waiting, self._idle[:] = list(self._idle), []
        _end_all(waiting)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __reduce__(self) -> tuple[object, ...]:
        return type(self)._again, (self._codec, self._timeout)

    @classmethod
    def _again(cls, codec: Codec, timeout: float) -> Self:
        return cls(codec, timeout=timeout)

    def _take(self) -> "_Process":
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return _Process(self._codec)

    def _give_back(self, process: "_Process") -> None:
        with self._lock:
            self._idle.append(process)


def _end_all(processes: "list[_Process]") -> None:
    for process in processes:
        process.end()


class _Process:
    """One process, which decodes one frame at a time."""

    def __init__(self, codec: Codec) -> None:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        self._child = subprocess.Popen(
            [sys.executable, "-m", f"{__package__}._worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        self.ready = True
        with _Deadline(self._child, _START):
            self._send(pickle.dumps(codec))
            there = self._answer()
        if "ready" not in there:
            self.end()
            raise DecodeError(f"the process of the decoder does not start ({self._how()})")

    def decode(
        self, data: bytes, descriptor: PixelDescriptor, limits: PixelLimits, timeout: float
    ) -> Decoded:
        self.ready = False
        pixels = np.empty(descriptor.shape, descriptor.dtype)
        with _Deadline(self._child, timeout) as deadline:
            self._send(pickle.dumps((data, descriptor, limits)))
            answer = self._answer()
            whole = "photometric" not in answer or self._fill(
                pixels.reshape(-1).view(np.uint8).data
            )
        if not (answer and whole):
            self.end()
            late = f"the decoder took longer than {timeout:g} seconds"
            raise DecodeError(late if deadline.passed else f"the decoder crashed ({self._how()})")
        self.ready = not deadline.passed
        return _decoded(answer, pixels)

    @property
    def id(self) -> int:
        return self._child.pid

    def _send(self, message: bytes) -> None:
        pipe = self._child.stdin
        assert pipe is not None
        with suppress(BrokenPipeError):  # the answer, which does not come, says more
            pipe.write(LENGTH.pack(len(message)))
            pipe.write(message)
            pipe.flush()

    def _answer(self) -> dict[str, object]:
        """What the process says; nothing if it ended or says what it never would."""
        line = self._out.readline(_ANSWER)
        try:
            found = json.loads(line)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def _fill(self, target: memoryview) -> bool:
        done = 0
        while done < len(target):
            part = self._out.read(min(len(target) - done, _PART))
            if not part:
                return False
            target[done : done + len(part)] = part
            done += len(part)
        return True

    def _how(self) -> str:
        code = self._child.returncode
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    @property
    def _out(self) -> IO[bytes]:
        pipe = self._child.stdout
        assert pipe is not None
        return pipe

    def end(self) -> None:
        """Kill it, and wait for that."""
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                with suppress(OSError):  # what was not written yet has no reader any more
                    pipe.close()


class _Deadline:
    """Kills a process when the time is over: what waits for its answer then sees the end of the pipe."""

    def __init__(self, child: "subprocess.Popen[bytes]", seconds: float) -> None:
        self._child = child
        self._timer = threading.Timer(seconds, self._kill)
        self._timer.daemon = True
        self.passed = False

    def _kill(self) -> None:
        self.passed = True
        self._child.kill()

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *what: object) -> None:
        self._timer.cancel()


def _decoded(
    answer: dict[str, object], pixels: "np.ndarray[tuple[int, ...], np.dtype[np.generic]]"
) -> Decoded:
    if "photometric" in answer:
        return Decoded(pixels, PhotometricInterpretation(str(answer["photometric"])))
    if isinstance(limit := answer.get("limit"), list):
        raise LimitExceeded(str(limit[0]), int(limit[1]), str(limit[2]))
    found = answer.get("error")
    words = found if isinstance(found, dict) else {}
    segment, offset = words.get("segment"), words.get("offset")
    raise DecodeError(
        str(words.get("reason", "the decoder gave no reason")),
        segment=segment if isinstance(segment, int) else None,
        offset=offset if isinstance(offset, int) else None,
    )


# Tracebacks, reprs and pickles name the place that users import from
Isolated.__module__ = isolated.__module__ = "dicom_imaging.codecs"
