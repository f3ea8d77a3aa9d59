"""Drawing beside pydicom: modality and window to 8 bits, a volume, and rendered JPEG end to end.

Each figure is the CPU time of one frame on one core; pydicom's transformations stop before 8 bits. End to end
is what a server does for a frame of a file that is open: decode, window, encode.
"""

from ._measure import Row, fresh

TITLE = "dicom-imaging: from stored values to pictures"

_ROUNDS = 5

_PIXELS = """
import time
import numpy as np
chance = np.random.default_rng(7)
# noise on structure, as CT has it
across = np.linspace(0, 3000, 512)
pixels = (across[:, None] / 2 + across[None] / 3 + chance.integers(0, 120, (512, 512))).astype(np.int16)
def best(call, count):
    call()
    figures = []
    for _ in range(5):
        start = time.process_time_ns()
        for _ in range(count):
            call()
        figures.append((time.process_time_ns() - start) / count / 1e3)
    print(min(figures))
"""
_OURS = """
import dicom_core as dc, dicom_imaging as di
ds = dc.Dataset({"RescaleSlope": "1", "RescaleIntercept": "-1024", "WindowCenter": "40", "WindowWidth": "400"})
display = di.Display(di.ArraySource([pixels], ds))
out = np.empty((512, 512), np.uint8)
"""
_THEIRS = """
import pydicom
from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut
ds = pydicom.Dataset()
ds.RescaleSlope, ds.RescaleIntercept, ds.WindowCenter, ds.WindowWidth = "1", "-1024", "40", "400"
ds.PixelRepresentation, ds.BitsStored, ds.BitsAllocated, ds.PhotometricInterpretation = 1, 16, 16, "MONOCHROME2"
"""
_WINDOW = {
    "ours": _PIXELS + _OURS + "best(lambda: display.frame(0, out=out), 200)",
    "pydicom": _PIXELS
    + _THEIRS
    + "best(lambda: apply_voi_lut(apply_modality_lut(pixels, ds), ds), 20)",
}
_TABLE = {
    "ours": _PIXELS
    + _OURS
    + "window = di.Window(40, 400, '', di.VoiFunction.SIGMOID)\nbest(lambda: display.frame(0, window=window, out=out), 200)",
    "pydicom": _PIXELS
    + _THEIRS
    + "ds.VOILUTFunction = 'SIGMOID'\nbest(lambda: apply_voi_lut(apply_modality_lut(pixels, ds), ds), 20)",
}
_VOLUME = {
    "ours": _PIXELS
    + _OURS
    + """
display = di.Display(di.ArraySource([pixels] * 300, ds))
volume = np.empty((300, 512, 512), np.uint8)
display.frame(0, out=volume[0])
start = time.process_time_ns()
for number in range(300):
    display.frame(number, out=volume[number])
print((time.process_time_ns() - start) / 1e6)
""",
}
_COLOURS = {
    "ours": _PIXELS
    + """
import dicom_imaging as di
colours = chance.integers(0, 256, (512, 512, 3), np.uint8)
display = di.Display(di.ArraySource([colours], photometric="YBR_FULL"))
out = np.empty_like(colours)
best(lambda: display.frame(0, out=out), 20)
""",
    "pydicom": _PIXELS
    + """
from pydicom.pixels.processing import convert_color_space
colours = chance.integers(0, 256, (512, 512, 3), np.uint8)
best(lambda: convert_color_space(colours, "YBR_FULL", "RGB"), 5)
""",
}
_FILE = """
import dicom_core as dc, dicom_imaging as di
ds = dc.Dataset({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.2", "Rows": 512, "Columns": 512, "BitsAllocated": 16,
    "BitsStored": 16, "HighBit": 15, "PixelRepresentation": 1, "SamplesPerPixel": 1,
    "PhotometricInterpretation": "MONOCHROME2", "RescaleSlope": "1", "RescaleIntercept": "-1024",
    "WindowCenter": "40", "WindowWidth": "400", "NumberOfFrames": 4})
"""
_NATIVE = """
ds.set(0x7FE00010, "OW", np.stack([np.roll(pixels, number, 1) for number in range(4)]).tobytes())
image = di.open(dc.read(dc.DicomFile.new(ds).to_bytes()))
"""
_HTJ2K = """
from imagecodecs import htj2k_encode
frames = [bytes(htj2k_encode(np.roll(pixels, number, 1), reversible=True)) for number in range(4)]
ds.PixelData = dc.Fragments(frames)
image = di.open(dc.read(dc.DicomFile.new(ds, transfer_syntax="1.2.840.10008.1.2.4.201").to_bytes()))
"""
_RENDER = """
renderer = di.FrameRenderer(image)
numbers = iter(range(10**9))
best(lambda: renderer.render(next(numbers) % 4, "jpeg", quality=85), {count})
"""


def rows() -> list[Row]:
    """What the report prints."""
    return [
        Row("modality + window to 8 bit, 512 x 512 x 16", "us", fresh(_WINDOW, runs=_ROUNDS), "<= 250, x8"),
        Row("the same through a table (SIGMOID)", "us", fresh(_TABLE, runs=_ROUNDS)),
        Row("YBR_FULL to RGB, 512 x 512", "us", fresh(_COLOURS, runs=_ROUNDS)),
        Row("a volume of 300 slices, windowed", "ms", fresh(_VOLUME, runs=_ROUNDS), "<= 500"),
        Row(
            "JPEG of an uncompressed frame, end to end", "us",
            fresh({"ours": _PIXELS + _FILE + _NATIVE + _RENDER.format(count=100)}, runs=_ROUNDS), "<= 667",
        ),
        Row(
            "JPEG of an HTJ2K frame, end to end", "us",
            fresh({"ours": _PIXELS + _FILE + _HTJ2K + _RENDER.format(count=30)}, runs=_ROUNDS), "<= 2500",
        ),
    ]  # fmt: skip
