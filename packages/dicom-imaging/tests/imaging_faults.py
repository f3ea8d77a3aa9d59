"""Codecs that misbehave on purpose, by what the frame says; importable, so that a process can have them."""

import os
import sys
import time
from typing import NamedTuple

import numpy as np

import dicom_imaging as di
from dicom_core import LimitExceeded
from dicom_imaging.codecs import Bytes, Decoded, Encoded, EncodeOptions, Pixels

__all__ = ["PRIVATE", "Faulty", "Liar", "Toy"]

PRIVATE = "1.2.826.0.1.3680043.8.498.99"


class Toy(NamedTuple):
    """Every byte inverted: the simplest codec of somebody else."""

    name: str = "toy"

    @property
    def decodes(self) -> frozenset[str]:
        return frozenset({PRIVATE})

    @property
    def encodes(self) -> frozenset[str]:
        return frozenset({PRIVATE})

    def decode(
        self, data: Bytes, descriptor: di.PixelDescriptor, limits: di.PixelLimits
    ) -> Decoded:
        if descriptor.decoded_bytes > limits.frame:
            raise LimitExceeded("frame", descriptor.decoded_bytes)
        if len(data) != descriptor.decoded_bytes:
            raise di.DecodeError("the frame has another length", offset=len(data))
        pixels = ~np.frombuffer(data, np.uint8)
        shaped = pixels.view(descriptor.dtype).reshape(descriptor.shape)
        return Decoded(shaped, descriptor.photometric)

    def encode(
        self, pixels: Pixels, descriptor: di.PixelDescriptor, uid: str, options: EncodeOptions
    ) -> Encoded:
        if pixels.shape != descriptor.shape or pixels.dtype != descriptor.dtype:
            raise di.EncodeError("the array is not that of the descriptor", uid)
        data = (~np.ascontiguousarray(pixels).view(np.uint8)).tobytes()
        return Encoded(data, descriptor.photometric, lossless=True)


class Liar(Toy):
    """Calls lossless what is not."""

    __slots__ = ()

    def encode(
        self, pixels: Pixels, descriptor: di.PixelDescriptor, uid: str, options: EncodeOptions
    ) -> Encoded:
        return super().encode(pixels // 2, descriptor, uid, options)


class Faulty(Toy):
    """Does what the frame says."""

    __slots__ = ()

    def decode(
        self, data: Bytes, descriptor: di.PixelDescriptor, limits: di.PixelLimits
    ) -> Decoded:
        word = bytes(data)
        if word == b"crash":
            os.abort()
        if word == b"exit":
            os._exit(3)
        if word == b"hang":
            time.sleep(3600)
        if word == b"babble":
            sys.stdout.write("nothing that belongs here\n" * 100)
            sys.stdout.flush()
            os.write(1, b"\xff" * 1000)
        if word == b"bug":
            raise KeyError("no such thing")
        if word == b"limit":
            raise LimitExceeded("scans", 1000, "scans")
        if word == b"refuse":
            raise di.DecodeError("a reason", segment=2, offset=7)
        dtype = np.uint16 if word == b"dtype" else np.dtype(descriptor.dtype)
        return Decoded(np.full(descriptor.shape, 7, dtype), descriptor.photometric)
