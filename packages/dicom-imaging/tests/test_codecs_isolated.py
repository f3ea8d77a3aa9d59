"""X17: a decoder that crashes or hangs costs one frame; the next one works."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pickle import dumps, loads

import numpy as np
import pytest
from imaging_faults import Faulty, Toy
from imaging_frames import descriptor_of, picture

import dicom_imaging as di
from dicom_core import LimitExceeded
from dicom_imaging import codecs

FRAME = descriptor_of((8, 9), 8)
LIMITS = di.PixelLimits()


@pytest.fixture(scope="module")
def faulty() -> Iterator[codecs.Isolated]:
    with codecs.isolated(Faulty(), timeout=20) as codec:
        yield codec


def works(codec: codecs.Codec) -> None:
    assert (codec.decode(b"fine", FRAME, LIMITS).pixels == 7).all()


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        (b"crash", "signal 6"),
        (b"exit", "exit code 3"),
        (b"bug", "KeyError"),
        (b"refuse", "a reason in segment 2 at byte 7"),
        (b"dtype", "uint16"),
    ],
)
def test_x17_a_fault_costs_one_frame(faulty: codecs.Isolated, word: bytes, reason: str) -> None:
    with pytest.raises(di.DecodeError) as caught:
        faulty.decode(word, FRAME, LIMITS)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)
    works(faulty)


def test_x17_a_hang_costs_one_frame() -> None:
    with (
        codecs.isolated(Faulty(), timeout=0.3) as codec,
        pytest.raises(di.DecodeError, match=r"longer than 0\.3 seconds"),
    ):
        codec.decode(b"hang", FRAME, LIMITS)
    with codecs.isolated(Faulty()) as codec:
        works(codec)


def test_x17_what_a_library_prints_is_not_taken_for_pixels(faulty: codecs.Isolated) -> None:
    assert (faulty.decode(b"babble", FRAME, LIMITS).pixels == 7).all()
    works(faulty)


def test_x17_limits_stay_limits(faulty: codecs.Isolated) -> None:
    with pytest.raises(LimitExceeded) as caught:
        faulty.decode(b"limit", FRAME, LIMITS)
    assert (caught.value.limit, caught.value.value) == ("scans", 1000)
    with pytest.raises(LimitExceeded):
        faulty.decode(b"fine", descriptor_of((60000, 60000), 8), LIMITS)


def test_x17_a_process_is_used_again(faulty: codecs.Isolated) -> None:
    works(faulty)
    before = faulty.processes
    works(faulty)
    assert faulty.processes == before
    assert len(before) == 1


def test_isolated_codecs_decode_the_same() -> None:
    uid = "1.2.840.10008.1.2.4.90"
    descriptor = descriptor_of((64, 80), 16, stored=12, signed=True)
    pixels = picture(descriptor, "smooth", 1)
    registry = codecs.default_registry()
    data = registry.encode(pixels, descriptor, uid).data
    with codecs.isolated(registry.decoder_for(uid)) as codec:
        assert codec.decodes == registry.decoder_for(uid).decodes
        with ThreadPoolExecutor(2) as pool:
            found = list(pool.map(lambda _: codec.decode(data, descriptor, LIMITS), range(6)))
        assert len(codec.processes) <= 2
        assert all(np.array_equal(one.pixels, pixels) for one in found)
        assert registry.register(codec, priority=1).decoder_for(uid) is codec
    assert codec.processes == ()


def test_it_is_pickled_without_its_processes() -> None:
    with codecs.isolated(Toy(), timeout=5) as codec, loads(dumps(codec)) as again:
        assert again.name == codec.name == "isolated-toy"
        assert again.processes == ()


def test_what_cannot_be_moved_is_said() -> None:
    with pytest.raises(ValueError, match="timeout"):
        codecs.isolated(Toy(), timeout=0)
