"""Pictures and numbers beside programs that nobody here wrote: DCMTK's dcmj2pnm and pydicom."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi_lut

import dicom_imaging as di
from dicom_imaging import VoiFunction, Window


class Case(NamedTuple):
    """A file, the options of dcmj2pnm, and the window that means the same to us."""

    path: str
    options: tuple[str, ...] = ()
    window: Window | tuple[float, float] | str | int | None = None
    allowed: int = 1
    why: str = ""
    """Where DCMTK 3.6.7 differs by more than one grey level: the clause by which ours is right."""


AUTO: Final = (("+Wm",), "auto")
FIRST: Final = (("+Wi", "1"), 0)
SECOND: Final = (("+Wi", "2"), 1)
SOFT: Final = (("+Ww", "60", "300"), (60.0, 300.0))
CURVED: Final = (("+Ww", "60", "300", "+Wfs"), Window(60, 300, "", VoiFunction.SIGMOID))
OWN: Final[tuple[tuple[str, ...], None]] = ((), None)
TABLE: Final[tuple[tuple[str, ...], None]] = (("+Wl", "1"), None)

CASES: Final = [
    Case("lut/pydicom--mlut_18.dcm", *AUTO),
    Case("lut/pydicom--mlut_19.dcm", *AUTO),
    Case("lut/pydicom-data--vlut_04.dcm", *TABLE),
    Case("mammography/modOpenREM--MG-Im-GE_Seno_1_ForPresentation.dcm", *TABLE),
    Case("mammography/modOpenREM--MG-Im-GE_Seno_1_ForPresentation.dcm", *SECOND),
    Case("native-explicit-le/modOpenREM--DX-Im-GE_XR220-2.dcm", *AUTO),
    Case("native-explicit-le/pydicom--CT_small.dcm", *SOFT),
    Case("native-explicit-le/pydicom--CT_small.dcm", *CURVED),
    Case("native-explicit-be/pydicom--MR_small_expb.dcm", *AUTO),
    Case("native-implicit-le/dwv--dicompyler-ct.0.dcm", *FIRST),
    Case("native-implicit-le/nibabel--0.dcm", *FIRST),
    Case("native-implicit-le/dwv--gdcm-CT-MONO2-8-abdo.dcm", *AUTO),
    Case("native-explicit-le/orthanc-jxl--synthetic_mf_gray16.dcm", *AUTO),
    Case("enhanced-mr/dicom-test-files--BRTUMMM1", *AUTO),
    Case("enhanced-mr/pydicom-data--emri_small_big_endian.dcm", *AUTO),
    Case("enhanced-mr/pydicom--emri_8bit_jpeg_lossy_with_offset_table.dcm", *AUTO),
    Case("rt-dose/pydicom--rtdose_1frame.dcm", *AUTO),
    Case("rt-image/pynetdicom--RTImageStorage.dcm", *SOFT),
    Case("seg/dcmjs--tumor_User1_Manual_Trial1.dcm", *AUTO),
    Case("seg-labelmap/highdicom--seg_image_sm_control_labelmap.dcm", *SOFT),
    Case("rle/dicom-test-files--NM1_RLE", *AUTO),
    Case("rle/dwv--leadtools-flowers-16-mono2-rle.dcm", *AUTO),
    Case("rle/dicom-test-files--US1_RLE", *OWN),
    Case("rle/pydicom--SC_rgb_rle_16bit.dcm", *OWN),
    Case("jpeg-lossless-sv1/dicom-test-files--MR1_JPLL", *FIRST),
    Case("jpeg-lossless-sv1/pydicom--SC_rgb_jpeg_gdcm.dcm", *OWN),
    Case("jpeg-lossless-p14/pylibjpeg-data--JPEGLossless_1s_1f_u_16_12.dcm", *AUTO),
    Case("jpeg-baseline/orthanc-tests--Monochrome1-Jpeg.dcm", *AUTO),
    Case("jpeg-baseline/dicom--I_000003.dcm", *OWN),
    Case("jpeg-baseline/pydicom--SC_rgb_jpeg_dcmtk.dcm", *OWN),
    Case("jpeg-baseline/pydicom--SC_jpeg_no_color_transform.dcm", *OWN),
    Case("palette-colour/pydicom--examples_palette.dcm", *OWN),
    Case("palette-colour/pydicom-data--OBXXXX1A_expb.dcm", *OWN),
    Case("palette-colour/orthanc-tests--Implicit-vr-us-palette.dcm", *OWN),
    Case("palette-colour/dicom-test-files--US-PAL-8-10x-echo.dcm", *OWN),
    Case("native-explicit-le/pydicom-data--color-pl.dcm", *OWN),
    Case("native-explicit-le/pydicom-data--SC_rgb_16bit_2frame.dcm", *OWN),
    Case("native-implicit-le/orthanc-tests--ColorTestMalaterre.dcm", *OWN),
    Case("deflated/dicom-server--DeflatedExplicitVRLittleEndian.dcm", *OWN),
    Case("wsi/highdicom--sm_image.dcm", *OWN),
    Case("ybr-native/pydicom--SC_ybr_full_422_uncompressed.dcm", *OWN),
    Case(
        "ybr-native/pydicom-data--SC_ybr_full_uncompressed.dcm", *OWN, 2,
        "C.7.6.3.1.2: chrominance 128 is no colour; DCMTK takes 127.5",
    ),
    Case(
        "jpeg-extended/dicom-test-files--MR2_JPLY", *SOFT, 2,
        "C.11.2.1.2.1: no truncation of the input; DCMTK rounds rescaled values to integers before",
    ),
    Case(
        "nm-pet/orthanc-tests--Issue94.dcm", *SOFT, 2,
        "C.11.2.1.2.1: no truncation of the input; DCMTK rounds rescaled values to integers before",
    ),
    Case(
        "native-explicit-be/dicomParser--CT1_UNC.explicit_big_endian.dcm", *AUTO, 255,
        "C.7.5.1.1.2: padding is no part of the range; DCMTK takes it into the window",
    ),
    Case(
        "mammography/modOpenREM--MG-Im-GE_Seno_1_ForPresentation.dcm", *AUTO, 255,
        "C.11.2.1.3.1: the function belongs to the file's own window; DCMTK curves the range of the pixels by it",
    ),
    Case(
        "rt-dose/pydicom--rtdose_expb_1frame.dcm", *AUTO, 255,
        "PS3.5 7.3: 32 bits are swapped as 32 bits; DCMTK swaps the words of OW and reads other numbers",
    ),
    Case("jpeg-baseline/dicom--I_000000.dcm", *AUTO),
    Case(
        "jpeg-extended/dicom-server--JPEGProcess2_4.dcm", *OWN, 255,
        "PS3.5 8.2.1: a JFIF codestream is YCbCr, whatever Photometric Interpretation says; DCMTK goes by the latter",
    ),
]  # fmt: skip


def _picture(program: str, path: Path, options: tuple[str, ...]) -> NDArray[np.uint8]:
    done = subprocess.run(
        [program, "-ll", "error", *options, "+op", "+F", "1", str(path)],
        capture_output=True,
        check=True,
    )
    head = re.match(rb"P([56])\s+(\d+)\s+(\d+)\s+255\s", done.stdout)
    assert head is not None, done.stdout[:80]
    kind, width, height = (int(part) for part in head.groups())
    shape = (height, width) if kind == 5 else (height, width, 3)
    return np.frombuffer(done.stdout, np.uint8, offset=head.end()).reshape(shape)


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case.path}{' '.join(('', *case.options))}"
)
def test_pictures_equal_dcmtk(case: Case, corpus: Path, peer: Callable[[str], str]) -> None:
    path = corpus / case.path
    theirs = _picture(peer("dcmj2pnm"), path, case.options)
    ours = di.open(path).display(0, window=case.window)
    assert ours.shape == theirs.shape
    difference = int(np.abs(ours.astype(int) - theirs.astype(int)).max())
    assert difference <= case.allowed
    if case.why:  # the list is no longer than it must be
        assert difference > 1


WHEEL: Final = ["CT_small.dcm", "MR_small.dcm", "examples_palette.dcm", "examples_overlay.dcm"]
LUTS: Final = ["lut/pydicom--mlut_18.dcm", "lut/pydicom-data--vlut_04.dcm"]
PALETTES: Final = [
    "palette-colour/pydicom-data--gdcm-US-ALOKA-16.dcm",
    "palette-colour/pydicom-data--OBXXXX1A_rle.dcm",
    "palette-colour/dicom-test-files--US-PAL-8-10x-echo.dcm",
]


def _of_wheel(name: str) -> Path:
    from pydicom.data import get_testdata_file

    path = get_testdata_file(name, download=False)
    if path is None:
        pytest.skip(f"pydicom's wheel does not carry {name}")
    return Path(str(path))


@pytest.mark.parametrize("name", ["CT_small.dcm", "MR_small.dcm", "rtdose_1frame.dcm"])
def test_units_equal_pydicom(name: str) -> None:
    path = _of_wheel(name)
    theirs = pydicom.dcmread(path)
    if "DoseGridScaling" in theirs:
        expected = theirs.pixel_array * float(theirs.DoseGridScaling)
    else:
        expected = apply_modality_lut(theirs.pixel_array, theirs).astype(np.float64)
    assert np.array_equal(di.open(path).units(0).values, expected)


@pytest.mark.parametrize("name", LUTS)
def test_tables_equal_pydicom(name: str, corpus: Path) -> None:
    theirs = pydicom.dcmread(corpus / name)
    image = di.open(corpus / name)
    for item in theirs.get("ModalityLUTSequence", ()):
        first = item.LUTDescriptor[1]  # written as US for signed pixels, which pydicom cannot take
        item.LUTDescriptor[1] = first - 65536 if first > 32767 else first
    measured = apply_modality_lut(theirs.pixel_array, theirs)
    assert np.array_equal(image.units(0).values, measured)
    if "VOILUTSequence" in theirs:
        table = apply_voi_lut(theirs.pixel_array, theirs)
        expected = np.floor(table / 65535 * 255 + 0.5)
        assert np.array_equal(image.display(0), expected)


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
def test_windows_equal_pydicom(function: str) -> None:
    theirs = pydicom.dcmread(_of_wheel("CT_small.dcm"))
    theirs.WindowCenter, theirs.WindowWidth, theirs.VOILUTFunction = "40", "400", function
    values = apply_modality_lut(theirs.pixel_array, theirs)
    expected = apply_voi_lut(values, theirs)
    low, high = (
        -1152.0,
        float(2**16 - 1 - 1024),
    )  # what pydicom scales to: the range of the stored bits
    low = -(2**15) * float(theirs.RescaleSlope) + float(theirs.RescaleIntercept)
    high = (2**15 - 1) * float(theirs.RescaleSlope) + float(theirs.RescaleIntercept)
    made = Window(40, 400, "", VoiFunction(function))(values)
    assert np.allclose(made, (expected - low) / (high - low), atol=1e-12)


@pytest.mark.parametrize("name", PALETTES)
def test_palettes_equal_pydicom(name: str, corpus: Path) -> None:
    path = corpus / name
    theirs = pydicom.dcmread(path)
    index = theirs.pixel_array
    index = index if index.ndim == 2 else index[0]
    colours = apply_color_lut(index, theirs)
    expected = colours if colours.dtype == np.uint8 else (colours >> 8).astype(np.uint8)
    assert np.array_equal(di.open(path).display(0), expected)


def test_palette_of_the_wheel_equals_pydicom() -> None:
    path = _of_wheel("examples_palette.dcm")
    theirs = pydicom.dcmread(path)
    colours = apply_color_lut(theirs.pixel_array, theirs)
    assert np.array_equal(di.open(path).display(0), (colours >> 8).astype(np.uint8))


def test_overlays_equal_pydicom() -> None:
    path = _of_wheel("examples_overlay.dcm")
    theirs = pydicom.dcmread(path)
    (plane,) = di.open(path).overlays(0)
    assert np.array_equal(plane.bitmap, theirs.overlay_array(plane.group))
    assert (plane.row, plane.column) == tuple(
        value - 1 for value in theirs[plane.group, 0x0050].value
    )


def test_overlays_of_the_corpus_equal_pydicom(corpus: Path) -> None:
    for name in ["overlay/dcm4che--cplx_p02.dcm", "rle/dwv--leadtools-flowers-8-mono2-rle.dcm"]:
        theirs = pydicom.dcmread(corpus / name)
        for plane in di.open(corpus / name).overlays(0):
            expected = theirs.overlay_array(plane.group)
            assert np.array_equal(plane.bitmap, expected if expected.ndim == 2 else expected[0])
