"""`check_codec`: what every codec promises, tried out."""

import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import numpy as np

from dicom_core import LimitExceeded

from .._descriptor import PhotometricInterpretation, PixelDescriptor
from .._errors import DecodeError, EncodeError
from .._limits import PixelLimits
from ..codecs import Codec, Decoded, EncodeOptions, Encoder, Pixels

__all__ = ["Sample", "check_codec"]

_PI = PhotometricInterpretation
_UID = re.compile(r"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))+")  # PS3.5 9.1
_SHAPE = (24, 37)
_LIMITS = PixelLimits()


class Sample(NamedTuple):
    """A frame that a codec must decode, and the stored values that it must give; None: whatever they are."""

    uid: str
    data: bytes
    descriptor: PixelDescriptor
    pixels: "Pixels | None" = None


def check_codec(codec: Codec, samples: Iterable[Sample] = ()) -> None:
    """Raise AssertionError, which names every promise that the codec breaks.

    A codec that encodes makes its own samples; one that only decodes needs some.
    """
    faults = [*_identity(codec)]
    found = list(samples)
    if isinstance(codec, Encoder):
        for uid in sorted(codec.encodes):
            made = list(_encoded(codec, uid, faults))
            if not made:
                faults.append(f"{uid}: nothing could be encoded")
            found.extend(made)
    if not found:
        faults.append("there is no sample to decode; pass some")
    for sample in found:
        for check in (_decodes, _refuses, _survives, _is_alike_in_threads, _decodes_batches):
            faults += [f"{_title(sample)}: {fault}" for fault in check(codec, sample)]
    if faults:
        raise AssertionError(f"{codec.name}:\n" + "\n".join(faults))


def _title(sample: Sample) -> str:
    one = sample.descriptor
    sign = "signed" if one.signed else "unsigned"
    return f"{sample.uid} {one.samples} x {one.bits_stored} in {one.bits_allocated} bits, {sign}"


def _identity(codec: Codec) -> Iterator[str]:
    name: object = codec.name
    if not (isinstance(name, str) and name.isprintable() and name):
        yield "its name is no text"
    uids: list[tuple[str, object]] = [("decodes", codec.decodes)]
    if isinstance(codec, Encoder):
        uids.append(("encodes", codec.encodes))
        if not codec.encodes <= codec.decodes:
            yield "it encodes what it does not decode, so that nobody can check it"
    for where, value in uids:
        if not isinstance(value, frozenset):
            yield f"{where} is no frozenset"
            continue
        for uid in sorted(value):
            if len(uid) > 64 or not _UID.fullmatch(uid):
                yield f"{where} has {uid!r}, which is no UID"


def _descriptors() -> Iterator[PixelDescriptor]:
    rows, columns = _SHAPE
    for allocated, stored in ((8, 8), (16, 12), (16, 16), (32, 32), (1, 1)):
        for signed in (False, True):
            if signed and allocated == 1:
                continue
            high = stored - 1
            yield PixelDescriptor(
                rows, columns, 1, allocated, stored, high, signed, _PI.MONOCHROME2
            )
    for photometric in (_PI.RGB, _PI.YBR_FULL):
        yield PixelDescriptor(rows, columns, 3, 8, 8, 7, False, photometric)


def _picture(descriptor: PixelDescriptor) -> Pixels:
    """Slopes with noise over the whole range."""
    random = np.random.default_rng(7)
    bits = descriptor.bits_stored
    low = -(1 << (bits - 1)) if descriptor.signed else 0
    slope = np.linspace(0, 1, descriptor.rows * descriptor.columns * descriptor.samples)
    values = np.clip(slope + random.normal(0, 0.02, slope.size), 0, 1) * ((1 << bits) - 1)
    pixels: Pixels = (np.floor(values) + low).astype(descriptor.dtype).reshape(descriptor.shape)
    return pixels


def _encoded(codec: Encoder, uid: str, faults: list[str]) -> Iterator[Sample]:
    for descriptor in _descriptors():
        pixels = _picture(descriptor)
        before = pixels.copy()
        pixels.flags.writeable = False
        try:
            encoded = codec.encode(pixels, descriptor, uid, EncodeOptions())
        except EncodeError:
            continue
        told = descriptor._replace(photometric=encoded.photometric)
        kind = type(encoded.data).__name__
        if kind != "bytes":
            faults.append(f"{uid}: encode gives {kind}, not bytes")
        yield Sample(uid, encoded.data, told, before if encoded.lossless else None)
        for what, wrong in (("dtype", np.zeros(before.shape, np.float16)), ("shape", before[:-1])):
            call = partial(codec.encode, wrong, descriptor, uid, EncodeOptions())
            if fault := _raises(EncodeError, call):
                faults.append(f"{uid}: encoding another {what} {fault}")


