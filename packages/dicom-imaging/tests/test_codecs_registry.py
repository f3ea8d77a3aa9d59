"""The registry is a value: codecs come and go, plug-ins are found, what nobody can do has a name."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from imaging_faults import PRIVATE, Faulty, Liar, Toy
from imaging_frames import descriptor_of, picture

import dicom_imaging as di
from dicom_imaging import codecs
from dicom_imaging.testing import Sample, check_codec

FRAME = descriptor_of((8, 9), 8)
JPEG = "1.2.840.10008.1.2.4.50"


def test_a_toy_codec_is_used_and_unregistering_falls_back() -> None:
    class Eager(Toy):
        __slots__ = ()

        @property
        def decodes(self) -> frozenset[str]:
            return frozenset({PRIVATE, JPEG})

    base = codecs.default_registry()
    ours = base.decoder_for(JPEG)
    more = base.register(Eager())
    assert more.decoder_for(JPEG).name == more.encoder_for(PRIVATE).name == "toy"
    assert more.unregister("toy").decoder_for(JPEG) is ours
    assert base.decoder_for(JPEG) is ours, "a registry never changes"
    behind = base.register(Eager(), priority=-1)
    assert behind.decoder_for(JPEG) is ours
    assert behind.decoder_for(PRIVATE).name == "toy"
    assert len(more.register(Eager()).codecs) == len(more.codecs), "one codec has one name"
    with pytest.raises(LookupError, match="nobody"):
        base.unregister("nobody")


def test_what_is_there() -> None:
    registry = codecs.default_registry()
    assert registry is codecs.default_registry()
    assert registry.encodes < registry.decodes
    assert len(registry.decodes) == 21
    assert registry.failures == ()
    assert "imagecodecs-jpeg" in repr(registry)
    names = [one.codec.name for one in registry.codecs]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("uid", "name"),
    [
        ("1.2.840.10008.1.2.4.100", "MPEG2 Main Profile / Main Level"),
        ("1.2.840.10008.1.2.4.52", "JPEG Extended"),
        ("1.2.3.4", ""),
        ("no uid", ""),
    ],
)
@pytest.mark.parametrize("action", ["decode", "encode"])
def test_what_nobody_does_is_named(uid: str, name: str, action: str) -> None:
    registry = codecs.default_registry()
    with pytest.raises(di.UnsupportedTransferSyntax) as caught:
        (registry.decoder_for if action == "decode" else registry.encoder_for)(uid)
    assert caught.value.uid == uid
    assert caught.value.action == action
    assert caught.value.name.startswith(name)
    assert (uid in str(caught.value)) == (uid != "no uid")  # what is no UID may be anything


def test_a_codec_that_lies_about_loss_gives_nothing_out() -> None:
    registry = codecs.default_registry().register(Liar("liar"))
    pixels = picture(FRAME, "noise", 1)
    with pytest.raises(di.EncodeError, match="liar does not keep these values"):
        registry.encode(pixels, FRAME, PRIVATE)
    with pytest.raises(di.EncodeError, match="do not decode"):
        codecs.encode_checked(Toy(), pixels, FRAME, PRIVATE, decoder=_Refusing())
    assert codecs.encode_checked(Toy(), pixels, FRAME, PRIVATE).lossless


class _Refusing(Toy):
    __slots__ = ()

    def decode(
        self, data: codecs.Bytes, descriptor: di.PixelDescriptor, limits: di.PixelLimits
    ) -> codecs.Decoded:
        raise di.DecodeError("never")


def _plugin(folder: Path, name: str, body: str) -> None:
    (folder / f"{name}.py").write_text(body, "utf-8")
    meta = folder / f"{name}-1.0.dist-info"
    meta.mkdir()
    (meta / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (meta / "entry_points.txt").write_text(f"[dicom.codecs]\n{name} = {name}:make\n")


def test_plug_ins_are_found_and_a_broken_one_is_told(tmp_path: Path) -> None:
    _plugin(
        tmp_path,
        "good_codec",
        "from imaging_faults import Toy\ndef make(): return Toy('plugged')\n",
    )
    _plugin(tmp_path, "bare_codec", "from imaging_faults import Toy\nmake = Toy('value')\n")
    _plugin(tmp_path, "class_codec", "from imaging_faults import Toy as make\n")
    _plugin(tmp_path, "broken_codec", "import nothing_of_that_name\n")
    _plugin(tmp_path, "wrong_codec", "make = 7\n")
    code = (
        f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(Path(__file__).parent)!r}]\n"
        "from dicom_imaging import codecs\n"
        "registry = codecs.default_registry()\n"
        "print(sorted(one.codec.name for one in registry.codecs if one.priority))\n"
        "print(registry.decoder_for('1.2.826.0.1.3680043.8.498.99').name)\n"
        "print([name for name, why in registry.failures], registry.failures[1][1])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "['plugged', 'toy', 'value']",
        "value",
        "['broken_codec', 'wrong_codec'] TypeError: int is no codec",
    ]


def test_importing_loads_no_codec() -> None:
    code = (
        "import sys, dicom_imaging as di\n"
        "assert 'numpy' not in sys.modules and 'dicom_imaging.codecs' not in sys.modules\n"
        "registry = di.codecs.default_registry()\n"
        "assert not [name for name in sys.modules if name.startswith('imagecodecs')]\n"
        "import numpy as np\n"
        "names = di.PhotometricInterpretation\n"
        "one = di.PixelDescriptor(2, 2, 1, 8, 8, 7, False, names.MONOCHROME2)\n"
        "registry.encode(np.zeros((2, 2), 'u1'), one, '1.2.840.10008.1.2.4.80')\n"
        "loaded = {name for name in sys.modules if name.startswith('imagecodecs._')}\n"
        "assert 'imagecodecs._jpegls' in loaded and 'imagecodecs._jpeg2k' not in loaded, loaded\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# imagecodecs drops the errors of OpenJPH, which Python then shows
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    "codec",
    [one.codec for one in codecs.default_registry().codecs],
    ids=[one.codec.name for one in codecs.default_registry().codecs],
)
def test_our_codecs_conform(codec: codecs.Codec) -> None:
    check_codec(codec)


def test_the_suite_finds_faults() -> None:
    sample = Sample(PRIVATE, b"fine", FRAME, np.zeros((8, 9), np.uint8))
    with pytest.raises(AssertionError) as caught:
        check_codec(Faulty("faulty"), [sample])
    text = str(caught.value)
    for fault in ("gives other values", "half the rows is not refused", "over the limit is not"):
        assert fault in text
    with pytest.raises(AssertionError, match="liar"):
        check_codec(Liar("liar"))


def test_the_suite_passes_a_toy() -> None:
    check_codec(Toy())
