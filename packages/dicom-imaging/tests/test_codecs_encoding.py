"""What is encoded without loss comes back bit by bit; what a syntax cannot hold is refused with a reason."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imaging_frames import descriptor_of, picture

import dicom_imaging as di
from dicom_imaging import codecs
from dicom_imaging.codecs import EncodeOptions

PI = di.PhotometricInterpretation
RLE, UNCOMPRESSED, DEFLATED = (f"1.2.840.10008.1.2.{end}" for end in ("5", "1.98", "8.1"))
P14, SV1, JLS, J2K, HT, HT_RPCL, JXL = (
    f"1.2.840.10008.1.2.4.{end}" for end in (57, 70, 80, 90, 201, 202, 110)
)
BASELINE, EXTENDED, NEAR, J2K_LOSSY, HT_LOSSY, JXL_LOSSY = (
    f"1.2.840.10008.1.2.4.{end}" for end in (50, 51, 81, 91, 203, 112)
)
LOSSLESS = (RLE, UNCOMPRESSED, DEFLATED, P14, SV1, JLS, J2K, HT, HT_RPCL, JXL)
REGISTRY = codecs.default_registry()
ALLOCATED = {  # which widths of memory a syntax takes (PS3.5 8.2)
    **dict.fromkeys((RLE, UNCOMPRESSED, DEFLATED), (8, 16, 32, 64)),
    **dict.fromkeys((P14, SV1, JLS, JXL), (8, 16)),
    **dict.fromkeys((J2K, HT, HT_RPCL), (8, 16, 32)),
}
FEWEST = {P14: 2, SV1: 2, HT: 2, HT_RPCL: 2, JLS: 2}
MOST = {J2K: 24}


@st.composite
def frames(draw: st.DrawFn, uid: str) -> tuple[di.PixelDescriptor, int]:
    """A descriptor that the syntax can hold, and a seed of its pixels."""
    allocated = draw(st.sampled_from(ALLOCATED[uid]))
    least, most = FEWEST.get(uid, 1), min(allocated, MOST.get(uid, 64))
    stored = draw(st.integers(least, most))
    samples = draw(st.sampled_from((1, 3) if allocated <= 16 else (1,)))
    signed = samples == 1 and uid != JXL and draw(st.booleans())
    colour = draw(st.sampled_from((PI.RGB, PI.YBR_FULL)))
    grey = draw(st.sampled_from((PI.MONOCHROME1, PI.MONOCHROME2)))
    descriptor = descriptor_of(
        (draw(st.integers(1, 40)), draw(st.integers(1, 300))),
        allocated,
        stored=stored,
        samples=samples,
        signed=signed,
        photometric=colour if samples == 3 else grey,
        planar=draw(st.integers(0, samples // 2)),
    )
    return descriptor, draw(st.integers(0, 1 << 30))


@pytest.mark.parametrize("uid", LOSSLESS)
def test_lossless_round_trip(uid: str) -> None:
    @settings(max_examples=40, deadline=None, derandomize=True, database=None)
    @given(frames(uid), st.sampled_from(("noise", "flat", "smooth")))
    def trip(frame: tuple[di.PixelDescriptor, int], kind: str) -> None:
        descriptor, seed = frame
        pixels = picture(descriptor, kind, seed)
        encoded = REGISTRY.encode(pixels, descriptor, uid)
        assert encoded.lossless
        told = descriptor._replace(photometric=encoded.photometric)
        decoded = REGISTRY.decoder_for(uid).decode(encoded.data, told, di.PixelLimits())
        assert decoded.pixels.dtype == pixels.dtype
        assert np.array_equal(decoded.pixels, pixels)
        assert decoded.photometric == descriptor.photometric

    trip()


@pytest.mark.parametrize("uid", [RLE, UNCOMPRESSED, DEFLATED, J2K, JXL])
@pytest.mark.parametrize("shape", [(16, 16), (7, 13), (1, 1)])
def test_single_bits(uid: str, shape: tuple[int, int]) -> None:
    descriptor = descriptor_of(shape, 1, stored=1)
    pixels = picture(descriptor, "noise", 5)
    encoded = REGISTRY.encode(pixels, descriptor, uid)
    decoded = REGISTRY.decoder_for(uid).decode(encoded.data, descriptor, di.PixelLimits())
    assert np.array_equal(decoded.pixels, pixels)


@pytest.mark.parametrize("predictor", range(1, 8))
@pytest.mark.parametrize(("allocated", "stored"), [(8, 8), (8, 5), (16, 10), (16, 12), (16, 16)])
def test_every_predictor(predictor: int, allocated: int, stored: int) -> None:
    descriptor = descriptor_of((33, 47), allocated, stored=stored)
    pixels = picture(descriptor, "noise", predictor)
    encoded = REGISTRY.encode(pixels, descriptor, P14, EncodeOptions(predictor=predictor))
    scan = encoded.data.index(b"\xff\xda")
    assert encoded.data[scan + 7] == predictor  # Ss of the only component (ISO 10918-1 H.1.2)
    decoded = REGISTRY.decoder_for(P14).decode(encoded.data, descriptor, di.PixelLimits())
    assert np.array_equal(decoded.pixels, pixels)


def test_effort_trades_time_for_size() -> None:
    descriptor = descriptor_of((128, 128), 16, stored=12)
    for uid, kind in ((DEFLATED, "flat"), (JXL, "smooth"), (P14, "smooth")):
        pixels = picture(descriptor, kind, 1)
        fast, slow = (
            REGISTRY.encode(pixels, descriptor, uid, EncodeOptions(effort=effort)).data
            for effort in (1, 9)
        )
        assert len(slow) < len(fast), uid


# What Photometric Interpretation says afterwards: PS3.5 8.2.1, 8.2.4, 8.2.14, 8.2.15.
NAMES = [
    (BASELINE, PI.RGB, PI.YBR_FULL_422),
    (BASELINE, PI.YBR_FULL, PI.YBR_FULL_422),
    (BASELINE, PI.YBR_FULL_422, PI.YBR_FULL_422),
    (SV1, PI.RGB, PI.RGB),
    (SV1, PI.YBR_FULL_422, PI.YBR_FULL),
    (JLS, PI.RGB, PI.RGB),
    (J2K, PI.RGB, PI.YBR_RCT),
    (J2K, PI.YBR_FULL, PI.YBR_FULL),
    (J2K_LOSSY, PI.RGB, PI.YBR_ICT),
    (HT, PI.RGB, PI.YBR_RCT),
    (HT_LOSSY, PI.RGB, PI.YBR_ICT),
    (JXL, PI.RGB, PI.RGB),
    (JXL_LOSSY, PI.RGB, PI.XYB),
    (RLE, PI.RGB, PI.RGB),
    (RLE, PI.YBR_FULL_422, PI.YBR_FULL),
]


@pytest.mark.parametrize(("uid", "given_as", "named"), NAMES)
def test_photometric_of_what_is_encoded(uid: str, given_as: PI, named: PI) -> None:
    descriptor = descriptor_of((48, 64), 8, samples=3, photometric=given_as)
    pixels = picture(descriptor, "smooth", 2)
    encoded = REGISTRY.encode(pixels, descriptor, uid, EncodeOptions(lossy=True))
    assert encoded.photometric is named
    told = descriptor._replace(photometric=named)
    decoded = REGISTRY.decoder_for(uid).decode(encoded.data, told, di.PixelLimits())
    assert decoded.pixels.shape == pixels.shape
    if named is given_as or not encoded.lossless:
        assert decoded.photometric.is_ybr == (given_as.is_ybr or uid == BASELINE)


@pytest.mark.parametrize("uid", [BASELINE, EXTENDED, J2K_LOSSY, HT_LOSSY, JXL_LOSSY])
@pytest.mark.parametrize("stored", [8, 10, 12])
def test_loss_is_small_and_more_quality_is_nearer(uid: str, stored: int) -> None:
    if (uid, stored) in {(BASELINE, 10), (BASELINE, 12), (EXTENDED, 10)}:
        return  # 8 bits, and 8 or 12 bits
    descriptor = descriptor_of((96, 128), 8 if stored == 8 else 16, stored=stored)
    pixels = picture(descriptor, "smooth", 3)
    errors = []
    for quality in (60, 95):
        options = EncodeOptions(quality=quality, lossy=True)
        encoded = REGISTRY.encode(pixels, descriptor, uid, options)
        assert not encoded.lossless
        decoded = REGISTRY.decoder_for(uid).decode(encoded.data, descriptor, di.PixelLimits())
        difference = decoded.pixels.astype(int) - pixels.astype(int)
        errors.append(float(np.sqrt(np.mean(difference**2))) / (1 << stored))
        assert np.abs(difference).max() < (1 << stored) / 8
    assert errors[1] < errors[0] < 0.02


@pytest.mark.parametrize("uid", [J2K_LOSSY, HT_LOSSY])
@pytest.mark.parametrize("ratio", [6, 12, 25])
def test_size_as_asked_for(uid: str, ratio: int) -> None:
    descriptor = descriptor_of((256, 256), 16, stored=12)
    pixels = picture(descriptor, "smooth", 4)
    encoded = REGISTRY.encode(pixels, descriptor, uid, EncodeOptions(ratio=ratio, lossy=True))
    assert 0.9 * pixels.nbytes / ratio <= len(encoded.data) <= pixels.nbytes / ratio


@pytest.mark.parametrize("near", [1, 3, 10])
@pytest.mark.parametrize(
    ("allocated", "stored", "signed"), [(8, 8, False), (16, 12, False), (16, 12, True)]
)
def test_near_is_the_largest_error(near: int, allocated: int, stored: int, signed: bool) -> None:
    descriptor = descriptor_of((64, 64), allocated, stored=stored, signed=signed)
    for kind in ("smooth", "noise"):
        pixels = picture(descriptor, kind, near)
        encoded = REGISTRY.encode(pixels, descriptor, NEAR, EncodeOptions(near=near))
        decoded = REGISTRY.decoder_for(NEAR).decode(encoded.data, descriptor, di.PixelLimits())
        assert np.abs(decoded.pixels.astype(int) - pixels.astype(int)).max() <= near


def test_rpcl_has_what_its_syntax_demands() -> None:
    """PS3.5 10.18: RPCL order, TLM segments, a base resolution of 64 at most."""
    descriptor = descriptor_of((300, 5000), 8)
    data = REGISTRY.encode(picture(descriptor, "smooth", 1), descriptor, HT_RPCL).data
    style = data.index(b"\xff\x52")
    assert data[style + 5] == 2
    assert 300 >> data[style + 9] <= 64
    assert b"\xff\x55" in data[:200]


GREY8, GREY16 = descriptor_of((8, 9), 8), descriptor_of((8, 9), 16)
REFUSED = [
    ("dtype", RLE, GREY8, np.zeros((8, 9), np.uint16)),
    ("sign", RLE, GREY8, np.zeros((8, 9), np.int8)),
    ("shape", RLE, GREY8, np.zeros((9, 8), np.uint8)),
    ("jpeg of 16 bits", BASELINE, GREY16, np.zeros((8, 9), np.uint16)),
    ("extended of 16 bits", EXTENDED, GREY16, np.zeros((8, 9), np.uint16)),
    ("lossless jpeg of 32 bits", SV1, descriptor_of((8, 9), 32), np.zeros((8, 9), np.uint32)),
    ("jpeg-ls of 32 bits", JLS, descriptor_of((8, 9), 32), np.zeros((8, 9), np.uint32)),
    ("jpeg xl of signed", JXL, descriptor_of((8, 9), 16, signed=True), np.zeros((8, 9), np.int16)),
    ("j2k of 32 bits", J2K, descriptor_of((8, 9), 32), np.zeros((8, 9), np.uint32)),
    ("above bits stored", J2K, descriptor_of((8, 9), 16, stored=12), np.full((8, 9), 4096, np.uint16)),
    ("rle of 16 segments", RLE, descriptor_of((8, 9), 64, samples=3), np.zeros((8, 9, 3), np.uint64)),
    ("palette with loss", BASELINE, descriptor_of((8, 9), 8, photometric=PI.PALETTE_COLOR), np.zeros((8, 9), np.uint8)),
    ("a coded colour space", RLE, descriptor_of((8, 9), 8, samples=3, photometric=PI.YBR_RCT), np.zeros((8, 9, 3), np.uint8)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("uid", "descriptor", "pixels"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_x19_what_a_syntax_cannot_hold(
    uid: str, descriptor: di.PixelDescriptor, pixels: codecs.Pixels
) -> None:
    with pytest.raises(di.EncodeError) as caught:
        REGISTRY.encode(pixels, descriptor, uid)
    assert caught.value.uid == uid
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("uid", LOSSLESS)
def test_x19_arrays_that_are_not_contiguous(uid: str) -> None:
    descriptor = descriptor_of((31, 20), 16, stored=12)
    pixels = picture(descriptor, "noise", 9)
    for given_as in (
        np.asfortranarray(pixels),
        np.repeat(pixels, 2, axis=1)[:, ::2],
        pixels[::-1].copy()[::-1],
        pixels.astype(">u2"),
    ):
        encoded = REGISTRY.encode(given_as, descriptor, uid)
        decoded = REGISTRY.decoder_for(uid).decode(encoded.data, descriptor, di.PixelLimits())
        assert np.array_equal(decoded.pixels, pixels)


def test_options_out_of_range() -> None:
    pixels = picture(GREY8, "noise", 1)
    for uid, options in (
        (BASELINE, EncodeOptions(quality=0)),
        (J2K_LOSSY, EncodeOptions(quality=101, lossy=True)),
        (J2K_LOSSY, EncodeOptions(ratio=0.5, lossy=True)),
        (NEAR, EncodeOptions(near=200)),
        (JLS, EncodeOptions(near=1)),
        (P14, EncodeOptions(predictor=8)),
        (SV1, EncodeOptions(predictor=2)),
        (JXL, EncodeOptions(effort=11)),
        (DEFLATED, EncodeOptions(effort=0)),
    ):
        with pytest.raises(di.EncodeError):
            REGISTRY.encode(pixels, GREY8, uid, options)
