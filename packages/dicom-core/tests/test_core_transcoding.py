"""Packages find who transcodes without knowing it."""

import importlib.metadata
import pickle
from collections.abc import Iterable

import pytest

import dicom_core as dc
from dicom_core.transcoding import (
    Fidelity,
    FidelityReport,
    NoTranscoder,
    RenderOptions,
    Transcoded,
    TranscodeError,
    TranscodeOptions,
    find_transcoder,
)

PLAIN, OPTIONS = TranscodeOptions(), RenderOptions()


class Toy:
    """A transcoder that does nothing."""

    def predict(
        self, file: dc.DicomFile, to: str, options: TranscodeOptions = PLAIN
    ) -> FidelityReport:
        return FidelityReport(file.transfer_syntax, to, Fidelity.BIT_EXACT)

    def transcode(
        self, file: dc.DicomFile, to: str, options: TranscodeOptions = PLAIN
    ) -> Transcoded:
        return Transcoded(file, self.predict(file, to, options))

    def choose(
        self, file: dc.DicomFile, accepted: Iterable[str], options: TranscodeOptions = PLAIN
    ) -> str | None:
        return next(iter(accepted), None)

    def render(
        self, file: dc.DicomFile, frame: int, media_type: str, options: RenderOptions = OPTIONS
    ) -> bytes:
        return b""


class Point:
    name = "toy"

    def __init__(self, made: object) -> None:
        self.made = made

    def load(self) -> object:
        return self.made


def points(monkeypatch: pytest.MonkeyPatch, *made: object) -> None:
    found = [Point(one) for one in made]
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda *, group: found)


def test_a_transcoder_is_found_among_entry_points(monkeypatch: pytest.MonkeyPatch) -> None:
    points(monkeypatch, Toy)
    assert isinstance(find_transcoder(), Toy)


def test_what_is_no_transcoder_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    points(monkeypatch, dict)
    with pytest.raises(TypeError, match="toy"):
        find_transcoder()


def test_without_one_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    points(monkeypatch)
    with pytest.raises(NoTranscoder, match="pip install dicom-imaging"):
        find_transcoder()


def test_the_error_carries_the_report() -> None:
    report = FidelityReport(
        "1.2.840.10008.1.2", "1.2.840.10008.1.2.4.50", Fidelity.IMPOSSIBLE, "it is lossy"
    )
    error = pickle.loads(pickle.dumps(TranscodeError(report)))
    assert error.report == report
    assert str(error) == "cannot transcode: it is lossy"
