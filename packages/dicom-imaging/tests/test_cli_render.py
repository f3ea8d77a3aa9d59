"""``dicom render`` and ``dicom contact`` as users meet them."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from pydicom.data import get_testdata_file

import dicom_core as dc
import dicom_imaging as di
from dicom_core.cli._run import run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A CT, a cine of four frames, a report without pixels, and something else."""
    place = tmp_path / "in"
    place.mkdir()
    shutil.copy(str(get_testdata_file("CT_small.dcm", download=False)), place / "ct.dcm")
    cine = dc.Dataset(
        {
            "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7.2",
            "Modality": "US",
            "PatientName": "SECRET^NAME",
        }
    )
    di.set_pixels(cine, np.arange(4 * 30 * 40, dtype=np.uint8).reshape(4, 30, 40))
    dc.write(cine, place / "cine.dcm")
    dc.write(dc.Dataset({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.88.11"}), place / "report.dcm")
    (place / "notes.txt").write_text("no DICOM")
    return place


def test_one_picture(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "ct.jpg"
    ct = str(folder / "ct.dcm")
    words = [
        "render",
        ct,
        "-o",
        str(out),
        "--window",
        "40,400",
        "--size",
        "64x64",
        "--quality",
        "50",
    ]
    assert run(words) == 0
    with Pillow.open(out) as picture:
        assert (picture.format, picture.size) == ("JPEG", (64, 64))
    for window in ("auto", "40,400,SIGMOID", "-10.5,1e3"):
        png = tmp_path / "ct.png"
        assert (
            run(
                [
                    "render",
                    ct,
                    "-o",
                    str(png),
                    "--window",
                    window,
                    "--crop",
                    "10,20,30,40",
                    "--invert",
                ]
            )
            == 0
        )
        with Pillow.open(png) as picture:
            assert picture.size == (30, 40)


def test_a_folder_of_pictures(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(["render", str(folder), "-o", str(out), "--json", "--overlays"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert sorted(Path(one["target"]).name for one in told) == ["cine.png", "ct.png"]
    assert sorted(path.name for path in out.iterdir()) == ["cine.png", "ct.png"]


def test_a_cine(folder: Path, tmp_path: Path) -> None:
    for name in ("cine.gif", "cine.png"):
        out = tmp_path / name
        assert (
            run(["render", str(folder / "cine.dcm"), "-o", str(out), "--cine", "--delay", "50"])
            == 0
        )
        with Pillow.open(out) as picture:
            assert getattr(picture, "n_frames", 1) == 4
    assert (
        run(["render", str(folder / "cine.dcm"), "-o", str(tmp_path / "last.png"), "--frame", "4"])
        == 0
    )


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--frame", "5"], "there are 4"),
        (["--window", "nothing"], "explanation"),
        (["--window", "1"], "there is no window"),
        (["--window", "5,0"], "width"),
        (["--window", "0"], "counted from 1"),
        (["--size", "0x5"], "size"),
        (["--crop", "0,0,1"], "LEFT"),
        (["--crop", "0,0,100,100"], "crop"),
        (["--cine", "--format", "jpeg"], "animation"),
    ],
)
def test_wrong_wishes_are_one_line(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], why: str
) -> None:
    out = tmp_path / "x.png"
    assert run(["render", str(folder / "cine.dcm"), "-o", str(out), *words]) != 0
    told = capsys.readouterr().err
    assert why in told
    assert "Traceback" not in told
    assert "SECRET" not in told
    assert not out.exists()


def test_no_picture_of_a_report(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["render", str(folder / "report.dcm"), "-o", str(tmp_path / "x.png")]) == 1
    assert "no pixel data" in capsys.readouterr().err


def test_a_contact_sheet(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "broken.dcm").write_bytes((folder / "ct.dcm").read_bytes()[:9000])
    out = tmp_path / "sheet.png"
    assert (
        run(["contact", str(folder), "-o", str(out), "--tile", "100", "--columns", "2", "--json"])
        == 0
    )
    told = json.loads(capsys.readouterr().out)
    assert told["tiles"] == 4
    assert {Path(path).name for path in told["errors"]} == {"report.dcm", "broken.dcm"}
    with Pillow.open(out) as picture:
        assert picture.size[0] == 2 * 108 + 8
        plain = np.asarray(picture).copy()
    named = tmp_path / "named.png"
    assert (
        run(
            ["contact", str(folder), "-o", str(named), "--tile", "100", "--columns", "2", "--names"]
        )
        == 0
    )
    with Pillow.open(named) as picture:
        assert not np.array_equal(
            np.asarray(picture), plain
        )  # names are drawn when they are asked for


def test_a_contact_sheet_of_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert run(["contact", str(tmp_path / "empty"), "-o", str(tmp_path / "s.png")]) == 1
    assert run(["contact", str(tmp_path / "empty"), "-o", str(tmp_path / "s.bmp")]) != 0
    assert "Traceback" not in capsys.readouterr().err


def test_the_font_has_what_labels_need() -> None:
    from dicom_imaging._font import text_mask, wrap

    drawn = {
        text_mask(letter).tobytes() for letter in map(chr, range(33, 127)) if letter not in "$`{}"
    }
    assert len(drawn) == 90
    assert np.array_equal(text_mask("é"), text_mask("?"))
    assert wrap("one two three", 7, 3) == ["one two", "three"]
    assert wrap("abcdefghij", 4, 2) == ["abcd", "ef.."]
