"""The other side of `isolated`: decodes in a process of its own, one frame after the other, until its input ends.

In: a pickle for each frame, from the process that started this one. Out: a line of JSON and the bytes of the pixels. Nothing
that comes out is ever unpickled, because a decoder that was taken over by its input may have written it.
"""

import json
import os
import pickle
import struct
import sys
from typing import BinaryIO

import numpy as np

from dicom_core import LimitExceeded

from .._descriptor import PixelDescriptor
from .._errors import DecodeError
from .._limits import PixelLimits
from ._codec import Codec

__all__ = ["LENGTH", "main", "serve"]

LENGTH = struct.Struct("<Q")


def main() -> None:
    """Decode what standard input brings; what libraries print goes nowhere."""
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)
        serve(sys.stdin.buffer, out)


def serve(source: BinaryIO, out: BinaryIO) -> None:
    """The first message is the codec, each further one a frame; every one is answered."""
    codec: Codec = pickle.loads(_message(source) or b"")  # noqa: S301  (from our parent)
    _answer(out, {"ready": codec.name})
    while message := _message(source):
        data, descriptor, limits = pickle.loads(message)  # noqa: S301
        answer, pixels = _decode(codec, data, descriptor, limits)
        _answer(out, answer, pixels)


def _decode(
    codec: Codec, data: bytes, descriptor: PixelDescriptor, limits: PixelLimits
) -> tuple[dict[str, object], bytes | memoryview]:
    try:
        decoded = codec.decode(data, descriptor, limits)
    except DecodeError as error:
        found = {"reason": error.reason, "segment": error.segment, "offset": error.offset}
        return {"error": found}, b""
    except LimitExceeded as error:
        return {"limit": [error.limit, error.value, error.where]}, b""
    except Exception as error:  # noqa: BLE001  (a codec of somebody: its fault costs one frame and is told)
        return {"error": {"reason": f"{type(error).__name__}: {error}"}}, b""
    pixels = np.ascontiguousarray(decoded.pixels)
    if (pixels.shape, pixels.dtype) != (descriptor.shape, np.dtype(descriptor.dtype)):
        found = {"reason": f"the decoder gave {pixels.dtype} of {pixels.shape}"}
        return {"error": found}, b""
    return {"photometric": decoded.photometric.value}, pixels.reshape(-1).view(np.uint8).data


def _message(source: BinaryIO) -> bytes | None:
    head = source.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    return source.read(length)


def _answer(out: BinaryIO, answer: dict[str, object], pixels: bytes | memoryview = b"") -> None:
    out.write(json.dumps(answer).encode() + b"\n")
    out.write(pixels)
    out.flush()


if __name__ == "__main__":
    main()
