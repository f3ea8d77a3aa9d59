"""Decoding one frame of 512 x 512, beside bare imagecodecs and the plug-ins of pydicom; two threads beside one.

Each side decodes the same bytes, in turn, so that a drift of the machine hits all. imagecodecs alone gives an array of its
own shape and type; ours reads the header, compares it with the attributes and gives the stored values.
"""

import io
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import imagecodecs
import numpy as np
import pydicom
from pydicom.encaps import encapsulate
from pydicom.pixels.decoders.base import get_decoder

import dicom_imaging as di
from dicom_imaging import codecs

from ._measure import Row

TITLE = "dicom-imaging: codecs, 512 x 512"

_RUNS = 7
_LIMITS = di.PixelLimits()
_PREFIX = "1.2.840.10008.1.2."
_bare: dict[str, Callable[..., object]] = {
    "RLE 16 bit": lambda data: imagecodecs.dicomrle_decode(data, "<u2"),
    "JPEG 8 bit": imagecodecs.jpeg8_decode,
    "JPEG lossless 16 bit": imagecodecs.jpeg8_decode,
    "JPEG-LS 16 bit": imagecodecs.jpegls_decode,
    "JPEG 2000 16 bit": imagecodecs.jpeg2k_decode,
    "HTJ2K 16 bit": imagecodecs.htj2k_decode,
}
_UIDS = dict(zip(_bare, ("5", "4.50", "4.70", "4.80", "4.90", "4.201"), strict=True))


def _picture(bits: int) -> "codecs.Pixels":
    y, x = np.mgrid[:512, :512]
    noise = np.random.default_rng(1).normal(0, 0.002, (512, 512))
    wave = np.clip((np.sin(x / 20) * np.cos(y / 33) + 1) / 2 + noise, 0, 1)
    pixels: codecs.Pixels = (wave * ((1 << bits) - 1)).astype("u1" if bits == 8 else "u2")
    return pixels


def _case(name: str) -> tuple[str, bytes, di.PixelDescriptor]:
    bits, allocated = (8, 8) if name == "JPEG 8 bit" else (12, 16)
    grey = di.PhotometricInterpretation.MONOCHROME2
    descriptor = di.PixelDescriptor(512, 512, 1, allocated, bits, bits - 1, False, grey)
    uid = _PREFIX + _UIDS[name]
    data = codecs.default_registry().encode(_picture(bits), descriptor, uid).data
    return uid, data, descriptor


def _data_set(uid: str, data: bytes, descriptor: di.PixelDescriptor) -> pydicom.Dataset:
    ds = pydicom.Dataset()
    ds.file_meta = pydicom.dataset.FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = pydicom.uid.UID(uid)
    ds.Rows, ds.Columns, ds.SamplesPerPixel = 512, 512, 1
    ds.BitsAllocated, ds.BitsStored = descriptor.bits_allocated, descriptor.bits_stored
    ds.HighBit, ds.PixelRepresentation = descriptor.high_bit, 0
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.PixelData = encapsulate([data])
    ds["PixelData"].VR = "OB"
    stream = io.BytesIO()
    ds.save_as(stream, enforce_file_format=False, implicit_vr=False, little_endian=True)
    return ds


def _sides(name: str) -> dict[str, Callable[[], object]]:
    uid, data, descriptor = _case(name)
    codec, bare = codecs.default_registry().decoder_for(uid), _bare[name]
    sides: dict[str, Callable[[], object]] = {
        "ours": lambda: codec.decode(data, descriptor, _LIMITS),
        "imagecodecs": lambda: bare(data),
    }
    decoder, ds = get_decoder(uid), _data_set(uid, data, descriptor)
    for plugin in decoder.available_plugins:
        if plugin != "pillow":
            sides[plugin] = lambda plugin=plugin: decoder.as_array(  # type: ignore[misc]
                ds, decoding_plugin=plugin, raw=True
            )
    return sides


def _paired(sides: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Median CPU milliseconds of each side. Who comes first changes: caches and pages are warm for the next one."""
    found: dict[str, list[float]] = {side: [] for side in sides}
    order = list(sides)
    for run in range(_RUNS * len(order)):
        for side in order:
            sides[side]()  # memory that another side gave back is asked for again here
            begun = time.process_time_ns()
            sides[side]()
            if run:
                found[side].append((time.process_time_ns() - begun) / 1e6)
        order.append(order.pop(0))
    return {side: statistics.median(values) for side, values in found.items()}


def _threads(call: Callable[[], object]) -> dict[str, float]:
    """Median wall milliseconds a frame with two threads and with one."""
    count = 16
    found: dict[int, list[float]] = {2: [], 1: []}
    for _ in range(7):
        for threads, values in found.items():
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(lambda _: call(), range(threads)))  # the threads are there
                begun = time.perf_counter_ns()
                list(pool.map(lambda _: call(), range(count)))
                values.append((time.perf_counter_ns() - begun) / 1e6 / count)
    return {"two threads": statistics.median(found[2]), "one": statistics.median(found[1])}


def rows() -> list[Row]:
    """The rows of the report."""
    report = []
    for name in _bare:
        sides = _sides(name)
        report.append(Row(f"decode {name}", "ms", _paired(sides), "x0.95, or 0.05 ms less"))
        report.append(Row(f"{name}, wall", "ms", _threads(sides["ours"]), "x1.5"))
    report.append(_rle_encoding())
    return report


def _rle_encoding() -> Row:
    """Encoding RLE, checked and given out, beside pydicom's plain Python."""
    from pydicom.pixels.encoders.native import _encode_row

    pixels = _picture(12)
    grey = di.PhotometricInterpretation.MONOCHROME2
    descriptor = di.PixelDescriptor(512, 512, 1, 16, 12, 11, False, grey)
    registry, uid = codecs.default_registry(), _PREFIX + "5"

    def pure() -> None:
        octets = pixels.view("u1").reshape(512, 512, 2)
        for plane in (octets[..., 1], octets[..., 0]):
            for row in plane:
                _encode_row(row.tobytes())

    sides: dict[str, Callable[[], object]] = {
        "ours": lambda: registry.encode(pixels, descriptor, uid),
        "pydicom": pure,
    }
    return Row("encode RLE 16 bit, and check it", "ms", _paired(sides), "x4")