def _raises(
    kinds: type[Exception] | tuple[type[Exception], ...], call: Callable[[], object]
) -> str:
    """Nothing if it raises one of these, else what it does."""
    try:
        call()
    except kinds:
        return ""
    except Exception as error:  # noqa: BLE001  (that is what is looked for)
        return f"raises {type(error).__name__}: {error}"
    return "is not refused"


def _decodes(codec: Codec, sample: Sample) -> Iterator[str]:
    descriptor = sample.descriptor
    first = codec.decode(sample.data, descriptor, _LIMITS)
    yield from _shape(first, descriptor)
    if sample.pixels is not None and not np.array_equal(first.pixels, sample.pixels):
        yield "decoding gives other values"
    viewed = codec.decode(memoryview(sample.data), descriptor, _LIMITS)
    if not np.array_equal(viewed.pixels, first.pixels):
        yield "decoding a memoryview gives other values"
    trailed = codec.decode(sample.data + b"\0" * (len(sample.data) % 2), descriptor, _LIMITS)
    if not np.array_equal(trailed.pixels, first.pixels):
        yield "the padding byte of an odd frame changes it"
    if first.pixels.flags.writeable and np.shares_memory(viewed.pixels, first.pixels):
        yield "two results share memory"


def _shape(decoded: Decoded, descriptor: PixelDescriptor) -> Iterator[str]:
    pixels = decoded.pixels
    if pixels.dtype != np.dtype(descriptor.dtype) or not pixels.dtype.isnative:
        yield f"decode gives {pixels.dtype}, not {descriptor.dtype}"
    if pixels.shape != descriptor.shape:
        yield f"decode gives the shape {pixels.shape}, not {descriptor.shape}"
    if not pixels.flags.c_contiguous:
        yield "what decode gives is not C-contiguous"
    named: object = decoded.photometric
    if not isinstance(named, PhotometricInterpretation):
        yield "the photometric interpretation is no PhotometricInterpretation"


def _refuses(codec: Codec, sample: Sample) -> Iterator[str]:
    descriptor = sample.descriptor
    larger = descriptor._replace(rows=descriptor.rows * 2)
    if fault := _raises(DecodeError, lambda: codec.decode(sample.data, larger, _LIMITS)):
        yield f"a frame of half the rows {fault}"
    tight = _LIMITS._replace(frame=descriptor.decoded_bytes - 1)
    if fault := _raises(LimitExceeded, lambda: codec.decode(sample.data, descriptor, tight)):
        yield f"a frame over the limit {fault}"
    if fault := _raises(DecodeError, lambda: codec.decode(b"", descriptor, _LIMITS)):
        yield f"a frame without bytes {fault}"


def _survives(codec: Codec, sample: Sample) -> Iterator[str]:
    """Whatever the bytes are, there is a frame of the right shape or one of two errors."""
    random = np.random.default_rng(11)
    size = len(sample.data)
    cases = [sample.data[: size * part // 8] for part in range(1, 8)]
    for _ in range(40):
        damaged = bytearray(sample.data)
        for at in random.integers(0, size, 3):
            damaged[at] = int(random.integers(0, 256))
        cases.append(bytes(damaged))
    cases.append(random.bytes(size))
    for data in cases:
        try:
            decoded = codec.decode(data, sample.descriptor, _LIMITS)
        except (DecodeError, LimitExceeded):
            continue
        except Exception as error:  # noqa: BLE001  (that is what is looked for)
            yield f"damaged bytes raise {type(error).__name__}: {error}"
            return
        yield from _shape(decoded, sample.descriptor)


def _is_alike_in_threads(codec: Codec, sample: Sample) -> Iterator[str]:
    with ThreadPoolExecutor(4) as pool:
        found = list(
            pool.map(lambda _: codec.decode(sample.data, sample.descriptor, _LIMITS), range(8))
        )
    if any(not np.array_equal(one.pixels, found[0].pixels) for one in found):
        yield "threads get other values"


def _decodes_batches(codec: Codec, sample: Sample) -> Iterator[str]:
    batch = getattr(codec, "decode_batch", None)
    if batch is None:
        return
    alone = codec.decode(sample.data, sample.descriptor, _LIMITS)
    found = list(batch([sample.data] * 3, sample.descriptor, _LIMITS))
    if len(found) != 3:
        yield f"a batch of 3 gives {len(found)}"
    for decoded in found:
        yield from _shape(decoded, sample.descriptor)
        if not np.array_equal(decoded.pixels, alone.pixels):
            yield "a batch gives other values"


# Tracebacks, reprs and pickles name the place that users import from
Sample.__module__ = check_codec.__module__ = "dicom_imaging.testing"
